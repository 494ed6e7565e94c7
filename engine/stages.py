"""Run a typed form: tables of the stages that are wanted, everything between them in one pass where that is possible.

A stage becomes a table where it is wanted (or a sorted file, where that is wanted), where several read it (unless it
only renames, computes or chooses rows of an input or a table: doing that again is quicker than keeping it), and where
it joins by a period below another join: an engine that guesses how few rows such a join gives plans the one above for
a few, and drowns. A session that joins as written does not guess. All other stages are part of the query above them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import duckdb

from engine.printer import Printer, printed
from engine.session import PARQUET, Session, quoted, read_files, text
from formula.evaluate import TooLarge
from formula.expression import ColumnType
from formula.needs import needed_columns, sources_of
from formula.quantity import Quantity
from formula.relation import Aggregate, Derive, Join, Overlap, Running, Scan, Share, Stage, Where
from formula.schema import columns_of_stages

#: Of how many rows one part of what is sorted is: less than memory holds twice, with all that is told of each.
PART_ROWS = 1_500_000
_PART = "part of a stage"
#: What the engine says where a number does not fit.
_OVERFLOWS = (duckdb.OutOfRangeException, duckdb.ConversionException)


@dataclass(frozen=True, slots=True)
class SortedFile:
    """A stage as Parquet files: what is large and written anyway is not kept as a table too.

    It is made part by part, so that what is sorted fits the memory: sorting on disk takes twice as long. The parts are
    ranges of a whole number, and of each there is a file.

    path     gives the place of a file by its number, from 0
    written  the columns of the files, each as SQL over those of the stage
    read     the columns of the stage, each as SQL over those of the files
    cut      a stage below that has `cut_by`: from there on no two rows that differ in it make one row
    order    columns of the stage by which a file is sorted, `cut_by` first; none of them is null
    """

    path: Callable[[int], Path]
    written: Mapping[str, str]
    read: Mapping[str, str]
    cut: str
    cut_by: str
    order: Sequence[str]


def run_stages(
    session: Session,
    stages: Sequence[Stage],
    inputs: Mapping[str, str],
    types: Mapping[str, Mapping[str, ColumnType]],
    keep: Mapping[str, str],
    files: Mapping[str, SortedFile] | None = None,
) -> dict[str, list[Path]]:
    """Make a table of each stage in `keep` (stage: name of the table), replacing what has that name.

    Of those that have one of `files` it is a view of the files that were written; gives these.

    `inputs` names the table or view of each scanned input (a table where a view would be costly to run again);
    `types` has its columns: quantities as BIGINT at their scale, days as DATE, text as VARCHAR. Errors: `TooLarge`
    where a quantity of a stage does not fit 64 bits; `IllFormed`.
    """
    known = {name: tuple(columns.items()) for name, columns in types.items()}
    form = _Form(
        tuple(stages),
        tuple(inputs.items()),
        tuple(known.items()),
        tuple(keep.items()),
        tuple((name, file.cut) for name, file in (files or {}).items()),
        not _joins_as_written(session),
    )
    run = _Run(session, planned(form), files or {})
    try:
        for name in run.plan.parts:
            run.make(name)
            run.drop(one for one in list(run.made) if run.plan.last.get(one) == name and one not in keep)
    finally:
        run.drop(name for name in list(run.made) if name not in keep)
    return run.written


@dataclass(frozen=True, slots=True)
class _Form:
    """What a plan depends on: all of it is the same for every period of the same plans."""

    stages: tuple[Stage, ...]
    inputs: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, tuple[tuple[str, ColumnType], ...]], ...]
    keep: tuple[tuple[str, str], ...]
    cuts: tuple[tuple[str, str], ...]
    guesses: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is made of which stages, in order.

    tables   the table of each stage that has one
    parts    the stages that each is made of, itself the last
    last     the table that reads another one last
    cuts     the table that is worked on part by part, of each stage that is written to files
    queries  what was printed, in 64 bits and in 128
    """

    inputs: Mapping[str, str]
    columns: Mapping[str, Mapping[str, ColumnType]]
    needed: Mapping[str, Sequence[str]]
    tables: Mapping[str, str]
    parts: Mapping[str, Sequence[Stage]]
    last: Mapping[str, str]
    cuts: Mapping[str, str]
    queries: dict[tuple[str, bool], str] = field(default_factory=dict)

    def query(self, name: str, *, wide: bool) -> str:
        """Print the query of a table."""
        if (name, wide) not in self.queries:
            self.queries[name, wide] = printed(self.printer(name, wide=wide).select(self.parts[name]))
        return self.queries[name, wide]

    def printer(self, name: str, *, wide: bool) -> Printer:
        """Give what prints the stages of a table."""
        others = {one: table for one, table in self.tables.items() if one != name}
        if (cut := self.cuts.get(name)) is not None:
            others[cut] = _PART
        return Printer(self.inputs, self.columns, self.needed, others, wide)


@lru_cache(maxsize=64)
def planned(form: _Form) -> _Plan:
    """Say how a form is run; what is printed for it serves all its calculations in this process."""
    keep, types = dict(form.keep), {name: dict(columns) for name, columns in form.types}
    columns = columns_of_stages(form.stages, types)
    needed = needed_columns(form.stages, columns, keep)
    by_name = {stage.name: stage for stage in form.stages if stage.name in needed}
    made = {*keep, *(cut for _, cut in form.cuts), *_tables(list(by_name.values()), guesses=form.guesses)}
    parts = {name: _parts(by_name, made, name) for name in by_name if name in made}
    last = {source: name for name, several in parts.items() for one in several for source in sources_of(one.relation)}
    tables = {name: keep.get(name, f"stage:{name}") for name in parts}
    cuts = {name: _origin(by_name, made, name) for name, _ in form.cuts}
    return _Plan(dict(form.inputs), columns, needed, tables, parts, last, cuts)


