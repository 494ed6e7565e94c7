"""What a measure counts of one transaction: its formula and condition, read once by whoever checks and who compiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from calc.inputs import AMOUNT_SCALE, SCORED
from calc.plan import Measure
from calc.writing import empty, equal, every, number, plus, present, round_to
from domain.problem import Mistake
from formula.check import type_of
from formula.expression import Column, ColumnType, Expression, Type, columns_of
from formula.formulas import parse_formula
from formula.parse import suggestion
from formula.quantity import DEAL_CURRENCY, Quantity, Unit, count
from formula.units import named

#: What one transaction is, where transactions are counted.
_ONE = number(Decimal(1), count(AMOUNT_SCALE))


@dataclass(frozen=True, slots=True)
class ReadMeasure:
    """A measure as formulas.

    value      money of the transaction's currency, or a number; of the digits of an amount
    condition  which transactions, or scores, count, None: all
    reads      the columns it is made of
    """

    value: Expression
    is_money: bool
    condition: Expression | None
    reads: frozenset[str]


def read_measure(measure: Measure, columns: Mapping[str, ColumnType]) -> tuple[ReadMeasure | None, tuple[Mistake, ...]]:
    """Read a measure over the columns of transactions; every mistake by its path there, None with any."""
    found: list[Mistake] = []
    if measure.score is not None and SCORED not in columns:
        return None, (Mistake(("score",), "no feed brings scores: add one with `into: scores`"),)
    value = _value(measure, columns, found)
    condition = read_condition(measure.where, columns, ("where",), found)
    if measure.dated_by not in columns:
        known = [name for name, kind in columns.items() if kind is Type.DAY]
        found.append(Mistake(("dated_by",), f"there is no '{measure.dated_by}'{suggestion(measure.dated_by, known)}"))
    elif columns[measure.dated_by] is not Type.DAY:
        found.append(Mistake(("dated_by",), f"'{measure.dated_by}' is no day"))
    if found or value is None:
        return None, tuple(found)
    expression, kind = value
    reads = columns_of(expression) | {measure.dated_by}
    if SCORED in columns:
        own = empty(SCORED) if measure.score is None else equal(Column(SCORED), measure.score)
        condition = own if condition is None else every(own, condition)
    if condition is not None:
        reads |= columns_of(condition)
    if measure.count is not None:
        own = present(measure.count)
        condition = own if condition is None else every(own, condition)
        reads |= {measure.count}
    return ReadMeasure(_to_scale(expression, kind), kind.unit is Unit.MONEY, condition, reads), ()


def read_condition(
    text: str | None, columns: Mapping[str, ColumnType], path: tuple[str | int, ...], found: list[Mistake]
) -> Expression | None:
    """Read a condition over transactions; mistakes go to `found`, with this path."""
    if text is None:
        return None
    expression, mistakes = parse_formula(text, columns, Type.BOOL)
    found += (replace(mistake, path=path) for mistake in mistakes)
    return expression


def _value(
    measure: Measure, columns: Mapping[str, ColumnType], found: list[Mistake]
) -> tuple[Expression, Quantity] | None:
    match measure:
        case Measure(score=str(), sum=None, count=None):
            return Column("score"), count(AMOUNT_SCALE)
        case Measure(sum=str(text), count=None):
            expression, mistakes = parse_formula(text, columns)
            found += (replace(mistake, path=("sum",)) for mistake in mistakes)
            if mistakes:
                return None
            kind = type_of(expression, columns)
            if isinstance(kind, Quantity) and _is_countable(kind):
                return expression, kind
            what = named(kind) if kind is not None else "nothing"
            found.append(Mistake(("sum",), f"is {what}, where money of the transaction or a number is needed"))
        case Measure(sum=None, count=str(name)):
            if name in columns:
                return _ONE, count(AMOUNT_SCALE)
            found.append(Mistake(("count",), f"a transaction has no '{name}'{suggestion(name, tuple(columns))}"))
        case Measure(sum=None):
            found.append(Mistake((), "says nothing about what is counted: a `sum` of something, or a `count`"))
        case _:
            found.append(Mistake(("count",), "`sum` already says what is counted; keep one of them"))
    return None


def _is_countable(kind: Quantity) -> bool:
    return kind.unit is Unit.COUNT or (kind.unit is Unit.MONEY and kind.currency == DEAL_CURRENCY)


def _to_scale(value: Expression, kind: Quantity) -> Expression:
    """With the digits of an amount: parts of a split need them."""
    if kind.scale > AMOUNT_SCALE:
        return round_to(value, AMOUNT_SCALE)
    if kind.scale < AMOUNT_SCALE and kind.unit is Unit.COUNT:
        return plus(value, number(0, count(AMOUNT_SCALE)))
    return value
