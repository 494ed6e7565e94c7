"""`set`, `add`: what a person proposes, decided like any other change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from domain.attributes import DERIVED, QUOTA, STRONG_IDS, AttributeType
from domain.change import Change, DatedBy, Difference, Ending, Kind, State, kind_of
from domain.errors import FixFile, Refused
from domain.match import Match, match
from domain.plausible import added_wrongly, typed_wrongly
from domain.record import Candidate, Known, MappedRecord
from domain.step import Step, Version, fold, on
from domain.value import Value, Values, as_day
from domain.whose import Mode
from formula.canonical import LAST_DAY
from formula.parse import suggestion
from mapping.typed import typed
from store.audit import Act, record
from store.changes import asked_as, insert_changes
from store.database import writing
from store.head import allocate, take_revision
from store.history import steps_of
from store.people import FIRST_SEEN, PersonRow, current_links, holders, insert_people, named_by
from syncd import show
from syncd.changes.differences import differences
from syncd.changes.quotas_by_hand import quota_change, quotas_by_hand
from syncd.configuration.settings import BY_HAND
from syncd.documents import change_document
from syncd.options import DAY, as_json, as_user, day_of, person_of, reason, why
from syncd.world import Actor, World, actor, open_world

_DAY = timedelta(days=1)


@click.command("set")
@click.argument("key")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--from", "start", type=DAY, required=True, help="the first day it holds")
@click.option("--to", "last", type=DAY, help="the last day it holds (default: no end)")
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
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose one correction of a participant's values; an empty VALUE clears.

    A quota is set as `quota:MEASURE=AMOUNT CURRENCY` or `quota:MEASURE:LINE=AMOUNT`, with --to.
    """
    text, who = why(reason), actor(user)
    world = open_world(*place)
    are_quotas = any(value.startswith(QUOTA) for value in values)
    wanted = {} if are_quotas else _values(world, values)
    first, until = _first_day(start), _after(day_of(last))
    if until is not None and until <= first:
        raise FixFile(f"--to lies before --from: from {first} to {day_of(last)} is no day")
    quotas = quotas_by_hand(values, first, until) if are_quotas else {}
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "set")
        person = person_of(tx, key)
        steps = steps_of(tx, [person.id]).get((person.id, "main"), ())
        if until is not None and quotas:
            change = quota_change(person.id, fold(steps), quotas, (first, until), text)
            _answer(_propose(tx, world, change, revision, who, "set"), as_json=as_json)
            return 0
        wanted = _resolved(tx, world, wanted)
        _refuse_enforced(world, wanted)
        _refuse_taken(tx, wanted, person.id)
        version = on(fold(steps), first)
        if version is None:
            raise FixFile(f"P{person.id} is no participant on {first}: see `participants --history {key}`")
        found = differences(version.attributes, wanted, wanted)
        if not found:
            raise FixFile(f"P{person.id} has these values already on {first}")
        _refuse_implausible(world, version, steps, found, first, until)
        change = _change(person.id, version, found, first, until, text)
        change = _propose(tx, world, change, revision, who, "set")
    _answer(change, as_json=as_json)
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
    text, who = why(reason), actor(user)
    world = open_world(*place)
    wanted = {**_values(world, values)}
    wanted.setdefault("status", "active")
    if wanted["status"] == "terminated":
        raise FixFile("somebody who has left is not added: add them as active, then `set` the last day")
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "add")
        wanted = _resolved(tx, world, wanted)
        if wrong := added_wrongly(wanted, _first_day(start), world.today):
            raise FixFile("; ".join(wrong))
        known = _known_already(tx, wanted)
        _refuse_taken(tx, wanted, known)
        number = known or allocate(tx, "person")
        if known is None:
            insert_people(tx, None, [_person(number, wanted)], revision)
        found = differences({}, wanted, wanted)
        change = Change(
            Kind.ADD, number, BY_HAND, None, _first_day(start), DatedBy.ADMIN, tuple(found.values()),
            source_effective=None, reason=text,
        )  # fmt: skip
        change = _propose(tx, world, change, revision, who, "add")
    _answer(change, as_json=as_json)
    return 0


def _values(world: World, texts: Sequence[str]) -> dict[str, Value]:
    """Read NAME=VALUE pairs. `FixFile` lists everything that is wrong with them."""
    known = {name: kind for name, kind in world.workspace.attributes.items() if name not in DERIVED}
    values, wrong = {}, []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            wrong.append(f"{text}: there is no `=` in it; write NAME=VALUE")
            continue
        if name not in known:
            wrong.append(f"{text}: write NAME=VALUE with a known attribute{suggestion(name, tuple(known))}")
            continue
        try:
            values[name] = typed(name, known[name], value)
            if values[name] == LAST_DAY:
                wrong.append(f"{text}: no day is that late; leave the value empty for no end")
        except ValueError as error:
            wrong.append(f"{text}: {error}")
    if wrong:
        raise FixFile("; ".join(wrong))
    return values


