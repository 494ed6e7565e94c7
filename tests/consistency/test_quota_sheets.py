"""Any sheets of quotas, one after the other: judging everyone equals narrowing first, and nothing is asked twice."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import syncd.changes.dated
from engine import sent_dated
from syncd.changes.comparing import load_open_matters
from syncd.feeds.work import Work
from tests.consistency.conftest import Opened
from tests.consistency.stories import few
from tests.scenarios.people import COMPANY, Row
from tests.scenarios.sheets import Sheets, quota
from tests.scenarios.world import World

QUARTERS = [
    ("2026-01-01", "2026-03-31"),
    ("2026-04-01", "2026-06-30"),
    ("2026-01-01", "2026-06-30"),
    ("2024-01-01", "2024-02-01"),
]
CELLS = st.fixed_dictionaries(
    {
        "rep": st.sampled_from(["01001", "01002", "01003", "01021", "99999", ""]),
        "amount": st.sampled_from(["1", "2", "-1", "many"]),
        "days": st.sampled_from(QUARTERS),
        "Line": st.sampled_from(["", "", "ramp"]),
        "Currency": st.sampled_from(["USD", "USD", "EUR"]),
    }
)
NUMBERS = st.integers(1, 6)


@dataclass(frozen=True, slots=True)
class Read:
    """A sheet, and which of what then waits is approved (True) or refused (False); the others wait."""

    rows: tuple[Row, ...]
    decided: tuple[bool | None, ...]


ROWS = st.lists(st.builds(lambda number, cells: quota(number, **cells), NUMBERS, CELLS), max_size=6).map(tuple)
READS = st.lists(
    st.builds(Read, ROWS, st.lists(st.none() | st.booleans(), max_size=6).map(tuple)), min_size=1, max_size=4
)
LISTS = ("changes", "rejections", "quarantine", "conflicts")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@few
@given(reads=READS, history=st.booleans())
def test_judging_everybody_equals_narrowing_first_and_nothing_is_asked_twice(
    opened: Opened, reads: list[Read], *, history: bool
):
    world = opened()
    world.begin(COMPANY)
    world.run([*COMPANY, {**COMPANY[0], "id": "01021", "name": "New", "email": "new@example.com"}])
    limits = {"errors": 1000, "ending": 1000}
    sheets = Sheets(world, history=history, limits=limits)
    for read in reads:
        sheets.run(read.rows, dry=True)
        twin = _twin(world)
        narrowed = sheets.run()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(syncd.changes.dated, "load_open_matters", _of_everybody)
            kept = _count_unchanged(patch)
            judged = Sheets(twin, history=history, limits=limits).run()
        assert kept == [0]
        assert judged.document == narrowed.document
        assert {name: twin.call(name).document for name in LISTS} == {name: world.call(name).document for name in LISTS}
        assert sheets.run()["proposed"] == 0
        for change, verdict in zip(world.changes("pending", kind="quota"), read.decided, strict=False):
            if verdict is not None:
                (world.approve if verdict else world.reject)(change)
        shutil.rmtree(twin.folder)


def _twin(world: World) -> World:
    """A copy of everything, to be run another way."""
    folder = world.folder.with_name(world.folder.name + "-twin")
    shutil.copytree(world.folder, folder)
    found = World(folder)
    found.today = world.today
    return found


def _of_everybody(work: Work) -> None:
    """Let there be something open about everybody, so that no row is left out."""
    load_open_matters(work)
    work.session.run("CREATE OR REPLACE TABLE open_matters AS SELECT person FROM people")


def _count_unchanged(patch: pytest.MonkeyPatch) -> list[int]:
    """Note how many rows the engine leaves out."""
    found: list[int] = []
    real = sent_dated.narrow_dated

    def noting(*arguments: object) -> sent_dated.DatedNarrowed:
        result = real(*arguments)  # type: ignore[arg-type]
        found.append(result.unchanged)
        return result

    patch.setattr(sent_dated, "narrow_dated", noting)
    return found
