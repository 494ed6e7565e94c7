"""Calls over printed values: readings of text, texts, conditions. The meaning of each is `formula.meaning`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlglot import exp

from engine import text_functions as sql
from engine.text_functions import Sql
from formula.expression import Call, Column, Expression, Function, Literal

F = Function
#: Functions that read text: first quickly, then in full.
READING = frozenset(
    (
        *(F.DATE, F.LOCAL_DAY, F.INSTANT, F.PLAIN, F.EXPAND, F.DECIMAL),
        *(F.WHOLE, F.ROUND, F.YES_NO, F.MEMBERS, F.NUMBER),
    )
)


def quick_reading(function: Function, sent: Sql, options: list[str]) -> Sql | None:
    """Print what the cell as sent proves by itself; null where it proves nothing, None where nothing is tried."""
    match function:
        case F.DATE | F.LOCAL_DAY if options[0] in ("", "%Y-%m-%d"):
            return sql.quick_day(sent)
        case F.DECIMAL:
            return sql.quick_decimal(sent)
        case F.WHOLE:
            return sql.quick_whole(sent)
        case F.YES_NO:
            return sql.quick_yes_no(sent)
        case _:
            return None


def full_reading(function: Function, value: Sql, options: list[str]) -> Sql:
    """Print the work on a value as it stands in its column."""
    match function:
        case F.DATE:
            return sql.day(value, *options)
        case F.LOCAL_DAY:
            return sql.local_day(value, *options)
        case F.INSTANT:
            return sql.instant(value, *options)
        case F.PLAIN:
            return sql.plain(value, *options)
        case F.EXPAND:
            return sql.expand(value)
        case F.DECIMAL:
            return sql.decimal(value)
        case F.WHOLE:
            return sql.whole(value)
        case F.ROUND:
            return sql.rounded(value, int(options[0]))
        case F.YES_NO:
            return sql.yes_no(value)
        case F.NUMBER:
            return sql.number(value)
        case _:
            return sql.members(value, *options)


def text_of(function: Function, values: list[Sql]) -> Sql:
    """Print a function that gives text."""
    match function:
        case F.PICK:
            pairs = zip(values[1::2], values[2::2], strict=True)
            return sql.when(*((sql.same(values[0], sent), given) for sent, given in pairs))
        case F.TRIM:
            return sql.trim(values[0])
        case F.FOLD:
            return sql.function("lower", values[0])
        case F.JOIN:
            return sql.joined(*values)
        case F.KEY:
            return sql.key(*values)
        case F.AS_DAY:
            return sql.cast(values[0], "DATE")
        case _:
            return sql.next_day(values[0])


#: Functions that hold or do not.
CONDITIONS = frozenset(
    (F.AND, F.OR, F.NOT, F.EQUAL, F.LESS, F.AT_MOST, F.ONE_OF, F.EMPTY, F.MATCHES, F.FITS, F.IS_NATIVE)
)


def condition_of(function: Function, args: tuple[Expression, ...], values: list[Sql]) -> Sql:
    """A condition is never null: what null would make of it is false, except where null is asked for."""
    first, *rest = values
    match function:
        case F.AND:
            return sql.both(first, *rest)
        case F.OR:
            return sql.either(first, *rest)
        case F.NOT:
            return exp.Not(this=exp.paren(first))
        case F.EQUAL:
            return exp.NullSafeEQ(this=first, expression=rest[0])
        case F.EMPTY:
            return exp.Is(this=first, expression=exp.null())
        case F.LESS:
            asked: Sql = exp.LT(this=first, expression=rest[0])
        case F.AT_MOST:
            asked = exp.LTE(this=first, expression=rest[0])
        case F.ONE_OF:
            asked = exp.In(this=first, expressions=rest)
        case F.MATCHES:
            asked = sql.function("regexp_full_match", first, rest[0])
        case F.FITS:
            asked = sql.digits(first, *(int(constant(arg)) for arg in args[1:]))
        case _:
            # not `contains` nor `strpos`: in a filter DuckDB 2.0 fails on the one where it knows that every `_native`
            # is null, and on the other where it knows that all say the same
            parts = sql.function("string_split", first, sql.text(f",{constant(args[1])},"))
            asked = exp.GT(this=sql.function("len", parts), expression=sql.count(1))
    return sql.function("coalesce", asked, exp.false())


def as_sent(argument: Expression) -> Column | None:
    """The cell that an argument only trims, or only writes without its exponent: what it proves holds for both."""
    match argument:
        case Column():
            return argument
        case Call(function=F.TRIM | F.EXPAND, args=(inner,)):
            return as_sent(inner)
        case Call(function=F.IF, args=(_, one, other)) if as_sent(one) == as_sent(other):
            return as_sent(one)
        case _:
            return None


def constant(argument: Expression) -> str:
    """Give an option of a function."""
    if not isinstance(argument, Literal):
        raise TypeError(f"an option of a function is a literal, not {argument!r}")
    return str(argument.value)


def literal_of(value: str | bool | int | Decimal | date | None) -> Sql:  # noqa: FBT001  a literal may be a condition
    """Print a value that is the same for every row."""
    match value:
        case None:
            return sql.cast(exp.null(), "VARCHAR")
        case bool():
            return exp.Boolean(this=value)
        case int():
            return sql.count(value)
        case Decimal():
            return sql.literal_number(str(value))
        case date():
            return sql.cast(sql.text(value.isoformat()), "DATE")
        case _:
            return sql.text(value)
