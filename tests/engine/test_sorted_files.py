"""What is large is written sorted, and summed up as it comes: the rows are those of a table, in their order."""

from pathlib import Path
from typing import Any

import pytest

from engine.pay_inputs import load_rows
from engine.session import Row, Session, open_session, read_files
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


def written(session: Session, given: list[dict[str, object]]) -> Path:
    """Write the lines; `before` as whole dollars."""
    load_rows(session, "sold", TYPES["sold"], given)  # type: ignore[arg-type]  # as the columns are
    file = SortedFile(
        path=session.folder / "lines.parquet",
        written={**{name: name for name in COLUMNS}, "dollars": "before // 10000"},
        read={**{name: name for name in COLUMNS}, "before": "dollars * 10000"},
        order=("tally", "nth"),
    )
    names = {"lines": "lines", "total": "total"}
    run_stages(session, FORM, {"sold": "sold"}, TYPES, names, {"lines": file})
    return file.path


def ran(monkeypatch) -> list[str]:
    """Note every statement from now on."""
    statements: list[str] = []
    run = Session.run

    def noted(each: Session, statement: str, *more: Any) -> None:
        statements.append(statement)
        run(each, statement, *more)

    monkeypatch.setattr(Session, "run", noted)
    return statements


def as_a_table(session: Session) -> tuple[list[Row], list[Row]]:
    """Make the same without a file."""
    run_stages(session, FORM, {"sold": "sold"}, TYPES, {"lines": "lines again", "total": "total again"})
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
