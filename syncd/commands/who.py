"""`answer`, `links`, `link`, `unlink`: who a record of a source is, decided by people."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from domain.errors import FixFile
from store.database import reading
from store.head import moments_of
from store.linking import Apart, aparts
from store.people import LinkRow, PersonRow, links_of
from syncd import show
from syncd.changes.answering import Answer, answer, answer_value
from syncd.changes.linking import Said, link, unlink
from syncd.changes.told import answered_document, value_answered_document
from syncd.commands.acting import as_user
from syncd.documents import Document, link_document
from syncd.names import number, shown
from syncd.options import as_json, person_of, reason, why
from syncd.world import Actor, World, actor, open_world

#: What an answer comes to, in words.
_COMES_TO = {
    Answer.IS: "{record} is {person}: the next run compares it",
    Answer.NEW: "{record} is somebody new, {person}: the next run proposes the add",
    Answer.NEVER: "{record} is no participant: their add is rejected for good (see `rejections`)",
}


@click.command("answer")
@click.argument("question")
@click.option("--is", "key", metavar="KEY", help="it is this person: P12, an id, source:key or an e-mail")
@click.option("--new", "is_new", is_flag=True, help="it is somebody new, and none of those it may be")
@click.option("--never", "is_never", is_flag=True, help="it is no participant at all, and never to be added")
@click.option("--value", metavar="V", help="of a question about a value: this one holds; empty: none")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def answer_command(
    place: tuple[Path, Any],
    question: str,
    key: str | None,
    is_new: bool,  # noqa: FBT001 - click passes options so
    is_never: bool,  # noqa: FBT001 - as above
    value: str | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """Answer a question of `conflicts`: who a record is, or which value holds."""
    wanted = number(question, "Q", "question")
    if value is not None and not (key is not None or is_new or is_never):
        return _answer_value(open_world(*place), wanted, value, why(reason), actor(user), as_json=as_json)
    given = [
        said
        for said, is_said in ((Answer.IS, key is not None), (Answer.NEW, is_new), (Answer.NEVER, is_never))
        if is_said
    ]
    if len(given) != 1 or value is not None:
        raise FixFile("say one of --is KEY, --new, --never, --value V")
    world, text, who = open_world(*place), why(reason), actor(user)
    found = answer(world, wanted, given[0], key, text, who)
    if as_json:
        show.answer(answered_document(found))
        return 0
    told = _COMES_TO[found.answer].format(record=found.record, person=f"P{found.person}")
    show.line(
        f"Q{found.question} is answered: {told}" if found.is_news else f"Q{found.question} had this answer: {told}"
    )
    return 0


def _answer_value(world: World, wanted: int, value: str, reason: str, who: Actor, *, as_json: bool) -> int:
    found = answer_value(world, wanted, value, reason, who)
    if as_json:
        show.answer(value_answered_document(found))
        return 0
    told = "is answered" if found.is_news else "had this answer"
    said = "nothing" if found.value is None else f"'{shown(found.value, {})}'"
    show.line(f"Q{found.question} {told}: {found.attribute} is {said} while the sources say what they say now")
    return 0


@click.command("links")
@click.argument("key", required=False)
@click.option("--apart", is_flag=True, help="which records were said not to be whom")
@click.option("--all", "everything", is_flag=True, help="with --apart: what is no longer said, too")
@as_json
@click.pass_obj
def links_command(
    place: tuple[Path, Any],
    key: str | None,
    apart: bool,  # noqa: FBT001 - click passes options so
    everything: bool,  # noqa: FBT001 - as above
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """List which records of which source are whom, who said so, when and why; ended ones too."""
    if everything and not apart:
        raise FixFile("--all goes with --apart: links that ended are always listed")
    world = open_world(*place)
    with reading(world.database) as tx:
        person = person_of(tx, key, of_before=True).id if key else None
        found: Sequence[LinkRow | Apart] = aparts(tx, person, everything=everything) if apart else links_of(tx, person)
        ends = {one.revision_to for one in found if one.revision_to is not None}
        moments = moments_of(tx, {one.revision_from for one in found} | ends)
    documents = [link_document(one, moments) for one in found]
    if as_json:
        show.answer(documents)
    elif apart:
        _table("Records that are not these people", ("id", "link", "participant"), documents)
    else:
        _table("Links", ("link", "participant"), documents)
    return 0


@click.command("link")
@click.argument("record", metavar="SOURCE:KEY")
@click.argument("key")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def link_command(
    place: tuple[Path, Any],
    record: str,
    key: str,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Let a record be somebody, at once, whoever it was before; the next run compares it."""
    text, who, world = why(reason), actor(user), open_world(*place)
    found = link(world, record, key, text, who)
    if as_json:
        show.answer({**_said_document(found), "moved_from": f"P{found.other.id}" if found.other else None})
        return 0
    name, whom = found.record.name, _who(found.person)
    if not found.is_news:
        show.line(f"{name} is {whom} already")
        return 0
    show.line(f"{name} is {whom} from now on" + (f", and no longer {_who(found.other)}" if found.other else ""))
    if found.apart:
        show.line(f"that it is not {whom} is no longer said ({_listed('X', [one.id for one in found.apart])})")
    if found.beside:
        others = ", ".join(one.name for one in found.beside)
        show.line(f"{whom} has other records there, which count too: {others}")
    _show_moot(found)
    return 0


