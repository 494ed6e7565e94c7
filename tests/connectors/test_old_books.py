"""Workbooks of other kinds than xlsx: what holds for one holds for all, errors, hidden rows and passwords too."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Page
from connectors.file import biff
from connectors.file.settings import Limits, Settings
from connectors.file.source import open_source
from domain.errors import ReadFailed
from tests.connectors import old_books
from tests.connectors.old_books import Day, Formula, Hidden, Sheets


def read(folder: Path, content: bytes, name: str = "w.xls", **settings: Any) -> Page:
    (folder / name).write_bytes(content)
    scratch = folder.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    (page,) = open_source(Settings(name, **settings), (folder,)).read(None, None, scratch)
    return page


def rows(page: Page) -> list[dict[str, Any]]:
    """The rows without their places."""
    lines = [json.loads(line) for line in page.path.read_text(encoding="utf-8").splitlines()]
    return [{name: line[name] for name in line if name != "_place"} for line in lines]


def fault(folder: Path, content: bytes, name: str = "w.xls", **settings: Any) -> tuple[str, str]:
    with pytest.raises(ReadFailed) as raised:
        read(folder, content, name, **settings)
    (problem,) = raised.value.problems
    return problem.code, problem.message


def ods(table: str) -> bytes:
    """A workbook of OpenOffice with this in its content."""
    made = io.BytesIO()
    uses = "".join(
        f' xmlns:{name}="urn:{"org:documentfoundation:names:experimental" if name == "calcext" else "oasis:names:tc"}:'
        f'{"calc" if name == "calcext" else "opendocument"}:xmlns:{name}:1.0"'
        for name in ("office", "table", "text", "calcext")
    )
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(made, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", f"<office:document-content{uses}>{body}</office:document-content>")
        book.writestr("META-INF/manifest.xml", "<manifest/>")
    return made.getvalue()


def cell(text: str, more: str = 'office:value-type="string"') -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


PEOPLE = {
    "People": [
        ("Id", "Hired", "OTE", "Team", "Active"),
        ("00123", Day(46082), 1500.5, "#N/A", True),
        (124, None, Formula("#DIV/0!"), Formula("East"), Formula(0.0)),
    ]
}


def test_an_xls_is_read_as_an_xlsx_is(inbox):
    """Text stays text, a formula is what it came to, what failed is told, each with its cell."""
    page = read(inbox, old_books.xls(PEOPLE))
    assert (page.columns, page.letters) == (("Id", "Hired", "OTE", "Team", "Active"), tuple("ABCDE"))
    assert rows(page) == [
        {
            "_row": 2,
            "_native": ",Hired,OTE, Team,Active,",
            "Id": "00123",
            "Hired": "2026-03-01",
            "OTE": "1500.5",
            "Team": "#N/A",
            "Active": "true",
        },
        {"_row": 3, "_native": ",Id, OTE,Active,", "Id": "124", "OTE": "#DIV/0!", "Team": "East", "Active": "0"},
    ]


def test_days_since_1904_are_the_days_that_a_person_sees(inbox):
    """Old workbooks of the Macintosh count from another day; 1462 days lie between the two."""
    for content in (
        old_books.xls({"People": [("Hired",), (Day(46082),)]}),
        old_books.xls({"People": [("Hired",), (Day(46082 - 1462),)]}, from_1904=True),
    ):
        assert rows(read(inbox, content))[0]["Hired"] == "2026-03-01"


def test_hidden_rows_of_any_workbook_are_rows_with_one_warning(inbox):
    lines: Sheets = {"People": [("Id",), Hidden(("1",)), ("2",), Hidden(("3",))], "Other": [Hidden(("Id",))]}
    for name, content in (("w.xls", old_books.xls(lines)), ("w.xlsb", old_books.xlsb(lines))):
        page = read(inbox, content, name, sheet="People")
        assert page.warnings == (f"{name}!People has 2 hidden rows; they are rows like the others",)
        assert [row["Id"] for row in rows(page)] == ["1", "2", "3"]
    hidden = '<table:table-row table:number-rows-repeated="2" table:visibility="collapse">'
    table = f'<table:table table:name="People"><table:table-row>{cell("Id")}</table:table-row>'
    page = read(inbox, ods(f"{table}{hidden}{cell('1')}</table:table-row></table:table>"), "w.ods")
    assert page.warnings == ("w.ods!People has 2 hidden rows; they are rows like the others",)


def test_empty_rows_at_the_end_are_no_rows(inbox):
    """200 of them, some with nothing but spaces in them."""
    lines = [("Id", "Name"), ("1", "Ann"), *((" ", "") for _ in range(200))]
    assert [row["_row"] for row in rows(read(inbox, old_books.xls({"People": lines})))] == [2]


def test_what_failed_in_an_xlsb_is_told_with_its_cell(inbox):
    lines: Sheets = {"Old": [("x",)], "People": [("Id", "OTE"), ("00123", "#REF!"), ("124", 5.0)]}
    found = rows(read(inbox, old_books.xlsb(lines), "w.xlsb", sheet="People"))
    assert found == [
        {"_row": 2, "_native": ", OTE,", "Id": "00123", "OTE": "#REF!"},
        {"_row": 3, "_native": ",OTE,", "Id": "124", "OTE": "5"},
    ]


def test_an_ods_that_shows_errors_is_refused_for_it_does_not_say_where(inbox):
    good = f'<table:table table:name="People"><table:table-row>{cell("Id")}</table:table-row>'
    good += f"<table:table-row>{cell('1')}</table:table-row></table:table>"
    assert rows(read(inbox, ods(good), "w.ods")) == [{"_row": 2, "Id": "1"}]
    failed = 'office:value-type="string" office:string-value="" calcext:value-type="error"'
    bad = good.replace(cell("1"), cell("#DIV/0!", failed))
    assert fault(inbox, ods(bad), "w.ods") == (
        "error_cell",
        "w.ods!People shows errors such as #N/A in 1 cells and does not say in which: save it as xlsx",
    )
    other = bad.replace("People", "Other")
    assert rows(read(inbox, ods(good + other), "w.ods", sheet="People")) == [{"_row": 2, "Id": "1"}]


def test_a_sheet_below_empty_rows_and_beside_empty_columns_keeps_its_cells(inbox):
    lines = [(), (), (None, "Id", "OTE"), (None, "1", "#N/A")]
    page = read(inbox, old_books.xls({"People": lines}), header=3)
    assert page.letters == ("B", "C")
    assert rows(page) == [{"_row": 4, "_native": ", OTE,", "Id": "1", "OTE": "#N/A"}]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("w.xls", old_books.xls(PEOPLE, password=True)),
        ("w.xlsx", old_books.locked_xlsx()),
        ("with another name.xls", old_books.locked_xlsx()),
    ],
)
def test_a_password_is_told_as_such(inbox, name, content):
    assert fault(inbox, content, name) == ("password", f"{name} is protected by a password: save it without one")


def damaged() -> list[bytes]:
    """An xls that is cut, whose chains run in circles, whose sectors are not there, and so on."""
    good = old_books.xls(PEOPLE)
    circle = bytearray(good)
    circle[old_books.SECTOR + 8 : old_books.SECTOR + 12] = (2).to_bytes(4, "little")
    nowhere = bytearray(good)
    nowhere[48:52] = (999).to_bytes(4, "little")
    odd = bytearray(good)
    odd[30] = 40
    nameless = good.replace("Workbook".encode("utf-16-le"), "Somebook".encode("utf-16-le"))
    return [good[:600], good[:1500], bytes(circle), bytes(nowhere), bytes(odd), nameless, good[:8] + b"junk" * 400]


@pytest.mark.parametrize("content", damaged(), ids=range(len(damaged())))
def test_a_damaged_xls_is_told_as_such(inbox, content):
    message = "w.xls is damaged, or no workbook that can be read: open it, and save it anew as xlsx"
    assert fault(inbox, content) == ("damaged", message)


def test_a_workbook_of_a_few_rows_lies_in_small_sectors(inbox):
    assert rows(read(inbox, old_books.small_xls(PEOPLE))) == rows(read(inbox, old_books.xls(PEOPLE)))


def test_before_1997_the_stream_had_another_name():
    content = bytearray(
        old_books.xls(PEOPLE).replace("Workbook".encode("utf-16-le"), "Book\0\0\0\0".encode("utf-16-le"))
    )
    entry = 2 * old_books.SECTOR + 128
    content[entry + 64 : entry + 66] = (10).to_bytes(2, "little")
    stream = biff.stream_of(bytes(content))
    assert biff.sheet(stream, 0).errors == {2: {3: "#N/A"}, 3: {2: "#DIV/0!"}}
    with pytest.raises(biff.Damaged):
        biff.sheet(stream, 1)


def test_an_old_workbook_has_the_same_limits(inbox):
    lines = {"People": [("Id",), ("1",), ("2",)]}
    assert fault(inbox, old_books.xls(lines), limits=Limits(cells=2))[0] == "too_large"
    assert fault(inbox, old_books.xls(lines), limits=Limits(rows=1))[0] == "too_large"
    assert fault(inbox, old_books.xls(lines), limits=Limits(bytes=100))[0] == "too_large"


def test_a_web_page_that_is_called_a_spreadsheet_is_told_as_such(inbox):
    assert fault(inbox, b"<html><table><tr><td>Id</td></tr></table></html>\n") == (
        "not_a_spreadsheet",
        "w.xls is called a spreadsheet and is none: save it as xlsx, or name it .csv",
    )
