"""Whether a calculation is stale: a later revision touched what it reads. Another revision alone is no staleness."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from calc import inputs
from calc.pay_run import EVERYBODY
from calc.period import pay_period
from calc.settling import Scope
from domain.value import digest
from engine.input_digests import input_digests
from engine.session import open_session
from formula.meaning import as_date
from store.calculations import Calculation
from store.database import reading
from store.head import current_revision
from store.touched import is_touched
from syncd.pay.adjust import adjusted_in
from syncd.pay.pinned import Pinned, load, pin
from syncd.world import World

_ONE = timedelta(1)


def moved(world: World, scope: Scope, found: Calculation) -> tuple[str, ...]:
    """Name the inputs of a calculation that are not what it read; nothing where it is fresh.

    A calendar that cuts time otherwise is another input. What it read and what is known now are loaded only where
    something was touched that any calculation reads.
    """
    if found.cut not in (None, scope.calendar.cut):
        return (f"calendar {scope.calendar.name}",)
    with reading(world.database) as tx:
        newest = current_revision(tx)
        if not is_touched(tx, found.revision):
            return ()
        pinned = [pin(tx, world, scope, revision) for revision in (found.revision, newest)]
        first = min(one.start for one in pinned)
        then, now = (replace(one, start=first) for one in pinned)
        read = [_read(tx, one) for one in (then, now)]
    before, after = ({**known, **_loaded(world, one)} for known, one in zip(read, (then, now), strict=True))
    return tuple(name for name in after if before[name] != after[name])


def _read(tx: Connection, pinned: Pinned) -> dict[str, str]:
    """Give the digests of what the database holds: plans, what is booked, what was adjusted by hand."""
    scope, period = pinned.scope, pinned.scope.period
    paying = (None, EVERYBODY, scope.pay_group)
    booked = [
        one
        for one in pinned.settling.booked
        if pay_period(scope.calendar, one.earned_until - _ONE).end <= period.start
        and (scope.pay_group is None or one.pay_group == scope.pay_group)
    ]
    by_hand = adjusted_in(tx, scope.pay_run, known_at=pinned.revision)
    return {
        "plans": digest(
            [
                (one.plan.plan, one.version, max(one.start, pinned.start), min(one.end, period.end))
                for one in pinned.versions
                if one.start < period.end and one.end > pinned.start
            ],
            [
                (row["plan"], row["code"], max(start, pinned.start), min(end, period.end))
                for row in pinned.form.terms[inputs.PLANS]
                if (start := as_date(row["start"])) < period.end and (end := as_date(row["end"])) > pinned.start
            ],
        ),
        "what is booked": digest(
            [(one.owed, one.amount) for one in booked],
            [run.period for run in pinned.settling.committed if run.end <= period.start and run.pay_group in paying],
        ),
        "adjustments by hand": digest([one.id for one in by_hand]),
    }


def _loaded(world: World, pinned: Pinned) -> Mapping[str, str]:
    dated_by = {measure.dated_by for one in pinned.versions for measure in one.plan.measures.values()}
    scratch = Path(tempfile.mkdtemp(prefix="stale-", dir=world.workspace.var / "tmp"))
    try:
        with open_session(world.workspace.var, keeps_order=False) as session:
            load(world, session, scratch, pinned)
            return input_digests(session, pinned.start, pinned.scope.period.end, dated_by or {"date"})
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
