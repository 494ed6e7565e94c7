"""What each type makes of a cell: every example is said by the reference and by the engine."""

import pytest

from domain.attributes import STANDARD, AttributeType
from tests.mapping.worked import mapped, notes, value

TEXT = "title: {from: X}"
CODE = "title: {from: X, pattern: '\\d{5}'}"
DAY = "hire_date: {from: X}"
US_DAY = "hire_date: {from: X, format: '%m/%d/%Y'}"
NUMBER = "fte: {from: X}"
WHOLE = "fte: {from: X, type: whole}"
DOLLARS = "ote: {from: X, thousands: ',', strip: '$'}"
EUROS = "ote: {from: X, thousands: '.', decimal_mark: ',', strip: '€'}"
FRANCS = 'ote: {from: X, thousands: "\'"}'
SPACED = "ote: {from: X, thousands: ' ', decimal_mark: ','}"
YES_NO = "eligible: {from: X}"
SET = "plans: {from: X}"
STATUS = "status: {from: X, values: {'1': active, '0': terminated}}"


@pytest.mark.parametrize(
    ("rule", "cell", "says"),
    [
        (TEXT, "  Rep\t", "Rep"),
        (TEXT, "\u00a0Rep\u2003", "Rep"),
        (TEXT, "Rep \u00a0II", "Rep \u00a0II"),
        (TEXT, "Jose\u0301", "José"),
        (TEXT, "", None),
        (TEXT, " \u00a0 ", None),
        (TEXT, None, None),
        (TEXT, "007", "007"),
        (TEXT, "=1+1", "=1+1"),
        (TEXT, "two\nlines", "two\nlines"),
        ("email: {from: X}", " Ann.O'Hara@Example.COM ", "ann.o'hara@example.com"),
        (CODE, "01234", "01234"),
        (DAY, "2026-03-01", "2026-03-01"),
        (DAY, "2026-03-01T00:00:00-08:00", "2026-03-01"),
        (DAY, "2026-03-01 23:59:59.999Z", "2026-03-01"),
        (DAY, "2026-03-01T23:30", "2026-03-01"),
        (DAY, "2028-02-29", "2028-02-29"),
        (US_DAY, "3/1/2026", "2026-03-01"),
        (US_DAY, "03/01/2026", "2026-03-01"),
        ("hire_date: {from: X, format: '%d %b %Y'}", "1 MAR 2026", "2026-03-01"),
        ("hire_date: {from: X, format: '%d.%m.%y'}", "01.03.69", "1969-03-01"),
        ("hire_date: {from: X, format: '%m/%d/%Y %I:%M %p'}", "3/1/2026 11:30 PM", "2026-03-01"),
        ("hire_date: {from: X, format: '%Y-%m-%dT%H:%M%z'}", "2026-03-01T23:30-0800", "2026-03-01"),
        (NUMBER, "1.10", "1.1"),
        (NUMBER, "100.0", "100"),
        (NUMBER, "100", "100"),
        (NUMBER, "+5", "5"),
        (NUMBER, "-0", "0"),
        (NUMBER, "-0.50", "-0.5"),
        (NUMBER, "0012", "12"),
        (NUMBER, ".5", "0.5"),
        (NUMBER, "5.", "5"),
        (
            NUMBER,
            "12345678901234567890123456789.000000000000000000000000001",
            "12345678901234567890123456789.000000000000000000000000001",
        ),
        (NUMBER, "0.1", "0.1"),
        (WHOLE, "007", "7"),
        (WHOLE, "12.00", "12"),
        (DOLLARS, "$85,000.00", "85000"),
        (DOLLARS, "-$1,234.5", "-1234.5"),
        (DOLLARS, "$ -5", "-5"),
        (DOLLARS, "85000", "85000"),
        (EUROS, "1.234.567,80 €", "1234567.8"),
        (FRANCS, "85'000", "85000"),
        (FRANCS, "85\u2019000", "85000"),
        (SPACED, "85\u202f000,5", "85000.5"),
        ("ote: {from: X, type: money, scale: 2, round: half_even}", "0.125", "0.12"),
        ("ote: {from: X, type: money, scale: 0, round: half_even}", "100.5", "100"),
        ("ote: {from: X, type: money, scale: 2}", "10.10", "10.1"),
        (YES_NO, "TRUE", "true"),
        (YES_NO, "No", "false"),
        (YES_NO, "1", "true"),
        (YES_NO, "n", "false"),
        (SET, "b; a;;b ", '["a","b"]'),
        (SET, "a", '["a"]'),
        (SET, ' say "hi" ;\\', '["\\\\","say \\"hi\\""]'),
        (SET, ";", None),
        ('plans: {from: X, separator: "\\n"}', "b\na", '["a","b"]'),
        (STATUS, " 1 ", "active"),
        (STATUS, "", None),
        ("status: {from: X, values: {Y: active, '': terminated}}", " ", "terminated"),
        ("status: {from: X, values: {Y: active, n/a: ''}}", "n/a", None),
        ("status: {from: X}", "on_leave", "on_leave"),
        ("manager: {from: X, type: participant, by: employee_id}", " 00042 ", "00042"),
    ],
)
def test_a_good_cell_has_a_value_and_no_note(session, rule, cell, says):
    assert value(session, rule, cell) == (says, None)


