"""Other feeds that say who joins and leaves: whom they have now, and how a record of this one stands beside that."""

from __future__ import annotations

import csv
from collections.abc import Collection

from sqlalchemy import Connection

from domain.change import OPEN, UNSEEN, Kind
from domain.population import HOME, Place, Presence, place_of, population_of
from domain.record import Known, MappedRecord
from domain.speaking import OneOf
from domain.step import Version
from domain.value import as_day
from engine import populations as engine
from mapping.compile import compile_mapping
from store.changes import ChangeFilter, changes, each_change
from store.database import reading
from syncd.changes.cells import day_of, number_of
from syncd.changes.others import map_state
from syncd.configuration.settings import FeedSettings
from syncd.feeds.work import Work


class Populations:
    """What the other populations have of the people of a read; nothing where there is one population."""

    def __init__(self, work: Work, first_view: int) -> None:
        """Map what they have now; their views are numbered from `first_view`."""
        self._work, self._theirs = work, dict[int, list[Presence]]()
        owners = work.world.workspace.owners
        self._others = [one for one in owners if one.name != work.feed.name] if work.feed.owns_roster else []
        self._names = [one.name for one in owners]
        self._rank = next((rank for rank, one in enumerate(owners) if one.name == work.feed.name), 0)
        if self._others:
            self._gather(first_view, {one.name: rank for rank, one in enumerate(owners)})

    @property
    def others(self) -> tuple[str, ...]:
        """The other populations; none where there is only one."""
        return tuple(one.name for one in self._others)

    @property
    def name(self) -> str | None:
        """The population of the feed that is read; None where there is only one."""
        return self._work.feed.name if self._others else None

    def look_at(self, people: Collection[int]) -> None:
        """Learn what the others have of some people: the next ones that are judged."""
        self._theirs = {}
        for person, feed, rank, key, link, begins, last_day, has_left in (
            engine.presence_rows(self._work.session, people) if self._others else ()
        ):
            one = OneOf(
                (0, str(feed)), str(key), number_of(link), day_of(begins), day_of(last_day), has_left=bool(has_left)
            )
            self._theirs.setdefault(int(str(person)), []).append(Presence(str(feed), number_of(rank) or 0, one))

    def of_record(self, record: MappedRecord, known: Known, link: int | None) -> Place:
        """Say how a record of somebody stands beside those of the other populations."""
        if not self._others:
            return HOME
        values = record.values
        begins = record.effective or as_day(values.get("hire_date"))
        one = OneOf(
            (record.row, record.place), record.key, link, begins, as_day(values.get("termination_date")),
            has_left=values.get("status") == "terminated",
        )  # fmt: skip
        return self._place(one, known.person, known.version)

    def is_elsewhere(self, person: int, key: str, version: Version | None = None) -> bool:
        """Tell whether somebody who is gone from this population, or out of its scope, is in another one."""
        if not self._others:
            return False
        return self._place(OneOf((0, ""), key, 0, is_gone=True), person, version).is_silent

    def moot_endings(self, tx: Connection) -> list[int]:
        """Give the endings that wait because another population no longer has somebody whom this read has."""
        if not self._others:
            return []
        waiting = {
            one.id: one.person
            for feed in self._others
            for one in each_change(tx, ChangeFilter(states=OPEN, kind=Kind.TERMINATION, feed=feed.name))
            if one.ending in UNSEEN
        }
        if not waiting:
            return []
        self._load_asked(tx)
        work = self._work
        people = set(waiting.values())
        here = set(engine.going_on_here(work.session, work.feed.source.name, people, work.world.today))
        return [number for number, person in waiting.items() if person in here]

    def _place(self, one: OneOf, person: int, version: Version | None) -> Place:
        own = Presence(self._work.feed.name, self._rank, one)
        said = population_of(version, self._names)
        others, today = self._theirs.get(person, ()), self._work.world.today
        return place_of(own, said, others, today, is_participant=version is not None)

    def _gather(self, first_view: int, ranks: dict[str, int]) -> None:
        work, workspace = self._work, self._work.world.workspace
        with reading(work.world.database) as tx:
            self._load_asked(tx)
        have_them, found = engine.find_named(work.session), list[engine.Population]()
        here = [one for one in self._others if one.source.name in have_them]
        for view, feed in enumerate(here, first_view):
            form = compile_mapping(feed.mapping, workspace.attributes, None, workspace.tables)
            map_state(work.world, work.session, feed, form, view, engine.named_keys(feed.source.name))
            found.append(engine.Population(feed.name, feed.source.name, view, ranks[feed.name], feed.has_days))
        engine.gather_presence(work.session, found, work.world.today)

    def _load_asked(self, tx: Connection) -> None:
        """Tell the engine which records of populations are proposed to be somebody."""
        path, names = self._work.scratch / "asked_links.csv", _names([*self._others, self._work.feed])
        asked = [one for one in changes(tx, ChangeFilter(states=OPEN, kind=Kind.LINK)) if one.feed in names]
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = ((one.source, one.source_key, one.person) for one in asked)
            csv.writer(file, lineterminator="\n").writerows(rows)
        engine.load_asked_links(self._work.session, path)


def _names(feeds: Collection[FeedSettings]) -> set[str]:
    return {one.name for one in feeds}
