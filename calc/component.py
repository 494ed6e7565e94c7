"""What every type of component has in common: its shape, its terms, and what it makes of credits.

A new type is a file with a `ComponentType`, its form in `calc.plan`, a line in `calc.compile`, its worked examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from calc.crediting import Counting
from calc.inputs import AMOUNT_SCALE
from calc.plan import Bounds, Cap, Prorate, Rounding, Span
from calc.timeline import TALLY
from calc.writing import Stages, in_currency, kept, nothing
from formula.expression import Column, ColumnType, Expression
from formula.meaning import Cell
from formula.quantity import Quantity, count, money
from formula.relation import Derive


class AnyComponent(Protocol):
    """What the form of every component says."""

    @property
    def measure(self) -> str:
        """The measure it pays on."""

    @property
    def earned(self) -> Span:
        """For which periods it gives an earning."""

    @property
    def cap(self) -> Cap | None:
        """What is not exceeded."""

    @property
    def round(self) -> Rounding:
        """How an earning is rounded."""

    @property
    def was(self) -> str | None:
        """The id it had before."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the stages of a component depend on; all else of it is terms. Components of one shape are calculated as one.

    currency  the plan's
    counted   over which time it counts up
    bounds    what its bounds are written in, None where it has none
    how       choices of its own type
    """

    type: str
    currency: str
    counting: Counting
    earned: Span
    counted: Span
    bounds: Bounds | None
    prorate: Prorate
    how: tuple[str, ...] = ()

    @property
    def is_money(self) -> bool:
        """Whether what it counts is money."""
        return self.counting.currency is not None

    @property
    def unit(self) -> Quantity:
        """What it counts: money of the plan's currency, or a number."""
        return money(self.currency, AMOUNT_SCALE) if self.is_money else count(AMOUNT_SCALE)

    def counted_in(self, number: Expression) -> Expression:
        """Give a number without a unit in what it counts."""
        return in_currency(number, self.currency) if self.is_money else number


@dataclass(frozen=True, slots=True)
class Terms:
    """The numbers of some components: columns with types, and a row for each component, in order."""

    columns: Mapping[str, ColumnType]
    rows: Sequence[Mapping[str, Cell]]


@dataclass(frozen=True, slots=True)
class Tallied:
    """What a type earns from: names of stages.

    credits   credits of every version of the plans with their `tally`, the first day of each period (`month_start`),
              and the first day of the terms that hold on theirs (`terms_from`)
    terms     the terms of each day of this shape, with `tally`: of a tally every day lies in one row at most
    held      who has any of the versions when: `tally, person, engagement, measure, start, end`
    days      the days that are calculated
    order     what tells the credits of a tally apart
    """

    credits: str
    terms: str
    held: str
    days: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a type has earned: names of stages.

    lines    one for each credit: what it adds; None where a type looks at periods only
    parts    of each tally, row of the roster (`since`) and earned period what was earned, exactly (`PART`)
    closing  the terms of each day (`CLOSING`)
    """

    lines: str | None
    parts: str
    closing: str


#: tally; since: the row of the roster; earned_from: the earned period; last_day: of what was credited; closing_day:
#: whose terms close it; counted, target: in the measure's unit; exact: money; gaps: lines with a code; code: of one.
PART = (
    *("tally", "since", "earned_from", "last_day", "closing_day"),
    *("counted", "target", "exact", "gaps", "code"),
)
CLOSING = ("tally", *TALLY, "start", "end", "version", "cap", "cap_per", "round", "day_target")


@dataclass(frozen=True, slots=True)
class ComponentType:
    """How a type of component is compiled; `Any` is its own form.

    bounds   what its bounds are written in, None where it has none
    counted  over which time it counts up
    how      its choices that change stages
    terms    its numbers, of all components of one shape
    of_day   writes the stages of the terms of each day: of who has which terms when, cut where more of them changes
    earn     writes the stages
    """

    bounds: Callable[[Any], Bounds | None]
    counted: Callable[[Any], Span]
    prorate: Callable[[Any], Prorate]
    how: Callable[[Any], tuple[str, ...]]
    terms: Callable[[Shape, Sequence[Any]], Terms]
    of_day: Callable[[Stages, Shape, Terms, str], str]
    earn: Callable[[Stages, Shape, Terms, Tallied], Parts]


def closing_of(stages: Stages, shape: Shape, terms: str) -> str:
    """Write the stage of what closes an earned period: the terms, and the quota, of each day."""
    target = Column("target") if "target" in stages.columns(terms) else nothing(shape.unit)
    columns = (*kept(*CLOSING[:-1]), ("day_target", target))
    return stages.add("closing", Derive(terms, columns), "what closes a period, by the day it closes on")


def digits(value: Decimal) -> int:
    """Count the digits after the point."""
    return max(0, -int(value.as_tuple().exponent))
