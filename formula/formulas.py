"""The language that plans are written in: read as Python is written, never executed, every number with its unit.

    amount - cost if kind == 'deal' else 0
    round(min(amount, money(1000, 'USD')) * 0.05, 2)
    ratio(amount, cost, 4) >= 1.2 and days(invoiced_on, received_on) <= 30
    date >= date('2026-01-01') and product in ['A', 'B'] and customer != ''

A name is a column. A number stands for a number, a rate or points, whichever it meets; an amount is written with
its currency, but for zero. There is no `/`: every division says how many digits it is rounded to. `round` and
`ratio` round half-even. `''` is what is not there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.problem import Mistake
from formula import canonical
from formula.check import check, checked
from formula.expression import Call, ColumnType, Expression, Function, Literal
from formula.parse import Language, Reader, named_column, read_text
from formula.quantity import LARGEST_SCALE, count, money

_CURRENCY = re.compile(r"[A-Z]{3}")
#: Digits before the point of a number in a formula.
_WHOLE_DIGITS = 15


def parse_formula(
    text: str, columns: Mapping[str, ColumnType], wanted: ColumnType | None = None
) -> tuple[Expression, tuple[Mistake, ...]]:
    """Read a formula over columns; every mistake by its offset in the text, those of units included.

    `wanted` is what it must give, anything unless said: a quantity of that unit with no more digits after the point.
    With mistakes the expression is not to be used.
    """
    expression, mistakes = read_text(text, columns, FORMULAS)
    found = checked(expression, columns)[1] if wanted is None else check(expression, columns, wanted)
    return expression, tuple(sorted({*mistakes, *found}, key=lambda mistake: (mistake.offset, mistake.message)))


def _more(reader: Reader, node: ast.expr) -> Expression | None:
    at = reader.offset(node)
    match node:
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return _chain(Function.ADD, reader.read(left), reader.read(right), at)
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            return _chain(Function.TIMES, reader.read(left), reader.read(right), at)
        case ast.BinOp(op=ast.Sub(), left=left, right=right):
            return Call(Function.SUBTRACT, (reader.read(left), reader.read(right)), at)
        case ast.BinOp(op=ast.Div()):
            return reader.wrong(node, "divides; write ratio(a, b, digits), which says how many digits it is rounded to")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Call(Function.NEGATIVE, (reader.read(operand),), at)
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return Call(Function.IF, (reader.read(test), reader.read(body), reader.read(orelse)), at)
        case _:
            return None


def _chain(function: Function, one: Expression, two: Expression, at: int) -> Expression:
    """Write `a + b + c` as one sum."""
    if isinstance(one, Call) and one.function is function:
        return Call(function, (*one.args, two), at)
    return Call(function, (one, two), at)


def _literal(digits: str, at: int) -> Literal | None:
    if not canonical.fits(digits, _WHOLE_DIGITS, LARGEST_SCALE):
        return None
    return Literal(Decimal(digits), at, count(len(digits.partition(".")[2])))


def _min(reader: Reader, node: ast.Call) -> Expression:
    return _of_several(reader, node, Function.LEAST, "min")


def _max(reader: Reader, node: ast.Call) -> Expression:
    return _of_several(reader, node, Function.GREATEST, "max")


def _of_several(reader: Reader, node: ast.Call, function: Function, name: str) -> Expression:
    if node.keywords or len(node.args) < 2:  # noqa: PLR2004  of one there is nothing to choose
        return reader.wrong(node, f"takes two values or more: {name}(a, b)")
    return Call(function, tuple(map(reader.read, node.args)), reader.offset(node))


def _round(reader: Reader, node: ast.Call) -> Expression:
    match node:
        case ast.Call(args=[value, digits], keywords=[]):
            return Call(Function.ROUND_TO, (reader.read(value), _digits(reader, digits)), reader.offset(node))
        case _:
            return reader.wrong(node, "takes a value and how many digits after the point: round(a, 2)")


def _ratio(reader: Reader, node: ast.Call) -> Expression:
    match node:
        case ast.Call(args=[one, two, digits], keywords=[]):
            args = (reader.read(one), reader.read(two), _digits(reader, digits))
            return Call(Function.RATIO, args, reader.offset(node))
        case _:
            return reader.wrong(node, "takes two values and how many digits after the point: ratio(a, b, 4)")


def _digits(reader: Reader, node: ast.expr) -> Literal:
    match node:
        case ast.Constant(value=int(digits)) if not isinstance(digits, bool) and digits <= LARGEST_SCALE:
            return Literal(digits, reader.offset(node))
        case _:
            reader.wrong(node, f"says how many digits after the point: a number from 0 to {LARGEST_SCALE}")
            return Literal(LARGEST_SCALE, reader.offset(node))


def _money(reader: Reader, node: ast.Call) -> Expression:
    match node:
        case ast.Call(args=[amount, ast.Constant(value=str(currency))], keywords=[]) if _CURRENCY.fullmatch(currency):
            read = reader.read(amount)
            if isinstance(read, Literal) and isinstance(read.value, Decimal) and read.quantity is not None:
                return replace(read, at=reader.offset(node), quantity=money(currency, read.quantity.scale))
            if read != Literal(None):
                reader.wrong(amount, "is no amount as written; write digits: money(1000, 'USD')")
            return read
        case _:
            return reader.wrong(node, "takes an amount and a currency of three capitals: money(1000, 'USD')")


def _date(reader: Reader, node: ast.Call) -> Expression:
    match node:
        case ast.Call(args=[ast.Constant(value=str(written))], keywords=[]) if canonical.day(written, "") == written:
            return Literal(date.fromisoformat(written), reader.offset(node))
        case _:
            return reader.wrong(node, "takes a day as text: date('2026-01-31')")


def _days(reader: Reader, node: ast.Call) -> Expression:
    match node:
        case ast.Call(args=[one, two], keywords=[]):
            return Call(Function.DAYS, (reader.read(one), reader.read(two)), reader.offset(node))
        case _:
            return reader.wrong(node, "takes two days, the earlier one first: days(a, b)")


#: Of quantities, days and texts.
FORMULAS = Language(
    functions={
        "column": named_column,
        "date": _date,
        "days": _days,
        "max": _max,
        "min": _min,
        "money": _money,
        "ratio": _ratio,
        "round": _round,
    },
    literal=_literal,
    digits=f"{_WHOLE_DIGITS} before it, {LARGEST_SCALE} after",
    more=_more,
    outside="+ - *, compare, and, or, not, in, a if b else c, min, max, round, ratio, money, date, days, column",
)
