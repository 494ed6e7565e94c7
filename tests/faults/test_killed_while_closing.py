"""Killed at what only pay makes: a plan, a calculation, an adjustment by hand, a submit, an approval, a commit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from store.database import open_database, reading
from store.ledger import ledger_entries
from tests.faults.story import Played, Row, Step, Told, kill_and_give_again, let_leases_end, points, tell
from tests.scenarios.closing import PLAN, SALES

WRITES = (
    *("adjustments.decide", "adjustments.propose", "ledger.post", "pay_runs.begin", "pay_runs.move"),
    *("plans.publish", "plans.approve", "calculations.keep"),
)
CONFIGURATION = """\
version: 1
allow_today: true
calendars: {main: {timezone: UTC}}
sources: {hr: {kind: file, path: people.csv}, deals: {kind: file, path: sales.csv}}
feeds:
  people: {source: hr, into: participants, mapping: people.yaml, owns_roster: true, full: true}
  sales: {source: deals, into: transactions, mapping: sales.yaml}
plans: plans/*.yaml
"""
MAPPING = """\
key: Id
fields:
  employee_id: Id
  name: Name
  hire_date: {from: Hired, type: date}
  plans: {value: reseller, type: set}
"""
HEADER = ("Id", "Name", "Hired")
PEOPLE: list[Row] = [(f"E{n}", f"Name {n}", "2026-01-01") for n in range(1, 4)]
DEALS = "id,day,rep,amount\nX1,2026-01-05,E1,100.00\nX2,2026-01-06,E2,{}\nX3,2026-02-07,E3,300.00\n"
CLOSING = ("calculate 2026-01", "submit 2026-01 --as ana", "approve-results 2026-01 --as ben", "commit 2026-01")

STORY: list[Step] = [
    ("2026-03-01", "run", PEOPLE),
    ("2026-03-01", "approve --all", None),
    ("2026-03-01", "plan publish plans/reseller.yaml --from 2026-01-01 --as ana", None),
    ("2026-03-01", "plan approve reseller --as ben", None),
    ("2026-03-01", "adjust E1 2026-01 -7 USD --component commission --reason prize --as ana", None),
    ("2026-03-01", "approve A1 --as ben", None),
    *(("2026-03-01", command, None) for command in CLOSING),
    ("2026-03-02", "correct", None),
    *(("2026-03-02", command.replace("2026-01", "2026-02"), None) for command in CLOSING),
]


class Closing(Played):
    """A workspace in which this story is played; `correct` is a deal that turns out to be another one."""

    def begin(self) -> None:
        super().begin()
        (self.folder / "syncd.yaml").write_text(CONFIGURATION)
        (self.folder / "sales.yaml").write_text(SALES)
        (self.folder / "sales.csv").write_text(DEALS.format("200.00"))
        (self.folder / "plans").mkdir()
        (self.folder / "plans" / "reseller.yaml").write_text(PLAN)

    def step(self, step: Step) -> int:
        day, command, _ = step
        if command != "correct":
            return super().step(step)
        (self.folder / "sales.csv").write_text(DEALS.format("250.00"))
        return self.call(day, "run sales")[0]

    def seen(self) -> dict[str, Any]:
        """Also what is adjusted, closed and booked."""
        books = open_database(f"sqlite:///{self.folder / 'var' / 'syncd.db'}")
        with reading(books) as tx:
            entries = [
                (one.kind, one.key.person, one.key.earned_period, str(one.amount), one.accounting_period, one.line)
                for one in ledger_entries(tx)
            ]
        books.dispose()
        adjusted = json.loads(self.call("2026-03-10", "adjust list")[1])
        acts = [(one["act"], one["about"]) for one in json.loads(self.call("2026-03-10", "audit")[1])]
        return {
            **super().seen(),
            "entries": entries,
            "adjusted": [(one["amount"], one["state"]) for one in adjusted],
            "closed": [one for one in acts if one[0].endswith("pay run")],
        }


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Tell the story once."""
    folder = tmp_path_factory.mktemp("closing")
    with pytest.MonkeyPatch.context() as patch:
        let_leases_end(patch)
        return tell(Closing(folder / "world", HEADER, MAPPING), STORY, folder)


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_at_a_write_of_a_close_and_called_again_it_is_as_if_never_broken(told: Told, tmp_path: Path, point: str):
    kill_and_give_again(told, Closing(tmp_path / "world", HEADER, MAPPING), point)


def test_the_story_posts_and_adjusts(told: Told) -> None:
    """So that what is killed above is what it says: two pay runs, an adjustment by hand, one that follows later."""
    kinds = [entry[0].value for entry in told.after[-1]["entries"]]
    assert sorted(kinds) == ["earned", "earned", "earned", "manual", "retro"]
    assert len(told.after[-1]["closed"]) == 6
