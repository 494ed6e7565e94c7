"""What is said of a value that cannot be used: where, what, what to do."""

import pytest

from domain.problem import Problem
from mapping.problems import problem_of
from tests.mapping.worked import compiled, notes

RULES = """
key: K
fields:
  hire_date: {from: X, format: '%d/%m/%Y'}
  original_hire_date: X
  fte: X
  ote: {from: X, thousands: ',', type: money, scale: 2, currency: {from: C}}
  base_salary: {from: X, type: whole}
  eligible: X
  title: {from: X, pattern: '\\d{5}'}
  status: {from: X, values: {aktiv: active}}
  termination_type: X
"""


def test_a_problem_has_its_place_its_field_and_what_was_sent(session):
    (note,) = notes(
        session, "{key: K, fields: {hire_date: {from: Hired, format: '%d/%m/%Y'}}}", {"K": "7", "Hired": "31/02/2026"}
    )
    assert problem_of(note, compiled("{key: K, fields: {hire_date: {from: Hired, format: '%d/%m/%Y'}}}")) == Problem(
        row=2,
        code="not_a_date",
        message="'31/02/2026' is not a date written as %d/%m/%Y; correct it in the source or change `format`",
        place="workers.csv:2",
        key="7",
        field="hire_date",
        column="Hired",
        value="31/02/2026",
    )


@pytest.mark.parametrize(
    ("field", "sent", "message"),
    [
        (
            "original_hire_date",
            "soon",
            "'soon' is not a date written as 2026-03-31; correct it in the source or change `format`",
        ),
        ("fte", "1,5", "'1,5' is not a number; correct it in the source or say `thousands`, `strip` or `decimal_mark`"),
        (
            "ote",
            "1,5",
            (
                "'1,5' is not a number with ',' between thousands; "
                "correct it in the source or say `thousands`, `strip` or `decimal_mark`"
            ),
        ),
        (
            "ote",
            "1.125",
            (
                "'1.125' has more than 2 digits after the point, or more than 16 before it; "
                "correct it in the source or say `round: half_even` or another `scale`"
            ),
        ),
        (
            "ote",
            "1.5",
            (
                "'1.5' has no currency of three capital letters beside it; "
                "correct it in the source or say `currency: {value: USD}`"
            ),
        ),
        ("base_salary", "1.5", "'1.5' is not a whole number; correct it in the source"),
        (
            "eligible",
            "perhaps",
            "'perhaps' is not yes or no (true, false, yes, no, y, n, 1, 0); correct it in the source",
        ),
        (
            "title",
            "1234",
            (
                "'1234' does not look like \\d{5}; "
                "correct it in the source (a spreadsheet may have dropped leading zeros) or change `pattern`"
            ),
        ),
        (
            "status",
            "aktif",
            (
                "'aktif' is none of the values of status; "
                "did you mean 'aktiv'?; correct it in the source or list it under `values`"
            ),
        ),
        (
            "termination_type",
            "fired",
            (
                "'fired' is none of the values of termination_type "
                "(known: death, end_of_contract, involuntary, retirement, voluntary); "
                "map it with `values`"
            ),
        ),
    ],
)
def test_a_message_says_what_and_what_to_do(session, field, sent, message):
    form = compiled(RULES)
    said = {note.field: problem_of(note, form).message for note in notes(session, RULES, {"K": "1", "X": sent})}
    assert said[field] == message


def test_an_empty_key_is_told(session):
    (note,) = notes(session, "{key: [K, L]}", {"K": "1", "L": " "})
    assert problem_of(note, compiled("{key: [K, L]}")).message == (
        "the key is empty (K, L); give the record its key in the source"
    )
