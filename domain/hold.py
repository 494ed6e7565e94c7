"""When a whole run is kept back before anything in it may be decided, and what follows a hold (design 6.4).

Decided on the whole plan, never while applying it: by then it is too late. Each person counts once, however
they would end; the base is who is active in our store, not the rows of the feed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from domain.change import Ending, Kind, ends
from domain.errors import Refused
from domain.posts import ended_people
from domain.step import MAIN
from domain.value import Values, digest

#: Below this many active participants a share says nothing.
SMALLEST_POPULATION = 10

#: How many parts of a company a message names.
_TOLD = 5

_WHY = {
    Ending.ABSENCE: "no longer sent",
    Ending.OUT_OF_SCOPE: "out of scope",
    Ending.SOURCE: "ended by the source",
    Ending.ADMIN: "ended by hand",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A share of the active participants, or a count; more than it holds. YAML: `20%` or `500`."""

    share: Decimal | None = None
    count: int | None = None

    def exceeded(self, number: int, of: int) -> bool:
        """Tell whether `number` of `of` is more than this allows; a share needs `SMALLEST_POPULATION`."""
        if self.count is not None and number > self.count:
            return True
        return self.share is not None and of >= SMALLEST_POPULATION and number > self.share * of

    def __str__(self) -> str:
        """Say it as the YAML does."""
        return str(self.count) if self.share is None else f"{(self.share * 100).normalize():f}%"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of a feed may do at most; None: no limit.

    attributes  how many people may have another value of one
    within      the span over which endings, adds and changes add up: those of a run and those applied before it
    """

    ending: Limit = Limit(share=Decimal("0.2"))
    errors: Limit = Limit(share=Decimal("0.4"))
    adding: Limit | None = None
    changing: Limit | None = None
    attributes: Mapping[str, Limit] = field(default_factory=dict)
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Recent:
    """What of a feed was applied in the days before a run: who ended, was added, or has other values.

    gone  how many of those who ended are no longer active
    """

    ended: frozenset[int] = frozenset()
    gone: int = 0
    added: frozenset[int] = frozenset()
    changed: frozenset[int] = frozenset()
    attributes: Mapping[str, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do to people.

    active    participants of the feed employed in our store before the run
    linked    people linked to the feed who are participants
    in_scope  rows of the read that passed its filter
    ending    person -> why, of all whose employment would end
    changing  who would have other values, and `attributes` who of each limited one
    lose, have  how one says that of those counted, in a feed that is not of employments
    """

    active: int
    linked: int
    in_scope: int
    is_full: bool
    adding: int
    changing: frozenset[int]
    ending: Mapping[int, Ending]
    attributes: Mapping[str, frozenset[int]] = field(default_factory=dict)
    lose: str = "active participants would end"
    have: str = "are linked"


NOTHING_RECENT = Recent()

#: By what whole parts of a company go missing at once: rights are given by them, the widest first.
PARTS = ("region", "country", "business_unit", "legal_entity", "territory", "team")

_BEGINS = (Kind.ADD, Kind.REHIRE, Kind.REINSTATEMENT)


class Applied(NamedTuple):
    """A change that was applied: of whom and which post, from which day, and the values it set."""

    person: int
    kind: Kind
    effective: date
    values: Values
    post: str = MAIN


