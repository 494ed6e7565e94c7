"""What a source has now beside what is known of it: read once more in full, and nothing of that kept."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from domain.attributes import AttributeType
from domain.change import OPEN
from domain.dated_changes import set_by
from domain.errors import FixFile, ReadFailed
from domain.facts import PROPOSED, FactKind
from engine import verified as engine
from engine.facts import facts_query
from engine.mapped import map_rows
from engine.mirror import links_of
from engine.population import name_people
from engine.sent_dated import gather_dated, people_who_have
from engine.session import Cell, Row, Session, open_session
from engine.typed import type_rows
from engine.verified import Counts
from formula.quantity import Quantity, unscaled
from mapping.compile import compile_mapping
from mapping.facts import SPLITS, compile_facts
from mapping.rules import missing_columns
from store.changes import ChangeFilter, changes
from store.database import reading
from store.facts import generation_of
from store.head import current_revision
from store.history import steps_of
from store.overrides import active_overrides
from store.problems import quarantine
from store.rejections import rejections_of
from syncd.changes.cells import text_of
from syncd.changes.dated import comparison_of_dated
from syncd.changes.histories import load_filed_days
from syncd.changes.others import named_by
from syncd.configuration.settings import FeedSettings
from syncd.facts.known import known_facts
from syncd.facts.lookups import load_tables
from syncd.mirror import load_roster
from syncd.online import read_now
from syncd.show import Progress
from syncd.world import World

#: How many records are named of each kind.
NAMED = 20
_NUMBERS = (AttributeType.DECIMAL, AttributeType.WHOLE, AttributeType.MONEY)


@dataclass(frozen=True, slots=True)
class Differing:
    """One value that is otherwise at the source; `change` asks for it, `why` says what else is known of that."""

    key: str
    person: int | None
    name: str
    there: str | None
    known: str | None
    why: str
    change: int | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What came out.

    sums       (name, currency where it is of facts, sum at the source, sum that is known)
    differing  how many records differ, and `values` the first of them
    missing    the first keys that only the source has, and `gone` those that it has not
    waiting    how many of those that only the source has are in quarantine
    """

    counts: Counts
    sums: tuple[tuple[str, str | None, str, str], ...]
    differing: int = 0
    values: tuple[Differing, ...] = ()
    missing: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    waiting: int = 0

    @property
    def agrees(self) -> bool:
        """Tell whether nothing differs."""
        one = self.counts
        return not self.differing and one.there == one.known == one.both


def verify(world: World, feed: FeedSettings, progress: Progress) -> Verified:
    """Compare a feed's source with what is known. Errors: `ReadFailed`, `TryLater`, `FixAccess`, `FixFile`."""
    kind = feed.into.facts
    tmp = world.workspace.var / "tmp"
    with (
        progress.step(f"{feed.name}: comparing {feed.source.name} with what is known"),
        tempfile.TemporaryDirectory(dir=tmp) as scratch,
        open_session(world.workspace.var) as session,
    ):
        sent = read_now(world, feed, session, Path(scratch))
        if gone := missing_columns(feed.mapping, sent.columns):
            raise ReadFailed(f"{feed.name}: {feed.source.name} has no column {', '.join(map(repr, gone))}")
        load_roster(world, session, Path(scratch))
        if kind is None:
            if feed.has_days:
                load_filed_days(world, feed, session, Path(scratch))
            return _people(world, feed, session)
        return _dated(world, feed, session) if kind in PROPOSED else _facts(world, feed, kind, session)


def _people(world: World, feed: FeedSettings, session: Session) -> Verified:
    workspace = world.workspace
    form = compile_mapping(feed.mapping, workspace.attributes, None, workspace.tables)
    load_tables(world, session, form)
    map_rows(session, form, "landed", "mapped")
    links_of(session, feed.source.name)
    references = {name: by for name in form.attributes if (by := named_by(form, name)) is not None}
    engine.verify_people(session, form.attributes, references, form.notes, world.today, has_days=feed.has_days)
    numbers = [name for name in form.attributes if workspace.attributes[name] in _NUMBERS]
    number, rows = engine.differing(session, form.attributes, NAMED)
    sums = tuple(
        (name, part, _plain(there), _plain(known)) for name, part, there, known in engine.sums(session, numbers)
    )
    found = _sides(world, feed, session, Verified(engine.counts(session), sums, number))
    return replace(found, values=tuple(_explained(world, rows)))


