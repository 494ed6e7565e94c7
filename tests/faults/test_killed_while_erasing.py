"""Killed while somebody who left is erased: nothing of it is there, or all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.story import Played, Row, Step, Told, kill_and_give_again, let_leases_end, points, tell

WRITES = ("erasing.ask", "erasing.empty", "erasing.keep", "erasing.replace_segments")
MAPPING = """\
key: Key
fields:
  employee_id: {from: Id}
  name: Name
  termination_date: {from: Left, type: date, format: '%Y-%m-%d'}
"""
HEADER = ("Key", "Id", "Name", "Left")
FIRST: list[Row] = [("K1", "E1", "Ann Hide-Me", ""), ("K2", "E2", "Bob", ""), ("K3", "E3", "Cid", "")]
LATER: list[Row] = [("K1", "E1", "Ann Hide-Me", "2026-02-01"), *FIRST[1:]]

STORY: list[Step] = [
    ("2026-01-05", "run", FIRST),
    ("2026-01-05", "approve --all", None),
    ("2026-02-05", "run", LATER),
    ("2026-02-05", "approve --all", None),
    ("2026-02-07", "erase E1 --reason asked", None),
    ("2026-02-20", "run", LATER),
]


def played(folder: Path) -> Played:
    return Played(folder / "world", HEADER, MAPPING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once."""
    folder = tmp_path_factory.mktemp("erasing")
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        return tell(played(folder), STORY, folder)


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_while_erasing_and_called_again_it_is_as_if_never_broken(told: Told, tmp_path: Path, point: str) -> None:
    """And no file is left that somebody else could find."""
    broken = played(tmp_path)
    kill_and_give_again(told, broken, point)
    assert len(list((broken.folder / "var" / "landing" / "people").iterdir())) == 2


def test_the_story_says_everything(told: Told) -> None:
    """She is known by her name until she is erased, and by no name from then on."""
    names = ["E1" in str(seen["rosters"]) for seen in told.after]
    assert names == [False, True, True, True, False, False]
    assert {seen["audit"] for seen in told.after} == {0}
