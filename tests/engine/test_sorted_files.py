"""What is large is written sorted, and summed up as it comes: the rows are those of a table, in their order."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine import sorted_files
from engine.passing import NTH
from engine.pay_inputs import load_rows
from engine.session import PARQUET, Row, Session, open_session, read_files
from engine.sorted_files import SortedFiles, is_in_order
from engine.stages import run_stages
from formula.evaluate import TooLarge
from formula.expression import Column, ColumnType, Expression, Function, Type, call
from formula.quantity import LARGEST, money, unscaled
from formula.relation import Aggregate, Aggregation, Derive, Join, Running, Scan, Stage

TYPES: dict[str, dict[str, ColumnType]] = {
    "sold": {"tally": Type.WHOLE, "nth": Type.WHOLE, "amount": money("USD", 4)},
    "terms": {"of": Type.WHOLE},
}
INPUTS = {"sold": "sold", "terms": "terms"}
SOLD = Stage("credits", Scan("sold", (("tally", "tally"), ("nth", "nth"), ("amount", "amount"))))
UP_TO = Stage("up_to", Running("credits", ("tally",), ("nth",), (("after", "amount"),)))
BEFORE = call(Function.SUBTRACT, Column("after"), Column("amount"))
COLUMNS = ("tally", "nth", "amount", "after")
SHOWN: tuple[tuple[str, Expression], ...] = (*((name, Column(name)) for name in COLUMNS), ("before", BEFORE))
LINES = Stage("lines", Derive("up_to", SHOWN))
TOTAL = Stage("total", Aggregate("lines", ("tally",), (("sum", Aggregation.SUM, "amount"),)))
FORM = (SOLD, UP_TO, LINES, TOTAL)
#: With something joined to the lines before they are written.
TERMS = Stage("terms", Scan("terms", (("of", "of"),)))
PLACED = Stage("placed", Join("up_to", "terms", (("tally", "of"),), ()))
JOINED = (SOLD, UP_TO, TERMS, PLACED, Stage("lines", Derive("placed", SHOWN)), TOTAL)


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def rows(*tallies: int) -> list[dict[str, object]]:
    return [{"tally": tally, "nth": nth, "amount": unscaled(nth * 10_000, 4)} for nth, tally in enumerate(tallies, 1)]


def written(session: Session, given: list[dict[str, object]]) -> Path:
    """Write the lines into one file."""
    (file,) = parts(session, given)
    return file


def parts(
    session: Session, given: list[dict[str, object]], form: Sequence[Stage] = FORM, terms: Sequence[int] = ()
) -> Sequence[Path]:
    """Write the lines; `before` as whole dollars."""
    load_rows(session, "terms", TYPES["terms"], [{"of": tally} for tally in terms])
    load_rows(session, "sold", TYPES["sold"], given)  # type: ignore[arg-type]  # as the columns are
    file = SortedFiles(
        path=session.folder / "lines.parquet",
        written={**{name: name for name in COLUMNS}, "dollars": "before // 10000"},
        read={**{name: name for name in COLUMNS}, "before": "dollars * 10000"},
        order=("tally", "nth"),
        whose={"credits": "tally"},
    )
    names = {"lines": "lines", "total": "total"}
    return run_stages(session, form, INPUTS, TYPES, names, {"lines": file})["lines"]


def test_many_are_written_in_several_files_each_with_the_rows_of_some(session, monkeypatch):
    monkeypatch.setattr(sorted_files, "_FEW", 10)
    monkeypatch.setattr(sorted_files, "_ROWS", 40)
    given = rows(*(nth * 7919 % 31 for nth in range(200)))
    found = [session.rows(f"SELECT tally, nth FROM {read_files([one])}") for one in parts(session, given)]  # noqa: S608
    assert len(found) == 6
    together = [row for one in found for row in one]
    assert together == sorted(together)
    assert all(len(one) >= 24 for one in found)
    assert not any({tally for tally, _ in one} & {tally for tally, _ in other} for one, other in pairwise(found))
    assert as_written(session) == as_a_table(session)


def test_of_very_many_the_files_become_larger_and_not_more(session, monkeypatch):
    for name, value in {"_FEW": 10, "_ROWS": 10, "_MANY": 4, "_MOST": 30}.items():
        monkeypatch.setattr(sorted_files, name, value)
    sizes = [len(parts(session, rows(*(nth % 31 for nth in range(many))))) for many in (20, 40, 100, 240)]
    assert sizes == [2, 4, 4, 8], "of 10 at first, then four of 25, then of 30 as each would be too large"
    assert as_written(session) == as_a_table(session)


def test_somebody_with_more_rows_than_a_file_should_have_stands_in_one(session, monkeypatch):
    monkeypatch.setattr(sorted_files, "_FEW", 10)
    monkeypatch.setattr(sorted_files, "_ROWS", 40)
    files = parts(session, rows(*[1] * 100, 2, 3))
    found = [session.rows(f"SELECT DISTINCT tally FROM {read_files([one])} ORDER BY 1") for one in files]  # noqa: S608
    assert found == [[(1,)], [(2,), (3,)]]
    assert as_written(session) == as_a_table(session)


def ran(monkeypatch) -> list[str]:
    """Note every statement from now on."""
    statements: list[str] = []
    run = Session.run

    def noted(each: Session, statement: str, *more: Any) -> None:
        statements.append(statement)
        run(each, statement, *more)

    monkeypatch.setattr(Session, "run", noted)
    return statements


def as_a_table(session: Session, form: Sequence[Stage] = FORM) -> tuple[list[Row], list[Row]]:
    """Make the same without a file."""
    run_stages(session, form, INPUTS, TYPES, {"lines": "lines again", "total": "total again"})
    lines = session.rows('SELECT tally, nth, amount, after, before FROM "lines again" ORDER BY ALL')
    return lines, session.rows('SELECT tally, sum FROM "total again" ORDER BY ALL')


def as_written(session: Session) -> tuple[list[Row], list[Row]]:
    lines = session.rows("SELECT tally, nth, amount, after, before FROM lines ORDER BY ALL")
    return lines, session.rows("SELECT tally, sum FROM total ORDER BY ALL")


def test_a_file_is_sorted_and_its_lines_are_the_same_as_without_it(session, monkeypatch):
    statements = ran(monkeypatch)
    file = written(session, rows(5, 1, 2, 2, 3, 1, 2, 4, 3))
    found = session.rows(f"SELECT tally, nth FROM {read_files([file])}")  # noqa: S608 - a path of ours
    assert len(found) == 9
    assert found == sorted(found)
    assert as_written(session) == as_a_table(session)
    (copied,) = (one for one in statements if one.startswith("COPY"))
    assert "PARTITION BY" not in copied


def test_many_lines_are_summed_up_in_their_order_too(session, monkeypatch):
    given = [*rows(*(nth * 7919 % 1_001 for nth in range(50_000)))]
    statements = ran(monkeypatch)
    file = written(session, given)
    found = session.rows(f"SELECT tally, nth FROM {read_files([file])}")  # noqa: S608 - a path of ours
    assert found == sorted(found)
    assert as_written(session) == as_a_table(session)
    assert sum(one.startswith("COPY") for one in statements) == 1


def test_rows_that_do_not_follow_one_another_are_summed_up_by_windows(session, monkeypatch):
    """Two rows that nothing tells apart: which of them is the first is not for the engine to say in passing."""
    given = [
        {**one, "nth": min(int(str(one["nth"])), 5), "amount": unscaled(10_000, 4)} for one in rows(1, 1, 1, 1, 1, 1)
    ]
    statements = ran(monkeypatch)
    written(session, given)
    assert [after for *_, after, _ in as_written(session)[0]] == [10_000 * nth for nth in (1, 2, 3, 4, 5, 6)]
    assert [("PARTITION BY" in one) for one in statements if one.startswith("COPY")] == [False, True]


def test_what_is_joined_to_sorted_rows_leaves_them_in_their_order(session, monkeypatch):
    statements = ran(monkeypatch)
    (file,) = parts(session, rows(2, 1, 2, 3, 1), JOINED, [3, 1, 2])
    found = session.rows(f"SELECT tally, nth FROM {read_files([file])}")  # noqa: S608 - a path of ours
    assert found == [(1, 2), (1, 5), (2, 1), (2, 3), (3, 4)]
    assert as_written(session) == as_a_table(session, JOINED)
    assert [("PARTITION BY" in one) for one in statements if one.startswith("COPY")] == [False]


@pytest.mark.parametrize("terms", [[1, 3], [1, 2, 3, 3], [2, 1, 1, 2, 3]])
def test_rows_that_a_join_leaves_out_or_repeats_are_written_after_all_is_there(session, monkeypatch, terms: list[int]):
    """They were summed up before; their numbers show that some are missing, or stand twice."""
    statements = ran(monkeypatch)
    (file,) = parts(session, rows(2, 1, 2, 3, 1), JOINED, terms)
    found = session.rows(f"SELECT tally, nth FROM {read_files([file])}")  # noqa: S608 - a path of ours
    assert found == sorted(found)
    assert as_written(session) == as_a_table(session, JOINED)
    assert [("PARTITION BY" in one) for one in statements if one.startswith("COPY")] == [False, True]


def test_rows_that_are_written_in_another_order_are_noticed(session):
    for numbers, follow in (("1, 2, 3", True), ("", True), ("1, 3, 2", False), ("1, 3", False), ("1, NULL", False)):
        path = session.folder / "numbered.parquet"
        session.run(f"""COPY (SELECT unnest([{numbers}]::BIGINT[]) AS "{NTH}") TO '{path}' ({PARQUET})""")
        assert is_in_order(session, path) is follow


def test_what_is_null_is_left_out_of_a_sum_in_a_file_too(session, monkeypatch):
    given = rows(1, 1, 2, 2, 2)
    given[0]["amount"] = given[3]["amount"] = None
    statements = ran(monkeypatch)
    written(session, given)
    assert as_written(session) == as_a_table(session)
    assert [after for *_, after, _ in as_written(session)[0]] == [None, 20_000, 30_000, 30_000, 80_000]
    assert [("PARTITION BY" in one) for one in statements if one.startswith("COPY")] == [False, True]


def test_of_no_rows_there_is_a_file_too(session):
    file = written(session, [])
    assert session.rows(f"SELECT * FROM {read_files([file])}") == []  # noqa: S608 - a path of ours
    assert session.rows("SELECT * FROM total") == []


def test_a_sum_that_does_not_fit_is_noticed(session):
    too_large = {"tally": 9, "amount": unscaled(LARGEST, 4)}
    given = [*rows(1, 2, 3), {**too_large, "nth": 8}, {**too_large, "nth": 9}]
    with pytest.raises(TooLarge, match="'after' of 'up_to'"):
        written(session, given)


def test_the_groups_of_a_file_may_together_be_more_than_one_sum_can_hold(session):
    written(session, [{"tally": tally, "nth": 1, "amount": unscaled(LARGEST, 4)} for tally in (1, 2, 3)])
    assert [after for *_, after, _ in as_written(session)[0]] == [LARGEST] * 3
