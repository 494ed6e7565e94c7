"""What the quotas of one person come to: proposed, corrected, taken back, refused before, on file already."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.change import Change, Kind
from domain.dated_changes import Holder, JudgedDated, SentDated, is_about, is_on_file, judge_dated, set_by
from domain.judge import Standing
from domain.quota import Quota
from domain.rejection import Rejection, Scope, remember
from tests.domain.person import WHO, Person, day, hired, kinds, record, said

TODAY = day("02-01")
Q1, Q2, H1 = ("01-01", "04-01"), ("04-01", "07-01"), ("01-01", "07-01")


def quota(amount: int, days: tuple[str, str] = Q1, line: str | None = None) -> Quota:
    return Quota("revenue", Decimal(amount), "USD", day(days[0]), day(days[1]), line)


def sent(*quotas: Quota) -> list[SentDated]:
    return [SentDated(one, f"K{nth}", nth + 2, f"quotas.csv:{nth + 2}") for nth, one in enumerate(quotas)]


def judge(
    person: Person, *quotas: Quota, gone: list[Quota] | None = None, memory: tuple[Rejection, ...] = ()
) -> JudgedDated:
    taken_back = {(one.attribute, one.value): date.min for one in gone or []}
    holder = Holder(WHO, "main", "quotas", person.versions)
    found = judge_dated(holder, sent(*quotas), taken_back, memory, TODAY)
    asked = tuple(replace(one, baseline=person.revision) for one in found.asked)
    return replace(found, asked=asked)


def with_quotas(*quotas: Quota, person: Person | None = None) -> Person:
    """Somebody employed since January for whom each was approved in turn."""
    person = person or hired()
    for one in quotas:
        person.approve(*judge(person, one).asked)
    return person


def shown(person: Person, *days: str) -> list[Any]:
    return [person.as_of(one).get("quota:revenue") for one in days]


def told(change: Change) -> tuple[str, str, Any, Any]:
    [(before, after)] = said(change).values()
    return str(change.effective)[5:], str(change.until)[5:], before, after


def test_a_new_quota_is_proposed_for_its_own_days():
    found = judge(hired(), quota(90))
    [change] = found.asked
    assert found.standings == (Standing.PENDING,)
    assert (change.kind, change.source_effective, change.corrected) == (Kind.QUOTA, day("01-01"), False)
    assert (change.source_key, change.row, change.place) == ("K0", 2, "quotas.csv:2")
    assert told(change) == ("01-01", "04-01", None, "90 USD 2026-01-01..2026-04-01")


def test_an_approved_quota_holds_on_its_days_and_nothing_is_asked_again():
    person = with_quotas(quota(90))
    assert shown(person, "01-01", "03-31", "04-01") == [quota(90).value, quota(90).value, None]
    assert judge(person, quota(90)) == JudgedDated((Standing.UNCHANGED,))
    assert person.as_of("02-01")["title"] == "Rep"


def test_a_corrected_amount_is_the_new_value_over_the_same_days():
    person = with_quotas(quota(90), quota(80, Q2))
    found = judge(person, quota(95), quota(80, Q2))
    [change] = found.asked
    assert found.standings == (Standing.PENDING, Standing.UNCHANGED)
    assert told(change) == ("01-01", "04-01", quota(90).value, quota(95).value)
    assert change.corrected
    assert shown(person.approve(change), "02-01", "05-01") == [quota(95).value, quota(80, Q2).value]


def test_lines_and_measures_of_the_same_days_are_changes_of_their_own():
    person, ramp = hired(), quota(5, line="ramp")
    both = judge(person, quota(90), ramp).asked
    assert [list(said(one)) for one in both] == [["quota:revenue"], ["quota:revenue:ramp"]]
    person.approve(both[0])
    [other] = judge(person, quota(90), ramp).asked
    assert other.fingerprint == both[1].fingerprint


def test_a_quota_over_others_holds_on_every_one_of_its_days():
    """A quota of a half year replaces those of its quarters, also the one that begins later."""
    person = with_quotas(quota(90), quota(80, Q2))
    person.approve(*judge(person, quota(200, H1)).asked)
    assert shown(person, "01-01", "03-31", "04-01", "06-30", "07-01") == [quota(200, H1).value] * 4 + [None]
    assert judge(person, quota(200, H1)).asked == ()


def test_what_a_quota_hides_in_part_shows_on_its_other_days():
    person = with_quotas(quota(200, H1), quota(50, ("02-01", "03-01")))
    assert shown(person, "01-31", "02-01", "02-28", "03-01") == [
        quota(200, H1).value, *[quota(50, ("02-01", "03-01")).value] * 2, quota(200, H1).value
    ]  # fmt: skip
    assert not is_on_file(quota(200, H1), person.versions)


# --- taken back


def test_what_the_source_took_back_is_proposed_as_nothing_over_its_days():
    person = with_quotas(quota(90), quota(80, Q2))
    [change] = judge(person, quota(80, Q2), gone=[quota(90)]).asked
    assert told(change) == ("01-01", "04-01", quota(90).value, None)
    assert (change.kind, change.row, change.corrected) == (Kind.QUOTA, None, True)
    assert shown(person.approve(change), "02-01", "05-01") == [None, quota(80, Q2).value]
    assert judge(person, quota(80, Q2), gone=[quota(90)]).asked == (), "what is not on file is not taken back twice"


def test_what_is_corrected_is_not_taken_back_besides():
    person = with_quotas(quota(90))
    assert len(judge(person, quota(95), gone=[quota(90)]).asked) == 1


def test_days_that_a_moved_quota_leaves_are_taken_back():
    """It was January to June, and is now April to June: January to March is without one."""
    person = with_quotas(quota(200, H1))
    first, second = judge(person, quota(200, Q2), gone=[quota(200, H1)]).asked
    assert told(first) == ("01-01", "04-01", quota(200, H1).value, None)
    assert told(second) == ("04-01", "07-01", quota(200, H1).value, quota(200, Q2).value)
    assert shown(person.approve(first, second), "03-31", "04-01") == [None, quota(200, Q2).value]


def test_a_quota_in_the_middle_of_one_taken_back_stays():
    middle = quota(50, ("02-01", "03-01"))
    person = with_quotas(quota(200, H1), middle)
    found = judge(person, middle, gone=[quota(200, H1)]).asked
    assert [told(one)[:2] for one in found] == [("01-01", "02-01"), ("03-01", "07-01")]
    assert shown(person.approve(*found), "01-31", "02-15", "03-01") == [None, middle.value, None]


def test_what_was_taken_back_from_a_day_on_is_not_so_twice():
    person = with_quotas(quota(200, H1))
    since = {(quota(200, H1).attribute, quota(200, H1).value): day("04-01")}

    def asked() -> tuple[Change, ...]:
        return judge_dated(Holder(WHO, "main", "quotas", person.versions), [], since, (), TODAY).asked

    [change] = asked()
    assert told(change) == ("04-01", "07-01", quota(200, H1).value, None)
    person.approve(replace(change, baseline=person.revision))
    assert shown(person, "03-31", "04-01") == [quota(200, H1).value, None]
    assert asked() == ()


def test_only_a_feed_s_own_quotas_are_its_to_take_back():
    person = with_quotas(quota(90), quota(80, Q2), quota(5, Q2, "ramp"))
    person.steps = [replace(one, origin="by hand") if "quota:revenue:ramp" in one.sets else one for one in person.steps]
    assert set_by(person.current, "quotas") == {(one.attribute, one.value) for one in (quota(90), quota(80, Q2))}


# --- days without an employment


def test_a_quota_of_days_before_the_start_counts_on_the_others():
    person = with_quotas(quota(200, H1), person=hired("03-01"))
    assert shown(person, "02-01", "03-01", "06-30") == [None, *[quota(200, H1).value] * 2]
    assert judge(person, quota(200, H1)).standings == (Standing.UNCHANGED,)


def test_a_quota_of_days_without_any_employment_counts_for_nothing():
    found = judge(hired("03-01"), quota(9, ("01-01", "03-01")), quota(80, Q2))
    assert found.standings == (Standing.EXCLUDED, Standing.PENDING)
    assert [one.held for one in found.outside] == [quota(9, ("01-01", "03-01"))]
    assert len(found.asked) == 1


def test_somebody_yet_to_be_added_is_asked_about():
    assert judge(Person(), quota(90)).standings == (Standing.PENDING,)


def test_a_corrected_start_moves_no_quota():
    """A quota has days of its own: hired earlier or later, it neither begins earlier nor stops being Q2's."""
    for start, first in (("03-01", "04-01"), ("05-01", "05-01")):
        person = with_quotas(quota(80, Q2), person=hired("04-01"))
        person.agree(record(status="active", title="Rep", hire_date=start), "06-01")
        assert person.versions[0].opened == day(start)
        days = [version.start for version in person.versions if "quota:revenue" in version.attributes]
        assert days[0] == day(first)
        assert shown(person, "06-30", "07-01") == [quota(80, Q2).value, None]


