"""Relations: what a table is made of, as named stages over scanned inputs.

A stage reads an input or an earlier stage by name; the last one is the result. Both evaluators walk the same
stages: `formula.evaluate` over lists of rows, `engine.printer` as SQL over columns. A stage is one question
that a person could ask, so a staged form is also the explanation of its result.

No relation depends on the order of rows: where an order matters it is named, and must tell any two rows apart.
Periods are half-open. What joins by null joins nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from formula.expression import Expression

#: (name here, name there)
Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of an input under names of our own: (name here, name there)."""

    input: str
    columns: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Derive:
    """Each row of `source` once, with exactly these columns."""

    source: str
    columns: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Where:
    """The rows of `source` for which a condition holds."""

    source: str
    condition: Expression


@dataclass(frozen=True, slots=True)
class Within:
    """A day of the left rows that lies in a period of the right ones: `start <= day < end`."""

    day: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Join:
    """Each row of `left` with each row of `right` that agrees with it.

    on       pairs of columns that are equal (left, right); may be empty
    columns  what the right row adds: (name here, name there)
    within   a day of the left that lies in the right row's period
    keeps    a left row that agrees with none stays once, with nulls in `columns`
    """

    left: str
    right: str
    on: tuple[tuple[str, str], ...]
    columns: tuple[Named, ...]
    within: Within | None = None
    keeps: bool = False


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two dated tables as one: each pair of rows that agree and share a day, over the days they share.

    Both have their period in the columns `start` and `end`; the result has the shared one there. `columns` is what
    the right row adds; the left row's columns all stay.
    """

    left: str
    right: str
    on: tuple[tuple[str, str], ...]
    columns: tuple[Named, ...]
    start: str = "start"
    end: str = "end"


@dataclass(frozen=True, slots=True)
class Spread:
    """Each row of `source` once for every day of its period, `start <= day < end`, the day in `into`.

    A period without end is cut off first: nobody counts the days to 9999.
    """

    source: str
    start: str
    end: str
    into: str


@dataclass(frozen=True, slots=True)
class Share:
    """What a whole is split into: parts that always sum to it.

    Rows of one `by` share the amount `whole`, which they all carry, by their `share` (a rate). Each part is rounded
    down to the digits of `whole`; what is left of `whole * sum of shares` (rounded half-even) goes in last digits to
    the largest remainders, the earlier in `order` first. `into` is the part. A negative whole is split as the
    positive one is, so that taking back gives back the same parts. Without a whole or a share there is no part.
    """

    source: str
    by: tuple[str, ...]
    order: tuple[str, ...]
    whole: str
    share: str
    into: str


@dataclass(frozen=True, slots=True)
class Running:
    """Each row of `source` with sums over its group up to and including it, in `order`: (name here, summed there).

    Nulls are left out of a sum; before the first value there is none. In `order` nulls come last.
    """

    source: str
    by: tuple[str, ...]
    order: tuple[str, ...]
    sums: tuple[Named, ...]


class Aggregation(StrEnum):
    """What becomes of the rows of a group; nulls are left out, and without a value there is none."""

    SUM = "sum"
    COUNT = "count"  #: of rows that are not null there; never null
    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One row for each group: the columns it is made by, and (name here, what, of which column)."""

    source: str
    by: tuple[str, ...]
    values: tuple[tuple[str, Aggregation, str], ...]


@dataclass(frozen=True, slots=True)
class Union:
    """The rows of several stages with the same columns."""

    sources: tuple[str, ...]


Relation = Scan | Derive | Where | Join | Overlap | Spread | Share | Running | Aggregate | Union


@dataclass(frozen=True, slots=True)
class Stage:
    """One relation, under the name by which later ones read it; `title` says what it is, for people."""

    name: str
    relation: Relation
    title: str = ""
