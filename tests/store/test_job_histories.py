"""Whatever workers do and suffer, what was asked for is done after it was asked for, by one of them at a time."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.errors import LeaseLost
from store.database import open_database, writing
from store.jobs import Act, HeldJob, JobResult, JobState, enqueue, finish_job, give_back, jobs, renew_job, take
from tests.store.make import MINUTE, NOW

FEEDS = ("people", "sales")
WORKERS = ("one", "two", "three")
DONE = JobResult(JobState.DONE)

#: (what happens, to which feed or worker, or how many seconds go by)
Event = tuple[str, str | int]

events = st.one_of(
    st.tuples(st.just("asked"), st.sampled_from(FEEDS)),
    st.tuples(st.sampled_from(["takes", "beats", "finishes", "gives back", "dies"]), st.sampled_from(WORKERS)),
    st.tuples(st.just("time"), st.sampled_from([1, 20, 61])),
)


class Yard:
    """Feeds, workers and what each believes to hold."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.now = engine, NOW
        self.held: dict[str, HeldJob] = {}
        self.asked: dict[str, datetime] = {}

    def happens(self, event: Event) -> None:
        what, who = event
        if isinstance(who, int):
            self.now += timedelta(seconds=who)
        elif what == "asked":
            with writing(self.engine) as tx:
                enqueue(tx, Act.RUN, who, by="clock", now=self.now)
            self.asked[who] = self.now
        elif what == "takes" and who not in self.held:
            with writing(self.engine) as tx:
                found = take(tx, who, self.now)
            self.held |= {who: found} if found else {}
        elif who in self.held and what != "takes":
            self._does(what, who)

    def _does(self, what: str, who: str) -> None:
        held = self.held[who] if what == "beats" else self.held.pop(who)
        with suppress(LeaseLost), writing(self.engine) as tx:
            if what == "beats":
                renew_job(tx, held, self.now)
            elif what == "finishes":
                finish_job(tx, held, DONE, self.now)
            elif what == "gives back":
                give_back(tx, held, self.now, self.now + MINUTE / 2, "stopped")

    def holders(self) -> list[str]:
        """The feeds of all who may still write, each as often as somebody may."""
        found = []
        for held in self.held.values():
            with suppress(LeaseLost), writing(self.engine) as tx:
                renew_job(tx, held, self.now)
                found.append(held.about)
        return found

    def works_off(self) -> None:
        """Let everybody die, and one good worker do what is left."""
        self.held.clear()
        for _ in range(2 * len(FEEDS) + 1):
            self.now += 2 * MINUTE
            self.happens(("takes", "good"))
            self.happens(("finishes", "good"))


@settings(max_examples=60)
@given(st.lists(events, max_size=40))
def test_what_was_asked_for_is_done_after_it_was_asked_for(empty_sqlite: Path, history: list[Event]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(empty_sqlite, f"{folder}/store.db")
        engine = open_database(f"sqlite:///{folder}/store.db")
        yard = Yard(engine)
        for event in history:
            yard.happens(event)
        holders = yard.holders()
        assert len(holders) == len(set(holders))
        yard.works_off()
        with writing(engine) as tx:
            kept = jobs(tx)
        engine.dispose()
    assert {one.state for one in kept} <= {JobState.DONE, JobState.MERGED, JobState.FAILED}
    for feed, asked in yard.asked.items():
        done = [one.started_at for one in kept if one.about == feed and one.state is not JobState.MERGED]
        assert any(begun and begun >= asked for begun in done), (feed, kept)