# --- refused before


def refused(change: Change, scope: Scope = Scope.CHANGE) -> Rejection:
    return replace(remember(change, scope, None, "dana", "too low", TODAY), id=3)


def test_a_refused_quota_is_remembered_by_value_and_days():
    person = hired()
    [change] = judge(person, quota(90)).asked
    memory = (refused(change),)
    again = judge(person, quota(90), memory=memory)
    assert (again.standings, again.asked, again.agreed) == ((Standing.SUPPRESSED,), (), ())
    assert again.suppressed[0].earlier is not None
    [other] = judge(person, quota(95), memory=memory).asked
    assert other.earlier is not None, "another amount is asked about, and says what was refused"
    [later] = judge(person, quota(90, Q2), memory=memory).asked
    assert later.earlier is None, "that of other days was never refused"


def test_a_no_ends_when_source_and_store_agree_on_those_days():
    person = with_quotas(quota(90))
    [change] = judge(person, quota(95)).asked
    memory = (refused(change),)
    assert judge(person, quota(80, Q2), memory=memory).agreed == (), "not sent is no opinion"
    assert judge(person, quota(95), memory=memory).agreed == ()
    assert judge(person, quota(90), quota(80, Q2), memory=memory).agreed == (3,)
    assert judge(person, quota(90), memory=(refused(change, Scope.GOOD),)).agreed == ()
    assert judge(person, quota(90), memory=(replace(refused(change), ended=True),)).agreed == ()