def _dated(world: World, feed: FeedSettings, session: Session) -> Verified:
    """Compare quotas or memberships; of a feed that is no history those that hold by now, or later."""
    workspace = world.workspace
    form = compile_mapping(feed.mapping, workspace.attributes, feed.into.facts, workspace.tables)
    load_tables(world, session, form)
    map_rows(session, form, "landed", "mapped")
    comparison = comparison_of_dated(world, feed, form, finds_gone=True)
    gather_dated(session, comparison)
    with reading(world.database) as tx:
        steps = steps_of(tx, people_who_have(session, comparison.sort))
    own = [(*whose, *which) for whose, mine in steps.items() for which in set_by(mine, feed.name)]
    engine.verify_dated(session, comparison.sort, feed.protected, own, None if feed.history else world.today)
    number, rows = engine.differing_dated(session, NAMED)
    amounts = engine.sums(session, ["amount"], by="currency") if comparison.kind is FactKind.QUOTAS else []
    sums = tuple((name, part or None, _plain(there), _plain(known)) for name, part, there, known in amounts)
    found = _sides(world, feed, session, Verified(engine.counts(session), sums, number))
    return replace(found, values=tuple(_explained(world, rows)))


def _facts(world: World, feed: FeedSettings, kind: FactKind, session: Session) -> Verified:
    workspace = world.workspace
    form = compile_facts(feed.mapping, kind, workspace.source_names, workspace.tables)
    load_tables(world, session, form.mapping)
    map_rows(session, form.mapping, "landed", "mapped")
    name_people(session)
    with reading(world.database) as tx:
        revision = current_revision(tx)
        generation = generation_of(tx, feed.name, revision)
        if generation is None:
            raise FixFile(f"{feed.name} was never read: `run {feed.name}` first")
        known = known_facts(tx, world, generation, revision)
    type_rows(session, form, form.columns)
    names = (*form.columns, *([SPLITS] if form.has_splits and known.has_splits else []))
    engine.verify_facts(session, names, facts_query(known, form.columns))
    scales = {name: kind.scale for name, kind in form.columns.items() if isinstance(kind, Quantity)}
    by = "currency" if "currency" in form.columns else None
    sums = tuple(
        (name, part, _exact(one, scales[name]), _exact(other, scales[name]))
        for name, part, one, other in engine.sums(session, sorted(scales), by=by)
    )
    number, rows = engine.differing(session, names, NAMED)
    values = []
    for key, _, _, name, there, held in rows:
        said, ours = (_shown(cell, scales.get(str(name))) for cell in (there, held))
        values.append(Differing(str(key), None, str(name), said, ours, "changed at the source since it was read"))
    return replace(_sides(world, feed, session, Verified(engine.counts(session), sums, number)), values=tuple(values))


def _sides(world: World, feed: FeedSettings, session: Session, found: Verified) -> Verified:
    sides = list(engine.on_one_side(session, NAMED))
    with reading(world.database) as tx:
        aside = [one.key for one in quarantine(tx, feed.name)]
    return replace(
        found,
        waiting=engine.only_there(session, aside),
        missing=tuple(key for key, _, is_there in sides if is_there),
        gone=tuple(key for key, _, is_there in sides if not is_there),
    )


def _explained(world: World, rows: list[Row]) -> list[Differing]:
    """Say of each value that differs what is known of that."""
    people = {int(str(row[1])) for row in rows}
    with reading(world.database) as tx:
        asked = changes(tx, ChangeFilter(states=OPEN, participants=people)) if people else []
        hidden = active_overrides(tx, world.today)
        remembered = rejections_of(tx, people)
    found = []
    for key, person, post, name, there, known in rows:
        of = (int(str(person)), str(post))
        mine = [one for one in asked if (one.person, one.engagement) == of and name in one.after]
        override = hidden.get(of, {}).get(str(name))
        change = mine[-1].id if mine else None
        if override is not None:
            why = f"hidden by O{override.id}"
        elif any(one.in_force(world.today) and name in one.values for one in remembered.get(of[0], ())):
            why = "refused before"
        elif mine:
            why = "waits for a decision"
        elif (whose := world.workspace.whose.get(str(name))) is not None and (whose.is_ours or whose.sources):
            why = "the value of another source, or ours, may count"
        else:
            why = "decided otherwise here, or changed at the source since it was read"
        found.append(Differing(str(key), of[0], str(name), text_of(there), text_of(known), why, change))
    return found


def _plain(number: str) -> str:
    return f"{Decimal(number).normalize():f}"


def _exact(whole: str, scale: int) -> str:
    return f"{unscaled(int(whole.partition('.')[0]), scale):f}"


def _shown(cell: Cell, scale: int | None) -> str | None:
    return None if cell is None else str(cell) if scale is None else _exact(str(cell), scale)
