"""Whom a name names of which day, whoever was merged into whom, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attributes import MERGED_INTO
from domain.change import Change, DatedBy, Difference, Kind
from domain.decide import apply
from domain.merging import ALWAYS, Merged, NameOf, cannot_be, last_of, merged_of, names_by_day, people_in
from domain.step import FOREVER, Step, fold, on

DAY = date(2026, 1, 1)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def step(number: int, start: int, *, opens: bool = False, **sets: str) -> Step:
    return Step(number, 2, "main", day(start), FOREVER, sets, "people", opens, number, 1, 1)


def merge(start: int) -> Change:
    said = (Difference(MERGED_INTO, None, "P1"), Difference("status", "active", "terminated"))
    return Change(Kind.MERGE, 2, "by hand", None, day(start), DatedBy.ADMIN, said)


def whom(name: NameOf, when: date) -> int:
    return [person for since, person in name.whom if since <= when][-1]


@given(st.integers(0, 40), st.lists(st.integers(1, 60), max_size=4, unique=True), st.booleans())
def test_a_merge_ends_everything_from_its_day_on_and_nothing_before(start: int, others: list[int], ended: bool):
    """Also where a status was decided for later days: a leave, a return, another employment.

    And where the change says no status, because the post that leads had ended by that day.
    """
    steps: tuple[Step, ...] = (step(1, 10, opens=True, status="active", title="Rep"),)
    steps += tuple(
        step(nth, later + 10, opens=nth % 2 == 0, status="active" if nth % 2 else "on_leave")
        for nth, later in enumerate(others, 2)
    )
    before = fold(steps)
    change = merge(start)
    change = replace(change, differences=change.differences[:1]) if ended else change
    effect = apply(change, steps, 9, 9, 100)
    assert effect.ended == ()
    for number in range(80):
        was, now = on(before, day(number)), on(effect.versions, day(number))
        assert (was is None) == (now is None)
        if was is None or now is None:
            continue
        if number < start:
            assert was.attributes == now.attributes
        else:
            assert (now.attributes["status"], now.attributes[MERGED_INTO]) == ("terminated", "P1")
            assert now.attributes.get("title") == was.attributes.get("title")
    found = merged_of(2, (*steps, *effect.added))
    assert found == Merged(2, 1, ALWAYS if start <= 10 else day(start), 9)


def test_who_is_themselves_was_not_merged():
    assert merged_of(2, (step(1, 0, opens=True, status="active"),)) is None
    assert people_in(merge(0)) == (2, 1)


_CHAINS = st.lists(st.integers(0, 30), min_size=1, max_size=4)


@given(_CHAINS, st.integers(0, 35))
def test_a_name_follows_whoever_it_is_by_then(days: list[int], when: int):
    """P5 into P4, P4 into P3 ..: on a day the name is that of the first who is themselves then."""
    top = len(days) + 1
    merged = {
        person: Merged(person, person - 1, day(since), nth)
        for nth, (person, since) in enumerate(zip(range(top, 1, -1), days, strict=True))
    }
    (name,) = names_by_day({top: ["employee_id:E9"]}, merged)
    expected = top
    while expected in merged and merged[expected].since <= day(when):
        expected -= 1
    assert whom(name, day(when)) == expected
    assert name.whom[0] == (ALWAYS, top)
    assert [since for since, _ in name.whom] == sorted({since for since, _ in name.whom})
    assert last_of(top, merged) == 1


def test_a_name_that_both_had_is_that_of_who_was_merged_first():
    merged = {3: Merged(3, 2, day(5), 1), 2: Merged(2, 1, day(9), 2)}
    (name,) = names_by_day({2: ["crm:7"], 3: ["crm:7"]}, merged)
    assert name == NameOf("crm:7", ((ALWAYS, 3), (day(5), 2), (day(9), 1)), (2, 3))


def test_merged_as_a_whole_the_name_was_always_the_other_ones():
    (name,) = names_by_day({2: ["crm:7"]}, {2: Merged(2, 1, ALWAYS, 1)})
    assert name == NameOf("crm:7", ((ALWAYS, 1),), (2,))


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (1, 1, "name two participants"),
        (2, 1, "P2 was merged into P3: name P3"),
        (1, 2, "P2 was merged into P3: name P3"),
        (4, 1, "P4 was erased"),
        (5, 1, "P5 is no participant"),
        (3, 1, None),
    ],
)
def test_who_cannot_become_one(one: int, other: int, told: str | None):
    found = cannot_be(one, other, {2: Merged(2, 3, DAY, 1)}, {4}, {1, 2, 3, 4})
    assert (found is None) if told is None else (found is not None and told in found)
