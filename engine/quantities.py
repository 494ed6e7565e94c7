"""Quantities over columns: whole numbers of their last digit, in 64 bits, or in 128 where those do not suffice.

The meaning is `formula.exact`. Three things are not as an engine has them:

- a product has the digits of both sides, and what is added or compared is first brought to one scale;
- `least` and `greatest` of the engine overlook nulls: a `Number` knows which columns it would overlook, and is
  guarded once, where it ends (`settled`);
- whatever is rounded or divided is a column of a layer below, so that it is computed once.

Overflow raises in the engine; nothing here wraps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from engine.layers import Layers
from engine.text_functions import Sql, both, cast, count, function, present, text, when
from formula import exact
from formula.quantity import LARGEST, scaled, unscaled

NARROW, WIDE = "BIGINT", "HUGEINT"


@dataclass(frozen=True, slots=True)
class Number:
    """A quantity, or a day, as the engine computes it.

    sql         the whole number of its last digit
    scale       digits after the point
    whole       its value where it is the same for every row
    is_wide     it is held in 128 bits
    through     columns whose null makes it null
    overlooks   columns whose null should make it null, and does not
    is_choice   its null has other reasons, which no column tells
    """

    sql: Sql
    scale: int = 0
    whole: int | None = None
    is_wide: bool = False
    through: frozenset[str] = frozenset()
    overlooks: frozenset[str] = frozenset()
    is_choice: bool = False


def of_column(name: str, scale: int = 0, *, is_wide: bool = False) -> Number:
    """Give the number that a column holds."""
    return Number(exp.column(name, quoted=True), scale, is_wide=is_wide, through=frozenset((name,)))


def of_whole(whole: int, scale: int = 0) -> Number:
    """Give a number that is the same for every row."""
    return Number(_whole(whole), scale, whole)


def of_choice(sql: Sql, scale: int = 0, *, is_wide: bool = False) -> Number:
    """Give a number whose null has reasons of its own."""
    return Number(sql, scale, is_wide=is_wide, is_choice=True)


def settled(number: Number) -> Sql:
    """Give its SQL, null where any part of it is null."""
    if number.whole is not None:
        return cast(number.sql, WIDE if abs(number.whole) > LARGEST else NARROW)
    if not number.overlooks:
        return number.sql
    there = (present(exp.column(name, quoted=True)) for name in sorted(number.overlooks))
    return when((both(*there), number.sql))


def as_column(number: Number) -> Sql:
    """Give it as a stage holds it: 64 bits, which raises where it does not fit."""
    return cast(settled(number), NARROW) if number.is_wide else settled(number)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Computes in 64 bits, or `wide` in 128; what it needs in columns of their own it lifts into `layers`."""

    layers: Layers
    wide: bool = False

    def rescaled(self, number: Number, scale: int) -> Number:
        """Give it with more digits after the point."""
        return number if scale == number.scale else self._multiplied(number, 10 ** (scale - number.scale), scale)

    def alike(self, numbers: Sequence[Number]) -> list[Number]:
        """Give all with the digits of the one that has most."""
        scale = max(number.scale for number in numbers)
        return [self.rescaled(number, scale) for number in numbers]

    def total(self, numbers: Sequence[Number]) -> Number:
        """Give the sum of all."""
        first, *rest = self.alike(numbers)
        for number in rest:
            first = self._joined(exp.Add, first, number, first.scale)
        return first

    def difference(self, one: Number, two: Number) -> Number:
        """Give one less two."""
        one, two = self.alike((one, two))
        return self._joined(exp.Sub, one, two, one.scale)

    def negative(self, number: Number) -> Number:
        """Give it with the other sign."""
        if number.whole is not None:
            return of_whole(-number.whole, number.scale)
        grown = self._grown(number)
        return replace(grown, sql=exp.paren(exp.Neg(this=_operand(grown.sql))))

    def product(self, numbers: Sequence[Number]) -> Number:
        """Give the product of all."""
        first, *rest = sorted(numbers, key=lambda number: number.whole is not None)
        for number in rest:
            first = self._joined(exp.Mul, first, number, first.scale + number.scale)
        return first

    def edge(self, name: str, numbers: Sequence[Number]) -> Number:
        """Give the `least` or the `greatest` of all."""
        told = [self._told(number) for number in self.alike(numbers)]
        if len(told) == 1:
            return told[0]
        wholes = [number.whole for number in told if number.whole is not None]
        if len(wholes) == len(told):
            return of_whole(min(wholes) if name == "least" else max(wholes), told[0].scale)
        through = frozenset.intersection(*(number.through for number in told))
        known = frozenset().union(*(number.through | number.overlooks for number in told))
        sql = function(name, *(number.sql for number in told))
        is_wide = any(map(_is_wide, told))
        return Number(sql, told[0].scale, is_wide=is_wide, through=through, overlooks=known - through)

    def rounded(self, number: Number, digits: int, *, half_up: bool = False) -> Number:
        """Round half-even, or half-up, to so many digits after the point."""
        if number.scale <= digits:
            return number
        if number.whole is not None:
            value = unscaled(number.whole, number.scale)
            rounded = exact.rounded_half_up(value, digits) if half_up else exact.rounded(value, digits)
            return of_whole(scaled(rounded, digits), digits)
        lifted = self.lifted(number)
        by = 10 ** (number.scale - digits)
        rule = half_up_of if half_up else half_even_of
        sql = rule(lifted.sql, _whole(by))
        if lifted.is_wide and by <= LARGEST:
            short = self._short(lifted.sql)
            sql = when((present(short), rule(short, _whole(by))), otherwise=sql)
        return replace(lifted, sql=sql, scale=digits, is_wide=lifted.is_wide or by > LARGEST)

    def ratio(self, one: Number, two: Number, digits: int) -> Number:
        """Give one over two, rounded half-even to so many digits after the point; null where two is zero."""
        one, two = self.alike((one, two))
        under = self.lifted(two)
        grown = self._multiplied(one, 10**digits, 0)
        signed = cast(function("sign", under.sql), NARROW)
        over = self.lifted(self._joined(exp.Mul, grown, replace(under, sql=signed, is_wide=False), 0))
        by = self.lifted(self.size(replace(under, sql=function("nullif", under.sql, count(0)))))
        sql = half_even_of(over.sql, by.sql)
        is_wide = over.is_wide or by.is_wide
        if is_wide:
            short, narrow = (self._short(one.sql) if one.is_wide else one.sql for one in (over, by))
            sql = when((both(present(short), present(narrow)), half_even_of(short, narrow)), otherwise=sql)
        return Number(sql, digits, is_wide=is_wide, through=over.through | by.through)

    def size(self, number: Number) -> Number:
        """Give it without its sign; the smallest number of 64 bits has none of that size."""
        grown = self._grown(number)
        return replace(grown, sql=function("abs", grown.sql))

    def lifted(self, number: Number) -> Number:
        """Give it as a column of the layer below."""
        column = self.layers.lift(settled(number))
        if not isinstance(column, exp.Column):
            return number
        return of_column(column.name, number.scale, is_wide=number.is_wide)

    def _short(self, value: Sql) -> Sql:
        """Lift what of a column of 128 bits fits 64: dividing it takes a twentieth of the time."""
        fits = exp.LTE(this=function("abs", value), expression=_whole(LARGEST))
        return self.layers.lift(when((fits, cast(value, NARROW))))

    def _told(self, number: Number) -> Number:
        """Give a number of whose nulls columns tell."""
        return self.lifted(number) if number.is_choice else number

    def _grown(self, number: Number) -> Number:
        if not self.wide or number.is_wide or number.whole is not None:
            return number
        return replace(number, sql=cast(number.sql, WIDE), is_wide=True)

    def _multiplied(self, number: Number, factor: int, scale: int) -> Number:
        if number.whole is not None:
            return of_whole(number.whole * factor, scale)
        grown = self._grown(number)
        sql = exp.Mul(this=_operand(grown.sql), expression=_whole(factor)) if factor > 1 else grown.sql
        return replace(grown, sql=sql, scale=scale, is_wide=grown.is_wide or factor > LARGEST)

    def _joined(self, operation: type[exp.Binary], one: Number, two: Number, scale: int) -> Number:
        if one.whole is not None and two.whole is not None:
            return of_whole(_FOLDED[operation](one.whole, two.whole), scale)
        grown = self._grown(one) if one.whole is None else one
        other = self._grown(two) if one.whole is not None else two
        through = one.through | two.through
        return Number(
            operation(this=_operand(grown.sql), expression=_operand(other.sql)),
            scale,
            is_wide=any(map(_is_wide, (grown, other))),
            through=through,
            overlooks=(one.overlooks | two.overlooks) - through,
            is_choice=one.is_choice or two.is_choice,
        )


