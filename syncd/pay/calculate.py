"""Calculate: what the people of a pay period are owed, from what is known at one revision.

Reads at the revision with no transaction open, runs the compiled plans in the engine, and makes what it found known in
one short transaction that checks the run's token. Nothing of the history is written, and a crash leaves nothing half:
a file that no row names does not exist. The same revision gives the same bytes.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from calc.inputs import TRANSACTIONS
from calc.result import Result
from calc.settling import Scope
from domain.errors import AtWork, FixFile, Refused
from domain.value import digest
from engine import found as files
from engine.found import Findings, PaidFor, find
from engine.pay_inputs import largest_transaction, pay_groups
from engine.probe import must_be_exact
from engine.result_sums import Missing, missing, result_totals
from engine.results import RESULTS, add_results, each_result
from engine.session import Session, flush, open_session, row_count, write_whole
from engine.ties import Ties, known_among, tie_out
from formula.evaluate import TooLarge
from formula.parse import suggestion
from store.calculations import Calculation, ResultFile, Uncredited, calculated_runs, keep_calculation
from store.database import reading, trying, writing
from store.head import current_revision
from store.problems import quarantine
from store.runs import Lease, RunResult, RunState, abandon, finish_run, runs
from syncd.changes.decide import try_out
from syncd.configuration.settings import Into
from syncd.feeds.lease import Heartbeat, begin, kept_alive, scratch_of
from syncd.first import shown_first
from syncd.mirror import load_roster
from syncd.pay.adjust import manual_results
from syncd.pay.code import code_version
from syncd.pay.pinned import Pinned, load, pin
from syncd.pay.retro import adjustments, take_off_paid
from syncd.periods import must_cut_as_paid
from syncd.show import Progress
from syncd.world import World, actor

#: The folder of results under var/.
FOLDER = "results"
#: Megabytes: what the engine keeps in memory; of facts, above which it keeps more; and how much more at most.
_MEMORY, _LARGE, _MORE = 700, 400, 2_300


@dataclass(frozen=True, slots=True)
class Calculated:
    """What a calculation came to.

    missing      for whom something is missing
    quarantined  rows of transactions that wait in quarantine now: nobody can say of which days
    correcting   how many of them correct a transaction that is known, and counts as it was
    results      of a dry run, whose files are gone; None where they are kept
    """

    calculation: Calculation
    scope: Scope
    missing: tuple[Missing, ...]
    ties: Ties
    quarantined: int
    correcting: int
    results: tuple[Result, ...] | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """One calculation while it goes on."""

    world: World
    scope: Scope
    lease: Lease
    session: Session
    scratch: Path
    progress: Progress
    heart: Heartbeat
    dry: bool


def calculate(
    world: World,
    scope: Scope,
    progress: Progress,
    *,
    known_at: int | None = None,
    dry: bool = False,
    as_if: Sequence[int] = (),
    heart: Heartbeat | None = None,
) -> Calculated:
    """Calculate a pay period as known now, or at a revision. A dry run keeps nothing that anybody sees.

    One as if some changes were approved is a dry one. `heart` lets somebody else stop it at its next step.

    Errors: `AtWork` while another calculation of the same is, `Refused` where it does not tie out; `FixFile` where
    no plan is in force, `TooLarge`, `EngineDiffers`; `Stopped`.
    """
    dry = dry or bool(as_if)
    lease, var = _begin(world, scope, dry=dry), world.workspace.var
    with (
        scratch_of(world, lease) as scratch,
        open_session(var, keeps_order=False, compressed=False, memory=memory_for(var / "facts")) as session,
        kept_alive(world, lease, heart or Heartbeat()) as beating,
    ):
        work = _Work(world, scope, lease, session, scratch, progress, beating, dry)
        try:
            return _calculate(work, known_at, as_if)
        except (Exception, KeyboardInterrupt) as error:
            _give_up(work, error)
            raise


def memory_for(facts: Path) -> str:
    """Say how much the engine may keep in memory: more where facts are larger than those of some 20 M transactions."""
    size = 0
    for path in facts.rglob("*.parquet"):
        with suppress(FileNotFoundError):  # another process sweeps, or brings together what is small
            size += path.stat().st_size
    return f"{_MEMORY + min(max(size // 10**6 - _LARGE, 0) * 3 // 2, _MORE)}MB"


def _calculate(work: _Work, known_at: int | None, as_if: Sequence[int]) -> Calculated:
    world, session, scope = work.world, work.session, work.scope
    with reading(world.database) as tx:
        must_cut_as_paid(tx, world.workspace)
        newest = current_revision(tx)
        if known_at is not None and known_at > newest:
            raise FixFile(f"--known-at {known_at}: the newest revision is {newest}")
        pinned = pin(tx, world, scope, newest if known_at is None else known_at)
        by_hand = manual_results(tx, scope.pay_run, known_at=pinned.revision)
        waiting = [one for feed in _sold(world) for one in quarantine(tx, feed)]
    if not pinned.versions:
        raise FixFile(f"calendar '{scope.calendar.name}' pays no approved plan: plan publish FILE, plan approve PLAN")
    with work.progress.step(f"{scope}: reading what was known at revision {pinned.revision}"):
        must_be_exact(session)
        load(world, session, work.scratch, pinned, _tried(work, pinned, as_if) if as_if else None)
        _must_be_a_pay_group(session, scope)
    work.heart.check()
    with work.progress.step(f"{scope}: calculating {len(pinned.form.components)} kinds of components"):
        found = _found(work, pinned)
        found.settle(PaidFor(scope.period.label, scope.pay_group))
    work.heart.check()
    with work.progress.step(f"{scope}: comparing with what is booked"):
        take_off_paid(world, found, pinned, work.scratch)
        add_results(
            session, [*adjustments(world, found, pinned, work.scratch), *_of_plan(by_hand, scope)], work.scratch
        )
        ties = _tied_out(found, pinned)
    with work.progress.step(f"{scope}: writing results"):
        done = _keep(work, pinned, found, ties, len(waiting))
        return replace(done, correcting=known_among(session, {(one.feed, one.key) for one in waiting}))


def _tried(work: _Work, pinned: Pinned, changes: Sequence[int]) -> int:
    """Bring the roster into the engine as it would be were changes approved; give its revision.

    `Refused` where something else was decided since the rest was pinned: it would look like what they do.
    """
    with trying(work.world.database) as tx:
        if current_revision(tx) != pinned.revision:
            raise Refused("something else was decided meanwhile: try it again")
        try_out(tx, work.world, changes, actor(None))
        return load_roster(work.world, work.session, work.scratch, tried=tx)


def _found(work: _Work, pinned: Pinned) -> Findings:
    """Run the stages. `TooLarge` names the largest transaction: one mistyped amount would stop everybody's pay."""
    try:
        return find(work.session, pinned.form, work.scratch, partial(_count, work))
    except TooLarge as error:
        kinds = pinned.form.inputs[TRANSACTIONS]
        largest = largest_transaction(work.session, kinds, pinned.start, pinned.scope.period.end)
        raise TooLarge(error.stage, error.column, largest) from error


