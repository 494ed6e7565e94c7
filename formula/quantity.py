"""Quantities: exact numbers that know what they count, and what mixing them gives.

A quantity is a decimal with a declared number of digits after the point (its scale). Engines hold it as a whole
number of its last digit in 64 bits; the reference meaning holds the decimal itself. Scales follow from the formula,
never from the digits somebody typed: a sum has the larger scale of its parts, a product the sum of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from enum import StrEnum


class Unit(StrEnum):
    """What a number counts."""

    MONEY = "money"  #: an amount of one currency
    RATE = "rate"  #: a share, a percentage, a rate of exchange: money times a rate is money
    COUNT = "count"  #: things: days, pieces, a plain number
    POINTS = "points"  #: of a score


#: The currency of an amount whose rows each have their own: it can be converted, and adds up to nothing.
DEAL_CURRENCY = "deal"
#: Digits after the point that a column may have at most, and a number between two roundings.
LARGEST_SCALE = 10
LARGEST_INTERMEDIATE_SCALE = 24
#: The largest whole number of its last digit that a column may hold: what fits in 64 bits.
LARGEST = 2**63 - 1
#: Moves the point of numbers of any length; what would be rounded fails.
_EXACT = Context(prec=400, traps=[Inexact])


@dataclass(frozen=True, slots=True)
class Quantity:
    """The type of a number: its unit, digits after the point, and of money the currency."""

    unit: Unit
    scale: int = 0
    currency: str | None = None

    def __str__(self) -> str:
        """Name it as a person would: `money in USD`, `a rate`."""
        if self.unit is Unit.MONEY:
            return "money in the deal's currency" if self.currency == DEAL_CURRENCY else f"money in {self.currency}"
        return {Unit.RATE: "a rate", Unit.COUNT: "a number", Unit.POINTS: "points"}[self.unit]

    def is_like(self, other: Quantity) -> bool:
        """Tell whether both count the same: they may be added and compared, whatever their scales."""
        return (self.unit, self.currency) == (other.unit, other.currency)


def money(currency: str, scale: int = 4) -> Quantity:
    """Give the type of an amount in a currency."""
    return Quantity(Unit.MONEY, scale, currency)


def rate(scale: int = 10) -> Quantity:
    """Give the type of a share or a rate."""
    return Quantity(Unit.RATE, scale)


def count(scale: int = 0) -> Quantity:
    """Give the type of a plain number."""
    return Quantity(Unit.COUNT, scale)


def scaled(value: Decimal, scale: int) -> int:
    """Give a decimal as a whole number of its last digit; `ValueError` where it has more digits."""
    shifted = value.scaleb(scale, _EXACT)
    if shifted != shifted.to_integral_value(context=_EXACT):
        message = f"{value} has more than {scale} digits after the point"
        raise ValueError(message)
    return int(shifted)


def unscaled(value: int, scale: int) -> Decimal:
    """Give back the decimal of a whole number of its last digit."""
    return Decimal(value).scaleb(-scale, _EXACT)
