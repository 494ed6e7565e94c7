"""What an old workbook (xls) holds besides its values: hidden rows, cells that show an error, its password.

The file is a compound one, sectors chained by a table; in it the stream `Workbook` is records of a type, a length
and their bytes. Only what the reader of sheets does not tell is looked at; values are its affair.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from zipfile import BadZipFile

from connectors.file.searching import SHOWN, UNKNOWN, Found

BEGINS_WITH = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAMS = ("Workbook", "Book")

_FORMULA, _EOF, _PASSWORD, _BOUND_SHEET, _BOOL_OR_ERROR, _ROW, _BOF = (
    0x0006,
    0x000A,
    0x002F,
    0x0085,
    0x0205,
    0x0208,
    0x0809,
)
_HIDDEN = 0x20
#: Sector numbers from here on have a meaning of their own: free, end of a chain, part of the table.
_NO_SECTOR = 0xFFFF_FFFA
_ENTRY = 128
_SMALLEST, _LARGEST = 64, 1 << 16  #: sizes of a sector
_HEADER_TABLE = 109


class Protected(Exception):
    """It is encrypted, and opens with a password only."""


class Damaged(BadZipFile):
    """The file is not what it says it is; of the same family as a damaged zip, so that both are told alike."""


def stream_of(content: bytes) -> bytes:
    """Give the records of a workbook. Errors: `Protected`; `Damaged` where it is none."""
    try:
        stream = _stream(content)
        if any(kind == _PASSWORD for kind, _ in _globals(stream)):
            raise Protected
    except (struct.error, IndexError):
        raise Damaged("cut, or not as it says") from None
    return stream


def sheet(stream: bytes, position: int) -> Found:
    """Look through the sheet at a position of the workbook with these records; `Damaged` where there is none."""
    try:
        starts = (record for kind, record in _globals(stream) if kind == _BOUND_SHEET)
        (start,) = struct.unpack_from("<I", next(islice(starts, position, None)))
        return _sheet(stream, start)
    except (struct.error, StopIteration, IndexError):
        raise Damaged("cut, or not as it says") from None


def _sheet(stream: bytes, start: int) -> Found:
    found, depth = Found(), 0
    for kind, record in _records(stream, start):
        if kind == _BOF:  # a chart in a sheet is a sheet in it
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif depth > 1:
            continue
        elif kind == _ROW and len(record) > 12 and record[12] & _HIDDEN:  # noqa: PLR2004 - where its flags begin
            found.hidden += 1
        elif (code := _error(kind, record)) is not None:
            row, column = struct.unpack_from("<HH", record)
            found.error(row + 1, column, SHOWN.get(code, UNKNOWN))
    return found


def _error(kind: int, record: bytes) -> int | None:
    """Give the code of the error that a cell shows: of its own, or what its formula came to."""
    if kind == _BOOL_OR_ERROR and len(record) >= 8 and record[7]:  # noqa: PLR2004 - row, column, format, value, is error
        return record[6]
    if kind == _FORMULA and len(record) >= 14 and record[6] == 2 and record[12:14] == b"\xff\xff":  # noqa: PLR2004 - as above
        return record[8]
    return None


def _globals(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield what is said before the first sheet."""
    for kind, record in _records(stream, 0):
        if kind == _EOF:
            return
        yield kind, record


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


# --- the compound file


def _stream(content: bytes) -> bytes:
    """Give the stream with the records; `Damaged` where there is none."""
    if len(content) < 1024 or not content.startswith(BEGINS_WITH):  # noqa: PLR2004 - a header and a sector
        raise Damaged("no compound file")
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    small = 1 << struct.unpack_from("<H", content, 32)[0]
    first_entry, _, least = struct.unpack_from("<III", content, 48)
    first_small = struct.unpack_from("<I", content, 60)[0]
    if not _SMALLEST <= size <= _LARGEST or not 1 < small <= size:
        raise Damaged("no sectors of a size that can be")
    table = _table(content, size)
    entries = _chain(content, table, first_entry, size, size)
    root_start, root_size = struct.unpack_from("<II", entries, 116) if len(entries) >= _ENTRY else (_NO_SECTOR, 0)
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        name = _name(entries, at)
        if name == "EncryptedPackage":  # an xlsx with a password
            raise Protected
        if name not in STREAMS:
            continue
        start, length = struct.unpack_from("<II", entries, at + 116)
        if length >= least:
            return _chain(content, table, start, size, size)[:length]
        inner = _chain(content, table, root_start, size, size)[:root_size]
        chained = _chain(content, table, first_small, size, size)
        small_table = struct.unpack(f"<{len(chained) // 4}I", chained[: len(chained) // 4 * 4])
        return _chain(inner, small_table, start, small, 0)[:length]
    raise Damaged("no workbook in it")


def _name(entries: bytes, at: int) -> str:
    length = struct.unpack_from("<H", entries, at + 64)[0]
    return entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace") if length <= 64 else ""  # noqa: PLR2004 - as long as it may be


def _table(content: bytes, size: int) -> tuple[int, ...]:
    """Give, for each sector, the one after it."""
    numbers = list(struct.unpack_from(f"<{_HEADER_TABLE}I", content, 76))
    further, left = struct.unpack_from("<II", content, 68)
    per_sector = size // 4
    while further < _NO_SECTOR and left > 0:
        sector = _sector(content, further, size, size)
        more = struct.unpack(f"<{per_sector}I", sector)
        numbers += more[:-1]
        further, left = more[-1], left - 1
    sectors = [_sector(content, number, size, size) for number in numbers if number < _NO_SECTOR]
    return tuple(one for sector in sectors for one in struct.unpack(f"<{per_sector}I", sector))


def _chain(content: bytes, table: tuple[int, ...], number: int, size: int, offset: int) -> bytes:
    """Give the bytes of a chain of sectors, the first of which begins at `offset`."""
    found = bytearray()
    while number < _NO_SECTOR:
        found += _sector(content, number, size, offset)
        if number >= len(table) or len(found) > len(content) + size:
            raise Damaged("a chain of sectors that does not end")
        number = table[number]
    return bytes(found)


def _sector(content: bytes, number: int, size: int, offset: int) -> bytes:
    start = offset + number * size
    if start >= len(content):
        raise Damaged("a sector that is not there")
    return content[start : start + size].ljust(size, b"\0")