def _count(work: _Work, done: int, of: int) -> None:
    work.heart.check()
    work.progress.count(f"{work.scope}: parts calculated", done, of)


def _must_be_a_pay_group(session: Session, scope: Scope) -> None:
    known = pay_groups(session)
    if scope.pay_group is not None and scope.pay_group not in known:
        raise FixFile(f"nobody is in a pay group '{scope.pay_group}'{suggestion(scope.pay_group, known)}")


def _of_plan(results: tuple[Result, ...], scope: Scope) -> Iterator[Result]:
    return (one for one in results if scope.plan in (None, one.key.plan))


def _sold(world: World) -> list[str]:
    """Name the feeds whose rows are transactions or scores, or parts of them."""
    sold = (Into.TRANSACTIONS, Into.CREDITS, Into.SCORES)
    return [feed.name for feed in world.workspace.feeds.values() if feed.into in sold]


def _tied_out(found: Findings, pinned: Pinned) -> Ties:
    """Compare what landed with what was credited. Of one plan alone there is nothing to compare."""
    ties = tie_out(found, pinned.start, pinned.scope.period.end, pinned.dated_by)
    if pinned.scope.plan is not None:
        own = tuple(left for left in ties.left if left.code not in files.OF_OTHER_PLANS)
        return replace(ties, left=own)
    if ties.problems:
        raise Refused(f"{pinned.scope} does not tie out, so nothing is written: {'; '.join(ties.problems)}")
    return ties


