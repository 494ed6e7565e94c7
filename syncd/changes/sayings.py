"""What each source says of people now, attribute by attribute, and how old that is."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from domain.value import Value
from domain.whose import Opinion, Whose, counting, ordered
from engine.said import SAID, SAYS, Sayer, Saying, among, find_their_records, gather_said, said_rows, their_keys
from engine.session import open_session
from mapping.compile import compile_mapping
from store.database import reading
from store.runs import newest_finished, runs
from syncd.changes.cells import value_of
from syncd.changes.others import map_state, named_by
from syncd.configuration.settings import FeedSettings
from syncd.mirror import load_roster
from syncd.world import World

#: Of a person and an engagement: what is said of each attribute.
Of = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a source says of one attribute of somebody.

    read_on   the day of the read that it is known from; is_stale  the feed's newest run came to nothing
    """

    opinion: Opinion
    read_on: date | None
    is_stale: bool


def sayings(world: World, persons: Collection[int] | None = None) -> Mapping[Of, Mapping[str, list[Told]]]:
    """Give what the sources say of people (None: of all), in the order in which each attribute hears them."""
    workspace = world.workspace
    found: defaultdict[Of, defaultdict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    with (
        open_session(workspace.var, keeps_order=False) as session,
        tempfile.TemporaryDirectory(dir=workspace.var / "tmp") as scratch,
    ):
        load_roster(world, session, Path(scratch))
        have_them = find_their_records(session, among(persons))
        feeds = [one for one in workspace.feeds.values() if one.into.facts is None and one.source.name in have_them]
        sayers: list[Sayer] = []
        for nth, feed in enumerate(feeds):
            form = compile_mapping(feed.mapping, workspace.attributes, None, workspace.tables)
            map_state(world, session, feed, form, nth, their_keys(feed.source.name))
            sayers.append(Sayer(feed.source.name, {name: named_by(form, name) for name in form.attributes}))
        saying = Saying(tuple(sayers))
        gather_said(session, saying, world.today)
        ages = [_age(world, feed) for feed in feeds]
        for person, engagement, cells in said_rows(session, saying, persons):
            for nth, sayer in enumerate(sayers):
                for name in sayer.attributes:
                    if cells[SAYS.format(nth, name)]:
                        value = value_of(workspace.attributes[name], cells[SAID.format(nth, name)])
                        found[person, engagement][name].append(Told(Opinion(sayer.source, value), *ages[nth]))
    whose = ordered(workspace.whose, sorted(workspace.attributes), workspace.roster_sources)
    return {
        of: {name: sorted(told, key=partial(_place, whose[name])) for name, told in by_name.items()}
        for of, by_name in found.items()
    }


def differing(world: World, person: int, engagement: str, values: Mapping[str, Value]) -> list[tuple[str, Opinion]]:
    """Give the opinions that count and are not what some values are to be: by attribute, those who say otherwise."""
    said = sayings(world, [person]).get((person, engagement), {})
    names = sorted(values.keys() & said.keys())
    whose = ordered(world.workspace.whose, names, world.workspace.roster_sources)
    return [
        (name, opinion)
        for name in names
        for opinion in counting([one.opinion for one in said[name]], whose[name])
        if opinion.value != values[name] and not whose[name].is_ours
    ]


def _place(whose: Whose, told: Told) -> tuple[int, str]:
    return whose.rank(told.opinion.source), told.opinion.source


def _age(world: World, feed: FeedSettings) -> tuple[date | None, bool]:
    with reading(world.database) as tx:
        finished = newest_finished(tx, feed.name)
        newest = max((one.id for one in runs(tx, feed.name) if not one.dry), default=0)
    return (finished.today, newest != finished.id) if finished else (None, True)
