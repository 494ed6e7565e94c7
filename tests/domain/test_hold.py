"""When a run is held as a whole."""

from decimal import Decimal

import pytest

from domain.change import Ending
from domain.errors import Refused
from domain.hold import (
    Limit,
    Limits,
    Part,
    PastRead,
    Plan,
    first_held,
    hold,
    in_common,
    is_let_through,
    released_with,
    too_many_errors,
    waiting,
)


def plan(active: int, *, absent: int = 0, out: int = 0, stated: int = 0, **numbers: int) -> Plan:
    ways = [Ending.ABSENCE] * absent + [Ending.OUT_OF_SCOPE] * out + [Ending.SOURCE] * stated
    in_scope = numbers.get("in_scope", active - absent - out)
    return Plan(
        active=active, linked=numbers.get("linked", active), in_scope=in_scope, is_full=bool(numbers.get("full", 1)),
        adding=numbers.get("adding", 0), changing=frozenset(range(numbers.get("changing", 0))),
        ending=dict(enumerate(ways)),
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


# what follows a hold


def held(run: int, content: str = "a", *, since: int | None = None, feed: str = "people", **how: bool) -> PastRead:
    return PastRead(
        run, feed, True, how.get("released", False), how.get("whole", True), content, since or run
    )  # fmt: skip


def let_through(run: int, content: str | None = None, *, whole: bool = True, feed: str = "people") -> PastRead:
    return PastRead(run, feed, False, False, whole, content, run)


@pytest.mark.parametrize(
    ("past", "holding", "waits"),
    [
        pytest.param([], [], [], id="nothing was held"),
        pytest.param([held(1)], [1], [1], id="held"),
        pytest.param([held(1, released=True)], [], [], id="released"),
        pytest.param([held(1), held(2, since=1)], [2], [1], id="the same again is one hold"),
        pytest.param([held(1), held(2, "b")], [2], [2], id="another content replaces it"),
        pytest.param([held(1), let_through(2)], [], [], id="a whole read replaces it"),
        pytest.param([held(1), let_through(2, feed="other")], [1], [1], id="another feed does not"),
        pytest.param([held(1), let_through(2, whole=False)], [1], [1], id="an increment does not"),
        pytest.param([held(1), let_through(2, whole=False)], [], [], id="but where nothing of it is held any more"),
        pytest.param([held(1), held(2, feed="other")], [1, 2], [1, 2], id="each feed has its own"),
    ],
)
def test_a_hold_waits_until_it_is_released_or_replaced(past: list[PastRead], holding: list[int], waits: list[int]):
    assert [one.run for one in waiting(past, holding)] == waits


def test_a_release_is_for_all_reads_of_one_content_named_by_any_of_them():
    past = [held(1, "b"), held(2), held(3, since=2), held(4, feed="other")]
    for named in (2, 3):
        assert [one.run for one in released_with(past, named, [2, 3])] == [2, 3]
    with pytest.raises(Refused, match="R1 was followed by R3, which says something else"):
        released_with(past, 1, [3])
    for unknown in (5, 99):
        with pytest.raises(Refused, match=f"R{unknown} is not held"):
            released_with([*past, let_through(5, feed="third")], unknown, [])


@pytest.mark.parametrize(
    ("past", "passes"),
    [
        pytest.param([held(1)], False, id="held"),
        pytest.param([held(1, released=True)], True, id="released"),
        pytest.param([held(1, "b", released=True)], False, id="something else was released"),
        pytest.param([held(1, released=True), let_through(2, "a")], True, id="let through before"),
        pytest.param([held(1, released=True), let_through(2)], False, id="something else was read since"),
        pytest.param([held(1, released=True), held(2, "b")], True, id="something else was only held since"),
        pytest.param([let_through(1), held(2, released=True)], True, id="something else was read before"),
    ],
)
def test_exactly_what_was_released_is_let_through_as_long_as_nothing_else_is_read(past: list[PastRead], passes: bool):
    assert is_let_through("a", past) is passes


def test_a_hold_counts_from_the_run_that_was_first_held_with_it():
    past = [held(1, "b"), held(2), held(3, since=2)]
    assert (first_held("a", past), first_held("b", past), first_held("c", past)) == (2, 1, None)


_NORTH = "by region: N 40 of 50"


@pytest.mark.parametrize(
    ("parts", "ending", "told"),
    [
        ([Part("region", "North", 40, 40)], 40, "by region: North 40 of 40"),
        ([Part("team", "A", 20, 20), Part("team", "B", 20, 20), Part("region", "N", 40, 50)], 40, _NORTH),
        ([Part("region", "North", 20, 60), Part("region", "South", 20, 60)], 40, None),  # they are from everywhere
        ([Part("team", "A", 20, 20)], 40, None),  # half of them have something else
        ([Part("team", name, 1, 1) for name in "ABCD"], 4, None),  # one each says nothing
        (
            [Part("team", name, 2, 2) for name in "ABCDEFG"],
            14,
            "by team: A 2 of 2, B 2 of 2, C 2 of 2, D 2 of 2, E 2 of 2, and 2 more",
        ),
    ],
)  # fmt: skip
def test_what_those_who_would_end_have_in_common(parts: list[Part], ending: int, told: str | None) -> None:
    found = in_common(parts, ending)
    assert found == (told and f"{told}; may the source still be read there?")
