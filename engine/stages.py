"""Run a typed form: tables of the stages that are wanted, everything between them in one pass where that is possible.

A stage becomes a table where it is wanted (or sorted files, where that is wanted), where several read it (unless it
only renames, computes or chooses rows of an input or a table: doing that again is quicker than keeping it), and where
it joins by a period below another join: an engine that guesses how few rows such a join gives plans the one above for
a few, and drowns. A session that joins as written does not guess. All other stages are part of the query above them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import duckdb

from engine.beside import Parts, made_beside
from engine.passing import NTH, Passing, is_out_of_order, passing_of
from engine.printer import Printer, printed
from engine.session import PARQUET, Session, quoted, read_files, text
from engine.sorted_files import People, SortedFiles, cut_up, is_in_order
from formula.evaluate import TooLarge
from formula.expression import ColumnType
from formula.needs import needed_columns, sources_of
from formula.quantity import Quantity
from formula.relation import Aggregate, Derive, Join, Overlap, Running, Scan, Share, Stage, Where
from formula.schema import columns_of_stages

#: What the engine says where a number does not fit.
_OVERFLOWS = (duckdb.OutOfRangeException, duckdb.ConversionException)


def nobody_asks(done: int, of: int) -> None:
    """Tell nobody how many of how many parts are made."""


def run_stages(
    session: Session,
    stages: Sequence[Stage],
    inputs: Mapping[str, str],
    types: Mapping[str, Mapping[str, ColumnType]],
    keep: Mapping[str, str],
    files: Mapping[str, SortedFiles] | None = None,
    told: Callable[[int, int], None] = nobody_asks,
) -> dict[str, Sequence[Path]]:
    """Make a table of each stage in `keep` (stage: name of the table), replacing what has that name.

    Of those that have `files` it is a view of what was written; gives these files, in their order.

    `inputs` names the table or view of each scanned input (a table where a view would be costly to run again);
    `types` has its columns: quantities as BIGINT at their scale, days as DATE, text as VARCHAR. Errors: `TooLarge`
    where a quantity of a stage does not fit 64 bits; `IllFormed`. `told` how many of how many parts are made.
    """
    known = {name: tuple(columns.items()) for name, columns in types.items()}
    form = _Form(
        tuple(stages),
        tuple(inputs.items()),
        tuple(known.items()),
        tuple(keep.items()),
        tuple((name, tuple(one.whose)) for name, one in (files or {}).items()),
        not _joins_as_written(session),
    )
    run = _Run(session, planned(form), files or {})
    try:
        run.make_all(keep, told)
        return {name: [one.path for one in run.people[name]] for name in run.files}
    finally:
        run.drop(name for name in list(run.made) if name not in keep)


@dataclass(frozen=True, slots=True)
class _Form:
    """What a plan depends on: all of it is the same for every period of the same plans."""

    stages: tuple[Stage, ...]
    inputs: tuple[tuple[str, str], ...]
    types: tuple[tuple[str, tuple[tuple[str, ColumnType], ...]], ...]
    keep: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, tuple[str, ...]], ...]
    guesses: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is made of which stages, in order.

    tables   the table of each stage that has one
    parts    the stages that each is made of, itself the last
    reads    the tables that each reads
    cut      the tables it reads that are cut up by people, of each stage that is written to files
    passing  the running sum that is made in passing, of such a stage
    queries  what was printed: with a sum in passing or without, in 64 bits and in 128
    """

    inputs: Mapping[str, str]
    columns: Mapping[str, Mapping[str, ColumnType]]
    needed: Mapping[str, Sequence[str]]
    tables: Mapping[str, str]
    parts: Mapping[str, Sequence[Stage]]
    reads: Mapping[str, Collection[str]]
    cut: Mapping[str, Collection[str]]
    passing: Mapping[str, Passing]
    queries: dict[tuple[str, bool, bool], str] = field(default_factory=dict)

    def query(self, name: str, *, wide: bool, passing: bool) -> str:
        """Print the query of a table."""
        key = (name, wide, passing)
        if key not in self.queries:
            printer = self.printer(name, wide=wide, passing=passing)
            self.queries[key] = printed(printer.select(self.parts[name]))
        return self.queries[key]

    def printer(self, name: str, *, wide: bool, passing: bool = False) -> Printer:
        """Give what prints the stages of a table."""
        others = {one: table for one, table in self.tables.items() if one != name}
        others |= {one: _part(one) for one in self.cut.get(name, ())}
        summed = self.passing[name] if passing else None
        return Printer(self.inputs, self.columns, self.needed, others, wide, summed)


