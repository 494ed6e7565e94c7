"""Of which day a file speaks: what its name or one of its cells says."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from itertools import islice

from connectors.file.copying import Copy
from connectors.file.settings import AsOf, Settings
from domain.problem import Problem
from formula.dateformat import parse_format, read_format, read_iso
from formula.pattern import canonical_pattern


@dataclass(frozen=True, slots=True)
class Said:
    """What a spreadsheet's cell says; `is_date`: it is the spreadsheet's own date, an ISO day here."""

    text: str | None = None
    is_date: bool = False


def day_of(name: str, as_of: AsOf, said: Said) -> date | Problem:
    """Give the day that a file's name or cell (`said`) names; a problem where it names none."""
    where = f"`{as_of.cell}` of {name}" if as_of.cell else name
    if as_of.pattern is not None:
        found = re.search(canonical_pattern(as_of.pattern), name, re.ASCII)
        if found is None:
            return _no_day(name, f"the name of {name} is not like `{as_of.pattern}`")
        said = Said(found[1] if found.re.groups else found[0])
    if not said.text:
        return _no_day(name, f"{where} is empty")
    text = said.text.strip()
    is_iso = said.is_date or as_of.format is None
    read = read_iso(text) if is_iso else read_format(text, parse_format(as_of.format or ""))
    if read is None:
        return _no_day(name, f"{where} says '{text}', which is no day written as {as_of.format or '2026-01-31'}")
    return read[0].date()


def text_cell(copy: Copy, settings: Settings, place: tuple[int, int]) -> Said:
    """Give the cell of a text at (row, index of the column)."""
    row, index = place
    with copy.path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=settings.delimiter, quotechar=settings.quote)
        cells = next(islice(rows, row - 1, None), [])
    return Said(cells[index] if index < len(cells) else None)


def _no_day(name: str, what: str) -> Problem:
    return Problem(None, "no_day", f"{what}: nobody can tell of which day it speaks (`as_of`)", place=name)
