"""The relational form has one meaning: on random mappings and random rows the engine says what the reference says."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from engine import mapped
from engine import text_functions as sql
from engine.printer import printed
from formula import canonical
from formula.check import check, type_of
from formula.evaluate import evaluate
from formula.expression import ColumnType, Type
from formula.relation import Derive, Scan
from mapping.compile import ROWS
from tests.mapping.worked import compiled, mapped_by_engine, rows_of, send

SPACES = st.text(" \t\n\u00a0\u2003\u2028\x1f", max_size=2)
LETTERS = st.characters(blacklist_categories=("Cs", "Cn"), blacklist_characters="\0")
WORDS = st.one_of(
    st.text(LETTERS, max_size=6),
    st.sampled_from(
        ["Sales", "sales", "É", "E\u0301", "İ", "ß", "a;b; a", ";;", '"', "\\", "|", "$", "true", "YES", "n", "0"]
    ),
)
DIGITS = st.one_of(
    st.from_regex(r"\A[-+]?[0-9]{0,4}[.,]?[0-9]{0,5}\Z"),
    st.from_regex(r"\A[-+$ ]{0,2}[0-9]{1,3}([,. '][0-9]{2,3}){0,3}([.,][0-9]{0,3})?[$ -]{0,2}\Z"),
    st.from_regex(r"\A-?[0-9](\.[0-9]{1,18})?[eE][-+]?[0-9]{1,2}\Z"),
    st.decimals(allow_nan=False, allow_infinity=False, places=4).map(str),
    st.sampled_from(
        ["-0", "-0.00", "007", "0x1F", "1_000", "\uff11\uff12", "1e5", "inf", "nan", "9" * 25, "0." + "0" * 20 + "1"]
    ),
)
OFFSETS = st.sampled_from(["", "Z", "+02", "-0830", "+05:30", "+14:59", "+15:00", " Z"])
TIMES = st.builds(
    "{}{:02d}:{:02d}{}{}".format,
    st.sampled_from("T "),
    st.integers(0, 25),
    st.integers(0, 60),
    st.sampled_from(["", ":07", ":60", ":07.5", ":59.1234567"]),
    OFFSETS,
)
DAYS = st.one_of(
    st.dates().map(str),
    st.builds(
        "{:04d}-{:02d}-{:02d}".format,
        st.sampled_from([0, 1, 1899, 2026, 2028, 9999]),
        st.integers(0, 13),
        st.integers(0, 32),
    ),
)
MOMENTS = st.one_of(
    DAYS,
    st.builds(str.__add__, DAYS, TIMES),
    st.builds("{}/{}/{}".format, st.integers(0, 32), st.integers(0, 13), st.sampled_from([26, 68, 69, 2026, 206])),
    st.builds("{:02d}{:02d}{}".format, st.integers(0, 32), st.integers(0, 13), st.sampled_from([26, 2026])),
    st.builds(
        "{} {} {}".format, st.integers(1, 31), st.sampled_from(["Mar", "MARCH", "may", "Sept", "Dez"]), st.just(2026)
    ),
    st.builds(
        "{}-{}-2026 {}:{:02d} {}".format,
        st.integers(1, 31),
        st.integers(1, 12),
        st.integers(0, 13),
        st.integers(0, 60),
        st.sampled_from(["am", "PM", "pm", ""]),
    ),
    st.sampled_from(
        ["infinity", "epoch", "20260301", "2026-3-1", "today", "45000", "2026-03-08 02:30", "2026-11-01T01:30:00"]
    ),
)
CELLS = st.one_of(st.none(), st.builds("{}{}{}".format, SPACES, st.one_of(WORDS, DIGITS, MOMENTS), SPACES))

MARKS = st.fixed_dictionaries(
    {},
    optional={"strip": st.sampled_from(["$", "€", "USD", "[]"]), "empty": st.just("absent")},
)
GROUPED = st.sampled_from(
    [
        {},
        {"thousands": ","},
        {"thousands": ".", "decimal_mark": ","},
        {"thousands": " "},
        {"thousands": "'"},
        {"decimal_mark": ","},
    ]
)
FORMATS = st.sampled_from(
    [
        "%d/%m/%Y",
        "%m/%d/%y",
        "%d%m%Y",
        "%Y%m%d",
        "%d%m%y",
        "%d %b %Y",
        "%d %B %Y",
        "%d-%m-%Y %I:%M %p",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%d %H:%M%z",
        "%Y-%m-%dT%H:%M:%S.%f%z",
        "%d.%m.%Y",
        "%Y-%m-%d",
    ]
)
ZONED = st.sampled_from(
    [
        {"timezone": "America/New_York"},
        {"timezone": "Asia/Kolkata", "format": "%Y-%m-%d %H:%M%z"},
        {"timezone": "Pacific/Apia", "format": "%Y-%m-%dT%H:%M:%S.%f%z"},
    ]
)
TIMED = st.sampled_from(
    [
        {"timezone": "America/New_York"},
        {"timezone": "Europe/London", "format": "%d-%m-%Y %I:%M %p"},
        {"format": "%Y-%m-%d %H:%M%z"},
        {},
        {"timezone": "UTC", "format": "%Y-%m-%d %H:%M"},
    ]
)
EMPTY = st.sampled_from([{}, {"empty": "absent"}, {"empty": "problem"}])
LISTED = st.dictionaries(
    st.one_of(st.sampled_from(["", "Sales", "1", "É"]), st.text("ab", min_size=1, max_size=2)),
    st.sampled_from(["x", "", "é"]),
    min_size=1,
    max_size=4,
)


def rules(**always: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.just(always)


def _both(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: item for part in found for key, item in part.items()})


FROM = st.sampled_from([{"from": "A"}, {"from": "B"}, {"from": ["A", "B"], "join": ""}, {"from": ["B", "A"]}])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": _both(FROM, EMPTY, st.sampled_from([{}, {"pattern": r"\d{2,5}"}, {"pattern": r"^[^\s]+(x|\w)?$"}])),
        "job_code": _both(FROM, EMPTY, LISTED.map(lambda listed: {"values": listed})),
        "email": _both(FROM, EMPTY),
        "status": _both(FROM, st.sampled_from([{}, {"values": {"1": "active", "": "terminated"}}])),
        "hire_date": _both(FROM, EMPTY, st.one_of(st.just({}), FORMATS.map(lambda form: {"format": form}), ZONED)),
        "fte": _both(FROM, GROUPED, MARKS),
        "ote": _both(
            FROM,
            GROUPED,
            MARKS,
            st.sampled_from(
                [
                    {"type": "whole"},
                    {"type": "money", "scale": "2", "round": "half_even"},
                    {"type": "money", "currency": {"from": "B"}},
                    {"type": "money", "scale": "0", "round": "half_even", "currency": {"value": "USD"}},
                ]
            ),
        ),
        "eligible": _both(FROM, EMPTY),
        "plans": _both(
            FROM, EMPTY, st.sampled_from([{}, {"separator": ","}, {"separator": "\n"}, {"separator": "; "}])
        ),
        "manager": _both(FROM, st.just({"type": "participant"})),
        "locale": st.just({"value": "de"}),
    },
)
WHERE = st.sampled_from(
    [
        None,
        "A == 'Sales'",
        "A != '' and not B in ['a', '', '1']",
        "number(A) >= 5",
        "1 < number(A) <= 5.5 or date(B) < date('2026-03-01')",
        "date(A, '%d/%m/%Y') == date('2026-03-01')",
        "A == B or number(A) == number(B)",
    ]
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["A", ["A"], ["A", "B"]]),
        "fields": FIELDS,
        "effective": st.just("B"),
        "until": st.just({"from": "A", "inclusive": "true"}),
    },
    optional={
        "where": WHERE,
        "engagement": st.sampled_from(["B", {"from": "B", "pattern": "[a-z]+"}]),
        "primary": st.just("A"),
    },
).map(lambda one: one if "engagement" in one else {**one, "primary": None})
NATIVE = st.sampled_from([None, ",A,", ",A,B,", ",B,"])


def agree(session, document, cells) -> None:
    form = compiled({key: part for key, part in document.items() if part is not None})
    rows = rows_of([{"A": a, "B": b, "_native": native} for a, b, native in cells])
    send(session, form, rows)
    theirs = mapped_by_engine(session, form, has_literals=any(native for _, _, native in cells))
    for one, other in zip(evaluate(form.stages, {ROWS: rows}), theirs, strict=True):
        assert one == other


@settings(
    max_examples=100,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.large_base_example,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
@given(DOCUMENTS, st.lists(st.tuples(CELLS, CELLS, NATIVE), min_size=1, max_size=30))
def test_the_engine_says_what_the_reference_says(session, document, cells):
    agree(session, document, cells)


@settings(max_examples=50)
@given(DOCUMENTS)
def test_every_stage_is_well_typed(document):
    types: dict[str, ColumnType] = {"_row": Type.WHOLE}
    for stage in compiled({key: part for key, part in document.items() if part is not None}).stages:
        match stage.relation:
            case Scan(columns=columns):
                types = {ours: types.get(theirs, Type.TEXT) for ours, theirs in columns}
            case Derive(columns=columns):
                for _, expression in columns:
                    given_type = type_of(expression, types)
                    assert check(expression, types, given_type or Type.TEXT) == ()
                types = {name: type_of(expression, types) or Type.TEXT for name, expression in columns}


def _castable(sent):
    return sql.cast(sql.tried(sent, "DECIMAL(18, 4)"), "VARCHAR")


@pytest.mark.parametrize(
    ("name", "broken", "rule", "cell"),
    [
        ("quick_decimal", _castable, {"from": "A"}, "1e5"),
        (
            "quick_whole",
            lambda sent: sql.cast(sql.tried(sent, "BIGINT"), "VARCHAR"),
            {"from": "A", "type": "whole"},
            "1.5",
        ),
        (
            "decimal",
            lambda value: sql.cast(sql.tried(value, "DOUBLE"), "VARCHAR"),
            {"from": "A"},
            "0.10000000000000000001",
        ),
        ("expand", lambda value: value, {"from": "A"}, "1.2E7"),
    ],
)
def test_an_engine_that_reads_numbers_in_its_own_way_is_caught(session, monkeypatch, name, broken, rule, cell):
    document, cells = {"key": "A", "fields": {"fte": rule}}, [(cell, None, ",A," if "E" in cell else None)]
    agree(session, document, cells)
    _break(monkeypatch, name, broken)
    with pytest.raises(AssertionError):
        agree(session, document, cells)


@pytest.mark.parametrize(
    ("name", "broken", "field", "rule", "cell"),
    [
        ("trim", lambda value: sql.function("trim", value), "title", {"from": "A"}, "a\t"),
        (
            "quick_day",
            lambda sent: sql.cast(sql.tried(sent, "DATE"), "VARCHAR"),
            "hire_date",
            {"from": "A"},
            "2026-3-1",
        ),
        ("yes_no", lambda value: sql.cast(sql.tried(value, "BOOLEAN"), "VARCHAR"), "eligible", {"from": "A"}, "t"),
        (
            "members",
            lambda value, mark: sql.cast(sql.function("string_split", value, sql.text(mark)), "VARCHAR"),
            "plans",
            {"from": "A"},
            "b;a",
        ),
        (
            "day",
            lambda value, form: sql.cast(sql.function("try_strptime", value, sql.text(form or "%Y")), "VARCHAR"),
            "hire_date",
            {"from": "A", "format": "%m/%d/%Y"},
            "3/1/26",
        ),
    ],
)
def test_an_engine_that_reads_text_in_its_own_way_is_caught(session, monkeypatch, name, broken, field, rule, cell):
    document, cells = {"key": "A", "fields": {field: rule}}, [(cell, None, None)]
    agree(session, document, cells)
    _break(monkeypatch, name, broken)
    with pytest.raises(AssertionError):
        agree(session, document, cells)


def _break(monkeypatch, name, broken):
    monkeypatch.setattr(sql, name, broken)
    monkeypatch.setattr(mapped, "_mapping_of", mapped._mapping_of.__wrapped__)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.integers(1, 14), st.integers(0, 7))
@example(Decimal("-99.5"), 3, 1)
@example(Decimal("-999.5"), 3, 1)
@example(Decimal(1234), 3, 4)
def test_the_engine_counts_digits_as_the_reference_does(session, number, before, after):
    written = canonical.decimal_text(number)
    asked = printed(sql.digits(exp.column("x"), before, after))
    found = session.rows(f"SELECT {asked} FROM (SELECT '{written}' AS x)")  # noqa: S608 - digits
    assert found == [(canonical.fits(written, before, after),)]