def _resolved(tx: Connection, world: World, values: Values) -> dict[str, Value]:
    """Put people in place of the keys that name them (`manager=00274`)."""
    types = world.workspace.attributes
    named = {name: value for name, value in values.items() if types[name] is AttributeType.PARTICIPANT}
    return {**values, **{name: f"P{person_of(tx, key).id}" for name, key in named.items() if isinstance(key, str)}}


def _refuse_enforced(world: World, values: Values) -> None:
    whose = world.workspace.whose
    if enforced := [name for name in sorted(values) if name in whose and whose[name].mode is Mode.ENFORCE]:
        raise Refused(f"{', '.join(enforced)}: `mode: enforce` leaves it to the source; correct it there")


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


def _refuse_taken(tx: Connection, values: Values, person: int | None = None) -> None:
    for name in STRONG_IDS:
        value = values.get(name)
        owner = holders(tx, name, [value]).get(value) if isinstance(value, str) else None
        if owner not in (None, person):
            raise Refused(f"{name} {value} belongs to P{owner}: correct them with `set`, or give another id")


def _refuse_implausible(
    world: World,
    version: Version,
    steps: Sequence[Step],
    found: Mapping[str, Difference],
    first: date,
    until: date | None,
) -> None:
    """Refuse what cannot be so, with everything that is wrong with it."""
    values = {name: item.after for name, item in found.items()}
    typed_in = MappedRecord(BY_HAND, "", 0, "", values, version.engagement, first, until)
    opens = min(one.opened for one in fold(steps))
    known = Known(version.person, first, version, opens)
    if wrong := typed_wrongly(typed_in, known, found, world.today):
        raise FixFile(f"P{version.person}: {'; '.join(wrong)}")


def _change(
    person: int, version: Version, found: Mapping[str, Difference], start: date, until: date | None, text: str
) -> Change:
    found = dict(found)
    ends_it = _ends_it(version, found, start, until)
    return Change(
        kind=Kind.TERMINATION if ends_it else kind_of(tuple(found.values())),
        person=person,
        feed=BY_HAND,
        source_key=None,
        engagement=version.engagement,
        effective=start,
        until=until,
        dated_by=DatedBy.ADMIN,
        differences=tuple(found.values()),
        ending=Ending.ADMIN if ends_it else None,
        reason=text,
    )


def _ends_it(version: Version, found: dict[str, Difference], start: date, until: date | None) -> bool:
    """Tell whether values end the employment, completing them. `FixFile` where they say two things."""
    last, status = found.get("termination_date"), found.get("status")
    if last is not None and last.after is None:
        raise FixFile("an ending is not taken back by `set`: correct it in the source, which then proposes it")
    ends_it = last is not None or (status is not None and status.after == "terminated")
    if not ends_it:
        return False
    if until is not None:
        raise FixFile("an ending has no --to: for a time away use status=on_leave or status=suspended")
    if last is not None and as_day(last.after) != start - _DAY:
        raise FixFile(f"with the last day {last.after} it ends the day after: say --from {_next_day(last.after)}")
    if status is not None and status.after != "terminated":
        raise FixFile(f"status={status.after} beside a last day says two things: leave one out")
    if version.attributes.get("status") != "terminated":
        found["status"] = Difference("status", version.attributes.get("status"), "terminated")
    return True


def _next_day(value: Value) -> date | None:
    day = as_day(value)
    return day + _DAY if day else None


def _propose(tx: Connection, world: World, change: Change, revision: int, who: Actor, act: str) -> Change:
    """Write a change that waits for a decision, and who proposed it. `Refused` where that is asked already."""
    if again := asked_as(tx, change.fingerprint):
        raise Refused(f"C{again} asks for exactly that: approve or reject it")
    change = replace(change, id=allocate(tx, "change"), baseline=revision, state=State.PENDING)
    insert_changes(tx, None, [change], author=who.name)
    acts = [Act(act, f"C{change.id}", change.fingerprint, change.reason)]
    record(
        tx, revision, acts, at=world.now(), by=who.account, for_user=who.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip
    return change


def _answer(change: Change, *, as_json: bool) -> None:
    if as_json:
        show.answer(change_document(change, None, None))
    else:
        day = f"last day {change.effective - _DAY}" if change.kind is Kind.TERMINATION else f"from {change.effective}"
        show.line(f"C{change.id} is proposed ({change.kind.value}, {day}): approve or reject it")


def _person(number: int, values: Values) -> PersonRow:
    def text(name: str) -> str | None:
        value = values.get(name)
        return value if isinstance(value, str) else None

    hired = text("hire_date")
    return PersonRow(
        id=number,
        kind=text("kind") or "employee",
        name=text("name"),
        employee_id=text("employee_id"),
        partner_id=text("partner_id"),
        vendor_id=text("vendor_id"),
        email=text("email"),
        hire_date=date.fromisoformat(hired) if hired else None,
    )


def _after(last: date | None) -> date | None:
    return last + timedelta(days=1) if last else None


def _first_day(start: datetime) -> date:
    return day_of(start) or start.date()
