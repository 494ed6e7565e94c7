"""Landing: the rows of a page as sent become Parquet segments of text columns.

In goes a `Page`-like description of bytes on disk, out come segments with `_row, _place, _op, _native` and
the source's columns, all text but `_row`, at most 100,000 rows or about 64 MB of text each, in the order of
the rows. Nothing is lost silently: what was sent is rows landed + rows without any content + rejects.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

import duckdb

from domain.errors import ReadFailed
from engine.piece import Form, Layout, Piece, Reject
from engine.pieces import counted_again, cut_csv, cut_jsonl, number_again
from engine.session import Session, flush, quoted, text

#: A segment closes at this many rows, or at this many bytes of text.
SEGMENT_ROWS = 100_000
SEGMENT_BYTES = 64 << 20
#: How segments are written: fast, and about as small as with more effort. Of a column with many different texts no list
#: of them is tried first.
WRITTEN = "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 3000"
#: How many rows that could not be read are kept to show and to be counted as present.
REJECTS = 20_000

#: What no cell holds: where empty text may be null, DuckDB forgives a row an empty cell too many.
NO_NULL = "\x01\x01"
#: Pieces that hold the bytes of the page; they are read record by record where DuckDB cannot.
AS_SENT = frozenset({Form.PLAIN, Form.QUOTED})

ROW, PLACE, OPERATION, NATIVE = "_row", "_place", "_op", "_native"


class DialectLike(Protocol):
    """How a CSV is written (`connectors.base.Dialect`)."""

    @property
    def delimiter(self) -> str:
        """One character between two cells."""
        ...

    @property
    def quote(self) -> str:
        """One character around a cell that holds delimiters, quotes or line breaks."""
        ...

    @property
    def skip(self) -> int:
        """Physical lines before the first data row."""
        ...


class PageLike(Protocol):
    """What landing needs of a page (`connectors.base.Page`, which this layer may not import)."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    @property
    def format(self) -> str:
        """`csv` or `jsonl`."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The names, in the order of the cells; empty for a column without name and content."""
        ...

    @property
    def name(self) -> str:
        """What a person calls these bytes."""
        ...

    @property
    def dialect(self) -> DialectLike:
        """How a CSV is written."""
        ...


