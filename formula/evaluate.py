"""The reference evaluation: the rows of every stage, each knowing the rows it came from.

Plain values and exact decimals, as obvious as it can be; engines are tested against it, and it explains what they
found (`formula.steps`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from operator import itemgetter

from domain.errors import SyncError
from formula import exact
from formula.expression import Column, ColumnType
from formula.meaning import Cell, meaning_of
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
    Within,
)
from formula.schema import columns_of_stages

Values = dict[str, Cell]


class TooLarge(SyncError):
    """Look at the numbers, or give the column fewer digits: a value does not fit 64 bits."""

    code = "too_large"

    def __init__(self, stage: str, column: str, largest: str | None = None) -> None:
        """Say where it was found, and which number that went in was the `largest`."""
        what = "" if largest is None else f", first at the largest, {largest}"
        super().__init__(
            f"a number is too large: '{column}' of '{stage}' is more than {2**63 - 1} of its last digit; nothing is "
            f"written; look for an amount, a quota or a rate that is wrong{what}"
        )
        self.stage, self.column = stage, column


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of a stage, or of an input.

    sources   the rows it was made from, by what made it: one; of a join the left and the right (only the left where
              none agrees); of a sum up to here this one and the sum before; of a share this one and the others of
              its group; of an aggregate every row of the group. None of an input.
    """

    stage: str
    values: Mapping[str, Cell]
    sources: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything an evaluation found: the rows of each input and stage, and what their columns are."""

    stages: Mapping[str, Stage]
    rows: Mapping[str, Sequence[Row]]
    types: Mapping[str, Mapping[str, ColumnType]]

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
) -> Evaluation:
    """Evaluate every stage over the rows of the inputs: quantities as Decimal, days as date.

    `types` has the columns of each input; without it every column is text, and quantities are not looked after.
    `schema` those of every stage, where they are known already. Errors: `TooLarge` where a quantity of a stage does not
    fit 64 bits at its scale; `IllFormed`.
    """
    if schema is None:
        schema = columns_of_stages(stages, types) if types is not None else {stage.name: {} for stage in stages}
    tables = {name: [Row(name, row) for row in rows] for name, rows in inputs.items()}
    for stage in stages:
        maker = _Maker(stage.name, schema[stage.name], tables)
        tables[stage.name] = maker.rows(stage.relation)
    return Evaluation({stage.name: stage for stage in stages}, tables, {**(types or {}), **schema})


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the rows of one stage."""

    stage: str
    types: Mapping[str, ColumnType]
    tables: Mapping[str, Sequence[Row]]

    def rows(self, relation: Relation) -> list[Row]:
        match relation:
            case Scan(input=name, columns=columns):
                return [
                    self.row({ours: row.values.get(theirs) for ours, theirs in columns}, row)
                    for row in self.tables[name]
                ]
            case Derive():
                return self.derived(relation)
            case Where(source=source, condition=condition):
                holds = meaning_of(condition)
                return [self.row(row.values, row) for row in self.tables[source] if holds(row.values)]
            case Join():
                return self.joined(relation)
            case Overlap():
                return self.overlapping(relation)
            case Spread(source=source, start=start, end=end, into=into):
                return [
                    self.row({**row.values, into: day}, row)
                    for row in self.tables[source]
                    for day in _days(row, start, end)
                ]
            case Share():
                return self.shared(relation)
            case Running():
                return self.running(relation)
            case Aggregate(source=source, by=by, values=values):
                return [self.aggregated(by, values, rows) for rows in _groups(self.tables[source], by)]
            case Union(sources=sources):
                names = tuple(self.types) or None
                return [
                    self.row({name: row.values[name] for name in names or row.values}, row)
                    for source in sources
                    for row in self.tables[source]
                ]

    def row(self, values: Mapping[str, Cell], *sources: Row) -> Row:
        return Row(self.stage, values, sources)

    def derived(self, relation: Derive) -> list[Row]:
        kept = [(name, how.name) for name, how in relation.columns if isinstance(how, Column)]
        made = [(name, meaning_of(how)) for name, how in relation.columns if not isinstance(how, Column)]
        rows = self.tables[relation.source]
        without = _left_out(rows, kept)
        found = []
        for row in rows:
            if without is None:
                values = {name: row.values[theirs] for name, theirs in kept}
            else:
                values = dict(row.values)
                for name in without:
                    del values[name]
            for name, meaning in made:
                values[name] = value = meaning(row.values)
                self.fit(name, value)
            found.append(self.row(values, row))
        return found

    def joined(self, relation: Join) -> list[Row]:
        found_by = _by_key(self.tables[relation.right], [name for _, name in relation.on])
        nothing = {ours: None for ours, _ in relation.columns}
        key, within = _picking([name for name, _ in relation.on]), relation.within
        rows = []
        for left in self.tables[relation.left]:
            agreeing = found_by.get(key(left.values), ())
            if within is not None:
                agreeing = [right for right in agreeing if _is_within(within, left, right)]
            for right in agreeing:
                added = {ours: right.values[theirs] for ours, theirs in relation.columns}
                rows.append(self.row({**left.values, **added}, left, right))
            if relation.keeps and not agreeing:
                rows.append(self.row({**left.values, **nothing}, left))
        return rows

    def overlapping(self, relation: Overlap) -> list[Row]:
        found_by = _by_key(self.tables[relation.right], [name for _, name in relation.on])
        rows = []
        for left in self.tables[relation.left]:
            period = _period(left, relation.start, relation.end)
            for right in found_by.get(tuple(left.values[name] for name, _ in relation.on), ()):
                other = _period(right, relation.start, relation.end)
                if period is None or other is None or max(period[0], other[0]) >= min(period[1], other[1]):
                    continue
                shared = {relation.start: max(period[0], other[0]), relation.end: min(period[1], other[1])}
                added = {ours: right.values[theirs] for ours, theirs in relation.columns}
                rows.append(self.row({**left.values, **shared, **added}, left, right))
        return rows

    def shared(self, relation: Share) -> list[Row]:
        scale = _scale(self.types[relation.into])
        found = []
        for rows in _groups(self.tables[relation.source], relation.by):
            ordered = _ordered(rows, relation.order)
            wholes = [_number(row.values[relation.whole]) for row in ordered]
            shares = [_number(row.values[relation.share]) for row in ordered]
            for row, part in zip(ordered, exact.parts(wholes, shares, scale), strict=True):
                self.fit(relation.into, part)
                others = (other for other in ordered if other is not row)
                found.append(self.row({**row.values, relation.into: part}, row, *others))
        return found

    def running(self, relation: Running) -> list[Row]:
        found = []
        for rows in _groups(self.tables[relation.source], relation.by):
            before: Row | None = None
            for row in _ordered(rows, relation.order):
                sums = {}
                for name, summed in relation.sums:
                    parts = [_number(row.values[summed]), _number(before.values[name]) if before else None]
                    sums[name] = _total(parts)
                    self.fit(name, sums[name])
                before = self.row({**row.values, **sums}, row, *([before] if before else ()))
                found.append(before)
        return found

    def aggregated(
        self, by: tuple[str, ...], values: tuple[tuple[str, Aggregation, str], ...], rows: Sequence[Row]
    ) -> Row:
        found = {name: rows[0].values[name] for name in by}
        for name, what, column in values:
            found[name] = _AGGREGATES[what]([row.values[column] for row in rows])
            self.fit(name, found[name])
        return self.row(found, *rows)

    def fit(self, column: str, value: Cell) -> None:
        kind = self.types.get(column)
        if isinstance(kind, Quantity) and isinstance(value, Decimal) and not exact.fits(value, kind.scale):
            raise TooLarge(self.stage, column)


