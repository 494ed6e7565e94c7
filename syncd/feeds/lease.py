"""What every run begins with, of a feed or of pay: a lease that is kept while it works, and a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from domain.errors import LeaseLost, TryLater
from store.database import writing
from store.landing import keep_configuration
from store.runs import Lease, begin_run, renew
from syncd.world import World

#: Seconds between two renewals; a lease lasts four times as long.
BEAT = 15


@dataclass(slots=True)
class Heartbeat:
    """What keeps a run's lease; `stopped_by` is the error that ended it, None while it beats."""

    stopped_by: BaseException | None = None

    def check(self) -> None:
        """Raise what has stopped it: a run goes no further than its next page or batch of rows."""
        if self.stopped_by is not None:
            raise self.stopped_by


def begin(tx: Connection, world: World, name: str, *, dry: bool) -> Lease | None:
    """Take what a run is of, and keep the texts it is configured by; None where another run has it."""
    now = world.now()
    for text in world.workspace.texts:
        keep_configuration(tx, text.path, text.text, now)
    return begin_run(tx, name, now=now, today=world.today, dry=dry, configuration_hash=world.configuration_hash)


@contextmanager
def scratch_of(world: World, lease: Lease) -> Iterator[Path]:
    """Give a folder for a run alone, which goes with it."""
    folder = Path(tempfile.mkdtemp(prefix=f"R{lease.run}-", dir=world.workspace.var / "tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept_alive(world: World, lease: Lease) -> Iterator[Heartbeat]:
    """Renew a lease every `BEAT` seconds from a thread, until the block ends.

    A database that is busy is asked again. Whatever else happens to the thread is raised in the run, at its next
    check or at the end of the block; where the run has met an error itself, that is raised, from the thread's. A
    lease that was lost is no error here: the next write of the run is refused with it.
    """
    done, heart = threading.Event(), Heartbeat()

    def beat() -> None:
        try:
            while not done.wait(BEAT):
                _renew(world, lease)
        except LeaseLost:
            return
        except BaseException as error:  # noqa: BLE001 - a thread has no caller: the run raises it
            heart.stopped_by = error

    thread = threading.Thread(target=beat, name=f"heartbeat-R{lease.run}", daemon=True)
    thread.start()
    try:
        yield heart
    except BaseException as error:
        _stop(thread, done)
        if heart.stopped_by is None or heart.stopped_by is error:
            raise
        raise error from heart.stopped_by
    _stop(thread, done)
    heart.check()


def _renew(world: World, lease: Lease) -> None:
    try:
        with writing(world.database) as tx:
            renew(tx, lease, world.now())
    except TryLater:
        return  # the next beat tries again


def _stop(thread: threading.Thread, done: threading.Event) -> None:
    done.set()
    thread.join()
