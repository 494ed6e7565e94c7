"""Cursor, lateness, clocks."""

from __future__ import annotations

import pytest

from tests.cursors.crm import Clock, Crm, sums


def test_d02_a_late_commit_is_seen_by_a_later_run(crm: Crm):
    """Stamped 1000, committed 1030; a run at 1010 saw a row stamped 1005: a later run sees it."""
    crm.says_late(1000, 1030, "01001")
    crm.says(1005, "01002")
    first = crm.read(1010, overlap=60)
    assert (first["proposed"], crm.cursor) == (1, "945")
    later = crm.read(1040, overlap=60)
    assert (later["read"], later["proposed"], later["pending"], crm.cursor) == (2, 1, 2, "945")
    assert {one["source_key"] for one in crm.pending()} == {"01001", "01002"}


def test_d05_what_changes_during_a_read_is_found_by_the_next(crm: Crm):
    """A read of 1000..1300; the first record changes at 1060: the cursor stays behind the start of the read."""
    crm.crowds(900, 2)
    crm.begin_at(950)
    crm.says(980, "01001", title="Lead")
    crm.says(980, "01002", title="Lead")
    crm.says(1060, "01001", title="Head")
    crm.says(1060, "01002", title="Head")
    slow = crm.read(1000, page_rows=1, page_seconds=300)
    assert (slow["proposed"], crm.cursor) == (2, "980")
    assert [one["fields"]["title"]["after"] for one in crm.pending()] == ["Lead", "Head"]
    following = crm.read(2000)
    assert (following["read"], following["proposed"], crm.cursor) == (2, 1, "1060")
    assert [one["fields"]["title"]["after"] for one in crm.pending()] == ["Head", "Head"]


@pytest.mark.parametrize("point", ["landing.publish", "landing.publish done"])
def test_d06_a_crash_before_the_commit_leaves_the_cursor(crm: Crm, clock: Clock, point: str):
    """Fetched and not committed: the cursor is unchanged, the rerun yields the same proposals, once."""
    crm.crowds(900, 3)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    crm.says(1100, "01009")
    crm.killed_at(point, 1200)
    assert crm.cursor == "900"
    clock.lease_ends()
    said = crm.read(1200)
    assert (said.code, said["proposed"], crm.cursor) == (0, 2, "1100")
    assert [(one["kind"], one["source_key"]) for one in crm.pending()] == [("update", "01001"), ("add", "01009")]


def test_d09_a_bad_row_is_set_aside_and_tried_again(crm: Crm):
    """30 changes, number 7 bad: all others proposed, the cursor at the end, 7 tried again with every increment."""
    keys = crm.crowds(900, 30)
    crm.begin_at(1000)
    for key in keys:
        crm.says(1100, key, title="Lead", hired="soon" if key == keys[6] else "2025-01-01")
    said = crm.read(1200)
    assert (said.code, said["outcome"], said["errors"], said["proposed"]) == (1, "completed_with_errors", 1, 29)
    assert crm.cursor == "1100"
    assert [one["key"] for one in crm.call("quarantine").document] == [keys[6]]
    again = crm.read(1300)
    assert (again.code, again["read"], again["errors"], again["proposed"]) == (1, 1, 1, 0)
    assert len(crm.call("quarantine").document) == 1
    crm.mapping["fields"]["hire_date"] = {"from": "hired", "values": {"soon": "2025-01-01", "2025-01-01": "2025-01-01"}}
    crm.save()
    right = crm.read(1400)
    assert (right.code, right["errors"], right["proposed"], crm.cursor) == (0, 0, 1, "1100")
    assert crm.call("quarantine").document == []
    assert len(crm.pending()) == 30


def test_d09_the_source_brings_the_row_right(crm: Crm):
    """An entry closes by itself; rows that are only tried again never make a small increment fail."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.says(1100, "01001", hired="soon")
    crm.says(1100, "01002", hired="later")
    crm.says(1100, "01003", title="Lead")
    assert (crm.read(1200).code, len(crm.call("quarantine").document)) == (1, 2)
    crm.says(1250, "01001", title="Lead")
    said = crm.read(1300)
    assert (said.code, said["read"], said["errors"], said["proposed"], crm.cursor) == (1, 2, 1, 1, "1250")
    assert [one["key"] for one in crm.call("quarantine").document] == ["01002"]


def test_d11_a_cursor_too_old_becomes_a_full_read(crm: Crm):
    """The source keeps 50 seconds: it is read in full by itself, and who is gone is absent."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.deletes(1100, "01001")
    crm.says(1110, "01002", title="Lead")
    said = crm.read(2000, keeps=50)
    assert (said.code, said["read"], said["absent"], said["proposed"], crm.cursor) == (0, 11, 1, 2, "1110")
    assert crm.one(kind="termination")["ending"] == "absence"


