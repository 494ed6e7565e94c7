"""Killed at what only a story of holds makes: a held run, its release, questions, a new link, the roster's copies."""

from __future__ import annotations

from pathlib import Path

import pytest

import syncd.mirror
from tests.faults.story import CONFIGURATION, Played, Row, Step, Told, kill_and_give_again, let_leases_end, points, tell

WRITES = (
    *("changes.adopt", "changes.contradict", "conflicts.close", "conflicts.insert"),
    *("mirror.keep", "people.end_links", "runs.abandon", "runs.release_hold"),
)
MAPPING = """\
key: Key
fields:
  employee_id: Id
  name: Name
  title: Title
  hire_date: {from: Hired, type: date}
  termination_date: {from: Left, type: date}
"""
HEADER = ("Key", "Id", "Name", "Title", "Hired", "Left")
FIRST: list[Row] = [(f"K{n:02}", f"E{n:02}", f"Name {n}", "Rep", "2026-01-01", "") for n in range(1, 13)]
#: E02 has another title, E03 left before the hire date.
ASKING = [FIRST[0], (*FIRST[1][:3], "Lead", *FIRST[1][4:]), (*FIRST[2][:5], "2025-01-01"), *FIRST[3:]]
#: E02 has yet another title, and four are gone.
HOLDING = [FIRST[0], (*FIRST[1][:3], "Head", *FIRST[1][4:]), ASKING[2], *FIRST[7:]]
#: E03 is right again, E12 has a new key.
RIGHT = [FIRST[0], HOLDING[1], FIRST[2], *FIRST[7:11], ("K99", *FIRST[11][1:])]

STORY: list[Step] = [
    ("2026-01-05", "run", FIRST),
    ("2026-01-05", "approve --all", None),
    ("2026-02-05", "run", ASKING),
    ("2026-02-06", "run", HOLDING),
    ("2026-02-06", "run", HOLDING),
    ("2026-02-06", "hold release R3 --reason they-left", None),
    ("2026-02-07", "run", RIGHT),
    ("2026-02-07", "approve --all", None),
    ("2026-02-08", "outside", None),
]


class Holding(Played):
    """A workspace in which this story is played; `outside` is a run of a file that lies outside."""

    def step(self, step: Step) -> int:
        day, command, _ = step
        if command != "outside":
            return super().step(step)
        configuration = self.folder / "syncd.yaml"
        configuration.write_text(CONFIGURATION.replace("people.csv", "../people.csv"))
        try:
            return self.call(day, "run")[0]
        finally:
            configuration.write_text(CONFIGURATION)


def played(folder: Path) -> Holding:
    return Holding(folder / "world", HEADER, MAPPING)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once; the roster's copies are written anew by every run."""
    folder = tmp_path_factory.mktemp("holding")
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        patch.setattr(syncd.mirror, "MANY", 0)
        return tell(played(folder), STORY, folder)


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_around_a_hold_and_called_again_it_is_as_if_never_broken(
    told: Told, tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first step that passes the point is killed there, and given again."""
    monkeypatch.setattr(syncd.mirror, "MANY", 0)
    kill_and_give_again(told, played(tmp_path), point)


def test_the_story_holds_and_asks(told: Told) -> None:
    """So that what is killed above is what it says: a held run, a question, a release, a new link."""
    assert [len(seen["held"]) for seen in told.after] == [0, 0, 0, 1, 1, 0, 0, 0, 0]
    assert [len(seen["conflicts"]) for seen in told.after] == [0, 0, 1, 1, 1, 1, 0, 0, 0]
    links = told.after[-1]["links"]
    assert [is_current for link, _, is_current in links if link in ("hr:K12", "hr:K99")] == [False, True]
