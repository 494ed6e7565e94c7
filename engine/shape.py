"""Some values of each column of a read, as sent: what its shape is told by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.session import Session, quoted, read_files, text

#: How many of the first rows of a read are looked at.
ROWS = 1_000


def some_values(session: Session, path: Path, columns: Sequence[str]) -> dict[str, list[str]]:
    """Give, of each column that a landed file has, the values of its first rows, without blanks and empty ones."""
    has = {str(name) for (name,) in session.rows(f"SELECT name FROM parquet_schema([{text(str(path))}])")}
    there = [name for name in columns if name in has]
    if not there:
        return {}
    some = f"SELECT {', '.join(map(quoted, there))} FROM {read_files([path])} ORDER BY _row LIMIT {ROWS}"
    listed = ", ".join(f"list(trim({quoted(name)})) FILTER (trim({quoted(name)}) <> '')" for name in there)
    ((*found,),) = session.rows(f"SELECT {listed} FROM ({some})")
    return {name: list(values) if isinstance(values, list) else [] for name, values in zip(there, found, strict=True)}
