"""What an explanation says of a step: in the words of those who are paid, not in the names of columns.

Columns that have no words of their own are told by their formula, as a plan wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from formula.check import type_of
from formula.expression import Call, ColumnType, Expression, Function
from formula.meaning import Cell, Meanings
from formula.quantity import Quantity, Unit
from formula.steps import Looked

F = Function
_PERCENT = 100

#: What is said of codes of what is missing.
_LACKING = {
    "no_quota": "no quota of {measure}",
    "quota_currency": "a quota of {measure} in another currency than the plan's",
    "quota_not_positive": "a quota of {measure} that is not above zero",
    "no_rate": "no rate of exchange",
    "rate_too_old": "a rate of exchange that is too old",
    "overlapping_plans": "the same plan twice",
    "unknown_plan": "a plan that was published",
}
#: What is said of columns; `{stage}` is what the stage says that it gives.
_WORDS = {
    "exact": "the amount, once as much is counted as is asked for",
    "after": "counted so far, with this one",
    "amount": "{rule}",
    "whole": "{stage}",
    "credit": "what is credited",
    "part": "their part: {rule}",
    "counted": "all that is counted",
    "needed": "what is asked for",
    "reward": "what reaching it pays",
    "quota": "{stage}",
    "target": "the target",
}
#: Those of values that are told and not taken apart again.
_BARE = {"after": "counted before it"}
#: What the numbers of a component are, or of one of its tiers.
_TERMS = {
    "rate": "rate of {}",
    "upto": "where {} ends",
    "at": "where {} is reached",
    "bonus": "what {} pays",
    "cap": "cap of {}",
}
_NUMBERED = re.compile(r"([a-z]+)_([0-9]+)")


def said(name: str, stage: str, rule: str, *, is_bare: bool = False) -> str:
    """Say what a step gives; `is_bare` where it is not taken apart."""
    if is_bare and name in _BARE:
        return _BARE[name]
    if found := _NUMBERED.fullmatch(name):
        return f"where tier {found[2]} ends" if found[1] == "bound" else f"{found[1]} of tier {found[2]}"
    words = _WORDS.get(name)
    return f"{name} = {rule}" if words is None else words.format(stage=stage, rule=rule)


def term(column: str, component: str, version: Cell) -> str:
    """Say what a number of a component is, as a plan version has it."""
    found = _NUMBERED.fullmatch(column)
    name, whose = (found[1], f"tier {found[2]} of {component}") if found else (column, component)
    return f"{_TERMS.get(name, name + ' of {}').format(whose)}, V{version}"


def added(
    how: Expression, known: Mapping[str, Cell], types: Mapping[str, ColumnType], meanings: Meanings
) -> tuple[str, tuple[str, ...]] | None:
    """Say what a line adds, `1% of 4000.00 + 2% of 1500.00`, and name the columns that it comes from.

    None where it is no sum of products, or one cannot be told.
    """
    products = list(_products(how, known, meanings))
    if any(len(one.args) != len(("rate", "of what")) for _, one in products):
        return None
    found = [(sign, one) for sign, one in products if meanings.of(one)(known)] or products[:1]
    looked = Looked(known)
    told = [(sign, _product(one, looked, types, meanings)) for sign, one in found]
    text = "".join(f" {sign} {words}" for sign, words in told).removeprefix(" + ")
    return (text, tuple(looked.names)) if found else None


def lacking(code: str, measure: str) -> str:
    """Say what of a measure is missing, by the code of somebody who is set aside."""
    return _LACKING.get(code, code).format(measure=measure)


def _products(
    how: Expression, known: Mapping[str, Cell], meanings: Meanings, sign: str = "+"
) -> Iterator[tuple[str, Call]]:
    """Yield the products that a formula adds and subtracts; nothing of another formula."""
    match how:
        case Call(F.IF, (condition, one, other)):
            yield from _products(one if meanings.of(condition)(known) else other, known, meanings, sign)
        case Call(F.ADD, args):
            for one in args:
                yield from _products(one, known, meanings, sign)
        case Call(F.SUBTRACT, (one, other)):
            yield from _products(one, known, meanings, sign)
            yield from _products(other, known, meanings, "-" if sign == "+" else "+")
        case Call(F.TIMES):
            yield sign, how


def _product(one: Call, known: Mapping[str, Cell], types: Mapping[str, ColumnType], meanings: Meanings) -> str:
    first, second = (meanings.of(arg)(known) for arg in one.args)
    kind = type_of(one.args[1], types)
    if isinstance(kind, Quantity) and kind.unit is Unit.RATE:
        return f"{as_percent(second)} of {_number(first, 2)}"
    return f"{_number(first, 2)} for each of {_number(second)}"


def as_percent(share: Cell) -> str:
    """Write a share as people do: `2.5%`."""
    return f"{_number(share * _PERCENT)}%" if isinstance(share, Decimal) else f"{share}"


def _number(value: Cell, digits: int = 0) -> str:
    if not isinstance(value, Decimal):
        return f"{value}"
    text = f"{value.normalize():f}"
    return f"{value:.{digits}f}" if len(text.partition(".")[2]) < digits else text
