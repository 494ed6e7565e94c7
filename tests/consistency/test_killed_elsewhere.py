"""Killed at the writes that `tests/faults` leaves to others: a held run and its release, questions, links, mirror."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

import syncd.mirror
import syncd.world
from store import faults
from tests.faults.test_killed import ELSEWHERE, Killed, Played, Told, _killer, _noting

CONFIGURATION = """\
version: 1
allow_today: true
calendars: {main: {timezone: UTC}}
sources: {hr: {kind: file, path: people.csv}}
feeds:
  people: {source: hr, into: participants, mapping: people.yaml, owns_roster: true, full: true}
"""
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
Row = tuple[str, ...]
FIRST: list[Row] = [(f"K{n:02}", f"E{n:02}", f"Name {n}", "Rep", "2026-01-01", "") for n in range(1, 13)]
#: E02 has another title, E03 left before the hire date.
ASKING = [FIRST[0], (*FIRST[1][:3], "Lead", *FIRST[1][4:]), (*FIRST[2][:5], "2025-01-01"), *FIRST[3:]]
#: E02 has yet another title, and four are gone.
HOLDING = [FIRST[0], (*FIRST[1][:3], "Head", *FIRST[1][4:]), ASKING[2], *FIRST[7:]]
#: E03 is right again, E12 has a new key.
RIGHT = [FIRST[0], HOLDING[1], FIRST[2], *FIRST[7:11], ("K99", *FIRST[11][1:])]

STORY: list[tuple[str, str, list[Row] | None]] = [
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
#: No command makes these writes yet, and one is made by the heartbeat's thread alone.
NOWHERE = {"conflicts.answer", "landing.forget_cursor", "runs.renew"}
POINTS = sorted(point for point in ELSEWHERE if point.removesuffix(" done") not in NOWHERE)


class Holding(Played):
    """A workspace in which this story is played."""

    def play(self, number: int) -> int:
        day, command, rows = STORY[number]
        if command == "outside":
            (self.folder / "syncd.yaml").write_text(CONFIGURATION.replace("people.csv", "../people.csv"))
            code = self.call(day, "run")[0]
            (self.folder / "syncd.yaml").write_text(CONFIGURATION)
            return code
        if rows is not None:
            with (self.folder / "people.csv").open("w", newline="") as file:
                csv.writer(file).writerows([HEADER, *rows])
        return self.call(day, command)[0]

    def seen(self) -> dict[str, Any]:
        """Also what is asked, what is held."""
        asked = json.loads(self.call("2026-03-10", "conflicts")[1])
        held = json.loads(self.call("2026-03-10", "hold list")[1])
        return {
            **super().seen(),
            "conflicts": [(one["kind"], one["row"]) for one in asked],
            "held": [one["reason"] for one in held],
        }


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Tell the story once; the roster's copies are written anew by every run."""
    folder = tmp_path_factory.mktemp("holding")
    world = Holding(folder / "world")
    world.folder.mkdir()
    (world.folder / "syncd.yaml").write_text(CONFIGURATION)
    (world.folder / "people.yaml").write_text(MAPPING)
    moments = (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=2 * n) for n in count())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syncd.world, "clock", lambda: next(moments))
        patch.setattr(syncd.mirror, "MANY", 0)
        told = Told([], [], {})
        for number in range(len(STORY)):
            told.before.append(folder / f"before-{number}")
            shutil.copytree(world.folder, told.before[-1])
            faults.arm(_noting(told.passed, number))
            assert world.play(number) in (0, 1, 2, 3), STORY[number]
            faults.disarm()
            told.after.append(world.seen())
        yield told
        faults.disarm()


@pytest.mark.parametrize("point", POINTS)
def test_killed_elsewhere_and_called_again_it_is_as_if_never_broken(told: Told, tmp_path: Any, point: str):
    """The first step that passes the point is killed there, and given again."""
    number = told.passed[point]
    broken = Holding(tmp_path / "world")
    shutil.copytree(told.before[number], broken.folder)
    faults.arm(_killer(point))
    with pytest.raises(Killed):
        broken.play(number)
    faults.disarm()
    (broken.folder / "syncd.yaml").write_text(CONFIGURATION)
    broken.play(number)
    assert broken.seen() == told.after[number]


def test_the_story_holds_and_asks(told: Told):
    """So that what is killed above is what it says: a held run, a question, a release, a new link."""
    assert [len(seen["held"]) for seen in told.after] == [0, 0, 0, 1, 1, 0, 0, 0, 0]
    assert [len(seen["conflicts"]) for seen in told.after] == [0, 0, 1, 1, 1, 1, 0, 0, 0]
    links = told.after[-1]["links"]
    assert [is_current for link, _, is_current in links if link in ("hr:K12", "hr:K99")] == [False, True]
