"""Erasing what is personal of somebody, and remembering that it was: what is emptied gives another digest.

Digests of changes, steps, rejections, overrides and answers cover personal values, and the audit's chain covers those
digests. So beside each that is emptied stands what it gave before, and what it gives now (`Emptied`): whoever proves a
row that was emptied holds the digest of before against the audit. The erasure's own act covers all of them, so nothing
can be passed off as emptied later, and what is left of such a row cannot be changed either.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Subquery, Table, delete, func, or_, select, update
from sqlalchemy.sql import ColumnElement

from domain.attributes import PERSONAL, STRONG_IDS, is_personal
from domain.delivery import DeliveryState, RowState
from domain.erase import Name
from domain.value import digest, plain
from store import tables
from store.bulk import among, checked, insert_rows
from store.change_rows import change_of
from store.conflicts import ConflictState, KeptConflict, answer_digest, conflicts
from store.deliveries import deliveries, rows_of_delivery
from store.erasure_tables import emptied, erasure, kept_name
from store.faults import write
from store.head import allocate
from store.history import STEP_COLUMNS
from store.ledger import ledger_entries
from store.outbox import OPEN
from store.outbox_tables import effect
from store.overrides import override_digest, overrides
from store.people import LinkRow
from store.proof_rows import digest_at
from store.rejections import REJECTION_COLUMNS
from store.runs import RunState
from store.said_tables import override

#: What stands where a text named somebody who was erased.
ERASED = "erased"


class Emptied(NamedTuple):
    """What was emptied (`C12`, `steps 17`: those of a revision), and the digests of it before and after."""

    about: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Erasure:
    """That somebody is erased, or is to be once a second person says the same (`revision` is None)."""

    id: int
    person: int
    asked_by: str
    asked_reason: str
    asked_revision: int
    by: str | None = None
    reason: str | None = None
    at: datetime | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A segment without the rows of somebody; `id` is that of the segment whose place it takes."""

    id: int
    path: str
    sha256: str
    rows: int
    bytes: int


_COLUMNS = tuple(field.name for field in fields(Erasure))
_IDENTITY = ("name", *STRONG_IDS, "email", "hire_date")


@write("erasing.ask")
def ask(tx: Connection, person: int, by: str, reason: str, revision: int) -> Erasure:
    """Keep that somebody is to be erased; nothing of them is, yet."""
    asked = Erasure(allocate(tx, "erasure"), person, by, reason, revision)
    tx.execute(erasure.insert().values({name: getattr(asked, name) for name in _COLUMNS}))
    return asked


@write("erasing.keep")
def keep(tx: Connection, done: Erasure, what: Sequence[Emptied], names: Sequence[Name]) -> None:
    """Write down that somebody was erased, by whom and why, what was emptied, and what facts go on naming them by."""
    said = {"by": done.by, "reason": done.reason, "at": done.at, "revision": done.revision}
    tx.execute(update(erasure).where(erasure.c.id == done.id).values(said))
    insert_rows(tx, emptied, ("erasure", *Emptied._fields), ((done.id, *one) for one in what))
    columns = ("erasure", "person", "owner", "revision_from", "revision_to")
    insert_rows(tx, kept_name, columns, ((done.id, done.person, *one) for one in names))


def erasures(tx: Connection, person: int | None = None) -> list[Erasure]:
    """Give the erasures (of somebody), those too that wait for a second person, in the order they were asked for."""
    query = select(*(erasure.c[name] for name in _COLUMNS)).order_by(erasure.c.id)
    if person is not None:
        query = query.where(erasure.c.person == person)
    return [Erasure(*row) for row in tx.execute(query)]


def erased_keys(tx: Connection, source: str) -> tuple[str, ...]:
    """Give the records of a source that are of people who were erased: nothing is proposed of them any more.

    A record that was said since to be theirs is heard again: they are back.
    """
    last, link = _last_erasures(), tables.link
    theirs = select(link.c.key).join(last, last.c.person == link.c.person)
    theirs = theirs.where(checked(tx, link.c.source) == source, link.c.revision_to.is_(None))
    return tuple(tx.execute(theirs.where(link.c.revision_from <= last.c.at).order_by(link.c.key)).scalars())


def is_silent(tx: Connection, link: LinkRow) -> bool:
    """Tell whether a record is of somebody who was erased since it was said to be theirs."""
    at = tx.execute(select(func.max(erasure.c.revision)).where(erasure.c.person == link.person)).scalar()
    return at is not None and link.revision_from <= at


