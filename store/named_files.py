"""Every file under var/ that a row names, with its digest: what a copy has to have beside the database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from store.fact_tables import fact_segment
from store.pay_tables import result_file
from store.tables import segment


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file by its path relative to var/, its SHA-256 and its size."""

    path: str
    sha256: str
    bytes: int


def named_files(tx: Connection) -> list[NamedFile]:
    """Give segments, files of facts and files of results, by path."""
    found = {}
    for table in (segment, fact_segment, result_file):
        for path, sha256, size in tx.execute(select(table.c.path, table.c.sha256, table.c.bytes)):
            found[path] = NamedFile(path, sha256, size)
    return [found[path] for path in sorted(found)]
