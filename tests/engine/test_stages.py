"""A typed form has one meaning: the engine computes, to the last digit, what the reference evaluation says."""

from datetime import date
from decimal import Decimal
from operator import attrgetter

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine import quantities
from engine.printer import Printer, printed
from engine.session import Session, open_session, quoted
from engine.stages import planned, run_stages
from formula.evaluate import TooLarge
from formula.expression import Column, Function, Literal, Type, call
from formula.meaning import Cell
from formula.quantity import LARGEST, count, money, rate, unscaled
from formula.relation import (
    Aggregate,
    Aggregation,
    Derive,
    Join,
    Running,
    Scan,
    Share,
    Stage,
    Union,
    Where,
    Within,
)
from formula.schema import IllFormed, columns_of_stages
from tests.engine.forms import FORM_TYPES, agree, form_inputs, forms, load, narrow_and_wide
from tests.engine.formulas import COLUMNS, WHOLES, Types, formulas, rows

F = Function
CHECKS = [
    HealthCheck.too_slow,
    HealthCheck.large_base_example,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.function_scoped_fixture,
]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with open_session(tmp_path_factory.mktemp("engine")) as opened:
        yield opened


def derived(*expressions):
    columns = (("id", Column("id")), *((f"c{number}", how) for number, how in enumerate(expressions)))
    return scan("rows", COLUMNS), Stage("made", Derive("rows", columns))


def scan(name, types):
    return Stage(name, Scan(name, tuple((one, one) for one in types)))


def row(**cells):
    return {**dict.fromkeys(COLUMNS), "id": 1, **cells}


# --- on anything ----------------------------------------------------------------------------------------


@settings(max_examples=150, suppress_health_check=CHECKS)
@given(st.lists(formulas(), min_size=1, max_size=3), rows(COLUMNS))
def test_the_engine_computes_a_formula_as_the_reference_does(session, expressions, given_rows):
    agree(session, derived(*expressions), {"rows": given_rows}, {"rows": COLUMNS}, ["rows", "made"])


@settings(max_examples=50, suppress_health_check=CHECKS)
@given(st.lists(formulas(), min_size=1, max_size=3), rows(COLUMNS, WHOLES))
def test_64_bits_and_128_give_the_same(session, expressions, given_rows):
    stages = derived(*expressions)
    assume(agree(session, stages, {"rows": given_rows}, {"rows": COLUMNS}, ["rows", "made"]))
    try:
        narrow, wide = narrow_and_wide(session, stages, {"rows": COLUMNS})
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        assume(False)  # 64 bits did not suffice: there is nothing to compare
    assert narrow == wide


@settings(max_examples=150, suppress_health_check=CHECKS)
@given(forms(), form_inputs(), st.integers(), st.booleans(), st.data())
def test_the_engine_runs_a_form_as_the_reference_does_whatever_the_order_of_rows(
    session, stages, inputs, seed, every, data
):
    names = [stage.name for stage in stages]
    some = {names[-1], *data.draw(st.lists(st.sampled_from(names), max_size=2))}
    try:
        agree(session, stages, inputs, FORM_TYPES, names if every else sorted(some), seed)
    except ValueError as error:
        assume("no order" not in str(error))  # rows that are all alike
        raise


# --- an engine that does it in its own way is caught ------------------------------------------------------

AMOUNT, COST, SHARE = Column("amount"), Column("cost"), Column("share")
TIE = call(F.ROUND_TO, call(F.TIMES, AMOUNT, SHARE), 4)


