"""What a zipped workbook really holds: inflated member by member and counted, before anything parses it.

The same pass notes what the reader of sheets does not tell: hidden rows, and cells that show an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

CHUNK = 1 << 20
MEMBERS = 10_000
#: Below this size no ratio is asked: a small repetitive sheet packs well.
SMALL = 16 << 20
#: How much of one row is kept together when a sheet is searched.
LONGEST_ROW = 8 << 20

HIDDEN = re.compile(rb"""<(?:\w+:)?row\b[^>]*\bhidden=["'](?:1|true)["']""")
ERROR = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^>]*\bt=["']e["'])[^>]*\br=["']([A-Z]{1,3})([0-9]+)["'][^>]*>"""
    rb"""(?:<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]*)<"""
)
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class TooHeavy(Exception):
    """It inflates beyond its limits."""


@dataclass(frozen=True, slots=True)
class Contents:
    """By sheet: how many rows are hidden; by row and column index, the text of cells that show an error."""

    hidden: dict[str, int]
    errors: dict[str, dict[int, dict[int, str]]]


def weigh(path: str, inflated: int, ratio: int) -> Contents:
    """Inflate every member and count; `TooHeavy` beyond the limits, `BadZipFile` if damaged."""
    packed = Path(path).stat().st_size
    most = min(inflated, max(packed * ratio, SMALL))
    hidden: dict[str, int] = {}
    errors: dict[str, dict[int, dict[int, str]]] = {}
    size = 0
    with ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS:
            raise TooHeavy(f"holds {len(members)} parts: more than {MEMBERS} are no workbook")
        sheets = {}
        for member in members:
            is_sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
            search = _Search()
            with archive.open(member) as file:
                for chunk in _chunks(file):
                    size += len(chunk)
                    if size > most:
                        message = f"inflates to more than {most} bytes ({packed} packed)"
                        raise TooHeavy(f"{message}: split it, or raise `limits`")
                    if is_sheet:
                        search.feed(chunk)
            if is_sheet:
                search.end()
                sheets[member.filename] = search
        for name, filename in _sheets(archive):
            if filename in sheets:
                hidden[name], errors[name] = sheets[filename].hidden, sheets[filename].errors
    return Contents(hidden, errors)


class _Search:
    """One sheet's text while it streams by."""

    def __init__(self) -> None:
        self.hidden = 0
        self.errors: dict[int, dict[int, str]] = {}
        self._held = b""

    def feed(self, chunk: bytes) -> None:
        text = self._held + chunk
        end = text.rfind(b"row>") + 4
        if end < 4 and len(text) > LONGEST_ROW:  # noqa: PLR2004 - not found
            end = len(text)
        self._held = text[max(end, 0) :] if end >= 4 else text  # noqa: PLR2004 - as above
        if end >= 4:  # noqa: PLR2004 - as above
            self._look(text[:end])

    def end(self) -> None:
        self._look(self._held)

    def _look(self, text: bytes) -> None:
        if b"hidden=" in text:
            self.hidden += len(HIDDEN.findall(text))
        if b't="e"' in text or b"t='e'" in text:
            for letters, row, shown in ERROR.findall(text):
                self.errors.setdefault(int(row), {})[_index(letters)] = shown.decode(errors="replace")


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _index(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1


def _sheets(archive: ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name of each sheet with that of its member."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - a process with limits
    }
    for element in ET.fromstring(archive.read("xl/workbook.xml")).iter():  # noqa: S314 - a process with limits
        if element.tag.endswith("}sheet"):
            target = targets.get(element.get(RELATION), "")
            yield element.get("name", ""), target[1:] if target.startswith("/") else f"xl/{target}"
