"""What an expression is for one row: the reference meaning of every function, over plain values and exact decimals.

Slow and obvious; engines are tested against it, and it explains what they found. A row is anything that gives a
value for the name of a column; only what decides the result is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial, reduce
from operator import itemgetter
from typing import Any

from formula import canonical, exact
from formula.expression import Call, Column, Expression, Function, Literal

Cell = str | bool | int | Decimal | date | None
#: Gives what an expression is for a row.
Meaning = Callable[[Mapping[str, Cell]], Cell]
#: What an expression is for each of some rows; those of one column are of one type.
Values = list[Any]
F = Function


def as_date(cell: Cell) -> date:
    """Take a cell that is a day. `TypeError` for another."""
    if not isinstance(cell, date):
        raise TypeError(f"a day, not {cell!r}")
    return cell


def value_of(expression: Expression, row: Mapping[str, Cell]) -> Cell:
    """Give what an expression is for one row."""
    return meaning_of(expression)(row)


def meaning_of(expression: Expression) -> Meaning:
    """Give what tells the value of an expression, for many rows."""
    match expression:
        case Column(name=name):
            return itemgetter(name)
        case Literal(value=value):
            return lambda _: value
        case Call(function=function, args=args):
            return _called(function, [meaning_of(arg) for arg in args])


class Meanings:
    """Meanings of expressions that are asked for again and again, each made once."""

    def __init__(self) -> None:
        """Know none yet."""
        self._known: dict[int, tuple[Expression, Meaning]] = {}  # with what it is of: no other one gets its id

    def of(self, expression: Expression) -> Meaning:
        """Give what `meaning_of` gives."""
        if (known := self._known.get(id(expression))) is None:
            known = self._known[id(expression)] = expression, meaning_of(expression)
        return known[1]


def values_of(
    expression: Expression, rows: Sequence[Mapping[str, Cell]], of: Callable[[Expression], Meaning] = meaning_of
) -> Values:
    """Give what an expression is for each row: as `meaning_of` says, by whole columns, in less than half the time."""
    match expression:
        case Column(name=name):
            return [row[name] for row in rows]
        case Literal(value=value):
            return [value] * len(rows)
        case Call(function=F.IF, args=(condition, one, other)):
            chosen = values_of(condition, rows, of)
            if all(chosen):
                return values_of(one, rows, of)
            holds = iter(values_of(one, [row for row, is_one in zip(rows, chosen, strict=True) if is_one], of))
            else_ = iter(values_of(other, [row for row, is_one in zip(rows, chosen, strict=True) if not is_one], of))
            return [next(holds) if is_one else next(else_) for is_one in chosen]
        case Call(function=function, args=args) if function in _PAIRWISE:
            return reduce(_BY_COLUMN.get(function) or _of_columns(function), (values_of(arg, rows, of) for arg in args))
        case _:
            return list(map(of(expression), rows))


def _of_columns(function: Function) -> Callable[[Values, Values], Values]:
    """As `_of_two`, for two columns."""
    apply = _PAIRWISE[function]
    return lambda one, other: [
        None if first is None or second is None else apply(first, second)
        for first, second in zip(one, other, strict=True)
    ]


def _least(ones: Values, others: Values) -> Values:
    return [
        None if one is None or two is None else two if two < one else one  # noqa: FURB136 - a call takes as long again
        for one, two in zip(ones, others, strict=True)
    ]


def _greatest(ones: Values, others: Values) -> Values:
    return [
        None if one is None or two is None else two if two > one else one  # noqa: FURB136 - as above
        for one, two in zip(ones, others, strict=True)
    ]


def _called(function: Function, args: list[Meaning]) -> Meaning:
    match function:  # these look at no more than they need
        case F.IF:
            condition, one, other = args
            return lambda row: one(row) if condition(row) else other(row)
        case F.FIRST:
            return lambda row: next((found for arg in args if (found := arg(row)) is not None), None)
        case F.AND:
            return lambda row: all(arg(row) for arg in args)
        case F.OR:
            return lambda row: any(arg(row) for arg in args)
    if function in _NULLS:
        return partial(_of_all, _NULLS[function], args)
    if function in _PAIRWISE:
        return reduce(partial(_of_two, _PAIRWISE[function]), args)
    if function in _STRICT:
        return partial(_of_present, _STRICT[function], args)
    return partial(_of_first, _READ[function], args)


def _of_all(apply: Callable[[list[Cell]], Cell], args: Sequence[Meaning], row: Mapping[str, Cell]) -> Cell:
    return apply([arg(row) for arg in args])


def _of_present(apply: Callable[..., Cell], args: Sequence[Meaning], row: Mapping[str, Cell]) -> Cell:
    """Any null is null; all arguments are looked at, so that who explains a null sees them."""
    values = [arg(row) for arg in args]
    for value in values:  # `in` would ask decimals whether they equal null, which is slow
        if value is None:
            return None
    return apply(*values)


def _of_two(apply: Callable[..., Cell], one: Meaning, other: Meaning) -> Meaning:
    """As `_of_present`, quicker: most of what is evaluated for thousands of rows is made of two."""

    def meaning(row: Mapping[str, Cell]) -> Cell:
        first, second = one(row), other(row)
        return None if first is None or second is None else apply(first, second)

    return meaning


def _of_first(apply: Callable[..., Cell], args: Sequence[Meaning], row: Mapping[str, Cell]) -> Cell:
    values = [arg(row) for arg in args]
    return None if values[0] is None else apply(*values)


def _compared(values: list[Cell], *, equal: bool) -> bool:
    one, two = values
    if one is None or two is None:
        return False
    return one < two or (equal and one == two)  # type: ignore[operator]  # checked: both sides have one type


def _picked(values: list[Cell]) -> Cell:
    pairs = dict(zip(values[1::2], values[2::2], strict=True))
    return pairs.get(values[0])


def _parts(values: list[Cell]) -> Cell:
    separator, *parts = values
    return canonical.joined(str(separator), tuple(str(part) for part in parts if part is not None))


def _key(values: list[Cell]) -> Cell:
    return None if None in values else canonical.key(tuple(map(str, values)))


def _matches(values: list[Cell]) -> bool:
    return values[0] is not None and re.fullmatch(str(values[1]), str(values[0]), re.ASCII) is not None


def _native(values: list[Cell]) -> bool:
    return values[0] is not None and f",{values[1]}," in str(values[0])


def _next_day(day: str | date) -> Cell:
    if isinstance(day, str):
        return canonical.next_day(day)
    return None if day == exact.LAST_DAY else exact.later(day, Decimal(1))


#: Functions that give something for null.
_NULLS: dict[Function, Callable[[list[Cell]], Cell]] = {
    F.NOT: lambda values: not values[0],
    F.EQUAL: lambda values: values[0] == values[1],
    F.LESS: lambda values: _compared(values, equal=False),
    F.AT_MOST: lambda values: _compared(values, equal=True),
    F.ONE_OF: lambda values: values[0] is not None and values[0] in values[1:],
    F.EMPTY: lambda values: values[0] is None,
    F.MATCHES: _matches,
    F.FITS: lambda values: values[0] is not None and canonical.fits(*values),  # type: ignore[arg-type]
    F.IS_NATIVE: _native,
    F.PICK: _picked,
    F.JOIN: _parts,
    F.KEY: _key,
}

#: Functions whose null is null.
_READ: dict[Function, Callable[..., Cell]] = {
    F.TRIM: canonical.trim,
    F.FOLD: canonical.fold,
    F.DATE: canonical.day,
    F.LOCAL_DAY: canonical.local_day,
    F.INSTANT: canonical.instant,
    F.PLAIN: canonical.plain,
    F.EXPAND: canonical.expand,
    F.DECIMAL: canonical.decimal,
    F.WHOLE: canonical.whole,
    F.ROUND: canonical.rounded,
    F.YES_NO: canonical.yes_no,
    F.MEMBERS: canonical.members,
    F.NEXT_DAY: _next_day,
    F.AS_DAY: date.fromisoformat,
    F.NUMBER: canonical.number,
}

#: Functions of two quantities or days, of more from the left on: with any null there is none.
_PAIRWISE: dict[Function, Callable[..., Cell]] = {
    F.ADD: exact.added,
    F.SUBTRACT: exact.difference,
    F.TIMES: exact.product,
    F.LEAST: min,
    F.GREATEST: max,
    F.DAYS: exact.days_between,
    F.LATER: exact.later,
}

#: Those of them that are quicker without a call for each pair.
_BY_COLUMN: dict[Function, Callable[[Values, Values], Values]] = {F.LEAST: _least, F.GREATEST: _greatest}

#: Other functions of quantities: with any null there is none.
_STRICT: dict[Function, Callable[..., Cell]] = {
    F.NEGATIVE: lambda value: exact.difference(Decimal(0), value),
    F.ROUND_TO: exact.rounded,
    F.ROUND_HALF_UP: exact.rounded_half_up,
    F.RATIO: exact.ratio,
    F.IN_CURRENCY: lambda value, _: value,
}
