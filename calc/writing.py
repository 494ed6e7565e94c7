"""Expressions and stages written shortly, so that a rule reads as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from calc.inputs import INPUTS
from formula.expression import Call, Column, Expression, Function, Literal, call
from formula.needs import sources_of
from formula.quantity import Quantity, count
from formula.relation import (
    Aggregate,
    Derive,
    Join,
    Overlap,
    Relation,
    Running,
    Scan,
    Share,
    Spread,
    Stage,
    Union,
    Where,
)

F = Function
Derived = tuple[str, Expression]

NULL = Literal(None)
ONE = Literal(Decimal(1), quantity=count(0))


def number(value: Decimal | int, quantity: Quantity) -> Literal:
    """Write a quantity."""
    return Literal(Decimal(value), quantity=quantity)


def nothing(quantity: Quantity) -> Call:
    """Write a null that counts something."""
    return when(Literal(value=False), number(0, quantity), NULL)


def kept(*names: str) -> tuple[Derived, ...]:
    """Keep columns as they are."""
    return tuple((name, Column(name)) for name in names)


def pairs(*names: str) -> tuple[tuple[str, str], ...]:
    """Pair columns that have the same name on both sides."""
    return tuple((name, name) for name in names)


def when(condition: Expression, one: Expression, other: Expression = NULL) -> Call:
    """Write a choice."""
    return Call(F.IF, (condition, one, other))


def empty(name: str) -> Call:
    """Ask whether a column is null."""
    return Call(F.EMPTY, (Column(name),))


def present(name: str) -> Call:
    """Ask whether a column is not null."""
    return Call(F.NOT, (empty(name),))


def equal(one: Expression | str, other: Expression | str) -> Call:
    """Compare; a bare text is a literal."""
    return call(F.EQUAL, one, other)


def every(*conditions: Expression) -> Expression:
    """Ask whether all hold."""
    return conditions[0] if len(conditions) == 1 else Call(F.AND, conditions)


def plus(*args: Expression) -> Call:
    """Add."""
    return Call(F.ADD, args)


def minus(one: Expression, other: Expression) -> Call:
    """Subtract."""
    return Call(F.SUBTRACT, (one, other))


def times(*args: Expression) -> Call:
    """Multiply."""
    return Call(F.TIMES, args)


def least(*args: Expression) -> Call:
    """Give the smallest."""
    return Call(F.LEAST, args)


def greatest(*args: Expression) -> Call:
    """Give the largest."""
    return Call(F.GREATEST, args)


def round_to(value: Expression, digits: int) -> Call:
    """Round half-even."""
    return call(F.ROUND_TO, value, digits)


def ratio(one: Expression, other: Expression, digits: int) -> Call:
    """Divide, to so many digits."""
    return call(F.RATIO, one, other, digits)


def in_currency(value: Expression, currency: str) -> Call:
    """Say that an amount is money of a currency."""
    return call(F.IN_CURRENCY, value, currency)


def first(*args: Expression | str) -> Call:
    """Give the first that is not null."""
    return call(F.FIRST, *args)


def days_between(one: str, other: str) -> Call:
    """Count the days from one column's day up to another's."""
    return Call(F.DAYS, (Column(one), Column(other)))


@dataclass(slots=True)
class Stages:
    """Stages in the order in which they are written; what is already there is not written twice."""

    _names: dict[tuple[Relation, str], str] = field(default_factory=dict)
    _stages: list[Stage] = field(default_factory=list)
    _columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, name: str, relation: Relation, title: str = "", use: str = "") -> str:
        """Write a stage; give the name by which others read it: its own, or with a number where that is taken.

        Equal ones are one, and read by several they are kept: what is cheaper to do again is told apart by its `use`.
        """
        key = (relation, use)
        if name in INPUTS:
            raise ValueError(f"'{name}' is what is scanned, no stage")
        if key not in self._names:
            own, nth = name, 1
            while own in self._columns:
                nth += 1
                own = f"{name}.{nth}"
            self._names[key] = own
            self._columns[own] = self._of(relation)
            self._stages.append(Stage(own, relation, title))
        return self._names[key]

    def more(
        self, name: str, source: str, added: Iterable[Derived], without: Collection[str] = (), title: str = ""
    ) -> str:
        """Write a stage that has the columns of another, less some, and more."""
        columns = (*kept(*(one for one in self._columns[source] if one not in without)), *added)
        return self.add(name, Derive(source, columns), title)

    def columns(self, name: str) -> tuple[str, ...]:
        """Name the columns of a stage."""
        return self._columns[name]

    def written(self) -> tuple[Stage, ...]:
        """Give all of them."""
        return tuple(self._stages)

    def _of(self, relation: Relation) -> tuple[str, ...]:
        match relation:
            case Scan(columns=columns):
                return tuple(ours for ours, _ in columns)
            case Derive(columns=derived):
                return tuple(name for name, _ in derived)
            case Join(left=left, columns=columns) | Overlap(left=left, columns=columns):
                return (*self._columns[left], *(ours for ours, _ in columns))
            case Spread(source=source, into=into) | Share(source=source, into=into):
                return (*self._columns[source], into)
            case Running(source=source, sums=sums):
                return (*self._columns[source], *(name for name, _ in sums))
            case Aggregate(by=by, values=values):
                return (*by, *(name for name, _, _ in values))
            case Where(source=source):
                return self._columns[source]
            case Union(sources=sources):
                return self._columns[sources[0]]


def needed(stages: Iterable[Stage], names: Iterable[str]) -> tuple[Stage, ...]:
    """Give the stages that some need, in their order, these included."""
    by_name = {stage.name: stage for stage in stages}
    wanted: set[str] = set()
    open_ = list(names)
    while open_:
        name = open_.pop()
        if name not in wanted:
            wanted.add(name)
            open_ += sources_of(by_name[name].relation)
    return tuple(stage for name, stage in by_name.items() if name in wanted)
