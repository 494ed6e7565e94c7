"""One expression as SQL: text and conditions here, quantities by `engine.quantities`.

The meaning of each function is `formula.meaning`; tests hold the two equal. What an expression needs twice it keeps
in layers below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import TypeVar

from sqlglot import exp

from engine import quantities
from engine import text_functions as sql
from engine.calls import (
    CONDITIONS,
    READING,
    as_sent,
    condition_of,
    constant,
    full_reading,
    literal_of,
    quick_reading,
    text_of,
)
from engine.layers import Layers
from engine.quantities import Arithmetic, Number
from engine.text_functions import Sql
from formula.check import type_of
from formula.expression import Call, Column, ColumnType, Expression, Function, Literal, Type
from formula.quantity import Quantity, scaled

F = Function
P = TypeVar("P")


class Expressions:
    """Prints the expressions of one stage, and keeps the columns they need in layers below.

    `types` has the columns at hand; without it every one is text. `wide`: quantities are computed in 128 bits.
    """

    def __init__(self, types: Mapping[str, ColumnType] | None = None, *, wide: bool = False) -> None:
        """Begin without layers."""
        self.layers = Layers()
        self.types = types
        self.arithmetic = Arithmetic(self.layers, wide)

    def column(self, expression: Expression) -> Sql:
        """Print it as a column of a stage: a quantity in 64 bits, a null as text."""
        kind = self._kind(expression)
        if isinstance(kind, Quantity):
            return quantities.as_column(self.number(expression))
        return sql.cast(exp.null(), "VARCHAR") if expression == Literal(None) else self.tree(expression)

    def held(self, condition: Expression) -> Sql:
        """Print what rows are chosen by: there a null chooses as little as false, and plain comparisons are quick.

        Not those of text: DuckDB 2.0 fails on `=` where it has found out that one text is null in every row.
        """
        match condition:
            case Call(function=F.AND, args=args):
                return sql.both(*map(self.held, args))
            case Call(function=F.OR, args=args):
                return sql.either(*map(self.held, args))
            case Call(function=F.EQUAL, args=(_, Literal(value=Decimal() | date()))):
                return _compared(exp.EQ, self._pair(*condition.args))
            case Call(function=F.LESS):
                return _compared(exp.LT, self._pair(*condition.args))
            case Call(function=F.AT_MOST):
                return _compared(exp.LTE, self._pair(*condition.args))
            case _:
                return self.tree(condition)

    def tree(self, expression: Expression) -> Sql:
        """Print it as it stands in another one."""
        match expression:
            case Column(name=name):
                return exp.column(name, quoted=True)
            case Literal(quantity=Quantity()):
                return quantities.settled(self.number(expression))
            case Literal(value=None) if self.types is not None:
                return exp.null()
            case Literal(value=value):
                return literal_of(value)
            case Call(function=function) if function in _COUNTED or isinstance(self._kind(expression), Quantity):
                return quantities.settled(self.number(expression))
            case Call(function=F.IF, args=args):
                return self._choice(*args)
            case Call(function=F.FIRST, args=args):
                return sql.function("coalesce", *self._first(args, self.tree, lambda tree: tree))
            case Call(function=F.NEXT_DAY, args=(day,)) if self._kind(day) is Type.DAY:
                return self._next_day(self.tree(day))
            case Call(function=F.EQUAL | F.LESS | F.AT_MOST as function, args=args):
                return condition_of(function, args, self._pair(*args))
            case Call(function=function, args=args) if function in READING:
                return self._reading(function, args)
            case Call(function=function, args=args):
                values = [self.tree(arg) for arg in args]
                return condition_of(function, args, values) if function in CONDITIONS else text_of(function, values)

    def number(self, expression: Expression) -> Number:
        """Print a quantity, or a day."""
        match expression:
            case Column(name=name):
                return quantities.of_column(name, self._scale(expression))
            case Literal(value=Decimal() as value, quantity=Quantity(scale=scale)):
                return quantities.of_whole(scaled(value, scale), scale)
            case Literal(value=None):
                return quantities.of_choice(sql.cast(exp.null(), quantities.NARROW), self._scale(expression))
            case Call(function=function, args=args) if function in _COUNTED:
                return self._nothing(expression) if any(map(_is_null, args)) else self._counted(function, args)
            case Call() if not isinstance(self._kind(expression), Quantity):
                return quantities.of_choice(self.tree(expression))
            case Call(function=F.IF, args=(condition, one, other)):
                return self._chosen_number(condition, one, other)
            case Call(function=F.FIRST, args=args):
                numbers = self.arithmetic.alike(self._first(args, self.number, quantities.settled))
                found = sql.function("coalesce", *map(quantities.settled, numbers))
                return quantities.of_choice(found, numbers[0].scale, is_wide=any(one.is_wide for one in numbers))
            case _:
                return quantities.of_choice(self.tree(expression))

    def _nothing(self, expression: Expression) -> Number:
        """What a null as written makes of every function of quantities and days."""
        kind = "DATE" if self._kind(expression) is Type.DAY else quantities.NARROW
        return quantities.of_choice(sql.cast(exp.null(), kind), self._scale(expression))

    def _counted(self, function: Function, args: tuple[Expression, ...]) -> Number:
        arithmetic = self.arithmetic
        if function in (F.ROUND_TO, F.ROUND_HALF_UP):
            half_up = function is F.ROUND_HALF_UP
            return arithmetic.rounded(self.number(args[0]), int(constant(args[1])), half_up=half_up)
        if function is F.IN_CURRENCY:
            return self.number(args[0])
        if function is F.RATIO:
            return arithmetic.ratio(self.number(args[0]), self.number(args[1]), int(constant(args[2])))
        numbers = [self.number(arg) for arg in args]
        match function:
            case F.ADD:
                return arithmetic.total(numbers)
            case F.SUBTRACT:
                return arithmetic.difference(*numbers)
            case F.NEGATIVE:
                return arithmetic.negative(numbers[0])
            case F.TIMES:
                return arithmetic.product(numbers)
            case F.DAYS:
                return quantities.days_between(*numbers)
            case F.LATER:
                return quantities.later(arithmetic, *numbers)
            case _:
                return arithmetic.edge(function.value, numbers)

    def _chosen_number(self, condition: Expression, one: Expression, other: Expression) -> Number:
        asked = self.tree(condition)
        with self.layers.only_where(asked):
            chosen = self.number(one)
        with self.layers.only_where(exp.Not(this=exp.paren(asked))):
            otherwise = self.number(other)
        chosen, otherwise = self.arithmetic.alike((chosen, otherwise))
        found = sql.when((asked, quantities.settled(chosen)), otherwise=quantities.settled(otherwise))
        return quantities.of_choice(found, chosen.scale, is_wide=chosen.is_wide or otherwise.is_wide)

    def _first(
        self, args: tuple[Expression, ...], print_one: Callable[[Expression], P], settle: Callable[[P], Sql]
    ) -> list[P]:
        """What a later one lifts is computed only for the rows for which there is none before."""
        found: list[P] = []
        with ExitStack() as guards:
            for arg in args:
                found.append(print_one(arg))
                guards.enter_context(self.layers.only_where(exp.Is(this=settle(found[-1]), expression=exp.null())))
        return found

    def _choice(self, condition: Expression, one: Expression, other: Expression) -> Sql:
        """What a branch lifts is computed only for the rows that take it."""
        asked = self.tree(condition)
        with self.layers.only_where(asked):
            chosen = self.tree(one)
        with self.layers.only_where(exp.Not(this=exp.paren(asked))):
            otherwise = self.tree(other)
        return sql.when((asked, chosen), otherwise=otherwise)

    def _pair(self, one: Expression, two: Expression) -> list[Sql]:
        """Print two values to compare, quantities with the same digits."""
        if not any(isinstance(self._kind(side), Quantity) for side in (one, two)):
            return [self.tree(one), self.tree(two)]
        return [quantities.settled(side) for side in self.arithmetic.alike([self.number(one), self.number(two)])]

    def _reading(self, function: Function, args: tuple[Expression, ...]) -> Sql:
        """First what the cell as sent proves quickly, then the work on the rows for which it proved nothing."""
        options = [constant(arg) for arg in args[1:]]
        sent = as_sent(args[0])
        quick = quick_reading(function, self.tree(sent), options) if sent is not None else None
        if quick is None:
            return full_reading(function, self.layers.lift(self.tree(args[0])), options)
        proven = self.layers.lift(quick)
        with self.layers.only_where(exp.Is(this=proven, expression=exp.null())):
            value = self.layers.lift(self.tree(args[0]))
        worked = sql.when((sql.present(value), full_reading(function, value, options)))
        return sql.function("coalesce", proven, worked)

    @staticmethod
    def _next_day(day: Sql) -> Sql:
        last = sql.cast(sql.text("9999-12-31"), "DATE")
        return sql.when((exp.LT(this=day, expression=last), exp.Add(this=day, expression=sql.count(1))))

    def _kind(self, expression: Expression) -> ColumnType | None:
        return None if self.types is None else type_of(expression, self.types)

    def _scale(self, expression: Expression) -> int:
        kind = self._kind(expression)
        return kind.scale if isinstance(kind, Quantity) else 0


#: Functions of quantities and days.
_COUNTED = frozenset(
    (
        *(F.ADD, F.SUBTRACT, F.NEGATIVE, F.TIMES, F.LEAST, F.GREATEST),
        *(F.ROUND_TO, F.ROUND_HALF_UP, F.RATIO, F.IN_CURRENCY, F.DAYS, F.LATER),
    )
)


def _is_null(argument: Expression) -> bool:
    return isinstance(argument, Literal) and argument.value is None


def _compared(operation: type[exp.Binary], pair: list[Sql]) -> Sql:
    return operation(this=pair[0], expression=pair[1])
