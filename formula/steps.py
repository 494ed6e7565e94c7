"""How a value came about: the steps from it down to the rows as given.

A step that only passes a value on is left out, so what remains is what a person would have to do by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from formula.evaluate import Evaluation
from formula.expression import Column, ColumnType
from formula.meaning import Cell, Meaning
from formula.relation import (
    Aggregate,
    Derive,
    Join,
    Named,
    Overlap,
    Running,
    Scan,
    Share,
    Spread,
    Stage,
)
from formula.rows import Row
from formula.written import written


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a value, by which rule it came out of which others.

    stage   what a person calls the stage it was found in; of a value as given the input
    column  what the value is called there
    unit    its type; None where the evaluation had none
    inputs  the steps of what it was made of, in the order of the rule; none of a value as given
    rows    the rows as given that this one goes back to, row by row; those of a group are in its inputs
    """

    stage: str
    column: str
    rule: str
    value: Cell
    unit: ColumnType | None
    inputs: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()


def steps_of(evaluation: Evaluation, row: Row, column: str) -> Step:
    """Give the steps of one value of a row of the evaluation; a step that two need is one object."""
    return walker(evaluation)(row, column)


def walker(evaluation: Evaluation) -> Callable[[Row, str], Step]:
    """Give what gives steps as `steps_of`, with what several values of the evaluation need as one object."""
    return _Walk(evaluation).step


@dataclass(slots=True)
class _Walk:
    evaluation: Evaluation
    known: dict[tuple[int, str], Step] = field(default_factory=dict)
    formulas: dict[tuple[str, str], tuple[str, Meaning] | str] = field(default_factory=dict)

    def step(self, row: Row, column: str) -> Step:
        at = (id(row), column)
        if at not in self.known:
            self.known[at] = self.found(row, column)
        return self.known[at]

    def found(self, row: Row, column: str) -> Step:
        stage = self.evaluation.stages.get(row.stage)
        if stage is None:
            return self.made(row, column, "as given")
        match stage.relation:
            case Scan(columns=columns):
                return self.step(row.sources[0], dict(columns)[column])
            case Derive():
                return self.derived(row, column, stage.relation)
            case Join(columns=columns, right=right) if column in dict(columns):
                return self.joined(row, column, self.title(right), stage.relation)
            case Overlap() as overlap:
                return self.overlapping(row, column, overlap)
            case Spread(start=start, end=end, into=into) if column == into:
                return self.made(
                    row, column, f"each day from {start} up to {end}", (row.sources[0], start), (row.sources[0], end)
                )
            case Share(into=into) if column == into:
                return self.shared(row, column, stage.relation)
            case Running(sums=sums) if column in dict(sums):
                return self.running(row, column, dict(sums)[column])
            case Aggregate(by=by, values=values) if column not in by:
                what, of = next((what, of) for name, what, of in values if name == column)
                return self.made(row, column, f"{what.value} of {of}", *((source, of) for source in row.sources))
            case _:
                return self.step(row.sources[0], column)

    def derived(self, row: Row, column: str, relation: Derive) -> Step:
        source, at = row.sources[0], (row.stage, column)
        if at not in self.formulas:
            how = dict(relation.columns)[column]
            meaning = self.evaluation.meanings.of(how)
            self.formulas[at] = how.name if isinstance(how, Column) else (written(how), meaning)
        found = self.formulas[at]
        if isinstance(found, str):
            return self.step(source, found)
        rule, meaning = found
        looked = Looked(source.values)
        meaning(looked)
        return self.made(row, column, rule, *((source, name) for name in looked.names))

    def joined(self, row: Row, column: str, title: str, relation: Join) -> Step:
        where = _where(relation.on)
        if relation.within is not None:
            period = f"{relation.within.start} <= {relation.within.day} < {relation.within.end}"
            where = f"{where} and {period}" if where else period
        there = dict(relation.columns)[column]
        if len(row.sources) == 1:
            left = [name for name, _ in relation.on] + ([relation.within.day] if relation.within else [])
            return self.made(row, column, f"no {title} where {where}", *((row.sources[0], name) for name in left))
        return self.made(row, column, f"{there} of {title} where {where}", (row.sources[1], there))

    def overlapping(self, row: Row, column: str, relation: Overlap) -> Step:
        left, right = row.sources
        if column in (relation.start, relation.end):
            rule = "the later start" if column == relation.start else "the earlier end"
            return self.made(row, column, rule, (left, column), (right, column))
        there = dict(relation.columns).get(column)
        if there is None:
            return self.step(left, column)
        where = _where(relation.on)
        rule = f"{there} of {self.title(relation.right)}, days in common" + (f" where {where}" if where else "")
        return self.made(row, column, rule, (right, there))

    def shared(self, row: Row, column: str, relation: Share) -> Step:
        own, *others = row.sources
        rule = f"{relation.whole} split by {relation.share}, the last digits to the largest remainders"
        shares = ((one, relation.share) for one in (own, *others))
        return self.made(row, column, rule, (own, relation.whole), *shares)

    def running(self, row: Row, column: str, summed: str) -> Step:
        """The sum before is told and not taken apart: it has steps of its own."""
        own, *before = row.sources
        step = self.made(row, column, f"{summed} and all before it", (own, summed))
        told = tuple(self.made(one, column, f"{summed} and all before it") for one in before)
        return Step(step.stage, column, step.rule, step.value, step.unit, (*told, *step.inputs), step.rows)

    def made(self, row: Row, column: str, rule: str, *inputs: tuple[Row, str]) -> Step:
        return Step(
            self.title(row.stage),
            column,
            rule,
            row.values[column],
            self.evaluation.types.get(row.stage, {}).get(column),
            tuple(self.step(source, name) for source, name in inputs),
            tuple(self.origins(row)),
        )

    def origins(self, row: Row) -> Iterator[Row]:
        """The row as given that a row goes back to; of a group there is no one such row."""
        while row.sources:
            stage = self.evaluation.stages[row.stage]
            if isinstance(stage.relation, Aggregate):
                return
            row = row.sources[0]
        yield row

    def title(self, name: str) -> str:
        stage: Stage | None = self.evaluation.stages.get(name)
        return stage.title or name if stage is not None else name


class Looked(Mapping[str, Cell]):
    """Values of a row that remember which were looked at, in that order."""

    def __init__(self, values: Mapping[str, Cell]) -> None:
        self.values_ = values
        self.names: list[str] = []

    def __getitem__(self, name: str) -> Cell:
        if name not in self.names:
            self.names.append(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


def _where(on: tuple[Named, ...]) -> str:
    return " and ".join(mine if mine == other else f"{mine} = {other}" for mine, other in on)
