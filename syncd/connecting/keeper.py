"""Where the tokens of connections are: in the database, sealed; renewed by one process at a time, kept before use."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import Connection

from connectors.base import Budgeted, Source
from connectors.connecting import Connects, Keeper, Kept
from connectors.opening import open_source
from connectors.sealing import seal, unseal
from domain.errors import FixAccess, LeaseLost, SyncError, TryLater
from store.connections import (
    RENEWING,
    ConnectionRecord,
    begin_renewal,
    connection_of,
    give_back_connection,
    keep_connection,
    renew_connection,
)
from store.database import reading, writing
from store.requests import requests_sent
from syncd.configuration.settings import SourceSettings
from syncd.world import World, roots_of

#: For how long a request counts, where a day has only so many.
DAY = timedelta(hours=24)
#: Seconds between two looks whether somebody else has renewed what we wait for.
LOOK = 0.5


def opened(world: World, source: SourceSettings, *, sent: int = 0) -> Source:
    """Open a source, say where its tokens are kept, and how many requests of a day were sent already.

    `sent` are those of a run that goes on, which no finished run speaks of. Errors: those of opening it.
    """
    found = open_source(source.kind, source.settings, roots_of(world))
    if isinstance(found, Connects):
        found.keep_tokens(keeper_of(world, source.name))
    if isinstance(found, Budgeted):
        feeds = [feed.name for feed in world.workspace.feeds.values() if feed.source.name == source.name]
        with reading(world.database) as tx:
            before, allowed = requests_sent(tx, feeds, world.now() - DAY)
        found.has_sent(before + sent, allowed)
    return found


def keeper_of(world: World, source: str) -> Keeper:
    """Give where the tokens of a source are kept."""
    return _Keeper(world, source)


def keep_first(tx: Connection, world: World, source: str, kept: Kept, by: str) -> None:
    """Keep what was got when somebody agreed."""
    keep_connection(tx, source, _sealed(kept), by, world.now())


def pause(seconds: float) -> None:
    """Wait; tests let a clock of their own go on."""
    time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class _Keeper:
    """See `connectors.connecting.Keeper`."""

    world: World
    source: str

    def kept(self) -> Kept:
        return _opened(self._record())

    def renewed(self, spent: Kept, ask: Callable[[str], Kept]) -> Kept:
        waited = 0.0
        while True:
            seen = self._record()
            if (kept := _opened(seen)).access != spent.access:
                return kept
            with writing(self.world.database) as tx:
                token = begin_renewal(tx, seen, self.world.now())
            if token is not None:
                return self._ask(token, kept, ask)
            if waited > RENEWING.total_seconds():
                raise TryLater(f"another process takes too long to renew the tokens of {self.source}: run again")
            pause(LOOK)
            waited += LOOK

    def _ask(self, token: int, kept: Kept, ask: Callable[[str], Kept]) -> Kept:
        try:
            found = ask(kept.refresh)
        except SyncError:
            with writing(self.world.database) as tx:
                give_back_connection(tx, self.source, token)
            raise
        sealed = _sealed(found)
        try:
            with writing(self.world.database) as tx:
                renew_connection(tx, self.source, token, sealed, self.world.now())
        except LeaseLost:
            return self.kept()  # somebody agreed anew meanwhile, or took over: what they have is the newest
        return found

    def _record(self) -> ConnectionRecord:
        with reading(self.world.database) as tx:
            found = connection_of(tx, self.source)
        if found is None:
            raise FixAccess(f"nobody has agreed to the connection of {self.source} yet: `syncd connect {self.source}`")
        return found


def _sealed(kept: Kept) -> str:
    return seal(json.dumps(asdict(kept)))


def _opened(found: ConnectionRecord) -> Kept:
    return Kept(**json.loads(unseal(found.sealed)))
