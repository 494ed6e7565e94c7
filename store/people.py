"""People and their links to the sources, and what of them changed since a revision."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    bindparam,
    case,
    cast,
    literal_column,
    or_,
    select,
    union,
    update,
)

from domain.attributes import NAMED_BY, STRONG_IDS
from domain.value import Values
from store import tables
from store.bulk import Plain, among, checked, insert_rows, stream
from store.faults import write
from store.runs import Lease, check


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody a source named, with the identity known now; `participant_since` is a revision.

    merged_into  who they turned out to be: what names them names that one
    """

    id: int
    kind: str
    participant_since: int | None = None
    name: str | None = None
    employee_id: str | None = None
    partner_id: str | None = None
    vendor_id: str | None = None
    universal_id: str | None = None
    email: str | None = None
    hire_date: date | None = None
    merged_into: int | None = None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A source's key, who it is, who said so (a person, `FIRST_SEEN`) and why; `id` is 0 before it is kept.

    What ended has `revision_to`, and who said so and why.
    """

    source: str
    key: str
    person: int
    by: str
    why: str | None = None
    id: int = 0
    revision_from: int = 0
    revision_to: int | None = None
    ended_by: str | None = None
    ended_why: str | None = None

    @property
    def name(self) -> str:
        """How people write it: `hr:00282`."""
        return f"{self.source}:{self.key}"


#: Who says that a record is somebody nobody knew: the run that saw it first.
FIRST_SEEN = "first seen"
#: By what a person is known beside their links.
IDENTITY = ("name", *STRONG_IDS, "email", "hire_date")
_PERSON = ("id", "kind", "participant_since", *IDENTITY)
_READ = (*_PERSON, "merged_into")
#: The columns of a `LinkRow`.
LINK = ("source", "key", "person", "by", "why", "id", "revision_from", "revision_to", "ended_by", "ended_why")

#: The columns of the three that give what changed since a revision; days are ISO text.
PEOPLE_COLUMNS = (*_PERSON, "feed", "changed")
LINK_COLUMNS = ("id", "source", "key", "person", "revision_from", "revision_to")
VERSION_COLUMNS = (
    *("id", "person", "engagement", "start", "end", "opened", "attributes", "personal"),
    *("revision_from", "revision_to"),
)


@write("people.insert")
def insert_people(tx: Connection, lease: Lease | None, rows: Sequence[PersonRow], revision: int) -> None:
    """Insert people, with ids already allocated, as first seen by a run (None: made by a person's act)."""
    if lease is not None:
        check(tx, lease)
    run, feed = (lease.run, lease.feed) if lease else (None, None)
    insert_rows(
        tx,
        tables.person,
        (*_PERSON, "run", "feed", "changed"),
        (
            (row.id, row.kind, row.participant_since, *_identity(row), run, feed, revision)
            for row in rows
        ),
    )  # fmt: skip


@write("people.insert_links")
def insert_links(tx: Connection, lease: Lease | None, rows: Sequence[LinkRow], revision: int) -> None:
    """Insert links that hold from a revision; the database refuses a second current one of a source's key."""
    if lease is not None:
        check(tx, lease)
    run = lease.run if lease else None
    insert_rows(
        tx,
        tables.link,
        ("source", "key", "person", "by", "why", "run", "revision_from"),
        ((row.source, row.key, row.person, row.by, row.why, run, revision) for row in rows),
    )


@write("people.end_links")
def end_links(
    tx: Connection, ids: Collection[int], revision: int, *, by: str | None = None, why: str | None = None
) -> int:
    """End current links from a revision on; gives how many."""
    link = tables.link
    current = update(link).where(among(tx, link.c.id, ids), link.c.revision_to.is_(None))
    return tx.execute(current.values(revision_to=revision, ended_by=by, ended_why=why)).rowcount


@write("people.make_participants")
def make_participants(tx: Connection, ids: Collection[int], revision: int) -> None:
    """Make people participants from a revision on; those who are stay so since theirs."""
    person = tables.person
    others = update(person).where(among(tx, person.c.id, ids), person.c.participant_since.is_(None))
    tx.execute(others.values(participant_since=revision, changed=revision))


@write("people.merge")
def merge(tx: Connection, person: int, into: int | None, revision: int) -> None:
    """Let what names somebody name somebody else, or (None) themselves again."""
    row = tables.person
    of_both = select(row.c.merged_into).where(row.c.id == person).scalar_subquery()
    tx.execute(update(row).where(or_(row.c.id == into, row.c.id == of_both)).values(changed=revision))
    tx.execute(update(row).where(row.c.id == person).values(merged_into=into, changed=revision))


@write("people.update_identity")
def update_identity(tx: Connection, rows: Sequence[PersonRow], revision: int) -> None:
    """Replace what is known of people's names, ids, e-mail and hire dates; two may exchange their ids."""
    if not rows:
        return
    person = tables.person
    emptied = update(person).where(among(tx, person.c.id, [row.id for row in rows]))
    tx.execute(emptied.values(dict.fromkeys(STRONG_IDS)))
    known = update(person).where(person.c.id == bindparam("person_id"))
    tx.execute(
        known.values({name: bindparam(f"new_{name}") for name in IDENTITY} | {"changed": revision}),
        [
            {"person_id": row.id, **{f"new_{name}": getattr(row, name) for name in IDENTITY}}
            for row in rows
        ],
    )  # fmt: skip


def find_person(tx: Connection, key: str) -> list[PersonRow]:
    """Give everyone whom a key may name, by id: `P12`, a strong id, `source:key` or an e-mail.

    Of who was merged into somebody, only the number names them: all else names that one.
    """
    person, link = tables.person, tables.link
    key = unicodedata.normalize("NFC", key).strip()
    rules = [person.c[name] == key for name in STRONG_IDS]
    rules.append(person.c.email == key.casefold())
    if re.fullmatch(r"P[1-9]\d{0,17}", key):
        rules.append(person.c.id == int(key[1:]))
    source, colon, own_key = key.partition(":")
    if colon:
        linked = select(link.c.person).where(
            link.c.source == source, link.c.key == own_key, link.c.revision_to.is_(None)
        )
        rules.append(person.c.id.in_(linked))
    rows = tx.execute(select(*(person.c[name] for name in _READ)).where(or_(*rules)).order_by(person.c.id))
    found = [PersonRow(*row) for row in rows]
    numbered = {one.id: one for one in found if key == f"P{one.id}"}
    meant = numbered | dict(_themselves(tx, [one for one in found if one.id not in numbered]))
    return [meant[number] for number in sorted(meant)]


def named_by(tx: Connection, values: Values) -> list[tuple[PersonRow, str]]:
    """Give everyone who has one of some strong ids, or an e-mail, with the name of that attribute, by id."""
    person, found = tables.person, []
    for name in NAMED_BY:
        if value := values.get(name):
            query = select(*(person.c[one] for one in _READ)).where(person.c[name] == value).order_by(person.c.id)
            rows = [PersonRow(*row) for row in tx.execute(query)]
            found += [(one, name) for one in _themselves(tx, rows).values()]
    return found


def people_of(tx: Connection, ids: Collection[int]) -> dict[int, PersonRow]:
    """Give people by their ids; who is not known is left out."""
    person = tables.person
    found = tx.execute(select(*(person.c[name] for name in _READ)).where(among(tx, person.c.id, ids)))
    return {row.id: PersonRow(*row) for row in found}


def holders(tx: Connection, name: str, values: Collection[str]) -> dict[str, int]:
    """Give whom each of some strong ids names now: who has it, else who somebody with it was merged into."""
    person = tables.person
    column = person.c[name]
    query = select(column, person.c.id, person.c.merged_into).where(among(tx, column, values))
    rows = tx.execute(query.order_by(person.c.merged_into.is_(None))).all()
    into = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    last = _last(tx, set(into.values()))
    return {str(value): last.get(into.get(number, 0), int(number)) for value, number, _ in rows}


def ever_merged(tx: Connection) -> frozenset[int]:
    """Give of whom it was ever proposed that they are somebody else: who was merged is among them."""
    change = tables.change
    proposed = change.c.kind == literal_column("'merge'")  # written as the index says it
    return frozenset(tx.execute(select(change.c.person).where(proposed)).scalars())


def _themselves(tx: Connection, found: Sequence[PersonRow]) -> dict[int, PersonRow]:
    """Put in the place of people who were merged that one, each once, by id; not where an id was given on since."""
    kept = {one.id: one for one in found if one.merged_into is None}
    ids = {(name, value) for one in kept.values() for name in STRONG_IDS if (value := getattr(one, name))}
    merged = {one.merged_into for one in found if ids.isdisjoint((name, getattr(one, name)) for name in STRONG_IDS)}
    last = _last(tx, {into for into in merged if into is not None})
    others = people_of(tx, set(last.values()))
    return dict(sorted({**kept, **others}.items()))


def _last(tx: Connection, persons: Collection[int]) -> dict[int, int]:
    """Give who some people are in the end: who was merged may be merged into somebody who was, too."""
    known: dict[int, int | None] = {}
    wanted = set(persons)
    while wanted:
        rows = people_of(tx, wanted)
        known |= {number: row.merged_into for number, row in rows.items()}
        wanted = {row.merged_into for row in rows.values() if row.merged_into is not None} - known.keys()
    found = {}
    for person in persons:
        one = person
        while (further := known.get(one)) is not None:
            one = further
        found[person] = one
    return found


def links_of(tx: Connection, person: int | None = None) -> list[LinkRow]:
    """Give all links (of one person), ended ones too, by source and key."""
    query = _links().where(tables.link.c.person == person) if person is not None else _links()
    return [LinkRow(*row) for row in tx.execute(query)]


def current_links(tx: Connection, persons: Collection[int]) -> list[LinkRow]:
    """Give the links that people have now, by source and key."""
    link = tables.link
    query = _links().where(among(tx, link.c.person, persons), checked(tx, link.c.revision_to).is_(None))
    return [LinkRow(*row) for row in tx.execute(query)]


def sources_linked(tx: Connection) -> set[str]:
    """Name the sources of which any record is somebody's, or was."""
    return set(tx.execute(select(tables.link.c.source).distinct()).scalars())


def links_to(tx: Connection, source: str, keys: Collection[str]) -> dict[str, LinkRow]:
    """Give who some keys of a source are now, by key; whose nobody's is, is left out."""
    link = tables.link
    query = _links().where(link.c.source == source, among(tx, link.c.key, keys), link.c.revision_to.is_(None))
    return {row.key: LinkRow(*row) for row in tx.execute(query)}


#: No column is told otherwise than it stands.
_AS_THEY_STAND: Mapping[str, ColumnElement[Any]] = MappingProxyType({})


def people_changed_since(tx: Connection, revision: int) -> Iterator[tuple[Plain, ...]]:
    """Give `PEOPLE_COLUMNS` of everyone whose row changed after a revision, as they are now, by id.

    Who was merged into somebody has no ids there, nor a day by which they look like somebody: these are that one's.
    """
    person = tables.person
    own = {name: case((person.c.merged_into.is_(None), person.c[name])) for name in NAMED_BY}
    own["hire_date"] = case((person.c.merged_into.is_(None), cast(person.c.hire_date, Text)))
    return _tuples(tx, person, PEOPLE_COLUMNS, [person.c.changed > revision] if revision else [], own)


def links_changed_since(tx: Connection, revision: int) -> Iterator[tuple[Plain, ...]]:
    """Give `LINK_COLUMNS` of the links made or ended after a revision, by id."""
    return _tuples(tx, tables.link, LINK_COLUMNS, _known_since(tables.link, revision))


def versions_changed_since(tx: Connection, revision: int) -> Iterator[tuple[Plain, ...]]:
    """Give `VERSION_COLUMNS` of the versions made or ended after a revision, by id."""
    return _tuples(tx, tables.version, VERSION_COLUMNS, _known_since(tables.version, revision))


def people_touched_since(tx: Connection, revision: int) -> Iterator[int]:
    """Give whoever's row, link or version changed after a revision, in order and once each."""
    person, link, version = tables.person, tables.link, tables.version
    touched = union(
        select(person.c.id).where(person.c.changed > revision),
        *(select(one.c.person).where(*_known_since(one, revision)) for one in (link, version)),
    ).subquery()
    for row in stream(tx, select(touched.c.id).order_by(touched.c.id)):
        yield row.id


def _links() -> Select[*tuple[Any, ...]]:
    link = tables.link
    return select(*(link.c[name] for name in LINK)).order_by(link.c.source, link.c.key, link.c.id)


def _identity(row: PersonRow) -> tuple[Plain, ...]:
    day = row.hire_date.isoformat() if row.hire_date else None
    return (row.name, *(getattr(row, name) for name in STRONG_IDS), row.email, day)


def _known_since(table: Table, revision: int) -> list[ColumnElement[bool]]:
    return [or_(table.c.revision_from > revision, table.c.revision_to > revision)] if revision else []


def _tuples(
    tx: Connection,
    table: Table,
    names: Sequence[str],
    since: Sequence[ColumnElement[bool]],
    told: Mapping[str, ColumnElement[Any]] = _AS_THEY_STAND,
) -> Iterator[tuple[Plain, ...]]:
    days = {"hire_date", "start", "end", "opened"}
    columns = [told.get(name, cast(table.c[name], Text) if name in days else table.c[name]) for name in names]
    by_id = checked(tx, table.c.id) if since else table.c.id
    for row in stream(tx, select(*columns).where(*since).order_by(by_id)):
        yield tuple(row)
