"""What an operator checks first: each finding is all right, a warning or wrong, and says what to do.

Nothing is changed by looking, the database least of all: one that is older than the program stays so.
"""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection

from domain.errors import SyncError
from domain.shape import DRIFT, TOLD_FOR
from store.alerts import open_alerts
from store.audit import is_head_last
from store.counting import longest_waiting, silent_leases
from store.database import HEAD, database_time, migration_of, reading
from store.outbox import EffectState, count_effects
from store.problems import columns_told
from store.runs import newest_runs
from store.schedules import schedules
from syncd.access.users import undecided
from syncd.configured import not_counting_yet
from syncd.online import look_at
from syncd.show import Progress
from syncd.timetable import is_feed_late, looked_at
from syncd.world import World, clock

OLDEST_PYTHON = (3, 11)
#: Packages without which something stops working, as they are installed.
PACKAGES = (
    *("alembic", "click", "deepdiff", "duckdb", "flask", "gunicorn", "prometheus-client", "pydantic", "pyyaml"),
    *("redis", "requests", "rq", "sqlalchemy", "sqlglot", "zeep"),
)
FOLDERS = ("landing", "facts", "mirror", "results", "tmp")
_APART = timedelta(seconds=60)
_LONG = timedelta(minutes=15)
_SCARCE, _NONE_LEFT = 5 << 30, 200 << 20  # bytes


