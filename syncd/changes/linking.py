"""Who a record is, said by a person: at once and audited. The next run compares it as whom it was said to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from domain.change import OPEN, Kind, State
from domain.errors import FixFile, Refused
from domain.match import WHO
from formula.canonical import trim
from formula.parse import suggestion
from store.audit import Act, record
from store.changes import ChangeFilter, changes, mark
from store.conflicts import KeptConflict, answer_conflict, answer_digest, close_conflicts, conflicts
from store.database import writing
from store.erasing import erased_among, is_silent
from store.head import take_revision
from store.linking import Apart, Linking, apart_from, aparts, write_linking
from store.linking_proof import ANSWERED, FORGOTTEN, LINKED, UNLINKED
from store.people import LinkRow, PersonRow, current_links, links_to, people_of, update_identity
from store.rejections import end_rejections, rejections_of
from syncd.access.own import must_be_of_others
from syncd.configuration.settings import SourceSettings
from syncd.feeds.naming import facts_name_by
from syncd.options import person_of
from syncd.world import Actor, World

#: Why a no ends whose person turns out to be somebody else.
_NOBODY = "the record it is about is somebody else's"

_Ending = TypeVar("_Ending", LinkRow, Apart)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source, written `hr:00282`."""

    source: SourceSettings
    key: str

    @property
    def name(self) -> str:
        """How people write it."""
        return f"{self.source.name}:{self.key}"


@dataclass(frozen=True, slots=True)
class Saying:
    """Somebody says who a record is, in one transaction that has its revision."""

    tx: Connection
    world: World
    revision: int
    who: Actor
    why: str


@dataclass(frozen=True, slots=True)
class Said:
    """What it came to.

    is_news    False: it was said before, and nothing was written
    other      whose the record was, None where it was nobody's
    beside     the person's other records in that source
    apart      that the record is not somebody: from now on, or (of a link) no longer
    withdrawn  changes that the record asked for of somebody else
    closed     questions about the record that do not arise any more
    """

    record: Record
    person: PersonRow
    is_news: bool = True
    other: PersonRow | None = None
    beside: tuple[LinkRow, ...] = ()
    apart: tuple[Apart, ...] = ()
    withdrawn: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()


def record_named(world: World, text: str) -> Record:
    """Read `hr:00282`. `FixFile` where it is no record, or of no source that there is."""
    source, colon, key = text.partition(":")
    sources = {one.source.name: one.source for one in world.workspace.feeds.values()}
    own_key = trim(key)
    if not colon or own_key is None:
        raise FixFile(f"{text!r} names no record: write its source and its key, as in hr:00282")
    if source not in sources:
        raise FixFile(f"there is no source {source!r}{suggestion(source, tuple(sources))}")
    return Record(sources[source], own_key)


def link(world: World, text: str, key: str, why: str, who: Actor) -> Said:
    """Let a record be somebody.

    `Refused`: two records of its source never are one person, and they have one; or it is who says so themselves.
    """
    one = record_named(world, text)
    with writing(world.database) as tx:
        saying = Saying(tx, world, take_revision(tx, world.now(), LINKED), who, why)
        return make_link(saying, one, person_of(tx, key))


def unlink(world: World, text: str, why: str, who: Actor) -> Said:
    """Let a record be nobody's, and never be taken for that person again. `FixFile`: it was nobody's.

    `Refused`: the person is known from that record alone, or is who says so themselves.
    """
    one = record_named(world, text)
    with writing(world.database) as tx:
        saying = Saying(tx, world, take_revision(tx, world.now(), UNLINKED), who, why)
        return _end_link(saying, one)


def forget_apart(world: World, number: int, why: str, who: Actor) -> Apart:
    """Let it no longer be said that a record is not somebody. `Refused`: that is not said now, or of who says so."""
    with writing(world.database) as tx:
        saying = Saying(tx, world, take_revision(tx, world.now(), FORGOTTEN), who, why)
        found = next((one for one in aparts(tx) if one.id == number), None)
        if found is None:
            raise Refused(f"X{number} is not said now: see `links --apart --all`")
        must_be_of_others(tx, world, who, [found.person], "forget it", f"X{number}")
        written = write_linking(tx, Linking(together=(_ended(saying, found),)), saying.revision)
        note(saying, Act(FORGOTTEN, f"X{number}", written.digest, why))
    return found


def make_link(saying: Saying, one: Record, person: PersonRow) -> Said:
    """Let a record be somebody, whoever it was before; answers what is asked about it.

    Said of somebody who was erased, that they are back: the record is heard again.
    """
    tx = saying.tx
    now = links_to(tx, one.source.name, [one.key]).get(one.key)
    theirs = [row for row in current_links(tx, [person.id]) if row.source == one.source.name and row.key != one.key]
    other = people_of(tx, [now.person])[now.person] if now and now.person != person.id else None
    must_be_of_others(tx, saying.world, saying.who, [person.id, other.id if other else None], "link it", one.name)
    questions = open_questions(saying, one)
    if now and other is None and not is_silent(tx, now):
        return Said(one, person, is_news=False, beside=tuple(theirs), closed=_answer(saying, questions, person.id))
    if other is not None:
        _refuse_paid(saying, one, other)
    if theirs and one.source.one_record:
        raise Refused(
            f"P{person.id} is {theirs[0].name}, and of {one.source.name} two records never are one person "
            f"(`people: one_record`): name somebody else, or say first that {theirs[0].name} is not P{person.id} "
            f"(`unlink {theirs[0].name}`)"
        )
    said = Linking(
        made=(LinkRow(one.source.name, one.key, person.id, saying.who.name, saying.why),),
        ended=(_ended(saying, now),) if now else (),
        together=tuple(
            _ended(saying, pair) for pair in apart_from(tx, one.source.name, one.key) if pair.person == person.id
        ),
    )
    written = write_linking(tx, said, saying.revision)
    if other is not None:
        _let_go(saying, other)
    withdrawn = _withdraw(saying, one, keep=person.id)
    note(saying, Act(LINKED, f"link {one.name}", written.digest, saying.why))
    closed = _answer(saying, questions, person.id)
    return Said(
        one, person, other=other, beside=tuple(theirs), apart=written.together, withdrawn=withdrawn, closed=closed
    )


