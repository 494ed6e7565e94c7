"""End a run: failed, held, or completed, with everything it found, in one transaction.

Only a completed run supersedes or withdraws older changes. A failed run changes nothing about them; a held one only
notes which of them it contradicts.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Connection

from domain.change import State
from domain.errors import FixAccess, ReadFailed, TryLater
from domain.hold import (
    NOTHING_RECENT,
    PARTS,
    Hold,
    Part,
    first_held,
    hold,
    in_common,
    is_let_through,
    recent,
    too_many_errors,
)
from domain.problem import Problem, Severity
from domain.record import Conflict
from engine import population
from engine.population import present_keys
from store.applied import applied_since
from store.changes import OpenChange, adopt, contradict, mark, see, settle
from store.conflicts import close_conflicts, see_conflicts
from store.database import reading, writing
from store.head import take_revision
from store.landing import remember_full
from store.overrides import end_overrides
from store.problems import close_quarantine, insert_problems, open_quarantine, quarantine
from store.rejections import end_rejections
from store.runs import RunResult, RunState, abandon, check, finish_run, past_reads, sweep_unfinished
from syncd.access.users import undecided
from syncd.changes.stage import Staged
from syncd.documents import in_order
from syncd.feeds.pull import Read
from syncd.feeds.report import BUDGET, RunReport
from syncd.feeds.work import Work
from syncd.first import shown_first

_ENDS = (State.PENDING, State.HELD, State.SUPPRESSED)


def end(work: Work, read: Read, staged: Staged, mapping_hash: str) -> None:
    """Decide what the run came to, and write everything down."""
    work.heart.check()
    report = work.report
    report.is_full, report.is_complete = read.is_full, read.is_complete
    report.counters["proposed"] = sum(
        number for (_, kept_back), number in staged.proposals.new.items() if not kept_back
    )
    if report.counters["proposed"] and (told := undecided(work.world)):
        report.problems.append(Problem(None, "nobody_decides", told, Severity.WARNING))
    report.problems[:] = in_order(report.problems)
    errors = report.counters["errors"] - len(staged.bad_keys & staged.again)
    rows = report.counters["read"] - len(staged.again)
    held: Hold | None = None
    if too_many_errors(errors, rows, work.feed.limits, is_full=read.is_full):
        report.state = RunState.FAILED
        limit = work.feed.limits.errors
        report.message = f"{errors} of {rows} rows are bad, more than the limit of {limit}; nothing was compared"
    else:
        held = _hold(work, staged)
        faulty = report.counters["errors"] or any(one.severity is Severity.ERROR for one in report.problems)
        report.state = RunState.COMPLETED_WITH_ERRORS if faulty else RunState.COMPLETED
        if held:
            report.state = RunState.HELD
    if report.state is not RunState.FAILED:
        state = State.HELD if report.state is RunState.HELD else State.PENDING
        for (kind, kept_back), number in staged.proposals.new.items():
            report.new[kind, State.SUPPRESSED if kept_back else state] += number
    if work.dry:
        report.changes = staged.proposals.shown
    result = _result(work, staged, mapping_hash, held)
    with writing(work.world.database) as tx:
        revision = take_revision(tx, work.world.now(), "run")
        check(tx, work.lease)
        if not work.dry:
            insert_problems(tx, work.lease, report.problems)
            if report.state is RunState.HELD:
                _show_held(tx, work, staged)
            elif report.state is not RunState.FAILED:
                _show(tx, work, read, staged, revision)
        finish_run(tx, work.lease, result, work.world.now())
        if report.state is RunState.FAILED and not work.dry:
            sweep_unfinished(tx, work.feed.name)


def fail(work: Work, error: ReadFailed | TryLater | FixAccess) -> None:
    """End a run whose source could not be read: nothing but that is written down.

    Where not even that can be, `error` itself is raised, from what kept it from being written.
    """
    report = work.report
    report.state, report.message = RunState.FAILED, error.message
    report.problems[:] = in_order((*report.problems, *getattr(error, "problems", ())))
    with shown_first(error), writing(work.world.database) as tx:
        take_revision(tx, work.world.now(), "run")
        insert_problems(tx, work.lease, report.problems)
        code = next((one.code for one in getattr(error, "problems", ())), error.code)
        result = RunResult(RunState.FAILED, dict(report.counters), message=error.message, code=code)
        finish_run(tx, work.lease, result, work.world.now())


def give_up(work: Work, error: BaseException) -> None:
    """Free the feed of a run that an error ended (a mistake in a file, a fault): the next one may begin at once.

    Where it cannot be freed, `error` is raised, from what kept it from being freed; then the lease ends by itself.
    """
    message = getattr(error, "message", type(error).__name__)
    with shown_first(error), writing(work.world.database) as tx:
        sent = {name: count for name, count in work.report.counters.items() if name in BUDGET}
        abandon(tx, work.lease, message, work.world.now(), sent)


def _hold(work: Work, staged: Staged) -> Hold | None:
    """Give the hold of the plan, unless exactly this content was released, and nothing else was read since."""
    limits, world = work.feed.limits, work.world
    before = NOTHING_RECENT
    if limits.within:
        with reading(world.database) as tx:
            applied = list(applied_since(tx, work.feed.name, world.now() - limits.within))
        left = population.going_on(work.session, {one.person for one in applied})
        posts = [(int(str(person)), str(post)) for person, post in left]
        before = recent(applied, limits.attributes, world.today, posts)
    found = hold(staged.plan, limits, before)
    if found is None:
        return None
    found = _with_parts(work, found)
    with reading(world.database) as tx:
        past = past_reads(tx, work.feed.name)
    if is_let_through(found.content, past):
        work.report.released = found.content
        return None
    work.report.hold = (found.reason, found.affected, first_held(found.content, past) or work.lease.run)
    return found


def _with_parts(work: Work, found: Hold) -> Hold:
    """Give a hold with what those who would end have in common."""
    people = [person for person, _ in found.affected]
    rows = population.parts_ending(work.session, PARTS, people, work.world.today)
    parts = [Part(str(name), str(value), int(str(lost)), int(str(of))) for name, value, lost, of in rows]
    told = in_common(parts, len(people))
    return replace(found, reason=f"{found.reason}; {told}") if told else found


def _result(work: Work, staged: Staged, mapping_hash: str, held: Hold | None) -> RunResult:
    report: RunReport = work.report
    return RunResult(
        state=report.state,
        counters=dict(report.counters),
        full_read=report.is_full,
        complete=report.is_complete,
        revision=staged.proposals.baseline,
        mapping_hash=mapping_hash,
        hold_reason=held.reason if held else None,
        hold_digest=held.content if held else report.released,
        hold=held.affected if held else (),
        since_run=report.hold[2] if report.hold else None,
        message=report.message,
        as_of=report.as_of,
        shape=report.shape,
    )


def _show(tx: Connection, work: Work, read: Read, staged: Staged, revision: int) -> None:
    """Show what a completed run proposes, and let go what it no longer does."""
    proposals = staged.proposals
    _see(tx, work, staged)
    waiting = [one.id for one in _seen(staged) if one.state == State.HELD]
    mark(tx, waiting, State.PENDING, expected=(State.HELD,))
    gone = _unseen(staged)
    replaced = [one.id for one in gone if one.person in staged.asked]
    over = [one.id for one in gone if one.person not in staged.asked]
    work.report.let_go[State.SUPERSEDED] = mark(tx, replaced, State.SUPERSEDED, expected=_ENDS)
    work.report.let_go[State.WITHDRAWN] = mark(tx, over, State.WITHDRAWN, expected=_ENDS)
    settle(tx, work.lease, proposing_to=State.PENDING)
    if staged.populations is not None:
        mark(tx, staged.populations.moot_endings(tx), State.WITHDRAWN)
    end_rejections(tx, staged.agreed, revision, why="source and store agree")
    end_overrides(tx, staged.caught_up, revision, why="the source says the same")
    unasked = [one for one in proposals.open_questions.values() if one.id not in proposals.seen_questions]
    present = present_keys(work.session, [one.conflict.source_key for one in unasked])
    close_conflicts(tx, [one.id for one in unasked if _is_answered(staged, one.conflict, present)], revision)
    _set_aside(tx, work, staged)
    if read.is_full and read.is_complete:
        remember_full(tx, work.lease)


def _show_held(tx: Connection, work: Work, staged: Staged) -> None:
    """Show what a held run proposes, none of it to be decided before the release; older changes stay as they are."""
    _see(tx, work, staged)
    first = work.report.hold[2] if work.report.hold else work.lease.run
    adopt(tx, [one.id for one in _seen(staged) if one.state == State.HELD], first)
    contradict(tx, [one.id for one in _unseen(staged) if one.state == State.PENDING], work.lease.run)
    stale = [one.id for one in _unseen(staged) if one.state == State.HELD]
    mark(tx, stale, State.WITHDRAWN, expected=(State.HELD,))
    settle(tx, work.lease, proposing_to=State.HELD)


def _see(tx: Connection, work: Work, staged: Staged) -> None:
    proposals = staged.proposals
    see(tx, proposals.seen, work.lease.run, proposals.baseline)
    see_conflicts(tx, proposals.seen_questions, work.lease.run)


def _seen(staged: Staged) -> list[OpenChange]:
    return [one for one in staged.proposals.known.values() if one.id in staged.proposals.seen]


def _unseen(staged: Staged) -> list[OpenChange]:
    """Give what was open and is no longer asked for, of people about whom the read says something."""
    proposals = staged.proposals
    return [
        one
        for one in proposals.known.values()
        if one.id not in proposals.seen and one.id not in staged.spared and _was_looked_at(staged, one.person)
    ]


def _was_looked_at(staged: Staged, person: int | None) -> bool:
    if person in staged.unsure:
        return False
    return staged.speaks_of_all or person in staged.judged


def _is_answered(staged: Staged, asked: Conflict, present: Collection[str]) -> bool:
    """Tell whether the read says enough that a question does not arise any more; a bad row says nothing."""
    if asked.person is not None:
        return _was_looked_at(staged, asked.person)
    return asked.source_key not in staged.bad_keys and (staged.speaks_of_all or asked.source_key in present)


def _set_aside(tx: Connection, work: Work, staged: Staged) -> None:
    """Put bad rows into quarantine, and take those out that this read brought right."""
    bad = [one for one in work.report.problems if one.row is not None and one.severity is Severity.ERROR]
    open_quarantine(tx, work.lease, bad)
    entries = quarantine(tx, work.feed.name)
    still = {(one.key or one.place or "", one.code) for one in bad}
    present = present_keys(work.session, [one.key for one in entries])
    right = [
        one.id for one in entries if (one.key, one.code) not in still and (staged.speaks_of_all or one.key in present)
    ]
    close_quarantine(tx, work.lease, right)
