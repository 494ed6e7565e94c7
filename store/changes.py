"""Changes: what runs propose, and where each one stands. Which state follows which, the caller says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import repeat
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    case,
    literal,
    literal_column,
    null,
    select,
    union,
    update,
)

from domain.change import OPEN, Change, DatedBy, Kind, State
from domain.rights import Sight
from store import change_rows, tables
from store.bulk import among, checked, insert_rows, stream
from store.faults import write
from store.runs import Lease, check
from store.said_tables import override
from store.sight import change_in_sight, named_like


class OpenChange(NamedTuple):
    """What a run needs to know of a change that was there before it."""

    id: int
    fingerprint: str
    person: int
    kind: str
    state: str
    run: int
    seen_run: int
    contradicted_by: int | None


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are asked for; what is None does not matter. Without `states`: all that anybody may see.

    sight, day    only of those whom somebody sees on a day; None: of everybody
    text          only where a name, an id, a source's key or an e-mail has this in it
    up_to         only those that were there when this was the newest
    after, limit  the page: changes with a greater id than `after`, at most `limit` of them
    """

    states: tuple[State, ...] | None = None
    kind: Kind | None = None
    feed: str | None = None
    participant: int | None = None
    participants: Collection[int] | None = None
    run: int | None = None
    seen_run: int | None = None
    batch: int | None = None
    ids: Collection[int] | None = None
    source_keys: Collection[str] | None = None
    sight: Sight | None = None
    day: date = date.max
    text: str | None = None
    up_to: int | None = None
    after: int = 0
    limit: int | None = None


@write("changes.insert")
def insert_changes(
    tx: Connection,
    lease: Lease | None,
    changes: Iterable[Change],
    *,
    author: str | None = None,
    proposed: change_rows.Proposed | None = None,
) -> None:
    """Insert changes, with ids already allocated, that nobody sees before `settle`.

    One whose `state` is suppressed goes there when settled, counted under the rejection of its `earlier`.
    Without a lease they are the `author`'s own (`set`, `revert`): state and run are those they come with.
    `proposed` says of a run's what none of them says itself.
    """
    if lease is not None:
        check(tx, lease)
    told = proposed.told() if proposed else repeat(None)
    rows = (
        change_rows.change_row(change, State.PROPOSING, lease.run, author, own)
        if lease
        else change_rows.change_row(change, change.state, change.run, author, own)
        for change, own in zip(changes, told, strict=False)
    )
    insert_rows(tx, tables.change, change_rows.COLUMNS, rows)


def open_changes(
    tx: Connection, feed: str | None, persons: Collection[int] | None = None, states: Collection[State] = OPEN
) -> Iterator[OpenChange]:
    """Give the changes (of a feed, of some people) in some states, by id."""
    change = tables.change
    query = select(*(change.c[name] for name in OpenChange._fields))
    if feed is not None:
        query = query.where(change.c.feed == feed, change.c.state.in_(states))
    if persons is not None:
        state = checked(tx, change.c.state)
        query = query.where(among(tx, change.c.person, persons), state.in_(states))
    for row in stream(tx, query.order_by(change.c.id)):
        yield OpenChange._make(row)


@write("changes.settle")
def settle(tx: Connection, lease: Lease, *, proposing_to: State) -> int:
    """Show what a run proposed, in the given state or suppressed by a rejection; gives how many it is."""
    check(tx, lease)
    change = tables.change
    shown = case((change.c.rejection.is_(None), proposing_to.value), else_=State.SUPPRESSED.value)
    mine = (change.c.state == State.PROPOSING, change.c.feed == lease.feed, change.c.run == lease.run)
    return tx.execute(update(change).where(*mine).values(state=shown)).rowcount


@write("changes.mark")
def mark(
    tx: Connection,
    ids: Collection[int],
    state: State,
    *,
    expected: Collection[State] = OPEN,
    reason: str | None = None,
    batch: int | None = None,
    revision: int | None = None,
    rejection: int | None = None,
    effective: date | None = None,
) -> int:
    """Move changes that are in an expected state to another; gives how many, so a second time gives 0.

    What is given of reason, batch, revision (of the decision) and rejection is written beside it; `effective`
    is the day that the one who decided named.
    """
    change = tables.change
    given: dict[str, object] = {
        "reason": reason, "batch": batch, "decided_revision": revision, "rejection": rejection,
        "effective": effective, "dated_by": DatedBy.ADMIN.value if effective else None,
    }  # fmt: skip
    values = {name: value for name, value in given.items() if value is not None}
    moved = update(change).where(among(tx, change.c.id, ids), change.c.state.in_(expected))
    return tx.execute(moved.values(state=state.value, **values)).rowcount


