"""Sheets: literals keep their kind, every row its place, and no workbook takes the program down."""

import datetime as dt
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from connectors.base import Page, PageFormat
from connectors.file import workbook
from connectors.file.settings import Limits, Settings
from connectors.file.source import open_source
from domain.errors import ReadFailed
from tests.connectors import old_books


def read(folder: Path, path: str = "w.xlsx", **settings: Any) -> Page:
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    (page,) = open_source(Settings(path, **settings), (folder,)).read(None, None, scratch)
    return page


def fault(folder: Path, **settings: Any) -> str:
    with pytest.raises(ReadFailed) as raised:
        read(folder, **settings)
    (problem,) = raised.value.problems
    assert problem.row is None
    return problem.message


def rows(page: Page) -> list[dict[str, Any]]:
    return [json.loads(line) for line in page.path.read_text(encoding="utf-8").splitlines()]


def book(folder: Path, fill: Callable[[Any, Any], None], *more: str) -> None:
    with xlsxwriter.Workbook(folder / "w.xlsx", {"strings_to_formulas": False}) as written:
        fill(written.add_worksheet("People"), written)
        for name in more:
            written.add_worksheet(name)


def table(folder: Path, *lines: tuple[Any, ...], more: tuple[str, ...] = ()) -> None:
    def fill(sheet: Any, _: Any) -> None:
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)

    book(folder, fill, *more)


def test_text_stays_text_and_other_literals_are_told(inbox):
    def fill(sheet: Any, written: Any) -> None:
        day = written.add_format({"num_format": "yyyy-mm-dd"})
        moment = written.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        span = written.add_format({"num_format": "[h]:mm"})
        sheet.write_row(0, 0, ["Id", "Hired", "At", "OTE", "On", "Share", "Time", "None"])
        sheet.write_string(1, 0, "00123")
        sheet.write_datetime(1, 1, dt.date(2026, 3, 1), day)
        sheet.write_datetime(1, 2, dt.datetime(2026, 3, 1, 10, 30), moment)  # noqa: DTZ001 - a sheet has no zone
        sheet.write_number(1, 3, 120000.0)
        sheet.write_boolean(1, 4, True)
        sheet.write_number(1, 5, 1e-7)
        sheet.write_number(1, 6, 1.5, span)

    book(inbox, fill)
    page = read(inbox)
    assert (page.format, page.rows, page.is_last, page.letters) == (PageFormat.JSONL, 1, True, tuple("ABCDEFGH"))
    assert rows(page) == [
        {
            "_row": 2,
            "_place": "w.xlsx!People!2",
            "_native": ",Hired,At,OTE,On,Share,Time,",
            "Id": "00123",
            "Hired": "2026-03-01",
            "At": "2026-03-01T10:30:00",
            "OTE": "120000",
            "On": "true",
            "Share": "0.0000001",
            "Time": "36:00:00",
        }
    ]


def test_a_number_where_an_id_should_be_is_told_as_a_number(inbox):
    table(inbox, ("Id",), (123,), ("00123",))
    assert [(row["Id"], row.get("_native")) for row in rows(read(inbox))] == [("123", ",Id,"), ("00123", None)]


def test_a_cell_that_shows_an_error_is_not_an_empty_one(inbox):
    def fill(sheet: Any, _: Any) -> None:
        sheet.write_row(2, 1, ["Id", "OTE", "Team"])
        sheet.write_row(3, 1, ["1"])
        sheet.write_formula(3, 2, "=1/0", None, "#DIV/0!")
        sheet.write_formula(3, 3, '=VLOOKUP("a";X1:Y2;2)', None, "#N/A")

    book(inbox, fill)
    page = read(inbox, header=3)
    assert page.letters == ("B", "C", "D")
    assert rows(page) == [
        {
            "_row": 4,
            "_place": "w.xlsx!People!4",
            "_native": ", OTE, Team,",
            "Id": "1",
            "OTE": "#DIV/0!",
            "Team": "#N/A",
        }
    ]


