"""Made-up people as CSV files: the same for the same number of people, on every machine and day.

Each has an employee id and 20 attributes: 8 texts, 5 whole numbers, 4 decimals, 3 dates. A third have no territory, a
sixth a name beyond ASCII. `Read` says what a file is of: everybody, everybody in another order, the next day's people.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path

TEXTS = ("name", "email", "title", "job_code", "team", "territory", "country", "cost_center")
WHOLES = ("level", "reports", "badge", "quota_units", "seat")
DECIMALS = ("base_salary", "ote", "target_incentive", "hourly_rate")
DATES = ("hire_date", "original_hire_date", "reviewed_on")
COLUMNS = ("employee_id", *TEXTS, *WHOLES, *DECIMALS, *DATES)
#: What a second source brings of the same people, where there are two; the first brings what is left, and a title.
SECOND = ("employee_id", "title", "territory", "cost_center", "quota_units", "base_salary", "ote", "target_incentive")
#: What both bring: the first one's counts, and the second's is always another.
BOTH = ("employee_id", "title")
FIRST_OF_TWO = tuple(name for name in COLUMNS if name in BOTH or name not in SECOND)

_FIRST = ("Ada", "Björn", "Chloé", "Dmitri", "Eun", "Farah", "Grace", "Hana", "Ivan", "Julia", "Kofi", "Lucy")
_LAST = ("Adams", "Brown", "Celik", "Diaz", "Evans", "Fischer", "Garcia", "Huang", "Ito", "Jones", "Kumar", "O'Neil")
_COUNTRIES = ("US", "CA", "GB", "DE", "FR", "JP", "IN", "BR")
_FIRST_DAY = date(2005, 1, 1)
_DAYS = tuple((_FIRST_DAY + timedelta(days=day)).isoformat() for day in range(7_000))
_MASK = (1 << 64) - 1
_TITLE = COLUMNS.index("title")
_BAD_EVERY = 1_000


class Read(StrEnum):
    """What a file holds."""

    FIRST = "first"  #: everybody, by id
    SHUFFLED = "shuffled"  #: the same people in another order
    NEXT = "next"  #: shuffled; 1 % have another title and salary, 0.5 % are new, 0.5 % gone, 0.1 % have a bad value
    BUSY = "busy"  #: as `NEXT`, with five times as much of each but bad values


#: One in so many is changed; one in twice as many is new, one gone.
_EVERY = {Read.NEXT: 100, Read.BUSY: 20}


@dataclass(frozen=True, slots=True)
class Truth:
    """What a file has that the first one had not: people changed, added, removed; fields changed; values bad."""

    changed: int
    added: int
    removed: int
    fields: int
    bad: int


def write_people(path: Path, people: int, read: Read, columns: tuple[str, ...] = COLUMNS) -> Truth:
    """Write a file of so many people (next day's: about as many); give what is different in it, in any column."""
    found = [0, 0, 0]
    chosen = [COLUMNS.index(name) for name in columns]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in _rows(people, read, found):
            if columns is SECOND:
                row[_TITLE] = f"Sells as {row[_TITLE]}"
            writer.writerow([row[at] for at in chosen])
    changed, gone, bad = found
    return Truth(changed, _newcomers(people, read), gone, 2 * changed, bad)


def _rows(people: int, read: Read, found: list[int]) -> Iterator[list[str]]:
    """Give the rows of a file; count in `found` who is changed, gone and bad."""
    every = _EVERY.get(read)
    numbers = list(range(people + _newcomers(people, read)))
    if read is not Read.FIRST:
        random.Random(7).shuffle(numbers)  # noqa: S311 - the same order each time is the point
    for number in numbers:
        row = _row(number)
        if every and number < people:
            if number % (2 * every) == every - 1:
                found[1] += 1
                continue
            if number % every == every // 2:
                found[0] += 1
                row[3] = f"Changed {row[3]}"
                row[14] = f"{int(row[14][:-3]) + 1}.05"
            elif number % _BAD_EVERY == 1:
                found[2] += 1
                row[9] = "n/a"
        yield row


def _newcomers(people: int, read: Read) -> int:
    return people // (2 * _EVERY[read]) if read in _EVERY else 0


def _row(number: int) -> list[str]:
    """Give the cells of one person, in the order of `COLUMNS`."""
    one = (number * 6364136223846793005 + 1442695040888963407) & _MASK
    two = (one * 2862933555777941757 + 3037000493) & _MASK
    first, last = _FIRST[(one >> 20) % 12], _LAST[(one >> 30) % 12]
    salary = 30_000 + (one >> 13) % 170_000
    hired = (two >> 11) % 6_000
    return [
        f"{number:07d}",
        f"{first} {last} {number}",
        f"person.{number}@example.com",
        f"Title {(one >> 40) % 500}",
        f"J{(one >> 24) % 500:04d}",
        f"Team {(one >> 17) % 800}",
        f"Territory {(two >> 25) % 500}" if (two >> 33) % 3 else "",
        _COUNTRIES[(two >> 41) & 7],
        f"CC-{(two >> 19) % 900}",
        str((one >> 35) % 15),
        str((two >> 29) % 40),
        str((one >> 8) % 1_000_000),
        str((two >> 7) % 500_000),
        str((two >> 45) % 9_000),
        f"{salary}.{(two >> 5) % 100:02d}",
        f"{salary * 3 // 2}.00",
        f"{(one >> 9) % 90_000}.{(one >> 50) % 10}0",
        f"{20 + (two >> 37) % 180}.{(two >> 50) % 10_000:04d}",
        _DAYS[hired],
        _DAYS[hired // 2],
        _DAYS[6_000 + (one >> 44) % 1_000],
    ]
