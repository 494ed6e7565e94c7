"""The relational form as SQL: trees that we build, printed for DuckDB; no SQL text is ever taken apart.

Every stage becomes common table expressions named `stage:<name>`, none of them kept, so that the engine runs
them in one pass over the rows. The meaning of each relation is `formula.evaluate`; tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from engine import text_functions as sql
from engine.expressions import Expressions
from engine.layers import Layers
from engine.passing import NTH, Passing, summed_in_passing
from engine.quantities import NARROW, Arithmetic, as_column, of_column
from engine.relations import aggregated, joined, overlapping, quoted, running, select, spread, table
from engine.shares import shared
from engine.text_functions import Sql
from formula.expression import ColumnType, Type
from formula.quantity import Quantity
from formula.relation import (
    Aggregate,
    Derive,
    Join,
    Overlap,
    Running,
    Scan,
    Share,
    Spread,
    Stage,
    Union,
    Where,
)

DIALECT = "duckdb"
#: A query that a stage needs, by its name.
Named = tuple[str, exp.Query]
_KINDS = {Type.DAY: "DATE", Type.WHOLE: NARROW, Type.BOOL: "BOOLEAN", Type.NUMBER: "DECIMAL(38, 18)"}


def printed(tree: exp.Expr) -> str:
    """Print a tree as the engine's SQL."""
    return tree.sql(dialect=DIALECT, copy=False)


def select_of(stages: Sequence[Stage], inputs: Mapping[str, str]) -> exp.Select:
    """Give the query of the last stage of a mapping; `inputs` names the table or view of each scanned input."""
    return Printer(inputs).select(stages)


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints stages.

    inputs   the table or view of each scanned input
    columns  the columns of each stage with their types; without it a form is one of text, scanned and derived
    needed   of each stage the columns that are needed; all of them where it says nothing
    tables   stages that are tables already
    wide     quantities are computed in 128 bits
    passing  a running sum whose rows are sorted, and summed up as they come
    """

    inputs: Mapping[str, str]
    columns: Mapping[str, Mapping[str, ColumnType]] | None = None
    needed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    wide: bool = False
    passing: Passing | None = None

    def select(self, stages: Sequence[Stage]) -> exp.Select:
        """Give the query of the last stage; every other one is read by a later one of these."""
        query = exp.select("*").from_(table(self.named(stages[-1].name)))
        for stage in stages:
            for name, tree in self.queries(stage):
                named = exp.to_identifier(name, quoted=True)
                query = query.with_(named, as_=tree, materialized=False, copy=False)
        return query

    def queries(self, stage: Stage) -> list[Named]:
        """Give the queries of one stage, each over the one before; the last one has its columns."""
        name, relation = f"stage:{stage.name}", stage.relation
        match relation:
            case Scan(input=source, columns=names):
                scanned = [(ours, quoted(theirs)) for ours, theirs in names if self.is_needed(stage, ours)]
                return [(name, select(scanned, table(self.inputs[source])))]
            case Derive():
                return self.derived(stage, relation)
            case Where(source=source, condition=condition):
                expressions = self.expressions(source)
                held = expressions.held(condition)
                layers = expressions.layers.selects(name, self.named(source))
                over = layers[-1][0] if layers else self.named(source)
                return [
                    *layers,
                    (
                        name,
                        select([(one, quoted(one)) for one in self.all(stage)], table(over)).where(held, copy=False),
                    ),
                ]
            case Join(left=left, right=right):
                needed = [*self.all(stage), *self.numbers(stage)]
                return [(name, joined(relation, needed, self.named(left), self.named(right)))]
            case Overlap(left=left, right=right):
                return [(name, overlapping(relation, self.all(stage), self.named(left), self.named(right)))]
            case Spread(source=source):
                return [(name, spread(relation, self.all(stage), self.named(source)))]
            case Share(source=source):
                types = self.types(source)
                return [*shared(relation, self.all(stage), self.named(source), name, types, wide=self.wide)]
            case Running(source=source) if self.passing is not None and stage.name == self.passing.stage:
                return [*summed_in_passing(relation, self.all(stage), self.named(source), name)]
            case Running(source=source):
                return [(name, running(relation, self.all(stage), self.named(source)))]
            case Aggregate(source=source):
                return [(name, aggregated(relation, self.all(stage), self.named(source)))]
            case Union(sources=sources):
                return [(name, self.united(stage, sources))]

    def derived(self, stage: Stage, relation: Derive) -> list[Named]:
        """Print a row for each row, below it what its columns need twice."""
        expressions = self.expressions(relation.source)
        columns = [(ours, expressions.column(how)) for ours, how in relation.columns if self.is_needed(stage, ours)]
        columns += [(one, quoted(one)) for one in self.numbers(stage)]
        name, source = f"stage:{stage.name}", self.named(relation.source)
        layers = expressions.layers.selects(name, source)
        return [*layers, (name, select(columns, table(layers[-1][0] if layers else source)))]

    def united(self, stage: Stage, sources: Sequence[str]) -> exp.Query:
        """Print all rows one after another, each column as the union has it."""
        selects = [
            select([(one, self.as_united(stage, source, one)) for one in self.all(stage)], table(self.named(source)))
            for source in sources
        ]
        query: exp.Query = selects[0]
        for other in selects[1:]:
            query = exp.Union(this=query, expression=other, distinct=False)
        return query

    def as_united(self, stage: Stage, source: str, column: str) -> Sql:
        """Print a column of one source as the union has it."""
        ours, theirs = self.types(stage.name)[column], self.types(source)[column]
        if isinstance(ours, Quantity) and isinstance(theirs, Quantity):
            number = of_column(column, theirs.scale)
            return as_column(Arithmetic(Layers(), self.wide).rescaled(number, ours.scale))
        return quoted(column) if ours == theirs else sql.cast(quoted(column), kind_of(ours))

    def expressions(self, source: str) -> Expressions:
        """Give what prints expressions over the columns of a stage."""
        return Expressions(None if self.columns is None else self.types(source), wide=self.wide)

    def types(self, stage: str) -> Mapping[str, ColumnType]:
        """Give the columns of a stage with their types."""
        return {} if self.columns is None else self.columns[stage]

    def all(self, stage: Stage) -> Sequence[str]:
        """Name the columns of a stage that are needed, in its order."""
        return self.needed.get(stage.name) or tuple(self.types(stage.name))

    def numbers(self, stage: Stage) -> Sequence[str]:
        """Name the number that rows of a stage have since they were summed up in passing, where they were."""
        return [NTH] if self.passing is not None and stage.name in self.passing.above else []

    def is_needed(self, stage: Stage, column: str) -> bool:
        """Tell whether anybody reads a column of a stage."""
        return stage.name not in self.needed or column in self.needed[stage.name]

    def named(self, stage: str) -> str:
        """Name what has the rows of a stage: a table, or a query above."""
        return self.tables.get(stage, f"stage:{stage}")


def kind_of(kind: ColumnType) -> str:
    """Give the engine's type of a column."""
    return NARROW if isinstance(kind, Quantity) else _KINDS.get(kind, "VARCHAR")
