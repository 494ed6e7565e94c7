"""The header of a delimited text, and what its structure forbids.

In goes a copy, out come the column names, the number of lines before the first data row, and every problem at
once.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from connectors.base import RESERVED
from connectors.file.copying import Copy
from connectors.file.settings import LineEnd, Settings
from domain.problem import Problem

#: How far an empty header row is searched for names to suggest.
SEARCHED = 50
OTHER_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Structure:
    """How the rows of a text are to be read; `columns` and `skip` hold only without problems."""

    columns: tuple[str, ...]
    skip: int
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...] = ()


def structure(copy: Copy, settings: Settings) -> Structure:
    """Read the header, and the rest only where the header or the quotes give reason to."""
    problems: list[Problem] = []
    problems += _unterminated(copy, settings)
    if isinstance(settings.header, tuple):
        names, skip, place = settings.header, 0, copy.name
        first = next((row for _, row in _rows(copy.path, settings) if row), names)
        if len(first) != len(names):
            message = f"{copy.name} has {len(first)} columns, and `header` gives {len(names)} names"
            problems.append(Problem(None, "header", message, place=f"{copy.name}:1"))
    else:
        names, skip = _header(copy.path, settings, settings.header)
        place = f"{copy.name}:{settings.header}"
        if not any(names):
            return Structure((), 0, (*problems, _no_header(copy, settings, settings.header)))
    columns = tuple(clean_name(name) for name in names)
    problems += name_problems(copy.name, place, columns, [f"column {i}" for i in range(1, len(columns) + 1)])
    problems += _nameless(copy, settings, columns, skip)
    return Structure(columns, skip, tuple(problems), _looks_otherwise(copy.name, columns, settings))


def _unterminated(copy: Copy, settings: Settings) -> Iterator[Problem]:
    """Give the last row where it may be cut: inside quotes, or without its line end."""
    line, reason = None if copy.is_even else _open_quote(copy.path, settings), "the quote opened there is never closed"
    if line is None and not copy.is_ended and settings.last_line_end is LineEnd.REQUIRED:
        line = copy.lines + 1
        reason = "it has no line end, the file may be cut; send it again, or say `last_line_end: optional`"
    if line is not None:
        message = f"{copy.name} has an unterminated row in line {line}: {reason}"
        yield Problem(None, "unterminated", message, place=f"{copy.name}:{line}")


def clean_name(name: str) -> str:
    """Give a column's name as a mapping writes it: trimmed, line breaks as one space, composed (NFC)."""
    lines = (line.strip() for line in name.splitlines())
    return unicodedata.normalize("NFC", " ".join(line for line in lines if line))


def name_problems(name: str, place: str, columns: Sequence[str], labels: Sequence[str]) -> Iterator[Problem]:
    """Give each name that is ours or that two columns have, whatever their case; `labels` say where."""
    where: dict[str, list[int]] = {}
    for index, column in enumerate(columns):
        if column:
            where.setdefault(column.casefold(), []).append(index)
    for found in where.values():
        column = columns[found[0]]
        if len(found) > 1:
            stand = ", ".join(labels[index] for index in found)
            message = f"{name} has the column `{column}` {len(found)} times ({stand}): rename all but one"
            yield Problem(None, "duplicate_column", message, place=place, column=column)
        if column in RESERVED:
            message = f"{name} has a column `{column}`: that name is kept for syncd, rename it"
            yield Problem(None, "reserved_column", message, place=place, column=column)


def _header(path: Path, settings: Settings, row: int) -> tuple[tuple[str, ...], int]:
    """Give the names in that physical line, and where their record ends."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for _ in islice(file, row - 1):
            pass
        reader = csv.reader(file, delimiter=settings.delimiter, quotechar=settings.quote, skipinitialspace=True)
        try:
            names = tuple(next(reader, []))
        except csv.Error:  # a quote that is never closed: said beside this
            names = ()
        return names, row - 1 + max(reader.line_num, 1)


def _no_header(copy: Copy, settings: Settings, row: int) -> Problem:
    found = next((line for line, cells in islice(_rows(copy.path, settings), SEARCHED) if any(cells)), None)
    advice = f"line {found} is the first with content: say `header: {found}`" if found else "it has no content"
    return Problem(None, "header", f"{copy.name} has no names in row {row}; {advice}", place=f"{copy.name}:{row}")


def _nameless(copy: Copy, settings: Settings, columns: Sequence[str], skip: int) -> Iterator[Problem]:
    """Give each column that has content and no name."""
    nameless = {index for index, column in enumerate(columns) if not column}
    for line, cells in _rows(copy.path, settings, skip) if nameless else ():
        for index in sorted(index for index in nameless if index < len(cells) and cells[index].strip()):
            nameless.discard(index)
            message = f"{copy.name} has no name for column {index + 1}, which has content from line {line} on"
            yield Problem(None, "nameless_column", message, place=f"{copy.name}:{line}")
        if not nameless:
            return


def _rows(path: Path, settings: Settings, skip: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line where it starts, as far as they can be read."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for _ in islice(file, skip):
            pass
        reader = csv.reader(file, delimiter=settings.delimiter, quotechar=settings.quote, skipinitialspace=True)
        while True:
            start = skip + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:  # landing sets the row aside, with its line
                continue
            yield start, cells


def _open_quote(path: Path, settings: Settings) -> int | None:
    """Give the line of the record that is still inside quotes when the file ends."""
    with path.open(encoding="utf-8", newline="\n") as file:
        reader = csv.reader(
            file, delimiter=settings.delimiter, quotechar=settings.quote, strict=True, skipinitialspace=True
        )
        start = 1
        while True:
            try:
                next(reader)
            except StopIteration:
                return None
            except csv.Error as error:
                if "unexpected end" in str(error):
                    return start
            start = reader.line_num + 1


def _looks_otherwise(name: str, columns: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Warn of a single column whose name holds what is usually a delimiter."""
    if len(columns) != 1:
        return ()
    found = [mark for mark in OTHER_DELIMITERS if mark != settings.delimiter and mark in columns[0]]
    if not found:
        return ()
    shown = "\\t" if found[0] == "\t" else found[0]
    return (f'{name} has one column; if `{shown}` stands between its values, say `delimiter: "{shown}"`',)
