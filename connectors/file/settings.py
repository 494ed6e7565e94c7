"""What the YAML of a file source may say."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from formula.dateformat import check_format
from formula.pattern import canonical_pattern, check_pattern

#: A cell as a spreadsheet calls it: column and row.
CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class LineEnd(StrEnum):
    """Whether the last line of a text file must be closed by a line end."""

    REQUIRED = "required"  #: a file without it may be cut: the read fails
    OPTIONAL = "optional"  #: it is read, and absence from it counts for nothing


class Each(StrEnum):
    """Which of the files that a pattern matches are read."""

    ALL = "all"  #: together they are one read
    NEWEST = "newest"  #: the last by name


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost before it is refused; counted while reading, whatever the file says of itself.

        limits: {bytes: 4294967296, rows: 20000000, cells: 20000000, inflated: 1073741824, ratio: 200,
                 memory: 2147483648, seconds: 300}

    bytes     of one file as sent, and of what a spreadsheet gives as text
    rows      of one file
    cells     of one sheet, empty ones included
    inflated  bytes that a spreadsheet may grow to
    ratio     how many times its size that may be (asked from 16 MB on)
    memory    bytes the process that reads spreadsheets may take
    seconds   it may last
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    bytes: int = 4 << 30
    rows: int = 20_000_000
    cells: int = 20_000_000
    inflated: int = 1 << 30
    ratio: int = 200
    memory: int = 2 << 30
    seconds: int = 300

    def __post_init__(self) -> None:
        """Refuse limits that nothing can keep."""
        if min(self.bytes, self.rows, self.cells, self.inflated, self.ratio, self.memory, self.seconds) < 1:
            raise ValueError("a limit is a whole number from 1 on")


def more(name: str) -> str:
    """Say how a file may cost more; `name` is the limit's."""
    return f"; where it may have more, say `limits: {{{name}: ...}}` of its source"


class DayFrom(StrEnum):
    """What of a file says of which day it speaks."""

    NAME = "name"  #: its name, as far as `pattern` finds it
    CELL = "cell"  #: one of its cells


def _as_written(name: str) -> str:
    """Give the key of a field whose name Python keeps for itself."""
    return name.rstrip("_")


@dataclass(frozen=True, slots=True)
class AsOf:
    r"""Of which day a file speaks; one that speaks of an earlier day than the last one read is refused.

        as_of: {from: name, pattern: 'workers-(\d{8})', format: '%Y%m%d'}
        as_of: {from: cell, cell: B1}

    pattern  what stands around the day in the name; its group is the day, or all that it finds
    cell     as a spreadsheet calls it; of a text the column and the row, which may lie above the header
    format   how the day is written, an ISO day where it is missing; a spreadsheet's own date is taken as such
    """

    __pydantic_config__: ClassVar[dict[str, object]] = {"extra": "forbid", "alias_generator": _as_written}

    from_: DayFrom
    pattern: str | None = None
    cell: str | None = None
    format: str | None = None

    def __post_init__(self) -> None:
        """Refuse what says no place, two, or no day."""
        of = {DayFrom.NAME: ("pattern", self.pattern, self.cell), DayFrom.CELL: ("cell", self.cell, self.pattern)}
        key, wanted, other = of[self.from_]
        if wanted is None or other is not None:
            raise ValueError(f"`from: {self.from_.value}` needs `{key}`, and nothing else but `format`")
        if self.pattern is not None and (wrong := check_pattern(self.pattern)):
            raise ValueError(f"`pattern`: {wrong[0].message}")
        if self.pattern is not None and re.compile(canonical_pattern(self.pattern)).groups > 1:
            raise ValueError("`pattern` has several groups: write (?:...) around what is not the day")
        if self.cell is not None and CELL.fullmatch(self.cell) is None:
            raise ValueError("`cell` is a column and a row, such as B1")
        if self.format is not None and (wrong := check_format(self.format)):
            raise ValueError(f"`format`: {wrong[0].message}")

    @property
    def place(self) -> tuple[int, int] | None:
        """The cell as (row from 1 on, index of the column)."""
        found = CELL.fullmatch(self.cell) if self.cell else None
        if found is None:
            return None
        index = 0
        for letter in found[1]:
            index = index * 26 + ord(letter) - ord("A") + 1
        return int(found[2]), index - 1


@dataclass(frozen=True, slots=True)
class Settings:
    r"""A file, or the files that a pattern matches.

        sources:
          hr:
            kind: file
            path: inbox/workers*.csv    # relative; after links inside the workspace or SYNCD_FILE_ROOTS
            each: newest                # the last by name; else `all` together are one read
            encoding: utf-8             # utf-16, cp1252, ...; a byte order mark is accepted
            delimiter: ','              # one character, `"\t"` for a tab
            quote: '"'                  # doubled inside a quoted value
            header: 1                   # the row with the names, or the names: [Employee ID, Name]
            sheet: Workers              # of a spreadsheet (xlsx, xlsm, xlsb, xls, ods); else its first
            last_line_end: required     # optional: a last line without end is read; absence then never counts
            archive: done               # a folder, written as `path` is: files go there once their run completed
            as_of: {from: name, pattern: 'workers-(\d{8})', format: '%Y%m%d'}     # of which day it speaks
            limits: {rows: 100000}

    Whether a file is a spreadsheet is seen from its content. Compressed files are refused.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    path: str
    each: Each = Each.ALL
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    header: int | tuple[str, ...] = 1
    sheet: str | None = None
    last_line_end: LineEnd = LineEnd.REQUIRED
    as_of: AsOf | None = None
    archive: str | None = None
    limits: Limits = Limits()

    def __post_init__(self) -> None:
        """Refuse a dialect, an encoding or a header that cannot be."""
        if len(self.delimiter) != 1 or self.delimiter in "\r\n\0 " or not self.delimiter.isascii():
            raise ValueError("`delimiter` is one character, such as ',' or ';' or \"\\t\"")
        if len(self.quote) != 1 or self.quote in "\r\n\0 " or self.quote == self.delimiter:
            raise ValueError("`quote` is one character other than the delimiter")
        if not self.quote.isascii():
            raise ValueError("`quote` is a plain character such as '\"'")
        _check_encoding(self.encoding)
        if self.archive is not None and any(mark in self.archive for mark in "*?["):
            raise ValueError("`archive` is a folder, not a pattern")
        if isinstance(self.header, int) and self.header < 1:
            raise ValueError("`header` is a row number from 1 on, or the list of names")
        if isinstance(self.header, tuple) and not self.header:
            raise ValueError("`header` names no column")


def _check_encoding(name: str) -> None:
    try:
        codecs.lookup(name)
        "a".encode(name)
    except LookupError:
        raise ValueError(f"there is no encoding `{name}`; say utf-8, utf-16, cp1252 or iso-8859-1") from None