_FOLDED: dict[type[exp.Binary], Callable[[int, int], int]] = {
    exp.Add: lambda one, two: one + two,
    exp.Sub: lambda one, two: one - two,
    exp.Mul: lambda one, two: one * two,
}


def half_even_of(value: Sql, by: Sql) -> Sql:
    """Divide, rounded half-even; both are columns or literals, and `by` is positive.

    The engine divides towards zero. One more away from zero where twice the rest, and one for an odd quotient, are
    more than `by`: written so that nothing overflows.
    """
    quotient, rest = _divided(value, by)
    odd = exp.paren(exp.BitwiseAnd(this=quotient, expression=count(1)))
    far = exp.GT(this=exp.Add(this=rest, expression=odd), expression=exp.Sub(this=by, expression=rest))
    return _corrected(quotient, far, value)


def half_up_of(value: Sql, by: Sql) -> Sql:
    """Divide, rounded half away from zero, as `half_even_of` does."""
    quotient, rest = _divided(value, by)
    far = exp.GTE(this=rest, expression=exp.Sub(this=by, expression=rest))
    return _corrected(quotient, far, value)


def divided_down(arithmetic: Arithmetic, number: Number, by: int) -> tuple[Sql, Sql]:
    """Divide, rounded down; give the quotient and the rest, which is never negative."""
    value = arithmetic.lifted(number).sql
    rest = exp.Mod(this=value, expression=_whole(by))
    below = exp.LT(this=rest, expression=count(0))
    down = exp.Sub(
        this=exp.paren(exp.IntDiv(this=value, expression=_whole(by))),
        expression=when((below, count(1)), otherwise=count(0)),
    )
    return down, exp.Add(this=rest, expression=when((below, _whole(by)), otherwise=count(0)))


