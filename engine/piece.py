"""What a page is cut into: pieces, each a file that DuckDB reads without guessing, and rows that are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


class Form(Enum):
    """How a piece is written."""

    PLAIN = "plain"
    QUOTED = "quoted"
    NUMBERED = "numbered"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of the source that could not be read as one.

    row     the physical line where it starts
    reason  what is wrong with it, and what to do
    raw     its text as sent, cut at 500 characters
    cells   its cells by column, read from the left as far as they go; None where its quoting is broken and
            nobody can tell what stands where
    """

    row: int
    reason: str
    raw: str
    cells: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Some records of a page, as a file.

    first     the physical line of its first record
    records   how many records it holds for DuckDB to read
    lines     how many physical lines they take
    ignored   records without any content, already left out
    rejected  how many rows could not be read; `rejects` shows the first of them
    skip      how many lines of the file stand before the first record
    """

    path: Path
    form: Form
    first: int
    records: int
    lines: int
    ignored: int = 0
    rejected: int = 0
    rejects: tuple[Reject, ...] = ()
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV page is written, and how much of it may be one piece."""

    columns: tuple[str, ...]
    delimiter: str
    quote: str
    rows: int
    size: int
    rejects: int  #: how many rejects of a piece are kept to show
