"""The reference meaning: expressions and relations over plain Python values and exact decimals.

Slow and obvious; engines are tested against it, and it explains what they found. Rows are dictionaries by
column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from formula import canonical
from formula.expression import Call, Column, Expression, Function, Literal
from formula.relation import Derive, Relation, Scan, Stage

Cell = str | bool | int | Decimal | None
Row = dict[str, Cell]
F = Function


def evaluate(stages: tuple[Stage, ...], inputs: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Give the rows of the last stage, in the order of the rows scanned."""
    tables = {name: list(rows) for name, rows in inputs.items()}
    for stage in stages:
        tables[stage.name] = _rows(stage.relation, tables)
    return tables[stages[-1].name]


def value_of(expression: Expression, row: Mapping[str, Cell]) -> Cell:
    """Give what an expression is for one row."""
    match expression:
        case Column(name=name):
            return row[name]
        case Literal(value=value):
            return value
        case Call(function=function, args=args):
            return _call(function, args, row)


def _rows(relation: Relation, tables: Mapping[str, list[Row]]) -> list[Row]:
    match relation:
        case Scan(input=name, columns=columns):
            return [{ours: row.get(theirs) for ours, theirs in columns} for row in tables[name]]
        case Derive(source=name, columns=derived):
            return [{column: value_of(how, row) for column, how in derived} for row in tables[name]]


def _call(function: Function, args: tuple[Expression, ...], row: Mapping[str, Cell]) -> Cell:
    match function:  # these look at no more than they need
        case F.IF:
            return value_of(args[1] if value_of(args[0], row) else args[2], row)
        case F.FIRST:
            return next((found for arg in args if (found := value_of(arg, row)) is not None), None)
        case F.AND:
            return all(value_of(arg, row) for arg in args)
        case F.OR:
            return any(value_of(arg, row) for arg in args)
    values = [value_of(arg, row) for arg in args]
    if function in _NULLS:
        return _NULLS[function](values)
    return None if values[0] is None else _READ[function](*values)


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
    F.INSTANT: canonical.instant,
    F.PLAIN: canonical.plain,
    F.EXPAND: canonical.expand,
    F.DECIMAL: canonical.decimal,
    F.WHOLE: canonical.whole,
    F.ROUND: canonical.rounded,
    F.YES_NO: canonical.yes_no,
    F.MEMBERS: canonical.members,
    F.NEXT_DAY: canonical.next_day,
    F.NUMBER: canonical.number,
}
