"""The reference evaluation: the rows of every stage, each knowing the rows it came from.

Plain values and exact decimals, as obvious as it can be; engines are tested against it, and it explains what they
found (`formula.steps`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.errors import SyncError
from formula import exact
from formula.expression import Column, ColumnType
from formula.meaning import Cell, Meanings, values_of
from formula.quantity import Quantity
from formula.relation import (
    Aggregate,
    Aggregation,
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
from formula.rows import Row, by_key, groups, ordered, picking
from formula.schema import columns_of_stages

Values = dict[str, Cell]


class TooLarge(SyncError):
    """Look at the numbers, or give the column fewer digits: a value does not fit 64 bits."""

    code = "too_large"
    #: What stands before the largest number, which tells of somebody's deal.
    FIRST = ", first at the largest, "

    def __init__(self, stage: str, column: str, largest: str | None = None) -> None:
        """Say where it was found, and which number that went in was the `largest`."""
        what = "" if largest is None else f"{self.FIRST}{largest}"
        super().__init__(
            f"a number is too large: '{column}' of '{stage}' is more than {2**63 - 1} of its last digit; nothing is "
            f"written; look for an amount, a quota or a rate that is wrong{what}"
        )
        self.stage, self.column = stage, column


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything an evaluation found: the rows of each input and stage, and what their columns are.

    meanings  of its formulas, for whoever asks for their values again
    """

    stages: Mapping[str, Stage]
    rows: Mapping[str, Sequence[Row]]
    types: Mapping[str, Mapping[str, ColumnType]]
    meanings: Meanings = field(default_factory=Meanings)

    def values(self, stage: str) -> list[Values]:
        """Give the rows of a stage as plain dictionaries."""
        return [dict(row.values) for row in self.rows[stage]]


def evaluate(
    stages: Sequence[Stage],
    inputs: Mapping[str, Sequence[Mapping[str, Cell]]],
    types: Mapping[str, Mapping[str, ColumnType]] | None = None,
) -> list[Values]:
    """Give the rows of the last stage, in the order of the rows scanned. As `evaluation` else."""
    return evaluation(stages, inputs, types).values(stages[-1].name)


def evaluation(
    stages: Sequence[Stage],
    inputs: Mapping[str, Sequence[Mapping[str, Cell]]],
    types: Mapping[str, Mapping[str, ColumnType]] | None = None,
    schema: Mapping[str, Mapping[str, ColumnType]] | None = None,
    begun: Evaluation | None = None,
) -> Evaluation:
    """Evaluate every stage over the rows of the inputs: quantities as Decimal, days as date.

    `types` has the columns of each input; without it every column is text, and quantities are not looked after.
    `schema` those of every stage, where they are known already; `begun` has rows of stages and inputs that are known
    already too. Errors: `TooLarge` where a quantity of a stage does not fit 64 bits at its scale; `IllFormed`.
    """
    if schema is None:
        schema = columns_of_stages(stages, types) if types is not None else {stage.name: {} for stage in stages}
    known = begun or Evaluation({}, {}, {})
    tables = {**known.rows, **{name: [Row(name, row) for row in rows] for name, rows in inputs.items()}}
    for stage in stages:
        maker = _Maker(stage.name, schema[stage.name], tables, known.meanings)
        tables[stage.name] = maker.rows(stage.relation)
    every = {**known.stages, **{stage.name: stage for stage in stages}}
    return Evaluation(every, tables, {**known.types, **(types or {}), **schema}, known.meanings)


