"""A story told once without a fault, and told again with the process killed at a write.

Each `test_killed_*.py` here has a story. One names in `WRITES` what it kills at because no other story makes those
writes; `test_killed.py` kills at all the rest of `store.faults`. So a write that nobody thought of is killed at in
that story, and fails there until some story makes it.
"""

from __future__ import annotations

import csv
import importlib
import io
import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import syncd.world
from store import faults
from syncd.cli import main

Row = tuple[str, ...]
#: (day, command, the file that arrives before it)
Step = tuple[str, str, list[Row] | None]

CONFIGURATION = """\
version: 1
allow_today: true
calendars: {main: {timezone: UTC}}
sources: {hr: {kind: file, path: people.csv}}
feeds:
  people: {source: hr, into: participants, mapping: people.yaml, owns_roster: true, full: true}
"""


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Played:
    """A workspace in which a story is played."""

    folder: Path
    header: Row
    mapping: str = field(repr=False)

    def begin(self) -> None:
        """Write its configuration."""
        self.folder.mkdir()
        (self.folder / "syncd.yaml").write_text(CONFIGURATION)
        (self.folder / "people.yaml").write_text(self.mapping)

    def step(self, step: Step) -> int:
        """Let the file arrive, and give the command."""
        day, command, rows = step
        if rows is not None:
            self.send(rows)
        return self.call(day, command)[0]

    def send(self, rows: Iterable[Row]) -> None:
        """Let a file arrive."""
        with (self.folder / "people.csv").open("w", newline="") as file:
            csv.writer(file).writerows([self.header, *rows])

    def call(self, day: str, command: str) -> tuple[int, str]:
        out = io.StringIO()
        argv = ["--workspace", str(self.folder), "--today", day, *command.split(), "--json"]
        with redirect_stdout(out), redirect_stderr(io.StringIO()):
            code = main(argv)
        return code, out.getvalue()

    def seen(self) -> dict[str, Any]:
        """Everything that anybody can see, with ids that only count renumbered by whom and what they are about."""
        people = {}
        rosters = {}
        for day in ("2026-01-05", "2026-02-07", "2026-02-20", "2026-03-10"):
            documents = self._listed(f"participants --as-of {day} --all")
            for one in documents:
                people[one["participant"]] = _called(one["attributes"])
            rosters[day] = documents
        changes = self._listed("changes")
        links = self._listed("links")
        for one in links:
            people.setdefault(one["participant"], one["link"].partition(":")[2])
        text = json.dumps(
            {
                "rosters": [
                    sorted(
                        (
                            _called(one["attributes"]),
                            one["valid_from"],
                            one["valid_to"],
                            _named(one["attributes"], people),
                        )
                        for one in documents
                    )
                    for documents in rosters.values()
                ],
                "changes": sorted(
                    json.dumps([one[name] for name in ("kind", "source_key", "state", "effective", "dated_by")])
                    + json.dumps(_named(one["fields"], people), sort_keys=True)
                    for one in changes
                ),
                "rejections": sorted(
                    json.dumps([people[one["participant"]], one["kind"], one["fields"], one["reason"]])
                    for one in self._listed("rejections --all")
                ),
                "links": sorted((one["link"], people[one["participant"]], one["ended"] is None) for one in links),
                "quarantine": [one["key"] for one in self._listed("quarantine")],
                "apart": sorted((one["link"], people[one["participant"]]) for one in self._listed("links --apart")),
                "conflicts": [(one["kind"], one["row"]) for one in self._listed("conflicts")],
                "answers": [
                    (one["source_key"], one["answer"].split()[0])
                    for one in self._listed("conflicts --all")
                    if one["answer"] is not None
                ],
                "overrides": [
                    (people[one["participant"]], one["value"], one["ended"])
                    for one in self._listed("override list --all")
                ],
                "held": [one["reason"] for one in self._listed("hold list")],
                "audit": self.call("2026-03-10", "audit verify")[0],
            }
        )
        found: dict[str, Any] = json.loads(text)
        return found

    def _listed(self, command: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.call("2026-03-10", command)[1])
        return found


@dataclass
class Told:
    """A story told once: the state before each step, what is seen after it, and at which step each write was made."""

    steps: list[Step]
    before: list[Path] = field(default_factory=list)
    after: list[dict[str, Any]] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)


def tell(world: Played, steps: list[Step], folder: Path) -> Told:
    """Play a story without a fault."""
    told = Told(steps)
    world.begin()
    for number, step in enumerate(steps):
        told.before.append(folder / f"before-{number}")
        shutil.copytree(world.folder, told.before[-1])
        faults.arm(_noting(told.passed, number))
        assert world.step(step) in (0, 1, 2, 3), step
        faults.disarm()
        told.after.append(world.seen())
    return told


def kill_and_give_again(told: Told, broken: Played, point: str) -> None:
    """Kill the first step that passes a point there, give it again, and compare what is seen."""
    assert point in told.passed, f"no step of this story makes the write {point}: put it into one of tests/faults"
    number = told.passed[point]
    shutil.copytree(told.before[number], broken.folder)
    faults.arm(killing(point))
    with pytest.raises(Killed):
        broken.step(told.steps[number])
    faults.disarm()
    assert broken.step(told.steps[number]) in (0, 1, 2, 3)
    assert broken.seen() == told.after[number]


def killing(point: str) -> Callable[[str], None]:
    """Give what kills the process at a point."""

    def kill(name: str) -> None:
        if name == point:
            raise Killed(point)

    return kill


def let_leases_end(patch: pytest.MonkeyPatch) -> None:
    """Set a clock on which the lease of a killed process has always ended by the next command."""
    moments = (datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=2 * n) for n in count())
    patch.setattr(syncd.world, "clock", lambda: next(moments))


def points(writes: Iterable[str]) -> list[str]:
    """Give the two points of each write."""
    return sorted(point for name in writes for point in (name, f"{name} done"))


def claimed() -> frozenset[str]:
    """Give the writes that stories claim for themselves."""
    modules = (
        importlib.import_module(f"tests.faults.{path.stem}") for path in Path(__file__).parent.glob("test_killed_*.py")
    )
    return frozenset(name for module in modules for name in module.WRITES)


def _called(attributes: dict[str, str]) -> str:
    """Give by what somebody can be told from others, whatever number they were given."""
    return attributes.get("employee_id") or attributes.get("name", "somebody erased")


def _noting(passed: dict[str, int], number: int) -> Callable[[str], None]:
    def note(name: str) -> None:
        passed.setdefault(name, number)

    return note


def _named(values: dict[str, Any], people: dict[str, str]) -> Any:
    """Put employee ids in place of the numbers that people were given."""
    text = json.dumps(values, sort_keys=True)
    for person, employee in sorted(people.items(), key=lambda item: -len(item[0])):
        text = text.replace(f'"{person}"', f'"={employee}"')
    return json.loads(text)
