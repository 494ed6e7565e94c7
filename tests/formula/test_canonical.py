"""Canonical forms: one text for one value, found by two independent ways."""

import json
import unicodedata
from decimal import Decimal, InvalidOperation

from hypothesis import assume, given
from hypothesis import strategies as st

from formula import canonical

NUMERALS = st.from_regex(r"\A[+-]?[0-9]{0,30}\.?[0-9]{0,30}\Z")


@given(st.one_of(NUMERALS, st.text(max_size=8)))
def test_a_decimal_is_the_number_it_says_and_written_one_way(text):
    written = canonical.decimal(text)
    try:
        exact = Decimal(text) if text.isascii() and not set(text) - set("+-.0123456789") else None
    except InvalidOperation:
        exact = None
    if exact is None:
        assert written is None
        return
    assert written is not None
    assert Decimal(written) == exact
    assert written == canonical.decimal(written)
    assert not written.startswith("+")
    assert written != "-0"
    assert "." not in written or not written.endswith(("0", "."))


@given(NUMERALS, NUMERALS)
def test_equal_numbers_are_written_alike(one, other):
    first, second = canonical.decimal(one), canonical.decimal(other)
    assume(first is not None and second is not None)
    assert first is not None
    assert second is not None
    assert (first == second) == (Decimal(first) == Decimal(second))


@given(st.text())
def test_trimming_is_what_python_strips_in_nfc(text):
    assert canonical.trim(text) == (unicodedata.normalize("NFC", text.strip()) or None)
    assert canonical.trim(canonical.trim(text)) == canonical.trim(text)


@given(
    st.lists(st.text("a|\\", min_size=1), min_size=2, max_size=3),
    st.lists(st.text("a|\\", min_size=1), min_size=2, max_size=3),
)
def test_different_parts_never_give_one_key(one, other):
    assume(len(one) == len(other))
    assert (canonical.key(tuple(one)) == canonical.key(tuple(other))) == (one == other)


@given(st.lists(st.text(min_size=1, max_size=4)), st.randoms())
def test_a_set_has_no_order_and_no_repeats(members, order):
    members = [one for one in members if ";" not in one]
    shuffled = [*members, *members[:2]]
    order.shuffle(shuffled)
    assert canonical.members(";".join(members), ";") == canonical.members(";".join(shuffled), ";")


@given(st.text(), st.sampled_from([";", ",", "\n", "; "]))
def test_a_set_is_a_sorted_json_list_of_trimmed_members(text, separator):
    written = canonical.members(text, separator)
    found = [] if written is None else json.loads(written)
    assert found == sorted(set(found))
    assert all(one == canonical.trim(one) for one in found)


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=10), st.integers(0, 8))
def test_rounding_is_half_even(exact, scale):
    said = canonical.rounded(canonical.decimal_text(exact), scale)
    assert said is not None
    assert Decimal(said) == round(exact, scale)


@given(st.dates())
def test_a_day_reads_back_and_the_next_one_follows(day):
    assert canonical.day(day.isoformat(), "") == day.isoformat()
    after = canonical.next_day(day.isoformat())
    assert after is None or after > day.isoformat()
