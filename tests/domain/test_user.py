"""One person has one name, however it is spelled; a name that cannot be seen is none."""

from __future__ import annotations

import pytest

from domain.user import is_same_user, user_named


@pytest.mark.parametrize("said", ["ann", " ann ", "\tann\n"])
def test_a_name_has_no_space_around_it(said: str):
    assert user_named(said) == "ann"


def test_a_name_is_kept_as_it_is_written_in_one_form():
    assert user_named("Zoe\u0308 Q") == "Zoë Q"


@pytest.mark.parametrize("said", ["", "  ", "an\u200bn", "ann\u2060", "a\nn", "\u202eann", "an\x00n", "a\u00adnn"])
def test_what_cannot_be_seen_is_no_part_of_a_name(said: str):
    assert user_named(said) is None


@pytest.mark.parametrize(
    ("one", "other"), [("ann", "Ann"), ("Zoë", "ZOE\u0308"), ("strasse", "Straße"), ("ann", "\uff21nn")]
)
def test_one_person_is_not_two_however_the_name_is_written(one: str, other: str):
    assert is_same_user(one, other)


@pytest.mark.parametrize("other", ["anne", None, "a nn"])
def test_two_people_are_two(other: str | None):
    assert not is_same_user("ann", other)
