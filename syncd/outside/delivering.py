"""Deliveries: what would be written is previewed, kept row by row, approved, and goes out through the outbox.

What is approved is what was previewed, to the byte: rows are kept as they are sent. A row has the key of its ledger
entry, so that the same amount is one record there however often it is written.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from calc.pay_run import PayState
from connectors.connecting import Connects
from connectors.opening import writer_of, written_at
from connectors.writing import Place, Writer
from domain.currency import minor_digits
from domain.delivery import DeliveryState, Word, refusal_to_approve, stands_in_the_way
from domain.errors import FixFile, Refused
from domain.merging import last_of
from domain.value import digest
from store.audit import Act
from store.database import reading, writing
from store.deliveries import (
    Delivery,
    DeliveryRow,
    count_rows,
    deliveries_to,
    delivery_digest,
    delivery_of,
    keep_delivery,
    move_delivery,
    rows_of_delivery,
    written_cells,
)
from store.delivery_proof import APPROVE, DROP, PREVIEW
from store.head import allocate, current_revision
from store.ledger import LedgerEntry, ledger_entries
from store.outbox import Asked, EffectRecord, ask
from store.pay_runs import pay_run_of
from store.people import LinkRow, current_links, links_of
from syncd.access.noting import begin_act, note
from syncd.configuration.settings import WriteBack
from syncd.configured import must_count
from syncd.connecting.keeper import keeper_of
from syncd.merged import merged_known
from syncd.periods import pay_period_named
from syncd.world import Actor, World, roots_of

#: How effects of this kind are called, and what they are about.
KIND = "write_back"
_ABOUT = "delivery:"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent: of `rows` those that are `new` there, and what is there as it is already (`same`)."""

    delivery: Delivery
    rows: tuple[DeliveryRow, ...]
    new: int
    same: int


def target_named(world: World, name: str) -> WriteBack:
    """Give where results are written. `FixFile` where `write_back` does not say so."""
    found = world.workspace.write_back.get(name)
    if found is None:
        known = ", ".join(sorted(world.workspace.write_back)) or "nothing"
        raise FixFile(f"`write_back` in syncd.yaml has no '{name}': there is {known}")
    return found


def place_of(target: WriteBack) -> Place:
    """Give the place that a connector writes to."""
    return Place(target.object, target.key, tuple(target.fields))


def opened_writer(world: World, target: WriteBack) -> Writer:
    """Open the system that is written to."""
    found = writer_of(target.source.kind, target.source.settings, roots_of(world))
    if isinstance(found, Connects):
        found.keep_tokens(keeper_of(world, target.source.name))
    return found


def meaning_of(target: WriteBack) -> str:
    """Say in short what a target means: approved is approved for that alone."""
    fields = sorted((field, word.value) for field, word in target.fields.items())
    return digest(target.source.name, whereabouts_of(target), target.parent, fields)


def whereabouts_of(target: WriteBack) -> str:
    """Say in short where a target is: in which system, whatever the source is called, which object and key."""
    source = target.source
    return digest(source.kind, written_at(source.kind, source.settings), target.object, target.key)


