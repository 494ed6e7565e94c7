"""The language of plans: what it means, which units mix, and what it says of everything else."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formula.check import check, type_of
from formula.expression import Call, Column, ColumnType, Function, Literal, Type, call
from formula.formulas import parse_formula
from formula.meaning import Cell, value_of, values_of
from formula.quantity import DEAL_CURRENCY, Quantity, Unit, count, money, rate
from formula.written import written
from tests.engine.formulas import COLUMNS as ANY_COLUMNS
from tests.engine.formulas import formulas, rows

COLUMNS: dict[str, ColumnType] = {
    "amount": money(DEAL_CURRENCY, 4),
    "cost": money(DEAL_CURRENCY, 4),
    "credit": money("USD", 4),
    "bonus": money("EUR", 2),
    "fx": rate(10),
    "share": rate(6),
    "pieces": count(0),
    "score": Quantity(Unit.POINTS, 1),
    "kind": Type.TEXT,
    "date": Type.DAY,
    "due": Type.DAY,
    "Paid on": Type.DAY,
}
ROW: dict[str, Cell] = {
    "amount": Decimal("100.0000"),
    "cost": Decimal("60.5000"),
    "credit": Decimal("1234.5678"),
    "bonus": Decimal("10.00"),
    "fx": Decimal("1.1"),
    "share": Decimal("0.5"),
    "pieces": Decimal(3),
    "score": Decimal("80.5"),
    "kind": "deal",
    "date": date(2026, 1, 31),
    "due": date(2026, 3, 1),
    "Paid on": None,
}
MONEY = "; write money(1000, 'USD') for an amount"
UNMIXED = ", and the two do not mix"
QUOTES = "; write quotes around the number to compare it as text"
PARTS = "+ - *, compare, and, or, not, in, a if b else c, min, max, round, ratio, money, date, days, column"


def value(text):
    expression, mistakes = parse_formula(text, COLUMNS)
    assert mistakes == ()
    return value_of(expression, ROW)


def kind_of(text):
    expression, mistakes = parse_formula(text, COLUMNS)
    assert mistakes == ()
    return type_of(expression, COLUMNS)


def complaints(text, wanted=None):
    return [(one.offset, one.message) for one in parse_formula(text, COLUMNS, wanted)[1]]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("amount - cost", Decimal("39.5")),
        ("amount - cost if kind == 'deal' else 0", Decimal("39.5")),
        ("round(credit * 0.0525, 2)", Decimal("64.81")),
        ("round(0.125, 2)", Decimal("0.12")),
        ("-round(-0.125 - 0.01, 2)", Decimal("0.14")),
        ("min(credit, money(1_000, 'USD')) * share", Decimal(500)),
        ("max(credit, 0, money(-5, 'USD'))", Decimal("1234.5678")),
        ("ratio(amount, cost, 4)", Decimal("1.6529")),
        ("ratio(amount, cost - cost, 4)", None),
        ("ratio(pieces, fx, 2)", Decimal("2.73")),
        ("days(date, due)", Decimal(29)),
        ("days(date, column('Paid on')) > 3", False),
        ("column('Paid on') == ''", True),
        ("date('2026-01-01') <= date < date('2026-02-01')", True),
        ("kind in ['deal', 'return'] and pieces not in [1, 2]", True),
        ("share == 0.5 and score >= 80", True),
        ("not (kind == 'deal' or amount > 0)", False),
        ("1 - share", Decimal("0.5")),
        ("pieces * pieces + 1", Decimal(10)),
    ],
)
def test_a_formula_means_what_it_says(text, says):
    assert value(text) == says


@given(formulas(), rows(ANY_COLUMNS))
def test_of_many_rows_a_formula_is_what_it_is_of_each(how, found):
    assert list(map(repr, values_of(how, found))) == [repr(value_of(how, row)) for row in found]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("credit + 0", money("USD", 4)),
        ("credit * share", money("USD", 10)),
        ("credit * 0.050", money("USD", 6)),
        ("pieces * share", count(6)),
        ("2 * share", rate(6)),
        ("pieces * 2", count(0)),
        ("score * share", Quantity(Unit.POINTS, 7)),
        ("credit * pieces", money("USD", 4)),
        ("min(credit, money(1, 'USD'))", money("USD", 4)),
        ("0 if kind == 'x' else credit", money("USD", 4)),
        ("round(credit * share, 2)", money("USD", 2)),
        ("round(credit, 9)", money("USD", 4)),
        ("ratio(credit, money(5, 'USD'), 3)", rate(3)),
        ("days(date, due)", count(0)),
        ("max(date, due)", Type.DAY),
        ("0 + 0", count(0)),
        ("share + 1.25", rate(6)),
        ("score + 1", Quantity(Unit.POINTS, 1)),
        ("-credit", money("USD", 4)),
        ("credit == 0", Type.BOOL),
    ],
)
def test_units_and_digits_follow_from_the_formula(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("credit + share", [(9, "`share` is a rate beside money in USD, and the two do not mix")]),
        ("credit + bonus", [(9, "`bonus` is money in EUR beside money in USD, and the two do not mix")]),
        (
            "credit + amount",
            [(9, "`amount` is money in the deal's currency beside money in USD" + UNMIXED)],
        ),
        (
            "credit > 1000",
            [
                (
                    9,
                    "`1000` is a number beside money in USD" + UNMIXED + MONEY,
                )
            ],
        ),
        ("credit * bonus", [(9, "`bonus` is money in EUR, and cannot be multiplied with money in USD")]),
        ("score * credit", [(8, "`credit` is money in USD, and cannot be multiplied with points")]),
        ("pieces + share", [(9, "`share` is a rate beside a number, and the two do not mix")]),
        (
            "credit / 3",
            [(0, "`credit / 3` divides; write ratio(a, b, digits), which says how many digits it is rounded to")],
        ),
        ("credit * 5%", [(10, "cannot be read here: invalid syntax; write 5% as 0.05")]),
        ("credit ** 2", [(0, f"`credit ** 2` is not part of this language ({PARTS})")]),
        ("().__class__", [(0, f"`().__class__` is not part of this language ({PARTS})")]),
        (
            "kind + 1",
            [
                (
                    7,
                    "`1` is a number beside text, and the two do not mix" + QUOTES,
                )
            ],
        ),
        (
            "credit if share else 0",
            [(10, "`share` is a rate, where a condition is needed")],
        ),
        (
            "date >= '2026-01-01'",
            [(0, "`date` is a day beside text, and the two do not mix; write a day as date('2026-01-31')")],
        ),
        ("date('31.1.2026') < date", [(0, "`date('31.1.2026')` takes a day as text: date('2026-01-31')")]),
        ("ratio(credit, share, 2)", [(14, "`share` is a rate beside money in USD, and the two do not mix")]),
        (
            "ratio(credit, credit)",
            [(0, "`ratio(credit, credit)` takes two values and how many digits after the point: ratio(a, b, 4)")],
        ),
        ("round(credit)", [(0, "`round(credit)` takes a value and how many digits after the point: round(a, 2)")]),
        ("round(credit, pieces)", [(14, "`pieces` says how many digits after the point: a number from 0 to 10")]),
        ("min(credit)", [(0, "`min(credit)` takes two values or more: min(a, b)")]),
        (
            "money(5, 'usd') + credit",
            [(0, "`money(5, 'usd')` takes an amount and a currency of three capitals: money(1000, 'USD')")],
        ),
        ("money(credit, 'USD')", [(6, "`credit` is no amount as written; write digits: money(1000, 'USD')")]),
        ("mony(5, 'USD')", [(0, "`mony(5, 'USD')` calls 'mony', which does not exist; did you mean 'money'?")]),
        (
            "creditt * 2 if knd == 'a' else credit + share",
            [
                (0, "`creditt` is no column; did you mean 'credit'?"),
                (15, "`knd` is no column; did you mean 'kind'?"),
                (40, "`share` is a rate beside money in USD, and the two do not mix"),
            ],
        ),
        ("fx * fx * fx", [(0, "this has 30 digits after the point, at most 24: round a part")]),
        (
            "0.12345678901 * credit",
            [(0, "`0.12345678901` is no number in digits with an optional point (15 before it, 10 after)")],
        ),
        ("1e5 * credit", [(0, "`1e5` is no number in digits with an optional point (15 before it, 10 after)")]),
        ("", [(0, "there is nothing to read here")]),
    ],
)
def test_every_mistake_is_told_with_its_place(text, said):
    assert complaints(text) == said


@pytest.mark.parametrize(
    ("text", "wanted", "said"),
    [
        ("credit", Type.BOOL, "`credit` is money in USD, where a condition is needed"),
        ("kind", Type.BOOL, "`kind` is text, where a condition is needed; compare it: == 'yes'"),
        ("bonus", money("USD", 4), "`bonus` is money in EUR, where money in USD is needed"),
        ("credit * share", money("USD", 4), "this has 10 digits after the point, at most 4: wrap it in round(..., 4)"),
    ],
)
def test_what_a_formula_must_give_is_said(text, wanted, said):
    assert complaints(text, wanted) == [(0, said)]


def test_what_is_wanted_may_come_with_fewer_digits():
    assert complaints("bonus", money("EUR", 4)) == []


def test_a_number_is_taken_from_its_text():
    assert parse_formula("0.1", {})[0] == Literal(Decimal("0.1"), quantity=count(1))
    assert parse_formula("9007199254740993", {})[1] != ()
    assert parse_formula("123456789012345.1234567891", {})[0] == Literal(
        Decimal("123456789012345.1234567891"), quantity=count(10)
    )


@given(st.text(max_size=200))
def test_no_text_is_ever_executed_or_breaks_the_reader(text):
    expression, mistakes = parse_formula(text, COLUMNS)
    assert all(0 <= one.offset <= len(text) for one in mistakes)
    assert mistakes or check(expression, COLUMNS, Type.BOOL) is not None


NAMES = st.sampled_from(["credit", "share", "pieces", "kind", "date", "column('Paid on')", "0", "0.5", "-2", "'deal'"])
FORMULAS = st.recursive(
    NAMES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "==", "!=", "<", "<=", "and", "or"]), inner).map(
            lambda part: f"({part[0]}) {part[1]} ({part[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda part: f"({part[0]}) if ({part[1]}) else ({part[2]})"),
        st.tuples(st.sampled_from(["min", "max", "days"]), inner, inner).map(
            lambda part: f"{part[0]}({part[1]}, {part[2]})"
        ),
        inner.map(lambda part: f"not ({part})"),
        inner.map(lambda part: f"round({part}, 3)"),
        st.tuples(inner, inner).map(lambda part: f"ratio({part[0]}, {part[1]}, 3)"),
    ),
    max_leaves=8,
)


@given(FORMULAS)
def test_a_formula_written_out_is_read_back_as_it_was(text):
    expression, mistakes = parse_formula(text, COLUMNS)
    if not mistakes:
        assert parse_formula(written(expression), COLUMNS) == (expression, ())


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (call(Function.IN_CURRENCY, call(Function.TIMES, Column("a"), Column("b")), "USD"), "a * b"),
        (call(Function.ROUND_HALF_UP, Column("a"), 2), "round_half_up(a, 2)"),
        (call(Function.LATER, Column("date"), Literal(Decimal(7), quantity=count())), "later(date, 7)"),
        (Call(Function.NEGATIVE, (call(Function.ADD, Column("a"), Column("b")),)), "-(a + b)"),
        (Literal(Decimal("12.50"), quantity=money("USD", 2)), "money(12.50, 'USD')"),
    ],
)
def test_what_only_a_compiled_plan_says_is_written_too(expression, text):
    assert written(expression) == text
