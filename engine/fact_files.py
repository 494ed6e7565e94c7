"""Facts become files: Parquet of at most 100,000 facts, sorted by key, and one of the keys they replace.

In: the tables `typed`, `fresh`, `aside`. A file holds `_op, _run, feed, key, place` and the columns of its generation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.facts import DELETED
from engine.facts import PARTS_TYPE, KnownFacts, facts_query
from engine.landing import SEGMENT_ROWS
from engine.loading import USABLE
from engine.session import PARQUET, Session, quoted, text
from formula.expression import ColumnType
from mapping.facts import SPLITS


@dataclass(frozen=True, slots=True)
class FactFile:
    """A file that is not published yet: facts, or (`replaces`) keys of facts that no longer hold."""

    path: Path
    digest: str
    rows: int
    size: int
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class FactWriter:
    """Writes the facts of one run of one feed into a folder that lies within the session's."""

    session: Session
    feed: str
    run: int
    columns: Mapping[str, ColumnType]
    has_splits: bool
    folder: Path
    rows: int = SEGMENT_ROWS

    def write_fresh(self) -> list[FactFile]:
        """Write what is new, and which known keys it replaces."""
        operation = f"if(t._gone, {text(DELETED)}, 'upsert') AS _op"
        select = f"""SELECT {operation}, t.key, t._place AS place, {self._columns("t.")}
                     FROM typed t JOIN fresh f ON f.id = t.rowid"""
        files = self._write(select)
        replaced = "SELECT t.key FROM typed t JOIN fresh f ON f.id = t.rowid WHERE f.is_known"
        if self.session.number(f"SELECT count(*) FROM ({replaced})"):
            query = f"SELECT key, {self.run}::BIGINT AS _run FROM ({replaced}) ORDER BY key"
            files.append(self._file(query, "replaced", replaces=True))
        return files

    def write_all(self, known: KnownFacts, *, keeps: bool) -> list[FactFile]:
        """Write every fact anew: those of the read, and (`keeps`) the known ones of which it says nothing that counts.

        A row that is set aside says nothing that counts; one that the mapping leaves out says that it is no fact.
        """
        select = f"""SELECT 'upsert' AS _op, key, _place AS place, {self._columns()} FROM ({USABLE}) WHERE NOT _gone"""
        if keeps:
            parts = [SPLITS if known.has_splits else f"NULL::{PARTS_TYPE} AS {SPLITS}"] if self.has_splits else []
            names = ", ".join(["'upsert' AS _op", "key", "place", *map(quoted, self.columns), *parts])
            select += f"""
                UNION ALL SELECT {names} FROM ({facts_query(known, self.columns)})
                ANTI JOIN (SELECT key FROM ({USABLE}) UNION ALL
                           SELECT key FROM typed WHERE NOT _in_scope AND key IS NOT NULL) USING (key)"""
        return self._write(select, is_gathered=keeps)

    def _columns(self, of: str = "") -> str:
        return ", ".join(f"{of}{quoted(name)}" for name in (*self.columns, *([SPLITS] if self.has_splits else [])))

    def _write(self, select: str, *, is_gathered: bool = False) -> list[FactFile]:
        """Write the rows of a query, file by file; what is gathered from several places is gathered once.

        The keys alone are sorted to tell where a file ends, and the rows of one file at a time.
        """
        self.session.run(f"CREATE OR REPLACE TEMP {'TABLE' if is_gathered else 'VIEW'} written AS {select}")
        count = self.session.number("SELECT count(*) FROM written")
        # a bound on `nth` as well would have the engine look for the first so many rows, which takes ten times as long
        sorted_keys = "SELECT key, row_number() OVER (ORDER BY key) AS nth FROM written"
        ends = self.session.rows(f"SELECT key FROM ({sorted_keys}) WHERE nth % {self.rows} = 0")
        cuts = [text(key) for key in sorted(str(key) for (key,) in ends)][: (count - 1) // self.rows]
        after, until = ["true", *(f"key > {cut}" for cut in cuts)], [*(f"key <= {cut}" for cut in cuts), "true"]
        which = [f"{first} AND {last}" for first, last in zip(after, until, strict=True)] if count else []
        return [self._segment(number, one) for number, one in enumerate(which, 1)]

    def _segment(self, number: int, which: str) -> FactFile:
        query = f"""SELECT _op, {self.run}::BIGINT AS _run, {text(self.feed)} AS feed, key, place, {self._columns()}
                    FROM written WHERE {which} ORDER BY key"""
        return self._file(query, f"{number:05}")

    def _file(self, query: str, name: str, *, replaces: bool = False) -> FactFile:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{name}.parquet"
        statement = f"COPY ({query}) TO {text(str(path))} ({PARQUET})"
        rows = self.session.number(statement)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FactFile(path, digest, rows, path.stat().st_size, replaces)
