"""What every run begins with, of a feed or of pay: a lease that is kept while it works, and a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from domain.errors import LeaseLost, SyncError, TryLater
from store.database import must_be_at_head, writing
from store.landing import keep_configuration
from store.runs import Lease, begin_run, renew
from syncd.configured import must_count
from syncd.world import World

#: Seconds between two renewals; a lease lasts four times as long.
BEAT = 15


class Stopped(SyncError):
    """Do it again: somebody asked what was being done to stop."""

    code = "stopped"


@dataclass(slots=True)
class Heartbeat:
    """What keeps a run's lease, and what stops it.

    stopped_by  the error that ended the beating, None while it beats
    is_to_stop  somebody wants the run to end at its next step
    """

    stopped_by: BaseException | None = None
    is_to_stop: bool = False

    def check(self) -> None:
        """Raise what stops it: a run goes no further than its next page or batch of rows."""
        if self.is_to_stop:
            raise Stopped("it was asked to stop")
        self.check_beat()

    def check_beat(self) -> None:
        """Raise what has ended the beating: the last thing that is asked, when there is nothing left to stop."""
        if self.stopped_by is not None:
            raise self.stopped_by


def begin(tx: Connection, world: World, name: str, *, dry: bool) -> Lease | None:
    """Take what a run is of, and keep the texts it is configured by; None where another run has it.

    A dry run is how one sees what a configuration would do: it need not count. Errors: `Refused` where one does not.
    """
    now = world.now()
    if not dry:
        must_count(tx, world)
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
def kept_alive(world: World, lease: Lease, heart: Heartbeat) -> Iterator[Heartbeat]:
    """Renew a lease every `BEAT` seconds from a thread, until the block ends, as `beating` does."""
    with beating(f"R{lease.run}", lambda: _renew(world, lease), heart):
        yield heart


@contextmanager
def beating(name: str, renew: Callable[[], None], heart: Heartbeat) -> Iterator[None]:
    """Call `renew` every `BEAT` seconds from a thread, until the block ends.

    A database that is busy is asked again. Whatever else happens to the thread is raised in the run, at its next
    check or at the end of the block; where the run has met an error itself, that is raised, from the thread's. A
    lease that was lost is no error here: the next write of the run is refused with it.
    """
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(BEAT):
                with suppress(TryLater):  # the next beat tries again
                    renew()
        except LeaseLost:
            return
        except BaseException as error:  # noqa: BLE001 - a thread has no caller: the run raises it
            heart.stopped_by = error

    thread = threading.Thread(target=beat, name=f"heartbeat-{name}", daemon=True)
    thread.start()
    try:
        yield
    except BaseException as error:
        _stop(thread, done)
        if heart.stopped_by is None or heart.stopped_by is error:
            raise
        raise error from heart.stopped_by
    _stop(thread, done)
    heart.check_beat()


def _renew(world: World, lease: Lease) -> None:
    must_be_at_head(world.database)
    with writing(world.database) as tx:
        renew(tx, lease, world.now())


def _stop(thread: threading.Thread, done: threading.Event) -> None:
    done.set()
    thread.join()
