"""Killed at every write of a run that loads facts: new ones, corrected ones, a mapping edit, rows that wait."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import syncd.feeds.landed
from engine.facts import load_facts
from engine.session import open_session
from store import faults
from store.database import reading
from store.head import current_revision
from syncd.facts.known import facts_as_known
from syncd.world import open_world
from tests.faults.story import Killed, Played, Row, killing, let_leases_end

WRITES = ("facts.publish",)
CONFIGURATION = """\
version: 1
allow_today: true
calendars: {main: {timezone: UTC}}
sources: {hr: {kind: file, path: people.csv}, deals: {kind: file, path: sales.csv}}
feeds:
  people: {source: hr, into: participants, mapping: people.yaml, owns_roster: true, full: true}
  sales: {source: deals, into: transactions, mapping: sales.yaml}
"""
PEOPLE_MAPPING = "key: Id\nfields: {employee_id: Id, name: Name}\n"
MAPPING = """\
key: Id
fields:
  date: {from: Day, type: date}
  owner: {from: Rep, by: employee_id}
  amount: {from: Sales, type: money, currency: {value: USD}}
  product: Product
"""
EDITED = MAPPING.replace("product: Product", "product: {from: Product, values: {'': none, P: pen}}")
FIRST = "Id,Day,Rep,Sales,Product\nA,2026-01-01,E1,1,P\nB,2026-01-02,E2,2,\nC,2026-01-02,E9,3,\nD,2026-01-02,E1,4,P\n"
SECOND = "Id,Day,Rep,Sales,Product\nA,2026-01-01,E1,1.5,P\nB,,E2,2,\nE,2026-01-02,E1,5,P\nF,2026-01-09,E1,6,\n"
PEOPLE: list[Row] = [("E1", "One"), ("E2", "Two")]

#: (what the files are by then, the command)
STORY = [
    ({}, "run people"),
    ({"sales.csv": FIRST}, "run sales"),
    ({"sales.csv": SECOND}, "run sales"),
    ({"sales.yaml": EDITED}, "run sales"),
    ({"people.csv": "Id,Name\nE1,One\nE2,Two\nE9,Nine\n"}, "run people"),
    ({}, "run sales"),
]


class Loading(Played):
    """A workspace in which this story is played."""

    def begin(self) -> None:
        super().begin()
        (self.folder / "syncd.yaml").write_text(CONFIGURATION)
        (self.folder / "sales.yaml").write_text(MAPPING)
        self.send(PEOPLE)

    def play(self, number: int) -> int:
        files, command = STORY[number]
        for name, text in files.items():
            (self.folder / name).write_text(text)
        return self.call("2026-03-01", command)[0]

    def seen(self) -> dict[str, Any]:
        """Also which facts are known, as what, and what waits by which name."""
        world = open_world(self.folder, None)
        with reading(world.database) as tx, open_session(world.workspace.var) as session:
            load_facts(session, facts_as_known(tx, world, current_revision(tx)))
            facts = session.rows("SELECT key, place, amount, product, date FROM transactions ORDER BY key")
        world.database.dispose()
        waiting = json.loads(self.call("2026-03-10", "quarantine")[1])
        return {
            **super().seen(),
            "facts": [(key, str(place).partition(" ")[0], *rest) for key, place, *rest in facts],
            "waiting": [(one["key"], one["code"], one["place"].partition(" ")[0]) for one in waiting],
        }


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[dict[str, Any]]]:
    """Tell the story once; what was landed is written anew by every run."""
    folder = tmp_path_factory.mktemp("loading")
    world, before, after = Loading(folder / "world", ("Id", "Name"), PEOPLE_MAPPING), [], []
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        _write_landed_anew(patch)
        world.begin()
        for number in range(len(STORY)):
            before.append(folder / f"before-{number}")
            shutil.copytree(world.folder, before[-1])
            assert world.play(number) in (0, 1), STORY[number]
            after.append(world.seen())
    return before, after


#: The writes of a run of facts, and the steps that make them.
POINTS = [
    (number, point)
    for name, steps in {
        "facts.publish": (1, 2, 3, 5), "problems.insert": (1,), "problems.open_quarantine": (1, 2),
        "problems.close_quarantine": (5,), "landing.publish": (2,), "landing.remember_full": (2,),
        "mirror.keep": (1, 5), "runs.finish": (1, 3), "head.take_revision": (3,), "head.allocate": (3,),
    }.items()
    for number in steps
    for point in (name, f"{name} done")
]  # fmt: skip


@pytest.mark.parametrize(("number", "point"), POINTS)
def test_killed_while_loading_and_called_again_it_is_as_if_never_broken(
    told: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, point: str
) -> None:
    before, after = told
    _write_landed_anew(monkeypatch)
    broken = Loading(tmp_path / "world", ("Id", "Name"), PEOPLE_MAPPING)
    shutil.copytree(before[number], broken.folder)
    faults.arm(killing(point))
    with pytest.raises(Killed):
        broken.play(number)
    faults.disarm()
    assert broken.play(number) in (0, 1)
    assert broken.seen() == after[number]


def _write_landed_anew(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(syncd.feeds.landed, "MANY", 0)
    patch.setattr(syncd.feeds.landed, "TIMES", 0)


def test_the_story_loads_corrects_and_waits(told: Any) -> None:
    """So that what is killed above is what it says."""
    _, after = told
    assert [len(seen["facts"]) for seen in after] == [0, 3, 5, 5, 5, 6]
    assert [seen["waiting"] for seen in after[1:]] == [
        [("C", "owner_unknown", "sales.csv:4")],
        [("C", "owner_unknown", "sales.csv:4"), ("B", "date_missing", "sales.csv:3")],
        [("C", "owner_unknown", "sales.csv:4"), ("B", "date_missing", "sales.csv:3")],
        [("C", "owner_unknown", "sales.csv:4"), ("B", "date_missing", "sales.csv:3")],
        [("B", "date_missing", "sales.csv:3")],
    ]
    assert {key: product for key, _, _, product, _ in after[-1]["facts"]} == {
        "A": "pen", "B": None, "C": "none", "D": "pen", "E": "pen", "F": "none",
    }  # fmt: skip