@pytest.mark.parametrize(
    ("name", "broken", "formula", "cells"),
    [
        ("half_even_of", quantities.half_up_of, TIE, row(amount=Decimal("0.0005"), share=Decimal("0.1"))),
        ("half_even_of", quantities.half_up_of, TIE, row(amount=Decimal("-0.0005"), share=Decimal("0.1"))),
        ("settled", attrgetter("sql"), call(F.LEAST, AMOUNT, COST), row(amount=Decimal(5))),
    ],
)
def test_a_printer_that_is_wrong_is_caught(session, monkeypatch, name, broken, formula, cells):
    stages = derived(formula)
    assert agree(session, stages, {"rows": [cells]}, {"rows": COLUMNS}, ["rows", "made"])
    monkeypatch.setattr(quantities, name, broken)
    planned.cache_clear()
    with pytest.raises(AssertionError):
        agree(session, stages, {"rows": [cells]}, {"rows": COLUMNS}, ["rows", "made"])


def test_a_null_that_is_told_anyhow_is_not_guarded_against():
    assert "IS NULL" in printed_of(derived(call(F.ADD, call(F.LEAST, AMOUNT, COST), COST)))
    assert "IS NULL" not in printed_of(derived(call(F.ADD, call(F.LEAST, AMOUNT, COST), AMOUNT, COST)))


def printed_of(stages, types=None, *, wide=False, prefix=""):
    types = types or {"rows": COLUMNS}
    printer = Printer({name: prefix + name for name in types}, columns_of_stages(stages, types), wide=wide)
    return printed(printer.select(stages))


# --- 64 bits ----------------------------------------------------------------------------------------------


def test_what_needs_more_than_64_bits_between_two_roundings_is_computed_all_the_same(session):
    fx = call(F.ROUND_TO, call(F.TIMES, AMOUNT, Column("fx")), 4)
    cells = row(amount=Decimal("123456789.1235"), fx=Decimal("1.1000000001"))
    assert agree(session, derived(fx), {"rows": [cells]}, {"rows": COLUMNS}, ["made"])
    assert session.rows('SELECT c0 FROM "kept:made"') == [(1358024680482,)]


@pytest.mark.parametrize("wide", [False, True])
def test_only_128_bits_are_cast_for(wide):
    printed_form = printed_of(derived(TIE, call(F.LEAST, AMOUNT, COST)), wide=wide)
    assert ("INT128" in printed_form) is wide


def test_a_column_that_does_not_fit_is_named(session):
    double = Stage("double", Derive("made", (("twice", call(F.ADD, Column("c0"), Column("c0"))),)))
    stages = (*derived(call(F.SUBTRACT, AMOUNT, COST)), double)
    for cost, where in ((1, "'twice' of 'double'"), (-1, "'c0' of 'made'")):
        load(session, "in:rows", [row(amount=unscaled(LARGEST, 4), cost=Decimal(cost))], COLUMNS)
        with pytest.raises(TooLarge, match=where):
            run_stages(session, stages, {"rows": "in:rows"}, {"rows": COLUMNS}, {"double": "d"})


def test_sums_do_not_wrap(session):
    types: dict[str, Types] = {"rows": {"id": Type.WHOLE, "amount": money("USD", 0)}}
    largest: list[dict[str, Cell]] = [{"id": number, "amount": Decimal(LARGEST)} for number in range(2)]
    running = Stage("sums", Running("rows", (), ("id",), (("sum", "amount"),)))
    total = Stage("sums", Aggregate("rows", (), (("sum", Aggregation.SUM, "amount"),)))
    for stage in (running, total):
        assert not agree(session, (scan("rows", types["rows"]), stage), {"rows": largest}, types, ["rows", "sums"])
    signs = (LARGEST, -LARGEST, LARGEST)
    back: list[dict[str, Cell]] = [{"id": number, "amount": Decimal(sign)} for number, sign in enumerate(signs)]
    assert agree(session, (scan("rows", types["rows"]), running), {"rows": back}, types, ["rows", "sums"])


# --- relations --------------------------------------------------------------------------------------------

