"""The facts of a workspace's feeds as known at a revision, for the engine to read."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from calc.inputs import score_columns, transaction_columns
from calc.pay_run import PayState
from domain.errors import FixFile
from domain.facts import FactKind
from engine.facts import KnownFacts
from formula.expression import ColumnType
from mapping.facts import SPLITS, columns_of, read_columns
from mapping.rules import resolve
from store.facts import Generation, fact_segments, generations
from store.head import current_revision
from store.pay_runs import pay_runs
from syncd.configuration.settings import Into, Workspace
from syncd.world import World

#: What pay does not rest on by itself.
_UNPAID = frozenset((FactKind.TABLES, FactKind.UNITS))


def facts_as_known(tx: Connection, world: World, revision: int) -> list[KnownFacts]:
    """Give what is known of every feed of facts, by name. `FixFile` where the configuration has lost one of them."""
    must_have_feeds(tx, world, revision)
    return [known_facts(tx, world, one, revision) for one in generations(tx, revision) if _is_fed(world, one)]


def must_have_feeds(tx: Connection, world: World, revision: int | None = None) -> None:
    """Refuse a configuration without a feed that facts are known of: they would be gone, and so what was paid for them.

    Raises `FixFile`, with what was committed so far. A table is the affair of the mappings that look it up, and
    of units without a feed the ids are left.
    """
    asked = current_revision(tx) if revision is None else revision
    for one in generations(tx, asked):
        if one.kind not in _UNPAID and not _is_fed(world, one) and fact_segments(tx, one.id, asked):
            paid = ", ".join(f"{run}" for run in pay_runs(tx) if run.state is PayState.COMMITTED)
            raise FixFile(
                f"syncd.yaml has no feed '{one.feed}' into {one.kind.value} any more, and pay rests on its facts"
                f"{f' (committed: {paid})' if paid else ''}: put it back, or where it is called otherwise now say "
                f"`was: {one.feed}` there"
            )


def _is_fed(world: World, generation: Generation) -> bool:
    feed = world.workspace.feed_named(generation.feed)
    return feed is not None and feed.name == generation.feed and feed.into.facts is generation.kind


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
    return transaction_columns(mapped_fields(workspace).values())


def mapped_fields(workspace: Workspace) -> dict[str, dict[str, ColumnType]]:
    """Give what each feed of what is credited maps: transactions, then scores as they stand beside these."""
    found: dict[str, dict[str, ColumnType]] = {}
    for into in (Into.TRANSACTIONS, Into.SCORES):
        for feed in workspace.feeds.values():
            if feed.into is into:
                columns = columns_of(resolve(feed.mapping, workspace.attributes, feed.into.facts))
                found[feed.name] = score_columns(columns) if into is Into.SCORES else columns
    return found


def credited_columns(facts: Iterable[KnownFacts], workspace: Workspace) -> dict[str, ColumnType]:
    """Give the columns of transactions as known, scores beside them, and of those that the configuration maps."""
    facts = tuple(facts)
    sold = (one.columns for one in facts if one.kind is FactKind.TRANSACTIONS)
    scored = (score_columns(one.columns) for one in facts if one.kind is FactKind.SCORES)
    return transaction_columns((*sold, *scored, mapped_transactions(workspace)))