@write("changes.reject")
def reject_changes(
    tx: Connection, rejections: Mapping[int, int], reason: str, batch: int | None, revision: int
) -> None:
    """Move pending changes to rejected, each with the rejection that remembers it."""
    change = tables.change
    still = update(change).where(change.c.id == bindparam("change_id"), change.c.state == State.PENDING)
    tx.execute(
        still.values(
            state=State.REJECTED.value,
            rejection=bindparam("rejection_id"),
            reason=reason,
            batch=batch,
            decided_revision=revision,
        ),
        [{"change_id": number, "rejection_id": rejection} for number, rejection in rejections.items()],
    )


@write("changes.see")
def see(tx: Connection, ids: Collection[int], run: int, baseline: int) -> None:
    """Note that a run brought changes again, compared with the roster of a revision."""
    change = tables.change
    again = update(change).where(among(tx, change.c.id, ids), change.c.state.in_((*OPEN, State.SUPPRESSED)))
    tx.execute(again.values(seen_run=run, baseline=baseline, contradicted_by=None))


@write("changes.adopt")
def adopt(tx: Connection, ids: Collection[int], run: int) -> None:
    """Let held changes of an earlier run wait for the release of this one."""
    change = tables.change
    held = update(change).where(among(tx, change.c.id, ids), change.c.state == State.HELD)
    tx.execute(held.values(run=run))


@write("changes.contradict")
def contradict(tx: Connection, ids: Collection[int], run: int) -> None:
    """Note that a run read something else than what changes ask for."""
    tx.execute(update(tables.change).where(among(tx, tables.change.c.id, ids)).values(contradicted_by=run))


@write("changes.split")
def split_change(tx: Connection, kept: Change, rest: Change) -> None:
    """Leave a change with the differences of `kept` alone, and put `rest` beside it under an id of its own.

    What `Change` does not hold (author, which run saw it last) is the same for both.
    """
    change, of = tables.change, tables.change.alias()
    fields, personal = change_rows.differences_text(kept.differences)
    tx.execute(
        update(change)
        .where(change.c.id == kept.id)
        .values(kind=kept.kind.value, fields=fields, personal=personal, fingerprint=kept.fingerprint)
    )
    fields, personal = change_rows.differences_text(rest.differences)
    other: dict[str, ColumnElement[Any]] = {
        "id": literal(rest.id),
        "kind": literal(rest.kind.value),
        "fields": literal(fields),
        "personal": null() if personal is None else literal(personal),
        "fingerprint": literal(rest.fingerprint),
    }
    names = [column.name for column in change.columns]
    copied = select(*(other.get(name, of.c[name]) for name in names)).where(of.c.id == kept.id)
    tx.execute(change.insert().from_select(names, copied))


def changes(tx: Connection, wanted: ChangeFilter) -> list[Change]:
    """Give changes by id; those of a run in progress only where `states` asks for them."""
    return list(each_change(tx, wanted))


def each_change(tx: Connection, wanted: ChangeFilter) -> Iterator[Change]:
    """Give the same one by one, where they may be a million."""
    for row in stream(tx, _filtered(tx, select(tables.change), wanted)):
        yield change_rows.change_of(row)


def change_ids(tx: Connection, wanted: ChangeFilter) -> list[int]:
    """Give the ids alone of the same."""
    return list(tx.execute(_filtered(tx, select(tables.change.c.id), wanted)).scalars().all())


def fingerprints_of(tx: Connection, ids: Collection[int]) -> dict[int, str]:
    """Give the fingerprints of changes, by id."""
    change = tables.change
    found = tx.execute(select(change.c.id, change.c.fingerprint).where(among(tx, change.c.id, ids)))
    return {row.id: row.fingerprint for row in found}


def authors_of(tx: Connection, ids: Collection[int]) -> dict[int, str]:
    """Give who proposed changes, of those that a person did."""
    change = tables.change
    query = select(change.c.id, change.c.author).where(among(tx, change.c.id, ids), change.c.author.is_not(None))
    return {row.id: row.author for row in tx.execute(query)}


