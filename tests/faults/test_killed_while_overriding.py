"""Killed while a value of ours hides what sources say: proposed, ended by a person, ended by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.story import Played, Row, Step, Told, kill_and_give_again, let_leases_end, points, tell

WRITES = ("overrides.end", "overrides.insert")
MAPPING = """\
key: Key
fields:
  employee_id: {from: Id}
  name: Name
  title: Title
"""
HEADER = ("Key", "Id", "Name", "Title")
FIRST: list[Row] = [("K1", "E1", "Ann", "Rep"), ("K2", "E2", "Bob", "Rep"), ("K3", "E3", "Cid", "Rep")]
LATER: list[Row] = [("K1", "E1", "Ann", "Head"), ("K2", "E2", "Bob", "Lead"), ("K3", "E3", "Cid", "Lead")]

STORY: list[Step] = [
    ("2026-01-05", "run", FIRST),
    ("2026-01-05", "approve --all", None),
    ("2026-02-05", "override E1 title=Head --reason agreed", None),
    ("2026-02-05", "override E2 title=Rep --reason agreed", None),
    ("2026-02-05", "approve --all", None),
    ("2026-02-06", "run", LATER),
    ("2026-02-06", "override end O2 --reason moved", None),
    ("2026-02-07", "run", LATER),
]
#: A step and every write that it makes beside those of all steps, so that each is killed where it first matters.
MAKES = {
    2: {"overrides.insert", "changes.insert"},
    3: {"overrides.insert"},
    5: {"overrides.end"},
    6: {"overrides.end"},
}


def played(folder: Path) -> Played:
    return Played(folder / "world", HEADER, MAPPING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once."""
    folder = tmp_path_factory.mktemp("overriding")
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        return tell(played(folder), STORY, folder)


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_while_overriding_and_called_again_it_is_as_if_never_broken(
    told: Told, tmp_path: Path, point: str
) -> None:
    """The first step that passes the point is killed there, and given again."""
    kill_and_give_again(told, played(tmp_path), point)


@pytest.mark.parametrize(("step", "point"), [(step, point) for step, made in MAKES.items() for point in points(made)])
def test_each_command_is_whole_or_nothing(told: Told, tmp_path: Path, step: int, point: str) -> None:
    """Killed at any of its writes: the override and its change come together, or neither."""
    at_step = Told(told.steps, told.before, told.after, {point: step})
    kill_and_give_again(at_step, played(tmp_path), point)


def test_the_story_says_everything(told: Told) -> None:
    """So that what is killed above is what it says: of two overrides one ends by itself, one by a person."""
    assert [len(seen["overrides"]) for seen in told.after] == [0, 0, 1, 2, 2, 2, 2, 2]
    assert [[ended for _, _, ended in seen["overrides"]] for seen in told.after[4:]] == [
        [None, None],
        ["the source says the same", None],
        ["the source says the same", "moved"],
        ["the source says the same", "moved"],
    ]
    assert {seen["audit"] for seen in told.after} == {0}
