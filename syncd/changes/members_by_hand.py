"""A membership that a person sets: `set 01001 "member:team:T1=lead 60%; target=50000" --from 2026-03-01`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from domain.attributes import MEMBER, UnitKind
from domain.change import ends
from domain.dated_changes import Period
from domain.errors import FixFile
from domain.facts import FIELDS, MEMBER_KINDS, ROLES, TERMS, FactKind
from domain.member import Membership, membership_of, memberships_in
from domain.step import FOREVER, Version
from domain.units import Unit, UnitId, units_of
from domain.value import Value, Values
from formula.canonical import trim
from formula.parse import suggestion
from mapping.typed import typed
from store.head import current_revision
from store.history import roster
from store.plans import plan_versions
from syncd.facts.units import units_as_known
from syncd.world import World

#: What is said of a membership of which nothing else is to be said.
_IN = "in"
_FORM = "write it as member:KIND:UNIT=ROLE SHARE; TERM=VALUE, each of which may be left out, or member:KIND:UNIT=in"
_DAY = timedelta(days=1)


def members_by_hand(texts: Sequence[str], period: Period) -> dict[str, Value]:
    """Read memberships over the same days; an empty one is an end. `FixFile` lists all that is wrong with them."""
    values: dict[str, Value] = {}
    wrong = []
    for text in texts:
        name, equals, said = text.partition("=")
        kind, _, unit = name.removeprefix(MEMBER).partition(":")
        unit = trim(unit) or ""
        if not equals or not name.startswith(MEMBER):
            wrong.append(f"{text}: a membership is set by itself, as member:KIND:UNIT=ROLE SHARE; TERM=VALUE")
        elif kind not in MEMBER_KINDS:
            wrong.append(f"{text}: '{kind}' is nothing one is a member of: it is one of {', '.join(MEMBER_KINDS)}")
        elif not unit:
            wrong.append(f"{text}: no {kind} is named; {_FORM}")
        elif (attribute := f"{MEMBER}{kind}:{unit}") in values:
            wrong.append(f"{text}: {attribute} is said twice: leave one of them out")
        elif not said.strip():
            values[attribute] = None
        else:
            found = _membership(kind, unit, said, period)
            values[attribute] = found.value if isinstance(found, Membership) else None
            wrong += [] if isinstance(found, Membership) else [f"{text}: {one}" for one in found]
    if wrong:
        raise FixFile("; ".join(wrong))
    return values


def refuse_unknown(
    tx: Connection, world: World, person: int, version: Version | None, values: Values, period: Period
) -> None:
    """Refuse who cannot begin to be a member on the first day, and units and plans that there are not.

    A unit is there that a feed describes on one of the days, or that somebody is in; of a kind that no feed describes
    any id is one. A plan is there once it is published. `FixFile` lists everything that is wrong.
    """
    begun = list(memberships_in(values))
    if not begun:
        return
    wrong = []
    if version is None:
        wrong.append(f"P{person} is no participant on {period[0]}: see `participants --history P{person}`")
    elif ends(version.attributes):
        wrong.append(f"P{person} has left by {period[0]}: they can be in nothing from that day on")
    plans = {one.plan for one in plan_versions(tx)} if any(one.kind == "plan" for one in begun) else set[str]()
    units = [one for one in begun if one.kind != "plan"]
    known = units_as_known(tx, world, current_revision(tx)) if units else []
    wrong += [
        f"publish the plan first: none '{one.unit}' is{suggestion(one.unit, tuple(plans))}"
        for one in begun
        if one.kind == "plan" and one.unit not in plans
    ]
    wrong += [told for one in units if (told := _lack_of_unit(tx, known, one, period))]
    if wrong:
        raise FixFile("; ".join(wrong))


def refuse_silent_endings(person: int, during: Sequence[Version], wanted: Values, period: Period) -> None:
    """Refuse to end, for want of a last day, a membership that begins later by another decision."""
    if period[1] != FOREVER:
        return
    for name in sorted(one for one in wanted if one.startswith(MEMBER)):
        held = [one.attributes.get(name) for one in during]
        later = next(
            (one for one, value in zip(during, held, strict=True) if value not in (None, held[0], wanted[name])), None
        )
        if later is not None and later.start > period[0]:
            raise FixFile(
                f"P{person} has another {name} from {later.start} on, which this would end: say --to "
                f"{later.start - _DAY}, or a later last day to replace it"
            )


def _membership(kind: str, unit: str, said: str, period: Period) -> Membership | list[str]:
    """Give the membership that somebody typed, or all that is wrong with it."""
    texts: dict[str, str | None] = {"kind": kind, "unit": unit, "from": period[0].isoformat()}
    if period[1] != FOREVER:
        texts["until"] = period[1].isoformat()
    wrong = list(_read(said, texts))
    found = membership_of(texts)
    if isinstance(found, Membership):
        return wrong or found
    return [*wrong, *(one.message.split("; correct it in the source")[0] for one in found)]


def _read(said: str, texts: dict[str, str | None]) -> Iterator[str]:
    """Fill in what is said beside the days; yield what cannot be read."""
    for part in filter(None, map(str.strip, said.split(";"))):
        if "=" in part:
            yield from _read_term(part, texts)
            continue
        for word in part.split():
            what = "role" if word in ROLES else "share" if word[0] in "+-.0123456789" else None
            if what is None and word != _IN:
                yield f"'{word}' is no role ({', '.join(ROLES)}) and no share (60% or 0.6); {_FORM}"
            elif what and what in texts:
                yield f"a {what} is said twice: {texts[what]} and {word}"
            elif what:
                texts[what] = word


def _read_term(part: str, texts: dict[str, str | None]) -> Iterator[str]:
    name, _, value = (one.strip() for one in part.partition("="))
    if name not in TERMS:
        yield f"'{name}' is no term of a membership{suggestion(name, TERMS)}"
    elif name in texts:
        yield f"{name} is said twice: {texts[name]} and {value}"
    else:
        try:
            read = typed(name, FIELDS[FactKind.MEMBERSHIPS].types[name], value)
        except ValueError as error:
            yield str(error)
        else:
            texts[name] = read if isinstance(read, str) else None
            if read is None:
                yield f"{name} is empty: give it a value, or leave it out"


def _lack_of_unit(tx: Connection, known: Sequence[Unit], one: Membership, period: Period) -> str | None:
    """Say why there is no such unit on the days; None where there is one."""
    unit = UnitId(UnitKind(one.kind), one.unit)
    described = [other for other in known if other.id.kind is unit.kind]
    its_own = [other for other in described if other.id == unit]
    if not described or any(other.start < period[1] and period[0] < other.end for other in its_own):
        return None
    everybody = roster(tx, period[0], current_revision(tx), everyone=False)
    if any(unit in units_of(held.version.attributes) for held in everybody):
        return None
    if its_own:
        over = max(other.end for other in its_own)
        when = f"until {over} only" if over <= period[0] else f"from {min(other.start for other in its_own)} on"
        return f"the {one.kind} {one.unit} is there {when}: name another one, or correct it with the feed of units"
    ids = tuple({other.id.unit for other in described})
    return (
        f"name another {one.kind}, or bring it with the feed of units first: nobody is in '{one.unit}', and no feed "
        f"describes it{suggestion(one.unit, ids)}"
    )
