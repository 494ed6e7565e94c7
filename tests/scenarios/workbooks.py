"""Workbooks that arrive in the inbox."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import xlsxwriter

from tests.scenarios.people import Row
from tests.scenarios.world import COLUMNS, DATED


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell with a formula, and what it showed when the workbook was saved."""

    shows: str | float


def workbook(*rows: Sequence[object], name: str = "Sheet1") -> bytes:
    """An XLSX file with these cells in its first sheet."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet, day = book.add_worksheet(name), book.add_format({"num_format": "dd/mm/yyyy"})
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                _write(sheet, number, column, cell, day)
    return content.getvalue()


def people_book(rows: Iterable[Row], *further: Sequence[object], name: str = "Sheet1") -> bytes:
    """An XLSX file of people with every column, all cells of them text; and further rows as they are."""
    columns = (*COLUMNS, DATED)
    lines = [[row.get(column, "") for column in columns] for row in rows]
    return workbook(columns, *lines, *further, name=name)


def _write(sheet: Any, row: int, column: int, cell: object, day: Any) -> None:
    if isinstance(cell, Formula):
        sheet.write_formula(row, column, "=1+1", None, cell.shows)
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime.combine(cell, time()), day)
    else:
        sheet.write(row, column, cell)
