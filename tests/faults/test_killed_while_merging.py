"""Killed while a participant is merged into another, and while that is taken back: it is whole, or it is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.story import Played, Row, Step, Told, kill_and_give_again, let_leases_end, points, tell

WRITES = ("people.merge",)
MAPPING = """\
key: Key
fields:
  employee_id: {from: Id}
  name: Name
  title: Title
"""
HEADER = ("Key", "Id", "Name", "Title")
FIRST: list[Row] = [("K1", "E1", "Ann", "Rep"), ("K2", "E2", "Bob", "Rep"), ("K3", "E3", "Cid", "Rep")]
LATER: list[Row] = [("K1", "E1", "Ann", "Rep"), ("K2", "E2", "Bob", "Head"), ("K3", "E3", "Cid", "Rep")]

STORY: list[Step] = [
    ("2026-01-05", "run", FIRST),
    ("2026-01-05", "approve --all", None),
    ("2026-02-05", "override E2 title=Lead --reason agreed", None),
    ("2026-02-05", "approve --all", None),
    ("2026-02-05", "set E2 name=Rob --from 2026-02-05 --reason asked", None),
    ("2026-02-05", "reject --all --reason no", None),
    ("2026-02-05", "run", LATER),
    ("2026-02-06", "link hr:K9 P2 --reason seen", None),
    ("2026-02-06", "unlink hr:K9 --reason another", None),
    ("2026-02-06", "set E2 name=Bert --from 2026-02-06 --reason asked", None),
    ("2026-02-06", "merge P2 P1 --from 2026-02-06 --reason badge", None),
    ("2026-02-06", "approve C7", None),
    ("2026-02-07", "revert C7 --reason two", None),
    ("2026-02-07", "approve C8", None),
]
MERGED, PARTED = 11, 13
#: The writes by which an approved merge may be cut in two, and its undoing.
MAKES = {
    MERGED: (
        *("history.insert_steps", "people.end_links", "people.insert_links", "linking.set_apart", "people.merge"),
        *("changes.mark", "rejections.end", "overrides.end", "audit.record"),
    ),
    PARTED: ("history.end_steps", "people.insert_links", "linking.end_apart", "people.merge"),
}


def played(folder: Path) -> Played:
    return Played(folder / "world", HEADER, MAPPING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once."""
    folder = tmp_path_factory.mktemp("merging")
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        return tell(played(folder), STORY, folder)


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_while_merging_and_called_again_it_is_as_if_never_broken(told: Told, tmp_path: Path, point: str) -> None:
    """The first step that passes the point is killed there, and given again."""
    kill_and_give_again(told, played(tmp_path), point)


@pytest.mark.parametrize(("step", "point"), [(step, point) for step, made in MAKES.items() for point in points(made)])
def test_each_command_is_whole_or_nothing(told: Told, tmp_path: Path, step: int, point: str) -> None:
    """Killed at any of its writes: steps, records, names and what waited go together, or stay together."""
    at_step = Told(told.steps, told.before, told.after, {point: step})
    kill_and_give_again(at_step, played(tmp_path), point)


def test_the_story_says_everything(told: Told) -> None:
    """So that what is killed above is what it says: records move and come back, what waited is over and stays so."""
    before, merged, parted = (told.after[step] for step in (MERGED - 1, MERGED, PARTED))
    assert [whose for name, whose, current in merged["links"] if name == "hr:K2" and current] == ["E1"]
    assert [whose for name, whose, current in parted["links"] if name == "hr:K2" and current] == ["E2"]
    assert [one["apart"] for one in (before, merged, parted)] == [
        [["hr:K9", "E2"]],
        [["hr:K9", "E1"]],
        [["hr:K9", "E2"]],
    ]
    assert [ended for _, _, ended in merged["overrides"]] == ["P2 was merged into P1"]
    assert {seen["audit"] for seen in told.after} == {0}
