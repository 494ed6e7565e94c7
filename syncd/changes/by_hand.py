"""What people type in: read, refused where it cannot be, and proposed like any other change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import Connection

from domain.attributes import DERIVED, STRONG_IDS, AttributeType
from domain.change import Change, DatedBy, Difference, Ending, Kind, State, kind_of
from domain.erase import names_another
from domain.errors import FixFile, Refused
from domain.plausible import typed_wrongly
from domain.record import Known, MappedRecord
from domain.step import Step, Version, fold
from domain.value import Value, Values, as_day
from domain.whose import Mode
from formula.canonical import LAST_DAY
from formula.parse import suggestion
from mapping.typed import typed
from store.audit import Act, record
from store.changes import asked_as, insert_changes
from store.erasing import kept_names
from store.head import allocate, current_revision
from store.history import steps_of
from store.named import holders
from syncd.configuration.settings import BY_HAND
from syncd.options import person_of, post_meant
from syncd.world import Actor, World

_DAY = timedelta(days=1)


def values_named(world: World, texts: Sequence[str]) -> dict[str, Value]:
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


def with_people(tx: Connection, world: World, values: Values) -> dict[str, Value]:
    """Put people in place of the keys that name them (`manager=00274`)."""
    types = world.workspace.attributes
    named = {name: value for name, value in values.items() if types[name] is AttributeType.PARTICIPANT}
    return {**values, **{name: f"P{person_of(tx, key).id}" for name, key in named.items() if isinstance(key, str)}}


def refuse_enforced(world: World, values: Values) -> None:
    """Refuse what `mode: enforce` leaves to the sources."""
    whose = world.workspace.whose
    if enforced := [name for name in sorted(values) if name in whose and whose[name].mode is Mode.ENFORCE]:
        raise Refused(f"{', '.join(enforced)}: `mode: enforce` leaves it to the source; correct it there")


def refuse_taken(tx: Connection, values: Values, person: int | None = None) -> None:
    """Refuse a strong id that belongs to somebody else than `person`, or still names what somebody erased was paid."""
    if told := names_another(dict(kept_names(tx, current_revision(tx))), values, person):
        raise Refused(told)
    for name in STRONG_IDS:
        value = values.get(name)
        owner = holders(tx, name, [value]).get(value) if isinstance(value, str) else None
        if owner not in (None, person):
            raise Refused(f"this {name} belongs to P{owner}: correct them with `set`, or give another id")


def refuse_implausible(
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


def steps_meant(tx: Connection, person: int, post: str | None, day: date) -> tuple[Step, ...]:
    """Give the steps of the post that is meant on a day. `FixFile` where there is no such post, or no one is named."""
    known = {engagement: steps for (_, engagement), steps in steps_of(tx, [person]).items()}
    return known.get(post_meant(person, {name: fold(steps) for name, steps in known.items()}, post, day), ())


def change_by_hand(
    person: int, version: Version, found: Mapping[str, Difference], start: date, until: date | None, text: str
) -> Change:
    """Give a change of some values from a day (until a day); one that ends the employment is completed."""
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


def propose(tx: Connection, world: World, change: Change, revision: int, who: Actor, act: str) -> Change:
    """Write a change that waits for a decision, and who proposed it. `Refused` where that is asked already."""
    if again := asked_as(tx, [change.fingerprint]).get(change.fingerprint):
        raise Refused(f"C{again} asks for exactly that: approve or reject it")
    change = replace(change, id=allocate(tx, "change"), baseline=revision, state=State.PENDING)
    insert_changes(tx, None, [change], author=who.name)
    acts = [Act(act, f"C{change.id}", change.fingerprint, change.reason)]
    record(
        tx, revision, acts, at=world.now(), by=who.account, for_user=who.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip
    return change
