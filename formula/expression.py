"""Expressions: what one value is made of, as frozen trees over a closed set of functions.

An expression has one meaning, given by `formula.evaluate` and repeated by every engine that prints it. It
never fails: what cannot be computed is null. Conditions are the exception, they are always true or false.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from formula.quantity import Quantity


class Type(StrEnum):
    """What a value is, besides a quantity. As sent everything is canonical text (`domain.value`); days are not."""

    TEXT = "text"
    DATE = "date"  #: text `YYYY-MM-DD`
    INSTANT = "instant"  #: text `YYYY-MM-DDTHH:MM:SS[.ffffff]Z`
    DECIMAL = "decimal"  #: text of an exact number of any length
    NUMBER = "number"  #: an exact number to compare: at most 20 digits before the point and 18 after
    BOOL = "bool"
    WHOLE = "whole"  #: a 64-bit count: a row's number
    DAY = "day"  #: a calendar day, held as one; the end of a period without end is 9999-12-31


#: What a column or an expression can be.
ColumnType = Type | Quantity


class Function(StrEnum):
    """Everything an expression can do. In a docstring, `x` is the first argument; null gives null unless said."""

    # conditions, never null
    AND = "and"  #: all are true
    OR = "or"  #: one is true
    NOT = "not"
    EQUAL = "equal"  #: the same, or both null
    LESS = "less"  #: x before y; false with a null
    AT_MOST = "at_most"  #: x before y or equal; false with a null
    ONE_OF = "one_of"  #: x is one of the literals
    EMPTY = "empty"  #: x is null
    MATCHES = "matches"  #: the whole of x fits a pattern; false for null
    FITS = "fits"  #: x has at most so many digits before the point, and after it; false for null
    IS_NATIVE = "is_native"  #: the comma-wrapped list x names the column: its literal was no text
    # choice
    IF = "if"  #: the second where x holds, else the third
    FIRST = "first"  #: the first that is not null
    PICK = "pick"  #: x is looked up among literal pairs (sent, given); null where it is not listed
    # text
    TRIM = "trim"  #: NFC without white space around it; nothing left is null
    FOLD = "fold"  #: each letter as its small letter
    JOIN = "join"  #: the texts after the first put together by it, NFC; nulls are left out, none left is null
    KEY = "key"  #: parts of a key joined by `|` so that different parts never give one key; any null is null
    # text to canonical text, null where it is none
    DATE = "date"  #: the day as written: ISO with or without a time, or exactly the format
    LOCAL_DAY = "local_day"  #: the day of an instant on a zone's clock: ISO or the format; without an offset as written
    INSTANT = "instant"  #: in UTC: ISO or the format; the zone is for text without an offset
    PLAIN = "plain"  #: a number as people write it (thousands, mark, strip) as digits and a point
    EXPAND = "expand"  #: a number literal of JSON: `1.2E7` as digits; other text stays as it is
    DECIMAL = "decimal"  #: digits with an optional sign and point, made canonical; no exponent
    WHOLE = "whole"  #: the same, null where digits after the point remain
    ROUND = "round"  #: half-even to so many digits after the point; x has at most 20 before it and 18 after
    YES_NO = "yes_no"  #: true, yes, y, 1 and their opposites, in any letters
    MEMBERS = "members"  #: the members between separators: trimmed, distinct, sorted, as JSON text; none is null
    NEXT_DAY = "next_day"  #: the day after; the last day of the calendar, 9999-12-31, has none
    AS_DAY = "as_day"  #: a canonical date as the day it is
    NUMBER = "number"  #: a number to compare; null beyond its digits
    # quantities (`formula.quantity`): exact, scales follow from the arguments
    ADD = "add"  #: x and all that follow, of one unit
    SUBTRACT = "subtract"
    NEGATIVE = "negative"
    TIMES = "times"  #: money or a rate or a number, times a rate or a number
    LEAST = "least"  #: of quantities of one unit, or of days; any null is null
    GREATEST = "greatest"  #: the same
    ROUND_TO = "round_to"  #: half-even to so many digits, a literal; fewer digits stay as they are
    ROUND_HALF_UP = "round_half_up"  #: the same, ties away from zero
    RATIO = "ratio"  #: x over y as a rate, rounded half-even to so many digits, a literal; null where y is zero
    IN_CURRENCY = "in_currency"  #: an amount converted by hand is money of this currency, a literal
    DAYS = "days"  #: how many days from x up to y, both days: a count
    LATER = "later"  #: the day so many days after x, a whole count; never beyond 0001-01-01 and 9999-12-31


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the rows at hand."""

    name: str
    at: int = field(default=0, compare=False, repr=False)  #: where it stands in the text it was written in


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is the same for every row."""

    value: str | bool | int | Decimal | date | None
    at: int = field(default=0, compare=False, repr=False)
    quantity: Quantity | None = None  #: what an exact number counts, with its scale; without it one of text to compare


@dataclass(frozen=True, slots=True)
class Call:
    """A function of expressions."""

    function: Function
    args: tuple[Expression, ...]
    at: int = field(default=0, compare=False, repr=False)


Expression = Column | Literal | Call


def call(function: Function, *args: Expression | str | int) -> Call:
    """Write a call; a bare text or whole number is a literal."""
    return Call(function, tuple(Literal(arg) if isinstance(arg, str | int) else arg for arg in args))


def columns_of(expression: Expression) -> frozenset[str]:
    """Name every column an expression reads."""
    if isinstance(expression, Column):
        return frozenset((expression.name,))
    if isinstance(expression, Call):
        return frozenset().union(*map(columns_of, expression.args))
    return frozenset()


def replaced(expression: Expression, columns: dict[str, Expression]) -> Expression:
    """Put expressions in the place of columns."""
    if isinstance(expression, Column):
        return columns.get(expression.name, expression)
    if isinstance(expression, Call):
        return Call(expression.function, tuple(replaced(arg, columns) for arg in expression.args), expression.at)
    return expression