@pytest.mark.parametrize(
    ("rule", "cell", "code"),
    [
        (CODE, "1234", "pattern"),
        (CODE, "123456", "pattern"),
        (CODE, "12345\n6", "pattern"),
        (CODE, "\uff11\uff12\uff13\uff14\uff15", "pattern"),
        (DAY, "2026-02-29", "not_a_date"),
        (DAY, "0000-01-01", "not_a_date"),
        (DAY, "2026-3-1", "not_a_date"),
        (DAY, "03/01/2026", "not_a_date"),
        (DAY, "2026-03-01T25:00", "not_a_date"),
        (DAY, "infinity", "not_a_date"),
        (DAY, "today", "not_a_date"),
        (DAY, "45000", "not_a_date"),
        (US_DAY, "31/02/2026", "not_a_date"),
        (US_DAY, "3/1/26", "not_a_date"),
        (US_DAY, "2026-03-01", "not_a_date"),
        (NUMBER, "1e5", "not_a_number"),
        (NUMBER, "0x1F", "not_a_number"),
        (NUMBER, "1_000", "not_a_number"),
        (NUMBER, "1,000", "not_a_number"),
        (NUMBER, "\uff11\uff12", "not_a_number"),
        (NUMBER, "NaN", "not_a_number"),
        (NUMBER, ".", "not_a_number"),
        (NUMBER, "5%", "not_a_number"),
        (WHOLE, "12.5", "not_whole"),
        (WHOLE, "twelve", "not_a_number"),
        (DOLLARS, "1,2,3", "not_a_number"),
        (DOLLARS, "1,00,000", "not_a_number"),
        (DOLLARS, "1$2", "not_a_number"),
        (DOLLARS, "€5", "not_a_number"),
        (EUROS, "12.5", "not_a_number"),
        ("ote: {from: X, type: money, scale: 2}", "0.125", "too_many_digits"),
        ("ote: {from: X, type: money, scale: 4}", "123456789012345", "too_many_digits"),
        (YES_NO, "maybe", "not_yes_no"),
        (YES_NO, "10", "not_yes_no"),
        (STATUS, "2", "not_listed"),
        ("status: {from: X}", "Active", "not_listed"),
        ("termination_type: {from: X}", "fired", "not_listed"),
    ],
)
def test_a_cell_that_cannot_be_used_says_why_and_gives_no_value(session, rule, cell, code):
    assert value(session, rule, cell) == (None, code)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T10:00:00.250000-0830", "2026-03-01T18:30:00.250000Z"),
        ("2026-07-01 10:00", "2026-07-01T14:00:00Z"),
        ("2026-11-01 01:30", "2026-11-01T06:30:00Z"),  # comes twice: the later one
        ("2026-03-08 02:30", "2026-03-08T07:30:00Z"),  # left out: counted on from before
        ("2026-01-01", "2026-01-01T05:00:00Z"),
        ("2026-02-30T10:00Z", None),
        ("9999-12-31T23:00-10:00", None),
        ("soon", None),
    ],
)
def test_an_instant_is_kept_in_utc(session, text, says):
    document = {"key": "K", "fields": {"seen": {"from": "X", "timezone": "America/New_York"}}}
    attributes = STANDARD | {"seen": AttributeType.INSTANT}
    (row,) = mapped(session, document, {"K": "1", "X": text}, attributes=attributes)
    assert (row["seen"], row["seen__note"]) == (says, None if says else "not_an_instant")


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        (None, "2026-01-01T04:30Z", "2025-12-31"),
        (None, "2026-01-01T05:00Z", "2026-01-01"),
        (None, "2026-07-01T03:59:59.9Z", "2026-06-30"),  # the clocks are changed in between
        (None, "2026-07-01T04:00:00+00:00", "2026-07-01"),
        (None, "2026-01-01T00:30+09:00", "2025-12-31"),
        (None, "2026-01-01T23:30", "2026-01-01"),  # says no offset: as written
        (None, "2026-01-01", "2026-01-01"),
        (None, "0001-01-01T03:00Z", None),
        (None, "9999-12-31T23:00-10:00", None),
        ("%d.%m.%Y %H:%M%z", "01.01.2026 04:30+00:00", "2025-12-31"),
        ("%d.%m.%Y %H:%M%z", "01.01.2026 04:30Z", "2025-12-31"),
        ("%d.%m.%Y %H:%M%z", "2026-01-01T04:30Z", None),
    ],
)
def test_the_day_of_an_instant_is_that_of_the_clock_that_is_named(session, form, text, says):
    rule = {"from": "X", "timezone": "America/New_York", **({"format": form} if form else {})}
    (row,) = mapped(session, {"key": "K", "fields": {"hire_date": rule}}, {"K": "1", "X": text})
    assert (row["hire_date"], row["hire_date__note"]) == (says, None if says else "not_a_date")


