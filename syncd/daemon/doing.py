"""What the acts of jobs do: each by the same code as the command, and how far it has come is written into the job."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from calc.settling import Scope
from domain.errors import Refused, TryLater
from domain.rights import Right, Sight
from store.changes import ChangeFilter
from store.database import reading, writing
from store.jobs import Act, HeldJob, JobResult, JobState, note_progress
from store.queue import still_there
from store.runs import RunState
from store.users import user_of
from syncd.access.noting import note_refusals
from syncd.access.signing_in import SignedIn, signed_in
from syncd.changes.deciding import Deciding
from syncd.changes.told import outcome_lines
from syncd.facts.known import must_have_feeds
from syncd.feeds.lease import Heartbeat
from syncd.options import feed_named
from syncd.pay.calculate import calculate
from syncd.pay.trying import Trying, keep, try_changes
from syncd.periods import must_cut_as_paid, pay_period_named
from syncd.pipeline import sync
from syncd.show import Progress
from syncd.world import World

#: Seconds between two times at which a job's progress is written down.
APART = 1.0


class Noted(Progress):
    """Writes how far a job has come into its row; to a person at a terminal it says nothing."""

    def __init__(self, world: World, held: HeldJob, heart: Heartbeat) -> None:
        """Note it for the worker that holds the job."""
        super().__init__(quiet=True)
        self._world, self._held, self._heart, self._at = world, held, heart, 0.0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Note what is done now."""
        self._note(what, None, None)
        yield

    def count(self, what: str, done: int, of: int) -> None:
        """Note how many of how many are done, as often as a reader looks. Raises `Stopped`, with some left to do."""
        if done < of:
            self._heart.check()
        if done == of or time.monotonic() - self._at >= APART:
            self._note(what, done, of or None)

    def _note(self, what: str, done: int | None, of: int | None) -> None:
        self._at = time.monotonic()
        with suppress(TryLater), writing(self._world.database) as tx:  # the next one tells
            note_progress(tx, self._held, what, done, of)


def do(world: World, held: HeldJob, heart: Heartbeat) -> tuple[JobResult, int]:
    """Do a job; gives what it came to, and the exit code of the command that does the same.

    Errors are those of that command; `Stopped` where it is to be given back.
    """
    progress = Noted(world, held, heart)
    match held.act:
        case Act.RUN:
            return _run(world, held.about, progress, heart)
        case Act.CALCULATE:
            asked = json.loads(held.asked or "{}")
            with _noted(world, held, asked["user"]):
                return _calculate(world, asked, progress, heart)
        case Act.DECIDE:
            deciding = Deciding.read(held.asked or "{}")
            with _noted(world, held, deciding.user):
                return _decide(world, deciding, progress)
        case Act.PAY_EFFECT:
            return _effect(world, held, progress, heart)


@contextmanager
def _noted(world: World, held: HeldJob, number: int) -> Iterator[None]:
    """Write down what a user is refused, who may not even be one any more."""
    try:
        yield
    except Refused as refused:
        with reading(world.database) as tx:
            user = user_of(tx, number)
        if user is not None:
            note_refusals(world, held.act.value, [(f"T{held.id}", refused.message)], SignedIn(user).actor)
        raise


def _run(world: World, name: str, progress: Progress, heart: Heartbeat) -> tuple[JobResult, int]:
    feed = feed_named(world, name)
    with reading(world.database) as tx:
        must_have_feeds(tx, world)
        must_cut_as_paid(tx, world.workspace)
    report = sync(world, feed, progress, heart=heart)
    is_failed = report.state in (RunState.FAILED, RunState.ABANDONED)
    state = JobState.FAILED if is_failed else JobState.DONE
    return JobResult(state, report.run, report.state.value, report.message), report.exit_code


def _calculate(world: World, asked: dict[str, Any], progress: Progress, heart: Heartbeat) -> tuple[JobResult, int]:
    sight = _sight(world, asked["user"], Right.CALCULATE)[1]
    if sight is None or not sight.has_pay_group(asked["group"]):
        raise Refused("who asked for it may not have it calculated any more: nothing was calculated by this job")
    calendar, period = pay_period_named(world.workspace, asked["period"])
    done = calculate(world, Scope(calendar, period, None, asked["group"]), progress, heart=heart)
    is_whole = not any(one.is_due for one in done.missing)
    outcome = "completed" if is_whole else "completed_with_errors"
    return JobResult(JobState.DONE, done.calculation.run, outcome), 0 if is_whole else 1


def _decide(world: World, asked: Deciding, progress: Progress) -> tuple[JobResult, int]:
    """Decide for a user what is theirs to decide now, not what was when they asked."""
    who, sight = _sight(world, asked.user, Right.DECIDE)
    if who is None or sight is None:
        raise Refused("who asked for it may not decide any more: nothing was decided by this job")
    with reading(world.database) as tx:
        mine = still_there(tx, ChangeFilter(sight=sight, day=world.today), list(asked.ids))
    outcome = asked.do(world, mine, who.actor, progress)
    told, lines = outcome_lines(outcome, asked.done, with_values=False)
    if gone := sorted(set(asked.ids) - set(mine)):
        why = "it is not yours to decide any more"
        note_refusals(world, asked.verdict, [(f"C{one}", why) for one in gone], who.actor)
        lines.append(f"{len(gone):,} are not yours to decide any more.")
    message = "\n".join((told or f"0 {asked.done}.", *lines))
    return JobResult(JobState.DONE, outcome="completed", message=message), 5 if outcome.refused else 0


def _effect(world: World, held: HeldJob, progress: Progress, heart: Heartbeat) -> tuple[JobResult, int]:
    """Work out what changes would pay, for a user who may still ask; whose pay they see is asked when they look."""
    asked = Trying.read(held.asked or "{}")
    who, sight = _sight(world, asked.user, Right.SEE_CHANGES)
    if who is None or sight is None or who.sight(Right.SEE_PAY) is None:
        raise Refused("who asked for it may not see it any more: nothing was calculated by this job")
    with reading(world.database) as tx:
        mine = still_there(tx, ChangeFilter(sight=sight, day=world.today), list(asked.ids))
    if len(mine) < len(asked.ids):
        raise Refused(f"{len(asked.ids) - len(mine):,} of these changes are not yours to see any more: ask again")
    keep(world, held.id, try_changes(world, asked, progress, heart))
    return JobResult(JobState.DONE, outcome="completed"), 0


def _sight(world: World, number: int, right: Right) -> tuple[SignedIn | None, Sight | None]:
    """Give who asked for a job, as they are now, and whom they may do it to; None where they are gone or may not."""
    with reading(world.database) as tx:
        user = user_of(tx, number)
        who = signed_in(tx, user) if user is not None else None
    return who, who.sight(right) if who is not None else None
