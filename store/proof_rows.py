"""The digests of rows as they are stored, by the revision that wrote them, and what those were before emptying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import Connection, Table, select

from store.bulk import AnyRow, Plain, digest_of, stream
from store.erasure_tables import emptied


@dataclass(frozen=True, slots=True)
class Restated:
    """What gives another digest since it was emptied: (about, digest now) -> digest before."""

    before: Mapping[tuple[str, str], str]

    def original(self, about: str, found: str) -> str:
        """Give the digest that the audit covers of what gives this one now: itself where nothing was emptied."""
        for _ in self.before:
            if (about, found) not in self.before:
                break
            found = self.before[about, found]
        return found


def restated(tx: Connection) -> Restated:
    """Give everything that was ever emptied."""
    return Restated({(row.about, row.after): row.before for row in stream(tx, select(emptied))})


def digests_by_revision(
    tx: Connection, table: Table, columns: Iterable[str], by: str = "revision_from"
) -> dict[int, str]:  # fmt: skip
    """Give the digest of the rows that each revision wrote, as it was before anything of them was emptied."""
    query = select(*(table.c[name] for name in columns)).order_by(table.c[by], table.c.id)
    rows = groupby(stream(tx, query), key=lambda row: int(getattr(row, by)))
    told = restated(tx)
    return {
        revision: told.original(f"{table.name}s {revision}", digest_of(map(_plain, some))) for revision, some in rows
    }


def digest_at(tx: Connection, table: Table, columns: Iterable[str], by: str, revision: int) -> str:
    """Give the digest of the rows that one revision wrote, as they are now."""
    query = select(*(table.c[name] for name in columns)).where(table.c[by] == revision).order_by(table.c.id)
    return digest_of(map(_plain, stream(tx, query)))


def _plain(row: AnyRow) -> tuple[Plain, ...]:
    return tuple(value.isoformat() if isinstance(value, date) else value for value in row)