def _origin(stages: Mapping[str, Stage], made: Collection[str], name: str) -> str:
    """Give the first table below a stage: the one that its rows come from."""
    name = sources_of(stages[name].relation)[0]
    return name if name in made else _origin(stages, made, name)


def _parts(stages: Mapping[str, Stage], made: Collection[str], name: str) -> list[Stage]:
    """Give the stages that one table is made of: it, and those below it that are none."""
    wanted = {name: stages[name]}
    open_ = [name]
    while open_:
        for source in sources_of(wanted[open_.pop()].relation):
            if source not in made and source not in wanted:
                wanted[source] = stages[source]
                open_.append(source)
    return [stages[one] for one in stages if one in wanted]


def _joins_as_written(session: Session) -> bool:
    ((disabled,),) = session.rows("SELECT current_setting('disabled_optimizers')")
    return "join_order" in str(disabled)


def _tables(stages: Sequence[Stage], *, guesses: bool) -> set[str]:
    """Name the stages that are tables though nobody wants them."""
    found = _read_again(stages)
    below: set[str] = set()  # read by a join, with only row by row work between
    for stage in reversed(stages):
        relation = stage.relation
        if stage.name in below and _is_by_period(stage) and guesses:
            found.add(stage.name)
        joins = isinstance(relation, Join | Overlap)
        if joins or (stage.name in below and not isinstance(relation, Aggregate | Running | Share)):
            below.update(sources_of(relation))
    return found


def _read_again(stages: Sequence[Stage]) -> set[str]:
    """Name the stages that several read, but those that only rename, compute or choose rows of an input or a table."""
    readers = Counter(source for stage in stages for source in sources_of(stage.relation))
    found: set[str] = set()
    quick: set[str] = set()
    for stage in stages:
        if isinstance(stage.relation, Scan | Derive | Where) and (found | quick).issuperset(sources_of(stage.relation)):
            quick.add(stage.name)
        elif readers[stage.name] > 1:
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


@dataclass(frozen=True, slots=True)
class _Run:
    """A plan, and the stages that were made so far."""

    session: Session
    plan: _Plan
    files: Mapping[str, SortedFile]
    made: list[str] = field(default_factory=list)
    written: dict[str, list[Path]] = field(default_factory=dict)

    def make(self, name: str) -> None:
        """Make the table of a stage, or its files and a view of them."""
        table = quoted(self.plan.tables[name])
        if (file := self.files.get(name)) is None:
            self.run(name, f"CREATE OR REPLACE TABLE {table} AS", "")
        else:
            self.write(name, file)
            source = read_files(self.written[name])
            self.session.run(f"CREATE OR REPLACE VIEW {table} AS SELECT {_named(file.read)} FROM {source}")
        self.made.append(name)

    def write(self, name: str, file: SortedFile) -> None:
        """Write the files of a stage, one for each part of what it is made of."""
        whole, by = quoted(self.plan.tables[self.plan.cuts[name]]), quoted(file.cut_by)
        ends = self.session.rows(
            f"""SELECT max(nth) FROM (SELECT {by} AS nth, sum(count(*)) OVER (ORDER BY {by}) AS upto FROM {whole}
                                      GROUP BY {by})
                GROUP BY (upto - 1) // {PART_ROWS} ORDER BY 1"""
        )
        order = ", ".join(map(quoted, file.order))
        self.written[name] = []
        for nth, after in enumerate([None, *(end for (end,) in ends[:-1])]):
            edges = [] if after is None else [f"{by} > {after}"]
            edges += [f"{by} <= {ends[nth][0]}"] if nth < len(ends) - 1 else []
            where = f"WHERE {' AND '.join(edges)}" if edges else ""
            self.session.run(f"CREATE OR REPLACE VIEW {quoted(_PART)} AS SELECT * FROM {whole} {where}")
            path = file.path(nth)
            rows = f"COPY (SELECT {_named(file.written)} FROM"
            self.run(name, rows, f"ORDER BY {order}) TO {text(str(path))} ({PARQUET})")
            self.written[name].append(path)
        self.session.run(f"DROP VIEW {quoted(_PART)}")

    def run(self, name: str, before: str, after: str) -> None:
        """Run the query of a stage within a statement: in 64 bits, and where those do not suffice in 128."""
        try:
            self.session.run(f"{before} ({self.plan.query(name, wide=False)}) {after}")
        except _OVERFLOWS:
            try:
                self.session.run(f"{before} ({self.plan.query(name, wide=True)}) {after}")
            except _OVERFLOWS:
                raise self.too_large(name) from None

    def drop(self, names: Iterable[str]) -> None:
        """Drop tables."""
        for name in names:
            self.made.remove(name)
            self.session.run(f"DROP TABLE IF EXISTS {quoted(self.plan.tables[name])}")

    def too_large(self, name: str) -> TooLarge:
        """Look for the first column that does not fit."""
        parts, plan = self.plan.parts[name], self.plan
        for number, stage in enumerate(parts, 1):
            for column in plan.needed[stage.name]:
                if not isinstance(plan.columns[stage.name][column], Quantity):
                    continue
                query = printed(plan.printer(name, wide=True).select(parts[:number]))
                try:
                    self.session.rows(f"SELECT max({quoted(column)}) FROM ({query})")
                except _OVERFLOWS:
                    return TooLarge(stage.name, column)
        return TooLarge(name, "a part of it")


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{how} AS {quoted(name)}" for name, how in columns.items())
