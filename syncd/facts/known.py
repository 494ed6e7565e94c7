"""The facts of a workspace's feeds as known at a revision, for the engine to read."""

from __future__ import annotations

from sqlalchemy import Connection

from calc.inputs import transaction_columns
from engine.facts import KnownFacts
from formula.expression import ColumnType
from mapping.facts import SPLITS, columns_of, read_columns
from mapping.rules import resolve
from store.facts import Generation, fact_segments, generations
from syncd.configuration.settings import Into, Workspace
from syncd.world import World


def facts_as_known(tx: Connection, world: World, revision: int) -> list[KnownFacts]:
    """Give what is known of every feed of facts that the configuration has, by name.

    A feed that was renamed begins anew: what it brought under its old name is that name's, and nobody's.
    """
    feeds = world.workspace.feeds
    return [
        known_facts(tx, world, one, revision)
        for one in generations(tx, revision)
        if one.feed in feeds and feeds[one.feed].into.facts is one.kind
    ]


def known_facts(tx: Connection, world: World, generation: Generation, revision: int) -> KnownFacts:
    """Give what is known of one generation at a revision."""
    var = world.workspace.var
    segments = fact_segments(tx, generation.id, revision)
    return KnownFacts(
        feed=generation.feed,
        kind=generation.kind,
        columns=read_columns(generation.columns),
        has_splits=SPLITS in generation.columns,
        table=generation.name,
        files=tuple(var / one.path for one in segments if not one.replaces),
        replaced=tuple(var / one.path for one in segments if one.replaces),
    )


def mapped_transactions(workspace: Workspace) -> dict[str, ColumnType]:
    """Give the columns of transactions that the configuration maps, before anything was read: what plans may name."""
    return transaction_columns(
        columns_of(resolve(feed.mapping, workspace.attributes, feed.into.facts))
        for feed in workspace.feeds.values()
        if feed.into is Into.TRANSACTIONS
    )
