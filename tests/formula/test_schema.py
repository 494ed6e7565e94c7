"""The columns of every stage, and forms that do not fit together: our own mistakes, all of them at once."""

from decimal import Decimal

import pytest

from formula.expression import Column, ColumnType, Function, Literal, Type, call
from formula.needs import needed_columns
from formula.quantity import DEAL_CURRENCY, count, money, rate
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
    Union,
    Where,
    Within,
)
from formula.schema import IllFormed, columns_of_stages

F = Function
ROWS: dict[str, ColumnType] = {
    "id": Type.WHOLE,
    "kind": Type.TEXT,
    "day": Type.DAY,
    "start": Type.DAY,
    "end": Type.DAY,
    "amount": money("USD", 4),
    "bonus": money("EUR", 2),
    "deal": money(DEAL_CURRENCY, 4),
    "share": rate(6),
}
SCANNED = Stage("rows", Scan("input", tuple((name, name) for name in ROWS)))
ALL = tuple((name, Column(name)) for name in ROWS)


def columns(*relations):
    stages = [SCANNED, *(Stage(f"s{number}", relation) for number, relation in enumerate(relations))]
    return columns_of_stages(stages, {"input": ROWS})


def test_every_column_has_its_type():
    product = call(F.TIMES, Column("amount"), Column("share"))
    found = columns(
        Derive("rows", (("id", Column("id")), ("credit", product), ("none", Literal(None)))),
        Aggregate("s0", ("none",), (("sum", Aggregation.SUM, "credit"), ("n", Aggregation.COUNT, "id"))),
        Join("rows", "s1", (("kind", "none"),), (("sum", "sum"),), keeps=True),
        Running("s2", ("kind",), ("day", "id"), (("to_date", "sum"),)),
    )
    assert found["s0"] == {"id": Type.WHOLE, "credit": money("USD", 10), "none": Type.TEXT}
    assert found["s1"] == {"none": Type.TEXT, "sum": money("USD", 10), "n": count(0)}
    assert list(found["s3"])[-2:] == ["sum", "to_date"]


def test_a_union_has_what_all_have_together():
    one = Derive("rows", (("x", Column("amount")), ("d", Literal(None))))
    two = Derive("rows", (("x", call(F.ROUND_TO, Column("amount"), 2)), ("d", Column("day"))))
    assert columns(one, two, Union(("s1", "s0")))["s2"] == {"x": money("USD", 4), "d": Type.DAY}


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        (Scan("other", (("a", "a"),)), "there is no input 'other'; stage 's0': there is no column 'a'"),
        (
            Derive("later", (("a", Column("a")),)),
            "there is no earlier stage 'later'; stage 's0': there is no column 'a'",
        ),
        (Derive("rows", (("a", call(F.ADD, Column("amount"), Column("bonus"))),)), "money in EUR beside money in USD"),
        (Derive("rows", (("a", Column("id")), ("a", Column("day")))), "'a' stands twice"),
        (
            Derive("rows", (("a", call(F.TIMES, Column("amount"), Column("share"), Column("share"))),)),
            "keeps 16 digits after the point, at most 10: round it",
        ),
        (Where("rows", Column("amount")), "is not chosen by a condition"),
        (Join("rows", "rows", (("id", "kind"),), ()), "'id' and 'kind' are of different types"),
        (Join("rows", "rows", (), (("id", "id"),)), "'id' is there already"),
        (Join("rows", "rows", (), (("x", "id"),), Within("amount", "start", "end")), "'amount' is no day"),
        (Overlap("rows", "rows", (), (), "start", "kind"), "'kind' is no day"),
        (Spread("rows", "start", "end", "day"), "'day' is there already"),
        (
            Share("rows", (), ("id",), "kind", "amount", "x"),
            "'kind' is no quantity to share; stage 's0': 'amount' is no rate",
        ),
        (Running("rows", (), ("id",), (("x", "kind"),)), "'kind' is no quantity to sum"),
        (Running("rows", (), ("id",), (("x", "deal"),)), "amounts of many currencies do not add up or compare"),
        (Aggregate("rows", (), (("x", Aggregation.SUM, "deal"),)), "amounts of many currencies"),
        (Aggregate("rows", (), (("x", Aggregation.MAX, "deal"),)), "amounts of many currencies"),
        (Aggregate("rows", (), ()), "has no columns"),
        (Union(("rows", "rows", "s9")), "there is no earlier stage 's9'"),
    ],
)
def test_a_form_that_does_not_fit_together_is_refused(relation, said):
    with pytest.raises(IllFormed) as refused:
        columns(relation)
    assert said in str(refused.value)


def test_stages_have_names_of_their_own():
    with pytest.raises(IllFormed, match="two stages are named 'rows'"):
        columns_of_stages([SCANNED, SCANNED], {"input": ROWS})


def test_what_nobody_needs_is_left_out():
    scaled = call(F.TIMES, Column("amount"), Literal(Decimal(2), quantity=count()))
    stages = (
        SCANNED,
        Stage("twice", Derive("rows", (*ALL, ("twice", scaled)))),
        Stage("unread", Where("rows", call(F.EMPTY, Column("kind")))),
        Stage("some", Where("twice", call(F.EMPTY, Column("kind")))),
        Stage("sums", Aggregate("some", ("id",), (("sum", Aggregation.SUM, "twice"), ("n", Aggregation.COUNT, "day")))),
        Stage("result", Derive("sums", (("sum", Column("sum")),))),
    )
    found = needed_columns(stages, columns_of_stages(stages, {"input": ROWS}), ["result"])
    assert found == {
        "rows": ("id", "kind", "amount"),
        "twice": ("id", "kind", "twice"),
        "some": ("id", "twice"),
        "sums": ("sum",),
        "result": ("sum",),
    }