def _left_out(rows: Sequence[Row], kept: Sequence[tuple[str, str]]) -> list[str] | None:
    """Name what rows lose that keep most columns as they are: these are copied, which takes a tenth of the time."""
    if not rows or len(kept) * 2 < len(rows[0].values) or any(name != theirs for name, theirs in kept):
        return None
    names = {name for name, _ in kept}
    return [name for name in rows[0].values if name not in names]


def _period(row: Row, start: str, end: str) -> tuple[date, date] | None:
    first, after = row.values[start], row.values[end]
    return (first, after) if isinstance(first, date) and isinstance(after, date) else None


def _days(row: Row, start: str, end: str) -> Iterable[date]:
    period = _period(row, start, end)
    if period is not None:
        for number in range((period[1] - period[0]).days):
            yield period[0] + timedelta(number)


def _by_key(rows: Sequence[Row], names: Sequence[str]) -> Mapping[tuple[Cell, ...], Sequence[Row]]:
    """Rows by what they are joined by; what is null joins nothing."""
    found: dict[tuple[Cell, ...], list[Row]] = defaultdict(list)
    pick = _picking(names)
    for row in rows:
        key = pick(row.values)
        if None not in key:
            found[key].append(row)
    return found


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, Cell]], tuple[Cell, ...]]:
    """Give what picks some columns of a row."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _is_within(within: Within, left: Row, right: Row) -> bool:
    day, period = left.values[within.day], _period(right, within.start, within.end)
    return isinstance(day, date) and period is not None and period[0] <= day < period[1]


def _groups(rows: Sequence[Row], by: tuple[str, ...]) -> Iterable[Sequence[Row]]:
    """Rows of one group each, in the order of their first ones; nulls are of one group."""
    found: dict[tuple[Cell, ...], list[Row]] = defaultdict(list)
    pick = _picking(by)
    for row in rows:
        found[pick(row.values)].append(row)
    return found.values()


def _ordered(rows: Sequence[Row], order: tuple[str, ...]) -> list[Row]:
    """Rows of a group in an order that tells any two apart; nulls come last."""

    def place(row: Row) -> tuple[tuple[bool, Cell], ...]:
        return tuple((row.values[name] is None, row.values[name]) for name in order)

    places = [place(row) for row in rows]
    if len(set(places)) < len(places):
        raise ValueError(f"rows that {', '.join(order)} do not tell apart have no order")
    return sorted(rows, key=place)


def _number(cell: Cell) -> Decimal | None:
    if cell is None or isinstance(cell, Decimal):
        return cell
    raise TypeError(f"a quantity is a Decimal, not {cell!r}")


def _scale(kind: ColumnType) -> int:
    return kind.scale if isinstance(kind, Quantity) else 0


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
