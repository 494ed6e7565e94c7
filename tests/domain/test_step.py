"""Steps and what they fold to."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.step import FOREVER, Step, Version, fold, known_at, on, timeline
from domain.value import Value
from tests.domain.person import day

DAY = timedelta(days=1)
FIRST = day("01-01")


def step(seq: int, start: str, end: str | None = None, /, *, opens: bool = False, **sets: Value) -> Step:
    return Step(
        id=seq, person=7, engagement="main", start=day(start), end=day(end) if end else FOREVER, sets=sets,
        origin="workers", opens=opens, seq=seq, decision=seq, revision_from=seq,
    )  # fmt: skip


def told(versions: tuple[Version, ...]) -> list[tuple[str, str, dict[str, Value]]]:
    return [(str(one.start)[5:], str(one.end)[5:], dict(one.attributes)) for one in versions]


@pytest.mark.parametrize("end", ["01-01", "2025-12-31"])
def test_a_step_needs_a_day(end: str):
    """H09."""
    with pytest.raises(ValueError, match="at least one day: 2026-01-01"):
        step(1, "01-01", end, title="A")


def test_nobody_is_on_the_roster_before_an_opening_step():
    assert fold([step(1, "01-01", title="A")]) == ()
    assert told(fold([step(1, "01-01", title="A"), step(2, "02-01", opens=True)])) == [
        ("02-01", "12-31", {"title": "A"})
    ]


def test_a_contract_with_an_end_leaves_the_roster():
    assert told(fold([step(1, "01-01", "03-01", opens=True, title="A")])) == [("01-01", "03-01", {"title": "A"})]


def test_the_later_start_wins_and_of_one_start_the_later_decision():
    steps = [
        step(1, "01-01", opens=True, title="A", team="n"),
        step(2, "03-01", title="C"),
        step(3, "02-01", title="B", team=None),
        step(4, "03-01", title="D"),
    ]
    assert told(fold(steps)) == [
        ("01-01", "02-01", {"title": "A", "team": "n"}),
        ("02-01", "03-01", {"title": "B"}),
        ("03-01", "12-31", {"title": "D"}),
    ]


def test_versions_know_the_employment_they_belong_to():
    steps = [step(1, "01-01", opens=True, title="A"), step(2, "02-01", opens=True), step(3, "03-01", title="B")]
    assert [one.opened for one in fold(steps)] == [day("01-01"), day("02-01"), day("02-01")]


def test_equal_neighbours_are_one():
    steps = [step(1, "01-01", opens=True, title="A"), step(2, "02-01", "03-01", title="A")]
    assert told(fold(steps)) == [("01-01", "12-31", {"title": "A"})]


def test_what_is_known_at_a_revision():
    first, second = step(1, "01-01", opens=True), step(2, "02-01", title="A")
    assert known_at([first, second], 1) == (first,)
    assert known_at([first, second], 2) == (first, second)


def test_a_timeline_says_where_nobody_is():
    versions = fold([step(1, "02-01", "04-01", opens=True, title="A"), step(2, "03-01", title="B")])
    assert timeline(versions, "title", day("01-01"), day("05-01")) == [
        (day("01-01"), None), (day("02-01"), "A"), (day("03-01"), "B"), (day("04-01"), None),
    ]  # fmt: skip
    assert timeline(versions, "title", day("02-10"), day("02-20")) == [(day("02-10"), "A")]
    assert timeline(versions, "team", day("02-10"), FOREVER) == [(day("02-10"), None)]
    assert timeline((), "title", day("02-10"), FOREVER) == [(day("02-10"), None)]


OFFSETS = st.integers(0, 12)


@st.composite
def some_steps(draw: st.DrawFn) -> list[Step]:
    found = []
    for seq in range(1, draw(st.integers(1, 7)) + 1):
        start, length = FIRST + draw(OFFSETS) * DAY, draw(st.none() | st.integers(1, 8))
        sets: dict[str, Value] = draw(st.dictionaries(st.sampled_from("ab"), st.sampled_from(["x", "y", None])))
        found.append(
            Step(
                id=seq, person=7, engagement="main", start=start, end=start + length * DAY if length else FOREVER,
                sets=sets, origin="test", opens=draw(st.booleans()), seq=seq, decision=seq, revision_from=seq,
            )
        )  # fmt: skip
    return found


def naive(steps: list[Step], when: object) -> dict[str, Value] | None:
    """What holds on one day, said without versions."""
    holding = [one for one in steps if one.start <= when < one.end]  # type: ignore[operator]
    if not any(one.opens for one in holding):
        return None
    values: dict[str, Value] = {}
    for one in sorted(holding, key=lambda one: (one.start, one.seq)):
        values |= one.sets
    return {name: value for name, value in values.items() if value is not None}


@given(some_steps(), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_the_fold_is_what_holds_on_each_day_whatever_the_order(steps, random):
    versions = fold(steps)
    for number in range(-1, 24):
        when = FIRST + number * DAY
        version = on(versions, when)
        assert (dict(version.attributes) if version else None) == naive(steps, when)
    random.shuffle(steps)
    assert fold(steps) == versions


@given(some_steps())
@settings(max_examples=150)
def test_versions_never_overlap_and_neighbours_differ(steps):
    versions = fold(steps)
    assert all(one.start < one.end for one in versions)
    for one, other in pairwise(versions):
        assert one.end <= other.start
        if one.end == other.start:
            assert (one.opened, one.attributes) != (other.opened, other.attributes)
