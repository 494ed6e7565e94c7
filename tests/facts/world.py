"""A workspace with people and what they sold, spoken to through the command line as `tests.scenarios.world` is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from engine.facts import UNUSABLE, load_facts
from engine.session import open_session
from formula.quantity import Quantity
from store.database import reading
from store.head import current_revision
from syncd.facts.known import facts_as_known
from syncd.world import open_world
from tests.scenarios.world import Answer, Document, World

Row = Mapping[str, str]

COUNTED = ("loaded", "unchanged", "excluded", "quarantined", "errors")
SALE = ("Order", "Line", "Day", "Rep", "Sales", "Cur", "Cost", "Qty", "Product", "Parts", "Channel")

PEOPLE = {
    "key": "Id",
    "fields": {"employee_id": "Id", "name": "Name", "email": "Mail", "hire_date": {"from": "Hired", "type": "date"}},
}
SALES = {
    "key": ["Order", "Line"],
    "fields": {
        "kind": {"value": "deal"},
        "date": {"from": "Day", "type": "date", "format": "%Y-%m-%d"},
        "owner": {"from": "Rep", "type": "participant", "by": "employee_id"},
        "amount": {"from": "Sales", "type": "money", "currency": {"from": "Cur"}},
        "cost": {"from": "Cost", "type": "money"},
        "quantity": "Qty",
        "deal": "Order",
        "product": "Product",
        "channel": "Channel",
    },
}
SETTINGS = {
    "version": 1,
    "calendars": {"main": {"timezone": "UTC"}},
    "allow_today": True,
    "sources": {
        "hr": {"kind": "file", "path": "inbox/people.csv"},
        "deals": {"kind": "file", "path": "inbox/sales*.csv"},
    },
    "feeds": {
        "people": {"source": "hr", "into": "participants", "mapping": "mappings/people.yaml", "owns_roster": True},
        "sales": {"source": "deals", "into": "transactions", "mapping": "mappings/sales.yaml"},
    },
}


def sale(order: str, line: int | str = 1, **cells: str) -> dict[str, str]:
    """A line of an order, sold by 00001 on an ordinary day."""
    usual = {
        "Order": order, "Line": str(line), "Day": "2026-01-15", "Rep": "00001", "Sales": "100.00", "Cur": "USD",
        "Cost": "60", "Qty": "2", "Product": "P1",
    }  # fmt: skip
    return {**usual, **cells}


def csv_of(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Write rows as a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class Sold:
    """One workspace; `settings` and `mappings` are its files, written by `save`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings: Document = json.loads(json.dumps(SETTINGS))
        self.mappings: dict[str, Document] = json.loads(json.dumps({"people": PEOPLE, "sales": SALES}))
        self.world.today = date(2026, 2, 1)
        self.save()

    @property
    def fields(self) -> Document:
        """The fields of the mapping of sales."""
        found: Document = self.mappings["sales"]["fields"]
        return found

    def save(self) -> None:
        """Write the configuration as it stands."""
        self.world.write("syncd.yaml", json.dumps(self.settings))
        for name, mapping in self.mappings.items():
            self.world.write(f"mappings/{name}.yaml", json.dumps(mapping))

    def feed(self, name: str, into: str, mapping: Document, **keys: Any) -> None:
        """Add a feed with a source of its own, `inbox/{name}.csv`."""
        self.settings["sources"][f"{name}_file"] = {"kind": "file", "path": f"inbox/{name}.csv"}
        self.settings["feeds"][name] = {
            "source": f"{name}_file", "into": into, "mapping": f"mappings/{name}.yaml", **keys,
        }  # fmt: skip
        self.mappings[name] = mapping
        self.save()

    def people(self, *ids: str) -> None:
        """Let these people be known, approved or not."""
        rows = [{"Id": one, "Name": f"N{one}", "Mail": f"{one}@x.com", "Hired": "2025-01-01"} for one in ids]
        self.world.write("inbox/people.csv", csv_of(("Id", "Name", "Mail", "Hired"), rows))
        assert self.world.call("run", "people").code == 0

    def send(self, rows: Iterable[Row], name: str = "sales.csv") -> None:
        """Let a file of sales arrive."""
        self.world.write(f"inbox/{name}", csv_of(SALE, rows))

    def run(self, rows: Iterable[Row] | None = None, feed: str = "sales", *, dry: bool = False) -> Answer:
        """Run a feed of facts; its counters of rows sum to what was read."""
        if rows is not None:
            self.send(rows)
        said = self.world.call("run", feed, *(["--dry-run"] if dry else []))
        if "runs" not in said.document:
            return said
        answer = Answer(said.code, said["runs"][0])
        if answer["outcome"] != "failed":
            assert sum(answer[name] for name in COUNTED) == answer["read"], answer.document
        return answer

    def counted(self, rows: Iterable[Row] | None = None, feed: str = "sales") -> tuple[int, ...]:
        """Run a feed and give its counters: loaded, unchanged, excluded, quarantined, errors."""
        answer = self.run(rows, feed)
        return tuple(answer[name] for name in COUNTED)

    def quarantine(self) -> list[tuple[str, str, str]]:
        """What is set aside: (feed, key, code)."""
        return sorted((one["feed"], one["key"], one["code"]) for one in self.world.call("quarantine").document)

    def revision(self) -> int:
        """The newest revision."""
        shell = open_world(self.world.folder, self.world.today)
        try:
            with reading(shell.database) as tx:
                return current_revision(tx)
        finally:
            shell.database.dispose()

    def known(self, view: str = "transactions", *, at: int | None = None) -> list[dict[str, Any]]:
        """The rows of a view that a calculation reads, in full decimals, sorted."""
        shell = open_world(self.world.folder, self.world.today)
        try:
            with reading(shell.database) as tx:
                facts = facts_as_known(tx, shell, current_revision(tx) if at is None else at)
            with open_session(shell.workspace.var) as session:
                types = load_facts(session, facts)
                names = session.columns(view)
                rows = session.rows(f"SELECT * FROM {view} ORDER BY ALL")  # noqa: S608 - a name of ours
        finally:
            shell.database.dispose()
        scales = {name: kind.scale for name, kind in types.items() if isinstance(kind, Quantity)}
        scales |= {"share": 6, "rate": 10}
        return [
            {
                name: Decimal(cell).scaleb(-scales[name]) if name in scales and isinstance(cell, int) else cell
                for name, cell in zip(names, row, strict=True)
            }
            for row in rows
        ]

    def amounts(self, *, at: int | None = None) -> dict[str, str]:
        """The amount of each transaction by key."""
        return {one["key"]: f"{one['amount'].normalize():f}" for one in self.known(at=at)}


__all__ = ["UNUSABLE", "Sold", "csv_of", "sale"]
