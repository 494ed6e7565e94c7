"""Where the newest column copies of the roster are; what they hold is the engine's affair."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from store import tables
from store.faults import write


class Mirror(NamedTuple):
    """A Parquet copy (`people`, `links`, `versions`) up to a revision; `path` is relative to var/."""

    name: str
    path: str
    revision: int


@write("mirror.keep")
def keep_mirror(tx: Connection, mirror: Mirror) -> None:
    """Name the newest copy; it is only a cache, made again where it is not named or its file is gone."""
    tx.execute(delete(tables.mirror).where(tables.mirror.c.name == mirror.name))
    tx.execute(tables.mirror.insert().values(mirror._asdict()))


def mirrors(tx: Connection) -> dict[str, Mirror]:
    """Give the newest copies by name."""
    query = select(*(tables.mirror.c[name] for name in Mirror._fields))
    return {row.name: Mirror._make(row) for row in tx.execute(query)}


def attributes(tx: Connection) -> tuple[str, ...]:
    """Name every attribute that any step ever set: the columns of a copy."""
    return tuple(tx.execute(select(tables.attribute.c.name).order_by(tables.attribute.c.name)).scalars())
