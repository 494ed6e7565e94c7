"""A question is answered by a person: who a record is, or which value holds.

In: a question that is open, and what somebody says. Out: the link, the memory of who it is not, the rejection; and the
question closed, all in one transaction. The answer to a question about a value is heard in place of what the sources
say, the next time one of them is read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from domain.attributes import STRONG_IDS
from domain.change import Change, DatedBy, Difference, Kind, State
from domain.errors import FixFile, Refused
from domain.match import WHO
from domain.rejection import Scope
from domain.value import Value, Values, plain
from store.audit import Act
from store.changes import insert_changes
from store.conflicts import ConflictState, KeptConflict, conflicts
from store.database import writing
from store.head import allocate, take_revision
from store.linking import Apart, Linking, apart_from, write_linking
from store.linking_proof import ANSWERED, LINKED
from store.named import holders
from store.people import LinkRow, PersonRow, insert_people, links_to
from syncd.access.own import must_be_of_others
from syncd.changes.by_hand import values_named, with_people
from syncd.changes.decide import Outcome, Rejecting, reject_now
from syncd.changes.linking import Record, Saying, close_with, make_link, note, open_questions
from syncd.changes.proposals import person_told
from syncd.options import person_of
from syncd.world import Actor, World


class Answer(StrEnum):
    """What can be said of who a record is."""

    IS = "is"  #: somebody who is known
    NEW = "new"  #: somebody new, and none of those it may be
    NEVER = "never"  #: no participant, and none of those it may be: never to be added


@dataclass(frozen=True, slots=True)
class Answered:
    """A question with its answer; `is_news` is False where it had that answer before, and nothing was written."""

    question: int
    answer: Answer
    record: str
    person: int
    is_news: bool = True
    apart: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueAnswered:
    """A question about a value with its answer; `is_news` is False where it had that answer before."""

    question: int
    person: int
    attribute: str
    value: Value
    is_news: bool


def answer(world: World, number: int, said: Answer, key: str | None, why: str, who: Actor) -> Answered:
    """Answer a question about who a record is; `key` names the person it is.

    `Refused`: there is no such question, it is closed, was answered otherwise, or is about whoever answers. `FixFile`:
    it asks something else.
    """
    with writing(world.database) as tx:
        saying = Saying(tx, world, take_revision(tx, world.now(), ANSWERED), who, why)
        found = conflicts(tx, state=None, ids=[number])
        if not found:
            raise Refused(f"there is no question Q{number}: see `conflicts`")
        kept = found[0]
        if kept.conflict.kind != WHO:
            raise FixFile(f"Q{number} does not ask who a record is: say --value V ({kept.conflict.question})")
        record = _record_of(world, kept)
        person = person_of(tx, key) if key is not None else None
        _must_be_of_others(saying, kept, person)
        if kept.state is not ConflictState.OPEN:
            return _answered_before(kept, record, said, person)
        if person is not None:
            make_link(saying, record, person)
            return Answered(number, said, record.name, person.id)
        return _somebody_new(saying, kept, record, said)


def answer_value(world: World, number: int, text: str, why: str, who: Actor) -> ValueAnswered:
    """Answer a question about a value; empty text is null. It holds as long as the sources say what they say now.

    `Refused`: there is no such question, it is closed, was answered otherwise, or is about whoever answers. `FixFile`:
    it asks something else, or that is no such value.
    """
    with writing(world.database) as tx:
        saying = Saying(tx, world, take_revision(tx, world.now(), ANSWERED), who, why)
        found = conflicts(tx, state=None, ids=[number])
        if not found:
            raise Refused(f"there is no question Q{number}: see `conflicts`")
        kept = found[0]
        if kept.conflict.attribute is None or kept.conflict.person is None:
            raise FixFile(f"Q{number} asks who a record is: say --is KEY, --new or --never")
        _must_be_of_others(saying, kept)
        ((name, value),) = with_people(tx, world, values_named(world, [f"{kept.conflict.attribute}={text}"])).items()
        told = json.dumps(plain(value))
        if kept.state is ConflictState.CLOSED:
            raise Refused(f"Q{number} is closed: a later read answered it")
        if kept.state is ConflictState.ANSWERED and kept.answer != told:
            raise Refused(
                f"Q{number} was answered by {kept.by} otherwise: see `conflicts --all`. `override` hides both"
            )
        is_news = kept.state is ConflictState.OPEN
        if is_news:
            close_with(saying, kept, told)
    return ValueAnswered(number, kept.conflict.person, name, value, is_news)


def _must_be_of_others(saying: Saying, kept: KeptConflict, named: PersonRow | None = None) -> None:
    """Refuse who would say of themselves what they are paid by: whose a record is, and which value is theirs."""
    asked = {kept.conflict.person, *(one.person for one in kept.conflict.candidates), named.id if named else None}
    must_be_of_others(saying.tx, saying.world, saying.who, asked, "answer it", f"Q{kept.id}")


def _record_of(world: World, kept: KeptConflict) -> Record:
    feed = world.workspace.feed_named(kept.feed)
    if feed is None:
        raise Refused(
            f"Q{kept.id} was asked by feed {kept.feed}, which is gone from syncd.yaml: nothing asks it any more"
        )
    return Record(feed.source, kept.conflict.source_key)


def _answered_before(kept: KeptConflict, record: Record, said: Answer, person: PersonRow | None) -> Answered:
    if kept.answer is None:
        raise Refused(f"Q{kept.id} is closed: a later read answered it, or it did not arise any more")
    verb, _, whom = kept.answer.partition(" ")
    if verb != said or (person is not None and whom != f"P{person.id}"):
        told = f"{record.name} is {whom}" + {"is": "", "new": ", somebody new", "never": ", and no participant"}[verb]
        raise Refused(
            f"Q{kept.id} was answered by {kept.by}: {told} ({kept.reason}). To say otherwise: `link {record.name} KEY`"
        )
    return Answered(kept.id, said, record.name, int(whom.removeprefix("P")), is_news=False)


def _somebody_new(saying: Saying, kept: KeptConflict, record: Record, said: Answer) -> Answered:
    """Know somebody new from now on; where they are no participant at all, their add is rejected for good."""
    tx = saying.tx
    if now := links_to(tx, record.source.name, [record.key]).get(record.key):
        raise Refused(f"{record.name} is P{now.person} by now: `link {record.name} KEY` where it is somebody else")
    asked = [one for one in open_questions(saying, record) if one.conflict.kind == WHO]
    values = dict(kept.conflict.values)
    number = allocate(tx, "person")
    insert_people(tx, None, [_person(saying, number, values)], saying.revision)
    known = {one.person for one in apart_from(tx, record.source.name, record.key)}
    others = sorted({candidate.person for one in asked for candidate in one.conflict.candidates} - known)
    written = write_linking(
        tx,
        Linking(
            made=(LinkRow(record.source.name, record.key, number, saying.who.name, saying.why),),
            apart=tuple(Apart(record.source.name, record.key, other, saying.who.name, saying.why) for other in others),
        ),
        saying.revision,
    )
    note(saying, Act(LINKED, f"link {record.name}", written.digest, saying.why))
    for one in asked:
        close_with(saying, one, f"{said.value} P{number}")
    if said is Answer.NEVER:
        _reject_add(saying, kept, record, number, values)
    return Answered(kept.id, said, record.name, number, apart=tuple(one.id for one in written.apart))


def _person(saying: Saying, number: int, values: Values) -> PersonRow:
    """Give somebody as the record tells of them; an id that somebody else has is not theirs yet."""
    taken = {
        name for name in STRONG_IDS if isinstance(said := values.get(name), str) and holders(saying.tx, name, [said])
    }
    return person_told(number, {name: value for name, value in values.items() if name not in taken})


def _reject_add(saying: Saying, kept: KeptConflict, record: Record, person: int, values: Values) -> None:
    told = {"status": "active", **values}
    add = Change(
        kind=Kind.ADD,
        person=person,
        feed=kept.feed,
        source_key=record.key,
        effective=saying.world.today,
        dated_by=DatedBy.OBSERVED,
        differences=tuple(Difference(name, None, told[name]) for name in sorted(told)),
        row=kept.conflict.row,
        place=kept.conflict.place,
        id=allocate(saying.tx, "change"),
        state=State.PENDING,
        run=kept.run,
        baseline=saying.revision,
        source=record.source.name,
    )
    insert_changes(saying.tx, None, [add], author=saying.who.name)
    how = Rejecting(saying.why, Scope.GOOD)
    reject_now(saying.tx, saying.world, [add], how, saying.who, saying.revision, Outcome())