def note(saying: Saying, *acts: Act) -> None:
    """Write down acts of who is saying it."""
    record(
        saying.tx, saying.revision, acts, at=saying.world.now(), by=saying.who.account, for_user=saying.who.for_user,
        configuration=saying.world.configuration_hash,
    )  # fmt: skip


def open_questions(saying: Saying, one: Record) -> list[KeptConflict]:
    """Give what is asked about a record."""
    feeds = {feed.name for feed in saying.world.workspace.feeds.values() if feed.source.name == one.source.name}
    return [kept for kept in conflicts(saying.tx) if kept.feed in feeds and kept.conflict.source_key == one.key]


def close_with(saying: Saying, kept: KeptConflict, answer: str) -> None:
    """Close a question with an answer."""
    answer_conflict(saying.tx, kept.id, answer, saying.who.name, saying.why, saying.revision)
    note(saying, Act(ANSWERED, f"Q{kept.id}", answer_digest(replace(kept, answer=answer)), saying.why))


def _answer(saying: Saying, questions: list[KeptConflict], person: int) -> tuple[int, ...]:
    """Answer who a record is; what else was asked about it does not arise any more."""
    for kept in questions:
        if kept.conflict.kind == WHO:
            close_with(saying, kept, f"is P{person}")
    moot = [kept.id for kept in questions if kept.conflict.kind != WHO and kept.conflict.person != person]
    close_conflicts(saying.tx, moot, saying.revision)
    return tuple(kept.id for kept in questions if kept.conflict.kind == WHO or kept.id in moot)


def _refuse_paid(saying: Saying, one: Record, person: PersonRow) -> None:
    """Refuse to take a record away from somebody who was erased, where facts name people by such records."""
    named = one.source.name in facts_name_by(saying.world.workspace)
    if named and erased_among(saying.tx, [person.id]):
        raise Refused(
            f"by {one.name} facts name P{person.id}, who was erased: without it what was paid would be taken back; "
            "let the source and its facts give another key"
        )


def _end_link(saying: Saying, one: Record) -> Said:
    tx, source = saying.tx, one.source.name
    now = links_to(tx, source, [one.key]).get(one.key)
    if now is None:
        before = apart_from(tx, source, one.key)
        if not before:
            raise FixFile(f"{one.name} is nobody's: `links` lists which records are whose")
        return Said(one, people_of(tx, [before[-1].person])[before[-1].person], is_news=False, apart=(before[-1],))
    person = people_of(tx, [now.person])[now.person]
    must_be_of_others(tx, saying.world, saying.who, [person.id], "unlink it", one.name)
    _refuse_paid(saying, one, person)
    beside = tuple(row for row in current_links(tx, [person.id]) if row.name != one.name)
    if person.participant_since is None and not beside:
        raise Refused(
            f"P{person.id} is known from {one.name} alone, so there is nobody to tell it from: `reject` the add of "
            f"P{person.id}, or `link {one.name} KEY` to whoever it is"
        )
    apart = Apart(source, one.key, person.id, saying.who.name, saying.why)
    written = write_linking(tx, Linking(ended=(_ended(saying, now),), apart=(apart,)), saying.revision)
    withdrawn = _withdraw(saying, one, keep=None)
    note(saying, Act(UNLINKED, f"link {one.name}", written.digest, saying.why))
    questions = [kept.id for kept in open_questions(saying, one)]
    close_conflicts(tx, questions, saying.revision)
    theirs = tuple(row for row in beside if row.source == source)
    return Said(one, person, beside=theirs, apart=written.apart, withdrawn=withdrawn, closed=tuple(questions))


def _ended(saying: Saying, one: _Ending) -> _Ending:
    return replace(one, ended_by=saying.who.name, ended_why=saying.why)


def _let_go(saying: Saying, other: PersonRow) -> None:
    """Let somebody who never was more than this record be found by nothing any more, nor be refused: it is another."""
    if other.participant_since is not None or current_links(saying.tx, [other.id]):
        return
    update_identity(saying.tx, [PersonRow(other.id, other.kind)], saying.revision)
    refused = [one.id for one in rejections_of(saying.tx, [other.id]).get(other.id, ()) if not one.ended]
    end_rejections(saying.tx, refused, saying.revision, why=_NOBODY)


def _withdraw(saying: Saying, one: Record, *, keep: int | None) -> tuple[int, ...]:
    """Withdraw what a record asked for of anybody else, and every question whether it is somebody."""
    states = (*OPEN, State.SUPPRESSED)
    asked = changes(saying.tx, ChangeFilter(states=states, source_keys=[one.key]))
    mine = [change for change in asked if change.source == one.source.name]
    moot = tuple(change.id for change in mine if change.kind is Kind.LINK or change.person != keep)
    mark(saying.tx, moot, State.WITHDRAWN, expected=states)
    return moot
