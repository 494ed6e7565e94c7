"""The tables that a mapping looks up, as known now."""

from __future__ import annotations

from dataclasses import replace

from domain.facts import FactKind
from domain.value import digest
from engine.facts import KnownFacts
from engine.session import Session
from engine.tables import load_table
from formula.expression import Type
from mapping.compile import MappingForm
from mapping.facts import LOOKED_UP, FactForm
from store.database import reading
from store.facts import fact_segments, generation_of
from store.head import current_revision
from syncd.facts.known import known_facts
from syncd.feeds.work import Work
from syncd.world import World


def load_tables(world: World, session: Session, form: MappingForm) -> None:
    """Bring the tables that a mapping looks up into the engine; one that nothing was read of yet is empty."""
    feeds = {feed.table: feed for feed in world.workspace.feeds.values() if feed.table is not None}
    tables = world.workspace.tables
    with reading(world.database) as tx:
        revision = current_revision(tx)
        for name in form.tables:
            columns = dict.fromkeys((LOOKED_UP, *tables[name].columns), Type.TEXT)
            known = KnownFacts(feeds[name].name, FactKind.TABLES, columns)
            if generation := generation_of(tx, feeds[name].name, revision):
                known = known_facts(tx, world, generation, revision)
            load_table(session, name, known, tables[name].columns)


def with_tables(work: Work, form: FactForm) -> FactForm:
    """Give a form whose meaning is that of the tables it looks up too: when they change, its facts may."""
    if not form.mapping.tables:
        return form
    feeds = {feed.table: feed for feed in work.world.workspace.feeds.values() if feed.table is not None}
    states: list[int] = []
    with reading(work.world.database) as tx:
        revision = current_revision(tx)
        for name in form.mapping.tables:
            generation = generation_of(tx, feeds[name].name, revision)
            segments = fact_segments(tx, generation.id, revision) if generation else []
            states.append(segments[-1].id if segments else 0)
    return replace(form, meaning=digest(form.meaning, states))