def test_a_refused_taking_back_is_remembered_until_it_is_sent_again():
    person = with_quotas(quota(90), quota(80, Q2))
    [change] = judge(person, quota(80, Q2), gone=[quota(90)]).asked
    memory = (refused(change),)
    again = judge(person, quota(80, Q2), gone=[quota(90)], memory=memory)
    assert (again.asked, len(again.suppressed), again.agreed) == ((), 1, ())
    assert judge(person, gone=[quota(80, Q2)], memory=memory).asked, "that of other days is asked about"
    assert judge(person, quota(90), quota(80, Q2), memory=memory).agreed == (3,)


def test_a_no_about_something_else_says_nothing_of_quotas():
    title = replace(refused(Person().by_hand("01-01", title="Lead")), kind=Kind.UPDATE)
    assert judge(hired(), quota(90), memory=(title,)).asked


# --- everything else about the person


@pytest.mark.parametrize(("days", "is_so"), [(Q1, True), (H1, True), (Q2, False)])
def test_a_change_is_about_quotas_that_share_a_day(days: tuple[str, str], is_so: bool):
    [change] = judge(hired(), quota(90)).asked
    assert is_about(change, quota(1, days)) == is_so
    assert not is_about(change, quota(1, days, "ramp"))


NUMBERS = st.integers(0, 11)
SPANS = st.tuples(NUMBERS, NUMBERS).filter(lambda pair: pair[0] < pair[1])
DECIDED = st.lists(
    st.one_of(
        st.tuples(st.just("quota"), SPANS, st.sampled_from([None, "ramp"]), st.integers(1, 3)),
        st.tuples(st.just("title"), NUMBERS, st.sampled_from(["a", "b"]), st.none()),
    ),
    max_size=8,
)


@given(decided=DECIDED)
def test_whatever_is_decided_each_day_has_the_last_quota_decided_for_it_and_keeps_its_other_values(decided: list[Any]):
    """Against a roster written out day by day (days 1 to 12 of January)."""
    person, without = hired(), hired()
    model: list[dict[str, str]] = [{} for _ in range(12)]
    for what, when, which, amount in decided:
        if what == "title":
            for somebody in (person, without):
                somebody.set(f"01-{when + 1:02}", title=which)
            continue
        first, last = when
        one = quota(amount, (f"01-{first + 1:02}", f"01-{last + 1:02}"), which)
        before = [person.as_of(f"01-{number + 1:02}") for number in range(12)]
        changes = judge(person, one).asked
        assert kinds(changes) == [Kind.QUOTA] * (
            not all(before[n].get(one.attribute) == one.value for n in range(*when))
        )
        person.approve(*changes)
        assert judge(person, one) == JudgedDated((Standing.UNCHANGED,))
        for number in range(*when):
            model[number][one.attribute] = one.value
    for number in range(12):
        values = person.as_of(f"01-{number + 1:02}")
        quotas = {name: values.pop(name) for name in list(values) if name.startswith("quota:")}
        assert quotas == model[number]
        assert values == without.as_of(f"01-{number + 1:02}")
