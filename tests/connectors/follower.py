"""Who follows a Salesforce object: reads again and again from its cursor, and keeps what is known of each record."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.base import OPERATION, Page, Wanted
from connectors.opening import open_source
from domain.errors import CursorExpired
from tests.connectors.contract import Record, plain, rows_of
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.world import deal, settings

COLUMNS = ("Id", "Name", "Amount")


class Follower:
    """`known` is what is known of each record; `brought` the rows of the last read, in their order."""

    def __init__(self, double: Double, folder: Path, stream: str = "Opportunity", **more: Any) -> None:
        self.double, self.folder, self.stream, self.more = double, folder, stream, more
        self.columns: Sequence[str] = COLUMNS
        self.rest = False
        self.known: dict[str, Record] = {}
        self.cursor: str | None = None
        self.brought: list[Record] = []
        self.pages: list[Page] = []

    def read(self, pages: int | None = None) -> Follower:
        """Read from the cursor, in full where it has expired; stop after so many pages, as a process that is killed."""
        try:
            return self._read(self.cursor, pages)
        except CursorExpired:
            return self._read(None, pages)

    def full(self) -> Follower:
        return self._read(None, None)

    def _read(self, since: str | None, most: int | None) -> Follower:
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=self.folder))
        source = open_source("salesforce", settings(self.double, **self.more), (self.folder,))
        self.brought, self.pages = [], []
        fresh: dict[str, Record] | None = None
        for page in source.read(self.stream, since, scratch, Wanted(tuple(self.columns), rest=self.rest)):
            self.pages.append(page)
            rows = list(rows_of(page))
            assert page.rows == len(rows)
            self.brought += rows
            if page.full and fresh is None:
                fresh = {}
            _fold(self.known if fresh is None else fresh, rows)
            self.cursor = page.cursor or self.cursor
            if most is not None and len(self.pages) == most and not page.is_last:
                return self
        assert self.pages[-1].is_last
        self.known = self.known if fresh is None else fresh
        return self

    @property
    def ids(self) -> list[str | None]:
        return [row["Id"] for row in self.brought]

    @property
    def warnings(self) -> list[str]:
        return [warning for page in self.pages for warning in page.warnings]


def _fold(known: dict[str, Record], rows: list[Record]) -> None:
    for row in rows:
        if row.get(OPERATION) == "delete":
            known.pop(str(row["Id"]), None)
        else:
            known[str(row["Id"])] = plain(row)


def shown(double: Double, stream: str = "Opportunity", columns: Sequence[str] = COLUMNS) -> dict[str, Record]:
    """What the org shows of its records, as a follower should know it."""
    rows = double.org.live(stream)
    return {
        key: {one: str(row[one]) for one in columns if row[one] is not None and row[one] != ""}
        for key, row in rows.items()
    }


def change_some(double: Double, follower: Follower) -> list[str]:
    """Three deals change, and one is new; a minute later."""
    changed = list(follower.known)[:3]
    for one in changed:
        double.org.save("Opportunity", one, Amount=Decimal("200.20"))
        double.org.pass_(1)
    changed.append(deal(double.org, "New"))
    double.org.pass_(60)
    return changed
