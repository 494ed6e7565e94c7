"""A source changes its columns, or how it writes them: the run that finds it says so, once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from tests.scenarios.closing import PayWorld
from tests.scenarios.people import someone
from tests.scenarios.world import Document, World

SIX = [someone(f"0100{n}", seen=f"{n}00.50") for n in range(6)]


def sent(world: World, rows: Iterable[Mapping[str, str]], **more: str) -> list[Document]:
    """Let a file arrive whose rows have further cells, run it, and give what it says of its columns."""
    told = [{**row, **more} for row in rows]
    names = sorted({name for row in told for name in row})
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(told)
    world.write("inbox/people.csv", text.getvalue())
    return drifted(world.run())


def drifted(run: object) -> list[Document]:
    found: list[Document] = run["problems"]  # type: ignore[index]  # a document
    return [one for one in found if one["code"] in ("column_new", "column_lost", "type_changed")]


def full(row: Mapping[str, str]) -> dict[str, str]:
    """A row with every column that the mapping reads."""
    return {**dict.fromkeys(("id", "name", "email", "title", "team", "hired", "left", "from"), ""), **row}


PEOPLE = [full(row) for row in SIX]


def test_a_new_column_is_said_once(world: World):
    assert sent(world, PEOPLE) == []
    (told,) = sent(world, PEOPLE, grade="7")
    assert (told["severity"], told["column"]) == ("warning", "grade")
    assert told["message"] == "people has a column 'grade' that it did not have before"
    assert sent(world, PEOPLE, grade="7") == []
    assert sent(world, PEOPLE, grade="8") == []


def test_a_column_that_nothing_reads_is_gone(world: World):
    sent(world, PEOPLE, grade="7")
    (told,) = sent(world, PEOPLE)
    assert (told["code"], told["column"]) == ("column_lost", "grade")
    assert (sent(world, PEOPLE), [one["code"] for one in sent(world, PEOPLE, grade="7")]) == ([], ["column_new"])


def test_numbers_became_text_and_days_are_written_otherwise(world: World):
    world.mapping["land"] = "all"
    world.save()
    first = [{**row, "ote": "1200.50", "since": "01/31/2026"} for row in PEOPLE]
    later = [{**row, "ote": "a lot", "since": "31/01/2026"} for row in PEOPLE]
    assert sent(world, first) == []
    told = {one["column"]: one["message"] for one in sent(world, later)}
    assert told == {
        "ote": "people had numbers in column 'ote' and has text now: nothing reads it",
        "since": "people had days like MM/DD/YYYY in column 'since' and has days like DD/MM/YYYY now: nothing reads it",
    }
    assert sent(world, later) == []
    assert len(sent(world, first)) == 2


def test_a_run_that_fails_for_it_says_it_too(world: World):
    """All days of a mapped column are written otherwise: too many rows are bad, and the reason stands beside."""
    assert sent(world, PEOPLE) == []
    bad = [{**row, "hired": "31/01/2026"} for row in PEOPLE]
    (told,) = sent(world, bad)
    assert told["message"].endswith("look whether its mapping still means it")
    assert sent(world, bad) == []


def test_a_dry_run_says_it_and_keeps_nothing(world: World):
    sent(world, PEOPLE)
    world.send([{**row, "phone": "77"} for row in SIX])
    dry = world.run(dry=True)
    assert [one["column"] for one in drifted(dry)] != []
    assert drifted(dry) == drifted(world.run())


def test_facts_have_columns_too(pay: PayWorld):
    pay.begin_pay()
    pay.write("inbox/sales.csv", "id,day,rep,amount,region\n" + "X1,2026-01-05,E1,400.00,West\n")
    (run,) = pay.call("run", "sales")["runs"]
    assert [(one["code"], one["column"]) for one in drifted(run)] == [("column_new", "region")]


def test_doctor_tells_it(world: World):
    sent(world, PEOPLE)
    sent(world, PEOPLE, grade="7")
    found = [one for one in world.call("doctor")["checks"] if one["check"] == "columns of people"]
    assert [(one["state"], one["what"]) for one in found] == [("warning", "R2: column_new grade")]
