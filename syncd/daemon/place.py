"""The workspace of a process that goes on for long: read again when its files change, on the day it is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from math import inf
from pathlib import Path
from time import monotonic

from domain.errors import FixFile, SyncError
from store.database import must_be_at_head
from syncd.daemon.log import say
from syncd.world import World, on_its_day, on_this_day, renewed

_Stamps = dict[Path, tuple[int, int]]
#: After how many seconds the database is asked for its time again: to ask takes as long as to keep a message.
_ASKED_AGAIN = 5.0


@dataclass(slots=True)
class Place:
    """A workspace, of which `world` is asked whenever something is to be done; each thread has its own."""

    opened: World
    today: date | None
    who: str
    _stamps: _Stamps = field(default_factory=dict)
    _complaint: str | None = None
    _asked: float = -inf

    def world(self) -> World:
        """Give the workspace as its files are now. `FixFile` where they have mistakes; that is said once."""
        stamps = self._now()
        try:
            if not stamps or stamps != self._stamps:
                must_be_at_head(self.opened.database)
                self.opened = renewed(self.opened, self.today)
                self._stamps = self._now()
            else:
                self.as_it_was()
        except FixFile as wrong:
            if wrong.message != self._complaint:
                self.say("configuration.mistake", mistakes=len(wrong.mistakes) or None, remedy="syncd check")
            self._complaint, self._stamps = wrong.message, {}
            raise
        self._complaint = None
        return self.opened

    def as_it_was(self) -> World:
        """Give the workspace as its files were when they were last without mistakes, on the day it is now.

        `Refused`, which ends the process, where another syncd has migrated the database meanwhile.
        """
        if (asked := monotonic()) - self._asked > _ASKED_AGAIN:
            must_be_at_head(self.opened.database)
            self.opened, self._asked = on_its_day(self.opened.workspace, self.opened.database, self.today), asked
        else:
            self.opened = on_this_day(self.opened, self.today)
        return self.opened

    def say(self, what: str, **about: object) -> None:
        """Write a line of the log."""
        say(self.opened.now(), self.who, what, **about)

    def troubled(self, error: SyncError, what: str) -> None:
        """Say that something could not be done now and is tried again later."""
        self.say(what, code=error.code)

    def _now(self) -> _Stamps:
        """Give what tells whether a file has changed; nothing of one that is gone."""
        folder = self.opened.workspace.folder
        found: _Stamps = {}
        for text in self.opened.workspace.texts:
            path = folder / text.path
            with suppress(OSError):
                status = path.stat()
                found[path] = (status.st_mtime_ns, status.st_size)
        return found
