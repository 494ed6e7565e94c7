"""What changes that wait would pay: a pay period calculated as it is known, and as if they were approved.

Nothing of either calculation is kept. What they differ in is what a page or a program is told, as far as it is in their
sight then; where a job works it out, that is a file under `var/tried`, for two days.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from calc.effect import Amount, amounts, differing
from calc.result import LedgerKey
from calc.settling import Scope
from domain.value import digest
from engine.session import flush
from syncd.feeds.lease import Heartbeat
from syncd.feeds.sweep import is_older
from syncd.pay.calculate import calculate
from syncd.periods import pay_period_named
from syncd.show import Progress
from syncd.world import World

#: The folder of what jobs found, under var/.
FOLDER = "tried"
#: How long that is kept: it is as of a revision, and can be asked for again.
KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Trying:
    """Of which pending changes a user asks what they would pay, in which pay period (`main:2026-03`)."""

    user: int
    ids: Sequence[int]
    period: str

    @property
    def about(self) -> str:
        """Give what tells it from any other: asked for twice by one user, it is the same."""
        return f"pay effect {digest(self.user, list(self.ids), self.period)[:16]}"

    def text(self, revision: int) -> str:
        """Write it down, as it is asked at a revision."""
        return json.dumps({"user": self.user, "ids": list(self.ids), "period": self.period, "revision": revision})

    @classmethod
    def read(cls, text: str) -> Trying:
        """Read what `text` wrote."""
        document = json.loads(text)
        return cls(document["user"], tuple(document["ids"]), document["period"])


@dataclass(frozen=True, slots=True)
class Tried:
    """What differs between a pay period as known at a revision, and as if changes were approved: both sides of it."""

    changes: Sequence[int]
    calendar: str
    period: str
    revision: int
    before: Sequence[Amount]
    after: Sequence[Amount]


def try_changes(world: World, asked: Trying, progress: Progress, heart: Heartbeat | None = None) -> Tried:
    """Calculate both, without a word of either.

    `Refused` where a change would not be approved, or something else was decided meanwhile; `AtWork` while the pay
    period is being calculated.
    """
    calendar, period = pay_period_named(world.workspace, asked.period)
    scope = Scope(calendar, period)
    tried = calculate(world, scope, progress, as_if=asked.ids, heart=heart)
    revision = tried.calculation.revision
    known = calculate(world, scope, progress, dry=True, known_at=revision, heart=heart)
    before, after = differing(amounts(known.results or ()), amounts(tried.results or ()))
    return Tried(asked.ids, calendar.name, period.label, revision, before, after)


def keep(world: World, job: int, tried: Tried) -> None:
    """Write down what a job found, whole or not at all; what is older than `KEPT` goes."""
    folder = world.workspace.var / FOLDER
    folder.mkdir(exist_ok=True)
    for path in outlived(world):
        path.unlink(missing_ok=True)
    document = {name: getattr(tried, name) for name in ("changes", "calendar", "period", "revision")}
    sides = {name: [_written(one) for one in getattr(tried, name)] for name in ("before", "after")}
    unfinished = _path(world, job).with_suffix(".unfinished")
    unfinished.write_text(json.dumps({**document, **sides}), encoding="utf-8")
    flush(unfinished)
    unfinished.replace(_path(world, job))


def outlived(world: World) -> list[Path]:
    """Give the files of what jobs found that nobody is told any more."""
    found = (world.workspace.var / FOLDER).glob("*")
    return [path for path in found if is_older(path, KEPT)]


def kept(world: World, job: int, ended: datetime | None) -> Tried | None:
    """Give what a job found that ended at some moment; None where that is not kept any more."""
    if ended is None or world.now() - ended > KEPT:
        return None
    try:
        document: dict[str, Any] = json.loads(_path(world, job).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Tried(**{**document, **{name: _read(document[name]) for name in ("before", "after")}})


def _path(world: World, job: int) -> Path:
    return world.workspace.var / FOLDER / f"T{job}.json"


_KEY = tuple(one.name for one in fields(LedgerKey))


def _written(one: Amount) -> list[Any]:
    return [*astuple(one.key), one.is_committed, str(one.earned_from), str(one.earned_until), str(one.amount)]


def _read(rows: Iterable[list[Any]]) -> tuple[Amount, ...]:
    found = []
    for row in rows:
        is_committed, start, end, amount = row[len(_KEY) :]
        days = date.fromisoformat(start), date.fromisoformat(end)
        found.append(Amount(LedgerKey(*row[: len(_KEY)]), is_committed, *days, Decimal(amount)))
    return tuple(found)