class State(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` is there where it is not all right."""

    check: str
    state: State
    what: str
    remedy: str | None = None


def program() -> Iterator[Finding]:
    """Look at Python and the packages."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding("python", State.WRONG, version, "use Python 3.11 or newer")
    else:
        yield Finding("python", State.OK, f"{version}, SQLite {sqlite3.sqlite_version}")
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Finding("packages", State.WRONG, f"missing: {', '.join(missing)}", "install requirements/run.txt")
    else:
        yield Finding("packages", State.OK, ", ".join(found))


def readiness(world: World) -> list[Finding]:
    """Look at what nothing works without: the database, its tables, the folders, the disk."""
    return [_database(world), *_places(world)]


def installation(world: World) -> Iterator[Finding]:
    """Look at everything that does not need another system."""
    ready = readiness(world)
    yield from ready
    if ready[0].state is State.WRONG:
        return
    yield _clocks(world)
    yield _redis()
    if told := undecided(world):
        yield Finding("deciding", State.WARNING, *told.split(": ", 1))
    with reading(world.database) as tx:
        if told := not_counting_yet(tx, world):
            yield Finding("configuration", State.WRONG, *told.split(": ", 1))
        yield from _of_schedules(tx, world)
        yield from _of_work(tx, world)
        yield from _of_shapes(tx, world)
        yield from _of_outbox(tx)
        if is_head_last(tx):
            yield Finding("audit", State.OK, "its newest row is the head of the chain")
        else:
            remedy = "`syncd audit verify` tells where; compare with a backup before anything else is done"
            yield Finding("audit", State.WRONG, "its newest row is not the head of the chain", remedy)


def sources(world: World, progress: Progress) -> Iterator[Finding]:
    """Read every source once, as `check --online` does."""
    (world.workspace.var / "tmp").mkdir(parents=True, exist_ok=True)
    for name, feed in world.workspace.feeds.items():
        look = look_at(world, feed, progress)
        check = f"source of {name}"
        if look.message is not None:
            yield Finding(check, State.WRONG, "could not be read", "`syncd check --online` says why")
        elif look.missing:
            yield Finding(check, State.WRONG, f"{len(look.missing)} mapped columns are gone", "`syncd check --online`")
        else:
            yield Finding(check, State.OK, f"{look.rows:,} rows")


def _database(world: World) -> Finding:
    kind, url = world.database.dialect.name, world.database.url
    if kind == "sqlite" and not Path(str(url.database)).exists():
        return Finding("database", State.WRONG, "there is none yet", "`syncd db upgrade` makes it")
    try:
        found = migration_of(world.database)
    except SyncError as error:
        what, remedy = f"{kind} cannot be had ({error.code})", "start it, or mend SYNCD_DATABASE_URL"
        return Finding("database", State.WRONG, what, remedy)
    if found != HEAD:
        remedy = "`syncd db upgrade`, or the program that goes with it"
        return Finding("database", State.WRONG, f"its tables are {found or 'none'}, ours {HEAD}", remedy)
    return Finding("database", State.OK, f"{kind}, tables {found}")


def _places(world: World) -> Iterator[Finding]:
    var = world.workspace.var
    closed = [str(folder.name) for folder in (var, *(var / name for name in FOLDERS)) if not _is_writable(folder)]
    if closed:
        remedy = f"give {', '.join(closed)} under var/ to the account that runs syncd"
        yield Finding("folders", State.WRONG, "not writable", remedy)
    else:
        yield Finding("folders", State.OK, "writable")
    free = shutil.disk_usage(_nearest(var)).free
    state = State.WRONG if free < _NONE_LEFT else State.WARNING if free < _SCARCE else State.OK
    make_room = "make room where var/ is; `syncd tidy` removes what need not be kept"
    yield Finding("disk", state, f"{free / (1 << 30):.1f} GB free", None if state is State.OK else make_room)


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=_nearest(folder)):
            return True
    except OSError:
        return False


def _nearest(folder: Path) -> Path:
    """Give a folder, or the one above it that is there: the first run makes those below."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())


def _clocks(world: World) -> Finding:
    theirs = database_time(world.database)
    apart = abs(theirs - clock()) if theirs is not None else timedelta()
    what = f"{apart.total_seconds():.0f} s between this machine and the database"
    if apart > _APART:
        return Finding("clocks", State.WARNING, what, "let both machines keep time (NTP); leases go by the database's")
    return Finding("clocks", State.OK, what)


def _redis() -> Finding:
    url = os.environ.get("SYNCD_REDIS_URL")
    if not url:
        return Finding("redis", State.OK, "none is named; workers look every five seconds")
    from redis import Redis  # noqa: PLC0415 - 0.2 s that only who has Redis needs
    from redis.exceptions import RedisError  # noqa: PLC0415 - as above

    try:
        with Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5) as found:
            found.ping()
    except RedisError as error:
        what = f"it does not answer ({type(error).__name__})"
        return Finding("redis", State.WARNING, what, "start it; meanwhile workers look every five seconds")
    return Finding("redis", State.OK, "it answers")


def _of_schedules(tx: Connection, world: World) -> Iterator[Finding]:
    looked, last = schedules(tx), newest_runs(tx)
    planned = {name: feed for name, feed in world.workspace.feeds.items() if feed.schedule is not None}
    if not planned:
        return
    late = [name for name, feed in planned.items() if is_feed_late(world.workspace, feed, looked, last, world.now())]
    unseen = [name for name, feed in planned.items() if looked_at(world.workspace, feed, looked) is None]
    if late:
        remedy = "see that `syncd clock` and `syncd worker`, or `syncd up`, run"
        yield Finding("schedules", State.WRONG, f"late: {', '.join(late)}", remedy)
    elif unseen:
        what = f"no clock has looked at {', '.join(unseen)}"
        yield Finding("schedules", State.WARNING, what, "start `syncd clock` or `syncd up`")
    else:
        yield Finding("schedules", State.OK, f"{len(planned)} on time")


def _of_shapes(tx: Connection, world: World) -> Iterator[Finding]:
    for (run, feed), told in columns_told(tx, DRIFT, world.now() - TOLD_FOR).items():
        columns = ", ".join(f"{code} {', '.join(names)}" for code, names in told.items())
        yield Finding(f"columns of {feed}", State.WARNING, f"R{run}: {columns}", "look whether its mapping still fits")


def _of_work(tx: Connection, world: World) -> Iterator[Finding]:
    silent = silent_leases(tx, world.now())
    if silent:
        remedy = "their processes ended; the next worker or run takes them over"
        yield Finding("leases", State.WARNING, f"no sign of life: {', '.join(silent)}", remedy)
    else:
        yield Finding("leases", State.OK, "nothing is silent past its lease")
    since = longest_waiting(tx)
    if since is not None and world.now() - since > _LONG:
        minutes = int((world.now() - since).total_seconds() // 60)
        yield Finding("queue", State.WARNING, f"a job has waited {minutes} minutes", "start (more) `syncd worker`")
    else:
        yield Finding("queue", State.OK, "no job has waited long")


def _of_outbox(tx: Connection) -> Iterator[Finding]:
    counted, lasting = count_effects(tx), len(open_alerts(tx))
    stuck = {one: counted[one] for one in (EffectState.FAILED, EffectState.UNSURE) if counted.get(one)}
    if stuck:
        what = ", ".join(f"{count} {state.value}" for state, count in stuck.items())
        yield Finding("outbox", State.WARNING, what, "`syncd outbox list`, then `again` or `drop`")
    else:
        yield Finding("outbox", State.OK, f"{counted.get(EffectState.WAITING, 0)} wait")
    if lasting:
        yield Finding("alerts", State.WARNING, f"{lasting} causes last", "they were sent to those named in `alerts`")
    else:
        yield Finding("alerts", State.OK, "nothing is amiss")
