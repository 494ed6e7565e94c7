"""The other feeds that map the same attributes of people: what they say of them now, brought into the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.attributes import AttributeType
from domain.problem import Problem, Severity
from domain.value import digest
from domain.whose import OnNull, Whose, ordered
from engine.heard import Sent, find_meant, find_sent
from engine.mapped import map_rows
from engine.near import MAPPED_PEOPLE
from engine.said import (
    NOBODY,
    Sayer,
    Saying,
    Shared,
    find_their_records,
    gather_said,
    mapped_name,
    their_keys,
)
from engine.session import Session
from engine.state import fold, has_columns
from mapping.compile import MappingForm, compile_mapping
from mapping.rules import DEFAULT_BY, key_columns
from syncd.configuration.settings import FeedSettings, Workspace
from syncd.facts.lookups import load_tables
from syncd.feeds.feed_state import state_files
from syncd.feeds.work import Work
from syncd.world import World

#: The query of all people whom the source that is read has.
EVERYBODY = "SELECT person FROM links"


@dataclass(frozen=True, slots=True)
class Others:
    """Feeds that share attributes with the one that is read.

    forms   their mappings, by feed
    whose   whose value counts, of every attribute of which that is said or that is shared
    saying  the same for the engine
    """

    feeds: tuple[FeedSettings, ...] = ()
    forms: Mapping[str, MappingForm] = field(default_factory=dict)
    whose: Mapping[str, Whose] = field(default_factory=dict)
    saying: Saying = NOBODY

    def meaning(self, form: MappingForm) -> str:
        """Give what the changes of a read depend on beside its rows and the roster, as a digest."""
        orders = [(name, self.whose[name].sources, self.whose[name].on_null) for name in sorted(self.saying.shared)]
        return digest(form.meaning, orders) if orders else form.meaning

    @property
    def sayers(self) -> list[tuple[str, str, list[str]]]:
        """Give who is heard of what, as long as their mappings mean the same."""
        pairs = zip(self.feeds, self.saying.sayers, strict=True)
        return [(feed.name, self.forms[feed.name].meaning, sorted(sayer.attributes)) for feed, sayer in pairs]


def others_of(workspace: Workspace, feed: FeedSettings, form: MappingForm) -> Others:
    """Find the feeds of people that map attributes which this one maps too, and that are not ours.

    Of feeds that each say who joins and leaves none speaks of whom another one has (`domain.population`).
    """
    several = len(workspace.owners) > 1
    whose = ordered(workspace.whose, form.attributes, workspace.roster_sources)
    open_ = {name for name, one in whose.items() if not one.is_ours}
    feeds, forms, sayers = [], {}, []
    for other in workspace.feeds.values():
        if other.name == feed.name or other.into.facts is not None or (feed.owns_roster and other.owns_roster):
            continue
        theirs = compile_mapping(other.mapping, workspace.attributes, None, workspace.tables)
        if names := sorted(open_.intersection(theirs.attributes)):
            feeds.append(other)
            forms[other.name] = theirs
            own = other.name if several and other.owns_roster else None
            named = {name: named_by(theirs, name) for name in names}
            sayers.append(Sayer(other.source.name, named, other.has_days, own))
    shared = {name for sayer in sayers for name in sayer.attributes}
    saying = Saying(tuple(sayers), {name: _shared(name, whose[name], feed, sayers) for name in sorted(shared)})
    kept = {name: one for name, one in whose.items() if name in workspace.whose or name in shared}
    return Others(tuple(feeds), forms, kept, saying)


def sharing(work: Work, others: Others) -> Others:
    """Give those of the other feeds that have any of the people of this source.

    What a run takes follows from whom its source has: feeds that share nobody with it are not even read.
    """
    have_them = find_their_records(work.session, EVERYBODY) if others.feeds else frozenset[str]()
    numbers = [nth for nth, feed in enumerate(others.feeds) if feed.source.name in have_them]
    return replace(
        others, feeds=tuple(others.feeds[nth] for nth in numbers), saying=others.saying.among(numbers)
    )  # fmt: skip


def hear(work: Work, others: Others) -> None:
    """Find out by what else the other feeds may say of each person than when they were heard before."""
    pairs = list(zip(others.feeds, others.saying.sayers, strict=True))
    if all(_is_said_as_sent(feed, others.forms[feed.name], sayer) for feed, sayer in pairs):
        find_sent(work.session, [_sent(work, feed, others.forms[feed.name]) for feed in others.feeds])
        return
    _map_said(work, others, EVERYBODY)
    find_meant(work.session, others.saying)


def gather_others(work: Work, others: Others) -> None:
    """Map into `said` what the other feeds have now of whom the rows that are mapped may be about."""
    for feed in _map_said(work, others, MAPPED_PEOPLE):
        message = f"{feed.name} says nothing until it is read again: its mapping reads columns that it did not"
        work.report.problems.append(Problem(None, "not_read_again", message, Severity.WARNING))


def _map_said(work: Work, others: Others, people: str) -> list[FeedSettings]:
    """Make `said` of the people of a query; give the feeds of which too little is kept for that."""
    session, lacking = work.session, []
    if others.feeds:
        find_their_records(session, people)
    for nth, feed in enumerate(others.feeds):
        if not map_state(work.world, session, feed, others.forms[feed.name], nth, their_keys(feed.source.name)):
            lacking.append(feed)
    gather_said(session, others.saying, work.world.today)
    return lacking


def _is_said_as_sent(feed: FeedSettings, form: MappingForm, sayer: Sayer) -> bool:
    """Tell whether what a feed says of somebody follows from their records alone: not from a day, a post, a table."""
    return not (feed.posts or feed.days or form.tables or sayer.population)


def _sent(work: Work, feed: FeedSettings, form: MappingForm) -> Sent:
    files = state_files(work.world, feed.name)
    is_enough = not files or has_columns(work.session, files, form.reads)
    return Sent(feed.source.name, files if is_enough else [], key_columns(feed.mapping), form.reads)


def map_state(world: World, session: Session, feed: FeedSettings, form: MappingForm, nth: int, only: str) -> bool:
    """Map the newest records of some keys of a feed as `engine.said` wants them; false where too little is kept.

    `only` is the query of those keys.
    """
    files = state_files(world, feed.name)
    is_enough = not files or has_columns(session, files, form.reads)
    parts = {"posts": feed.posts, "days": feed.days}
    fold(session, f'"state:{nth}"', files if is_enough else [], form.reads, key_columns(feed.mapping), only, **parts)
    load_tables(world, session, form)
    map_rows(session, form, f"state:{nth}", mapped_name(nth))
    return is_enough


def named_by(form: MappingForm, name: str) -> str | None:
    """Give the id by which an attribute names a person; None for one that does not."""
    rule = form.rules[name]
    return (rule.rule.by or DEFAULT_BY) if rule.type is AttributeType.PARTICIPANT else None


def _shared(name: str, whose: Whose, feed: FeedSettings, sayers: list[Sayer]) -> Shared:
    """Say which of the others go before a feed for an attribute, and which stand beside it."""
    own = whose.rank(feed.source.name)
    ranks = {nth: whose.rank(one.source) for nth, one in enumerate(sayers) if name in one.attributes}
    return Shared(
        before=tuple(nth for nth, rank in ranks.items() if rank < own),
        beside=tuple(nth for nth, rank in ranks.items() if rank == own),
        others=tuple(ranks),
        null_counts=whose.on_null is OnNull.CLEAR,
        falls_back=whose.on_null is OnNull.FALLBACK,
    )
