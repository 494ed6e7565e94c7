"""A tree as somebody sees it: steps of other days are left out, counted, and still add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from calc.explanation import Node, Place
from calc.hiding import as_seen

JANUARY = ((date(2026, 1, 5), date(2026, 1, 6)),)
MARCH = ((date(2026, 3, 5), date(2026, 3, 6)),)
FROM = date(2026, 2, 1)


def since_february(_start: date, end: date) -> bool:
    return end > FROM


def deal(amount: int, days: tuple[tuple[date, date], ...], *inputs: Node) -> Node:
    return Node("a deal", Decimal(amount), "USD", inputs, (Place("sales", "X", f"sales.csv:{amount}"),), None, days)


def test_what_is_told_once_below_a_hidden_step_is_told_still() -> None:
    rate = Node("rate of tier 1", Decimal("0.1"), "share", (), (Place("plans", "V1", None),))
    found = as_seen(
        Node("the sum of 2 lines", Decimal(5), "USD", (deal(2, JANUARY, rate), deal(3, MARCH))), since_february
    )
    note, kept = found.inputs
    assert (note.rule, note.value, note.unit) == ("steps of days that are not yours to see: 1", Decimal(2), "USD")
    assert note.inputs == (rate,)
    assert kept == deal(3, MARCH)


def test_different_things_are_not_added_up() -> None:
    other = Node("a share", Decimal("0.5"), "share", (), (), None, JANUARY)
    (note,) = as_seen(Node("both", None, None, (deal(2, JANUARY), other)), since_february).inputs
    assert (note.rule[-1], note.value, note.unit) == ("2", None, None)


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Node:
    inputs = draw(st.lists(trees(depth - 1), max_size=3)) if depth else []
    if inputs:
        return Node("sum", sum((Decimal(str(one.value)) for one in inputs), Decimal(0)), "USD", tuple(inputs))
    return deal(draw(st.integers(1, 99)), draw(st.sampled_from((JANUARY, MARCH))))


@given(trees())
def test_nothing_of_other_days_is_left_and_sums_stay_sums(tree: Node) -> None:
    def check(node: Node) -> None:
        assert all(since_february(*days) for days in node.days)
        if node.rule == "sum":
            assert node.value == sum((Decimal(str(one.value)) for one in node.inputs), Decimal(0))
        for one in node.inputs:
            check(one)

    found = as_seen(tree, since_february)
    if tree.inputs:
        check(found)
    assert as_seen(tree, lambda *_: True) == tree