_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the rows of one stage."""

    stage: str
    types: Mapping[str, ColumnType]
    tables: Mapping[str, Sequence[Row]]
    meanings: Meanings

    def rows(self, relation: Relation) -> list[Row]:
        match relation:
            case Scan(input=name, columns=columns):
                return [
                    Row(self.stage, {ours: row.values.get(theirs) for ours, theirs in columns}, (row,))
                    for row in self.tables[name]
                ]
            case Derive():
                return self.derived(relation)
            case Where(source=source, condition=condition):
                holds = self.meanings.of(condition)
                return [Row(self.stage, row.values, (row,)) for row in self.tables[source] if holds(row.values)]
            case Join():
                return self.joined(relation)
            case Overlap():
                return self.overlapping(relation)
            case Spread(source=source, start=start, end=end, into=into):
                return [
                    Row(self.stage, {**row.values, into: day}, (row,))
                    for row in self.tables[source]
                    for day in _days(row, start, end)
                ]
            case Share():
                return self.shared(relation)
            case Running():
                return self.running(relation)
            case Aggregate(source=source, by=by, values=values):
                return [self.aggregated(by, values, rows) for rows in groups(self.tables[source], by)]
            case Union(sources=sources):
                names = tuple(self.types) or None
                return [
                    Row(self.stage, {name: row.values[name] for name in names or row.values}, (row,))
                    for source in sources
                    for row in self.tables[source]
                ]

    def derived(self, relation: Derive) -> list[Row]:
        rows, names = self.tables[relation.source], {name for name, _ in relation.columns}
        taken = [(name, how.name) for name, how in relation.columns if isinstance(how, Column)]
        computed = [(name, how) for name, how in relation.columns if not isinstance(how, Column)]
        given = [row.values for row in rows]
        made = [(name, self.fitting(name, values_of(how, given, self.meanings.of))) for name, how in computed]
        renamed = [(name, theirs) for name, theirs in taken if name != theirs]
        without = [name for name in rows[0].values if name not in names] if rows else []
        found = []
        for nth, row in enumerate(rows):
            values: Values
            if len(without) < len(taken):  # to copy a row and take something out is quicker than to pick what stays
                values = dict(row.values)
                for name in without:
                    del values[name]
                for name, theirs in renamed:
                    values[name] = row.values[theirs]
            else:
                values = {name: row.values[theirs] for name, theirs in taken}
            for name, column in made:
                values[name] = column[nth]
            found.append(Row(self.stage, values, (row,)))
        return found

    def joined(self, relation: Join) -> list[Row]:
        found_by = by_key(self.tables[relation.right], [name for _, name in relation.on])
        there: dict[tuple[Cell, ...], list[_Right]] = {}  # as far as they were asked for
        pick, within = picking([name for name, _ in relation.on]), relation.within
        nothing: Values = dict.fromkeys(ours for ours, _ in relation.columns)
        found: list[Row] = []
        for left in self.tables[relation.left]:
            values, before = left.values, len(found)
            if (key := pick(values)) not in there:
                there[key] = [_Right(row, relation) for row in found_by.get(key, ())]
            day = values[within.day] if within is not None else None
            for right in there[key]:
                if within is None or (isinstance(day, date) and right.start <= day < right.end):
                    found.append(Row(self.stage, {**values, **right.added}, (left, right.row)))  # noqa: PERF401 - for one or two a list takes longer
            if relation.keeps and len(found) == before:
                found.append(Row(self.stage, {**values, **nothing}, (left,)))
        return found

    def overlapping(self, relation: Overlap) -> list[Row]:
        found_by = by_key(self.tables[relation.right], [name for _, name in relation.on])
        rows = []
        for left in self.tables[relation.left]:
            period = _period(left, relation.start, relation.end)
            for right in found_by.get(tuple(left.values[name] for name, _ in relation.on), ()):
                other = _period(right, relation.start, relation.end)
                if period is None or other is None or max(period[0], other[0]) >= min(period[1], other[1]):
                    continue
                shared = {relation.start: max(period[0], other[0]), relation.end: min(period[1], other[1])}
                added = {ours: right.values[theirs] for ours, theirs in relation.columns}
                rows.append(Row(self.stage, {**left.values, **shared, **added}, (left, right)))
        return rows

    def shared(self, relation: Share) -> list[Row]:
        scale = _scale(self.types[relation.into])
        found = []
        for rows in groups(self.tables[relation.source], relation.by):
            served = ordered(rows, relation.order)
            wholes = [_number(row.values[relation.whole]) for row in served]
            shares = [_number(row.values[relation.share]) for row in served]
            for row, part in zip(served, exact.parts(wholes, shares, scale), strict=True):
                self.fit(relation.into, part)
                others = (other for other in served if other is not row)
                found.append(Row(self.stage, {**row.values, relation.into: part}, (row, *others)))
        return found

    def running(self, relation: Running) -> list[Row]:
        found = []
        for rows in groups(self.tables[relation.source], relation.by):
            before: Row | None = None
            served = ordered(rows, relation.order)
            totals = [
                (name, self.fitting(name, list(_totals(row.values[summed] for row in served))))
                for name, summed in relation.sums
            ]
            for nth, row in enumerate(served):
                values = {**row.values, **{name: column[nth] for name, column in totals}}
                before = Row(self.stage, values, (row, before) if before else (row,))
                found.append(before)
        return found

    def aggregated(
        self, by: tuple[str, ...], values: tuple[tuple[str, Aggregation, str], ...], rows: Sequence[Row]
    ) -> Row:
        found = {name: rows[0].values[name] for name in by}
        for name, what, column in values:
            found[name] = _AGGREGATES[what]([row.values[column] for row in rows])
            self.fit(name, found[name])
        return Row(self.stage, found, tuple(rows))

    def fitting(self, column: str, values: list[Any]) -> list[Cell]:
        """Give the values of a column as they are. `TooLarge` where one does not fit."""
        if (bounds := self.bounds(column)) is not None:
            least, largest = bounds
            for value in values:
                if value is not None and not least <= value <= largest:
                    raise TooLarge(self.stage, column)
        return values

    def fit(self, column: str, value: Cell) -> None:
        if isinstance(value, Decimal):
            bounds = self.bounds(column)
            if bounds is not None and not bounds[0] <= value <= bounds[1]:
                raise TooLarge(self.stage, column)

    def bounds(self, column: str) -> tuple[Any, Any] | None:
        """Give the least and the largest value that a column holds; None where it holds no quantity."""
        kind = self.types.get(column)
        return exact.bounds(kind.scale) if isinstance(kind, Quantity) else None


class _Right:
    """A right row of a join: what it adds to a left one, and (where that matters) the days on which it does."""

    __slots__ = ("added", "end", "row", "start")

    def __init__(self, row: Row, relation: Join) -> None:
        within = relation.within
        self.row = row
        self.added = {ours: row.values[theirs] for ours, theirs in relation.columns}
        period = None if within is None else _period(row, within.start, within.end)
        self.start, self.end = period or (date.max, date.min)


def _period(row: Row, start: str, end: str) -> tuple[date, date] | None:
    first, after = row.values[start], row.values[end]
    return (first, after) if isinstance(first, date) and isinstance(after, date) else None


def _days(row: Row, start: str, end: str) -> Iterable[date]:
    period = _period(row, start, end)
    if period is not None:
        for number in range((period[1] - period[0]).days):
            yield period[0] + timedelta(number)


def _number(cell: Cell) -> Decimal | None:
    if cell is None or isinstance(cell, Decimal):
        return cell
    raise TypeError(f"a quantity is a Decimal, not {cell!r}")


def _scale(kind: ColumnType) -> int:
    return kind.scale if isinstance(kind, Quantity) else 0


def _totals(cells: Iterable[Cell]) -> Iterator[Decimal | None]:
    """Yield the sum of each number and all before it; nothing before the first one."""
    total: Decimal | None = None
    for cell in cells:
        if (number := _number(cell)) is not None:
            total = exact.added(_NOTHING if total is None else total, number)
        yield total


def _total(cells: Sequence[Cell]) -> Decimal | None:
    present = [cell for cell in cells if isinstance(cell, Decimal)]
    return exact.total(present) if present else None


def _present(cells: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in cells if cell is not None]


_AGGREGATES: dict[Aggregation, Callable[[Sequence[Cell]], Cell]] = {
    Aggregation.SUM: _total,
    Aggregation.COUNT: lambda cells: Decimal(len(_present(cells))),
    Aggregation.MIN: lambda cells: min(_present(cells), default=None),  # type: ignore[type-var]  # checked: ordered
    Aggregation.MAX: lambda cells: max(_present(cells), default=None),  # type: ignore[type-var]  # checked: ordered
}
