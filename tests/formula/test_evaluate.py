"""The reference evaluation: worked examples of every relation, rows that know where they came from, the steps."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formula import exact
from formula.evaluate import TooLarge, evaluate, evaluation
from formula.expression import Column, Function, Literal, call
from formula.needs import made_of
from formula.quantity import LARGEST, money, unscaled
from formula.relation import (
    Aggregate,
    Aggregation,
    Join,
    Overlap,
    Running,
    Scan,
    Share,
    Spread,
    Stage,
    Union,
    Where,
    Within,
)
from formula.schema import columns_of_stages
from tests.formula.deals import ON, RATE, SCANS, TERMS, TYPES, day, deal, derived, found, term

F = Function


def test_where_keeps_what_holds_and_not_what_is_null():
    over = Where("deals_", call(F.LESS, Literal(Decimal(5), quantity=money("USD", 0)), Column("amount")))
    assert found(over, [deal(1, "5.00"), deal(2, "5.01"), deal(3, None)], column="id") == [2]


def test_a_join_brings_each_pair_that_agrees_and_null_agrees_with_nothing():
    deals = [deal(1, "1"), deal(2, "1", who="bob"), deal(3, "1", who=None)]
    terms = [term(1, 9), term(1, 9, "0.05"), term(1, 9, who=None)]
    joined = found(Join("deals_", "terms_", ON, RATE), deals, terms)
    assert [(row["id"], row["rate"]) for row in joined] == [(1, Decimal("0.03")), (1, Decimal("0.05"))]
    kept = found(Join("deals_", "terms_", ON, RATE, keeps=True), deals, terms)
    assert [(row["id"], row["rate"]) for row in kept][2:] == [(2, None), (3, None)]


def test_a_period_holds_from_its_start_to_the_day_before_its_end():
    within = Join("deals_", "terms_", ON, RATE, Within("day", "start", "end"))
    days = [deal(number, "1", on=number) for number in (1, 2, 4, 5)]
    assert found(within, days, [term(2, 5)], column="id") == [2, 4]


def test_an_overlap_has_the_days_in_common():
    again = Stage("again", Scan("terms", tuple((name, name) for name in TERMS)))
    rows = [term(1, 5), term(4, 9, rank=2), term(7, 7, rank=3)]
    stages = (*SCANS, again, Stage("both", Overlap("terms_", "again", ON, (("other", "rank"),))))
    both = evaluate(stages, {"deals": [], "terms": rows}, TYPES)
    spans = {(str(row["rank"]), str(row["other"])): (row["start"], row["end"]) for row in both}
    assert spans == {
        ("1", "1"): (day(1), day(5)),
        ("1", "2"): (day(4), day(5)),
        ("2", "1"): (day(4), day(5)),
        ("2", "2"): (day(4), day(9)),
    }


def test_a_period_is_spread_over_its_days():
    assert found(Spread("terms_", "start", "end", "on"), [], [term(3, 5), term(5, 5), term(6, 2)], column="on") == [
        day(3),
        day(4),
    ]


def test_a_running_sum_goes_in_order_and_by_group():
    deals = [deal(2, "2.00", on=6), deal(1, "1.00", on=7), deal(3, "4.00", who="bob"), deal(4, None, on=8)]
    running = Running("deals_", ("who",), ("day", "id"), (("sum", "amount"),))
    assert {row["id"]: row["sum"] for row in found(running, deals)} == {2: 2, 1: 3, 3: 4, 4: 3}
    with pytest.raises(ValueError, match="day do not tell apart have no order"):
        found(Running("deals_", (), ("day",), (("sum", "amount"),)), [deal(1, "1"), deal(2, "1")])


def test_groups_leave_nulls_out():
    values = (
        ("sum", Aggregation.SUM, "amount"),
        ("count", Aggregation.COUNT, "amount"),
        ("first", Aggregation.MIN, "day"),
        ("last", Aggregation.MAX, "who"),
    )
    deals = [deal(1, "1.50"), deal(2, None, on=3), deal(3, None, who=None)]
    groups = found(Aggregate("deals_", ("who",), values), deals)
    assert [tuple(row.values()) for row in groups] == [
        ("ann", Decimal("1.50"), 1, day(3), "ann"),
        (None, None, 0, day(5), None),
    ]
    assert found(Aggregate("deals_", (), values), []) == []


def test_a_union_has_all_rows_of_all():
    assert found(Union(("deals_", "deals_")), [deal(1, "1"), deal(2, "1")], column="id") == [1, 2, 1, 2]


# --- shares ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whole", "shares", "parts"),
    [
        ("100.00", ["0.5", "0.5"], ["50.00", "50.00"]),
        ("100.01", ["0.5", "0.5"], ["50.01", "50.00"]),
        ("0.01", ["0.333", "0.333", "0.334"], ["0.00", "0.00", "0.01"]),
        ("0.02", ["0.333", "0.333", "0.334"], ["0.01", "0.00", "0.01"]),
        ("-100.01", ["0.5", "0.5"], ["-50.01", "-50.00"]),
        ("100.00", ["0.5", None], ["50.00", None]),
        ("10.00", ["0.25"], ["2.50"]),
        ("0.01", ["0.5"], ["0.00"]),
        ("0.03", ["0.5"], ["0.02"]),
    ],
)
def test_the_last_digits_go_to_the_largest_remainders(whole, shares, parts):
    deals = [deal(number, whole, share=share) for number, share in enumerate(shares)]
    made = found(Share("deals_", ("who",), ("id",), "amount", "share", "part"), deals, column="part")
    assert made == [None if part is None else Decimal(part) for part in parts]


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=6))
def test_parts_always_sum_to_the_whole_and_are_within_a_digit_of_their_share(cents, weights):
    whole = unscaled(cents, 2)
    rest = 1000 - sum(weights)
    shares = [unscaled(weight, 3) for weight in (*weights, rest)] if rest >= 0 else [Decimal(1)]
    parts = exact.parts([whole] * len(shares), list(shares), 2)
    assert sum(part for part in parts if part is not None) == whole
    assert all(
        part is not None and abs(part - whole * share) < Decimal("0.01")
        for part, share in zip(parts, shares, strict=True)
    )


# --- exactness ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "half_even", "half_up"),
    [
        ("0.125", 2, "0.12", "0.13"),
        ("0.135", 2, "0.14", "0.14"),
        ("-0.125", 2, "-0.12", "-0.13"),
        ("-0.135", 2, "-0.14", "-0.14"),
        ("2.5", 0, "2", "3"),
        ("0.12500000000000000001", 2, "0.13", "0.13"),
        ("7", 2, "7", "7"),
    ],
)
def test_ties_are_rounded_as_said(value, digits, half_even, half_up):
    assert exact.rounded(Decimal(value), digits) == Decimal(half_even)
    assert exact.rounded_half_up(Decimal(value), digits) == Decimal(half_up)


@given(st.integers(-(10**20), 10**20), st.integers(-(10**6), 10**6), st.integers(0, 6))
def test_a_ratio_is_the_nearest_and_of_two_nearest_the_even_one(over, under, digits):
    ratio = exact.ratio(unscaled(over, 4), unscaled(under, 2), digits)
    if not under:
        assert ratio is None
        return
    assert ratio is not None
    step = 10**digits
    twice = 2 * (over * step - int(ratio * step) * under * 100)  # what is left, in halves of a last digit
    assert abs(twice) <= abs(under * 100)
    if abs(twice) == abs(under * 100):
        assert int(ratio * step) % 2 == 0


@pytest.mark.parametrize(
    ("day_", "days", "then"),
    [
        (date(2026, 2, 28), 1, date(2026, 3, 1)),
        (date(9999, 12, 30), 5, date(9999, 12, 31)),
        (date(1, 1, 5), -10, date(1, 1, 1)),
        (date(2026, 1, 1), 10**12, date(9999, 12, 31)),
    ],
)
def test_days_stay_within_the_calendar(day_, days, then):
    assert exact.later(day_, Decimal(days)) == then


def test_a_sum_of_any_length_is_exact():
    digits = [Decimal(10) ** power for power in range(-24, 60)]
    assert str(exact.total(digits)).replace(".", "") == "1" * 84


def test_what_does_not_fit_64_bits_is_refused():
    largest = unscaled(LARGEST, 2)
    assert found(derived(Column("amount")), [deal(1, str(largest))], column="made") == [largest]
    assert found(derived(call(F.NEGATIVE, Column("amount"))), [deal(1, str(largest))], column="made") == [-largest]
    with pytest.raises(TooLarge, match="'made' of 'made'"):
        found(derived(call(F.ADD, Column("amount"), Column("amount"))), [deal(1, str(largest))])
    running = Running("deals_", (), ("id",), (("sum", "amount"),))
    with pytest.raises(TooLarge, match="'sum' of 'made'"):
        found(running, [deal(1, str(largest)), deal(2, str(largest))])


def test_a_quantity_that_is_no_decimal_is_our_own_mistake():
    with pytest.raises(TypeError, match="a quantity is a Decimal"):
        found(Running("deals_", (), ("id",), (("sum", "amount"),)), [{**deal(1, "1"), "amount": 1}])


def test_what_is_made_of_some_inputs_alone_is_evaluated_once_and_gone_on_from():
    days = Stage("days", Spread("terms_", "start", "end", "on"))
    rated = Stage("rated", Join("deals_", "terms_", ON, RATE))
    kept = Stage("kept", Union(("rated",)))
    stages = (*SCANS, days, rated, kept)
    first = made_of(stages, {"terms"})
    assert [one.name for one in first] == ["terms_", "days"]
    assert [one.name for one in made_of(stages, {"deals"})] == ["deals_"]
    assert (made_of(stages, ()), made_of(stages, {"deals", "terms"})) == ((), stages)
    terms, deals = [term(1, 9), term(2, 5, "0.05")], [deal(1, "1"), deal(2, "2")]
    schema = columns_of_stages(stages, TYPES)
    begun = evaluation(first, {"terms": terms}, TYPES, schema)
    rest = tuple(one for one in stages if one not in first)
    for some in (deals[:1], deals):
        whole = evaluation(stages, {"deals": some, "terms": terms}, TYPES)
        gone_on = evaluation(rest, {"deals": some}, TYPES, schema, begun)
        assert gone_on.rows["days"] is begun.rows["days"]
        assert gone_on.types == whole.types
        assert gone_on.stages.keys() == whole.stages.keys()
        assert {name: gone_on.values(name) for name in whole.rows} == {name: whole.values(name) for name in whole.rows}
