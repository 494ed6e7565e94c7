"""Is the read complete: totals, pages that stop, redelivery, and a process that is gone between two pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from syncd.feeds import gathering
from syncd.feeds.gathering import Gathering
from tests.connectors import scripted
from tests.cursors.crm import Clock, Crm, sums
from tests.scenarios.world import Answer


def test_a_wrong_total_fails_a_full_read(crm: Crm):
    """The source says 12 and sends 10: failed, nothing proposed; read right, everything is there, and once."""
    crm.crowds(900, 10)
    said = crm.read(1000, total=12)
    assert (said.code, said["outcome"], said["proposed"]) == (4, "failed", 0)
    assert "12 rows" in said["message"]
    assert crm.changes() == []
    again = crm.read(1100)
    assert (again.code, again["read"], again["proposed"], crm.cursor) == (0, 10, 10, "900")


def test_a_wrong_total_fails_an_increment_and_nothing_of_it_is_lost(crm: Crm):
    """The rows are kept and the cursor is past them, so the next increment compares them."""
    crm.crowds(900, 10)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    crm.says(1110, "01002", title="Lead")
    failed = crm.read(1200, total=3, page_rows=1)
    assert (failed.code, failed["outcome"], crm.pending(), crm.cursor) == (4, "failed", [], "1110")
    crm.says(1250, "01002", title="Head")
    said = crm.read(1300)
    assert (said.code, said["proposed"], crm.cursor) == (0, 2, "1250")
    assert sums(said)
    assert [one["fields"]["title"]["after"] for one in crm.pending()] == ["Lead", "Head"]
    assert (crm.read(1400)["read"], len(crm.pending())) == (0, 2)


def test_of_pages_without_an_end_marker_nobody_is_missing(crm: Crm):
    """Half of a full read arrives and then no more: said as a warning; nobody ends, and the next read is full again."""
    crm.feed["full"] = "weekly on sunday"
    crm.save()
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.deletes(1100, "01012")
    cut = crm.on("2026-01-11").read(1200, keeps=50, cut_after=1, page_rows=6)
    assert (cut.code, cut["read"], cut["absent"], cut["proposed"], crm.cursor) == (0, 6, 0, 0, "900")
    assert [(one["code"], one["severity"]) for one in cut["problems"]] == [("absence_unknown", "warning")]
    whole = crm.on("2026-01-12").read(1300, keeps=50)
    assert (whole["read"], whole["absent"], whole["proposed"], crm.cursor) == (11, 1, 1, "900")


def test_an_increment_that_stops_early_goes_on_where_it_stopped(crm: Crm):
    """Two of four pages arrive: what came is proposed, the cursor stands behind it, the next run brings the rest."""
    keys = crm.crowds(900, 4)
    crm.begin_at(1000)
    for second, key in enumerate(keys):
        crm.says(1100 + second, key, title="Lead")
    assert (crm.read(1200, cut_after=2, page_rows=1)["proposed"], crm.cursor) == (2, "1101")
    assert (crm.read(1300)["proposed"], crm.cursor, len(crm.pending())) == (2, "1103", 4)


def test_a16_a_source_that_cannot_be_reached_leaves_everything(crm: Crm):
    """Its read fails: nothing changes, the cursor stays, the next run finds it."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    for failure in ("TryLater", "FixAccess", "ReadFailed"):
        said = crm.read(1200, fail=failure)
        assert (said.code, said["outcome"]) == (4, "failed")
    assert (crm.pending(), crm.cursor) == ([], "900")
    assert crm.read(1300)["proposed"] == 1


def test_c14_a_change_that_is_delivered_three_times_is_one_proposal(crm: Crm):
    """Three times in one increment, and again in the next."""
    crm.crowds(900, 3)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    said = crm.read(1200, repeat=3, overlap=60)
    assert (said.code, said["read"], said["excluded"], said["proposed"], crm.cursor) == (0, 3, 2, 1, "1040")
    assert sums(said)
    change = crm.one()
    again = crm.read(1300, repeat=3, overlap=60)
    assert (again["proposed"], again["pending"], crm.one()["id"], crm.cursor) == (0, 1, change["id"], "1040")


