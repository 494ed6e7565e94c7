"""Asking for something to be done: a job that waits for a worker."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from store.database import writing
from store.head import current_revision
from store.jobs import Act, JobRecord, enqueue, enqueue_once
from store.users import User
from syncd.daemon.messenger import messenger_of
from syncd.world import Actor, World

if TYPE_CHECKING:  # a run asks for jobs, too, and need not wait until all that decides and pays is read in
    from calc.settling import Scope
    from syncd.changes.deciding import Deciding
    from syncd.pay.trying import Trying


def ask_runs(world: World, feeds: Iterable[str], who: Actor) -> dict[str, int | None]:
    """Let a job wait for each feed, by the name it is kept by; None where one does already, which will do."""
    found = {}
    with writing(world.database) as tx:
        for name in feeds:
            found[name] = enqueue(tx, Act.RUN, name, by=who.name, now=world.now())
    _send(world, found)
    return found


def ask_calculations(world: World, scopes: Sequence[Scope], user: User) -> list[JobRecord]:
    """Let a job wait for each pay period to be calculated.

    One that waits already will do, and one that runs where nothing was decided since it was asked for.
    """
    with writing(world.database) as tx:
        revision = current_revision(tx)
        found = [
            enqueue_once(tx, Act.CALCULATE, about_of(one), _asked(one, user, revision), by=user.name, now=world.now())
            for one in scopes
        ]
    _send(world, [one.about for one in found])
    return found


def ask_decision(world: World, deciding: Deciding, who: Actor) -> JobRecord:
    """Let a job wait that decides many changes; the same that waits or runs already will do."""
    with writing(world.database) as tx:
        found = enqueue_once(tx, Act.DECIDE, deciding.about, deciding.text, by=who.name, now=world.now())
    _send(world, [found.about])
    return found


def ask_effect(world: World, asked: Trying, who: Actor) -> JobRecord:
    """Let a job wait that works out what changes would pay; the same that waits will do.

    One that runs, too, where nothing was decided since it was asked for.
    """
    with writing(world.database) as tx:
        text = asked.text(current_revision(tx))
        found = enqueue_once(tx, Act.PAY_EFFECT, asked.about, text, by=who.name, now=world.now())
    _send(world, [found.about])
    return found


def about_of(scope: Scope) -> str:
    """Name what a calculation is of: `main:2026-03 of pay group US`."""
    return f"{scope.calendar.name}:{scope}"


def _asked(scope: Scope, user: User, revision: int) -> str:
    period = f"{scope.calendar.name}:{scope.period.label}"
    return json.dumps({"user": user.id, "period": period, "group": scope.pay_group, "revision": revision})


def _send(world: World, about: Iterable[str]) -> None:
    messenger = messenger_of(world, lambda _: None)  # that workers hear of it later is nothing to tell
    for one in about:
        messenger.send(one)
