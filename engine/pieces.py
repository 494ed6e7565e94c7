"""A page cut into pieces of at most a segment's size, each a file that DuckDB reads without guessing.

In goes a page; out come `Piece`s in order, on disk. A CSV piece is *plain*: every line is one record, so that
the row number is the line number; or *quoted*: line breaks inside quotes are counted in; or *numbered*:
Python's csv has read it record by record, has written it anew with the row number first and has set aside
what it could not read. The last costs several times the others and is taken only for the pieces that need it:
blank lines, ragged rows, stray quotes. A line break inside a value is LF, whichever it was.

A page that is one piece is not copied: its file is given a second name. Of quotes the beginning is looked at, and
where no line breaks stand inside them there the piece is taken for plain: who reads it finds fewer records than lines
where that is wrong (`counted_again`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from engine.numbered import number_records
from engine.piece import Form, Layout, Piece

CHUNK = 1 << 20
DRAWN = 1_000  #: How many lines a value may go on for behind the last line of a piece.


def cut_csv(source: Path, skip: int, layout: Layout, folder: Path) -> Iterator[Piece]:
    """Cut a CSV page into pieces under `folder`, leaving out its first `skip` physical lines."""
    with source.open("rb") as file:
        above = [file.readline() for _ in range(skip)]
        offset, line, number = file.tell(), skip + 1, 0
        if _may_be_skipped(above, layout.quote) and _begins_plain(file, layout.quote):
            lines, path = _lines_to_end(file, layout), folder / "page.csv"
            if lines and _linked(source, path):
                yield Piece(path, Form.PLAIN, line, lines, lines, skip=skip)
                return
        while block := _block(file, offset, layout):
            path = folder / f"{number:05d}.csv"
            if (whole := _whole(file, block, layout.quote)) is None:
                piece, offset, line = number_records(file, offset, line, offset + len(block.text), layout, path)
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
        lines, path = _lines_to_end(file, layout), folder / "page.jsonl"
        if lines and _linked(source, path):
            yield Piece(path, Form.JSONL, line, lines, lines)
            return
        while block := _block(file, offset, layout):
            path = folder / f"{number:05d}.jsonl"
            path.write_bytes(block.text)
            yield Piece(path, Form.JSONL, line, block.lines, block.lines)
            offset, line, number = offset + len(block.text), line + block.lines, number + 1


def counted_again(piece: Piece, layout: Layout) -> Piece | None:
    """Give a piece that was taken for plain as what it is where line breaks stand inside quotes; None where none do."""
    with piece.path.open("rb") as file:
        _skip(file, piece)
        whole = _counted(file, _Block(file.read(), piece.lines), layout.quote)
    if whole is None or not whole.inside:
        return None
    return replace(piece, form=Form.QUOTED, records=piece.lines - whole.inside)


def number_again(piece: Piece, layout: Layout) -> Piece:
    """Read a piece record by record after all: DuckDB did not find as many as were counted in it."""
    path = piece.path.with_suffix(".again.csv")
    with piece.path.open("rb") as file:
        _skip(file, piece)
        again, _, _ = number_records(file, file.tell(), piece.first, piece.path.stat().st_size, layout, path)
    piece.path.unlink()
    return again


def _skip(file: BinaryIO, piece: Piece) -> None:
    for _ in range(piece.skip):
        file.readline()


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


def _may_be_skipped(above: Sequence[bytes], quote: str) -> bool:
    """Tell whether DuckDB leaves out these lines as we do: as so many, each of its own."""
    return all(line.strip() and line.count(quote.encode()) % 2 == 0 and b"\r" not in line for line in above)


def _begins_plain(file: BinaryIO, quote: str) -> bool:
    """Tell whether no line breaks stand inside quotes in what comes next; the file then stands where it stood."""
    offset = file.tell()
    is_plain = not _has_breaks(file.read(CHUNK), quote)
    file.seek(offset)
    return is_plain


def _lines_to_end(file: BinaryIO, layout: Layout) -> int:
    """Count the lines from here to the end, which end with LF alone; 0 where they are more than one piece, or none."""
    lines, size, last = 0, 0, b""
    while chunk := file.read(CHUNK):
        lines, size, last = lines + chunk.count(b"\n"), size + len(chunk), chunk
        if lines > layout.rows or size > layout.size or b"\r" in chunk:
            return 0
    lines += bool(last) and not last.endswith(b"\n")
    return lines if lines <= layout.rows else 0


def _linked(source: Path, path: Path) -> bool:
    """Give a file a second name, which may be taken away without it; not where names cannot reach it."""
    try:
        path.hardlink_to(source)
    except OSError:
        return False
    return True


def _has_breaks(text: bytes, quote: str) -> bool:
    """Tell whether line breaks stand inside quotes."""
    return any(_runs(text, quote.encode())[1::2])


def _runs(text: bytes, mark: bytes) -> list[bytes]:
    """Give the line breaks between quotes: those after an odd quote, in every second place, stand inside."""
    others = bytes(byte for byte in range(256) if byte not in (mark[0], 0x0A))
    return text.translate(None, others).replace(mark * 2, b"").split(mark)


def _whole(file: BinaryIO, block: _Block, quote: str) -> _Whole | None:
    """Give a block so that it ends with a record, None where it cannot be told where one ends.

    The file stands where the block ends; lines behind are drawn into a block that ends inside quotes.
    """
    text, mark = block.text, quote.encode()
    if b"\r" in text or text.count(mark) % 2 or _has_breaks(text[: text.rfind(b"\n", 0, CHUNK) + 1], quote):
        return _counted(file, block, quote)
    return _Whole(text, block.lines, 0, len(text))


def _counted(file: BinaryIO, block: _Block, quote: str) -> _Whole | None:
    """Count the line breaks inside quotes; see `_whole`.

    Quotes are counted, not parsed: with all but quotes and line ends taken away, what stands between an odd and an
    even quote is the line breaks of values. Who reads the records counts them too: a stray quote shows there.
    """
    text, lines, size = block.text, block.lines, len(block.text)
    text = text.replace(b"\r\n", b"\n") if b"\r" in text else text
    mark = quote.encode()
    if mark not in text:
        return None if b"\r" in text else _Whole(text, lines, 0, size)
    runs = _runs(text, mark)
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
        runs = _runs(text, mark)
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
