"""What is large is written sorted, part by part; whatever the parts, the rows are the same."""

from pathlib import Path

import pytest

from engine import stages as staging
from engine.pay_inputs import load_rows
from engine.session import Session, open_session, read_files
from engine.stages import SortedFile, run_stages
from formula.evaluate import TooLarge
from formula.expression import Column, ColumnType, Function, Type, call
from formula.quantity import LARGEST, money, unscaled
from formula.relation import Aggregate, Aggregation, Derive, Running, Scan, Stage

TYPES: dict[str, dict[str, ColumnType]] = {"sold": {"tally": Type.WHOLE, "nth": Type.WHOLE, "amount": money("USD", 4)}}
SOLD = Stage("credits", Scan("sold", (("tally", "tally"), ("nth", "nth"), ("amount", "amount"))))
UP_TO = Stage("up_to", Running("credits", ("tally",), ("nth",), (("after", "amount"),)))
BEFORE = call(Function.SUBTRACT, Column("after"), Column("amount"))
COLUMNS = ("tally", "nth", "amount", "after")
LINES = Stage("lines", Derive("up_to", (*((name, Column(name)) for name in COLUMNS), ("before", BEFORE))))
TOTAL = Stage("total", Aggregate("lines", ("tally",), (("sum", Aggregation.SUM, "amount"),)))
FORM = (SOLD, UP_TO, LINES, TOTAL)


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def rows(*tallies: int) -> list[dict[str, object]]:
    return [{"tally": tally, "nth": nth, "amount": unscaled(nth * 10_000, 4)} for nth, tally in enumerate(tallies, 1)]


def written(session: Session, given: list[dict[str, object]], at_once: int, monkeypatch) -> list[Path]:
    """Write the lines so many rows at a time; `before` as whole dollars."""
    monkeypatch.setattr(staging, "PART_ROWS", at_once)
    load_rows(session, "sold", TYPES["sold"], given)  # type: ignore[arg-type]  # as the columns are
    file = SortedFile(
        path=lambda nth: session.folder / f"lines-{nth}.parquet",
        written={**{name: name for name in COLUMNS}, "dollars": "before // 10000"},
        read={**{name: name for name in COLUMNS}, "before": "dollars * 10000"},
        cut="credits",
        cut_by="tally",
        order=("tally", "nth"),
    )
    names = {"lines": "lines", "total": "total"}
    return run_stages(session, FORM, {"sold": "sold"}, TYPES, names, {"lines": file})["lines"]


@pytest.mark.parametrize(("at_once", "parts"), [(100, [9]), (3, [2, 3, 4]), (1, [2, 3, 2, 1, 1])])
def test_parts_are_ranges_that_follow_one_another_each_of_them_sorted(session, monkeypatch, at_once, parts):
    files = written(session, rows(5, 1, 2, 2, 3, 1, 2, 4, 3), at_once, monkeypatch)
    found = [session.rows(f"SELECT tally, nth FROM {read_files([path])}") for path in files]  # noqa: S608
    assert [len(part) for part in found] == parts
    assert [row for part in found for row in part] == sorted(row for part in found for row in part)


@pytest.mark.parametrize("at_once", [100, 3, 1])
def test_however_they_are_cut_the_lines_are_the_same_and_so_is_what_is_made_of_them(session, monkeypatch, at_once):
    given = rows(5, 1, 2, 2, 3, 1, 2, 4, 3)
    written(session, given, at_once, monkeypatch)
    lines = session.rows("SELECT tally, nth, amount, after, before FROM lines ORDER BY ALL")
    totals = session.rows("SELECT tally, sum FROM total ORDER BY ALL")
    names = {"lines": "lines again", "total": "total again"}
    run_stages(session, FORM, {"sold": "sold"}, TYPES, names)
    assert session.rows('SELECT tally, nth, amount, after, before FROM "lines again" ORDER BY ALL') == lines
    assert session.rows('SELECT tally, sum FROM "total again" ORDER BY ALL') == totals
    assert len(lines) == len(given)


def test_of_no_rows_there_is_a_file_too(session, monkeypatch):
    (file,) = written(session, [], 10, monkeypatch)
    assert session.rows(f"SELECT * FROM {read_files([file])}") == []  # noqa: S608
    assert session.rows("SELECT * FROM total") == []


def test_what_does_not_fit_is_noticed_in_whichever_part_it_is(session, monkeypatch):
    too_large = {"tally": 9, "amount": unscaled(LARGEST, 4)}
    given = [*rows(1, 2, 3), {**too_large, "nth": 8}, {**too_large, "nth": 9}]
    with pytest.raises(TooLarge, match="'after' of 'up_to'"):
        written(session, given, 2, monkeypatch)