def gone_among(tx: Connection, persons: Collection[int]) -> frozenset[int]:
    """Give those of some people who were erased and of whom no record was said to be theirs since."""
    last, link = _last_erasures(among(tx, erasure.c.person, persons)), tables.link
    since = select(link.c.id).where(
        link.c.person == last.c.person, link.c.revision_to.is_(None), link.c.revision_from > last.c.at
    )
    return frozenset(tx.execute(select(last.c.person).where(~since.exists())).scalars())


def _last_erasures(*of: ColumnElement[bool]) -> Subquery:
    """Give (person, at): the revision of the last erasure of each."""
    done = select(erasure.c.person, func.max(erasure.c.revision).label("at")).where(
        erasure.c.revision.is_not(None), *of
    )
    return done.group_by(erasure.c.person).subquery("last_erasures")


def erased_among(tx: Connection, persons: Collection[int]) -> frozenset[int]:
    """Give those of some people who were erased."""
    done = select(erasure.c.person).where(erasure.c.revision.is_not(None), among(tx, erasure.c.person, persons))
    return frozenset(tx.execute(done).scalars())


def kept_names(tx: Connection, revision: int) -> list[tuple[str, int]]:
    """Give what facts name people by who were erased, as known at a revision: (owner, person), in order."""
    name = kept_name
    known = (name.c.revision_from <= revision, or_(name.c.revision_to.is_(None), name.c.revision_to > revision))
    query = select(name.c.owner, name.c.person).where(*known).distinct().order_by(name.c.owner, name.c.person)
    return [(str(owner), int(person)) for owner, person in tx.execute(query)]


def unsent_deliveries(tx: Connection, person: int) -> list[int]:
    """Give the deliveries with rows of somebody that are previewed, or approved and wait in the outbox, by number."""
    entries = ledger_entries(tx, person=person)
    runs, lines = {one.pay_run for one in entries}, tuple({one.line for one in entries})
    waiting = select(effect.c.payload).where(effect.c.state.in_([one.value for one in OPEN]))
    going = set(tx.execute(waiting).scalars())
    found = []
    for one in deliveries(tx):
        is_open = one.state is DeliveryState.PREVIEWED or f"delivery:{one.id}" in going
        if is_open and one.pay_run in runs:
            rows = rows_of_delivery(tx, one.id, RowState.WAITING)
            found += [one.id] if any(row.key.startswith(lines) for row in rows) else []
    return found


def names_kept_of(tx: Connection, person: int) -> set[str]:
    """Give what facts name somebody by who was erased before, as of any revision (`employee_id:E1`)."""
    return set(tx.execute(select(kept_name.c.owner).where(kept_name.c.person == person)).scalars())


def erasure_digest(person: int, what: Sequence[Emptied], names: Sequence[Name]) -> str:
    """Give what the audit covers of an erasure: whom, every digest before and after, and what facts name them by."""
    return digest(person, sorted(what), sorted(names, key=str))


def personal_texts(tx: Connection, person: int) -> frozenset[str]:
    """Give every personal value that is known of somebody, of any time: what texts about them are searched for."""
    found = set()
    row = tx.execute(select(tables.person).where(tables.person.c.id == person)).mappings().one()
    found |= {str(row[name]) for name in (*PERSONAL & row.keys(),) if row[name]}
    for table in (tables.change, tables.step, tables.version, tables.rejection):
        query = select(table.c.personal).where(table.c.person == person, table.c.personal.is_not(None))
        for text in tx.execute(query).scalars():
            found |= set(_strings(json.loads(text)))
    return frozenset(found)


def is_at_work(tx: Connection) -> bool:
    """Tell whether anything is being run; nothing begins to be before the transaction ends."""
    tx.execute(update(tables.feed).values(token=tables.feed.c.token))
    running = select(tables.run.c.id).where(tables.run.c.state == RunState.RUNNING, ~tables.run.c.dry)
    return tx.execute(running.limit(1)).scalar() is not None


@write("erasing.empty")
def empty(tx: Connection, person: int, keys: Mapping[str, Collection[str]], revision: int) -> list[Emptied]:
    """Empty what is personal of somebody wherever the database has it; gives what gives another digest now.

    `keys` are the keys of their records, by feed.
    """
    texts = personal_texts(tx, person)
    what = [
        *_empty_changes(tx, person),
        *_empty_by_revision(tx, tables.step, STEP_COLUMNS, "revision_from", person),
        *_empty_by_revision(tx, tables.rejection, REJECTION_COLUMNS, "revision", person),
        *_empty_overrides(tx, person),
        *_empty_questions(tx, person, keys, texts),
    ]
    version, known, problem = tables.version, tables.person, tables.problem
    tx.execute(update(version).where(version.c.person == person, version.c.personal.is_not(None)).values(personal=None))
    tx.execute(update(known).where(known.c.id == person).values({**dict.fromkeys(_IDENTITY), "changed": revision}))
    for feed, theirs in keys.items():
        runs = select(tables.run.c.id).where(tables.run.c.feed == feed)
        of_theirs = update(problem).where(problem.c.run.in_(runs), among(tx, problem.c.key, theirs))
        tx.execute(of_theirs.values(value=None))
    tx.execute(delete(tables.mirror))  # copies that still have them are of no use
    return what


