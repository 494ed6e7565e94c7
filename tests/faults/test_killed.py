"""Killed at every write: the command called again leaves what a run that was never broken leaves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store import faults
from tests.faults.story import (
    Killed,
    Played,
    Row,
    Step,
    Told,
    claimed,
    kill_and_give_again,
    killing,
    let_leases_end,
    points,
    tell,
)

MAPPING = """\
key: Id
fields:
  employee_id: Id
  name: Name
  title: Title
  team: Team
  manager: {from: Boss, type: participant, by: employee_id}
  hire_date: {from: Hired, type: date}
  termination_date: {from: Left, type: date}
  ote: {from: OTE, type: decimal}
"""
HEADER = ("Id", "Name", "Title", "Team", "Boss", "Hired", "Left", "OTE")
FIRST: list[Row] = [
    (f"E{n:02}", f"Name {n}", "Rep", "East", "E01", "2026-01-01", "", "1000") for n in range(1, 14)
]  # fmt: skip
#: E03 has another title, E04 moves, E05 leaves, E06 has a bad value, E07 is gone, E14 is new.
SECOND: list[Row] = [
    *FIRST[:2],
    ("E03", "Name 3", "Senior Rep", "East", "E01", "2026-01-01", "", "1100"),
    ("E04", "Name 4", "Rep", "West", "E02", "2026-01-01", "", "1000"),
    ("E05", "Name 5", "Rep", "East", "E01", "2026-01-01", "2026-02-10", "1000"),
    ("E06", "Name 6", "Rep", "East", "E01", "2026-01-01", "", "a lot"),
    *FIRST[7:],
    ("E14", "Name 14", "Rep", "West", "E01", "2026-02-01", "", "900"),
]
THIRD: list[Row] = [*FIRST[:2], SECOND[2], SECOND[3], *FIRST[5:], SECOND[-1]]

STORY: list[Step] = [
    ("2026-01-05", "run", FIRST),
    ("2026-01-05", "reject --all --participant E13 --reason pilot", None),
    ("2026-01-05", "approve --all", None),
    ("2026-02-05", "run", SECOND),
    ("2026-02-05", "reject --all --participant E03 --fields title --reason unsigned", None),
    ("2026-02-05", "approve --all", None),
    ("2026-03-05", "run", THIRD),
    ("2026-03-05", "approve --all", None),
    ("2026-03-06", "run", THIRD),
]


def played(folder: Path) -> Played:
    return Played(folder / "world", HEADER, MAPPING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once."""
    folder = tmp_path_factory.mktemp("told")
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        return tell(played(folder), STORY, folder)


@pytest.mark.parametrize("point", sorted(faults.FAULT_POINTS - set(points(claimed()))))
def test_killed_at_a_write_and_called_again_it_is_as_if_never_broken(told: Told, tmp_path: Path, point: str) -> None:
    """The first step that passes the point is killed there, and given again."""
    kill_and_give_again(told, played(tmp_path), point)


def test_a_write_that_no_story_makes_is_found_out(told: Told, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"no step of this story makes the write new\.write"):
        kill_and_give_again(told, played(tmp_path), "new.write")


def test_stories_claim_only_writes_that_there_are() -> None:
    assert set(points(claimed())) <= faults.FAULT_POINTS


def test_the_comparison_can_fail(told: Told, tmp_path: Path) -> None:
    """A step that was killed and not given again is not like one that was never broken."""
    broken = played(tmp_path)
    shutil.copytree(told.before[0], broken.folder)
    faults.arm(killing("changes.settle"))
    with pytest.raises(Killed):
        broken.step(STORY[0])
    faults.disarm()
    assert broken.seen() != told.after[0]