def preview(world: World, name: str, period: str, group: str | None, actor: Actor) -> Preview:
    """Keep what would be written of a committed pay run, instead of what was previewed of it before.

    `Refused` where it is not committed, where all is there, or where a delivery of it is on its way. The other side is
    asked whether there is such a place; nothing is written there. Errors: `FixAccess`, `TryLater`.
    """
    target = target_named(world, name)
    calendar, meant = pay_period_named(world.workspace, period)
    opened_writer(world, target).check(place_of(target))
    where = whereabouts_of(target)
    with writing(world.database) as tx:
        revision = begin_act(tx, world, PREVIEW)
        run = pay_run_of(tx, calendar.name, meant.label, group)
        if run is None or run.state is not PayState.COMMITTED:
            raise Refused(f"{period} is not committed: only what is in the ledger is written elsewhere")
        before = deliveries_to(tx, name, run.id)
        way = next((one.id for one in before if one.state is DeliveryState.APPROVED), None)
        if way is not None:
            raise Refused(f"D{way} is approved and has not ended: let it be sent, or drop its effect (`outbox list`)")
        written = written_cells(tx, name, where, run.id)
        every = _rows(tx, target, ledger_entries(tx, pay_run=run.id))
        rows = [replace(one, position=number) for number, one in enumerate(_other(every, written), 1)]
        if not rows:
            raise Refused(f"there is nothing to write: all {len(every):,} amounts of {run} are there as they are here")
        number = allocate(tx, "delivery")
        meaning = meaning_of(target)
        content = delivery_digest(name, run.id, meaning, where, ((one.key, one.cells) for one in rows))
        found = Delivery(
            number, name, run.id, meaning, where, content, len(rows), DeliveryState.PREVIEWED, actor.name,
            world.now(),
        )  # fmt: skip
        keep_delivery(tx, found, rows)
        note(tx, world, revision, Act(PREVIEW, f"D{number}", content), actor)
        reason = f"D{number} was previewed after it"
        for one in before:
            if one.state is DeliveryState.PREVIEWED:
                move_delivery(tx, one.id, one.state, DeliveryState.DROPPED, ended_at=world.now(), reason=reason)
                note(tx, world, revision, Act(DROP, f"D{one.id}", one.digest, reason), actor)
    new = sum(one.key not in written for one in rows)
    return Preview(found, tuple(rows), new, len(every) - len(rows))


def approve(world: World, number: int, actor: Actor) -> Delivery:
    """Let a previewed delivery go out. `Refused`: it is not previewed, by whom it may not, or means something else."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, APPROVE)
        must_count(tx, world, revision)
        found = _kept(tx, number)
        if found.state is DeliveryState.APPROVED and found.approved_by == actor.name:
            return found
        why = refusal_to_approve(found.state, found.previewed_by, actor.name, four_eyes=world.workspace.four_eyes)
        if why is not None:
            raise Refused(f"D{number}: {why}")
        way = stands_in_the_way(number, approved_beside(tx, found))
        if way is not None:
            raise Refused(f"D{number}: D{way} of the same amounts is approved: preview it again once that has ended")
        if meaning_of(target_named(world, found.target)) != found.meaning:
            raise Refused(f"D{number}: `write_back` says something else by now: preview it again")
        move_delivery(tx, number, found.state, DeliveryState.APPROVED, by=actor.name)
        ask(tx, Asked(KIND, found.target, f"{_ABOUT}{number}", f"{_ABOUT}{number}"), world.now())
        note(tx, world, revision, Act(APPROVE, f"D{number}", found.digest), actor)
        return _kept(tx, number)


def approved_beside(tx: Connection, one: Delivery) -> dict[int, DeliveryState]:
    """Give the deliveries of the same pay run to the same target that somebody has approved."""
    return {other.id: other.state for other in deliveries_to(tx, one.target, one.pay_run) if other.approved_by}


def drop(world: World, number: int, reason: str, actor: Actor) -> Delivery:
    """Never send a previewed delivery. `Refused` where it is approved: `outbox drop` is for that."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, DROP)
        found = _kept(tx, number)
        if found.state is not DeliveryState.PREVIEWED:
            raise Refused(f"D{number}: it is {found.state.value} already; what goes out is in `outbox list`")
        move_delivery(tx, number, found.state, DeliveryState.DROPPED, ended_at=world.now(), reason=reason)
        note(tx, world, revision, Act(DROP, f"D{number}", found.digest, reason), actor)
        return _kept(tx, number)


def drop_with_effect(tx: Connection, effect: EffectRecord, reason: str, now: datetime) -> list[Act]:
    """Drop the approved delivery that an effect would have sent, as the effect was dropped; gives the act of it.

    What of it is written already stays there, and is known.
    """
    found = delivery_of(tx, delivery_about(effect.payload)) if effect.kind == KIND else None
    if found is None or found.state is not DeliveryState.APPROVED:
        return []
    move_delivery(tx, found.id, found.state, DeliveryState.DROPPED, ended_at=now, reason=reason)
    return [Act(DROP, f"D{found.id}", found.digest, reason)]


