"""When a run is held as a whole."""

from decimal import Decimal

import pytest

from domain.change import Ending
from domain.hold import Limit, Limits, Plan, hold, too_many_errors


def plan(active: int, *, absent: int = 0, out: int = 0, stated: int = 0, **numbers: int) -> Plan:
    ways = [Ending.ABSENCE] * absent + [Ending.OUT_OF_SCOPE] * out + [Ending.SOURCE] * stated
    in_scope = numbers.get("in_scope", active - absent - out)
    return Plan(
        active=active, linked=numbers.get("linked", active), in_scope=in_scope, is_full=bool(numbers.get("full", 1)),
        adding=numbers.get("adding", 0), changing=numbers.get("changing", 0), ending=dict(enumerate(ways)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("read", "held"),
    [
        pytest.param(plan(500, absent=300), True, id="A02: 200 of 500 arrive"),
        pytest.param(plan(100, out=40), True, id="A13: a narrower filter"),
        pytest.param(plan(9, absent=3), False, id="B06: fewer than ten"),
        pytest.param(plan(10, absent=3), True, id="ten"),
        pytest.param(plan(100, stated=13, absent=9), True, id="B08: all ways of ending count"),
        pytest.param(plan(100, absent=20), False, id="more than the limit, not the limit"),
        pytest.param(plan(100, absent=21), True, id="B09: 21 people"),
        pytest.param(plan(70, absent=15, linked=100), True, id="B10: of the active"),
        pytest.param(plan(100, absent=15, linked=100), False, id="15 of 100"),
        pytest.param(plan(3, in_scope=0), True, id="nobody in scope, at any size"),
        pytest.param(plan(0, in_scope=0, linked=4), True, id="nobody in scope, all have left"),
        pytest.param(plan(0, in_scope=0), False, id="nobody in scope and nobody linked"),
        pytest.param(plan(3, in_scope=0, full=0), False, id="an increment without rows"),
    ],
)
def test_a_run_is_held_when_too_many_would_go(read: Plan, held: bool):
    assert (hold(read, Limits()) is not None) is held


def test_the_reason_says_how_many_why_and_the_limit():
    found = hold(plan(100, out=40, stated=2), Limits())
    assert found
    assert found.reason == (
        "endings: 42 of 100 active participants would end (2 ended by the source, 40 out of scope); the limit is 20%"
    )
    assert len(found.affected) == 42


def test_limits_may_be_counts():
    """B04, B22."""
    limits = Limits(ending=Limit(count=500), adding=Limit(count=50), changing=Limit(count=5))
    assert hold(plan(100_000, absent=501), limits)
    assert not hold(plan(100_000, absent=500), limits)
    assert not hold(plan(3, changing=4), limits)
    assert hold(plan(3, changing=6), limits)
    assert hold(plan(3, adding=51), limits)
    assert str(limits.adding) == "50"


def test_a_release_does_not_carry_over_to_other_people():
    """B12."""
    first, same, more = (hold(plan(100, absent=number), Limits()) for number in (21, 21, 35))
    assert first and same and more  # noqa: PT018
    assert first.content == same.content != more.content


def test_nor_to_another_number_of_adds():
    limits = Limits(adding=Limit(share=Decimal("0.1")))
    first, more = (hold(plan(100, adding=number), limits) for number in (11, 90))
    assert first and more  # noqa: PT018
    assert first.content != more.content
    assert "the limit is 10%" in more.reason


@pytest.mark.parametrize(
    ("errors", "read", "is_full", "limit", "failed"),
    [
        (40, 100, True, Limit(share=Decimal("0.4")), False),
        (41, 100, True, Limit(share=Decimal("0.4")), True),
        (0, 0, True, Limit(share=Decimal("0.4")), False),
        (1, 2, True, Limit(share=Decimal("0.4")), True),
        (1, 2, False, Limit(share=Decimal("0.4")), False),
        (5, 10, False, Limit(share=Decimal("0.4")), True),
        (6, 1000, False, Limit(count=5), True),
        (5, 6, True, Limit(count=5), False),
    ],
)
def test_a_read_with_too_many_bad_rows_is_not_trusted(
    errors: int, read: int, is_full: bool, limit: Limit, failed: bool
):
    """A10: more than the limit; of a small increment a share says nothing."""
    assert too_many_errors(errors, read, Limits(errors=limit), is_full=is_full) is failed
