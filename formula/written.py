"""An expression as its formula: what a person reads where steps are shown, and what `parse_formula` reads back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from formula.expression import Call, Column, Expression, Function, Literal
from formula.quantity import Unit

F = Function
_BETWEEN = {F.AND: " and ", F.OR: " or ", F.ADD: " + ", F.SUBTRACT: " - ", F.TIMES: " * "}
_COMPARED = {F.EQUAL: "==", F.LESS: "<", F.AT_MOST: "<="}
_NAMES = {F.LEAST: "min", F.GREATEST: "max", F.ROUND_TO: "round"}
#: How tightly each holds its parts together; what is not here is a call or a name.
_TIES = {F.IF: 0, F.OR: 1, F.AND: 2, F.NOT: 3, **dict.fromkeys((*_COMPARED, F.EMPTY), 4)}
_TIES |= {F.ADD: 5, F.SUBTRACT: 5, F.TIMES: 6, F.NEGATIVE: 7}
_TIGHTEST = 9


def written(expression: Expression) -> str:
    """Write an expression as its formula."""
    match expression:
        case Column(name=name):
            return name if name.isidentifier() else f"column({name!r})"
        case Literal():
            return _literal(expression)
        case Call(function=F.IN_CURRENCY, args=(amount, _)):
            return written(amount)
        case Call(function=F.NOT, args=(Call(function=F.EQUAL | F.EMPTY) as compared,)):
            return _comparison(compared, "!=")
        case Call(function=F.EQUAL | F.LESS | F.AT_MOST | F.EMPTY):
            return _comparison(expression, _COMPARED.get(expression.function, "=="))
        case Call(function=F.NOT, args=(held,)):
            return f"not {_part(held, 3)}"
        case Call(function=F.NEGATIVE, args=(number,)):
            return f"-{_part(number, 7)}"
        case Call(function=F.IF, args=(condition, one, other)):
            return f"{_part(one, 1)} if {_part(condition, 1)} else {_part(other, 0)}"
        case Call(function=function, args=(first, *rest)) if function in _BETWEEN:
            tie = _TIES[function]
            return _BETWEEN[function].join([_part(first, tie + 1), *(_part(part, tie + 1) for part in rest)])
        case Call(function=function, args=args):
            return f"{_NAMES.get(function, function.value)}({', '.join(map(written, args))})"


def _comparison(compared: Call, sign: str) -> str:
    one, *rest = compared.args
    other = _part(rest[0], 5) if rest else "''"
    return f"{_part(one, 5)} {sign} {other}"


def _part(expression: Expression, tie: int) -> str:
    """Write a part, in brackets where it would fall apart."""
    text = written(expression)
    return f"({text})" if _tie(expression) < tie else text


def _tie(expression: Expression) -> int:
    match expression:
        case Call(function=F.IN_CURRENCY, args=(amount, _)):
            return _tie(amount)
        case Call(function=F.NOT, args=(Call(function=F.EQUAL | F.EMPTY),)):
            return _TIES[F.EQUAL]
        case Call(function=function):
            return _TIES.get(function, _TIGHTEST)
        case _:
            return _TIGHTEST


def _literal(literal: Literal) -> str:
    value = literal.value
    match value:
        case Decimal() if literal.quantity is not None and literal.quantity.unit is Unit.MONEY:
            return f"money({value:f}, {literal.quantity.currency!r})"
        case Decimal():
            return f"{value:f}"
        case date():
            return f"date('{value.isoformat()}')"
        case None:
            return "''"
        case _:
            return repr(value)
