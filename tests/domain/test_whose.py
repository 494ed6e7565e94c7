"""Whose value counts: the order of sources, null, what is ours, and what only a person can say."""

from __future__ import annotations

import pytest

from domain.record import MappedRecord
from domain.whose import Mode, OnNull, Opinion, Whose, counting, disagreement, heard, ordered

HR, CRM, SHEET = (Opinion(name, name.upper()) for name in ("hr", "crm", "sheet"))


@pytest.mark.parametrize(
    ("order", "said", "counts"),
    [
        (("hr", "crm"), (CRM, HR), (HR,)),
        (("crm", "hr"), (CRM, HR), (CRM,)),
        (("crm", "hr"), (HR, SHEET), (HR,)),  # who says nothing does not count
        (("hr",), (CRM, SHEET), (CRM, SHEET)),  # whoever is not named comes last, beside the others
        ((), (HR,), (HR,)),
        (("hr",), (), ()),
    ],
)
def test_the_first_source_that_says_something_counts(order, said, counts):
    assert counting(said, Whose(sources=order)) == counts


@pytest.mark.parametrize(("on_null", "counts"), [(OnNull.CLEAR, None), (OnNull.KEEP, "CRM"), (OnNull.FALLBACK, "CRM")])
def test_null_from_the_first_is_a_value_or_none(on_null, counts):
    (found,) = counting((Opinion("hr", None), CRM), Whose(on_null=on_null, sources=("hr", "crm")))
    assert found.value == counts


def test_null_from_everybody_counts_where_the_next_would_decide():
    nothing = (Opinion("hr", None), Opinion("crm", None))
    assert counting(nothing, Whose(on_null=OnNull.FALLBACK, sources=("hr",))) == (Opinion("hr", None),)
    assert counting(nothing, Whose(on_null=OnNull.KEEP, sources=("hr",))) == ()


def test_of_a_participant_a_source_is_heard_where_its_own_value_counts():
    whose = {"title": Whose(sources=("hr", "crm")), "team": Whose(sources=("crm", "hr"))}
    others = {"title": [HR], "team": [HR]}
    found = heard(
        {"title": "Lead", "team": "West", "phone": "1"}, whose, is_participant=True, source="crm", others=others
    )
    assert (found.values, found.disputed) == ({"team": "West", "phone": "1"}, {})


def test_who_is_to_be_added_gets_what_counts_whoever_says_it():
    found = heard(
        {"title": "Lead"}, {"title": Whose(sources=("hr",))}, is_participant=False, source="crm", others={"title": [HR]}
    )
    assert found.values == {"title": "HR"}


@pytest.mark.parametrize("is_participant", [True, False])
def test_what_equals_disagree_about_is_left_out_and_told(is_participant: bool):
    found = heard({"title": "Lead"}, {}, is_participant=is_participant, source="crm", others={"title": [HR]})
    assert (found.values, found.disputed) == ({}, {"title": (Opinion("crm", "Lead"), HR)})


def test_what_nobody_disputes_is_the_same_object():
    values = {"title": "HR", "team": "West"}
    assert heard(values, {}, is_participant=True, source="crm", others={"title": [HR]}).values is values


@pytest.mark.parametrize(
    ("mode", "of_participant", "of_newcomer"),
    [(Mode.PROPOSE, {"title": "x"}, {"title": "x"}), (Mode.SEED, {}, {"title": "x"}), (Mode.LOCAL, {}, {})],
)
def test_what_is_ours_is_not_heard(mode: Mode, of_participant, of_newcomer):
    for is_participant, expected in ((True, of_participant), (False, of_newcomer)):
        assert heard({"title": "x"}, {"title": Whose(mode)}, is_participant=is_participant).values == expected


def test_who_somebody_is_the_roster_s_source_says_unless_an_order_is_given():
    whose = {"hire_date": Whose(sources=("crm",))}
    found = ordered(whose, ["status", "hire_date", "title"], ("hr",))
    sources = {name: one.sources for name, one in found.items()}
    assert sources == {"status": ("hr",), "hire_date": ("crm",), "title": ()}


def test_a_question_says_who_says_what_and_how_to_be_rid_of_it():
    record = MappedRecord("people", "1001", 7, "people.csv:8", {})
    question = disagreement(record, 12, "title", (Opinion("crm", None), Opinion("hr", ("a", "b"))))
    assert question.question.startswith("title of P12: crm says nothing; hr says 'a; b'. Which holds?")
    assert (question.kind, question.attribute, question.values) == (
        "value",
        "title",
        (("crm", None), ("hr", ("a", "b"))),
    )
