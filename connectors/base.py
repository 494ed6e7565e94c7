"""What every connector promises: pages of bytes, in order, with cursors, totals, ends and deletes.

A connector reads another system and never touches our store. It yields `Page`s: files on local disk that hold
rows as the source sent them. What a page promises is checked by one suite (`tests/connectors/contract.py`)
which every connector and every double passes.

A JSON-lines page holds one object a line whose values are text or null, so that no digit is lost on the way:
a number, a date or a truth value is written as its plain text (`1200.10`, `2026-03-01`, `true`) and its
column is named under `NATIVE`; what a formula shows that came to no value (`#N/A`) is such a text too, and its
column is named there after a space (`FAILED`). Names that begin with `_` and stand in `RESERVED` are ours; no
source column may have them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

#: Column of a JSON-lines page that says what happened to the record: `upsert` (also when missing), `delete`, or
#: `replace`: this row is the first of all that holds of the record from now on; what was sent of it before does not.
#: A deletion that names no day is of a whole history.
OPERATION = "_op"
#: Column of a JSON-lines page with the place of a row, where `name:row` does not say it
#: (`book.xlsx!Sheet1!17`). A source with increments names the record there (`User/005xx`): rows of several reads
#: are compared together, and no two records may share row and place.
PLACE = "_place"
#: Column of a JSON-lines page with the source's own row number; the line of the page where it is missing.
ROW = "_row"
#: Column of a JSON-lines page that names, between commas, the columns whose literal was no text
#: (`,Hired,OTE,`).
NATIVE = "_native"
#: What stands before a column's name there whose cell shows an error in place of a value (`,Hired, OTE,`).
FAILED = " "
#: An operation, see `OPERATION`.
REPLACE = "replace"
RESERVED = frozenset({OPERATION, PLACE, ROW, NATIVE})


class PageFormat(StrEnum):
    """How the bytes of a page are laid out; always UTF-8 without a mark."""

    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV page is written; declared, never sniffed. Lines end with LF or CRLF, a quote is doubled."""

    delimiter: str = ","
    quote: str = '"'
    skip: int = 0  #: physical lines before the first data row (the header's last line included)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which columns a reader needs, for a source that has to ask for each: these and, with `rest`, all others.

    A source whose rows come whole may bring more. What is in `never` is not asked for, whatever else is said.
    """

    columns: tuple[str, ...] = ()
    rest: bool = True
    never: frozenset[str] = frozenset()


#: All that a source has.
EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows as sent, as a file.

    columns  the names, in the order of a CSV's cells, distinct also when case is folded; an empty name is a
             column without name and without content, which nobody lands. For JSON lines every name that may
             occur
    name     what a person calls these bytes (`inbox/workers.csv`); a row's place is `name:line`
    rows     how many rows the connector counted, None where only the engine will know
    full     part of a read of the whole population; an increment otherwise
    cursor   where to go on once these rows are kept; None leaves the cursor where it is
    total    how many rows the source says the whole read has
    is_last  the source's own end marker: nothing follows. A read that stops without it is not complete
    digest   sha256 of the source's own bytes where one file is one page, else None
    as_of    of which day the whole read speaks, where its source says so; the same on every page of it
    letters  a spreadsheet's column letters, beside `columns`: the cell of column i is `!{letters[i]}{row}`
    silent   columns whose changes no increment brings (a formula, a field of another record): a full read does
    """

    path: Path
    format: PageFormat
    columns: tuple[str, ...]
    name: str
    full: bool
    is_last: bool
    dialect: Dialect = Dialect()
    rows: int | None = None
    cursor: str | None = None
    total: int | None = None
    digest: str | None = None
    as_of: date | None = None
    letters: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """Requests of a source's day: those sent in a read, those that everybody has used, and how many they may be."""

    sent: int
    used: int
    allowed: int


class Source(Protocol):
    """One configured system, opened. Not safe to share between threads."""

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        """Yield the pages of a stream: all of it where `since` is None, else what came after that cursor.

        Files go into `scratch`, which the caller empties; nothing else on disk changes. A source without
        increments always reads in full. An increment may bring again what an earlier read brought, never
        less. A cursor is never ahead of the rows yielded up to and with its page.
        Errors: `ReadFailed` (structure, totals; before any page where that can be known), `CursorExpired`,
        `TryLater`, `FixAccess`, `FixFile` (the settings do not fit the world).
        """
        ...


@runtime_checkable
class Resumes(Protocol):
    """A source of which a full read that broke off may go on with what the other side has already done for it.

    Such a read yields a page without rows whose cursor says what to go on with; it is kept at once.
    """

    def is_within_full(self, cursor: str) -> bool:
        """Tell whether reading after this cursor is a full read, from its begin on."""
        ...


@runtime_checkable
class Archives(Protocol):
    """A source that may take away what it read, so that each thing is read once: told how a run went on.

    A run that writes asks whether anything `waits`, makes a `claim`, reads, and only when all it read is kept and its
    outcome is written down lets it `archive`; whatever happens, it lets it `release` at the end. A dry run only reads.
    """

    def waits(self) -> bool:
        """Tell whether there is anything to read. Errors: those of `Source.read`."""
        ...

    def claim(self) -> None:
        """Let no other reader have what waits. `TryLater` where one has it; what a dead one left is taken over."""
        ...

    def archive(self, run: str) -> tuple[str, ...]:
        """Take away what was read, and nothing else; `run` may name it. Say what stays, and why."""
        ...

    def release(self) -> None:
        """Let others have what is left."""
        ...


@runtime_checkable
class LooksUp(Protocol):
    """A source that can be asked for one record, so that whom a full read does not have is asked for first."""

    def look_up(self, stream: str | None, column: str, key: str) -> bool:
        """Tell whether there is a record now whose column has this value, that is not deleted.

        Errors: those of `Source.read`; then nobody knows.
        """
        ...


@runtime_checkable
class TellsMerges(Protocol):
    """A source in which two records become one: whoever the one that is gone was about is not gone."""

    def merged_into(self, stream: str | None, column: str, keys: Collection[str]) -> Mapping[str, str]:
        """Give, of records that are gone, the ones that they were merged into: both by their value of a column.

        Only what is known is there: a source forgets. Errors: those of `Source.read`.
        """
        ...


@runtime_checkable
class Budgeted(Protocol):
    """A source whose day has only so many requests: it says how many it takes, and takes no more than its share."""

    def has_sent(self, requests: int, allowed: int) -> None:
        """Let it know, before anything is read, what it cannot know of the last 24 hours by itself.

        requests  how many were sent by others of ours
        allowed   how many requests its day has, as was told last; 0 where nobody knows
        """
        ...

    def budget(self) -> Budget | None:
        """Give what its last answer said; None where none said anything."""
        ...