DEALS: Types = {"id": Type.WHOLE, "who": Type.WHOLE, "day": Type.DAY, "amount": money("USD", 2), "share": rate(2)}
TERMS: Types = {"who": Type.WHOLE, "start": Type.DAY, "end": Type.DAY, "bound": money("USD", 2)}
TYPES = {"deals": DEALS, "terms": TERMS}
SCANS = (scan("deals", DEALS), scan("terms", TERMS))
JOINED = Stage(
    "joined", Join("deals", "terms", (("who", "who"),), (("bound", "bound"),), Within("day", "start", "end"))
)


def deal(number, amount, *, who=1, day=date(2026, 1, 5), share=None):
    return {"id": number, "who": who, "day": day, "amount": Decimal(amount), "share": share and Decimal(share)}


def term(start, end, bound, who=1):
    return {"who": who, "start": start, "end": end, "bound": Decimal(bound)}


def kept(session, stages, inputs, stage):
    assert agree(session, stages, inputs, TYPES, [stage])
    return session.rows(f"FROM {quoted(f'kept:{stage}')} ORDER BY ALL")


def test_a_period_ends_the_day_before_its_end(session):
    terms = [term(date(2026, 1, 1), date(2026, 1, 5), 1), term(date(2026, 1, 5), date(9999, 12, 31), 2)]
    found = kept(session, (*SCANS, JOINED), {"deals": [deal(1, 10)], "terms": terms}, "joined")
    assert [line[-1] for line in found] == [200]


def test_a_row_that_agrees_with_none_stays_where_it_is_kept(session):
    keeps = Stage("kept", Join("deals", "terms", (("who", "who"),), (("bound", "bound"),), keeps=True))
    found = kept(session, (*SCANS, keeps), {"deals": [deal(1, 10), deal(2, 10, who=None)], "terms": []}, "kept")
    assert [line[-1] for line in found] == [None, None]


def test_parts_of_a_return_are_those_of_the_sale_taken_back(session):
    parts = Stage("parts", Share("deals", ("who",), ("id",), "amount", "share", "part"))
    thirds = ["0.33", "0.33", "0.34"]
    sale = [deal(number, "100.01", share=share) for number, share in enumerate(thirds)]
    back = [deal(number + 3, "-100.01", who=2, share=share) for number, share in enumerate(thirds)]
    found = kept(session, (*SCANS, parts), {"deals": [*sale, *back], "terms": []}, "parts")
    sold, returned = [line[-1] for line in found[:3]], [line[-1] for line in found[3:]]
    assert sum(sold) == 10001
    assert returned == [-part for part in sold]


def test_a_union_has_the_digits_of_the_one_that_has_most_and_a_null_is_of_any_type(session):
    cents = Stage("cents", Derive("deals", (("id", Column("id")), ("x", Column("amount")), ("d", Literal(None)))))
    finer = call(F.TIMES, Column("amount"), Column("share"))
    fine = Stage("fine", Derive("deals", (("id", Column("id")), ("x", finer), ("d", Column("day")))))
    stages = (*SCANS, cents, fine, Stage("both", Union(("cents", "fine"))))
    found = kept(session, stages, {"deals": [deal(1, 10, share="0.5")], "terms": []}, "both")
    assert found == [(1, 50000, date(2026, 1, 5)), (1, 100000, None)]


def test_a_group_of_no_rows_is_none(session):
    total = Stage("total", Aggregate("deals", (), (("n", Aggregation.COUNT, "id"),)))
    assert kept(session, (*SCANS, total), {"deals": [], "terms": []}, "total") == []


# --- how it is run ------------------------------------------------------------------------------------------


def made(session, stages, keep):
    """The tables that are made on the way, in order."""
    agree(session, stages, {"deals": [], "terms": []}, TYPES, [])
    names = []

    run = Session.run

    def listening(each, statement, parameters=()):
        if statement.startswith("CREATE"):
            names.append(statement.split('"')[1])
        run(each, statement, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "run", listening)
        run_stages(session, stages, {name: f"in:{name}" for name in TYPES}, TYPES, {one: one for one in keep})
    return names


