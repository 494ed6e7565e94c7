"""What the reader of sheets does not tell, looked for while the bytes of a sheet stream by.

Each search is fed the parts of one member of a zipped workbook and gives what it `Found`: hidden rows, and cells that
show an error in place of a value, which the reader gives as if they were empty.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

#: How much of one row is kept together when a sheet is searched.
LONGEST_ROW = 8 << 20

#: What a cell shows for the code of an error.
SHOWN = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
UNKNOWN = "#ERROR!"
#: What stands for a formula that nobody has calculated: a program wrote it, and no spreadsheet has saved it since.
NOT_CALCULATED = "#not calculated"

_HIDDEN = re.compile(rb"""<(?:\w+:)?row\b[^>]*\bhidden=["'](?:1|true)["']""")
_ERROR = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^>]*\bt=["']e["'])[^>]*\br=["']([A-Z]{1,3})([0-9]+)["'][^>]*>"""
    rb"""(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]*)<"""
)
_ANY_ERROR = re.compile(rb"""<(?:\w+:)?c\b[^>]*\bt=["']e["']""")
_FORMULA_ALONE = re.compile(
    rb"""<(?:\w+:)?c\b(?![^>]*\bt=["']str["'])[^>]*\br=["']([A-Z]{1,3})([0-9]+)["'][^>]*>"""
    rb"""<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v */>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"""
)
_OF_TABLES = re.compile(
    rb"""<table:table\s[^>]*?table:name=(?:"([^"]*)"|'([^']*)')"""
    rb"""|<table:table-row\s([^>]*table:visibility=["'](?:collapse|filter)["'][^>]*)>"""
    rb"""|(calcext:value-type=["']error["'])"""
)
_REPEATED = re.compile(rb"""table:number-rows-repeated=["'](\d+)["']""")


@dataclass(slots=True)
class Found:
    """What is to be known of a sheet beside its values.

    hidden  how many rows are hidden
    errors  by row (from 1) and column (from 0), what a cell shows in place of a value
    lost    how many such cells there are of which nobody knows where
    """

    hidden: int = 0
    errors: dict[int, dict[int, str]] = field(default_factory=dict)
    lost: int = 0

    def error(self, row: int, column: int, shown: str) -> None:
        """Note a cell that shows an error."""
        self.errors.setdefault(row, {})[column] = shown


class Search(Protocol):
    """Looks through one member of a workbook."""

    def feed(self, chunk: bytes) -> None:
        """Take the next part."""
        ...

    def end(self) -> dict[str | None, Found]:
        """Give what was found, by the name of the sheet; None: of the one sheet that the member is."""
        ...


def search_of(member: str) -> Search | None:
    """Give the search for a member of a workbook, by its name; None where there is nothing to look for."""
    if member.startswith("xl/worksheets/") and member.endswith(".xml"):
        return _Xml()
    if member.startswith("xl/worksheets/") and member.endswith(".bin"):
        return _Binary()
    return _Tables() if member == "content.xml" else None


class _Xml:
    """A sheet of an xlsx."""

    def __init__(self) -> None:
        self._found = Found()
        self._held = b""

    def feed(self, chunk: bytes) -> None:
        text = self._held + chunk
        end = text.rfind(b"row>") + 4
        if end < 4 and len(text) > LONGEST_ROW:  # noqa: PLR2004 - not found
            end = len(text)
        self._held = text[max(end, 0) :] if end >= 4 else text  # noqa: PLR2004 - as above
        if end >= 4:  # noqa: PLR2004 - as above
            self._look(text[:end])

    def end(self) -> dict[str | None, Found]:
        self._look(self._held)
        return {None: self._found}

    def _look(self, text: bytes) -> None:
        found = self._found
        if b"hidden=" in text:
            found.hidden += len(_HIDDEN.findall(text))
        if b't="e"' in text or b"t='e'" in text:
            cells = _ERROR.findall(text)
            for letters, row, shown in cells:
                found.error(int(row), _index(letters), html.unescape(shown.decode(errors="replace")))
            found.lost += len(_ANY_ERROR.findall(text)) - len(cells)
        if b"f>" in text or b"f " in text:
            for letters, row in _FORMULA_ALONE.findall(text):
                found.error(int(row), _index(letters), NOT_CALCULATED)


class _Binary:
    """A sheet of an xlsb: records of a type, a length and their bytes."""

    _ROW, _ERRORS = 0, (3, 11)  #: a row; an error, and a formula that came to one

    def __init__(self) -> None:
        self._found = Found()
        self._held = b""
        self._row = 0

    def feed(self, chunk: bytes) -> None:
        text, at = self._held + chunk, 0
        for kind, record, end in records(text):
            self._take(kind, record)
            at = end
        self._held = text[at:]

    def end(self) -> dict[str | None, Found]:
        return {None: self._found}

    def _take(self, kind: int, record: bytes) -> None:
        if kind == self._ROW and len(record) > 11:  # noqa: PLR2004 - number, format, height, two bytes of flags
            self._row = int.from_bytes(record[:4], "little") + 1
            self._found.hidden += bool(record[11] & 0x10)
        elif kind in self._ERRORS and len(record) > 8:  # noqa: PLR2004 - column, format, code
            column = int.from_bytes(record[:4], "little")
            self._found.error(self._row, column, SHOWN.get(record[8], UNKNOWN))


class _Tables:
    """The sheets of an ods, all in one member; it does not say where a cell is but by counting them all."""

    def __init__(self) -> None:
        self._found: dict[str | None, Found] = {}
        self._now = Found()
        self._held = b""

    def feed(self, chunk: bytes) -> None:
        text = self._held + chunk
        end = text.rfind(b">") + 1
        self._held = text[end:]
        for name, quoted, hidden, error in _OF_TABLES.findall(text[:end]):
            if error:
                self._now.lost += 1
            elif hidden:
                repeated = _REPEATED.search(hidden)
                self._now.hidden += int(repeated[1]) if repeated else 1
            else:
                self._now = self._found[html.unescape((name or quoted).decode())] = Found()

    def end(self) -> dict[str | None, Found]:
        return self._found


def records(text: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield type and bytes of each record of an xlsb that is there as a whole, with where it ends."""
    at = 0
    while (header := _header(text, at)) is not None:
        kind, start, length = header
        at = start + length
        if at > len(text):
            return
        yield kind, text[start:at], at


def _header(text: bytes, at: int) -> tuple[int, int, int] | None:
    """Give type, start and length of the record at a place; None where it has not wholly arrived."""
    numbers = []
    for most in (2, 4):  # seven bits a byte, the highest says that more follow
        number = 0
        for nth in range(most):
            if at >= len(text):
                return None
            byte = text[at]
            at += 1
            number |= (byte & 0x7F) << (7 * nth)
            if not byte & 0x80:
                break
        numbers.append(number)
    return numbers[0], at, numbers[1]


def _index(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
