"""The columns of every stage with their types, and what cannot be a form at all.

A form is compiled, so a mistake in it is our own: it is raised, never shown as the mistake of a plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from formula.check import checked
from formula.expression import ColumnType, Expression, Type, columns_of
from formula.quantity import DEAL_CURRENCY, LARGEST_SCALE, Quantity, Unit, count
from formula.relation import (
    Aggregate,
    Aggregation,
    Derive,
    Join,
    Named,
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

#: Columns of a stage in their order.
Columns = Mapping[str, ColumnType]
#: While they are found out, None stands for a column that is null in every row.
_Found = dict[str, ColumnType | None]

_ORDERED = frozenset((Type.TEXT, Type.DATE, Type.INSTANT, Type.DAY, Type.WHOLE))


class IllFormed(ValueError):
    """A form whose stages do not fit together: our own mistake."""


def columns_of_stages(
    stages: Sequence[Stage], inputs: Mapping[str, Mapping[str, ColumnType]]
) -> dict[str, dict[str, ColumnType]]:
    """Give the columns of every stage with their types, in their order; a column that is always null is text.

    `inputs` has the columns of each scanned input. Errors: `IllFormed`, with everything that does not fit.
    """
    schema = _Schema(inputs)
    for stage in stages:
        if stage.name in schema.stages:
            schema.found.append(f"two stages are named '{stage.name}'")
        schema.at = stage.name
        schema.stages[stage.name] = schema.of(stage.relation)
        if not schema.stages[stage.name]:
            schema.wrong("has no columns")
    if schema.found:
        raise IllFormed("; ".join(schema.found))
    return {name: typed(columns) for name, columns in schema.stages.items()}


def typed(columns: Mapping[str, ColumnType | None]) -> dict[str, ColumnType]:
    """Give columns with a type each: one that is always null is text, unless a union makes it what the others are."""
    return {name: Type.TEXT if kind is None else kind for name, kind in columns.items()}


@dataclass(slots=True)
class _Schema:
    inputs: Mapping[str, Mapping[str, ColumnType]]
    stages: dict[str, _Found] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    at: str = ""

    def of(self, relation: Relation) -> _Found:
        match relation:
            case Scan(input=name, columns=columns):
                given: _Found = dict(self.inputs.get(name, {}))
                if name not in self.inputs:
                    self.wrong(f"there is no input '{name}'")
                return self.picked(given, columns, {})
            case Derive(source=source, columns=derived):
                known = self.source(source)
                self.distinct([name for name, _ in derived])
                return {name: self.expression(how, known) for name, how in derived}
            case Where(source=source, condition=condition):
                known = self.source(source)
                if self.expression(condition, known) not in (Type.BOOL, None):
                    self.wrong("is not chosen by a condition")
                return known
            case Join(left=left, right=right, columns=columns, within=within):
                one, two = self.agreeing(left, right, relation.on)
                if within is not None:
                    self.of_type(one, within.day, Type.DAY)
                    self.of_type(two, within.start, Type.DAY)
                    self.of_type(two, within.end, Type.DAY)
                return self.picked(two, columns, one)
            case Overlap(left=left, right=right, columns=columns, start=start, end=end):
                one, two = self.agreeing(left, right, relation.on)
                for name in (start, end):
                    self.of_type(one, name, Type.DAY)
                    self.of_type(two, name, Type.DAY)
                return self.picked(two, columns, one)
            case Spread(source=source, start=start, end=end, into=into):
                known = self.source(source)
                self.of_type(known, start, Type.DAY)
                self.of_type(known, end, Type.DAY)
                return self.more(known, {into: Type.DAY})
            case Share():
                return self.shared(relation)
            case Running(source=source, by=by, order=order, sums=sums):
                known = self.source(source)
                self.has(known, by)
                self.sortable(known, order)
                return self.more(known, {name: self.summed(known, there) for name, there in sums})
            case Aggregate(source=source, by=by, values=values):
                known = self.source(source)
                self.has(known, by)
                kept = {name: known.get(name) for name in by}
                return self.more(kept, {name: self.aggregated(known, what, of) for name, what, of in values})
            case Union(sources=sources):
                return self.united([self.source(source) for source in sources])

    def shared(self, relation: Share) -> _Found:
        known = self.source(relation.source)
        self.has(known, relation.by)
        self.sortable(known, relation.order)
        self.has(known, (relation.whole, relation.share))
        whole, share = known.get(relation.whole), known.get(relation.share)
        if not isinstance(whole, Quantity):
            self.wrong(f"'{relation.whole}' is no quantity to share")
        if not isinstance(share, Quantity) or share.unit is not Unit.RATE:
            self.wrong(f"'{relation.share}' is no rate")
        return self.more(known, {relation.into: whole})

    def summed(self, known: _Found, column: str) -> ColumnType | None:
        self.has(known, (column,))
        kind = known.get(column)
        if kind is not None and not isinstance(kind, Quantity):
            self.wrong(f"'{column}' is no quantity to sum")
        self.one_currency(column, kind)
        return kind

    def aggregated(self, known: _Found, what: Aggregation, column: str) -> ColumnType | None:
        if what is Aggregation.SUM:
            return self.summed(known, column)
        self.has(known, (column,))
        if what is Aggregation.COUNT:
            return count(0)
        kind = known.get(column)
        if kind is not None and not isinstance(kind, Quantity) and kind not in _ORDERED:
            self.wrong(f"'{column}' has no smallest and largest")
        self.one_currency(column, kind)
        return kind

    def one_currency(self, column: str, kind: ColumnType | None) -> None:
        if isinstance(kind, Quantity) and kind.currency == DEAL_CURRENCY:
            self.wrong(f"'{column}' is {kind}, and amounts of many currencies do not add up or compare")

    def united(self, tables: list[_Found]) -> _Found:
        first = dict(tables[0])
        for other in tables[1:]:
            if other.keys() != first.keys():
                self.wrong(f"unites different columns: {', '.join(sorted(other.keys() ^ first.keys()))}")
            for name, kind in other.items():
                first[name] = self.joint(name, first.get(name), kind)
        return first

    def joint(self, name: str, one: ColumnType | None, two: ColumnType | None) -> ColumnType | None:
        if isinstance(one, Quantity) and isinstance(two, Quantity) and one.is_like(two):
            return replace(one, scale=max(one.scale, two.scale))
        if one is not None and two is not None and one != two:
            self.wrong(f"unites '{name}' as {one} and as {two}")
        return two if one is None else one

    def agreeing(self, left: str, right: str, on: tuple[Named, ...]) -> tuple[_Found, _Found]:
        one, two = self.source(left), self.source(right)
        for mine, other in on:
            self.has(one, (mine,))
            self.has(two, (other,))
            if one.get(mine) != two.get(other) and None not in (one.get(mine), two.get(other)):
                self.wrong(f"'{mine}' and '{other}' are of different types")
        return one, two

    def picked(self, there: _Found, columns: tuple[Named, ...], beside: _Found) -> _Found:
        self.has(there, [name for _, name in columns])
        self.distinct([name for name, _ in columns])
        return self.more(beside, {ours: there.get(theirs) for ours, theirs in columns})

    def more(self, known: _Found, added: _Found) -> _Found:
        for name in sorted(known.keys() & added.keys()):
            self.wrong(f"'{name}' is there already")
        return {**known, **added}

    def expression(self, how: Expression, known: _Found) -> ColumnType | None:
        missing = columns_of(how) - known.keys()
        if missing:
            self.has(known, sorted(missing))
            return None
        given, mistakes = checked(how, typed(known))
        self.found += (f"stage '{self.at}': {mistake.message}" for mistake in mistakes)
        if isinstance(given, Quantity) and given.scale > LARGEST_SCALE:
            self.wrong(f"keeps {given.scale} digits after the point, at most {LARGEST_SCALE}: round it")
        return given

    def sortable(self, known: _Found, order: tuple[str, ...]) -> None:
        self.has(known, order)
        for name in order:
            kind = known.get(name)
            if kind is not None and not isinstance(kind, Quantity) and kind not in _ORDERED:
                self.wrong(f"'{name}' gives no order")

    def of_type(self, known: _Found, column: str, kind: ColumnType) -> None:
        self.has(known, (column,))
        if known.get(column, kind) not in (kind, None):
            self.wrong(f"'{column}' is no {kind}")

    def has(self, known: _Found, names: Sequence[str]) -> None:
        for name in names:
            if name not in known:
                self.wrong(f"there is no column '{name}'")

    def distinct(self, names: list[str]) -> None:
        for name in sorted({name for name in names if names.count(name) > 1}):
            self.wrong(f"'{name}' stands twice")

    def source(self, name: str) -> _Found:
        if name not in self.stages:
            self.wrong(f"there is no earlier stage '{name}'")
        return dict(self.stages.get(name, {}))

    def wrong(self, message: str) -> None:
        self.found.append(f"stage '{self.at}': {message}")