@lru_cache(maxsize=64)
def planned(form: _Form) -> _Plan:
    """Say how a form is run; what is printed for it serves all its calculations in this process."""
    keep, types = dict(form.keep), {name: dict(columns) for name, columns in form.types}
    columns = columns_of_stages(form.stages, types)
    needed = needed_columns(form.stages, columns, keep)
    by_name = {stage.name: stage for stage in form.stages if stage.name in needed}
    cut = {stage for _, several in form.files for stage in several}
    made = {*keep, *cut, *_tables(list(by_name.values()), guesses=form.guesses)}
    parts = {name: _parts(by_name, made, name) for name in by_name if name in made}
    sources = {
        name: {source for one in several for source in sources_of(one.relation)} for name, several in parts.items()
    }
    reads = {name: frozenset(one for one in found if one in parts) - {name} for name, found in sources.items()}
    tables = {name: keep.get(name, f"stage:{name}") for name in parts}
    cut_up = {name: [one for one in several if one in reads[name]] for name, several in form.files}
    passing = {name: summed for name in cut_up if (summed := passing_of(parts[name], name)) is not None}
    return _Plan(dict(form.inputs), columns, needed, tables, parts, reads, cut_up, passing)


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
    files: Mapping[str, SortedFiles]
    made: list[str] = field(default_factory=list)
    people: dict[str, Sequence[People]] = field(default_factory=dict)

    def make_all(self, keep: Collection[str], told: Callable[[int, int], None]) -> None:
        """Make every table, and drop those that nobody reads any more."""
        reads = self.plan.reads
        with closing(made_beside(self.session, reads, self.files, self.make)) as making:
            for name, left in making:
                self.made.append(name)
                if name in self.files:
                    self.show(name)
                told(len(reads) - len(left), len(reads))
                read = {table for one in left for table in reads[one]}
                self.drop([one for one in self.made if one not in read and one not in keep])

    def make(self, session: Session, name: str) -> Parts:
        """Make the table of a stage; or give what makes its files."""
        if (files := self.files.get(name)) is None:
            self.run(session, name, f"CREATE OR REPLACE TABLE {quoted(self.plan.tables[name])} AS", "")
            return None
        self.people[name] = cut_up(session, files, {one: self.plan.tables[one] for one in self.plan.cut[name]})
        return [partial(self.write, name=name, people=one) for one in self.people[name]]

    def write(self, session: Session, name: str, people: People) -> None:
        """Write one file of a stage: summed up in passing where that is possible, else sorted when all is there."""
        files = self.files[name]
        for one in self.plan.cut[name]:
            some = f"FROM {quoted(self.plan.tables[one])} WHERE {people.among(files.whose[one])}"
            session.run(f"CREATE OR REPLACE TEMP VIEW {quoted(_part(one))} AS {some}")
        columns, to = _named(files.written), f") TO {text(str(people.path))} ({PARQUET}, PRESERVE_ORDER true)"
        if name in self.plan.passing:
            # beside what has no rows, they are written by one thread alone: whatever the memory, in groups of one size
            beside = f"UNION ALL SELECT {', '.join(['NULL'] * (len(files.written) + 1))} FROM range(0){to}"
            try:
                self.run(session, name, f"COPY (SELECT {columns}, {quoted(NTH)} FROM", beside, passing=True)
            except duckdb.InvalidInputException as error:
                if not is_out_of_order(error):
                    raise
            else:
                if is_in_order(session, people.path):
                    return
        order = f"ORDER BY {', '.join(map(quoted, files.order))}{to}"
        self.run(session, name, f"COPY (SELECT {columns}, NULL::BIGINT AS {quoted(NTH)} FROM", order)

    def show(self, name: str) -> None:
        """Make the view of what was written of a stage."""
        source = read_files(one.path for one in self.people[name])
        columns = _named(self.files[name].read)
        self.session.run(f"CREATE OR REPLACE VIEW {quoted(self.plan.tables[name])} AS SELECT {columns} FROM {source}")

    def run(self, session: Session, name: str, before: str, after: str, *, passing: bool = False) -> None:
        """Run the query of a stage within a statement: in 64 bits, and where those do not suffice in 128."""
        try:
            session.run(f"{before} ({self.plan.query(name, wide=False, passing=passing)}) {after}")
        except _OVERFLOWS:
            try:
                session.run(f"{before} ({self.plan.query(name, wide=True, passing=passing)}) {after}")
            except _OVERFLOWS:
                raise self.too_large(session, name) from None

    def drop(self, names: Iterable[str]) -> None:
        """Drop tables."""
        for name in names:
            self.made.remove(name)
            self.session.run(f"DROP TABLE IF EXISTS {quoted(self.plan.tables[name])}")

    def too_large(self, session: Session, name: str) -> TooLarge:
        """Look for the first column that does not fit."""
        parts, plan = self.plan.parts[name], self.plan
        for number, stage in enumerate(parts, 1):
            for column in plan.needed[stage.name]:
                if not isinstance(plan.columns[stage.name][column], Quantity):
                    continue
                query = printed(plan.printer(name, wide=True).select(parts[:number]))
                try:
                    session.rows(f"SELECT max({quoted(column)}) FROM ({query})")
                except _OVERFLOWS:
                    return TooLarge(stage.name, column)
        return TooLarge(name, "a part of it")


def _part(stage: str) -> str:
    """Name the rows of a table that are of some people."""
    return f"part:{stage}"


def _named(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{how} AS {quoted(name)}" for name, how in columns.items())
