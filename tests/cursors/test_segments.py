"""Small pages are gathered into segments: few files, and what a crash can cost is the open one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page
from domain.errors import ReadFailed, TryLater
from engine import joining
from syncd.feeds import gathering
from tests.connectors import scripted
from tests.cursors.crm import Clock, Crm, sums

PAGES = scripted._pages


@pytest.fixture
def twenty(crm: Crm) -> Crm:
    """Twenty people, of whom each has another title since."""
    keys = crm.crowds(900, 20)
    crm.begin_at(1000)
    for second, key in enumerate(keys):
        crm.says(1100 + second, key, title="Lead")
    return crm


def sizes(crm: Crm, since: int = 1) -> list[int]:
    """The rows of each file landed after the first ones."""
    return [len(crm.rows(path, columns="_row")) for path in crm.landed[since:]]


def test_500_pages_of_20_rows_make_one_segment(twenty: Crm):
    """Each of twenty records is brought 500 times; the cursor is at the end, and each is proposed once."""
    said = twenty.read(1200, repeat=500, page_rows=20)
    assert (said.code, said["read"], said["excluded"], said["proposed"]) == (0, 10_000, 9_980, 20)
    assert (sums(said), sizes(twenty), twenty.cursor) == (True, [10_000], "1119")
    assert len(list((twenty.folder / "var" / "landing" / "people").iterdir())) == 2


def test_a_segment_closes_at_its_rows(twenty: Crm, monkeypatch: pytest.MonkeyPatch):
    """Pages of 3, a segment of 8 at most: two pages fit, and the third closes it beside them."""
    for module in (gathering, joining):
        monkeypatch.setattr(module, "SEGMENT_ROWS", 8)
    said = twenty.read(1200, page_rows=3)
    assert (said["read"], said["proposed"], twenty.cursor) == (20, 20, "1119")
    assert sizes(twenty) == [6, 3, 6, 3, 2]


def test_a_segment_closes_after_a_minute(twenty: Crm, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """A page every twenty seconds: what was open for sixty is closed before the next page is looked at."""
    _between_pages(monkeypatch, lambda _: clock_moves(clock, 20))
    assert (twenty.read(1200, page_rows=4)["proposed"], sizes(twenty)) == (20, [12, 8])


def test_a_crash_costs_the_open_segment_at_most(twenty: Crm, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    """Four pages of which three are in a closed segment: the rerun goes on behind those, and proposes everything."""
    with monkeypatch.context() as patch:
        _between_pages(patch, lambda _: clock_moves(clock, 20))
        with pytest.raises(scripted.Crash):
            twenty.read(1200, page_rows=4, crash_after=4)
    assert (twenty.cursor, sizes(twenty), twenty.pending()) == ("1111", [12], [])
    clock.lease_ends()
    said = twenty.read(1200, page_rows=4)
    assert (said.code, said["proposed"], twenty.cursor, sizes(twenty)) == (0, 20, "1119", [12, 8])
    assert len(twenty.pending()) == 20


@pytest.mark.parametrize("point", ["landing.publish", "landing.publish done"])
def test_killed_while_a_segment_is_published_its_cursor_does_not_move(twenty: Crm, clock: Clock, point: str):
    """The rows and the cursor of all its pages are there together, or none of them."""
    twenty.killed_at(point, 1200, page_rows=1)
    assert (twenty.cursor, sizes(twenty)) == ("900", [])
    clock.lease_ends()
    assert (twenty.read(1200, page_rows=1)["proposed"], twenty.cursor, sizes(twenty)) == (20, "1119", [20])


@pytest.mark.parametrize("failure", [TryLater, ReadFailed])
def test_a_source_that_breaks_off_each_time_still_gets_on(
    twenty: Crm, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
):
    """After two pages it cannot be read: the run failed, and what came whole is behind the cursor."""

    def breaks(number: int) -> None:
        if number == 2:
            raise failure("it went away")

    with monkeypatch.context() as patch:
        _between_pages(patch, breaks)
        for cursor in ("1107", "1115"):
            said = twenty.read(1200, page_rows=4)
            assert (said.code, said["outcome"], said["message"]) == (4, "failed", "it went away")
            assert (twenty.cursor, twenty.pending()) == (cursor, [])
    assert (twenty.read(1200, page_rows=4)["proposed"], twenty.cursor) == (20, "1119")


def test_of_rows_gathered_together_the_last_sent_counts(crm: Crm):
    """The same record on two pages of one segment, and otherwise on the second."""
    crm.crowds(900, 2)
    crm.begin_at(1000)
    crm.says(1100, "01001", title="Lead")
    crm.says(1300, "01001", title="Head")
    said = crm.read(1200, repeat=2, page_rows=1, page_seconds=300)
    assert (said["read"], said["excluded"], sizes(crm)) == (2, 1, [2])
    assert crm.one()["fields"]["title"]["after"] == "Head"


def test_a_dry_run_gathers_as_a_real_one_does(twenty: Crm):
    """And leaves nothing behind."""
    dry = twenty.read(1200, page_rows=3, dry=True)
    assert (dry["read"], dry["proposed"], twenty.cursor, sizes(twenty)) == (20, 20, "900", [])
    assert list((twenty.folder / "var" / "tmp").glob("R*")) == []


def clock_moves(clock: Clock, seconds: int) -> None:
    """Let time pass."""
    clock.instant += timedelta(seconds=seconds)


def _between_pages(patch: pytest.MonkeyPatch, act: Any) -> None:
    """Do something after each page that the scripted source yields; it is told how many there were."""

    def pages(*told: Any) -> Iterator[Page]:
        for number, page in enumerate(PAGES(*told), 1):
            yield page
            act(number)

    patch.setattr(scripted, "_pages", pages)


def test_files_of_a_pattern_are_gathered_too(crm: Crm, tmp_path: Path):
    """Three small files that are one read make one segment, and each row still says where it stands."""
    crm.settings["sources"] = {"hr": {"kind": "file", "path": "inbox/people*.csv"}}
    crm.feed.update(source="hr", full=True)
    crm.save()
    from tests.scenarios.people import someone

    for number in range(3):
        crm.send([someone(f"0100{number}")], name=f"people-{number}.csv")
    said = crm.run()
    assert (said.code, said["proposed"], len(crm.landed)) == (0, 3, 1)
    places = [row[0] for row in crm.rows(*crm.landed, columns="_place")]
    assert places == [f"inbox/people-{number}.csv:2" for number in range(3)]
