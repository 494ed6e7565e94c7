"""`check --online`: what the sources have, before anything is read from them for good."""

from __future__ import annotations

import pytest

from syncd.cli import main
from tests.scenarios.people import COMPANY, someone, with_cells
from tests.scenarios.world import Document, World


def look(world: World, *, code: int = 0) -> Document:
    """What the only feed's source has."""
    said = world.call("check", "--online")
    assert said.code == code, said.document
    (one,) = said["online"]
    return dict(one)


def column(found: Document, name: str) -> Document:
    """What is said of a column."""
    return next(one for one in found["columns"] if one["column"] == name)


def test_a_source_is_profiled_and_nothing_is_kept(world: World):
    before = world.kept()
    world.send(with_cells(COMPANY, "01001", "01002", title=""))
    found = look(world)
    assert (found["rows"], found["unreadable"], found["repeated_keys"], found["unusable"]) == (20, 0, 0, [])
    assert column(found, "title") == {
        "column": "title",
        "filled": 18,
        "empty": "10%",
        "distinct": 1,
        "shapes": [{"shape": "Aa", "rows": 18}],
        "codes": [],
    }
    assert column(found, "id")["shapes"] == [{"shape": "99999", "rows": 20}]
    assert column(found, "hired")["shapes"] == [{"shape": "9999-99-99", "rows": 20}]
    assert world.kept() == before
    assert not list((world.folder / "var" / "landing").rglob("*.parquet"))


def test_shapes_show_how_values_are_written_and_none_of_them(world: World):
    world.send([someone("01001", hired="03/31/2026"), someone("01002"), someone("1003", name="J\u00fcrgen O'Neil 3rd")])
    found = look(world, code=1)
    assert column(found, "hired")["shapes"] == [{"shape": "9999-99-99", "rows": 2}, {"shape": "99/99/9999", "rows": 1}]
    assert [one["shape"] for one in column(found, "id")["shapes"]] == ["99999", "9999"]
    assert "J\u00fcrgen" not in str(found)


def test_codes_are_told_as_they_are(world: World):
    world.send([someone(key, team=code) for key, code in (("01001", "EUR"), ("01002", "DKK"), ("01003", "EUR"))])
    assert column(look(world), "team")["codes"] == ["DKK", "EUR"]
    world.send([someone("01001", team="EUR"), someone("01002", team="kr")])
    assert column(look(world), "team")["codes"] == []


def test_every_field_that_cannot_be_read_is_named_with_the_first_place(world: World):
    world.send([someone("01001", hired="soon"), someone("01002", hired="later"), someone("01003")])
    (bad,) = look(world, code=1)["unusable"]
    assert (bad["field"], bad["code"], bad["rows"], bad["place"]) == (
        "hire_date",
        "not_a_date",
        2,
        "inbox/people.csv:2",
    )
    assert "'soon' is not a date" in bad["message"]


def test_a_column_that_the_mapping_reads_and_the_source_has_not(world: World):
    """A run would fail: exit code 4. The columns are told all the same."""
    world.mapping["fields"]["payroll_id"] = "Payroll"
    world.save()
    world.send(COMPANY)
    found = look(world, code=4)
    assert (found["missing_columns"], found["outcome"]) == (["Payroll"], "read")
    assert column(found, "id")["filled"] == 20


def test_a_column_that_nothing_reads(world: World):
    del world.mapping["fields"]["title"]
    world.save()
    world.send(COMPANY)
    assert "title" in look(world)["unused_columns"]
    assert "id" not in look(world)["unused_columns"]


def test_what_the_mapping_never_takes_is_not_looked_at(world: World):
    world.mapping["never"] = ["phone"]
    world.save()
    world.send([someone("01001", phone="555-1234")])
    assert all(one["column"] != "phone" for one in look(world)["columns"])


def test_keys_that_several_rows_have(world: World):
    world.send([*COMPANY, COMPANY[0], {**COMPANY[1], "title": "Lead"}])
    assert look(world)["repeated_keys"] == 2


def test_people_whom_nobody_knows_and_who_are_not_in_the_file_either(world: World):
    world.use("manager")
    world.send([someone("01001"), someone("01002", manager="01001"), someone("01003", manager="09999")])
    assert look(world)["people"] == [{"field": "manager", "named": 2, "unknown": 1}]


@pytest.mark.parametrize("content", [None, b"", b'id,name\n"01001'])
def test_a_source_that_cannot_be_read_says_why(world: World, content: bytes | None):
    if content is not None:
        world.write("inbox/people.csv", content)
    found = look(world, code=4)
    assert found["outcome"] == "could_not_be_read"
    assert "people.csv" in found["message"]


def test_files_that_a_run_would_take_away_stay(world: World):
    world.settings["sources"]["hr"]["archive"] = "done"
    world.save()
    world.send(COMPANY)
    look(world)
    assert (world.folder / "inbox" / "people.csv").exists()


def test_it_is_shown_to_a_person(world: World, capsys: pytest.CaptureFixture[str]):
    world.mapping["never"] = ["phone"]
    world.save()
    world.send([someone("01001", hired="soon"), someone("01001"), someone("01002")])
    assert main(["--workspace", str(world.folder), "--today", str(world.today), "check", "--online"]) == 1
    shown = capsys.readouterr().out
    assert "people from hr: 3 rows" in shown
    assert "Keys that several rows have: 1" in shown
    assert "'soon' is not a date" in shown
    assert "9999-99-99 (66%)" in shown
    world.mapping["fields"]["payroll_id"] = "Payroll"
    world.save()
    assert main(["--workspace", str(world.folder), "--today", str(world.today), "check", "--online"]) == 4
    assert "NO COLUMN 'Payroll'" in capsys.readouterr().out
