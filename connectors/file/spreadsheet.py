"""A sheet as JSON lines: the program that reads a spreadsheet apart, under limits that hold for any file.

`python -m connectors.file.spreadsheet` takes a JSON object on standard input (the fields of `Order`) and
gives one on standard output (the fields of `Answer`). Its lines are those of `connectors.base`: text as text;
numbers, truth values and dates as plain text with their column under `_native`.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zipfile import BadZipFile

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from connectors.base import FAILED, NATIVE, PLACE, ROW
from connectors.file import biff
from connectors.file.delimited import clean_name
from connectors.file.searching import Found
from connectors.file.settings import more
from connectors.file.weighing import TooHeavy, weigh
from formula.parse import suggestion


@dataclass(frozen=True, slots=True)
class Failed:
    """A cell whose formula came to no value, with what it shows."""

    shown: str


Cell = int | float | str | bool | time | date | datetime | timedelta | Failed
Range = tuple[tuple[int, int], tuple[int, int]]
#: Excel keeps 15 digits: a whole number beyond is printed without its invented ones.
WHOLE = 10**15


@dataclass(frozen=True, slots=True)
class Order:
    """What to read: the workbook and what a person calls it, the sheet, its header, the limits."""

    path: str
    name: str
    output: str
    sheet: str | None
    header: int | list[str]
    rows: int
    cells: int
    bytes: int
    inflated: int
    ratio: int
    memory: int
    seconds: int
    cell: list[int] | None = None  #: row and column index of a cell to give as well


@dataclass(slots=True)
class Answer:
    """What was read; a fault is (code, message, place)."""

    columns: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    place: str = ""  #: of the header
    rows: int = 0
    warnings: list[str] = field(default_factory=list)
    faults: list[tuple[str, str, str]] = field(default_factory=list)
    cell: str | None = None
    cell_is_date: bool = False


def main() -> None:
    """Read one order, limit this process, answer."""
    order = Order(**json.load(sys.stdin))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (order.memory, order.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (order.seconds, order.seconds))
    json.dump(asdict(read(order)), sys.stdout)


def read(order: Order) -> Answer:
    """Write the rows of the sheet to `order.output` and say what they are."""
    answer = Answer()
    try:
        with Path(order.path).open("rb") as file:
            is_old = file.read(len(biff.BEGINS_WITH)) == biff.BEGINS_WITH
        stream = biff.stream_of(Path(order.path).read_bytes()) if is_old else b""
        found = {} if is_old else weigh(order.path, order.inflated, order.ratio)
        with CalamineWorkbook.from_path(order.path) as book:
            name = _choose(book, order, answer)
            if name is not None:
                beside = found.get(name, Found())
                if is_old:
                    beside = biff.sheet(stream, book.sheet_names.index(name))
                _write(book.get_sheet_by_name(name), beside, order, answer)
    except TooHeavy as error:
        _fault(answer, order.name, "too_large", str(error))
    except (PasswordError, biff.Protected):
        _fault(answer, order.name, "password", "is protected by a password: save it without one")
    except (CalamineError, BadZipFile, NotImplementedError, ValueError):
        message = "is damaged, or no workbook that can be read: open it, and save it anew as xlsx"
        _fault(answer, order.name, "damaged", message)
    return answer


def _choose(book: CalamineWorkbook, order: Order, answer: Answer) -> str | None:
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    shown = ", ".join(f"`{name}`" for name in names)
    if order.sheet is not None:
        if order.sheet not in names:
            meant = suggestion(order.sheet, names)
            meant = meant if "did you mean" in meant else ""
            _fault(answer, order.name, "no_sheet", f"has no sheet `{order.sheet}`; it has {shown}{meant}")
            return None
        return order.sheet
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible] or names
    if not visible:
        _fault(answer, order.name, "no_sheet", "has no sheet")
        return None
    if len(names) > 1:
        answer.warnings.append(
            f"{order.name} has several sheets ({shown}); `{visible[0]}` is read, say `sheet:` to be sure"
        )
    return visible[0]


def _write(sheet: CalamineSheet, beside: Found, order: Order, answer: Answer) -> None:
    answer.place = f"{order.name}!{sheet.name}"
    if sheet.start is None or sheet.end is None:
        _fault(answer, answer.place, "empty", "is empty: send at least the header, or say which `sheet:` it is")
        return
    offset = sheet.start[1]
    height, width = sheet.end[0] + 1, sheet.end[1] + 1 - offset
    if height * width > order.cells:
        extent = f"{height} rows and {width} columns"
        _fault(
            answer,
            answer.place,
            "too_large",
            f"has {extent}: more than its limit of {order.cells} cells{more('cells')}",
        )
        return
    if beside.lost:
        message = f"shows errors such as #N/A in {beside.lost} cells and does not say in which: save it as xlsx"
        _fault(answer, answer.place, "error_cell", message)
        return
    merged = sheet.merged_cell_ranges or []
    if beside.hidden:
        answer.warnings.append(f"{answer.place} has {beside.hidden} hidden rows; they are rows like the others")
    _warn_of_merged(merged, order, answer)
    rows = _noting(_rows(sheet, beside, offset), offset, order, answer)
    answer.columns = _header(rows, merged, offset, order, answer)
    answer.letters = [_letters(offset + index) for index in range(len(answer.columns))]
    if answer.columns:
        _write_rows(rows, merged, offset, order, answer)


def _header(
    rows: Iterator[tuple[int, list[Cell]]], merged: list[Range], offset: int, order: Order, answer: Answer
) -> list[str]:
    """Give the names in the header's row; one that is merged with cells above it stands in the topmost."""
    if not isinstance(order.header, int):
        return order.header
    last = order.header - 1
    tall = {column: first for (first, column), (end, _) in merged if first < last <= end}
    names: list[str] = []
    above: dict[int, str] = {}
    for number, cells in rows:
        for column in (column for column, row in tall.items() if row == number - 1):
            if 0 <= column - offset < len(cells):
                above[column] = _as_text(cells[column - offset])
        if number == order.header:
            names = [clean_name(above.get(offset + index) or _as_text(cell)) for index, cell in enumerate(cells)]
            break
    if not any(names):
        found = next((number for number, cells in rows if any(cell != "" for cell in cells)), None)
        advice = f"; row {found} is the first with content: say `header: {found}`" if found else ""
        _fault(answer, answer.place, "header", f"has no names in row {order.header}{advice}")
        return []
    return names