def _divided(value: Sql, by: Sql) -> tuple[Sql, Sql]:
    quotient = exp.paren(exp.IntDiv(this=value, expression=by))
    return quotient, function("abs", exp.Mod(this=value, expression=by))


def _corrected(quotient: Sql, far: Sql, value: Sql) -> Sql:
    away = when((far, function("sign", value)), otherwise=count(0))
    return exp.paren(exp.Add(this=quotient, expression=away))


def days_between(one: Number, two: Number) -> Number:
    """Give how many days it is from one up to two, both days."""
    return Number(
        exp.paren(exp.Sub(this=_operand(two.sql), expression=_operand(one.sql))),
        through=one.through | two.through,
        overlooks=(one.overlooks | two.overlooks) - (one.through | two.through),
        is_choice=one.is_choice or two.is_choice,
    )


#: More days than a calendar has.
_ALL_DAYS = 4_000_000


def later(arithmetic: Arithmetic, day: Number, days: Number) -> Number:
    """Give the day so many days after, within the calendar."""
    bounded = arithmetic.edge("least", (arithmetic.edge("greatest", (days, of_whole(-_ALL_DAYS))), of_whole(_ALL_DAYS)))
    told = arithmetic.lifted(day) if day.is_choice else day
    moved = exp.Add(this=_operand(told.sql), expression=cast(bounded.sql, "INTEGER"))
    first, last = (cast(text(edge), "DATE") for edge in ("0001-01-01", "9999-12-31"))
    sql = function("least", function("greatest", moved, first), last)
    known = told.through | told.overlooks | bounded.through | bounded.overlooks
    return Number(sql, overlooks=known)


def _operand(sql: Sql) -> Sql:
    """Put brackets around what is not a value by itself."""
    return sql if isinstance(sql, exp.Column | exp.Literal | exp.Paren | exp.Func | exp.Cast) else exp.paren(sql)


def _is_wide(number: Number) -> bool:
    return number.is_wide or (number.whole is not None and abs(number.whole) > LARGEST)


def _whole(value: int) -> Sql:
    number = exp.Literal.number(abs(value))
    return exp.paren(exp.Neg(this=number)) if value < 0 else number