@dataclass(frozen=True, slots=True)
class Segment:
    """A Parquet file of rows as sent; `digest` is the sha256 of its bytes.

    weight   the bytes of text it was made from, which close it
    columns  the source's columns in it, in their order
    """

    path: Path
    digest: str
    rows: int
    size: int
    weight: int
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of a page.

    rows      landed, over all segments
    ignored   rows without any content: no row at all for a person
    rejected  rows that could not be read
    rejects   the first 20,000 of them; where there are more, nobody can say who was missing from the read
    columns   the source's columns that were landed, in their order
    missing   columns that were wanted and that the page does not have
    """

    segments: tuple[Segment, ...]
    rows: int
    ignored: int
    rejected: int
    rejects: tuple[Reject, ...]
    columns: tuple[str, ...]
    missing: tuple[str, ...]


def land(
    session: Session,
    page: PageLike,
    folder: Path,
    *,
    wanted: frozenset[str] | None,
    never: frozenset[str] = frozenset(),
    rows: int = SEGMENT_ROWS,
    size: int = SEGMENT_BYTES,
) -> Landed:
    """Turn a page into segments, not yet published, in a new folder under `folder` (inside the session's).

    `wanted` are the columns to keep, None for all (`land: all`); `never` is left out whatever `wanted` says,
    also from what a reject shows. Errors: `ReadFailed` where a JSON-lines page is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(mkdtemp(prefix="landing-", dir=folder))
    present = frozenset(page.columns)
    columns = tuple(name for name in page.columns if name and name not in never and (wanted is None or name in wanted))
    layout = Layout(page.columns, page.dialect.delimiter, page.dialect.quote, rows, size, REJECTS)
    work = _Work(session, page.name, layout, columns)
    if page.format == "csv":
        pieces = cut_csv(page.path, page.dialect.skip, layout, own)
    else:
        pieces = cut_jsonl(page.path, layout, own)
    done = list(_in_parallel(work, pieces, session.number("SELECT current_setting('threads')")))
    rejects = tuple(reject for _, piece in done for reject in piece.rejects)[:REJECTS]
    segments = tuple(segment for segment, _ in done if segment is not None)
    return Landed(
        segments,
        sum(segment.rows for segment in segments),
        sum(piece.ignored for _, piece in done),
        sum(piece.rejected for _, piece in done),
        tuple(_shown(reject, columns, hide=bool(never & present)) for reject in rejects),
        columns,
        tuple(sorted((wanted or frozenset()) - never - present)),
    )


def publish(segments: tuple[Segment, ...], target: Path, prefix: str) -> tuple[Segment, ...]:
    """Move segments to their lasting place so that a crash leaves each whole or absent; give them there.

    Each is flushed, renamed to `{prefix}-{digest}.parquet` and the folder is flushed last. `prefix` says which run
    landed them (`R12-new-0003`). A file that no transaction names afterwards does not exist, and is swept.
    """
    target.mkdir(parents=True, exist_ok=True)
    published = []
    for segment in segments:
        path = target / f"{prefix}-{segment.digest[:16]}.parquet"
        flush(segment.path)
        segment.path.rename(path)
        published.append(replace(segment, path=path))
    flush(target)
    return tuple(published)


@dataclass(frozen=True, slots=True)
class _Work:
    """What turns one piece into one segment."""

    session: Session
    name: str
    layout: Layout
    columns: tuple[str, ...]

    def __call__(self, piece: Piece) -> tuple[Segment | None, Piece]:
        target = piece.path.with_suffix(".parquet")
        count = self._copy(piece, target)
        if count != piece.records and piece.form is Form.PLAIN and (quoted := counted_again(piece, self.layout)):
            piece = quoted
            count = self._copy(piece, target)
        if count != piece.records and piece.form in AS_SENT:
            piece = number_again(piece, self.layout)
            count = self._copy(piece, target)
        weight = piece.path.stat().st_size
        piece.path.unlink()
        if count != piece.records:
            message = f"{self.name}: of {piece.records} rows from row {piece.first} on, {count} could be landed"
            raise ReadFailed(message)
        if not count:
            target.unlink(missing_ok=True)
            return None, piece
        with target.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Segment(target, digest, count, target.stat().st_size, weight, self.columns), piece

    def _copy(self, piece: Piece, target: Path) -> int:
        """Write the segment; give its rows, -1 where DuckDB refused the piece as a whole."""
        query = self._jsonl(piece) if piece.form is Form.JSONL else self._csv(piece)
        statement = f"COPY ({query}) TO {text(str(target))} ({WRITTEN})"
        try:
            return next(int(str(row[0])) for batch in self.session.batches(statement) for row in batch)
        except duckdb.InvalidInputException:
            if piece.form in AS_SENT:
                return -1
            message = f"{self.name}: what follows row {piece.first} is not what its connector says it is"
            raise ReadFailed(message) from None

    def _csv(self, piece: Piece) -> str:
        """Read a CSV piece by position; real names are given on the way out, so that any name is one."""
        layout = self.layout
        cells = [f"c{index}" for index in range(len(layout.columns))]
        names, delimiter, quote = cells, layout.delimiter, layout.quote
        if piece.form is Form.NUMBERED:
            names, delimiter, quote = ["r", *cells], ",", '"'
        types = ", ".join(f"{name}: 'VARCHAR'" for name in names)
        chosen = [
            f"nullif({cell}, '') AS {quoted(name)}"
            for cell, name in zip(cells, layout.columns, strict=True)
            if name in self.columns
        ]
        source = (
            f"read_csv({text(str(piece.path))}, columns={{{types}}}, delim={text(delimiter)}, "
            f"quote={text(quote)}, escape={text(quote)}, comment='', new_line='\\n', header=false, "
            f"auto_detect=false, strict_mode=true, ignore_errors=true, nullstr={text(NO_NULL)}, skip={piece.skip})"
        )
        filled = " OR ".join(f"{cell} <> ''" for cell in cells)
        place = f"{text(self.name + ':')} || {ROW}"
        row = "CAST(r AS BIGINT)" if piece.form is Form.NUMBERED else f"row_number() OVER () + {piece.first - 1}"
        if piece.form is not Form.QUOTED:
            select = _select(row, place, "'upsert'", "CAST(NULL AS VARCHAR)", chosen)
            return f"{select} FROM {source} WHERE {filled}"
        # each record takes its own line and one for each line break in it; if they do not add up to the lines
        # of the piece, some went astray between records, and nothing is copied
        joined = f"concat({', '.join(cells)})"
        lines = f"SELECT *, 1 + length({joined}) - length(replace({joined}, chr(10), '')) AS n FROM {source}"
        sums = f"SELECT *, sum(n) OVER (ROWS UNBOUNDED PRECEDING) AS m FROM ({lines})"
        row = f"CAST(m - n + {piece.first} AS BIGINT)"
        select = _select(row, place, "'upsert'", "CAST(NULL AS VARCHAR)", chosen)
        is_whole = f"(SELECT max(m) FROM records) = {piece.lines}"
        return f"WITH records AS MATERIALIZED ({sums}) {select} FROM records WHERE {is_whole} AND ({filled})"

    def _jsonl(self, piece: Piece) -> str:
        names = [PLACE, OPERATION, NATIVE, *self.columns]
        types = ", ".join([f"{ROW}: 'BIGINT'", *(f"{quoted(name)}: 'VARCHAR'" for name in names)])
        source = f"read_json({text(str(piece.path))}, format='newline_delimited', columns={{{types}}})"
        row = f"coalesce(s.{ROW}, row_number() OVER () + {piece.first - 1})"
        place = f"coalesce(s.{PLACE}, {text(self.name + ':')} || {row})"
        operation = f"coalesce(s.{OPERATION}, 'upsert')"
        return _select(row, place, operation, f"s.{NATIVE}", list(map(quoted, self.columns))) + f" FROM {source} AS s"


def _select(row: str, place: str, operation: str, native: str, columns: list[str]) -> str:
    ours = [f"{row} AS {ROW}", f"{place} AS {PLACE}", f"{operation} AS {OPERATION}", f"{native} AS {NATIVE}"]
    return f"SELECT {', '.join([*ours, *columns])}"


def _in_parallel(work: _Work, pieces: Iterator[Piece], threads: int) -> Iterator[tuple[Segment | None, Piece]]:
    """Do the work in order with at most one piece waiting for each thread."""
    waiting: deque[Future[tuple[Segment | None, Piece]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for piece in pieces:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _shown(reject: Reject, columns: tuple[str, ...], *, hide: bool) -> Reject:
    """Keep of a reject what may be kept: only landed columns, and no raw text where some column never is."""
    cells = None if reject.cells is None else {name: reject.cells[name] for name in columns if name in reject.cells}
    return replace(reject, cells=cells, raw="" if hide else reject.raw)