def asked_as(tx: Connection, fingerprints: Collection[str]) -> dict[str, int]:
    """Give, by fingerprint, the changes that ask for the same and wait."""
    change = tables.change
    query = select(change.c.fingerprint, change.c.id).where(
        among(tx, change.c.fingerprint, fingerprints), change.c.state.in_(OPEN)
    )
    return {str(fingerprint): int(number) for fingerprint, number in tx.execute(query)}


def asked_elsewhere(tx: Connection, feed: str) -> set[str]:
    """Give the fingerprints of what other feeds ask for and nobody has decided."""
    change = tables.change
    query = select(change.c.fingerprint).where(change.c.feed != feed, change.c.state.in_(OPEN))
    return set(tx.execute(query).scalars())


def contradictions(tx: Connection, ids: Collection[int]) -> dict[int, int]:
    """Give, of some changes, those that a held run read otherwise, and that run."""
    change = tables.change
    query = select(change.c.id, change.c.contradicted_by).where(
        among(tx, change.c.id, ids), change.c.contradicted_by.is_not(None)
    )
    return {row.id: row.contradicted_by for row in tx.execute(query)}


def contradicted_by(tx: Connection, run: int) -> list[int]:
    """Give the pending changes that a held run read otherwise."""
    change = tables.change
    query = select(change.c.id).where(change.c.contradicted_by == run, change.c.state == State.PENDING)
    return list(tx.execute(query.order_by(change.c.id)).scalars())


def redated_changes(tx: Connection, feed: str, persons: Collection[int]) -> list[Change]:
    """Give the applied changes of people for which the approver named the day."""
    change = tables.change
    query = select(change).where(
        among(tx, change.c.person, persons),
        checked(tx, change.c.feed) == feed,
        checked(tx, change.c.state) == State.APPLIED,
        change.c.dated_by == literal_column("'admin'"),  # written as the index says it
    )
    return [change_rows.change_of(row) for row in tx.execute(query.order_by(change.c.id))]


def persons_with_open_matters(tx: Connection) -> Iterator[int]:
    """Give, in order and once each, the people who have an open change, rejection, conflict or override."""
    change, rejection, conflict = tables.change, tables.rejection, tables.conflict
    asked = union(
        select(change.c.person).where(change.c.state.in_(OPEN)),
        select(rejection.c.person).where(rejection.c.ended_revision.is_(None)),
        select(conflict.c.person).where(conflict.c.state == "open", conflict.c.person.is_not(None)),
        select(override.c.person).where(override.c.ended_revision.is_(None)),
    ).subquery()
    for row in stream(tx, select(asked.c.person).order_by(asked.c.person)):
        yield row.person


def _filtered(tx: Connection, query: Select[Any], wanted: ChangeFilter) -> Select[Any]:
    change = tables.change
    query = matching(tx, query, wanted).where(change.c.id > wanted.after)
    return query.order_by(change.c.id).limit(wanted.limit)


def matching(tx: Connection, query: Select[Any], wanted: ChangeFilter) -> Select[Any]:
    """Leave in a query of changes only those that are asked for, in any order."""
    change = tables.change
    if wanted.states is None:
        query = query.where(change.c.state != State.PROPOSING)
    else:
        query = query.where(change.c.state.in_(wanted.states))
    equal = {
        "kind": wanted.kind,
        "feed": wanted.feed,
        "person": wanted.participant,
        "run": wanted.run,
        "seen_run": wanted.seen_run,
        "batch": wanted.batch,
    }
    for name, value in equal.items():
        if value is not None:
            query = query.where(change.c[name] == value)
    among_many = {
        change.c.id: wanted.ids,
        change.c.source_key: wanted.source_keys,
        change.c.person: wanted.participants,
    }
    for column, values in among_many.items():
        if values is not None:
            query = query.where(among(tx, column, values))
    if wanted.up_to is not None:
        query = query.where(change.c.id <= wanted.up_to)
    if wanted.text:
        query = query.where(named_like(change.c.person, change.c.source_key, wanted.text))
    return query if wanted.sight is None else query.where(change_in_sight(tx, wanted.sight, wanted.day))