def test_empty_rows_are_no_rows_and_the_others_keep_their_numbers(inbox):
    def fill(sheet: Any, written: Any) -> None:
        sheet.write_row(0, 0, ["Id", "Name"])
        sheet.write_row(1, 0, ["1", "x"])
        sheet.write_row(4, 0, ["2", ""])
        for row in range(5, 205):
            sheet.write_blank(row, 0, None, written.add_format({"bold": True}))

    book(inbox, fill)
    assert [row["_row"] for row in rows(read(inbox))] == [2, 5]


def test_hidden_rows_are_rows_with_one_warning(inbox):
    def fill(sheet: Any, _: Any) -> None:
        sheet.write_column(0, 0, ["Id", "1", "2", "3"])
        sheet.set_row(1, None, None, {"hidden": True})
        sheet.set_row(3, None, None, {"hidden": True})

    book(inbox, fill)
    page = read(inbox)
    assert page.rows == 3
    assert page.warnings == ("w.xlsx!People has 2 hidden rows; they are rows like the others",)


def test_a_header_alone_is_a_read_of_nobody(inbox):
    table(inbox, ("Id", "Name"))
    page = read(inbox)
    assert (page.columns, page.rows, rows(page)) == (("Id", "Name"), 0, [])


def test_several_sheets_want_to_be_told_apart(inbox):
    table(inbox, ("Id",), ("1",), more=("Old", "Notes"))
    assert read(inbox, sheet="People").warnings == ()
    assert read(inbox).warnings == (
        "w.xlsx has several sheets (`People`, `Old`, `Notes`); `People` is read, say `sheet:` to be sure",
    )
    assert fault(inbox, sheet="Gone") == "w.xlsx has no sheet `Gone`; it has `People`, `Old`, `Notes`"
    assert fault(inbox, sheet="Old") == ("w.xlsx!Old is empty: send at least the header, or say which `sheet:` it is")


FAULTS: list[tuple[list[tuple[Any, ...]], dict[str, Any], str]] = [
    (
        [("Id", "Name", "ID"), ("1", "x", "2")],
        {},
        "w.xlsx has the column `Id` 2 times (column A, column C): rename all but one",
    ),
    ([("Id", "_op"), ("1", "x")], {}, "w.xlsx has a column `_op`: that name is kept for syncd, rename it"),
    (
        [("Id", "", "Name"), ("1", "", "x"), ("2", "surplus", "y")],
        {},
        "w.xlsx!People!B3 has content, and its column has no name",
    ),
    ([("Id",), ("1",), ("2", "surplus")], {}, "w.xlsx!People!B3 has content, and its column has no name"),
    (
        [("A list of people",), (), ("Id", "Name"), ("1", "x")],
        {"header": 2},
        "w.xlsx!People has no names in row 2; row 3 is the first with content: say `header: 3`",
    ),
    ([("Id",), ("1",)], {"header": 9}, "w.xlsx!People has no names in row 9"),
    (
        [("Id", "Name"), ("1", "x")],
        {"limits": Limits(cells=3)},
        (
            "w.xlsx!People has 2 rows and 2 columns: more than its limit of 3 cells; where it may have more, say "
            "`limits: {cells: ...}` of its source"
        ),
    ),
    (
        [("Id",), ("1",), ("2",)],
        {"limits": Limits(rows=1)},
        "w.xlsx!People has more text than 4294967296 bytes or more rows than 1: the limits",
    ),
]


@pytest.mark.parametrize(("lines", "settings", "message"), FAULTS, ids=[message[:60] for *_, message in FAULTS])
def test_a_fault_of_structure_has_its_message(inbox, lines, settings, message):
    table(inbox, *lines)
    assert fault(inbox, **settings) == message


def test_the_names_may_stand_in_the_settings(inbox):
    table(inbox, ("1", "x"), ("2", "y"))
    page = read(inbox, header=("Id", "Name"))
    assert [(row["_row"], row["Id"], row["Name"]) for row in rows(page)] == [(1, "1", "x"), (2, "2", "y")]
    assert fault(inbox, header=("Id",)) == "w.xlsx!People!B1 has content, and its column has no name"