def test_d11_deletions_by_absence_are_under_the_safeguard(crm: Crm):
    """5 of 12 are gone when the cursor is too old: held."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.deletes(1100, "01001", "01002", "01003", "01004", "01005")
    said = crm.read(2000, keeps=50)
    assert (said.code, said["outcome"], said["absent"], crm.cursor) == (3, "held", 5, "900")
    assert crm.pending() == []


def test_a_hold_is_released_after_further_increments(crm: Crm):
    """An increment says nothing of whom it does not bring: what a full read was held for can still be released."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.deletes(1100, "01001", "01002", "01003", "01004", "01005")
    crm.says(1110, "01012", title="Head")
    held = crm.read(2000, keeps=50)
    crm.says(2100, "01012", title="Lead")
    assert crm.read(2200).code == 0
    assert [one["run"] for one in crm.call("hold", "list").document] == [held["run"]]
    assert crm.call("hold", "release", held["run"], "--reason", "they left").code == 0
    assert len(crm.pending()) == 6


def test_d13_an_increment_ends_nobody(crm: Crm):
    """An increment without 90 of 100 known people: no termination."""
    keys = crm.crowds(900, 100)
    crm.begin_at(1000)
    for key in keys[:10]:
        crm.says(1100, key, title="Lead")
    said = crm.read(1200)
    assert (said.code, said["read"], said["absent"], said["proposed"], crm.cursor) == (0, 10, 0, 10, "1100")
    assert {one["kind"] for one in crm.pending()} == {"update"}


def test_d14_a_full_read_finds_what_the_increments_missed(crm: Crm):
    """Weekly on sunday: a change no increment brought is proposed then, and says so; what one brought does not."""
    crm.feed["full"] = "weekly on sunday"
    crm.save()
    crm.crowds(900, 3)
    crm.begin_at(1000)
    crm.says_silently(1100, "01001", title="Lead")
    tuesday = crm.on("2026-01-06").read(1200)
    assert (tuesday["read"], tuesday["proposed"], crm.cursor) == (0, 0, "900")
    crm.says(1300, "01002", title="Lead")
    sunday = crm.on("2026-01-11").read(1400)
    assert (sunday["read"], sunday["proposed"], crm.cursor) == (3, 2, "1300")
    late = {one["source_key"]: one["found_by_full_read"] for one in crm.pending()}
    assert late == {"01001": True, "01002": False}
    monday = crm.on("2026-01-12").read(1500)
    assert (monday["read"], monday["proposed"], crm.cursor) == (0, 0, "1300")


def test_a_full_read_that_was_missed_is_caught_up(crm: Crm):
    """No run on sunday: the next one reads in full, once."""
    crm.feed["full"] = "weekly on sunday"
    crm.save()
    crm.crowds(900, 3)
    crm.begin_at(1000)
    crm.says_silently(1100, "01001", title="Lead")
    assert crm.on("2026-01-13").read(1200)["read"] == 3
    assert crm.one()["found_by_full_read"] is True
    assert (crm.on("2026-01-14").read(1300)["read"], crm.cursor) == (0, "1100")


def test_d15_the_deletion_of_somebody_never_linked_is_only_recorded(crm: Crm):
    """A delete event for an unknown key: landed, no proposal, no problem."""
    crm.crowds(900, 2)
    crm.begin_at(1000)
    crm.deletes(1100, "09999")
    said = crm.read(1200)
    assert (said.code, said["read"], said["unchanged"], said["problems"], crm.cursor) == (0, 1, 1, [], "1100")
    assert crm.pending() == []
    assert ("09999", "delete") in crm.rows(*crm.landed, columns="id, _op")


def test_a_deletion_is_proposed_as_an_ending_and_taken_back_when_it_returns(crm: Crm):
    """Deleted: a termination by absence. There again, before anybody decided: withdrawn."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.deletes(1100, "01001")
    assert (crm.read(1200)["proposed"], crm.cursor) == (1, "1100")
    assert crm.one(kind="termination")["ending"] == "absence"
    crm.says(1300, "01001")
    said = crm.read(1400)
    assert (said["proposed"], said["unchanged"], crm.cursor) == (0, 1, "1300")
    assert (crm.pending(), len(crm.changes("withdrawn"))) == ([], 1)


def test_the_counters_of_an_increment_sum_to_what_was_read(crm: Crm):
    """C19, with records brought twice, a bad one, a deletion and one that is only tried again."""
    crm.crowds(900, 12)
    crm.begin_at(1000)
    crm.says(1100, "01001", hired="soon")
    assert sums(crm.read(1150))
    crm.says(1200, "01002", title="Lead")
    crm.deletes(1200, "01003")
    said = crm.read(1300, repeat=2)
    assert (said["read"], said["excluded"], said["errors"], said["pending"]) == (5, 2, 1, 2)
    assert sums(said)
