"""Rows as sent, without those of some records: a landed file is written anew for who is erased."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.landing import NATIVE, OPERATION, PLACE, ROW
from engine.session import Session, quoted, read_files, row_count, text, write_whole
from engine.state import has_columns, key_of


@dataclass(frozen=True, slots=True)
class Remainder:
    """A file in the place of another: where it is, its sha256, its rows and bytes, and how many rows went."""

    path: Path
    digest: str
    rows: int
    size: int
    gone: int


def without_keys(session: Session, path: Path, keys: Sequence[str], which: Collection[str]) -> Remainder | None:
    """Write a landed file anew beside itself, in its order, without the rows of some keys; None where it has none.

    `keys` are the source's key columns, `which` are keys as the mapping writes them. A file that lacks such a column
    cannot be told apart, and stays as it is.
    """
    if not has_columns(session, [path], keys):
        return None
    return _without(session, path, f"{key_of(keys)} IN ({', '.join(map(text, sorted(which)))})")


def without_texts(session: Session, path: Path, texts: Collection[str]) -> Remainder | None:
    """Write a landed file anew without the rows of which some cell is one of some texts; None where it has none.

    Blanks around a cell and its capitals do not count; a text within a longer one is not found.
    """
    columns = [name for name in _columns(session, path) if name not in (ROW, PLACE, OPERATION, NATIVE)]
    if not (columns and texts):
        return None
    wanted = f"list_transform([{', '.join(map(text, sorted(texts)))}], lambda one: {_plain('one')})"
    cells = ", ".join(_plain(f"{quoted(name)}::VARCHAR") for name in columns)
    return _without(session, path, f"list_has_any([{cells}], {wanted})")


def some_keys(session: Session, path: Path, keys: Sequence[str], count: int) -> list[str] | None:
    """Give a few keys of a landed file; None where it lacks one of the source's key columns."""
    if not has_columns(session, [path], keys):
        return None
    rows = session.rows(f"SELECT DISTINCT {key_of(keys)} AS key FROM {read_files([path])} ORDER BY key LIMIT {count}")
    return [str(key) for (key,) in rows]


def _columns(session: Session, path: Path) -> list[str]:
    return [str(name) for name, *_ in session.rows(f"DESCRIBE FROM {read_files([path])}")]


def _plain(cell: str) -> str:
    return f"lower(nfc_normalize(trim({cell})))"


def _without(session: Session, path: Path, theirs: str) -> Remainder | None:
    gone = session.number(f"SELECT count(*) FROM {read_files([path])} WHERE {theirs}")
    if not gone:
        return None
    scratch = path.with_suffix(".less.parquet")
    write_whole(session, f"SELECT * FROM {read_files([path])} WHERE ({theirs}) IS NOT TRUE", scratch)
    with scratch.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    target = scratch.replace(path.with_name(f"{path.stem.rpartition('-')[0]}-{digest[:16]}.parquet"))
    return Remainder(target, digest, row_count(session, target), target.stat().st_size, gone)