def recent(
    applied: Iterable[Applied], limited: Collection[str], today: date, left: Iterable[tuple[int, str]] = ()
) -> Recent:
    """Sum up what was applied, in its order: who was taken back since has not ended. `limited` names attributes.

    `left` are posts of those people that have no end: of whom another one goes on has not ended.
    """
    ended: dict[tuple[int, str], date] = {}
    added, changed = set[int](), set[int]()
    attributes: dict[str, set[int]] = {name: set() for name in limited}
    for person, kind, effective, values, post in applied:
        if kind is Kind.RESCISSION or (kind is Kind.TERMINATION and ends(values)):
            ended[person, post] = effective
        elif kind in _BEGINS:
            ended.pop((person, post), None)
        if kind is Kind.ADD:
            added.add(person)
        else:
            changed.add(person)
            for name in attributes.keys() & values.keys():
                attributes[name].add(person)
    people = ended_people(ended, left)
    over: dict[int, date] = {}
    for (person, _), day in ended.items():
        if person in people:
            over[person] = max(day, over.get(person, day))
    return Recent(
        people,
        sum(day <= today for day in over.values()),
        frozenset(added),
        frozenset(changed),
        {name: frozenset(people) for name, people in attributes.items()},
    )


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a run is held, and its content: a release is for exactly this content.

    what     the limit that was passed; `counted` how many passed it, where they are not among the affected
    affected  every person whose employment would end, and why
    """

    what: str
    reason: str
    affected: tuple[tuple[int, str], ...]
    counted: int = 0

    @property
    def content(self) -> str:
        """The fingerprint a release is bound to."""
        return digest(self.what, self.counted, self.affected)


def hold(plan: Plan, limits: Limits, recent: Recent = NOTHING_RECENT) -> Hold | None:
    """Give the hold of a plan, or None where it is within its limits; `recent` counts where the limits say so."""
    affected = tuple((person, _WHY[why]) for person, why in sorted(plan.ending.items()))
    if plan.is_full and plan.in_scope == 0 and plan.linked > 0:
        reason = f"nobody in scope: the read brought no row in scope while {plan.linked} {plan.have}"
        return Hold("nobody in scope", reason, affected)
    active = plan.active + recent.gone
    ended = plan.ending.keys() | recent.ended
    if affected and limits.ending.exceeded(len(ended), active):
        before = f", {len(ended) - len(affected)} {_lately(limits)}" if len(ended) > len(affected) else ""
        reason = (
            f"endings: {len(ended)} of {active} {plan.lose} "
            f"({_grouped(plan.ending)}{before}); the limit is {limits.ending}"
        )
        return Hold("endings", reason, affected, len(ended) if before else 0)
    adding = plan.adding + len(recent.added)
    changing = len(plan.changing | recent.changed)
    counted = [("adds", limits.adding, adding, plan.adding), ("changes", limits.changing, changing, len(plan.changing))]
    for name, limit in limits.attributes.items():
        people = plan.attributes.get(name, frozenset())
        other = len(people | recent.attributes.get(name, frozenset()))
        counted.append((f"changes of {name}", limit, other, len(people)))
    for what, limit_, number, now in counted:
        if limit_ is not None and now and limit_.exceeded(number, active):
            before = f" ({number - now} of them {_lately(limits)})" if number > now else ""
            reason = f"{what}: {number} {what}{before} beside {active} active; the limit is {limit_}"
            return Hold(what, reason, affected, number)
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """How many of those who share a value of one of `PARTS` would end, of how many active."""

    attribute: str
    value: str
    ending: int
    active: int


def in_common(parts: Iterable[Part], ending: int) -> str | None:
    """Say what nearly all of those who would end have in common, where that part of the company loses most people.

    Such a loss is seldom true: more often somebody may not read that part any more.
    """
    lost: dict[str, list[Part]] = {}
    for part in parts:
        if part.ending > 1 and part.ending * 2 >= part.active:
            lost.setdefault(part.attribute, []).append(part)
    telling = [
        (len(some), PARTS.index(name), name)
        for name, some in lost.items()
        if sum(part.ending for part in some) * 5 >= ending * 4
    ]
    if not telling:
        return None
    name = min(telling)[2]
    some = sorted(lost[name], key=lambda part: (-part.ending, part.value))
    told = ", ".join(f"{part.value} {part.ending} of {part.active}" for part in some[:_TOLD])
    more = f", and {len(some) - _TOLD} more" if len(some) > _TOLD else ""
    return f"by {name}: {told}{more}; may the source still be read there?"


def _lately(limits: Limits) -> str:
    return f"applied in the last {limits.within.days} days" if limits.within else ""


def too_many_errors(errors: int, read: int, limits: Limits, *, is_full: bool) -> bool:
    """Tell whether so many rows are bad that the read as a whole is not to be trusted.

    Of an increment of a few rows a share says nothing: one bad row would stop it for ever.
    """
    limit = limits.errors
    if limit.count is not None:
        return errors > limit.count
    says_enough = is_full or read >= SMALLEST_POPULATION
    return limit.share is not None and says_enough and errors > limit.share * read


@dataclass(frozen=True, slots=True)
class PastRead:
    """A read that came to a result, as the holds of its feed see it; a run that failed or was dry is none.

    is_whole  it was of the whole population, and proven to be all of it
    content   what it was held for; of one that was let through, what had been released
    since     the run that was first held with that content
    """

    run: int
    feed: str
    is_held: bool
    is_released: bool
    is_whole: bool
    content: str | None
    since: int


def waiting(past: Sequence[PastRead], holding: Collection[int]) -> list[PastRead]:
    """Give the held reads that wait for a release, each content once, as the read that was first held with it.

    `past` are reads in their order, `holding` the runs of which a change is still held.
    """
    return [held[0] for held in _by_content(past) if not _replaced_by(past, held, holding)]


def released_with(past: Sequence[PastRead], run: int, holding: Collection[int]) -> list[PastRead]:
    """Give the reads that a release of one of them lets go: all that were held with its content.

    `Refused` where it is not held, or was followed by a read that says something else.
    """
    held = next((held for held in _by_content(past) if run in [one.run for one in held]), None)
    if held is None:
        raise Refused(f"R{run} is not held: see `hold list`")
    if replaced := _replaced_by(past, held, holding):
        raise Refused(f"R{run} was followed by R{replaced}, which says something else: look at that one")
    return held


def is_let_through(content: str, past: Sequence[PastRead]) -> bool:
    """Tell whether exactly this content of a feed was released, and nothing else was read since."""
    released = max((one.run for one in past if one.content == content and one.is_released), default=None)
    if released is None:
        return False
    return all(one.content == content for one in past if one.run > released and not one.is_held)


def first_held(content: str, past: Sequence[PastRead]) -> int | None:
    """Give the run that was first held with a content of a feed; None where there is none yet."""
    return next((one.since for one in past if one.content == content), None)


def _by_content(past: Sequence[PastRead]) -> list[list[PastRead]]:
    """Put held reads together that repeat the content of the first of them."""
    found: dict[int, list[PastRead]] = {}
    for one in past:
        if one.is_held and not one.is_released:
            found.setdefault(one.since, []).append(one)
    return list(found.values())


def _replaced_by(past: Sequence[PastRead], held: Sequence[PastRead], holding: Collection[int]) -> int | None:
    """Give the read that replaced what was held; an increment does not, as long as a change of it is held."""
    later = [one for one in past if one.feed == held[-1].feed and one.run > held[-1].run]
    if not any(one.is_whole for one in later) and any(one.run in holding for one in held):
        return None
    return later[-1].run if later else None


def _grouped(ending: Mapping[int, Ending]) -> str:
    counted = Counter(_WHY[why] for why in ending.values())
    return ", ".join(f"{number} {why}" for why, number in sorted(counted.items()))
