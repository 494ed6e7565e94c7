"""Keep a run's lease while it works."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from domain.errors import LeaseLost, TryLater
from store.database import writing
from store.runs import Lease, renew
from syncd.world import World

#: Seconds between two renewals; a lease lasts four times as long.
BEAT = 15


@contextmanager
def kept_alive(world: World, lease: Lease) -> Iterator[None]:
    """Renew a lease every `BEAT` seconds from a thread, until the block ends or the lease is lost.

    A lost lease is noticed by the next write of the run, which checks its token; the thread only stops.
    """
    done = threading.Event()

    def beat() -> None:
        while not done.wait(BEAT):
            try:
                with writing(world.database) as tx:
                    renew(tx, lease, world.now())
            except LeaseLost:
                return
            except TryLater:
                continue

    thread = threading.Thread(target=beat, name=f"heartbeat-R{lease.run}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
