"""Whom an id, an e-mail or a source's key names: of who was merged into somebody, that one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from domain.attributes import NAMED_BY, STRONG_IDS
from domain.value import Values
from store import tables
from store.bulk import among
from store.people import PersonRow, people_of, people_where


def find_person(tx: Connection, key: str) -> list[PersonRow]:
    """Give everyone whom a key may name, by id: `P12`, a strong id, `source:key` or an e-mail.

    Of who was merged into somebody, only the number names them: all else names that one.
    """
    person, link = tables.person, tables.link
    key = unicodedata.normalize("NFC", key).strip()
    rules = [_merged_or_not(*(person.c[name] == key for name in STRONG_IDS)), person.c.email == key.casefold()]
    if re.fullmatch(r"P[1-9]\d{0,17}", key):
        rules.append(person.c.id == int(key[1:]))
    source, colon, own_key = key.partition(":")
    if colon:
        linked = select(link.c.person).where(
            link.c.source == source, link.c.key == own_key, link.c.revision_to.is_(None)
        )
        rules.append(person.c.id.in_(linked))
    found = people_where(tx, or_(*rules))
    numbered = {one.id: one for one in found if key == f"P{one.id}"}
    meant = numbered | dict(_themselves(tx, [one for one in found if one.id not in numbered]))
    return [meant[number] for number in sorted(meant)]


def named_by(tx: Connection, values: Values) -> list[tuple[PersonRow, str]]:
    """Give everyone who has one of some strong ids, or an e-mail, with the name of that attribute, by id."""
    person, found = tables.person, []
    for name in NAMED_BY:
        if value := values.get(name):
            rows = people_where(tx, _merged_or_not(person.c[name] == value))
            found += [(one, name) for one in _themselves(tx, rows).values()]
    return found


def holders(tx: Connection, name: str, values: Collection[str]) -> dict[str, int]:
    """Give whom each of some strong ids names now: who has it, else who somebody with it was merged into."""
    person = tables.person
    column = person.c[name]
    query = select(column, person.c.id, person.c.merged_into).where(_merged_or_not(among(tx, column, values)))
    rows = tx.execute(query.order_by(person.c.merged_into.is_(None))).all()
    into = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    last = last_of(tx, set(into.values()))
    return {str(value): last.get(into.get(number, 0), int(number)) for value, number, _ in rows}


def _merged_or_not(*named: ColumnElement[bool]) -> ColumnElement[bool]:
    """Look people up by one of some ids: in the index of whom nobody took for somebody else, then among those few."""
    merged = tables.person.c.merged_into
    return or_(*(and_(merged.is_(None), one) for one in named), and_(merged.is_not(None), or_(*named)))


def _themselves(tx: Connection, found: Sequence[PersonRow]) -> dict[int, PersonRow]:
    """Put in the place of people who were merged that one, each once, by id; not where an id was given on since."""
    kept = {one.id: one for one in found if one.merged_into is None}
    ids = {(name, value) for one in kept.values() for name in STRONG_IDS if (value := getattr(one, name))}
    merged = {one.merged_into for one in found if ids.isdisjoint((name, getattr(one, name)) for name in STRONG_IDS)}
    last = last_of(tx, {into for into in merged if into is not None})
    others = people_of(tx, set(last.values()))
    return dict(sorted({**kept, **others}.items()))


def last_of(tx: Connection, persons: Collection[int]) -> dict[int, int]:
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


def numbers_of(tx: Connection, person: int) -> frozenset[int]:
    """Give every number that somebody has: who they are in the end, and whoever was merged into that one."""
    into = tables.person.c.merged_into
    found, wanted = set[int](), set(last_of(tx, [person]).values())
    while wanted:
        found |= wanted
        query = select(tables.person.c.id).where(into.is_not(None), among(tx, into, wanted))
        wanted = set(tx.execute(query).scalars()) - found
    return frozenset(found)
