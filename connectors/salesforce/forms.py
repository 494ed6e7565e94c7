"""The forms in which Salesforce writes moments and ids, and the one form of each that we pass on."""

from __future__ import annotations

import csv
import mmap
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT = 15
_LENGTHS = (SHORT, 18)
#: Types of fields whose values are numbers.
NUMBERS = frozenset({"double", "currency", "percent", "int", "long"})
_EXPONENT = re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d{1,3}")
# the end of a cell with an exponent is rare, and so looked for first: ids may look like one; each letter by itself, for
# that is several times as fast as both at once
_ENDS = {letter: re.compile(rb"%b[+-]?\d{1,3}[\",\r\n]" % letter) for letter in (b"e", b"E")}
_CELL = re.compile(rb"[\",\n]-?\d+(?:\.\d+)?[eE][+-]?\d{1,3}[\",\r\n]\Z")
_LONG = 64


def moment(text: str) -> datetime:
    """Read a moment of any of its APIs (`2024-09-24T03:26:07.000+0000`, `...000Z`). `ValueError` where it is none."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return found.astimezone(UTC)


def written(at: datetime) -> str:
    """Write a moment as the Bulk API does, and as a query takes it: in UTC, with milliseconds and `Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def plain_number(text: str) -> str:
    """Write a number without its exponent, with every digit that it has; other text stays as it is."""
    if _EXPONENT.fullmatch(text) is None:
        return text
    return f"{Decimal(text):f}"


def without_exponents(path: Path, numbers: frozenset[str]) -> None:
    """Write the numbers in these columns of a CSV file without their exponents; a file that has none is not touched."""
    if not numbers or path.stat().st_size == 0 or not _has_exponents(path):
        return
    other = path.with_suffix(".plain")
    with path.open(encoding="utf-8", newline="") as source, other.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows = csv.reader(source)
        names = next(rows)
        writer.writerow(names)
        places = [at for at, name in enumerate(names) if name in numbers]
        for row in rows:
            for at in places:
                row[at : at + 1] = map(plain_number, row[at : at + 1])  # a row that is cut stays so
            writer.writerow(row)
    other.replace(path)


def _has_exponents(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        # nothing may name the iterator: it would keep the file open
        return any(
            _CELL.search(content[max(0, one.start() - _LONG) : one.end()])
            for letter, end in _ENDS.items()
            if content.find(letter) >= 0
            for one in end.finditer(content)
        )


def is_id(text: str) -> bool:
    """Tell whether an id has this form; a query for `Id` is refused as a whole for any other text."""
    return len(text) in _LENGTHS and text.isalnum() and text.isascii()


def long_id(text: str) -> str:
    """Give an id of 15 characters its 18: each 5 letters' capitals as one letter. Anything else stays as it is."""
    if len(text) != SHORT or not is_id(text):
        return text
    capitals = (
        sum(1 << at for at, letter in enumerate(text[start : start + 5]) if letter.isupper()) for start in _FIVES
    )
    return text + "".join(_LETTERS[found] for found in capitals)


_FIVES = (0, 5, 10)
