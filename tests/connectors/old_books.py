"""Workbooks of the kinds that no library writes any more, made record by record: xls (BIFF8) and xlsb.

Only what the tests want to say is in them. `xls` gives a compound file; `xlsb` a zip of records.
"""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SECTOR = 512
END, FREE, TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
ERRORS = {"#DIV/0!": 0x07, "#REF!": 0x17, "#N/A": 0x2A}
GENERAL, DATE = 0, 1  # the two formats that a workbook here has


@dataclass(frozen=True)
class Day:
    """A number that is shown as a day: days since 1899-12-30, or in a workbook of 1904 since 1904-01-01."""

    serial: float


@dataclass(frozen=True)
class Formula:
    """What a formula came to when it was last calculated: a number, a text, or an error such as `#N/A`."""

    came_to: float | str


@dataclass(frozen=True)
class Hidden:
    """A row that is not shown."""

    cells: tuple[object, ...]


Row = Sequence[object] | Hidden
Sheets = Mapping[str, Sequence[Row]]


def xls(
    sheets: Sheets, *, from_1904: bool = False, password: bool = False, merged: Sequence[tuple[int, ...]] = ()
) -> bytes:
    """A workbook; `merged` are (first row, last row, first column, last column), from 0, in every sheet."""
    return _compound({"Workbook": records(sheets, from_1904=from_1904, password=password, merged=merged)})


