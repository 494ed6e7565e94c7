"""Arithmetic of quantities on exact decimals: never rounded unless it says so.

This is the reference that each engine repeats with whole numbers. A null makes a null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, Inexact
from functools import cache, reduce

from formula.quantity import LARGEST, scaled, unscaled

#: Where a result that needs more digits than this would be rounded, it fails instead.
_EXACT = Context(prec=400, traps=[Inexact])
_ROUNDING = Context(prec=400)
_ZERO = Decimal(0)
FIRST_DAY, LAST_DAY = date.min, date.max


def total(values: Iterable[Decimal]) -> Decimal:
    """Give the sum of all."""
    return reduce(_EXACT.add, values, _ZERO)


def added(one: Decimal, two: Decimal) -> Decimal:
    """Give the sum of two, of which no zero is negative."""
    return _sum(one, two) or _positive(_sum(one, two))


#: One less two; the product of two.
difference, product = _EXACT.subtract, _EXACT.multiply
_sum, _positive = _EXACT.add, _EXACT.plus


def rounded(value: Decimal, digits: int) -> Decimal:
    """Round half-even to so many digits after the point; fewer stay as they are."""
    return _to_digits(value, digits, ROUND_HALF_EVEN)


def rounded_half_up(value: Decimal, digits: int) -> Decimal:
    """Round to so many digits after the point, ties away from zero; fewer stay as they are."""
    return _to_digits(value, digits, ROUND_HALF_UP)


def _to_digits(value: Decimal, digits: int, mode: str) -> Decimal:
    if -int(value.as_tuple().exponent) <= digits:
        return value
    return value.quantize(Decimal(1).scaleb(-digits), mode, _ROUNDING)


def ratio(one: Decimal, two: Decimal, digits: int) -> Decimal | None:
    """Give one over two, rounded half-even to so many digits after the point; by zero there is none."""
    if not two:
        return None
    scale = max(_scale(one), _scale(two))
    over, under = scaled(one, scale) * 10**digits, scaled(two, scale)
    return unscaled(_half_even(over, under) if under > 0 else _half_even(-over, -under), digits)


def _half_even(over: int, under: int) -> int:
    whole, rest = divmod(over, under)
    return whole + (2 * rest + whole % 2 > under)


def _scale(value: Decimal) -> int:
    return max(0, -int(value.as_tuple().exponent))


def days_between(one: date, two: date) -> Decimal:
    """Give how many days it is from one up to two."""
    return Decimal((two - one).days)


def later(day: date, days: Decimal) -> date:
    """Give the day so many days after, never beyond the first and the last day of the calendar."""
    if days > (LAST_DAY - day).days:
        return LAST_DAY
    return FIRST_DAY if days < (FIRST_DAY - day).days else day + timedelta(int(days))


@cache
def bounds(scale: int) -> tuple[Decimal, Decimal]:
    """Give the least and the largest decimal that, as a whole number of its last digit, is one of 64 bits."""
    return unscaled(-LARGEST - 1, scale), unscaled(LARGEST, scale)


def parts(wholes: Sequence[Decimal | None], shares: Sequence[Decimal | None], scale: int) -> list[Decimal | None]:
    """Split a whole by shares into parts of `scale` digits that sum to it (`formula.relation.Share`).

    Rows stand in the order in which equal remainders are served; each has the whole it knows, and its share.
    """
    digits = max((_scale(share) for share in shares if share is not None), default=0)
    unit = int(10**digits)
    sizes: dict[int, int] = {}
    down: dict[int, int] = {}
    rest: dict[int, int] = {}
    for row, (whole, share) in enumerate(zip(wholes, shares, strict=True)):
        if whole is not None and share is not None:
            sizes[row] = scaled(whole, scale)
            down[row], rest[row] = divmod(abs(sizes[row]) * scaled(share, digits), unit)
    together = sum(scaled(share, digits) for share in shares if share is not None)
    given: list[Decimal | None] = [None] * len(shares)
    for rank, row in enumerate(sorted(rest, key=lambda row: -rest[row])):
        left = _half_even(abs(sizes[row]) * together, unit) - sum(down.values())
        sign = (sizes[row] > 0) - (sizes[row] < 0)
        given[row] = unscaled(sign * (down[row] + (rank < left)), scale)
    return given
