"""Sheets of quotas, and what is said of them."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Any

from tests.scenarios.people import Row
from tests.scenarios.world import Answer, Document, World

Q1 = ("2026-01-01", "2026-03-31")
Q2 = ("2026-04-01", "2026-06-30")
COLUMNS = ("No", "Rep", "Measure", "Line", "From", "To", "Amount", "Currency")
COUNTED = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
MAPPING: Document = {
    "key": "No",
    "fields": {
        "participant": {"from": "Rep", "by": "employee_id"},
        "measure": "Measure",
        "line": "Line",
        "from": {"from": "From", "format": "%Y-%m-%d"},
        "until": {"from": "To", "format": "%Y-%m-%d", "inclusive": True},
        "amount": {"from": "Amount", "thousands": ","},
        "currency": "Currency",
    },
}


def quota(number: int, rep: str, amount: str, days: tuple[str, str] = Q1, **cells: str) -> Row:
    """A row of the sheet; `To` is the last day, as people write it."""
    usual = {"No": str(number), "Rep": rep, "Measure": "revenue", "From": days[0], "To": days[1]}
    return {**usual, "Amount": amount, "Currency": "USD", **cells}


def sheet(size: int, amount: str = "1000") -> list[Row]:
    """A quota of Q1 for each of so many of the company."""
    return [quota(number, f"{1000 + number:05d}", amount) for number in range(1, size + 1)]


class Sheets:
    """The world with a sheet of quotas in it."""

    def __init__(self, world: World, **feed: Any) -> None:
        self.world = world
        world.settings["sources"]["sheets"] = {"kind": "file", "path": "inbox/quotas.csv"}
        world.settings["feeds"]["quotas"] = {
            "source": "sheets", "into": "quotas", "mapping": "mappings/quotas.yaml",
            "limits": {"errors": "90%"}, **feed,
        }  # fmt: skip
        self.map(MAPPING)

    def map(self, mapping: Document) -> None:
        """Write the mapping."""
        self.world.write("mappings/quotas.yaml", json.dumps(mapping))
        self.world.save()

    def run(self, rows: Iterable[Row] | None = None, *, dry: bool = False) -> Answer:
        """Run the feed of quotas on a sheet of these rows; every row is counted once."""
        if rows is not None:
            text = io.StringIO()
            writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            self.world.write("inbox/quotas.csv", text.getvalue())
        said = self.world.call("run", "quotas", *(["--dry-run"] if dry else []))
        one = Answer(said.code, said["runs"][0])
        assert sum(one[name] for name in COUNTED) == one["read"], one.document
        return one

    def held(self, rep: str, day: str, *, known_at: int | None = None) -> dict[str, str]:
        """The quotas of somebody on a day."""
        values = self.world.roster(day, known_at=known_at)[rep]
        return {name.removeprefix("quota:"): value for name, value in values.items() if name.startswith("quota:")}


def fields(change: Document) -> tuple[str, str | None, str | None]:
    [(name, item)] = change["fields"].items()
    return name, item["before"], item["after"]


def codes(run: Answer) -> list[tuple[str, str]]:
    return [(one["severity"], one["code"]) for one in run["problems"]]
