"""A page cut into pieces of at most a segment's size, each a file that DuckDB reads without guessing.

In goes a page; out come `Piece`s in order, on disk. A CSV piece is *plain*: every line is one record, so that
the row number is the line number; or *quoted*: line breaks inside quotes are counted in; or *numbered*:
Python's csv has read it record by record, has written it anew with the row number first and has set aside
what it could not read. The last costs several times the others and is taken only for the pieces that need it:
blank lines, ragged rows, stray quotes. A line break inside a value is LF, whichever it was.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 20
DRAWN = 1_000  #: How many lines a value may go on for behind the last line of a piece.
LONGEST_ROW = 1_900_000  #: in bytes: DuckDB's own default limit is two million
SHOWN = 500  #: How much of a row that could not be read is kept to show it.


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
    """

    path: Path
    form: Form
    first: int
    records: int
    lines: int
    ignored: int = 0
    rejected: int = 0
    rejects: tuple[Reject, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """How a CSV page is written, and how much of it may be one piece."""

    columns: tuple[str, ...]
    delimiter: str
    quote: str
    rows: int
    size: int
    rejects: int  #: how many rejects of a piece are kept to show


def cut_csv(source: Path, skip: int, layout: Layout, folder: Path) -> Iterator[Piece]:
    """Cut a CSV page into pieces under `folder`, leaving out its first `skip` physical lines."""
    with source.open("rb") as file:
        for _ in range(skip):
            file.readline()
        offset, line, number = file.tell(), skip + 1, 0
        while block := _block(file, offset, layout):
            path = folder / f"{number:05d}.csv"
            if (whole := _whole(file, block, layout.quote)) is None:
                piece, offset, line = _number(file, offset, line, offset + len(block.text), layout, path)
            else:
                path.write_bytes(whole.text)
                form = Form.QUOTED if whole.inside else Form.PLAIN
                piece = Piece(path, form, line, whole.lines - whole.inside, whole.lines)
                offset, line = offset + whole.size, line + whole.lines
            number += 1
            yield piece


def cut_jsonl(source: Path, layout: Layout, folder: Path) -> Iterator[Piece]:
    """Cut a JSON-lines page into pieces under `folder`."""
    with source.open("rb") as file:
        offset, line, number = 0, 1, 0
        while block := _block(file, offset, layout):
            path = folder / f"{number:05d}.jsonl"
            path.write_bytes(block.text)
            yield Piece(path, Form.JSONL, line, block.lines, block.lines)
            offset, line, number = offset + len(block.text), line + block.lines, number + 1


def number_again(piece: Piece, layout: Layout) -> Piece:
    """Read a piece record by record after all: DuckDB did not find as many as were counted in it."""
    path = piece.path.with_suffix(".again.csv")
    with piece.path.open("rb") as file:
        again, _, _ = _number(file, 0, piece.first, piece.path.stat().st_size, layout, path)
    piece.path.unlink()
    return again


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines, and how many."""

    text: bytes
    lines: int


@dataclass(frozen=True, slots=True)
class _Whole:
    """Whole records with LF line ends, how many lines, of which `inside` quotes, their size as sent."""

    text: bytes
    lines: int
    inside: int
    size: int


def _whole(file: BinaryIO, block: _Block, quote: str) -> _Whole | None:
    """Give a block so that it ends with a record, None where it cannot be told where one ends.

    The file stands where the block ends; lines behind are drawn into a block that ends inside quotes. Quotes
    are counted, not parsed: with all but quotes and line ends taken away, what stands between an odd and an
    even quote is the line breaks of values. Who reads the records counts them too: a stray quote shows there.
    """
    text, lines, size = block.text, block.lines, len(block.text)
    text = text.replace(b"\r\n", b"\n") if b"\r" in text else text
    mark = quote.encode()
    if mark not in text:
        return None if b"\r" in text else _Whole(text, lines, 0, size)
    others = bytes(byte for byte in range(256) if byte not in (mark[0], 0x0A))
    runs = text.translate(None, others).replace(mark * 2, b"").split(mark)
    more = b""
    if len(runs) % 2 == 0:
        for line in islice(file, DRAWN):
            more += line
            lines += 1
            if line.count(mark) % 2:
                break
        else:
            return None
        text += more.replace(b"\r\n", b"\n")
        runs = text.translate(None, others).replace(mark * 2, b"").split(mark)
    return None if b"\r" in text else _Whole(text, lines, sum(map(len, runs[1::2])), size + len(more))


def _block(file: BinaryIO, offset: int, layout: Layout) -> _Block | None:
    """Read whole lines, as many as one piece may hold and at least one; the file then stands behind them.

    None at its end. The last line of a file may lack its end.
    """
    file.seek(offset)
    parts: list[bytes] = []
    rows, size, lines = layout.rows, layout.size, 0
    while chunk := file.read(CHUNK):
        found = chunk.count(b"\n")
        if found >= rows or (found and size < len(chunk)):
            end = _end_of_line(chunk, rows) if found >= rows else chunk.rfind(b"\n") + 1
            parts.append(chunk[:end])
            lines += min(found, rows)
            break
        parts.append(chunk)
        rows, size, lines = rows - found, max(size - len(chunk), 0), lines + found
    block = b"".join(parts)
    file.seek(offset + len(block))
    return _Block(block, lines + (not block.endswith(b"\n"))) if block else None


def _end_of_line(chunk: bytes, number: int) -> int:
    """Give where the line of that number ends, by halving: counting is much faster than walking."""
    low, high = 0, len(chunk)
    while low < high:
        middle = (low + high) // 2
        if chunk.count(b"\n", 0, middle) >= number:
            high = middle
        else:
            low = middle + 1
    return low


def _number(file: BinaryIO, offset: int, line: int, end: int, layout: Layout, path: Path) -> tuple[Piece, int, int]:
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
