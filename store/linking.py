"""Who is who, as people said it: the links that an act makes and ends, and who is not whom.

A run may link a record to somebody nobody knew, no more. Everything else about links is somebody's act, and so is what
is kept apart ("hr:W3 is not P1"): written together, in one transaction, under one digest that the audit covers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, or_, select, union, update

from domain.value import digest
from store import tables
from store.bulk import among, checked, insert_rows, stream
from store.faults import write
from store.head import allocate
from store.people import LINK, LinkRow, end_links, insert_links
from store.said_tables import apart as apart_table


@dataclass(frozen=True, slots=True)
class Apart:
    """A record of a source that somebody said not to be a person; `id` is 0 before it is kept."""

    source: str
    key: str
    person: int
    by: str
    why: str
    id: int = 0
    revision_from: int = 0
    revision_to: int | None = None
    ended_by: str | None = None
    ended_why: str | None = None

    @property
    def name(self) -> str:
        """The record as people write it: `hr:00282`."""
        return f"{self.source}:{self.key}"


@dataclass(frozen=True, slots=True)
class Linking:
    """What one act says of who is who: links made and ended, who is apart from now on, and who no longer.

    What ends has `ended_by` and `ended_why`.
    """

    made: tuple[LinkRow, ...] = ()
    ended: tuple[LinkRow, ...] = ()
    apart: tuple[Apart, ...] = ()
    together: tuple[Apart, ...] = ()

    @property
    def digest(self) -> str:
        """What the audit covers of it, whatever the order; nothing where nothing is said."""
        said: list[tuple[str | int | None, ...]] = [
            *(("link", one.source, one.key, one.person, one.by, one.why) for one in self.made),
            *(("end", one.source, one.key, one.person, one.ended_by, one.ended_why) for one in self.ended),
            *(("apart", one.source, one.key, one.person, one.by, one.why) for one in self.apart),
            *(("together", one.source, one.key, one.person, one.ended_by, one.ended_why) for one in self.together),
        ]
        return digest(sorted(said, key=repr)) if said else ""

    def with_also(self, other: Linking) -> Linking:
        """Give what both say together."""
        return Linking(
            (*self.made, *other.made), (*self.ended, *other.ended), (*self.apart, *other.apart),
            (*self.together, *other.together),
        )  # fmt: skip


_APART = (
    *("source", "source_key", "person", "by", "why", "id", "revision_from", "revision_to"),
    *("ended_by", "ended_why"),
)


_Said = TypeVar("_Said", LinkRow, Apart)


def write_linking(tx: Connection, said: Linking, revision: int) -> Linking:
    """Write down what an act says, from a revision on; gives it with the ids of what is apart from now on."""
    for (by, why), rows in _by_why(said.ended).items():
        end_links(tx, [one.id for one in rows], revision, by=by, why=why)
    if said.made:
        insert_links(tx, None, said.made, revision)
    for (by, why), pairs in _by_why(said.together).items():
        end_apart(tx, [one.id for one in pairs], revision, by=by, why=why)
    if not said.apart:
        return said
    first = allocate(tx, "apart", len(said.apart))
    numbered = tuple(replace(one, id=first + nth) for nth, one in enumerate(said.apart))
    set_apart(tx, numbered, revision)
    return replace(said, apart=numbered)


@write("linking.set_apart")
def set_apart(tx: Connection, rows: Sequence[Apart], revision: int) -> None:
    """Insert who is not whom from a revision on, with ids already allocated."""
    insert_rows(
        tx,
        apart_table,
        ("id", "source", "source_key", "person", "by", "why", "revision_from"),
        ((one.id, one.source, one.key, one.person, one.by, one.why, revision) for one in rows),
    )


@write("linking.end_apart")
def end_apart(tx: Connection, ids: Collection[int], revision: int, *, by: str | None, why: str | None) -> int:
    """Let it no longer be said, from a revision on, that records are not people; gives of how many."""
    apart = apart_table
    current = update(apart).where(among(tx, apart.c.id, ids), apart.c.revision_to.is_(None))
    return tx.execute(current.values(revision_to=revision, ended_by=by, ended_why=why)).rowcount


def aparts(tx: Connection, person: int | None = None, *, everything: bool = False) -> list[Apart]:
    """Give who is not whom (of one person), with `everything` also what was ended, in the order it was said."""
    conditions = [] if everything else [apart_table.c.revision_to.is_(None)]
    return _aparts(tx, *conditions, *([] if person is None else [apart_table.c.person == person]))


def apart_from(tx: Connection, source: str, key: str) -> list[Apart]:
    """Give whom a record is said not to be now."""
    apart = apart_table
    return _aparts(tx, apart.c.source == source, apart.c.source_key == key, apart.c.revision_to.is_(None))


def apart_pairs(tx: Connection, source: str) -> Iterator[tuple[str, int]]:
    """Give (key, person) of the records of a source and whom each is said not to be, in order.

    It is said of both: where somebody's new record is not a person, a record that was that person's before is not who
    the new one turned out to be, unless it was said not to be that person's either.
    """
    apart, who, theirs = apart_table, tables.link.alias("who"), tables.link.alias("theirs")
    current = apart.c.revision_to.is_(None)
    said = select(apart.c.source_key.label("key"), apart.c.person).where(apart.c.source == source, current)
    other = apart_table.alias("other")
    same_pair = (other.c.source == theirs.c.source, other.c.source_key == theirs.c.key)
    taken_back = select(1).where(*same_pair, other.c.person == theirs.c.person, other.c.revision_to.is_(None)).exists()
    other_way = (
        select(theirs.c.key, who.c.person)
        .select_from(apart)
        .join(who, (who.c.source == apart.c.source) & (who.c.key == apart.c.source_key) & who.c.revision_to.is_(None))
        .join(theirs, (theirs.c.person == apart.c.person) & (theirs.c.person != who.c.person))
        .where(current, theirs.c.source == source, theirs.c.revision_to.is_not(None), ~taken_back)
    )
    both = union(said, other_way).subquery()
    for row in stream(tx, select(both.c.key, both.c.person).order_by(both.c.key, both.c.person)):
        yield row.key, row.person


def replaced_keys(tx: Connection, source: str, keys: Collection[str]) -> set[tuple[str, int]]:
    """Give, of keys that are nobody's, (key, person) of whose they were: people who have another one there now."""
    was, now = tables.link.alias("was"), tables.link.alias("now")
    query = (
        select(was.c.key, was.c.person)
        .join(now, (now.c.person == was.c.person) & (checked(tx, now.c.source) == source) & now.c.revision_to.is_(None))
        .where(checked(tx, was.c.source) == source, among(tx, was.c.key, keys), was.c.revision_to.is_not(None))
    )
    return {(row.key, row.person) for row in tx.execute(query)}


