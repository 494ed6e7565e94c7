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
#: Types of fields whose values are numbers.
NUMBERS = frozenset({"double", "currency", "percent", "int", "long"})
_EXPONENT = re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d{1,3}")
_CELL = re.compile(rb"[\",\n]-?\d+(?:\.\d+)?[eE][+-]?\d{1,3}[\",\r\n]")


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
    with path.open("rb") as file:
        if path.stat().st_size == 0:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if _CELL.search(content) is None:
                return
    other = path.with_suffix(".plain")
    with path.open(encoding="utf-8", newline="") as source, other.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, quoting=csv.QUOTE_ALL, lineterminator="\n")
        rows = csv.reader(source)
        names = next(rows)
        writer.writerow(names)
        for row in rows:
            writer.writerow(
                plain_number(cell) if name in numbers else cell for name, cell in zip(names, row, strict=True)
            )
    other.replace(path)


def long_id(text: str) -> str:
    """Give an id of 15 characters its 18: each 5 letters' capitals as one letter. Anything else stays as it is."""
    if len(text) != SHORT or not text.isalnum() or not text.isascii():
        return text
    capitals = (
        sum(1 << at for at, letter in enumerate(text[start : start + 5]) if letter.isupper()) for start in _FIVES
    )
    return text + "".join(_LETTERS[found] for found in capitals)


_FIVES = (0, 5, 10)
