"""Whom somebody sees: the one condition that every read of people, changes or pay for a user passes.

Who is in a population is said by what is known now of the day: a version that holds then, or is still to come. Somebody
who was never a participant has none; of them the change that would add them says it, whatever became of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Select,
    and_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from domain.attributes import MEMBER_OF_PLAN, MERGED_INTO, NAMED_BY
from domain.change import Kind, State
from domain.rights import DaysSeen, Population, PopulationKind, Sight
from store import tables
from store.bulk import among

_PLANS = ("plan", "plans")


def in_sight(tx: Connection, person: ColumnElement[int], sight: Sight, day: date) -> ColumnElement[bool]:
    """Be true where a column names somebody whom a user sees on a day."""
    if sight.everybody:
        return true()
    version = tables.version
    known = version.c.revision_to.is_(None), version.c.end > day
    rules: list[ColumnElement[bool]] = [
        person.in_(select(version.c.person).where(*known, _is_in(tx, version.c.attributes, one)))
        for one in sorted(sight.populations)
    ]
    rules += [person.in_(_to_be_added(tx, one)) for one in sorted(sight.populations)]
    if sight.own:
        rules.append(person.in_(sorted(sight.own)))
    if sight.team_of:
        led = _is_led(tx, sight)
        ever = select(version.c.person).where(version.c.revision_to.is_(None), version.c.start <= day, led)
        rules.append(person.in_(ever))
    return or_(false(), *rules)


def change_in_sight(tx: Connection, sight: Sight, day: date) -> ColumnElement[bool]:
    """Be true of a change about whom a user sees on a day: of a merge both, as it gives one the pay of the other."""
    change = tables.change
    if sight.everybody:
        return true()
    fields = (member(tx, change.c.fields, MERGED_INTO, one) for one in ("after", "before"))
    into: ColumnElement[int] = cast(func.substr(func.coalesce(*fields), 2), BigInteger)
    about_one = in_sight(tx, change.c.person, sight, day)
    return and_(about_one, or_(change.c.kind != Kind.MERGE, in_sight(tx, into, sight, day)))


def persons_seen(tx: Connection, persons: Collection[int], sight: Sight, day: date) -> set[int]:
    """Give those of some people whom a user sees on a day."""
    person = tables.person
    query = select(person.c.id).where(among(tx, person.c.id, persons), in_sight(tx, person.c.id, sight, day))
    return set(tx.execute(query).scalars())


def pay_in_sight(tx: Connection, sight: Sight, persons: Collection[int] | None = None) -> DaysSeen:
    """Give whose pay (of some people) a user sees, and of which days: the filter that every read of pay passes.

    Of themselves all; of a population the days on which a post of somebody was in it, of a team those on which the
    post was theirs. Another post of the same person is seen by its own days.
    """
    if sight.everybody:
        return DaysSeen(everything=True)
    version = tables.version
    rules = [_is_in(tx, version.c.attributes, one) for one in sorted(sight.populations)]
    if sight.team_of:
        rules.append(_is_led(tx, sight))
    query = select(version.c.person, version.c.engagement, version.c.start, version.c.end).where(
        version.c.revision_to.is_(None), or_(false(), *rules)
    )
    if persons is not None:
        query = query.where(among(tx, version.c.person, persons))
    found: defaultdict[tuple[int, str], set[tuple[date, date]]] = defaultdict(set)
    for person, engagement, start, end in tx.execute(query):
        found[person, engagement].add((start, end))
    return DaysSeen(days=found, own=sight.own)


def named_like(person: Column[int], source_key: Column[str], text: str) -> ColumnElement[bool]:
    """Be true where somebody's name, id or e-mail, or a source's key, has a text in it, capitals or not."""
    row = tables.person
    like = f"%{text.strip().casefold().replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
    columns = (row.c[name] for name in ("name", *NAMED_BY))
    said = or_(*(func.lower(column).like(like, escape="!") for column in columns))
    return or_(person.in_(select(row.c.id).where(said)), func.lower(source_key).like(like, escape="!"))


def member(tx: Connection, column: Column[str], *path: str) -> ColumnElement[Any]:
    """Give a member of a JSON text, as text."""
    if tx.dialect.name == "postgresql":
        found: ColumnElement[Any] = cast(column, JSONB)[path].astext
        return found
    return func.json_extract(column, "$." + ".".join(f'"{one}"' for one in path))


def _is_led(tx: Connection, sight: Sight) -> ColumnElement[bool]:
    return member(tx, tables.version.c.attributes, "manager").in_([f"P{one}" for one in sorted(sight.team_of)])


def _to_be_added(tx: Connection, population: Population) -> Select[Any]:
    """Give the people who are no participants, and whom a change would add, or would have added, to a population."""
    change, row = tables.change, tables.person
    known_alone = select(row.c.id).where(row.c.id == change.c.person, row.c.participant_since.is_(None)).exists()
    adds = change.c.kind == Kind.ADD, change.c.state != State.PROPOSING, known_alone
    return select(change.c.person).where(*adds, _is_in(tx, change.c.fields, population, "after"))


def _is_in(tx: Connection, column: Column[str], population: Population, *path: str) -> ColumnElement[bool]:
    if population.kind is not PopulationKind.PLAN:
        return member(tx, column, population.kind.value, *path) == population.name
    single, several = _PLANS
    return or_(
        member(tx, column, single, *path) == population.name,
        _has(tx, column, (several, *path), population.name),
        member(tx, column, f"{MEMBER_OF_PLAN}{population.name}", *path).is_not(None),
    )


def _has(tx: Connection, column: Column[str], path: tuple[str, ...], value: str) -> ColumnElement[bool]:
    """Be true where a list in a JSON text has a value."""
    if tx.dialect.name == "postgresql":
        return func.coalesce(cast(column, JSONB)[path].contains(func.to_jsonb(literal(value))), false())
    items = func.json_each(column, "$." + ".".join(f'"{one}"' for one in path)).table_valued("value")
    found: Select[Any] = select(1).where(items.c.value == value)
    return found.correlate(tables.version, tables.change).exists()