@pytest.mark.parametrize(
    ("rule", "cell", "says"),
    [
        (US_DAY, "2026-03-01", "2026-03-01"),
        (US_DAY, "2026-03-01T00:00:00", "2026-03-01"),
        (EUROS, "1234.5", "1234.5"),
        (EUROS, "1.2E7", "12000000"),
        (NUMBER, "1e-05", "0.00001"),
        (WHOLE, "1.2E7", "12000000"),
        (YES_NO, "true", "true"),
    ],
)
def test_a_spreadsheets_own_literals_are_taken_as_such(session, rule, cell, says):
    assert value(session, rule, cell, _native=",X,") == (says, None)


@pytest.mark.parametrize("number", ["1234", "12345", "-5", "0.5"])
def test_an_id_that_a_spreadsheet_holds_as_a_number_is_not_padded_and_not_taken(session, number):
    """Not even one that looks right: the column is one of numbers, and the next id loses its zeros."""
    assert value(session, CODE, number, _native=",X,") == (None, "not_text")
    assert value(session, CODE, number, _native=",Y,") == ((number, None) if number == "12345" else (None, "pattern"))


@pytest.mark.parametrize(
    "rule", ["title: X", "plans: {from: X, separator: '/'}", "manager: X", "ote: X", US_DAY, YES_NO, EUROS]
)
def test_a_cell_whose_formula_failed_has_no_value(session, rule):
    assert value(session, rule, "#N/A", _native=",Y, X,") == (None, "error_cell")


def test_text_that_only_looks_like_an_error_is_text(session):
    assert value(session, "title: X", "#N/A") == ("#N/A", None)
    assert value(session, "title: X", "#N/A", _native=", Y,") == ("#N/A", None)


def test_what_a_failed_formula_shows_may_be_listed(session):
    """`VLOOKUP` gives #N/A where nothing is found: a mapping may say what that means."""
    assert value(session, "title: {from: X, values: {'#N/A': Nobody}}", "#N/A", _native=", X,") == ("Nobody", None)


def test_a_key_or_a_scope_whose_formula_failed_sets_the_row_aside(session):
    """Nobody is out of scope, and nobody is two people, because a formula failed."""
    document = {"key": "K", "fields": {"title": "X"}, "where": "Z == 'Sales'"}
    (row,) = mapped(session, document, {"K": "#REF!", "X": "a", "Z": "#N/A", "_native": ", K, Z,"})
    assert (row["_key"], row["_key__note"], row["_where__note"]) == (None, "error_cell", "error_cell")
    (row,) = mapped(session, document, {"K": "1", "X": "a", "Z": "Sales", "_native": None})
    assert (row["_key"], row["_key__note"], row["_where__note"], row["_in_scope"]) == ("1", None, None, True)


