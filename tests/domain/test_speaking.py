"""Which of several records of one source speaks for somebody."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.speaking import Beside, OneOf, speakers

TODAY = date(2026, 3, 10)
WHOM = (7, "main")


def one(key: str, link: int | None = 1, **says: object) -> OneOf:
    """A record named by its key; `says` in days from today."""
    days = {name: TODAY + timedelta(days=value) if type(value) is int else value for name, value in says.items()}
    return OneOf((ord(key), "people.csv"), key, link, **days)  # type: ignore[arg-type]  # as the names are


def stand(*records: OneOf, today: date = TODAY) -> dict[str, Beside]:
    """How each stands, the same in whatever order the rows come."""
    found = [
        {chr(row): beside for (row, _), beside in speakers([(WHOM, each) for each in some], today).items()}
        for some in permutations(records)
    ]
    assert all(each == found[0] for each in found)
    return found[0]


def heard(*records: OneOf) -> str:
    """The keys of the records that are heard today."""
    return "".join(sorted(key for key, beside in stand(*records).items() if beside.speaks is None))


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param([one("a")], "", id="alone: nothing is said of it"),
        pytest.param([one("a", 1), one("b", 2)], "b", id="of two without a day the one that was linked last"),
        pytest.param([one("a", 2, begins=-9), one("b", 1, begins=-3)], "b", id="the later day goes before the link"),
        pytest.param([one("a", 1, begins=-9), one("b", 2, begins=20)], "ab", id="E22: one to come is heard of its day"),
        pytest.param([one("a", 1, has_left=True), one("b", 2)], "b", id="E21: who left is silent beside who goes on"),
        pytest.param([one("a", 1), one("b", 2, has_left=True)], "a", id="though it was linked last"),
        pytest.param([one("a", 1, last_day=-1), one("b", 2, begins=0)], "b", id="no day between"),
        pytest.param(
            [one("a", 1, last_day=-5), one("b", 2, begins=0)], "ab", id="E19: a gap: it ended, and begins anew"
        ),
        pytest.param([one("a", 1, last_day=-5), one("b", None, begins=-4)], "", id="b is linked by nobody yet"),
        pytest.param([one("a", 1), one("b", None)], "a", id="one that may be theirs silences none that goes on"),
        pytest.param([one("a", 1, last_day=-9), one("b", 2, last_day=-2)], "b", id="of two endings the later"),
        pytest.param([one("a", 1, is_gone=True), one("b", 2)], "b", id="one is deleted"),
        pytest.param([one("a", 1), one("b", 2, is_gone=True)], "a", id="the later one is deleted"),
        pytest.param([one("a", 1, is_gone=True), one("b", 2, last_day=-9)], "b", id="an ending before a deletion"),
        pytest.param([one("a", 1, is_gone=True), one("b", 2, is_gone=True)], "b", id="both are deleted"),
    ],
)
def test_one_of_them_speaks(records: list[OneOf], expected: str):
    assert heard(*records) == expected


def test_an_ending_after_which_another_record_goes_on_is_none():
    """E22: a contract ends at the end of the month, the employment begins on the first."""
    found = stand(one("a", 1, last_day=20), one("b", 2, begins=21))
    assert (found["a"], found["b"]) == (Beside(goes_on=True), Beside(follows=True))
    assert stand(one("a", 1, last_day=20), one("b", 2, begins=22))["a"] == Beside()
    assert stand(one("a", 2, last_day=20), one("b", 1, last_day=10))["a"] == Beside()


records = st.lists(
    st.builds(
        lambda link, begins, last_day, has_left, is_gone: (link, begins, last_day, has_left, is_gone),
        st.integers(1, 3),
        st.none() | st.integers(-9, 9),
        st.none() | st.integers(-9, 9),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@given(records)
def test_whoever_has_records_is_never_without_a_voice(cells: list[tuple[int, int | None, int | None, bool, bool]]):
    """A record that is silent is silent because of one that is heard; two that go on are never both heard."""
    some = [
        one(chr(97 + nth), link, begins=begins, last_day=last_day, has_left=has_left, is_gone=is_gone)
        for nth, (link, begins, last_day, has_left, is_gone) in enumerate(cells)
    ]
    found = stand(*some)
    for beside in found.values():
        assert beside.speaks is None or found[beside.speaks].speaks is None
    going_on = [each for each in some if each.end(TODAY) >= TODAY and (each.begins or TODAY) <= TODAY]
    assert sum(found[each.key].speaks is None for each in going_on if found) <= 1
