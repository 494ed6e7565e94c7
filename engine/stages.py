"""Run a typed form: tables of the stages that are wanted, everything between them in one pass where that is possible.

A stage becomes a table where it is wanted, where several read it (unless it only renames, computes or chooses rows of
an input: doing that again is quicker than keeping it), and where it joins by a period below another join: an engine
that guesses how few rows such a join gives plans the one above for a few, and drowns. A session that joins as written
does not guess. All other stages are part of the query above them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from engine.printer import Printer, printed
from engine.relations import quoted, table
from engine.session import Session
from engine.session import quoted as quoted_name
from formula.evaluate import TooLarge
from formula.expression import ColumnType
from formula.needs import needed_columns, sources_of
from formula.quantity import Quantity
from formula.relation import Aggregate, Derive, Join, Overlap, Running, Scan, Share, Stage, Where
from formula.schema import columns_of_stages

#: What the engine says where a number does not fit.
_OVERFLOWS = (duckdb.OutOfRangeException, duckdb.ConversionException)


def run_stages(
    session: Session,
    stages: Sequence[Stage],
    inputs: Mapping[str, str],
    types: Mapping[str, Mapping[str, ColumnType]],
    keep: Mapping[str, str],
) -> None:
    """Make a table of each stage in `keep` (stage: name of the table), replacing what has that name.

    `inputs` names the table or view of each scanned input (a table where a view would be costly to run again);
    `types` has its columns: quantities as BIGINT at their scale, days as DATE, text as VARCHAR. Errors: `TooLarge`
    where a quantity of a stage does not fit 64 bits; `IllFormed`.
    """
    columns = columns_of_stages(stages, types)
    needed = needed_columns(stages, columns, keep)
    by_name = {stage.name: stage for stage in stages if stage.name in needed}
    made = {*keep, *_tables(list(by_name.values()), guesses=not _joins_as_written(session))}
    run = _Run(session, inputs, columns, needed, by_name, made)
    try:
        for name in (name for name in by_name if name in made):
            run.make(by_name[name], keep.get(name, f"stage:{name}"))
            run.drop(name for name in run.done() if name not in keep)
    finally:
        run.drop(name for name in list(run.tables) if name not in keep)


def _joins_as_written(session: Session) -> bool:
    ((disabled,),) = session.rows("SELECT current_setting('disabled_optimizers')")
    return "join_order" in str(disabled)


def _tables(stages: Sequence[Stage], *, guesses: bool) -> set[str]:
    """Name the stages that are tables though nobody wants them."""
    readers = Counter(source for stage in stages for source in sources_of(stage.relation))
    found = {name for name, times in readers.items() if times > 1} - _quick(stages)
    below: set[str] = set()  # read by a join, with only row by row work between
    for stage in reversed(stages):
        relation = stage.relation
        if stage.name in below and _is_by_period(stage) and guesses:
            found.add(stage.name)
        joins = isinstance(relation, Join | Overlap)
        if joins or (stage.name in below and not isinstance(relation, Aggregate | Running | Share)):
            below.update(sources_of(relation))
    return found


def _quick(stages: Sequence[Stage]) -> set[str]:
    """Name the stages that only rename, compute or choose rows of an input."""
    found: set[str] = set()
    for stage in stages:
        if isinstance(stage.relation, Scan | Derive | Where) and found.issuperset(sources_of(stage.relation)):
            found.add(stage.name)
    return found


def _is_by_period(stage: Stage) -> bool:
    match stage.relation:
        case Join(on=on, within=within):
            return within is not None or not on
        case Overlap():
            return True
        case _:
            return False


@dataclass(slots=True)
class _Run:
    """The tables made so far, and what the next one is made of; `made` names the stages that become one."""

    session: Session
    inputs: Mapping[str, str]
    columns: Mapping[str, Mapping[str, ColumnType]]
    needed: Mapping[str, Sequence[str]]
    stages: Mapping[str, Stage]
    made: Collection[str]
    tables: dict[str, str] = field(default_factory=dict)

    def make(self, stage: Stage, name: str) -> None:
        """Make the table of a stage: in 64 bits, and where those do not suffice in 128."""
        parts = self.parts(stage)
        try:
            self.session.run(self.statement(parts, name, wide=False))
        except _OVERFLOWS:
            try:
                self.session.run(self.statement(parts, name, wide=True))
            except _OVERFLOWS:
                raise self.too_large(parts) from None
        self.tables[stage.name] = name

    def done(self) -> list[str]:
        """Name the tables that no stage still to come reads."""
        coming = [self.stages[name] for name in self.stages if name in self.made and name not in self.tables]
        read = {source for stage in coming for part in self.parts(stage) for source in sources_of(part.relation)}
        return [name for name in self.tables if name not in read]

    def drop(self, names: Iterable[str]) -> None:
        """Drop tables."""
        for name in names:
            self.session.run(f"DROP TABLE IF EXISTS {quoted_name(self.tables.pop(name))}")

    def parts(self, stage: Stage) -> list[Stage]:
        """Give the stages that one table is made of: it, and those below it that are none."""
        wanted: list[str] = [stage.name]
        for name in wanted:
            sources = sources_of(self.stages[name].relation)
            wanted += [source for source in sources if source not in self.made and source not in wanted]
        return [self.stages[name] for name in self.stages if name in wanted]

    def statement(self, parts: Sequence[Stage], name: str, *, wide: bool) -> str:
        query = self.printer(wide=wide).select(parts)
        return printed(exp.Create(this=table(name), kind="TABLE", replace=True, expression=query))

    def printer(self, *, wide: bool) -> Printer:
        return Printer(self.inputs, self.columns, self.needed, self.tables, wide)

    def too_large(self, parts: Sequence[Stage]) -> TooLarge:
        """Look for the first column that does not fit."""
        for number, stage in enumerate(parts, 1):
            for column in self.needed[stage.name]:
                if not isinstance(self.columns[stage.name][column], Quantity):
                    continue
                query = self.printer(wide=True).select(parts[:number])
                try:
                    self.session.rows(printed(query.select(exp.Max(this=quoted(column)), append=False)))
                except _OVERFLOWS:
                    return TooLarge(stage.name, column)
        return TooLarge(parts[-1].name, "a part of it")
