"""Of which day a file speaks: its name says so, or a cell."""

from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from connectors.base import Page
from connectors.file.settings import AsOf, DayFrom, Settings
from connectors.opening import open_source
from domain.errors import ReadFailed

MARCH = datetime.combine(date(2026, 3, 1), time())
IN_NAME = AsOf(DayFrom.NAME, pattern=r"people-(\d{8})", format="%Y%m%d")


def read(folder: Path, path: str, as_of: AsOf, **settings: object) -> list[Page]:
    (folder / "scratch").mkdir(exist_ok=True)
    source = open_source("file", Settings(path, as_of=as_of, **settings), (folder,))  # type: ignore[arg-type]
    return list(source.read(None, None, folder / "scratch"))


def days(folder: Path, path: str, as_of: AsOf, **settings: object) -> list[date | None]:
    return [page.as_of for page in read(folder, path, as_of, **settings)]


def fault(folder: Path, path: str, as_of: AsOf, **settings: object) -> str:
    with pytest.raises(ReadFailed) as raised:
        read(folder, path, as_of, **settings)
    (problem,) = raised.value.problems
    assert problem.code == "no_day"
    return problem.message


def put(folder: Path, name: str, content: str = "Id\n1\n") -> None:
    (folder / name).write_text(content)


def sheet(folder: Path, *cells: tuple[int, int, object], first: int = 2) -> None:
    """A sheet with its header in row `first` + 1, and single cells before and beside it."""
    with xlsxwriter.Workbook(folder / "people.xlsx") as book:
        page, day = book.add_worksheet("People"), book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(first, 0, ["Id", "Name"])
        page.write_row(first + 1, 0, ["1", "Ann"])
        for row, column, value in cells:
            if isinstance(value, datetime):
                page.write_datetime(row, column, value, day)
            else:
                page.write(row, column, value)


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("people-20260301.csv", IN_NAME),
        ("people-2026-03-01.csv", AsOf(DayFrom.NAME, pattern=r"\d{4}-\d\d-\d\d")),
        ("1 Mar 2026 final.csv", AsOf(DayFrom.NAME, pattern=r"(\d+ \w+ \d{4}) (?:final|draft)", format="%d %b %Y")),
    ],
)
def test_a_name_says_of_which_day_a_file_speaks(tmp_path, name, as_of):
    put(tmp_path, name)
    assert days(tmp_path, name, as_of) == [date(2026, 3, 1)]


def test_several_files_that_are_one_read_speak_of_the_newest_of_their_days(tmp_path):
    for number, day in enumerate(("20260201", "20260301", "20260101")):
        put(tmp_path, f"people-{day}.csv", f"Id\n{number}\n")
    assert days(tmp_path, "people-*.csv", IN_NAME) == [date(2026, 3, 1)] * 3


def test_a_file_that_is_sent_again_under_a_newer_name_speaks_of_the_newer_day(tmp_path):
    for day in ("20260201", "20260301"):
        put(tmp_path, f"people-{day}.csv")
    assert days(tmp_path, "people-*.csv", IN_NAME) == [date(2026, 3, 1)]


@pytest.mark.parametrize(
    ("content", "settings"),
    [
        ("As of,2026-03-01\nId\n1\n", {"header": 2}),
        ("As of;2026-03-01\n\nId\n1\n", {"header": 3, "delimiter": ";"}),
        ("Id,2026-03-01\n1,x\n", {}),
    ],
)
def test_a_cell_of_a_text_says_it(tmp_path, content, settings):
    put(tmp_path, "people.csv", content)
    assert days(tmp_path, "people.csv", AsOf(DayFrom.CELL, cell="B1"), **settings) == [date(2026, 3, 1)]


@pytest.mark.parametrize(
    ("cell", "written", "value", "how"),
    [
        ("B1", (0, 1), MARCH, None),
        ("B1", (0, 1), MARCH.replace(hour=18, minute=30), None),
        ("B1", (0, 1), MARCH, "%d.%m.%Y"),
        ("B1", (0, 1), "01.03.2026", "%d.%m.%Y"),
        ("A2", (1, 0), 20260301, "%Y%m%d"),
        ("E4", (3, 4), "2026-03-01", None),
    ],
)
def test_a_cell_of_a_spreadsheet_says_it(tmp_path, cell, written, value, how):
    """Its own date as it is, a text or a number as `format` says; above the header or beside the rows."""
    sheet(tmp_path, (*written, value), (2, 4, "Note"))
    as_of = AsOf(DayFrom.CELL, cell=cell, format=how)
    assert days(tmp_path, "people.xlsx", as_of, header=3) == [date(2026, 3, 1)]


def test_without_it_no_page_speaks_of_a_day(tmp_path):
    put(tmp_path, "people.csv")
    (page,) = open_source("file", Settings("people.csv"), (tmp_path,)).read(None, None, tmp_path)
    assert page.as_of is None


def test_a_file_that_says_no_day_is_not_read(tmp_path):
    put(tmp_path, "people-new.csv", "As of,soon\n\nId\n1\n")
    assert "is not like `people-(\\d{8})`" in fault(tmp_path, "people-new.csv", IN_NAME, header=3)
    put(tmp_path, "people-20261301.csv")
    assert "'20261301', which is no day written as %Y%m%d" in fault(tmp_path, "people-20261301.csv", IN_NAME)
    cell = AsOf(DayFrom.CELL, cell="B1")
    assert "says 'soon', which is no day" in fault(tmp_path, "people-new.csv", cell, header=3)
    for empty in ("C1", "B2", "A99"):
        assert "is empty" in fault(tmp_path, "people-new.csv", AsOf(DayFrom.CELL, cell=empty), header=3)
    sheet(tmp_path, (0, 0, "x"))
    for empty in ("B1", "Z9", "A99"):
        assert "is empty" in fault(tmp_path, "people.xlsx", AsOf(DayFrom.CELL, cell=empty), header=3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"from_": DayFrom.NAME}, "needs `pattern`"),
        ({"from_": DayFrom.CELL}, "needs `cell`"),
        ({"from_": DayFrom.NAME, "pattern": "x", "cell": "B1"}, "nothing else but `format`"),
        ({"from_": DayFrom.NAME, "pattern": "(?=x)"}, "looks ahead"),
        ({"from_": DayFrom.NAME, "pattern": r"(\d+)-(\d+)"}, "several groups"),
        ({"from_": DayFrom.CELL, "cell": "1B"}, "a column and a row"),
        ({"from_": DayFrom.CELL, "cell": "B1", "format": "%Q"}, "no part of a date"),
        ({"from_": DayFrom.CELL, "cell": "B1", "format": "%Y-%m"}, "needs year, month and day"),
    ],
)
def test_what_cannot_say_a_day_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        AsOf(**given)
