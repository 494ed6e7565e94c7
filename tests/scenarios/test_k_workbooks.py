"""Spreadsheets: what a person typed, what the program made of it, and where exactly it went wrong."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from domain.shape import DRIFT
from tests.connectors import old_books
from tests.connectors.old_books import Day
from tests.scenarios.people import COMPANY, crowd, someone, with_cells
from tests.scenarios.sheets import COLUMNS as QUOTA_COLUMNS
from tests.scenarios.sheets import Sheets, sheet
from tests.scenarios.workbooks import Formula, people_book, workbook
from tests.scenarios.world import COLUMNS, DATED, Answer, Document, World, table

FIVE_DIGITS = {"from": "id", "type": "text", "pattern": r"\d{5}"}


@pytest.fixture
def office(company: World) -> World:
    """The company, whose people come in a workbook from now on."""
    company.settings["sources"]["hr"] = {"kind": "file", "path": "inbox/people.xlsx"}
    company.save()
    return company


def send(world: World, content: bytes, name: str = "people.xlsx") -> Answer:
    """Let a workbook arrive, and run."""
    world.write(f"inbox/{name}", content)
    return world.run()


def told(said: Answer) -> list[tuple[str, str, str | None]]:
    """The problems of a run: code, place, value; not that a workbook has other columns than the file before."""
    return [(one["code"], one["place"], one["value"]) for one in problems(said)]


def problems(said: Answer) -> list[Document]:
    """The same as documents."""
    return [one for one in said["problems"] if one["code"] not in DRIFT]


def test_a_spreadsheet_brings_what_a_text_file_does(world: World):
    """Its own dates and numbers are taken as such."""
    world.settings["sources"]["hr"]["path"] = "inbox/people.xlsx"
    world.use("ote")
    columns = list(someone("01001"))
    cells = [list(one.values()) for one in crowd(3)]
    content = workbook([*columns, "left", "ote", "from"], *([*one, "", 1500.5] for one in cells))
    said = send(world, content)
    assert (said.code, said["read"], said["pending"]) == (0, 3, 3)
    assert world.approve().code == 0
    assert {one["ote"] for one in world.roster().values()} == {"1500.5"}


def test_a_workbook_is_read_from_within_the_workspace(world: World, monkeypatch: pytest.MonkeyPatch):
    """As an operator types it, and a service does it; looked at before, with a number in a column of every row."""
    world.settings["sources"]["hr"]["path"] = "inbox/people.xlsx"
    world.use("ote")
    cells = [list(one.values()) for one in crowd(3)]
    content = workbook([*someone("01001"), "left", "ote", "from"], *([*one, "", 1500.5] for one in cells))
    world.write("inbox/people.xlsx", content)
    monkeypatch.chdir(world.folder)
    world.folder = Path()
    said = world.call("check", "--online")
    assert (said.code, said["online"][0]["message"], said["online"][0]["rows"]) == (0, None, 3), said.document
    said = world.run()
    assert (said.code, said["pending"], said["problems"]) == (0, 3, []), said.document


def test_an_old_workbook_brings_what_a_new_one_does(office: World):
    """XLS as it was before 2007, its days counted from 1904: the same people, nothing to decide."""
    office.settings["sources"]["hr"] |= {"path": "inbox/people.xls", "sheet": "Workers"}
    office.save()
    columns = (*COLUMNS, DATED)
    rows = [
        [Day(44196) if column == "hired" else row.get(column) or None for column in columns]
        for row in with_cells(COMPANY, "01001", title="Lead")
    ]
    said = send(office, old_books.xls({"Notes": [("x",)], "Workers": [columns, *rows]}, from_1904=True), "people.xls")
    assert (said.code, said["read"], said["unchanged"], said["pending"]) == (0, 20, 19, 1)
    assert office.one()["fields"] == {"title": {"before": "Rep", "after": "Lead"}}
    office.settings["sources"]["hr"]["sheet"] = "Worker"
    office.save()
    said = office.run()
    assert (said.code, said["problems"][0]["code"]) == (4, "no_sheet")
    assert "it has `Notes`, `Workers`; did you mean 'Workers'?" in said["message"]


def test_k01_ids_that_a_spreadsheet_made_numbers_are_refused_with_their_cells(world: World):
    """`00123` typed into a cell is the number 123: said so with sheet, column and row, never padded."""
    world.settings["sources"]["hr"]["path"] = "inbox/people.xlsx"
    world.mapping["fields"]["employee_id"] = FIVE_DIGITS
    world.save()
    columns = ["name", "id", "email", "title", "team", "hired", "left", "from"]
    numbers = [[row["name"], float(row["id"]), *list(row.values())[2:]] for row in crowd(3, first=123)]
    texts = [[row["name"], row["id"], *list(row.values())[2:]] for row in crowd(7, first=2001)]
    said = send(world, workbook(columns, *texts, *numbers))
    assert (said.code, said["errors"], said["pending"]) == (1, 3, 7)
    assert told(said) == [
        ("not_text", "inbox/people.xlsx!Sheet1!B9", "123"),
        ("not_text", "inbox/people.xlsx!Sheet1!B10", "124"),
        ("not_text", "inbox/people.xlsx!Sheet1!B11", "125"),
    ]
    assert (said["problems"][0]["row"], said["problems"][0]["column"]) == (9, "id")
    assert [one["place"][-3:] for one in world.call("quarantine").document] == ["!B9", "B10", "B11"]
    assert world.call("quarantine")[0]["key"] == "123"


def test_k01_a_whole_column_of_numbers_fails_the_read(world: World):
    """Those that happen to have five digits too: what is a number today loses its zeros tomorrow."""
    world.settings["sources"]["hr"]["path"] = "inbox/people.xlsx"
    world.mapping["fields"]["employee_id"] = FIVE_DIGITS
    world.save()
    rows = [[int(row["id"]), *list(row.values())[1:]] for row in crowd(4, first=99998)]
    said = send(world, workbook([*someone("1"), "left", "from"], *rows[:2]))
    assert (said.code, said["outcome"], world.pending()) == (4, "failed", [])
    assert told(said) == [
        ("not_text", "inbox/people.xlsx!Sheet1!A2", "99998"),
        ("not_text", "inbox/people.xlsx!Sheet1!A3", "99999"),
    ]
    world.mapping["fields"]["employee_id"] = "id"
    world.save()
    assert world.run()["pending"] == 2, "without a pattern a number is as good as a text"


def test_an_id_without_its_zeros_is_told_with_its_cell(office: World):
    """Nobody said what an id looks like; but 01001 is known, and this is 1001."""
    said = send(office, people_book(COMPANY[1:], [1001, *list(COMPANY[0].values())[1:]]))
    assert (said.code, said["errors"], said["absent"]) == (1, 1, 0)
    assert told(said) == [("lost_zeros", "inbox/people.xlsx!Sheet1!A21", None)]


def test_a_formula_that_failed_is_a_problem_with_its_cell(office: World):
    """#N/A is no title, no team, no key, and nobody who is out of scope. Whose title it is keeps the old one."""
    office.mapping["where"] = "team != 'Board'"
    office.save()
    cells: list[list[object]] = [list(row.values()) for row in COMPANY]
    cells[0][3] = Formula("#N/A")
    cells[1][4] = Formula("#REF!")
    cells[2][0] = Formula("#DIV/0!")
    said = send(office, workbook([*COMPANY[0], "left", "from"], *cells))
    assert told(said) == [
        ("absence_unknown", None, None),
        ("error_cell", "inbox/people.xlsx!Sheet1!D2", "#N/A"),
        ("error_cell", "inbox/people.xlsx!Sheet1!E3", "#REF!"),
        ("error_cell", "inbox/people.xlsx!Sheet1!E3", "#REF!"),
        ("error_cell", "inbox/people.xlsx!Sheet1!A4", "#DIV/0!"),
        ("error_cell", "inbox/people.xlsx!Sheet1!A4", "#DIV/0!"),
    ]
    fields = [(one["row"], one["field"]) for one in problems(said)[1:]]
    assert fields == [(2, "title"), (3, "team"), (3, "where"), (4, "employee_id"), (4, "key")]
    assert (said["errors"], said["unchanged"], said["absent"]) == (3, 17, 0)
    assert office.pending() == [], "nobody knows who the third is: nobody is missing"


