"""A workspace whose people come from a scripted CRM that is read after a cursor.

Things happen in the CRM at whole seconds of its own clock; a run reads at one of them. Everything is driven through
the command line, like the scenarios; only the cursor is read from the store, as no command shows it.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from engine.session import Row, open_session
from store import faults
from store.database import open_database, reading
from store.landing import cursor_of, segments
from store.mirror import Mirror, mirrors
from tests.scenarios.people import someone
from tests.scenarios.world import DATED, USUAL, Answer, World


class Killed(BaseException):
    """The process is gone."""


class Clock:
    """The wall clock of a world: it stands still until a test moves it."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def lease_ends(self) -> None:
        """Let every lease that was taken until now be over."""
        self.instant += timedelta(minutes=2)

    def far(self) -> None:
        """Be after whatever a real process, with the real clock, has done."""
        self.instant = datetime.now(UTC) + timedelta(days=1)


class Crm(World):
    """A world whose feed `people` is read from a script, in increments unless `settings` say otherwise."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.settings["sources"] = {"crm": {"kind": "tests.connectors.scripted", "script": "crm.json"}}
        self.feed.update(source="crm", full=False)
        self.script: dict[str, Any] = {"key": "id", "columns": [*USUAL, DATED], "events": []}
        self.script |= {"page_rows": 100, "overlap": 0}
        self.save()

    def says(self, stamp: int, key: str, **cells: str) -> None:
        """Let the CRM say something about a person: the whole record, as ordinary records are, with these cells."""
        self._happens(stamp, key, cells)

    def says_late(self, stamp: int, commit: int, key: str, **cells: str) -> None:
        """Let it be stamped at one second and be visible from a later one."""
        self._happens(stamp, key, cells, commit=commit)

    def says_silently(self, stamp: int, key: str, **cells: str) -> None:
        """Let it happen without any increment ever bringing it."""
        self._happens(stamp, key, cells, silent=True)

    def crowds(self, stamp: int, size: int, **cells: str) -> list[str]:
        """Let the CRM say the same of so many people; gives their keys."""
        keys = [f"{number:05d}" for number in range(1001, 1001 + size)]
        for key in keys:
            self.says(stamp, key, **cells)
        return keys

    def deletes(self, stamp: int, *keys: str) -> None:
        """Let records be deleted."""
        self.script["events"] += [{"stamp": stamp, "key": key, "delete": True} for key in keys]

    def read(self, now: int, *, dry: bool = False, **script: Any) -> Answer:
        """Run the feed at a second of the CRM; what else the script says holds for this read alone."""
        self.write("crm.json", json.dumps({**self.script, **script, "now": now}))
        return self.run(dry=dry)

    def begin_at(self, now: int) -> None:
        """Read everything there is and approve it."""
        assert self.read(now).code == 0
        assert self.approve().code == 0

    def killed_at(self, point: str, now: int, **script: Any) -> None:
        """Run the feed, and be killed at a write."""

        def kill(name: str) -> None:
            if name == point:
                raise Killed

        faults.arm(kill)
        with pytest.raises(Killed):
            self.read(now, **script)
        faults.disarm()

    def _happens(self, stamp: int, key: str, cells: dict[str, str], **how: int) -> None:
        row = {DATED: "", "left": "", **someone(key), **cells}
        self.script["events"].append({"stamp": stamp, "row": row, **how})

    @property
    def cursor(self) -> str | None:
        """Where the next increment goes on."""
        with self._reading() as tx:
            return cursor_of(tx, "people")

    def state(self) -> Mirror | None:
        """The file of the feed's state, if it was written."""
        with self._reading() as tx:
            return mirrors(tx).get("state of people")

    @property
    def landed(self) -> list[Path]:
        """The files of everything that was landed, in order."""
        with self._reading() as tx:
            return [self.folder / "var" / one.path for one in segments(tx, "people")]

    def rows(self, *files: Path, columns: str = "*") -> list[Row]:
        """The rows of Parquet files, as they stand in them."""
        with open_session(self.folder / "var") as session:
            query = f"SELECT {columns} FROM read_parquet($1, union_by_name = true)"  # noqa: S608 - our own columns
            return session.rows(query, [[str(one.resolve()) for one in files]])

    def _reading(self) -> AbstractContextManager[Connection]:
        if self._database is None:
            self._database = open_database(self.database_url)
        return reading(self._database)

    _database: Engine | None = None

    def close(self) -> None:
        """Let the database go."""
        if self._database is not None:
            self._database.dispose()


def sums(run: Answer) -> bool:
    """Whether every row of a run is counted exactly once."""
    counted = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
    return sum(int(run[name]) for name in counted) == int(run["read"])