def _keep(work: _Work, pinned: Pinned, found: Findings, ties: Ties, quarantined: int) -> Calculated:
    """Write every file, then make them known at once."""
    var, run = work.world.workspace.var, work.lease.run
    folder = work.scratch / "found" if work.dry else var / FOLDER / str(run)
    folder.mkdir(parents=True)
    written = tuple(one for name in files.FILES for one in _write(work, found, name, folder))
    flush(folder.parent)
    results = folder / f"{RESULTS}.parquet"
    aside, earned = (folder / f"{name}.parquet" for name in (files.ASIDE, files.EARNINGS))
    due = (pinned.scope.period.start, pinned.scope.period.end)
    lacking = tuple(missing(work.session, aside, earned, due, pinned.scope.pay_group))
    calculation = Calculation(
        run=run,
        calendar=pinned.scope.calendar.name,
        period=pinned.scope.period.label,
        plan=pinned.scope.plan,
        pay_group=pinned.scope.pay_group,
        revision=pinned.revision,
        code=code_version(),
        plans=tuple(one.version for one in pinned.versions),
        totals=_totals(work.session, results),
        uncredited=tuple(Uncredited(one.code, one.rows, str(one.amount), one.currency) for one in ties.left),
        digest=digest([(one.name, one.sha256) for one in written]),
        files=written,
        cut=pinned.scope.calendar.cut,
    )
    counters = {
        "landed": ties.landed,
        "credited": ties.credited,
        "quarantined": quarantined,
        "set_aside": len({one.person for one in lacking if one.is_due}),
    }
    shown = tuple(one for batch in each_result(work.session, results) for one in batch) if work.dry else None
    result = RunResult(state=RunState.COMPLETED, counters=counters, revision=pinned.revision)
    with writing(work.world.database) as tx:
        if not work.dry:
            keep_calculation(tx, work.lease, calculation)
        finish_run(tx, work.lease, result, work.world.now())
    return Calculated(calculation, pinned.scope, lacking, ties, quarantined, 0, shown)


def _write(work: _Work, found: Findings, name: str, folder: Path) -> Iterator[ResultFile]:
    """Write what a name stands for: one file, or of lines those that are there already."""
    if name == files.LINES and found.lines:
        for nth, written in enumerate(found.lines, 1):
            numbered = name if nth == 1 else f"{name}-{nth:02}"
            flush(written)
            written.replace(folder / f"{numbered}.parquet")
            yield _file(work, numbered, folder)
        flush(folder)
    else:
        write_whole(work.session, found.query(name), folder / f"{name}.parquet")
        yield _file(work, name, folder)


def _file(work: _Work, name: str, folder: Path) -> ResultFile:
    work.heart.check()
    path = folder / f"{name}.parquet"
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    relative = path.resolve().relative_to(work.world.workspace.var.resolve())
    return ResultFile(name, relative.as_posix(), sha256, row_count(work.session, path), path.stat().st_size)


def _totals(session: Session, results: Path) -> tuple[tuple[str, str], ...]:
    found: dict[str, Decimal] = {}
    for (_, currency), amount in result_totals(session, results).items():
        found[currency] = found.get(currency, Decimal(0)) + amount
    return tuple((currency, str(amount)) for currency, amount in sorted(found.items()))


def _begin(world: World, scope: Scope, *, dry: bool) -> Lease:
    """Take the pay period for this run, and clear away what a broken run left."""
    with writing(world.database) as tx:
        lease = begin(tx, world, f"calculate {scope.calendar.name}:{scope}", dry=dry)
    if lease is None:
        raise AtWork(f"{scope} is being calculated by another process; wait until it is done")
    _sweep(world)
    return lease


def _sweep(world: World) -> None:
    """Remove the results of runs that nobody knows, and that are no longer at work."""
    with reading(world.database) as tx:
        known = calculated_runs(tx) | {one.id for one in runs(tx) if one.state is RunState.RUNNING}
    for folder in (world.workspace.var / FOLDER).glob("*"):
        if folder.name.isdigit() and int(folder.name) not in known:
            shutil.rmtree(folder, ignore_errors=True)


def _give_up(work: _Work, error: BaseException) -> None:
    message = getattr(error, "message", type(error).__name__)
    with shown_first(error), writing(work.world.database) as tx:
        abandon(tx, work.lease, message, work.world.now())
    shutil.rmtree(work.world.workspace.var / FOLDER / str(work.lease.run), ignore_errors=True)