def test_a_formula_that_nobody_calculated_is_not_an_empty_cell(office: World):
    """A program wrote it, and no spreadsheet has opened it since: what it will say nobody knows."""
    cells: list[list[object]] = [list(row.values()) for row in COMPANY]
    cells[0][3] = Formula("")  # written as openpyxl does: with nothing beside it
    said = send(office, workbook([*COMPANY[0], "left", "from"], *cells))
    assert told(said) == [("error_cell", "inbox/people.xlsx!Sheet1!D2", "#not calculated")]
    assert office.pending() == []


def test_several_cells_of_one_value_are_all_named(office: World):
    """A name put together of two columns; a boss whom nobody knows."""
    office.mapping["fields"]["name"] = {"from": ["name", "title"]}
    office.use("manager")
    rows = with_cells(COMPANY, "01002", manager="77777")
    columns = (*COLUMNS, DATED)
    cells: list[list[object]] = [[row.get(column, "") for column in columns] for row in rows]
    cells[0][1] = Formula("#NAME?")
    said = send(office, workbook(columns, *cells, name="Our people"))
    places = {one["code"]: one["place"] for one in said["problems"]}
    assert places["error_cell"] == "inbox/people.xlsx!Our people!B2,D2"
    assert places["unknown_person"] == "inbox/people.xlsx!Our people!H3"