def test_an_empty_cell_can_say_nothing(session):
    assert value(session, "title: {from: X, empty: absent}", " ") == (None, "silent")
    assert value(session, "fte: {from: X, empty: absent}", None) == (None, "silent")
    assert value(session, "plans: {from: X, empty: absent}", "") == (None, "silent")


def test_several_columns_are_put_together_without_the_empty_ones(session):
    rule = "name: {from: [X, Y, Z], join: ' '}"
    assert value(session, rule, " Ann ", Y="", Z="Lee") == ("Ann Lee", None)
    assert value(session, "name: [X, Y]", "Ann", Y="Lee") == ("Ann Lee", None)
    assert value(session, rule, None, Y=" ", Z=None) == (None, None)


def test_money_needs_its_currency(session):
    document = {"key": "K", "fields": {"ote": {"from": "X", "type": "money", "currency": {"from": "C"}}}}
    good, bad, none = mapped(
        session,
        document,
        {"K": "1", "X": "5", "C": " EUR "},
        {"K": "2", "X": "5", "C": "euro"},
        {"K": "3", "X": "", "C": ""},
    )
    assert (good["ote"], good["ote__currency"], good["ote__note"]) == ("5", "EUR", None)
    assert (bad["ote"], bad["ote__currency"], bad["ote__note"]) == (None, None, "currency_missing")
    assert (none["ote"], none["ote__note"]) == (None, None)


def test_the_parts_of_a_row_beside_its_attributes(session):
    document = {
        "key": ["K", "L"],
        "fields": {"title": "T"},
        "effective": "From",
        "until": {"from": "To", "inclusive": "true"},
        "engagement": "Contract",
        "primary": "Primary",
    }
    one, other, bad = mapped(
        session,
        document,
        {"K": " 1", "L": "a|b", "From": "2026-01-01", "To": "2026-12-31", "Contract": "C1", "Primary": "yes"},
        {"K": "1|a", "L": "b", "From": None, "To": "9999-12-31", "Contract": " ", "Primary": None, "_op": "delete"},
        {"K": "1", "L": "", "From": "x", "To": "2026-02-30", "Contract": None, "Primary": "?"},
    )
    assert one["_key"] == "1|a\\|b"
    assert (one["_effective"], one["_until"], one["_engagement"], one["primary"]) == (
        "2026-01-01",
        "2027-01-01",
        "C1",
        "true",
    )
    assert other["_key"] == "1\\|a|b"
    assert (other["_effective"], other["_until"], other["_engagement"], other["_op"]) == (None, None, "main", "delete")
    assert other["_until__note"] is None
    assert {name: bad[name] for name in bad if name.endswith("__note") and bad[name]} == {
        "_key__note": "missing_key",
        "_effective__note": "not_a_date",
        "_until__note": "not_a_date",
        "primary__note": "not_yes_no",
    }


def test_every_fault_is_listed_by_row_and_field_with_what_was_sent(session):
    document = {
        "key": "K",
        "fields": {
            "hire_date": "H",
            "ote": {"from": "O", "thousands": ","},
            "name": ["F", "L"],
            "title": {"from": "T", "empty": "absent"},
        },
    }
    found = notes(
        session,
        document,
        {"K": "1", "H": "31/02/2026", "O": " 1,2,3 ", "T": ""},
        {"K": "2", "H": "2026-01-01", "O": "5", "T": "x"},
        {"K": " ", "H": "", "O": "1e5"},
    )
    assert [(one.row, one.place, one.key, one.field, one.code, one.value, one.column) for one in found] == [
        (2, "workers.csv:2", "1", "hire_date", "not_a_date", "31/02/2026", "H"),
        (2, "workers.csv:2", "1", "ote", "not_a_number", " 1,2,3 ", "O"),
        (4, "workers.csv:4", None, "key", "missing_key", " ", "K"),
        (4, "workers.csv:4", None, "ote", "not_a_number", "1e5", "O"),
    ]
