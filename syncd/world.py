"""What every command works with: the workspace, its database, the day, the clock, and who acts."""

from __future__ import annotations

import gc
import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from sqlalchemy import Engine

from domain.errors import FixFile, Refused
from domain.user import user_named
from domain.value import digest
from store.database import database_time, migrate, open_database, reading
from store.runs import any_run
from syncd.configuration.settings import Workspace
from syncd.configuration.workspace import load_workspace

#: Two clocks that differ by less are the same: to ask the database for its time takes as long.
_NO_DIFFERENCE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the named user, and the account that said so: the operating system's, or that of the log-in.

    person        who they are among the people that sources name, where that is known
    is_logged_in  they showed who they are: nobody else acts in their name
    """

    name: str
    account: str
    person: int | None = None
    is_logged_in: bool = False

    @property
    def for_user(self) -> str | None:
        """Whom the account acts for, where that is somebody else."""
        return self.name if self.name != self.account else None


@dataclass(frozen=True, slots=True)
class World:
    """One opened workspace on one day. `now` is the clock, for instants; `today` the day in the calendar's zone."""

    workspace: Workspace
    database: Engine
    today: date
    now: Callable[[], datetime]

    @property
    def configuration_hash(self) -> str:
        """The fingerprint of every configuration text together."""
        return digest([(text.path, text.hash) for text in self.workspace.texts])


def clock() -> datetime:
    """Give the moment it is by this machine, in UTC: what the shell goes by."""
    return datetime.now(UTC)


def open_world(folder: Path, today: date | None) -> World:
    """Load the configuration, make or upgrade the database, and fix the day; a command closes what it opened.

    Errors: `FixFile` with every mistake of the configuration, or where `today` is not allowed.
    """
    gc.set_threshold(50_000, 20, 20)  # of millions of small values none is in a cycle; looking took a fifth of a run
    workspace = load_workspace(folder)
    if today is not None and not workspace.allow_today:
        raise FixFile("--today is for trials: syncd.yaml must say `allow_today: true`")
    for name in ("landing", "tmp", "mirror"):
        (workspace.var / name).mkdir(parents=True, exist_ok=True)
    database = open_database(url_of(workspace))
    if command := click.get_current_context(silent=True):
        command.call_on_close(database.dispose)
    migrate(database)
    _refuse_new_database(workspace, database)
    return on_its_day(workspace, database, today)


def found_world(folder: Path) -> World:
    """Give the workspace and its database as they are found: nothing is made, upgraded, or even connected to."""
    workspace = load_workspace(folder)
    database = open_database(url_of(workspace))
    if command := click.get_current_context(silent=True):
        command.call_on_close(database.dispose)
    return World(workspace, database, _day_of(workspace, clock()), clock)


def url_of(workspace: Workspace) -> str:
    """Give where the database of a workspace is."""
    return os.environ.get("SYNCD_DATABASE_URL") or f"sqlite:///{(workspace.var / 'syncd.db').resolve()}"


def renewed(world: World, today: date | None) -> World:
    """Give the same workspace as its files are now, on the day it is now: for a process that goes on for long.

    `FixFile` with every mistake of the configuration.
    """
    return on_its_day(load_workspace(world.workspace.folder), world.database, today)


def on_its_day(workspace: Workspace, database: Engine, today: date | None) -> World:
    """Give the world on the day it is by the database's clock, which is the same for all who work on it."""
    ahead = _ahead(database)

    def now() -> datetime:
        return clock() + ahead

    return World(workspace, database, today or _day_of(workspace, now()), now)


def on_this_day(world: World, today: date | None) -> World:
    """Give the world on the day it is now, by the clock that it has."""
    return replace(world, today=today or _day_of(world.workspace, world.now()))


def _day_of(workspace: Workspace, moment: datetime) -> date:
    return moment.astimezone(workspace.calendar.timezone).date()


def _ahead(database: Engine) -> timedelta:
    """Give how far the database's clock is ahead of this machine's. Less than `_NO_DIFFERENCE` is none."""
    asked = datetime.now(UTC)  # not `clock`: this compares two real clocks, whatever day is played
    theirs = database_time(database)
    ahead = theirs - (asked + (datetime.now(UTC) - asked) / 2) if theirs else timedelta()
    return ahead if abs(ahead) >= _NO_DIFFERENCE else timedelta()


def _refuse_new_database(workspace: Workspace, database: Engine) -> None:
    """Refuse to begin anew beside what another database has landed: its decisions would be forgotten silently."""
    with reading(database) as tx:
        if not any_run(tx) and any((workspace.var / "landing").glob("*/*.parquet")):
            raise Refused(
                f"the database is new, and {workspace.var / 'landing'} holds what another one knows: restore that "
                "database (or set SYNCD_DATABASE_URL to it), or remove var/ to begin anew"
            )


def actor(name: str | None) -> Actor:
    """Give who acts: the named user, else the operating system's. `FixFile` where that is no name."""
    account = getpass.getuser()
    user = account if name is None else user_named(name)
    if user is None:
        raise FixFile(f"--as names nobody ({name!a}): write a user in letters that are seen, or leave it out")
    return Actor(user, account)


def one_of_two(name: str | None, world: World, *, of_changes: bool = False) -> Actor:
    """Give who does a part of what takes two people; of changes it does where `four_eyes` is on.

    `Refused` where log-in is configured and they are only named: any name would do for the second person.
    """
    found = actor(name)
    takes_two = world.workspace.four_eyes or not of_changes
    if world.workspace.log_in is not None and takes_two and found.for_user is not None:
        raise Refused(
            f"{found.account} cannot do this for {found.for_user}: where people log in, what takes two people is done "
            "by people who show who they are; log in, or leave out --as"
        )
    return found


def roots_of(world: World) -> tuple[Path, ...]:
    """Give the folders in which files of a world may be read."""
    return roots_beside(world.workspace.folder)


def roots_beside(folder: Path) -> tuple[Path, ...]:
    """Give the folders in which files may be read: a workspace's, and those that the operator allows."""
    further = os.environ.get("SYNCD_FILE_ROOTS", "")
    return (folder, *(Path(one) for one in further.split(os.pathsep) if one))