def test_each_workbook_of_a_pattern_has_its_own_cells(office: World):
    """The same column is B in one and A in the other."""
    office.settings["sources"]["hr"]["path"] = "inbox/p*.xlsx"
    office.mapping["fields"]["hire_date"] = {"from": "hired", "type": "date", "format": "%d.%m.%Y"}
    office.save()
    one, other = COMPANY[:10], COMPANY[10:]
    office.write("inbox/p1.xlsx", people_book(with_cells(one, "01001", hired="soon")))
    columns = ["hired", *(name for name in (*COLUMNS, DATED) if name != "hired")]
    rows = [[row.get(name, "") for name in columns] for row in with_cells(other, "01011", hired="later")]
    said = send(office, workbook(columns, *rows), "p2.xlsx")
    places = {one["value"]: one["place"] for one in said["problems"]}
    assert (places["soon"], places["later"]) == ("inbox/p1.xlsx!Sheet1!F2", "inbox/p2.xlsx!Sheet1!A2")


def test_a_text_beside_a_workbook_takes_nothing_from_it(office: World):
    """In the one every cell is a text; in the other a formula failed, and a day is a day."""
    office.settings["sources"]["hr"]["path"] = "inbox/p*"
    office.mapping["fields"]["hire_date"] = {"from": "hired", "type": "date", "format": "%d.%m.%Y"}
    office.save()
    (office.folder / "inbox" / "people.csv").unlink()
    office.write("inbox/p1.csv", table(with_cells(COMPANY[:10], hired="01.01.2025")))
    cells: list[list[object]] = [list(row.values()) for row in COMPANY[10:]]
    for row in cells:
        row[5] = date(2025, 1, 1)
    cells[0][3] = Formula("#N/A")
    said = send(office, workbook([*COMPANY[0], "left", "from"], *cells), "p2.xlsx")
    assert told(said) == [("error_cell", "inbox/p2.xlsx!Sheet1!D2", "#N/A")]
    assert (said["unchanged"], office.pending()) == (19, [])


def test_problems_of_a_text_and_of_a_row_as_a_whole_keep_their_places(company: World):
    said = company.run([*with_cells(COMPANY, "01001", hired="soon"), someone("01002", title="Lead")])
    assert [one["place"] for one in said["problems"]] == [
        "inbox/people.csv:2",
        "inbox/people.csv:3",
        "inbox/people.csv:22",
    ]