@pytest.mark.parametrize("content", [b"PK\x03\x04 junk", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 junk"])
def test_a_damaged_workbook_is_told_as_such(inbox, content):
    (inbox / "w.xlsx").write_bytes(content)
    assert fault(inbox) == "w.xlsx is damaged, or no workbook that can be read: open it, and save it anew as xlsx"


def test_a_zip_that_is_no_workbook_is_told_as_such(inbox):
    with zipfile.ZipFile(inbox / "w.xlsx", "w") as archive:
        archive.writestr("w.csv", "a,b\n")
    assert "is damaged, or no workbook" in fault(inbox)


def bomb(folder: Path, member: str = "xl/worksheets/sheet1.xml", size: int = 64 << 20) -> None:
    """A workbook whose member inflates to that size from next to nothing."""
    table(folder, ("Id",), ("1",))
    with (
        zipfile.ZipFile(folder / "w.xlsx") as good,
        zipfile.ZipFile(folder / "bomb", "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            if name != member:
                bad.writestr(name, good.read(name))
        bad.writestr(member, good.read(member) + b" " * size if member in good.namelist() else b" " * size)
    (folder / "bomb").replace(folder / "w.xlsx")


def test_a_workbook_that_inflates_beyond_its_limits_is_refused_before_it_is_parsed(inbox):
    bomb(inbox)
    assert "w.xlsx inflates to more than 16777216 bytes" in fault(inbox)
    assert "w.xlsx inflates to more than 1000000 bytes" in fault(inbox, limits=Limits(inflated=1_000_000))
    bomb(inbox, member="xl/media/picture.png")
    assert "w.xlsx inflates to more than" in fault(inbox)


def test_a_workbook_that_needs_too_much_memory_ends_its_own_process_only(inbox):
    def fill(sheet: Any, _: Any) -> None:
        sheet.write_row(0, 0, ["Id"])
        sheet.write_string(1_048_575, 16_383, "far away")

    book(inbox, fill)
    message = fault(inbox, limits=Limits(memory=600 << 20, cells=10**12))
    assert "w.xlsx could not be read in 629145600 bytes of memory" in message


def test_a_workbook_that_takes_too_long_is_given_up(inbox, monkeypatch):
    table(inbox, ("Id",), ("1",))
    monkeypatch.setattr(workbook, "GRACE", -300)
    assert "took longer than 300 seconds" in fault(inbox)


def test_the_reading_process_sees_no_secret_of_ours(inbox, monkeypatch):
    seen: dict[str, Any] = {}
    run = subprocess.run

    def watched(*args: Any, **settings: Any) -> Any:
        seen.update(settings["env"])
        return run(*args, **settings)

    monkeypatch.setenv("SYNCD_DATABASE_URL", "secret")
    monkeypatch.setattr(subprocess, "run", watched)
    table(inbox, ("Id",), ("1",))
    assert read(inbox).rows == 1
    assert "SYNCD_DATABASE_URL" not in seen


# --- headers, sheets, formulas


def test_a_sheet_that_is_not_there_is_told_with_the_one_that_may_be_meant(inbox):
    table(inbox, ("Id",), ("1",), more=("Workers 2026",))
    assert fault(inbox, sheet="Worker 2026") == (
        "w.xlsx has no sheet `Worker 2026`; it has `People`, `Workers 2026`; did you mean 'Workers 2026'?"
    )


def merged(
    folder: Path, header: int, *ranges: tuple[int, int, int, int], more: tuple[Any, ...] = ("x", "y", "z")
) -> None:
    """Two rows of headers, `Person` over two columns and `Id` over two rows, and a row beneath."""

    def fill(sheet: Any, _: Any) -> None:
        sheet.write_row(0, 0, ["Id", "Person", ""])
        sheet.write_row(1, 0, ["", "First", "Last"])
        sheet.write_row(header, 0, more)
        for first, left, last, right in ranges:
            value = {(0, 0): "Id", (0, 1): "Person"}.get((first, left), "x")
            sheet.merge_range(first, left, last, right, value)

    book(folder, fill)


def test_a_name_over_two_rows_is_the_name_of_its_column(inbox):
    merged(inbox, 2, (0, 0, 1, 0), (0, 1, 0, 2))
    page = read(inbox, header=2)
    assert page.columns == ("Id", "First", "Last")
    assert [(row["Id"], row["First"], row["Last"]) for row in rows(page)] == [("x", "y", "z")]


def test_a_name_over_two_columns_is_that_of_the_first_alone(inbox):
    """The second has none, and content: refused, with the cell it is merged with."""
    merged(inbox, 1, (0, 1, 0, 2))
    assert fault(inbox) == (
        "w.xlsx!People!C2 has content, and its column has no name: its header is merged with B1, unmerge it"
    )


def test_values_over_several_rows_are_told(inbox):
    """A team that is merged over its people is the team of the first."""
    merged(inbox, 2, (2, 0, 3, 0), (4, 1, 5, 1))
    page = read(inbox, header=("Id", "First", "Last"))
    (warning,) = page.warnings
    assert warning == (
        "w.xlsx!People has cells merged over several rows (A3:A4 and 1 more); the first has the value, the others are "
        "empty: unmerge them"
    )


def in_sheet(folder: Path, old: bytes, new: bytes) -> None:
    """Write something else into the first sheet, as another program would have written it."""
    with (
        zipfile.ZipFile(folder / "w.xlsx") as good,
        zipfile.ZipFile(folder / "other", "w", zipfile.ZIP_DEFLATED) as other,
    ):
        for name in good.namelist():
            content = good.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in content
                content = content.replace(old, new)
            other.writestr(name, content)
    (folder / "other").replace(folder / "w.xlsx")


@pytest.mark.parametrize(
    ("written", "failed"),
    [
        (b'<c r="B2"><f>1+1</f></c>', True),
        (b'<c r="B2"><f>1+1</f><v></v></c>', True),
        (b'<c r="B2"><f t="shared" si="0"/><v/></c>', True),
        (b'<c r="B2"><f>1+1</f><v>2</v></c>', False),
    ],
)
def test_a_formula_that_nobody_calculated_is_no_empty_cell(inbox, written, failed):
    table(inbox, ("Id", "OTE"), ("1", 7))
    in_sheet(inbox, b'<c r="B2"><v>7</v></c>', written)
    (row,) = rows(read(inbox))
    assert (row["OTE"], row["_native"]) == (("#not calculated", ", OTE,") if failed else ("2", ",OTE,"))


def test_a_formula_that_came_to_an_empty_text_is_an_empty_cell(inbox):
    table(inbox, ("Id", "OTE"), ("1", 7))
    in_sheet(inbox, b'<c r="B2"><v>7</v></c>', b'<c r="B2" t="str"><f>""</f><v></v></c>')
    assert rows(read(inbox)) == [{"_row": 2, "_place": "w.xlsx!People!2", "Id": "1"}]


def test_an_error_that_does_not_say_its_cell_is_not_taken_for_an_empty_one(inbox):
    table(inbox, ("Id", "OTE"), ("1", 7))
    in_sheet(inbox, b'<c r="B2"><v>7</v></c>', b'<c t="e"><v>#N/A</v></c>')
    assert "shows errors such as #N/A in 1 cells and does not say in which" in fault(inbox)


def test_a_workbook_with_another_in_it_is_what_it_begins_as(inbox):
    """An xls that ends in a zip (an embedded workbook) is an xls."""
    table(inbox, ("Wrong",), ("1",))
    inner = (inbox / "w.xlsx").read_bytes()
    (inbox / "w.xls").write_bytes(old_books.xls({"People": [("Id",), ("00123",)]}) + inner)
    assert rows(read(inbox, "w.xls"))[0]["Id"] == "00123"


def test_days_since_1904_of_an_xlsx_are_the_days_that_a_person_sees(inbox):
    for from_1904 in (False, True):
        with xlsxwriter.Workbook(inbox / "w.xlsx", {"date_1904": from_1904}) as written:
            sheet = written.add_worksheet("People")
            sheet.write_row(0, 0, ["Hired"])
            sheet.write_datetime(1, 0, dt.date(2026, 3, 1), written.add_format({"num_format": "dd/mm/yyyy"}))
        assert [row["Hired"] for row in rows(read(inbox))] == ["2026-03-01"]
