"""`set`, `add`: what a person proposes, decided like any other change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from domain.attributes import STRONG_IDS
from domain.change import Change, DatedBy, Kind
from domain.errors import FixFile
from domain.match import Match, match
from domain.plausible import added_wrongly
from domain.record import Candidate, MappedRecord
from domain.step import FOREVER, fold, on
from domain.value import Values, plain
from domain.whose import Opinion
from store.database import writing
from store.head import allocate, take_revision
from store.named import named_by
from store.people import FIRST_SEEN, PersonRow, current_links, insert_people
from syncd import show
from syncd.changes.by_hand import (
    change_by_hand,
    propose,
    refuse_enforced,
    refuse_implausible,
    refuse_taken,
    steps_meant,
    values_named,
    with_people,
)
from syncd.changes.dated_by_hand import dated_by_hand, dated_change
from syncd.changes.differences import differences
from syncd.changes.members_by_hand import refuse_unknown
from syncd.changes.proposals import person_told
from syncd.changes.sayings import differing
from syncd.commands.acting import as_user
from syncd.configuration.settings import BY_HAND
from syncd.documents import change_document
from syncd.names import shown
from syncd.options import DAY, as_json, day_of, person_of, post, reason, why
from syncd.world import one_of_two, open_world

_DAY = timedelta(days=1)


@click.command("set")
@click.argument("key")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--from", "start", type=DAY, required=True, help="the first day it holds")
@click.option("--to", "last", type=DAY, help="the last day it holds (default: no end)")
@post
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def set_command(
    place: tuple[Path, Any],
    key: str,
    values: tuple[str, ...],
    start: datetime,
    last: datetime | None,
    post: str | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose one correction of a participant's values; an empty VALUE clears.

    A quota is set as `quota:MEASURE=AMOUNT CURRENCY` or `quota:MEASURE:LINE=AMOUNT`, with --to. A membership as
    `member:KIND:UNIT=ROLE SHARE; TERM=VALUE`, each of which may be left out, or `member:KIND:UNIT=in`.
    """
    text, world = why(reason), open_world(*place)
    who = one_of_two(user, world, of_changes=True)
    first, until = _first_day(start), _after(day_of(last))
    if until is not None and until <= first:
        raise FixFile(f"--to lies before --from: from {first} to {day_of(last)} is no day")
    dated = dated_by_hand(values, first, until)
    wanted = values_named(world, values) if dated is None else {}
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "set")
        person = person_of(tx, key)
        steps = steps_meant(tx, person.id, post, first)
        if dated is not None:
            versions, days = fold(steps), (first, until or FOREVER)
            refuse_unknown(tx, world, person.id, on(versions, first), dated, days)
            change = dated_change(person.id, versions, dated, days, text)
            _answer(propose(tx, world, change, revision, who, "set"), as_json=as_json)
            return 0
        wanted = with_people(tx, world, wanted)
        refuse_enforced(world, wanted)
        refuse_taken(tx, wanted, person.id)
        version = on(fold(steps), first)
        if version is None:
            raise FixFile(f"P{person.id} is no participant on {first}: see `participants --history {key}`")
        found = differences(version.attributes, wanted, wanted)
        if not found:
            raise FixFile(f"P{person.id} has these values already on {first}")
        refuse_implausible(world, version, steps, found, first, until)
        change = change_by_hand(person.id, version, found, first, until, text)
        change = propose(tx, world, change, revision, who, "set")
    _answer(change, as_json=as_json, differing=differing(world, person.id, version.engagement, wanted))
    return 0


@click.command("add")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--from", "start", type=DAY, required=True, help="the first day")
@reason(required=False)
@as_user
@as_json
@click.pass_obj
def add_command(
    place: tuple[Path, Any],
    values: tuple[str, ...],
    start: datetime,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose a participant who is in no source, and is managed here."""
    text, world = why(reason), open_world(*place)
    who = one_of_two(user, world, of_changes=True)
    wanted = {**values_named(world, values)}
    wanted.setdefault("status", "active")
    if wanted["status"] == "terminated":
        raise FixFile("somebody who has left is not added: add them as active, then `set` the last day")
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "add")
        wanted = with_people(tx, world, wanted)
        if wrong := added_wrongly(wanted, _first_day(start), world.today):
            raise FixFile("; ".join(wrong))
        known = _known_already(tx, wanted)
        refuse_taken(tx, wanted, known)
        number = known or allocate(tx, "person")
        if known is None:
            insert_people(tx, None, [person_told(number, wanted)], revision)
        found = differences({}, wanted, wanted)
        change = Change(
            Kind.ADD, number, BY_HAND, None, _first_day(start), DatedBy.ADMIN, tuple(found.values()),
            source_effective=None, reason=text,
        )  # fmt: skip
        change = propose(tx, world, change, revision, who, "add")
    _answer(change, as_json=as_json)
    return 0


def _known_already(tx: Connection, values: Values) -> int | None:
    """Give who it is that a run has seen already, and nobody has added yet; None where it is somebody new."""
    typed_in = MappedRecord(BY_HAND, "", 0, "", values)
    named = named_by(tx, values)
    found = match(typed_in, [Candidate(row.id, row.name, rule, _ids(row)) for row, rule in named])
    if not isinstance(found, Match):
        return None
    person = found.candidate.person
    is_participant = any(row.id == person and row.participant_since for row, _ in named)
    seen = any(one.by == FIRST_SEEN for one in current_links(tx, [person]))
    return person if seen and not is_participant else None


def _ids(row: PersonRow) -> Values:
    return {name: getattr(row, name) for name in STRONG_IDS}


def _answer(change: Change, *, as_json: bool, differing: Sequence[tuple[str, Opinion]] = ()) -> None:
    """Say what is proposed; `differing` are the sources that say otherwise, and will propose their own again."""
    if as_json:
        said = [{"attribute": name, "source": one.source, "value": plain(one.value)} for name, one in differing]
        show.answer({**change_document(change, None, None), "differs": said})
    else:
        day = f"last day {change.effective - _DAY}" if change.kind is Kind.TERMINATION else f"from {change.effective}"
        show.line(f"C{change.id} is proposed ({change.kind.value}, {day}): approve or reject it")
        for name, one in differing:
            value = "nothing" if one.value is None else f"'{shown(one.value, {})}'"
            show.line(f"  {one.source} says {value} of {name} and will propose that again: `override` would hide it")


def _after(last: date | None) -> date | None:
    return last + timedelta(days=1) if last else None


def _first_day(start: datetime) -> date:
    return day_of(start) or start.date()
