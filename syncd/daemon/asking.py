"""Asking for a run now: a job that waits for a worker."""

from __future__ import annotations

from collections.abc import Iterable

from store.database import writing
from store.jobs import Act, enqueue
from syncd.daemon.messenger import messenger_of
from syncd.world import Actor, World


def ask_runs(world: World, feeds: Iterable[str], who: Actor) -> dict[str, int | None]:
    """Let a job wait for each feed, by the name it is kept by; None where one does already, which will do."""
    found = {}
    with writing(world.database) as tx:
        for name in feeds:
            found[name] = enqueue(tx, Act.RUN, name, by=who.name, now=world.now())
    messenger = messenger_of(world, lambda _: None)  # that workers hear of it later is nothing to tell
    for name in found:
        messenger.send(name)
    return found