def keys_said_since(tx: Connection, source: str, revision: int) -> set[str]:
    """Give the keys of a source of which anybody said after a revision who they are, or are not."""
    link, apart = tables.link, apart_table
    of_links = select(link.c.key).where(
        link.c.source == source,
        or_(link.c.run.is_(None) & (link.c.revision_from > revision), link.c.revision_to > revision),
    )
    of_apart = select(apart.c.source_key).where(
        apart.c.source == source, or_(apart.c.revision_from > revision, apart.c.revision_to > revision)
    )
    return set(tx.execute(union(of_links, of_apart)).scalars())


def said_by_revision(tx: Connection) -> dict[int, Linking]:
    """Give everything that was ever said of who is who, by the revision of the act that said it."""
    link = tables.link
    made: defaultdict[int, list[LinkRow]] = defaultdict(list)
    ended: defaultdict[int, list[LinkRow]] = defaultdict(list)
    query = select(*(link.c[name] for name in LINK), link.c.run)
    for *row, run in stream(tx, query.where(or_(link.c.run.is_(None), link.c.revision_to.is_not(None)))):
        one = LinkRow(*row)
        if run is None:
            made[one.revision_from].append(one)
        if one.revision_to is not None:
            ended[one.revision_to].append(one)
    apart: defaultdict[int, list[Apart]] = defaultdict(list)
    together: defaultdict[int, list[Apart]] = defaultdict(list)
    for pair in aparts(tx, everything=True):
        apart[pair.revision_from].append(pair)
        if pair.revision_to is not None:
            together[pair.revision_to].append(pair)
    told = {*made, *ended, *apart, *together}
    return {
        at: Linking(tuple(made[at]), tuple(ended[at]), tuple(apart[at]), tuple(together[at])) for at in sorted(told)
    }


def _aparts(tx: Connection, *conditions: ColumnElement[bool]) -> list[Apart]:
    apart = apart_table
    query = select(*(apart.c[name] for name in _APART)).where(*conditions).order_by(apart.c.id)
    return [Apart(*row) for row in tx.execute(query)]


def _by_why(ended: Iterable[_Said]) -> dict[tuple[str | None, str | None], list[_Said]]:
    found: defaultdict[tuple[str | None, str | None], list[_Said]] = defaultdict(list)
    for one in ended:
        found[one.ended_by, one.ended_why].append(one)
    return found
