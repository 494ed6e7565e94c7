"""What a zipped workbook really holds: inflated member by member and counted, before anything parses it.

The same pass looks for what the reader of sheets does not tell (`connectors.file.searching`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

from connectors.file.searching import Found, records, search_of

CHUNK = 1 << 20
MEMBERS = 10_000
#: Below this size no ratio is asked: a small repetitive sheet packs well.
SMALL = 16 << 20

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
#: The record of an xlsb that names a sheet.
_SHEET = 156


class TooHeavy(Exception):
    """It inflates beyond its limits."""


def weigh(path: str, inflated: int, ratio: int) -> dict[str, Found]:
    """Inflate every member and count; give what was found in each sheet, by its name.

    Errors: `TooHeavy` beyond the limits, `BadZipFile` if damaged.
    """
    packed = Path(path).stat().st_size
    most = min(inflated, max(packed * ratio, SMALL))
    found: dict[str, Found] = {}
    sheets: dict[str, Found] = {}
    size = 0
    with ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS:
            raise TooHeavy(f"holds {len(members)} parts: more than {MEMBERS} are no workbook")
        for member in members:
            search = search_of(member.filename)
            with archive.open(member) as file:
                for chunk in _chunks(file):
                    size += len(chunk)
                    if size > most:
                        message = f"inflates to more than {most} bytes ({packed} packed)"
                        raise TooHeavy(f"{message}: split it, or raise `limits`")
                    if search:
                        search.feed(chunk)
            for name, one in search.end().items() if search else ():
                if name is None:
                    sheets[member.filename] = one
                else:
                    found[name] = one
        for name, filename in _sheets(archive):
            if filename in sheets:
                found[name] = sheets[filename]
    return found


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _sheets(archive: ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name of each sheet with that of its member."""
    names = set(archive.namelist())
    for book, named in (("xl/workbook.xml", _named), ("xl/workbook.bin", _named_in_records)):
        relations = f"xl/_rels/{PurePosixPath(book).name}.rels"
        if not {book, relations} <= names:
            continue
        targets = {
            relation.get("Id"): relation.get("Target", "")
            for relation in ET.fromstring(archive.read(relations))  # noqa: S314 - a process with limits
        }
        for name, relation in named(archive.read(book)):
            target = targets.get(relation, "")
            yield name, target[1:] if target.startswith("/") else f"xl/{target}"


def _named(book: bytes) -> Iterator[tuple[str, str]]:
    for element in ET.fromstring(book).iter():  # noqa: S314 - a process with limits
        if element.tag.endswith("}sheet"):
            yield element.get("name", ""), element.get(RELATION, "")


def _named_in_records(book: bytes) -> Iterator[tuple[str, str]]:
    for kind, record, _ in records(book):
        if kind == _SHEET:
            relation, at = _text(record, 8)
            yield _text(record, at)[0], relation


def _text(record: bytes, at: int) -> tuple[str, int]:
    """Read a text with its length before it; give where it ends, too."""
    end = at + 4 + 2 * int.from_bytes(record[at : at + 4], "little")
    return record[at + 4 : end].decode("utf-16-le", "replace"), end