def test_a_quota_and_a_sale_name_their_cells_too(sheets: Sheets):
    """Whatever a sheet brings."""
    world = sheets.world
    world.settings["sources"]["sheets"]["path"] = "inbox/quotas.xlsx"
    world.save()
    rows = [[one.get(name, "") for name in QUOTA_COLUMNS] for one in sheet(3)]
    rows[1][6] = "a lot"
    world.write("inbox/quotas.xlsx", workbook(QUOTA_COLUMNS, *rows))
    assert told(sheets.run()) == [("not_a_number", "inbox/quotas.xlsx!Sheet1!G3", "a lot")]
    world.settings["sources"]["deals"] = {"kind": "file", "path": "inbox/deals.xlsx"}
    world.settings["feeds"]["deals"] = {"source": "deals", "into": "transactions", "mapping": "mappings/deals.yaml"}
    fields = "date: Day, owner: {from: Rep, by: employee_id}, amount: {from: Sum, type: money, currency: Money}"
    world.write("mappings/deals.yaml", f"key: No\nfields: {{{fields}}}\n")
    world.save()
    deals = [
        ["1", "2026-01-05", "01001", 5.25, "USD"],
        ["2", "5 Jan", "01001", 5, "USD"],
        ["3", "2026-01-05", "9", 5, "USD"],
    ]
    world.write("inbox/deals.xlsx", workbook(["No", "Day", "Rep", "Sum", "Money"], *deals))
    said = world.call("run", "deals")
    assert [(one["code"], one["place"]) for one in said["runs"][0]["problems"]] == [
        ("not_a_date", "inbox/deals.xlsx!Sheet1!B3"),
        ("owner_unknown", "inbox/deals.xlsx!Sheet1!C4"),
    ]


def test_k05_two_columns_of_one_name_are_refused_with_their_letters(office: World):
    said = send(office, workbook(["id", "name", "team", "Team"], ["01001", "x", "y", "z"]))
    assert (said.code, said["problems"][0]["code"]) == (4, "duplicate_column")
    assert "`team` 2 times (column C, column D)" in said["message"]


@pytest.mark.parametrize("blank", ["", " ", None])
def test_k07_empty_trailing_rows_of_a_sheet_are_ignored(office: World, blank: str | None):
    """200 of them, formatted, or with a space in each cell."""
    rows = [[blank] * 8 for _ in range(200)]
    said = send(office, people_book(with_cells(COMPANY, "01001", title="Lead"), *rows))
    assert (said.code, said["read"], said["errors"], said["pending"], said["absent"]) == (0, 20, 0, 1, 0)


@pytest.mark.parametrize("name", ["=1+1", "+1 555", "-Smith", "@home"])
def test_k09_a_name_like_a_formula_in_a_cell_of_text_is_a_name(office: World, name: str):
    assert send(office, people_book(with_cells(COMPANY, "01001", name=name)))["pending"] == 1
    assert office.approve().code == 0
    assert office.roster()["01001"]["name"] == name


def test_a_workbook_with_a_password_is_refused_and_loses_nothing(office: World):
    before = office.kept()
    for content in (old_books.locked_xlsx(), old_books.xls({"People": [("id",)]}, password=True)):
        said = send(office, content)
        assert (said.code, said["problems"][0]["code"]) == (4, "password")
        assert "protected by a password: save it without one" in said["message"]
    assert office.kept() == before


def test_k02_the_same_rows_as_a_workbook_and_as_a_text_change_nothing(office: World):
    """Another form is not another content."""
    assert send(office, people_book(COMPANY))["unchanged"] == 20
    assert office.pending() == []


def test_csv_of_a_sheet_reads_as_the_sheet(office: World):
    """What the spreadsheet saves as text is the same people, with #N/A as the text it is there."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*COLUMNS, DATED], restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(with_cells(COMPANY, "01001", title="#N/A"))
    office.settings["sources"]["hr"]["path"] = "inbox/people.csv"
    office.save()
    office.write("inbox/people.csv", text.getvalue())
    said = office.run()
    assert (said.code, office.one()["fields"]["title"]["after"]) == (0, "#N/A")
