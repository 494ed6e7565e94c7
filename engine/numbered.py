"""A piece of a page read record by record, for DuckDB would not find in it what a person does.

In go the bytes of a page from one place to another; out comes a *numbered* piece: every record as one line with its
row number first, and the rows that could not be read.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from engine.piece import Form, Layout, Piece, Reject

LONGEST_ROW = 1_900_000  #: in bytes: DuckDB's own default limit is two million
SHOWN = 500  #: How much of a row that could not be read is kept to show it.


def number_records(
    file: BinaryIO, offset: int, line: int, end: int, layout: Layout, path: Path
) -> tuple[Piece, int, int]:
    """Read records from `offset` to the first that ends at or after `end`; give them, and where to go on."""
    lines = _Lines(file, offset, line)
    good = ignored = bad = 0
    rejects: list[Reject] = []
    with path.open("w", encoding="utf-8", newline="") as output:
        write = csv.writer(output, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow
        for row, cells in _records(lines, end, layout):
            if isinstance(cells, Reject):
                bad += 1
                if len(rejects) < layout.rejects:
                    rejects.append(cells)
            elif any(cells):
                good += 1
                write((row, *cells))
            else:
                ignored += 1
    piece = Piece(path, Form.NUMBERED, line, good, lines.number - line, ignored, bad, tuple(rejects))
    return piece, lines.offset, lines.number


def _records(lines: _Lines, end: int, layout: Layout) -> Iterator[tuple[int, list[str] | Reject]]:
    """Yield each record that is no blank line, with the line where it starts; without content it is empty."""
    reader = _reader(lines, layout, forgiving=True)
    while lines.offset < end:
        row = lines.begin()
        fault = None
        try:
            cells = next(reader)
        except UnicodeDecodeError as error:
            fault, cells = _broken(error), [lines.keep_first()]
        except csv.Error as error:
            cells = _tidied(lines.keep_first(), layout)
            fault = None if cells else _broken(error)
        if fault is None and lines.has(" "):
            cells = _as_sent(cells, lines.text(), layout)
        if fault is not None:
            yield row, Reject(row, fault, lines.text()[:SHOWN], None)
        elif cells and not any(cells):
            yield row, []
        elif cells and (len(cells) != len(layout.columns) or lines.size() > LONGEST_ROW):
            yield row, _misfit(row, cells, lines, layout)
        elif cells:
            yield row, cells


def _reader(lines: Iterable[str], layout: Layout, *, forgiving: bool) -> Iterator[list[str]]:
    """Read strictly; like DuckDB, forgive spaces before a quote (Python's csv then drops all leading ones)."""
    return csv.reader(
        lines, delimiter=layout.delimiter, quotechar=layout.quote, strict=True, skipinitialspace=forgiving
    )


def _as_sent(cells: list[str], record: str, layout: Layout) -> list[str]:
    """Give the cells with their leading spaces, unless those stand before a quote."""
    try:
        exact = next(_reader([record], layout, forgiving=False), [])
    except csv.Error:
        return cells
    is_same = [cell.lstrip(" ") for cell in exact] == [cell.lstrip(" ") for cell in cells]
    return exact if is_same else cells


def _tidied(line: str, layout: Layout) -> list[str]:
    """Read a line without the spaces behind its closing quotes; nothing if that makes no row of it."""
    quote = re.escape(layout.quote)
    loose = f"(?<!{quote}){quote} +(?={re.escape(layout.delimiter)}|$)"
    try:
        cells = next(_reader([re.sub(loose, layout.quote, line)], layout, forgiving=True))
    except csv.Error:
        return []
    return cells if len(cells) == len(layout.columns) else []


def _misfit(row: int, cells: list[str], lines: _Lines, layout: Layout) -> Reject:
    reason = f"{len(cells)} cells where the header has {len(layout.columns)}: check delimiters and quotes"
    if len(cells) == len(layout.columns):
        reason = f"longer than {LONGEST_ROW} bytes"
    named = {name: cell for name, cell in zip(layout.columns, cells, strict=False) if name}
    return Reject(row, reason, lines.text()[:SHOWN], named)


def _broken(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8: send it again in the declared encoding"
    if "unexpected end" in str(error):
        return "a quote is opened and never closed: close it, or double it if it belongs to the text"
    if "new-line" in str(error):
        return "a carriage return outside quotes: quote the value or remove it"
    if "limit" in str(error):
        return "a value longer than 131072 characters: is a quote missing?"
    return "text after a closing quote: double a quote that belongs to the text"


@dataclass(slots=True)
class _Lines:
    """The physical lines of a file from an offset on, with the way back after a record that is none."""

    file: BinaryIO
    offset: int  #: where the next line starts
    number: int  #: its number
    taken: list[bytes] = field(default_factory=list)  #: the lines of the record being read
    back: deque[bytes] = field(default_factory=deque)  #: lines to be read once more

    def __post_init__(self) -> None:
        self.file.seek(self.offset)

    def begin(self) -> int:
        """Start a record; give its line number."""
        self.taken.clear()
        return self.number

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        raw = self.back.popleft() if self.back else self.file.readline()
        if not raw:
            raise StopIteration
        self.taken.append(raw)
        self.offset += len(raw)
        self.number += 1
        return (raw[:-2] + b"\n" if raw.endswith(b"\r\n") else raw).decode()

    def keep_first(self) -> str:
        """Count the record as its first line only, so that a stray quote costs one row; give its text."""
        first, rest = self.taken[0], self.taken[1:]
        self.back.extendleft(reversed(rest))
        self.offset -= sum(map(len, rest))
        self.number -= len(rest)
        self.taken = [first]
        return self.text()

    def has(self, text: str) -> bool:
        """Tell whether the record holds that text."""
        sought = text.encode()
        return any(sought in raw for raw in self.taken)

    def size(self) -> int:
        """Give the bytes of the record."""
        return sum(map(len, self.taken))

    def text(self) -> str:
        """Give the record without its line end."""
        return b"".join(self.taken).replace(b"\r\n", b"\n").decode(errors="replace").rstrip("\r\n")
