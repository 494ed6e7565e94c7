"""Canonical values as text, and their digests."""

from datetime import date
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from domain.change import Kind
from domain.value import as_day, decode, digest, encode, from_plain, plain

SETS = st.sets(st.text(), min_size=1).map(lambda members: tuple(sorted(members)))
VALUES = st.dictionaries(st.text(), st.none() | st.text() | SETS)


@given(VALUES)
def test_what_was_encoded_is_read_back(values):
    assert decode(encode(values)) == values
    assert encode(dict(reversed(values.items()))) == encode(values)


def test_values_are_compact_json_with_sorted_keys():
    assert encode({"title": "Ré", "plans": ("a", "b"), "team": None}) == (
        '{"plans":["a","b"],"team":null,"title":"Ré"}'
    )
    assert decode(None) == {}


def test_an_empty_set_is_null():
    assert from_plain([]) is None
    assert from_plain(plain(("a",))) == ("a",)
    assert (from_plain(None), from_plain(1)) == (None, "1")


def test_a_date_is_read_and_null_is_no_day():
    assert as_day("2026-03-01") == date(2026, 3, 1)
    assert as_day(None) is None


def test_a_digest_depends_on_values_and_on_nothing_else():
    values = {"b": "2", "a": ("x", "y")}
    assert digest(values) == digest(MappingProxyType(dict(reversed(values.items()))))
    assert digest(values) != digest({**values, "a": ("x",)})
    assert digest({"p", "q", "r"}) == digest({"r", "q", "p"}) == digest(["p", "q", "r"])
    assert digest(date(2026, 3, 1), Kind.ADD, None) == digest("2026-03-01", "add", None)
    assert digest("a", "b") != digest("ab")
    assert digest("same on every machine and day") == "727f1f75192d2cfc60cdc67a0bf3cfa8"
