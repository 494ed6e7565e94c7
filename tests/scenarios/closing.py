"""A company that is paid by commission: six deals of three people, one plan, closed month by month."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.scenarios.people import Row
from tests.scenarios.world import Answer, Document, World

PLAN = """\
plan: reseller
currency: USD
measures:
  revenue: {sum: amount, where: kind == 'deal', dated_by: date}
credit:
- {to: owner, measure: revenue}
components:
  commission:
    type: tiers
    measure: revenue
    earned: month
    accumulate: year
    bounds: amount
    method: marginal
    tiers: [{upto: 1000, rate: 10%}, {rate: 20%}]
"""
PEOPLE_COLUMNS = ("id", "name", "plans", "entity", "group", "paid_in", "hired", "from")
#: id, day, owner, amount
Deal = tuple[str, str, str, str]
DEALS: tuple[Deal, ...] = (
    ("X1", "2026-01-05", "E1", "400.00"),
    ("X2", "2026-01-20", "E1", "800.00"),
    ("X3", "2026-01-07", "E2", "500.00"),
    ("X4", "2026-01-09", "E3", "700.00"),
    ("X5", "2026-02-09", "E3", "700.00"),
    ("X6", "2026-02-10", "E1", "100.00"),
)
PEOPLE: tuple[Row, ...] = (
    {"id": "E1", "name": "Ann", "plans": "reseller", "entity": "Inc", "group": "US", "hired": "2025-06-01"},
    {"id": "E2", "name": "Bob", "plans": "reseller", "entity": "Inc", "group": "US", "hired": "2025-06-01"},
    {"id": "E3", "name": "Cid", "plans": "reseller", "entity": "Ltd", "group": "UK", "hired": "2025-06-01"},
)
SALES = """\
key: id
fields:
  kind: {value: deal}
  date: {from: day, type: date, format: '%Y-%m-%d'}
  owner: {from: rep, type: participant, by: employee_id}
  amount: {from: amount, type: money, currency: {value: USD}}
"""


class PayWorld(World):
    """A workspace with deals and a plan that is published and approved; commands of the close, said shortly."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.settings["sources"]["deals"] = {"kind": "file", "path": "inbox/sales.csv"}
        self.settings["feeds"]["sales"] = {"source": "deals", "into": "transactions", "mapping": "mappings/sales.yaml"}
        self.settings["plans"] = "plans/*.yaml"
        fields = self.mapping["fields"]
        for name in ("email", "title", "team", "termination_date"):
            fields.pop(name)
        fields["plans"] = {"from": "plans", "type": "set", "separator": ";"}
        fields |= {"legal_entity": "entity", "pay_group": "group", "payment_currency": "paid_in"}
        (folder / "plans").mkdir(exist_ok=True)
        self.write("mappings/sales.yaml", SALES)
        self.save()
        self.on("2026-03-01")

    def begin_pay(self, people: Iterable[Row] = PEOPLE, deals: Iterable[Deal] = DEALS, plan: str = PLAN) -> None:
        """Load people and deals, approve everybody and the plan."""
        self.send_people(people)
        self.sell(*deals, run=False)
        assert self.call("run").code == 0
        assert self.approve(as_="ana").code == 0
        self.publish(plan, "2026-01-01")

    def publish(self, plan: str, start: str) -> None:
        """Publish another text of the plan, and approve it."""
        self.write("plans/reseller.yaml", plan)
        assert self.call("plan", "publish", "plans/reseller.yaml", "--from", start, "--as", "ana").code == 0
        assert self.call("plan", "approve", "reseller", "--as", "ben").code == 0

    def send_people(self, people: Iterable[Row]) -> None:
        """Let a people file arrive."""
        self.write("inbox/people.csv", _table(PEOPLE_COLUMNS, people))

    def sell(self, *deals: Deal, run: bool = True) -> None:
        """Let a file of deals arrive, and load it."""
        names = ("id", "day", "rep", "amount")
        self.write("inbox/sales.csv", _table(names, (dict(zip(names, deal, strict=True)) for deal in deals)))
        if run:
            assert self.call("run", "sales").code == 0

    def approve(self, *changes: str | Document, **options: str | bool) -> Answer:
        """Approve changes, or all that wait, those too that reach into what is committed."""
        return super().approve(*changes, **{"into_committed": True, **options})

    # --- the close

    def calculate(self, period: str, **options: str | bool) -> Document:
        """Calculate a pay period."""
        said = self.act("calculate", period, **options)
        assert said.code in (0, 1), said.document
        return dict(said.document)

    def act(self, command: str, *arguments: str, **options: str | bool) -> Answer:
        """Run a command with options."""
        return self.call(command, *arguments, *_options(options))

    def close(self, period: str, **options: str | bool) -> Document:
        """Calculate a pay period, submit it, approve it, commit it."""
        self.calculate(period, **options)
        self.submit(period, **options)
        said = self.act("commit", period, as_="ana", **options)
        assert said.code == 0, said.document
        return dict(said.document)

    def submit(self, period: str, **options: str | bool) -> None:
        """Submit what was calculated, and have somebody else approve it."""
        for command, who in (("submit", "ana"), ("approve-results", "ben")):
            said = self.act(command, period, as_=who, **options)
            assert said.code == 0, (command, said.document)

    def results(self, period: str, **options: str | bool) -> list[Document]:
        """What a pay period came to."""
        return list(self.act("results", period, **options).document)

    def amounts(self, period: str, **options: str | bool) -> dict[tuple[Any, ...], str]:
        """Amounts of a pay period by participant, kind and earned period."""
        return {
            (one["participant"], one["kind"], one["earned_period"]): one["amount"]
            for one in self.results(period, **options)
        }


def corrected(*changed: Deal) -> list[Deal]:
    """Give the deals, some of them as they turned out to be, and those that turned up."""
    others = {one[0]: one for one in changed}
    return [others.pop(one[0], one) for one in DEALS] + list(others.values())


def _table(names: Sequence[str], rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _options(given: dict[str, str | bool]) -> list[str]:
    words: list[str] = []
    for name, value in given.items():
        if value is not False:
            option = f"--{name.rstrip('_').replace('_', '-')}"
            words += [option] if value is True else [option, str(value)]
    return words
