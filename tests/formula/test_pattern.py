"""Patterns and formats mean the same to RE2 and Python, or are refused with what to write instead."""

import re

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formula.dateformat import check_format
from formula.pattern import canonical_pattern, check_pattern

PARTS = st.sampled_from(
    [
        "a",
        "b",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\S",
        r"\D",
        "[a-c]",
        "[^ab]",
        r"[\s\d]",
        r"[^\s]",
        r"[\-x]",
        "(a|b)",
        "(?:ab)",
        r"\.",
        r"\$",
        "é",
        "[é-ö]",
        "|",
        "?",
        "*",
        "+",
        "{2}",
        "{1,2}?",
        "{,3}",
        "^",
        "$",
        "(",
        ")",
        "[",
        "]",
        "\\",
        "(?=a)",
        r"\b",
        r"\1",
        "++",
    ]
)
TEXTS = st.text("ab1 .$\t\n\v\u00a0éx-_", max_size=6)


@given(st.lists(PARTS, min_size=1, max_size=6).map("".join), st.lists(TEXTS, min_size=1, max_size=6))
def test_a_pattern_that_is_not_refused_means_the_same_to_both(session, pattern, texts):
    if check_pattern(pattern):
        return
    written = canonical_pattern(pattern)
    for text in texts:
        ((engine,),) = session.rows("SELECT regexp_full_match(?, ?)", [text, written])
        assert engine is (re.fullmatch(written, text, re.ASCII) is not None)


@given(st.text("ab1()[]{}*+?|^$.\\dws,-é", max_size=12))
def test_no_pattern_that_the_engine_refuses_gets_through(session, pattern):
    if not check_pattern(pattern):
        session.rows("SELECT regexp_full_match('x', ?)", [canonical_pattern(pattern)])


@pytest.mark.parametrize(
    "pattern", ["a{1001}", "(a{500}){3}", "((a{10}b){10,}c|d){11}", r"\é", "[1-,]", "a{2}{3}", "|*"]
)
def test_what_the_engine_refuses_is_refused_before(session, pattern):
    assert check_pattern(pattern) != ()
    with pytest.raises(duckdb.Error):
        session.rows("SELECT regexp_full_match('x', ?)", [pattern])


@pytest.mark.parametrize("pattern", ["[+--]", "[a&&b]", "[1--]"])
def test_a_class_that_may_come_to_mean_something_else_is_refused(pattern):
    (mistake,) = check_pattern(pattern)
    assert "doubles a mark" in mistake.message


@pytest.mark.parametrize("pattern", [r"\d{5}", r"^[A-Z]{2}-\d+$", r"(EU|US)\.\w+", "", r"[^@\s]+@[^@\s]+", r"\$\d*\$"])
def test_what_people_write_is_understood(pattern):
    assert check_pattern(pattern) == ()


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%d",
        "%d/%m/%y",
        "%d.%m.%Y %H:%M",
        "%m/%d/%Y %I:%M %p",
        "%d %B %Y",
        "100%% %Y%m%d",
        "%Y-%m-%dT%H:%M:%S.%f%z",
    ],
)
def test_formats_people_write_are_understood(form):
    assert check_format(form) == ()


@pytest.mark.parametrize(
    ("form", "offset", "message"),
    [
        ("%d/%m/%-y", 6, "'%-' is no part of a date"),
        ("%D", 0, "'%D' is no part of a date that can be read; write %m/%d/%y"),
        ("%-d/%m/%Y", 0, "'%-d' is no part of a date that can be read; write %d"),
        ("dd/mm/yyyy", 0, "a date needs year, month and day"),
        ("%z %Y-%m-%d", 0, "an offset (%z) is read only at the end"),
        ("%Y-%m-%d %", 9, "'%' is no part of a date"),
    ],
)
def test_a_format_that_two_engines_read_differently_is_refused(form, offset, message):
    (mistake,) = check_format(form)
    assert mistake.offset == offset
    assert mistake.message.startswith(message)