@write("erasing.replace_segments")
def replace_segments(tx: Connection, rewritten: Sequence[Rewritten]) -> None:
    """Name files without the rows of somebody in place of those that have them."""
    for one in rewritten:
        its = update(tables.segment).where(tables.segment.c.id == one.id)
        tx.execute(its.values(path=one.path, sha256=one.sha256, rows=one.rows, bytes=one.bytes))


def _empty_changes(tx: Connection, person: int) -> Iterator[Emptied]:
    change = tables.change
    theirs = (change.c.person == person, change.c.personal.is_not(None))
    for row in tx.execute(select(change).where(*theirs).order_by(change.c.id)).all():
        found = change_of(row)
        left = replace(found, differences=tuple(one for one in found.differences if not is_personal(one.attribute)))
        yield Emptied(f"C{found.id}", found.fingerprint, left.fingerprint)
    tx.execute(update(change).where(*theirs).values(personal=None))


def _empty_by_revision(
    tx: Connection, table: Table, columns: Sequence[str], by: str, person: int
) -> Iterator[Emptied]:  # fmt: skip
    theirs = (table.c.person == person, table.c.personal.is_not(None))
    revisions = list(tx.execute(select(table.c[by]).where(*theirs).distinct().order_by(table.c[by])).scalars())
    before = [digest_at(tx, table, columns, by, one) for one in revisions]
    tx.execute(update(table).where(*theirs).values(personal=None))
    for one, was in zip(revisions, before, strict=True):
        yield Emptied(f"{table.name}s {one}", was, digest_at(tx, table, columns, by, one))


def _empty_overrides(tx: Connection, person: int) -> Iterator[Emptied]:
    for one in overrides(tx, [person]):
        if is_personal(one.attribute) and one.value is not None:
            yield Emptied(f"O{one.id}", override_digest(one), override_digest(replace(one, value=None)))
            tx.execute(update(override).where(override.c.id == one.id).values(value=json.dumps(None)))


def _empty_questions(
    tx: Connection, person: int, keys: Mapping[str, Collection[str]], texts: frozenset[str]
) -> Iterator[Emptied]:
    conflict = tables.conflict
    for kept in conflicts(tx, state=None):
        asked = kept.conflict
        is_theirs = asked.person == person or asked.source_key in keys.get(kept.feed, ())
        if not is_theirs and all(one.person != person for one in asked.candidates):
            continue
        left = _without(kept, person, texts, is_theirs=is_theirs)
        if left == kept:
            continue
        if kept.state is ConflictState.ANSWERED:
            yield Emptied(f"Q{kept.id}", answer_digest(kept), answer_digest(left))
        candidates = [
            {
                "person": one.person,
                "name": one.name,
                "matched_by": one.matched_by,
                "ids": {name: plain(value) for name, value in one.ids.items()},
            }
            for one in left.conflict.candidates
        ]
        values = [[name, plain(value)] for name, value in left.conflict.values]
        said = {"question": left.conflict.question, "answer": left.answer}
        lists = {"candidates": json.dumps(candidates), "values": json.dumps(values)}
        tx.execute(update(conflict).where(conflict.c.id == kept.id).values({**said, **lists}))


def _without(kept: KeptConflict, person: int, texts: frozenset[str], *, is_theirs: bool) -> KeptConflict:
    asked = kept.conflict
    hides = asked.attribute is not None and is_personal(asked.attribute)
    names = any(text in asked.question for text in texts) or hides
    values = tuple(
        (name, None if (is_theirs and (hides or is_personal(name))) or value in texts else value)
        for name, value in asked.values
    )
    candidates = tuple(
        replace(one, name=None, ids={}) if one.person == person else one for one in asked.candidates
    )  # fmt: skip
    left = replace(asked, values=values, candidates=candidates, question=ERASED if names else asked.question)
    answer = json.dumps(None) if hides and kept.answer is not None else kept.answer
    return replace(kept, conflict=left, answer=answer)


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