def _warn_of_merged(merged: list[Range], order: Order, answer: Answer) -> None:
    """Say that of cells merged over several rows only the first has the value: the others are empty."""
    header = order.header if isinstance(order.header, int) else 0
    tall = sorted(one for one in merged if one[1][0] > one[0][0] >= header)
    if tall:
        (row, column), (end, last) = tall[0]
        first = f"{_letters(column)}{row + 1}:{_letters(last)}{end + 1}"
        more = f" and {len(tall) - 1} more" if len(tall) > 1 else ""
        answer.warnings.append(
            f"{answer.place} has cells merged over several rows ({first}{more}); the first has the value, the others "
            "are empty: unmerge them"
        )


def _write_rows(
    rows: Iterator[tuple[int, list[Cell]]], merged: list[Range], offset: int, order: Order, answer: Answer
) -> None:
    columns, size = answer.columns, 0
    surplus = set(range(max(len(columns), 1 << 14))) - {index for index, name in enumerate(columns) if name}
    with Path(order.output).open("w", encoding="utf-8", newline="\n") as output:
        for number, cells in rows:
            record: dict[str, str | int] = {ROW: number, PLACE: f"{answer.place}!{number}"}
            native = []
            if not any(cell.strip() if isinstance(cell, str) else True for cell in cells):
                continue  # a row without content, spaces or not
            for index, cell in enumerate(cells):
                if cell == "":
                    continue
                value, is_native = (cell, False) if isinstance(cell, str) else (_as_text(cell), True)
                if index in surplus:
                    surplus.discard(index)
                    place = f"{answer.place}!{_letters(offset + index)}{number}"
                    beside = _merged_with(merged, offset + index, order)
                    _fault(answer, place, "nameless_column", f"has content, and its column has no name{beside}")
                elif index < len(columns) and (name := columns[index]):
                    record[name] = value
                    if is_native:
                        native.append(FAILED + name if isinstance(cell, Failed) else name)
            if len(record) == 2:  # noqa: PLR2004 - nothing but its number and place
                continue
            if native:
                record[NATIVE] = f",{','.join(native)},"
            line = json.dumps(record, ensure_ascii=False) + "\n"
            answer.rows += 1
            size += len(line)
            if size > order.bytes or answer.rows > order.rows:
                message = f"has more text than {order.bytes} bytes or more rows than {order.rows}: the limits"
                _fault(answer, answer.place, "too_large", message)
                return
            output.write(line)


def _merged_with(merged: list[Range], column: int, order: Order) -> str:
    """Say with which cell that of the header is merged, where it is."""
    row = order.header - 1 if isinstance(order.header, int) else -1
    for (top, left), (bottom, right) in merged:
        if top <= row <= bottom and left < column <= right:
            return f": its header is merged with {_letters(left)}{top + 1}, unmerge it"
    return ""


def _rows(sheet: CalamineSheet, beside: Found, offset: int) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the rows with their numbers; a cell that shows an error has failed (the reader gives none)."""
    width, number = 0, 0
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        width = len(cells)
        yield number, _with_failed([*cells], beside, number, offset)
    for further in sorted(row for row in beside.errors if row > number):  # rows that hold nothing else
        yield further, _with_failed([""] * width, beside, further, offset)


def _with_failed(cells: list[Cell], beside: Found, row: int, offset: int) -> list[Cell]:
    for column, shown in beside.errors.get(row, {}).items():
        at = column - offset
        if at >= 0:
            cells += [""] * (at + 1 - len(cells))
            cells[at] = Failed(shown)
    return cells


def _noting(
    rows: Iterator[tuple[int, list[Cell]]], offset: int, order: Order, answer: Answer
) -> Iterator[tuple[int, list[Cell]]]:
    """Give the same rows, and note on their way the cell that was asked for."""
    row, index = order.cell or (0, 0)
    for number, cells in rows:
        if number == row and 0 <= index - offset < len(cells):
            cell = cells[index - offset]
            answer.cell, answer.cell_is_date = _as_text(cell), isinstance(cell, date)
        yield number, cells


def _as_text(cell: Cell) -> str:
    """Give a cell's plain text."""
    match cell:
        case str():
            return cell
        case Failed(shown):
            return shown
        case float():
            is_whole = cell.is_integer() and abs(cell) < WHOLE
            return str(int(cell)) if is_whole else format(Decimal(repr(cell)), "f")
        case bool():
            return "true" if cell else "false"
        case int():
            return str(cell)
        case timedelta():
            minutes, seconds = divmod(int(cell.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return cell.isoformat()


def _letters(index: int) -> str:
    """Give the letters of the column with that index: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _fault(answer: Answer, place: str, code: str, message: str) -> None:
    answer.faults.append((code, f"{place} {message}", place))


if __name__ == "__main__":
    main()