def delivery_about(payload: str) -> int:
    """Give the id of the delivery that an effect of this kind is about."""
    return int(payload.removeprefix(_ABOUT))


def shown(world: World, number: int) -> tuple[Delivery, list[DeliveryRow], dict[str, int]]:
    """Give a delivery, its rows, and how many of them stand where."""
    with reading(world.database) as tx:
        found = _kept(tx, number)
        counted = {state.value: count for state, count in count_rows(tx, number).items()}
        return found, rows_of_delivery(tx, number), counted


def _kept(tx: Connection, number: int) -> Delivery:
    found = delivery_of(tx, number)
    if found is None:
        raise FixFile(f"there is no delivery D{number}: see `write-back list`")
    return found


def _other(rows: Iterable[DeliveryRow], written: dict[str, str]) -> Iterable[DeliveryRow]:
    """Yield the rows that are not there as they are here."""
    return (one for one in rows if written.get(one.key) != one.cells)


def _rows(tx: Connection, target: WriteBack, entries: list[LedgerEntry]) -> list[DeliveryRow]:
    """Give a row for each ledger entry, those of one parent together."""
    records = _records(tx, target.source.name, {one.key.person for one in entries})
    found = []
    for entry in entries:
        cells = {field: _value(word, entry, records) for field, word in target.fields.items()}
        key = f"{entry.line}-{entry.pay_run}"
        parent = (cells.get(target.parent) if target.parent else None) or ""
        found.append((parent, entry.id, DeliveryRow(0, key, json.dumps({target.key: key, **cells}, sort_keys=True))))
    return [row for _, _, row in sorted(found, key=lambda one: one[:2])]


def _records(tx: Connection, source: str, people: Collection[int]) -> dict[int, str]:
    """Give the key of each person's record in a source: of several that which was linked last.

    Of who was merged, that of who they are now. A record that did not come by a merge goes before one that did: what
    was written of both before goes on being each one's own.
    """
    merged = merged_known(tx, current_revision(tx)) if people else {}
    moved = {one.revision for one in merged.values()}
    now = {person: last_of(person, merged) for person in people}
    theirs: defaultdict[int, list[LinkRow]] = defaultdict(list)
    for link in current_links(tx, set(now.values())):
        if link.source == source:
            theirs[link.person].append(link)
    records = {}
    for person, last in now.items():
        held = links_of(tx, person) if person in merged else theirs[person]
        until = merged[person].revision if person in merged else None
        own = {
            link.key
            for link in held
            if (link.source, link.revision_to) == (source, until) and link.revision_from not in moved
        }
        if found := max(theirs[last], key=lambda link: (link.key in own, link.id), default=None):
            records[person] = found.key
    return records


def _value(word: Word, entry: LedgerEntry, records: dict[int, str]) -> str | None:
    """Give what is written for a word; None empties the field."""
    key = entry.key
    values = {
        Word.LINE: entry.line,
        Word.KIND: entry.kind.value,
        Word.PARTICIPANT: f"P{key.person}",
        Word.RECORD: records.get(key.person),
        Word.ENGAGEMENT: key.engagement,
        Word.PLAN: key.plan,
        Word.COMPONENT: key.component,
        Word.EARNED_PERIOD: key.earned_period,
        Word.PAY_PERIOD: entry.accounting_period,
        Word.AMOUNT: f"{entry.amount:.{minor_digits(key.currency)}f}",
        Word.CURRENCY: key.currency,
        Word.PLAN_AMOUNT: f"{entry.plan_amount:.{minor_digits(entry.plan_currency)}f}",
        Word.PLAN_CURRENCY: entry.plan_currency,
        Word.LEGAL_ENTITY: entry.legal_entity,
        Word.REASON: entry.reason,
    }
    return values[word]