def test_what_is_read_once_is_part_of_the_query_above_it(session):
    total = Stage("total", Aggregate("joined", ("who",), (("sum", Aggregation.SUM, "bound"),)))
    assert made(session, (*SCANS, JOINED, total), ["total"]) == ["total"]


def test_what_only_chooses_rows_of_an_input_is_done_again(session):
    some = Stage("some", Where("deals", call(F.EMPTY, Column("amount"))))
    again = Stage("again", Union(("some", "some", "deals")))
    assert made(session, (*SCANS, some, again), ["again"]) == ["again"]


def test_what_is_read_twice_is_a_table_until_the_end(session):
    again = Stage("again", Union(("joined", "joined")))
    assert made(session, (*SCANS, JOINED, again), ["again"]) == ["stage:joined", "again"]
    assert ("stage:joined",) not in session.rows("SHOW TABLES")


def test_a_join_by_period_below_another_join_is_a_table(session):
    more = Stage("more", Scan("terms", (("who", "who"), ("bound", "bound"))))
    above = Stage("above", Join("joined", "more", (("who", "who"),), (("more", "bound"),)))
    assert made(session, (*SCANS, JOINED, more, above), ["above"]) == ["stage:joined", "above"]
    summed = Stage("summed", Aggregate("joined", ("who",), (("sum", Aggregation.SUM, "bound"),)))
    above = Stage("above", Join("summed", "more", (("who", "who"),), (("more", "bound"),)))
    assert made(session, (*SCANS, JOINED, more, summed, above), ["above"]) == ["above"]


def test_where_joins_are_made_as_written_none_needs_a_table(tmp_path):
    more = Stage("more", Scan("terms", (("who", "who"), ("bound", "bound"))))
    above = Stage("above", Join("joined", "more", (("who", "who"),), (("more", "bound"),)))
    with open_session(tmp_path, joins_as_written=True) as session:
        assert made(session, (*SCANS, JOINED, more, above), ["above"]) == ["above"]


def test_periods_are_joined_by_what_is_equal_and_never_as_of(session):
    agree(session, (*SCANS, JOINED), {"deals": [], "terms": []}, TYPES, [])
    query = printed_of((*SCANS, JOINED), TYPES, prefix="in:")
    ((_, plan),) = session.rows(f"EXPLAIN {query}")
    assert "Hash Join" in str(plan)
    assert "ASOF" not in query.upper()


def test_what_nobody_needs_is_not_computed(session):
    wasteful = Stage(
        "wasteful",
        Derive("deals", (("id", Column("id")), ("large", call(F.TIMES, *[Column("amount")] + [Column("share")] * 3)))),
    )
    lean = Stage("lean", Where("wasteful", call(F.EQUAL, Column("id"), Literal(1))))
    total = Stage("total", Aggregate("lean", (), (("n", Aggregation.COUNT, "id"),)))
    huge = [deal(1, "90000000000000000", share="90000000000000000")]
    agree(session, SCANS, {"deals": huge, "terms": []}, TYPES, [])
    run_stages(
        session, (*SCANS, wasteful, lean, total), {"deals": "in:deals", "terms": "in:terms"}, TYPES, {"total": "t"}
    )
    assert session.rows("SELECT n FROM t") == [(1,)]


def test_a_form_that_does_not_fit_together_is_our_own_mistake(session):
    missing = Stage("missing", Derive("deals", (("x", Column("nope")),)))
    with pytest.raises(IllFormed, match="there is no column 'nope'"):
        made(session, (*SCANS, missing), ["missing"])


def test_a_count_written_beside_a_rate_is_one(session):
    above = call(F.AT_MOST, Column("share"), Literal(Decimal("0.5"), quantity=count(1)))
    half = Stage("half", Where("deals", above))
    found = kept(
        session, (*SCANS, half), {"deals": [deal(1, 1, share="0.5"), deal(2, 1, share="0.51")], "terms": []}, "half"
    )
    assert [line[0] for line in found] == [1]
