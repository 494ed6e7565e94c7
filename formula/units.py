"""What mixing quantities gives, and why some do not mix.

A number written in a formula counts nothing in particular: it stands for a number, a rate or points, whichever it
meets; zero also for money. Of columns a number, a rate, points and the money of each currency stay apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from formula.expression import Call, ColumnType, Expression, Function, Literal, Type
from formula.quantity import LARGEST_INTERMEDIATE_SCALE, Quantity, Unit

#: What of a product is more than a number or a rate.
_WEIGHTY = (Unit.MONEY, Unit.POINTS)
_PLAIN = (Unit.COUNT, Unit.RATE)
#: Letters of a currency's code.
_CODE = 3


class Unmixed(Exception):
    """Quantities that do not mix: which argument, and why; `argument` is None where it is about the call."""

    def __init__(self, argument: int | None, message: str) -> None:
        """Keep the place beside the reason."""
        super().__init__(message)
        self.argument = argument
        self.message = message


def named(kind: ColumnType) -> str:
    """Name a type as a person would."""
    return str(kind) if isinstance(kind, Quantity) else _NAMED[kind]


_NAMED = {
    Type.TEXT: "text",
    Type.DATE: "a date",
    Type.INSTANT: "an instant",
    Type.DECIMAL: "a decimal as text",
    Type.NUMBER: "a number",
    Type.BOOL: "a condition",
    Type.WHOLE: "a count",
    Type.DAY: "a day",
}


def shared_unit(args: Sequence[Expression], kinds: Sequence[ColumnType | None], offset: int = 0) -> Quantity | None:
    """Give what quantities of one unit have together: that unit, and the largest of their scales.

    Errors: `Unmixed` where they are not of one unit; `offset` counts the arguments before these.
    """
    present = [(number, kind) for number, kind in enumerate(kinds) if isinstance(kind, Quantity)]
    if not present:
        return None
    first = next((kind for number, kind in present if not _is_bare(args[number])), present[0][1])
    for number, kind in present:
        if not _adopts(args[number], kind, first):
            raise Unmixed(number + offset, f"is {kind} beside {first}, and the two do not mix{_apart(kind, first)}")
    return replace(first, scale=max(kind.scale for _, kind in present))


def product(args: Sequence[Expression], kinds: Sequence[ColumnType | None]) -> Quantity | None:
    """Give the type of a product; `Unmixed` for money times money, points times money, and the like.

    A rate of pieces is pieces, as a rate of money is money; a number as written times a rate is a rate.
    """
    quantities = [kind for kind in kinds if isinstance(kind, Quantity)]
    weighty = [(number, kind) for number, kind in enumerate(kinds) if _is_weighty(kind)]
    if len(weighty) > 1:
        raise Unmixed(weighty[1][0], f"is {weighty[1][1]}, and cannot be multiplied with {weighty[0][1]}")
    if not quantities:
        return None
    bare = [_is_bare(arg) for arg, kind in zip(args, kinds, strict=True) if isinstance(kind, Quantity)]
    plain = (kind for kind, is_bare in zip(quantities, bare, strict=True) if kind.unit is Unit.COUNT and not is_bare)
    unit = next(plain, next((kind for kind in quantities if kind.unit is Unit.RATE), quantities[0]))
    unit = next((kind for kind in quantities if _is_weighty(kind)), unit)
    scale = sum(kind.scale for kind in quantities)
    if scale > LARGEST_INTERMEDIATE_SCALE:
        raise Unmixed(None, f"has {scale} digits after the point, at most {LARGEST_INTERMEDIATE_SCALE}: round a part")
    return replace(unit, scale=scale)


def ratio(args: Sequence[Expression], kinds: Sequence[ColumnType | None], digits: int) -> Quantity:
    """Give the type of x over y; both count the same, or are a plain number and a rate."""
    one, two = kinds
    plain = all(isinstance(kind, Quantity) and kind.unit in _PLAIN for kind in (one, two))
    if not plain:
        shared_unit(args, kinds)
    return Quantity(Unit.RATE, digits)


def digits_of(argument: Expression) -> int:
    """Give how many digits a literal says."""
    match argument:
        case Literal(value=int(digits)):
            return digits
        case _:
            raise TypeError(f"how many digits is said by a whole number, not {argument!r}")


def _is_bare(argument: Expression) -> bool:
    """A number as written: it has no unit of its own."""
    match argument:
        case Literal(value=value, quantity=Quantity(unit=Unit.COUNT)):
            return value is not None
        case Call(function=Function.NEGATIVE, args=(inner,)):
            return _is_bare(inner)
        case _:
            return False


def _adopts(argument: Expression, kind: Quantity, other: Quantity) -> bool:
    if kind.is_like(other):
        return True
    if not _is_bare(argument):
        return False
    return other.unit is not Unit.MONEY or (isinstance(argument, Literal) and not argument.value)


def _is_weighty(kind: ColumnType | None) -> bool:
    return isinstance(kind, Quantity) and kind.unit in _WEIGHTY


def _apart(one: Quantity, two: Quantity) -> str:
    """What may be done about it."""
    if {one.unit, two.unit} == {Unit.MONEY, Unit.COUNT}:
        currency = one.currency or two.currency
        return f"; write money(1000, '{currency}') for an amount" if currency and len(currency) == _CODE else ""
    return ""