@click.command("unlink")
@click.argument("record", metavar="SOURCE:KEY")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def unlink_command(
    place: tuple[Path, Any],
    record: str,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Let a record be nobody's, at once, and never be taken for that person again."""
    text, who, world = why(reason), actor(user), open_world(*place)
    found = unlink(world, record, text, who)
    if as_json:
        show.answer(_said_document(found))
        return 0
    name, whom, said = found.record.name, _who(found.person), _listed("X", [one.id for one in found.apart])
    if not found.is_news:
        show.line(f"{name} is nobody's already, and not {whom} ({said})")
        return 0
    show.line(f"{name} is not {whom}, which is remembered as {said}: the next run asks who it is, or takes it for new")
    if not found.beside:
        show.line(f"{whom} has no record in {found.record.source.name} any more: no read of it ends or changes them")
    _show_moot(found)
    return 0


def _show_moot(found: Said) -> None:
    if found.withdrawn:
        show.line(f"withdrawn, for it asked this of somebody else: {_listed('C', found.withdrawn)}")
    if found.closed:
        show.line(f"closed: {_listed('Q', found.closed)}")


def _said_document(found: Said) -> Document:
    return {
        "link": found.record.name,
        "participant": f"P{found.person.id}",
        "already": not found.is_news,
        "beside": [one.name for one in found.beside],
        "apart": [f"X{one.id}" for one in found.apart],
        "withdrawn": [f"C{one}" for one in found.withdrawn],
        "closed": [f"Q{one}" for one in found.closed],
    }


def _table(title: str, first: Sequence[str], documents: Sequence[Document]) -> None:
    def told(one: Document, at: str, by: str, reason: str) -> str:
        if one[at] is None:
            return ""
        said = " by ".join(part for part in (one[at][:10], one[by]) if part)
        return f"{said}: {one[reason]}" if one[reason] else said

    rows = [
        (
            *(one[name] for name in first),
            told(one, "since_at", "by", "why"),
            told(one, "ended_at", "ended_by", "ended_why"),
        )
        for one in documents
    ]
    show.table(title, (*first, "since", "ended"), rows)


def _who(person: PersonRow | None) -> str:
    if person is None:
        return "nobody"
    return f"P{person.id} ({person.name})" if person.name else f"P{person.id}"


def _listed(letter: str, numbers: Sequence[int]) -> str:
    return ", ".join(f"{letter}{one}" for one in numbers)