def test_c17_an_increment_that_brings_nothing_is_done(crm: Crm):
    """Completed, 0 rows, 0 proposals, the cursor where it was."""
    crm.crowds(900, 3)
    crm.begin_at(1000)
    said = crm.read(1200)
    assert (said.code, said["outcome"], said["read"], said["proposed"]) == (0, "completed", 0, 0)
    assert (said["problems"], crm.cursor) == ([], "900")


def test_c15_a_dry_increment_moves_no_cursor(crm: Crm):
    """It finds what the real one finds, and the real one still finds it."""
    crm.crowds(900, 3)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    dry = crm.read(1200, dry=True)
    assert (dry["proposed"], crm.cursor, len(crm.landed), crm.changes("pending")) == (1, "900", 1, [])
    assert (crm.read(1200)["proposed"], crm.cursor) == (1, "1100")


@pytest.mark.parametrize(("open_for", "cursor"), [(60, "900"), (0, "1100")])
def test_a_crash_between_pages_of_an_increment_loses_nothing(
    crm: Crm, clock: Clock, monkeypatch: pytest.MonkeyPatch, open_for: int, cursor: str
):
    """The cursor moved with the pages whose segment had closed; the rerun proposes those too, each once."""
    monkeypatch.setattr(gathering, "OPEN_FOR", timedelta(seconds=open_for))
    keys = crm.crowds(900, 3)
    crm.begin_at(1000)
    for second, key in enumerate(keys):
        crm.says(1100 + second, key, title="Lead")
    with pytest.raises(scripted.Crash):
        crm.read(1200, page_rows=1, crash_after=2)
    assert (crm.cursor, crm.pending()) == (cursor, [])
    clock.lease_ends()
    said = crm.read(1200, page_rows=1)
    assert (said.code, said["read"], said["proposed"], crm.cursor) == (0, 3, 3, "1102")
    assert [one["source_key"] for one in crm.pending()] == keys


def test_a_crash_between_pages_of_a_full_read_is_read_in_full_again(crm: Crm, clock: Clock):
    """Nothing of a part is ever taken for the whole."""
    crm.crowds(900, 12)
    with pytest.raises(scripted.Crash):
        crm.read(1000, page_rows=4, crash_after=2)
    assert (crm.cursor, crm.changes()) == (None, [])
    clock.lease_ends()
    said = crm.read(1000, page_rows=4)
    assert (said.code, said["read"], said["proposed"], crm.cursor) == (0, 12, 12, "900")


def test_a_full_read_that_failed_at_its_end_is_done_again(crm: Crm):
    """Its cursor has moved, yet who was missing from it is not forgotten."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.deletes(1100, "01001")
    crm.says(1110, "01002", title="Lead")
    failed = crm.read(2000, keeps=50, total=99)
    assert (failed["outcome"], crm.cursor) == ("failed", "1110")
    said = crm.read(2100)
    assert (said["read"], said["absent"], said["proposed"], crm.cursor) == (11, 1, 2, "1110")


def test_j01_a_process_killed_during_a_read_is_taken_over(crm: Crm, clock: Clock):
    """Gone without a word: its feed is busy until the lease ends, then another run finds everything."""
    crm.crowds(900, 4)
    crm.write("crm.json", json.dumps({**crm.script, "now": 1000, "page_rows": 2, "crash_after": 1, "exit": True}))
    with pytest.raises(ValueError, match="Expecting value"):
        crm.process("run", "people")
    assert (crm.changes(), crm.cursor) == ([], None)
    busy = crm.read(1000)
    assert (busy.code, busy.error["code"]) == (5, "refused")
    clock.far()
    assert (crm.read(1000)["proposed"], crm.cursor) == (4, "900")


def test_j06_a_run_that_was_taken_over_cannot_write(crm: Crm, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """It pauses past its lease between two pages, another run does the work, and its next write is refused."""
    crm.crowds(900, 4)
    by_another: list[Answer] = []
    publish = Gathering._publish

    def pause(*pages: Any) -> Any:
        monkeypatch.setattr(Gathering, "_publish", publish)
        clock.lease_ends()
        by_another.append(crm.read(1000))
        return publish(*pages)

    monkeypatch.setattr(Gathering, "_publish", pause)
    late = crm.read(1000, page_rows=2)
    assert (late.code, late.error["code"]) == (5, "lease_lost")
    assert [one["proposed"] for one in by_another] == [4]
    assert (len(crm.pending()), len(crm.call("links").document), crm.cursor, len(crm.landed)) == (4, 4, "900", 1)
