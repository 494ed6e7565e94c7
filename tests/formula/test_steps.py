"""The steps of a value: down to the rows as given."""

from decimal import Decimal

from formula.evaluate import evaluation
from formula.expression import Column, Function, call
from formula.quantity import money
from formula.relation import (
    Aggregate,
    Aggregation,
    Derive,
    Join,
    Overlap,
    Running,
    Scan,
    Share,
    Spread,
    Stage,
    Where,
    Within,
)
from formula.steps import Step, steps_of
from tests.formula.deals import ON, RATE, SCANS, TERMS, TYPES, day, deal, term

# --- steps ----------------------------------------------------------------------------------------------

F = Function
COMMISSION = call(F.ROUND_TO, call(F.TIMES, Column("counted"), Column("rate")), 2)
FORM = (
    *SCANS,
    Stage("big", Where("deals_", call(F.NOT, call(F.EMPTY, Column("amount")))), "deals that count"),
    Stage("sums", Running("big", ("who",), ("day", "id"), (("so_far", "amount"),)), "to date"),
    Stage("dated", Join("sums", "terms_", ON, RATE, Within("day", "start", "end"), keeps=True), "with their rate"),
    Stage(
        "lines",
        Derive(
            "dated",
            (
                *((name, Column(name)) for name in ("who", "so_far", "rate")),
                (
                    "counted",
                    call(F.IF, call(F.LESS, Column("so_far"), Column("amount")), Column("so_far"), Column("amount")),
                ),
            ),
        ),
    ),
    Stage("paid", Derive("lines", (("who", Column("who")), ("commission", COMMISSION))), "commission by deal"),
    Stage("earned", Aggregate("paid", ("who",), (("earned", Aggregation.SUM, "commission"),)), "earned"),
)
INPUTS = {"deals": [deal(1, "10.05"), deal(2, "20.00", on=6), deal(3, None)], "terms": [term(1, 9, "0.05")]}


def told(step: Step) -> tuple[object, ...]:
    return (step.stage, step.column, step.rule, str(step.value), *map(told, step.inputs))


def test_every_row_knows_the_rows_it_came_from():
    seen = evaluation(FORM, INPUTS, TYPES)
    (earned,) = seen.rows["earned"]
    assert [row.stage for row in earned.sources] == ["paid", "paid"]
    first, second = seen.rows["sums"]
    assert second.sources[1] is first
    assert [row.stage for row in seen.rows["dated"][0].sources] == ["sums", "terms_"]
    assert seen.values("earned") == [{"who": "ann", "earned": Decimal("1.50")}]


def test_the_steps_of_an_amount_go_down_to_the_rows_as_given():
    seen = evaluation(FORM, INPUTS, TYPES)
    (earned,) = seen.rows["earned"]
    step = steps_of(seen, earned, "earned")
    assert (step.rule, step.value, step.unit, step.rows) == ("sum of commission", Decimal("1.50"), money("USD", 2), ())
    second = step.inputs[1]
    given_2 = ("deals", "amount", "as given", "20.00")
    so_far = (
        "to date",
        "so_far",
        "amount and all before it",
        "30.05",
        ("to date", "so_far", "amount and all before it", "10.05"),
        given_2,
    )
    assert told(second) == (
        "commission by deal",
        "commission",
        "round(counted * rate, 2)",
        "1.00",
        ("lines", "counted", "so_far if so_far < amount else amount", "20.00", so_far, given_2),
        (
            "with their rate",
            "rate",
            "rate of terms where who and start <= day < end",
            "0.05",
            ("terms", "rate", "as given", "0.05"),
        ),
    )
    assert [row.values["id"] for row in second.rows] == [2]
    before = second.inputs[0].inputs[0].inputs[0]
    assert [row.values["id"] for row in before.rows] == [1]


def test_the_steps_of_a_null_say_what_was_missing():
    seen = evaluation(FORM, {**INPUTS, "terms": []}, TYPES)
    step = steps_of(seen, seen.rows["paid"][0], "commission")
    assert step.value is None
    missing = step.inputs[1]
    assert missing.rule == "no terms where who and start <= day < end"
    assert [(one.column, one.value) for one in missing.inputs] == [("who", "ann"), ("day", day(5))]


def test_the_steps_of_a_part_name_the_whole_and_every_share():
    stages = (*SCANS, Stage("parts", Share("deals_", ("who",), ("id",), "amount", "share", "part")))
    deals = [deal(1, "0.03", share="0.5"), deal(2, "0.03", share="0.5")]
    seen = evaluation(stages, {"deals": deals, "terms": []}, TYPES)
    step = steps_of(seen, seen.rows["parts"][1], "part")
    assert [(one.column, one.value) for one in step.inputs] == [
        ("amount", Decimal("0.03")),
        ("share", Decimal("0.5")),
        ("share", Decimal("0.5")),
    ]
    assert [row.values["id"] for row in step.rows] == [2]


def test_the_steps_of_days_name_the_periods_they_lie_in():
    again = Stage("again", Scan("terms", tuple((name, name) for name in TERMS)))
    both = Stage("both", Overlap("terms_", "again", ON, (("other", "rate"),)))
    stages = (*SCANS, again, both, Stage("days", Spread("both", "start", "end", "on")))
    seen = evaluation(stages, {"deals": [], "terms": [term(1, 3)]}, TYPES)
    last = seen.rows["days"][-1]
    step = steps_of(seen, last, "on")
    assert (step.rule, step.value) == ("each day from start up to end", day(2))
    assert [one.rule for one in step.inputs] == ["the later start", "the earlier end"]
    assert steps_of(seen, last, "other").rule == "rate of again, days in common where who"
    assert steps_of(seen, last, "rank").stage == "terms"
