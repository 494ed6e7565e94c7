"""What columns look like is told by their values, and what is otherwise than before is said once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.shape import NUMBER, TEXT, drift, heard, kind_of_values, known_by_now

_KINDS = st.sampled_from(["numbers", "text", "days like YYYY-MM-DD", None])
_SHAPES = st.dictionaries(st.sampled_from("abcd"), _KINDS)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "3", "4"], None),
        (["1", "-2.5", "1,200.00", "$3", "(4)"], "numbers"),
        (["00123"] * 9 + ["n/a"], None),
        (["12 EUR"] * 5 + ["1"] * 5, TEXT),
        (["Rep", "Lead", "7", "Head", "Rep"], TEXT),
        (["2026-01-31"] * 5, "days like YYYY-MM-DD"),
        (["2026-01-31 10:00:00"] * 5, "days like YYYY-MM-DD"),
        (["01/31/2026", "1/2/2026", "3/4/2026", "5/6/2026", "7/8/2026"], "days like MM/DD/YYYY"),
        (["31.01.2026"] * 5, "days like DD.MM.YYYY"),
        (["01/02/2026"] * 9, None),
        (["01-Feb-2026"] * 5, "days like DD-MON-YYYY"),
        (["2026-01-31"] * 4 + ["31/01/2026"], None),
    ],
)
def test_what_values_look_like(values: list[str], kind: str | None):
    assert kind_of_values(values) == kind


def told(before: dict[str, str | None] | None, now: dict[str, str | None]) -> list[tuple[str, str | None]]:
    return [(one.code, one.column) for one in drift(before, now, ("a",), "hr")]


def test_what_is_new_gone_or_of_another_kind_is_said():
    before: dict[str, str | None] = {"a": "numbers", "b": "text", "c": None}
    assert told(before, {"a": "text", "c": "numbers", "d": None}) == [
        ("column_new", "d"),
        ("column_lost", "b"),
        ("type_changed", "a"),
    ]
    assert told(None, before) == []


@given(_SHAPES, _SHAPES)
def test_the_same_again_is_never_said_twice(before: dict[str, str | None], now: dict[str, str | None]):
    assert told(known_by_now(before, now, is_full=True), now) == []


@given(_SHAPES, _SHAPES, _SHAPES)
def test_a_read_that_does_not_tell_hides_no_change(
    before: dict[str, str | None], between: dict[str, str | None], now: dict[str, str | None]
):
    """Of a column that each of three reads has: what the first and the last tell otherwise is said at one of them."""
    said = {column for code, column in told(before, between) if code == "type_changed"}
    said |= {
        column for code, column in told(known_by_now(before, between, is_full=True), now) if code == "type_changed"
    }
    for name in before.keys() & between.keys() & now.keys():
        first, last = before[name], now[name]
        if first and last and first != last:
            assert name in said


def changes(before: dict[str, str | None], *reads: tuple[str | None, bool]) -> list[str]:
    """What is told of column `a` by reads of a kind each, full ones or increments."""
    found = []
    for kind, is_full in reads:
        now = heard(before, {"a": kind}, is_full=is_full)
        found += [one.message.partition(":")[0] for one in drift(before, now, (), "hr")]
        before = known_by_now(before, now, is_full=is_full)
    return found


def test_increments_of_a_column_of_both_say_so_once():
    """Zip codes, read a few at a time: 75001, then SW1A."""
    read = [(NUMBER, False), (TEXT, False)] * 3
    assert changes({"a": TEXT}, *read) == []
    assert changes({"a": NUMBER}, *read) == ["hr had numbers in column 'a' and has text now"]
    assert changes({"a": TEXT}, (NUMBER, False), (NUMBER, True)) == ["hr had text in column 'a' and has numbers now"]


@given(st.lists(_KINDS, max_size=8), _KINDS)
def test_increments_tell_one_change_at_most_until_a_full_read(kinds: list[str | None], first: str | None):
    assert len(changes({"a": first}, *((kind, False) for kind in kinds))) <= 1
