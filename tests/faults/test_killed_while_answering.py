"""Killed while somebody says who is who: answers, links by hand, who is not whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.story import Played, Row, Step, Told, kill_and_give_again, let_leases_end, points, tell

WRITES = ("conflicts.answer", "linking.end_apart", "linking.set_apart")
MAPPING = """\
key: Key
fields:
  employee_id: {from: Id}
  name: Name
  email: Mail
"""
HEADER = ("Key", "Id", "Name", "Mail")
DESK = "desk@example.com"
FIRST: list[Row] = [("K1", "E1", "Ann", DESK), ("K2", "E2", "Bob", DESK), ("K3", "E3", "Cid", "cid@example.com")]
ASKING: list[Row] = [*FIRST, *((f"K{n}", "", f"Somebody {n}", DESK) for n in (7, 8, 9))]

STORY: list[Step] = [
    ("2026-01-05", "run", FIRST),
    ("2026-01-05", "approve --all", None),
    ("2026-02-05", "run", ASKING),
    ("2026-02-05", "answer Q1 --is E1 --reason badge", None),
    ("2026-02-05", "answer Q2 --new --reason badge", None),
    ("2026-02-05", "answer Q3 --never --reason fax", None),
    ("2026-02-05", "unlink hr:K7 --reason mistaken", None),
    ("2026-02-06", "link hr:K7 E1 --reason right-after-all", None),
    ("2026-02-06", "unlink hr:K3 --reason mistaken", None),
    ("2026-02-07", "run", ASKING),
    ("2026-02-07", "approve --all", None),
]
#: A step and every write that it makes beside those of all steps, so that each is killed where it first matters.
MAKES = {
    3: {"people.insert_links", "conflicts.answer"},
    4: {"people.insert", "people.insert_links", "linking.set_apart", "conflicts.answer"},
    5: {"people.insert", "linking.set_apart", "conflicts.answer", "changes.insert", "rejections.insert"},
    6: {"people.end_links", "linking.set_apart"},
    7: {"people.insert_links", "linking.end_apart"},
}


def played(folder: Path) -> Played:
    return Played(folder / "world", HEADER, MAPPING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once."""
    folder = tmp_path_factory.mktemp("answering")
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        return tell(played(folder), STORY, folder)


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_while_saying_who_is_who_and_called_again_it_is_as_if_never_broken(
    told: Told, tmp_path: Path, point: str
) -> None:
    """The first step that passes the point is killed there, and given again."""
    kill_and_give_again(told, played(tmp_path), point)


@pytest.mark.parametrize(("step", "point"), [(step, point) for step, made in MAKES.items() for point in points(made)])
def test_each_command_is_whole_or_nothing(told: Told, tmp_path: Path, step: int, point: str) -> None:
    """Killed at any of its writes: the link, the answer and what is remembered come together, or none of them."""
    at_step = Told(told.steps, told.before, told.after, {point: step})
    kill_and_give_again(at_step, played(tmp_path), point)


def test_the_story_says_everything(told: Told) -> None:
    """So that what is killed above is what it says."""
    assert [len(seen["conflicts"]) for seen in told.after] == [0, 0, 3, 2, 1, 0, 0, 0, 0, 1, 1]
    assert [len(seen["apart"]) for seen in told.after] == [0, 0, 0, 0, 2, 4, 5, 4, 5, 5, 5]
    assert told.after[-1]["answers"] == [["K7", "is"], ["K8", "new"], ["K9", "never"]]
    assert {seen["audit"] for seen in told.after} == {0}
