"""Load what a feed of facts brought: what is new or different becomes known, and what cannot be placed waits.

What `syncd.changes.stage` and `syncd.settle` are for people. Nobody decides about facts: they are as their source
says, each known from a revision on, and corrected by a newer one. Everything of a run becomes known in one
transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from calc.inputs import is_same_kind
from domain.facts import FactKind
from domain.hold import too_many_errors
from domain.problem import Severity
from engine.aside import (
    ERRORS,
    EXCLUDED,
    QUARANTINED,
    Entry,
    aside_count,
    aside_rows,
    further_count,
    keep_noted,
    right_entries,
    set_aside,
    unreadable_count,
)
from engine.fact_files import FactFile, FactWriter
from engine.facts import KnownFacts
from engine.landing import Segment, publish
from engine.loading import Compared, broken_rows, compare, find_broken, out_of_scope_count
from engine.mapped import map_rows, note_rows
from engine.population import name_people
from engine.typed import type_rows
from formula.expression import ColumnType
from formula.quantity import Quantity
from mapping.facts import SPLITS, FactForm, written
from mapping.problems import problem_of as note_problem
from mapping.rules import key_columns
from store.database import reading, writing
from store.facts import FactSegment, Generation, generation_of, publish_facts
from store.head import current_revision, take_revision
from store.landing import remember_full
from store.problems import close_quarantine, insert_problems, open_quarantine, quarantine
from store.runs import RunResult, RunState, check, finish_run
from syncd.configuration.settings import Into
from syncd.documents import in_order
from syncd.facts.known import facts_as_known, known_facts
from syncd.facts.lookups import load_tables
from syncd.facts.problems import LISTED, broken_problem, further_problem, problem_of, unreadable_rows
from syncd.facts.sent import FURTHER, gather_sent
from syncd.feeds.cells import with_cells
from syncd.feeds.pull import Read
from syncd.feeds.work import Work
from syncd.mirror import load_roster


def load(work: Work, form: FactForm, reads: Sequence[Read]) -> None:
    """Compare what the last read brought with what is known, write down what is new, and end the run."""
    read, name = reads[-1], work.feed.name
    with work.progress.step(f"{name}: comparing {read.rows:,} rows with the facts as known"):
        loading = _Loading(work, form, read)
        loading.compare()
    if work.report.state is not RunState.FAILED and not work.dry:
        with work.progress.step(f"{name}: writing {work.report.counters['loaded']:,} facts"):
            loading.write()
    work.heart.check()
    loading.end()


class _Loading:
    """One run of one feed of facts, from rows as sent to facts as known."""

    def __init__(self, work: Work, form: FactForm, read: Read) -> None:
        self._work, self._form, self._read = work, form, read
        with reading(work.world.database) as tx:
            self._baseline = current_revision(tx)
            self._before = generation_of(tx, work.feed.name, self._baseline)
            self._known = _nothing(work, form)
            if self._before is not None:
                self._known = known_facts(tx, work.world, self._before, self._baseline)
            looks_beside = form.kind in (FactKind.CREDITS, FactKind.UNITS)
            others = facts_as_known(tx, work.world, self._baseline) if looks_beside else []
        self._others = [one for one in others if one.feed != work.feed.name]
        self._is_new = self._before is None or self._before.meaning != form.meaning
        self._columns = _columns(form.columns, self._known.columns)
        self._files: list[FactFile] = []

    def compare(self) -> None:
        """Say of each row where it stands, and what is wrong with it."""
        work, form, session = self._work, self._form, self._work.session
        remaps = self._is_new and self._before is not None
        self._sent = gather_sent(work, form, self._read, self._known, remaps=remaps)
        load_tables(work.world, work.session, form.mapping)
        map_rows(session, form.mapping, "sent", "mapped", has_literals=self._sent.has_literals)
        load_roster(work.world, session, work.scratch)
        name_people(session)
        type_rows(session, form, self._columns)
        credited = any(one.into is Into.CREDITS for one in work.world.workspace.feeds.values())
        set_aside(session, form, credited=credited, is_distinct=self._sent.is_distinct)
        compared = compare(session, form, self._known, self._columns)
        broken = find_broken(session, form, self._known, self._others)
        self._broken = session.number("SELECT count(*) FROM broken")
        self._count(compared, broken)
        self._note_problems()
        self._judge()

    def write(self) -> None:
        """Write what is new into files of this run alone."""
        work, form = self._work, self._form
        writer = FactWriter(
            work.session, work.feed.name, work.lease.run, self._columns, form.has_splits, work.scratch / "facts"
        )
        if self._is_new:
            keeps = self._before is not None and self._before.keys == key_columns(work.feed.mapping)
            self._files = writer.write_all(self._known, keeps=keeps)
        else:
            self._files = writer.write_fresh()

    def end(self) -> None:
        """Make all of it known at once."""
        work, report = self._work, self._work.report
        result = RunResult(
            state=report.state,
            counters=dict(report.counters),
            full_read=report.is_full,
            complete=report.is_complete,
            revision=self._baseline,
            mapping_hash=self._form.meaning,
            message=report.message,
            as_of=report.as_of,
            shape=report.shape,
        )
        segments = self._published()
        with writing(work.world.database) as tx:
            revision = take_revision(tx, work.world.now(), "run")
            check(tx, work.lease)
            if not work.dry:
                insert_problems(tx, work.lease, report.problems)
                if report.state is not RunState.FAILED:
                    self._make_known(tx, revision, segments)
            finish_run(tx, work.lease, result, work.world.now())

    def _count(self, compared: Compared, broken: Compared) -> None:
        aside, read, sent = aside_count(self._work.session), self._read, self._sent
        self._work.report.counters.update(
            read=sent.rows + sent.folded + read.rejected,
            loaded=compared.fresh - broken.fresh,
            unchanged=compared.unchanged - broken.unchanged,
            excluded=out_of_scope_count(self._work.session) + aside.get(EXCLUDED, 0) + sent.folded,
            quarantined=aside.get(QUARANTINED, 0) + broken.fresh + broken.unchanged,
            errors=aside.get(ERRORS, 0) + read.rejected,
        )

    def _note_problems(self) -> None:
        """List what is wrong with the read as a whole, and the first rows that are set aside."""
        session, form, read = self._work.session, self._form, self._read
        keep_noted(session, LISTED)
        broken = broken_rows(session, LISTED)
        report = self._work.report
        report.problems.extend(
            (
                *read.problems,
                *unreadable_rows(read, LISTED),
                *(note_problem(note, form.mapping) for note in note_rows(session, form.mapping, "sent", "noted")),
                *(problem_of(one, form) for one in aside_rows(session, LISTED)),
                *(broken_problem(*one) for one in broken),
            )
        )
        further = further_count(session, LISTED) + max(read.rejected - LISTED, 0) + self._broken - len(broken)
        report.counters[FURTHER] = further
        if further:
            report.problems.append(further_problem(further))
        report.problems[:] = in_order(with_cells(report.problems, read.letters, form.mapping.rules))

    def _judge(self) -> None:
        """Say what the run came to."""
        report, read, limits = self._work.report, self._read, self._work.feed.limits
        report.is_full, report.is_complete = read.is_full, read.is_complete
        bad, rows = unreadable_count(self._work.session) + read.rejected, report.counters["read"] - self._sent.again
        # a file of facts may bring a few corrections: of so few a share says nothing, as of an increment
        if too_many_errors(bad, rows, limits, is_full=False):
            report.state = RunState.FAILED
            report.message = f"{bad} of {rows} rows are bad, more than the limit of {limits.errors}; nothing was loaded"
            report.counters["loaded"] = report.counters["unchanged"] = 0
            return
        faulty = any(one.severity is Severity.ERROR for one in report.problems)
        report.state = RunState.COMPLETED_WITH_ERRORS if faulty else RunState.COMPLETED

    def _published(self) -> list[FactSegment]:
        """Move the files to their lasting place; until a transaction names them they do not exist."""
        if not self._files:
            return []
        var, lease = self._work.world.workspace.var, self._work.lease
        waiting = tuple(Segment(one.path, one.digest, one.rows, one.size, 0, ()) for one in self._files)
        moved = publish(waiting, var / "facts" / lease.feed, f"R{lease.run}")
        return [
            FactSegment(str(there.path.relative_to(var)), there.digest, there.rows, there.size, one.replaces)
            for there, one in zip(moved, self._files, strict=True)
        ]

    def _make_known(self, tx: Connection, revision: int, segments: Sequence[FactSegment]) -> None:
        work, report = self._work, self._work.report
        if segments or self._is_new:
            publish_facts(tx, work.lease, revision, self._generation(), segments)
        wrong = [one for one in report.problems if one.severity is Severity.ERROR and (one.key or one.row is not None)]
        open_quarantine(tx, work.lease, wrong)
        known = {(one.key, one.code): one.id for one in quarantine(tx, work.feed.name)}
        right = right_entries(
            work.session,
            self._form,
            [Entry(one.key, one.code, is_place=one.key == one.place) for one in quarantine(tx, work.feed.name)],
            [Entry(one.key or one.place or "", one.code) for one in wrong],
            tells_all=self._read.is_full and self._read.is_complete,
            lists_all=not report.counters[FURTHER],
        )
        close_quarantine(tx, work.lease, [known[one.key, one.code] for one in right])
        if self._read.is_full and self._read.is_complete:
            remember_full(tx, work.lease)

    def _generation(self) -> Generation:
        if self._before is not None and not self._is_new:
            return self._before
        columns = written(self._columns)
        if self._form.has_splits:
            columns[SPLITS] = SPLITS
        keys = key_columns(self._work.feed.mapping)
        return Generation(self._form.kind, self._work.feed.table, self._form.meaning, keys, columns)


def _nothing(work: Work, form: FactForm) -> KnownFacts:
    return KnownFacts(work.feed.name, form.kind, form.columns, form.has_splits, work.feed.table)


def _columns(wanted: Mapping[str, ColumnType], known: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Give the columns of what is written: with the digits that what is known may have."""
    return {
        name: replace(kind, scale=max(kind.scale, before.scale))
        if isinstance(kind, Quantity) and isinstance(before := known.get(name), Quantity) and is_same_kind(kind, before)
        else kind
        for name, kind in wanted.items()
    }
