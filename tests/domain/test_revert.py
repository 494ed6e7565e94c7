"""A decision taken back: the history is on every day as if it had never been made."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.change import Change, DatedBy, Difference, State
from domain.revert import Undone, kind_undone, undone
from domain.step import fold
from tests.domain.person import WHO, Person, hired

START = date(2026, 1, 2)
DAYS = st.integers(0, 60).map(lambda days: START + timedelta(days))
SETS = st.tuples(DAYS, st.one_of(st.none(), st.integers(1, 40)), st.sampled_from(["a", "b"]), st.sampled_from("xyz"))


def decided(person: Person, told: tuple[date, int | None, str, str]) -> Change | None:
    """One value set by hand and approved; None where it is so already."""
    start, length, name, value = told
    if person.as_of(start).get(name) == value:
        return None
    until = start + timedelta(length) if length else None
    change = replace(person.by_hand(start, **{name: value}), until=until)
    person.approve(change)
    return change


def taken_back(person: Person, change: Change, decision: int) -> Change | str:
    """The change that takes another back."""
    ended = [step for step in person.steps if step.revision_to == decision]
    found = undone(replace(change, state=State.APPLIED), decision, person.current, ended)
    if isinstance(found, str):
        return found
    names = sorted(found.before.keys() | found.after.keys())
    values = [(name, found.before.get(name), found.after.get(name)) for name in names]
    different = tuple(Difference(*one) for one in values if one[1] != one[2])
    return Change(
        kind_undone(change, different), WHO, "admin", None, found.day, DatedBy.ADMIN, different,
        until=change.until, baseline=person.revision, reverts=decision,
    )  # fmt: skip


@given(st.lists(SETS, max_size=5), SETS, st.lists(SETS, max_size=3))
def test_the_history_is_what_it_would_be_without_the_decision(before, told, after):
    """Whatever was decided before and after: the fold of all steps but its own."""
    person = hired()
    for one in before:
        decided(person, one)
    as_it_was = person.versions
    change = decided(person, told)
    if change is None:
        return
    decision = person.revision
    for one in after:
        decided(person, one)
    without = fold(step for step in person.current if step.decision != decision)
    opposite = taken_back(person, change, decision)
    if isinstance(opposite, str):
        assert opposite == "it shows on no day: what was decided later hides it"
        assert person.versions == without
        return
    person.approve(opposite)
    assert person.versions == without
    if not after:
        assert person.versions == as_it_was


def test_somebody_added_by_it_never_began():
    person = hired("01-01")
    add = next(step for step in person.steps if step.opens)
    found = undone(_add(person), add.decision, person.current, ())
    assert found == Undone(date(2026, 1, 1), {"status": "active"}, {})


def test_an_employment_that_began_on_another_day_by_now_is_corrected_instead():
    person = hired("01-01")
    other = replace(_add(person), effective=date(2026, 1, 5))
    assert undone(other, person.revision, person.current, ()) == (
        "the employment began on another day than 2026-01-05 by now: correct that"
    )


def test_what_replaced_an_earlier_decision_is_corrected_instead():
    person = hired("01-01")
    replaced = replace(person.steps[0], revision_to=person.revision)
    assert str(undone(_add(person), person.revision, person.current, [replaced])).startswith("it replaced")


def _add(person: Person) -> Change:
    change = person.missing("03-01")
    return replace(change, kind=change.kind.ADD, effective=date(2026, 1, 1), state=State.APPLIED)
