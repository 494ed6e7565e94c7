"""A no is remembered, and comes up again when there is a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.change import Difference, Ending, Kind, State
from domain.judge import Memory, Standing, judge_absence
from domain.rejection import Rejection, Scope, hold_back, remember
from tests.domain.person import Person, day, hired, kinds, record, said

NEWCOMER = {"employee_id": "00017", "name": "Ann", "job_code": "S1", "hire_date": "02-01"}


def no(person: Person, sent, *, scope: Scope = Scope.CHANGE, until: str | None = None, only: str = "") -> Memory:
    """Reject what a record asks for (of several things only one attribute) on March 10."""
    (change, *_) = person.propose(sent, "03-10").changes
    if only:
        change = replace(change, differences=tuple(one for one in change.differences if one.attribute == only))
    return Memory((kept(remember(change, scope, day(until) if until else None, "ana", "contractor", day("03-10"))),))


def kept(rejection: Rejection, number: int = 1) -> Rejection:
    return replace(rejection, id=number)


def test_a_rejected_add_is_never_asked_again_by_identical_records():
    """F01."""
    memory = no(Person(), record(**NEWCOMER))
    for days in range(1, 11):
        found = Person().judge(record(**NEWCOMER), day("03-10") + timedelta(days=days), memory)
        assert found.standing is Standing.SUPPRESSED
        (quiet,) = found.suppressed
        assert quiet.state is State.SUPPRESSED
        assert quiet.earlier
        assert (quiet.earlier.by, quiet.earlier.reason) == ("ana", "contractor")
        assert quiet.earlier.rejected_on == day("03-10")


@pytest.mark.parametrize("cosmetic", [{"name": "Anne"}, {"team": "north"}, {"email": "ann@example.com"}])
def test_what_is_cosmetic_does_not_bring_an_add_back(cosmetic: dict[str, str]):
    found = Person().judge(record(**{**NEWCOMER, **cosmetic}), "03-11", no(Person(), record(**NEWCOMER)))
    assert found.standing is Standing.SUPPRESSED


def test_nor_does_another_key_row_or_day():
    """F22: what counts is values, whoever maps them."""
    again = replace(record(**NEWCOMER), key="other", row=99, place="new.csv:99")
    assert not Person().judge(again, "05-11", no(Person(), record(**NEWCOMER))).asked


def test_a_material_change_brings_an_add_back_and_says_what_changed():
    memory = no(Person(), record(**NEWCOMER))
    (asked,) = Person().judge(record(**{**NEWCOMER, "job_code": "S2", "eligible": "true"}), "03-11", memory).asked
    assert asked.earlier
    assert asked.earlier.changed == ("job_code S1 -> S2", "eligible nothing -> true")


def test_rejected_for_good_is_for_good():
    memory = no(Person(), record(**NEWCOMER), scope=Scope.GOOD)
    assert not Person().judge(record(**{**NEWCOMER, "job_code": "S2"}), "03-11", memory).asked


def test_rejected_until_a_day_is_silent_on_that_day_and_asked_on_the_next():
    """F07."""
    memory = no(Person(), record(**NEWCOMER), scope=Scope.UNTIL, until="06-08")
    assert not Person().judge(record(**NEWCOMER), "06-08", memory).asked
    (asked,) = Person().judge(record(**NEWCOMER), "06-09", memory).asked
    assert asked.earlier
    assert asked.earlier.changed == ()


def test_a_forgotten_rejection_keeps_nothing_back():
    (rejection,) = no(Person(), record(**NEWCOMER)).rejections
    memory = Memory((replace(rejection, ended=True),))
    assert Person().judge(record(**NEWCOMER), "03-11", memory).asked


def test_each_of_two_rejections_of_one_person_is_remembered():
    other = {**NEWCOMER, "job_code": "S2"}
    first, second = no(Person(), record(**NEWCOMER)).rejections[0], no(Person(), record(**other)).rejections[0]
    memory = Memory((first, replace(second, id=2)))
    for values in (NEWCOMER, other):
        assert not Person().judge(record(**values), "03-11", memory).asked


def test_only_the_rejected_value_is_remembered():
    """F18: quota rejected, title approved."""
    sent = record(title="Lead", ote="200")
    memory = no(hired(), sent, only="ote")
    found = hired().judge(sent, "03-11", memory)
    assert [said(one) for one in found.asked] == [{"title": ("Rep", "Lead")}]
    assert [said(one) for one in found.suppressed] == [{"ote": (None, "200")}]
    assert found.standing is Standing.PENDING


def test_another_value_is_asked_with_the_history_and_the_first_stays_rejected():
    memory = no(hired(), record(title="Lead"))
    found = hired().judge(record(title="Chief"), "03-11", memory)
    assert found.asked[0].earlier
    assert found.agreed == ()
    assert not hired().judge(record(title="Lead"), "03-12", memory).asked


def test_a_rejected_value_holds_for_the_day_the_source_gave():
    memory = no(hired(), record("03-01", title="Lead"))
    assert not hired().judge(record("03-01", title="Lead"), "04-11", memory).asked
    assert hired().judge(record("04-01", title="Lead"), "04-11", memory).asked


def test_a_rejection_ends_when_source_and_store_agree():
    memory = no(hired(), record(title="Lead"))
    assert hired().judge(record(title="Rep"), "03-11", memory).agreed == (1,)
    assert hired().judge(record(team=None), "03-11", memory).agreed == ()  # no opinion
    for_good = no(hired(), record(title="Lead"), scope=Scope.GOOD)
    assert hired().judge(record(title="Rep"), "03-11", for_good).agreed == ()


def absence(memory: Memory, today: str = "03-11"):
    return judge_absence(hired().known(record(), day(today)), "workers", "17", Ending.ABSENCE, memory, day(today))


def rejected_absence() -> Memory:
    return Memory((kept(remember(hired().missing("03-10"), Scope.CHANGE, None, "ana", "still here", day("03-10"))),))


def test_a_rejected_absence_is_silent_ends_with_the_return_and_is_asked_when_new():
    """F12."""
    memory = rejected_absence()
    assert absence(memory).standing is Standing.SUPPRESSED
    assert hired().judge(record(title="Rep"), "03-12", memory).agreed == (1,)
    ended = Memory((replace(memory.rejections[0], ended=True),))
    (asked,) = absence(ended, "04-01").asked
    assert asked.earlier
    assert asked.earlier.reason == "still here"


def test_a_stated_last_day_is_another_question_than_an_absence():
    """F13."""
    sent = record(status="terminated", termination_date="03-05")
    assert kinds(hired().judge(sent, "03-11", rejected_absence()).asked) == [Kind.TERMINATION]


def test_an_ending_is_refused_as_a_whole_and_asked_as_a_whole():
    sent = record(status="terminated", termination_date="03-31")
    memory = no(hired(), sent)
    assert (
        not hired().judge(replace(sent, values={**sent.values, "termination_reason": "moved"}), "03-11", memory).asked
    )
    later = record(status="terminated", termination_date="04-30")
    (asked,) = hired().judge(later, "03-11", memory).asked
    assert asked.after == {"status": "terminated", "termination_date": "2026-04-30"}
    assert asked.earlier
    assert asked.earlier.changed == ("termination_date 2026-03-31 -> 2026-04-30",)
    assert hired().judge(record(status="active", termination_date=None), "03-11", memory).agreed == (1,)


def test_a_refused_rehire_does_not_come_back_because_of_a_title():
    gone = hired().agree(record(status="terminated", termination_date="01-31"), "02-10")
    back = {"status": "active", "termination_date": None, "hire_date": "03-01"}
    memory = no(gone, record(**back))
    assert gone.judge(record(**back, title="Lead"), "03-11", memory).standing is Standing.SUPPRESSED
    assert gone.judge(record(**{**back, "hire_date": "04-01"}), "03-11", memory).asked


def test_x_is_not_y_is_answered_once():
    """F19."""
    found = (Difference("source_key", None, "900"),)
    link = replace(hired().missing("03-10"), kind=Kind.LINK, ending=None, source_key="900", differences=found)
    memory = Memory((kept(remember(link, Scope.CHANGE, None, "ana", "somebody else", day("03-10"))),))
    assert hold_back(link, memory.rejections, day("03-11"))[0] is None
    assert hired().judge(record(title="Rep"), "03-11", memory).agreed == ()


NEVER = record("03-10", status="terminated", title="Lead", hire_date="03-15")


def test_a_no_to_never_having_started_does_not_hide_the_rest_of_the_row():
    """What else the row says of that employment is asked from then on, and the no stays."""
    person = hired("03-10")
    memory = no(person, NEVER)
    found = person.judge(NEVER, "03-12", memory)
    assert (found.standing, kinds(found.suppressed)) == (Standing.PENDING, [Kind.RESCISSION])
    assert [said(change) for change in found.asked] == [
        {"title": ("Rep", "Lead")},
        {"hire_date": ("2026-03-10", "2026-03-15")},
    ]
    assert found.agreed == ()


def test_until_it_is_refused_only_the_rescission_is_asked():
    found = hired("03-10").judge(NEVER, "03-12")
    assert (kinds(found.asked), found.suppressed) == ([Kind.RESCISSION], ())


def test_the_rest_of_a_row_is_refused_and_settled_like_any_other():
    """With both refused nothing is left to ask; and a no to the title alone does not end with the rescission."""
    person = hired("03-10")
    lead = person.propose(record("03-10", title="Lead"), "03-12").changes[0]
    title = kept(remember(lead, Scope.CHANGE, None, "ana", "not yet", day("03-12")), 2)
    assert person.judge(NEVER, "03-13", Memory((title,))).agreed == ()
    both = Memory((*no(person, NEVER).rejections, title))
    found = person.judge(record("03-10", status="terminated", title="Lead"), "03-13", both)
    assert (found.standing, found.asked, found.agreed) == (Standing.SUPPRESSED, (), ())
    assert kinds(found.suppressed) == [Kind.RESCISSION, Kind.UPDATE]
