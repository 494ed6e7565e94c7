"""Who a new record is about."""

from dataclasses import replace

import pytest

from domain.match import Match, match
from domain.record import Candidate, Conflict
from domain.value import Value
from tests.domain.person import record


def candidate(person: int, rule: str, **ids: str) -> Candidate:
    return Candidate(person, f"Name {person}", rule, ids)


def apart(person: int, rule: str, **ids: str) -> Candidate:
    """Somebody whom the record was said not to be."""
    return replace(candidate(person, rule, **ids), is_apart=True)


def matched(*candidates: Candidate, **values: Value) -> int | tuple[int, ...] | None:
    """The person it is, all it may be, or None."""
    found = match(record(**values), candidates)
    if isinstance(found, Conflict):
        assert found.kind == "who"
        return tuple(one.person for one in found.candidates)
    return found.candidate.person if isinstance(found, Match) else None


def test_nobody_known_is_a_newcomer():
    assert matched(employee_id="00123") is None


def test_the_first_rule_with_one_candidate_wins():
    known = (candidate(1, "email", partner_id="P"), candidate(2, "partner_id"), candidate(3, "employee_id"))
    everything = {"employee_id": "00123", "partner_id": "P", "email": "a@example.com"}
    assert matched(*known, **everything) == 3
    assert matched(*known[:2], **everything) == 2
    assert matched(*known[:1], **everything) == 1


def test_two_candidates_are_a_question_that_lists_both():
    known = (candidate(9, "email"), candidate(4, "email"))
    assert matched(*known, email="a@example.com") == (4, 9)
    found = match(record(email="a@example.com"), known)
    assert isinstance(found, Conflict)
    assert "P4" in found.question


@pytest.mark.parametrize("blank", [{}, {"email": None}, {"email": ""}])
def test_blank_never_matches_blank(blank: dict[str, Value]):
    assert matched(candidate(1, "email"), **blank) is None


def test_another_strong_id_vetoes_an_email():
    known = candidate(1, "email", employee_id="00123")
    assert matched(known, email="a@example.com", employee_id="00999") is None
    assert matched(known, email="a@example.com", employee_id="00123") == 1
    assert matched(known, email="a@example.com") == 1
    assert matched(known, candidate(2, "email"), email="a@example.com", employee_id="00999") == 2


def test_but_not_a_strong_id():
    known = candidate(1, "partner_id", employee_id="00123", partner_id="P")
    assert matched(known, partner_id="P", employee_id="00999") == 1


def test_whom_it_was_said_not_to_be_is_found_by_no_e_mail():
    mail = {"email": "a@example.com"}
    assert matched(apart(1, "email"), **mail) is None
    assert matched(apart(1, "email"), candidate(2, "email"), **mail) == 2
    assert matched(apart(1, "email"), candidate(2, "email"), candidate(3, "email"), **mail) == (2, 3)


def test_a_strong_id_of_whom_it_was_said_not_to_be_is_a_question():
    """And no weaker rule answers it."""
    found = match(record(employee_id="00123", email="a@example.com"), [apart(1, "employee_id"), candidate(2, "email")])
    assert isinstance(found, Conflict)
    assert "employee_id 00123 is that of P1, and it was said that this record is not P1" in found.question
    assert [one.person for one in found.candidates] == [1]


def test_a_question_carries_what_the_record_says_of_itself():
    said = record(name="Ann", email="a@example.com", employee_id=None, hire_date="2026-01-01", title="Rep")
    found = match(said, [candidate(1, "email"), candidate(2, "email")])
    assert isinstance(found, Conflict)
    assert dict(found.values) == {"name": "Ann", "email": "a@example.com", "hire_date": "2026-01-01"}
