"""A membership and its text: equal ones give equal texts, and the text gives it back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.change import Difference, Kind, kind_of
from domain.facts import MEMBER_KINDS, ROLES, TERMS
from domain.member import Membership, is_member, membership_in, membership_of, memberships_in
from domain.step import FOREVER

WORD = st.from_regex(r"[\w][\w =:%/.-]{0,11}[\w%]", fullmatch=True)
DAY = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@st.composite
def memberships(draw: st.DrawFn) -> Membership:
    first = draw(DAY)
    return Membership(
        draw(st.sampled_from(MEMBER_KINDS)),
        draw(WORD),
        first,
        draw(st.one_of(st.just(FOREVER), st.integers(1, 900).map(lambda days: first + timedelta(days)))),
        draw(st.none() | st.sampled_from(ROLES)),
        draw(st.none() | st.integers(1, 1_000_000).map(lambda part: Decimal(part).scaleb(-6))),
        tuple((name, draw(WORD)) for name in TERMS if draw(st.booleans())),
    )


@given(memberships())
def test_the_text_gives_the_membership_back(one: Membership):
    assert membership_in(one.attribute, one.value) == one
    assert is_member(one.attribute)
    assert list(memberships_in({one.attribute: one.value, "team": "T9", "member:gone:T": None})) == [one]


@pytest.mark.parametrize(
    ("share", "text"), [("60%", "60%"), ("0.6", "60%"), (".600", "60%"), ("1", "100%"), ("0.000001", "0.0001%")]
)
def test_a_share_has_one_way_of_being_written(share: str, text: str):
    found = membership_of({"kind": "team", "unit": "T1", "from": "2026-01-01", "share": share})
    assert isinstance(found, Membership)
    assert found.value == f"- {text} 2026-01-01.."


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("team", "- - 2026-01-01.."),
        ("member:gang:T1", "- - 2026-01-01.."),
        ("member:team:", "- - 2026-01-01.."),
        ("member:team:T1", "60% - 2026-01-01.."),
        ("member:team:T1", "2026-01-01.."),
    ],
)
def test_what_is_no_membership_is_refused(attribute: str, value: str):
    with pytest.raises(ValueError, match="is no membership"):
        membership_in(attribute, value)


@pytest.mark.parametrize(
    ("unit", "kind"),
    [
        ("plan", Kind.PLAN),
        ("team", Kind.MOVE),
        ("territory", Kind.MOVE),
        ("position", Kind.MOVE),
        ("club", Kind.UPDATE),
    ],
)
def test_a_change_of_one_is_called_after_what_it_is_of(unit: str, kind: Kind):
    assert kind_of([Difference(f"member:{unit}:T1", None, "- - 2026-01-01..")]) is kind