def records(
    sheets: Sheets, *, from_1904: bool = False, password: bool = False, merged: Sequence[tuple[int, ...]] = ()
) -> bytes:
    """The stream that a workbook is."""
    heads = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))]
    heads += [_record(0x002F, b"\x01\x00" + b"\0" * 52)] if password else []
    heads += [_record(0x0022, struct.pack("<H", from_1904))]
    heads += [_record(0x00E0, struct.pack("<HHHBBBBIIH", 0, kind, 0, 0, 0, 0, 0, 0, 0, 0)) for kind in (0, 14)]
    bodies = [_sheet(rows, merged) for rows in sheets.values()]
    names = [name.encode("utf-16-le") for name in sheets]
    start = sum(map(len, heads)) + sum(12 + len(name) for name in names) + 4
    for name, body in zip(names, bodies, strict=True):
        heads.append(_record(0x0085, struct.pack("<IHBB", start, 0, len(name) // 2, 1) + name))
        start += len(body)
    return b"".join([*heads, _record(0x000A), *bodies])


def small_xls(sheets: Sheets) -> bytes:
    """A workbook of less than 4096 bytes, which lies in small sectors of 64, all of them in one stream."""
    stream = records(sheets)
    count = -(-len(stream) // 64)
    assert len(stream) < 4096
    inner = stream.ljust(-(-count * 64 // SECTOR) * SECTOR, b"\0")
    sectors = len(inner) // SECTOR
    table = [TABLE, END, END, *range(4, 3 + sectors), END]
    entries = _entry("Root Entry", 5, 3, len(inner), child=1) + _entry("Workbook", 2, 0, len(stream))
    return b"".join(
        [
            _header(small=2),
            struct.pack(f"<{len(table)}I", *table).ljust(SECTOR, b"\xff"),
            entries.ljust(SECTOR, b"\0"),
            struct.pack(f"<{count}I", *range(1, count), END).ljust(SECTOR, b"\xff"),
            inner,
        ]
    )


def locked_xlsx() -> bytes:
    """What an xlsx with a password is: a compound file with the encrypted one in it."""
    return _compound({"EncryptedPackage": b"\0" * 5000})


def _sheet(rows: Sequence[Row], merged: Sequence[tuple[int, ...]]) -> bytes:
    found = [_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))]
    for number, row in enumerate(rows):
        cells = row.cells if isinstance(row, Hidden) else row
        flags = 0x100 | (0x20 if isinstance(row, Hidden) else 0)
        found.append(_record(0x0208, struct.pack("<HHHHHHHH", number, 0, len(cells), 255, 0, 0, flags, 0)))
        found += [_cell(number, column, cell) for column, cell in enumerate(cells) if cell is not None]
    if merged:
        found.append(
            _record(0x00E5, struct.pack("<H", len(merged)) + b"".join(struct.pack("<4H", *one) for one in merged))
        )
    return b"".join([*found, _record(0x000A)])


def _cell(row: int, column: int, cell: object) -> bytes:
    at = struct.pack("<HH", row, column)
    match cell:
        case Formula(came_to=str(text)) if text in ERRORS:
            return _formula(at, struct.pack("<BBBBBBH", 2, 0, ERRORS[text], 0, 0, 0, 0xFFFF))
        case Formula(came_to=str(text)):
            shown = _record(0x0207, struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))
            return _formula(at, struct.pack("<BBBBBBH", 0, 0, 0, 0, 0, 0, 0xFFFF)) + shown
        case Formula(came_to=number):
            return _formula(at, struct.pack("<d", number))
        case Day(serial=serial):
            return _record(0x0203, at + struct.pack("<Hd", DATE, serial))
        case bool():
            return _record(0x0205, at + struct.pack("<HBB", GENERAL, cell, 0))
        case int() | float():
            return _record(0x0203, at + struct.pack("<Hd", GENERAL, cell))
        case str() if cell in ERRORS:
            return _record(0x0205, at + struct.pack("<HBB", GENERAL, ERRORS[cell], 1))
        case _:
            text = str(cell)
            return _record(0x0204, at + struct.pack("<HHB", GENERAL, len(text), 1) + text.encode("utf-16-le"))


def _formula(at: bytes, came_to: bytes) -> bytes:
    one = b"\x1e\x01\x00"  # the number 1: what it is made of is nobody's affair here
    return _record(0x0006, at + struct.pack("<H", GENERAL) + came_to + struct.pack("<HIH", 0, 0, len(one)) + one)


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(streams: Mapping[str, bytes]) -> bytes:
    """Streams of at least 4096 bytes each, so that none is a small one; the table in the first sector."""
    chains: list[int] = [TABLE, END]
    content, entries = b"", [_entry("Root Entry", 5, END, 0, child=1)]
    for name, stream in streams.items():
        size = max(len(stream), 4096)
        sectors = -(-size // SECTOR)
        first = len(chains)
        chains += [*range(first + 1, first + sectors), END]
        content += stream.ljust(sectors * SECTOR, b"\0")
        entries.append(_entry(name, 2, first, size))
    table = struct.pack(f"<{len(chains)}I", *chains).ljust(SECTOR, b"\xff")
    assert len(table) == SECTOR, "one sector of the table is enough for a test"
    return _header() + table + b"".join(entries).ljust(SECTOR, b"\0") + content


def _header(small: int = END) -> bytes:
    """The first sector: the table is sector 0, the entries are in sector 1, those of small sectors in `small`."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, small, int(small != END), END, 0, 0)
    return header + struct.pack("<108I", *[FREE] * 108)


def _entry(name: str, kind: int, first: int, size: int, child: int = FREE) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    tree = struct.pack("<HBBIII", len(text), kind, 1, FREE, FREE, child)
    return text.ljust(64, b"\0") + tree + b"\0" * 36 + struct.pack("<III", first, size, 0)


# --- xlsb


def xlsb(sheets: Sheets) -> bytes:
    """A workbook of records in a zip: numbers, texts, errors and hidden rows."""
    made = io.BytesIO()
    relation = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    targets = "".join(
        f'<Relationship Id="rId{nth}" Type="{office}/worksheet" Target="worksheets/sheet{nth}.bin"/>'
        for nth in range(1, len(sheets) + 1)
    )
    bundles = b"".join(
        _part(156, struct.pack("<II", 0, nth) + _wide(f"rId{nth}") + _wide(name)) for nth, name in enumerate(sheets, 1)
    )
    with zipfile.ZipFile(made, "w") as book:
        root = f'<Relationship Id="r" Type="{office}/officeDocument" Target="xl/workbook.bin"/>'
        book.writestr("_rels/.rels", f"<Relationships {relation}>{root}</Relationships>")
        book.writestr("xl/_rels/workbook.bin.rels", f"<Relationships {relation}>{targets}</Relationships>")
        book.writestr("xl/workbook.bin", _part(131) + _part(143) + bundles + _part(144) + _part(132))
        for nth, rows in enumerate(sheets.values(), 1):
            book.writestr(f"xl/worksheets/sheet{nth}.bin", _parts_of(rows))
    return made.getvalue()


def _parts_of(rows: Sequence[Row]) -> bytes:
    wide = max(len(row.cells if isinstance(row, Hidden) else row) for row in rows)
    found = [_part(129), _part(148, struct.pack("<IIII", 0, len(rows) - 1, 0, wide - 1)), _part(145)]
    for number, row in enumerate(rows):
        flags = 0x10 if isinstance(row, Hidden) else 0
        found.append(_part(0, struct.pack("<IIHBBB", number, 0, 255, 0, flags, 0) + struct.pack("<I", 0)))
        cells = row.cells if isinstance(row, Hidden) else row
        for column, cell in enumerate(cells):
            at = struct.pack("<II", column, 0)
            if isinstance(cell, str) and cell in ERRORS:
                found.append(_part(3, at + bytes([ERRORS[cell]])))
            elif isinstance(cell, str):
                found.append(_part(6, at + _wide(cell)))
            elif isinstance(cell, int | float):
                found.append(_part(5, at + struct.pack("<d", cell)))
    return b"".join([*found, _part(146), _part(130)])


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _part(kind: int, content: bytes = b"") -> bytes:
    low = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, size = b"", len(content)
    while size >= 0x80:
        length, size = length + bytes([size & 0x7F | 0x80]), size >> 7
    return low + length + bytes([size]) + content
