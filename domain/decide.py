"""What an approval writes: steps, and the versions that follow from them.

In: an approved change and the steps of its person that are known now. Out: the steps that end in knowledge,
the new ones, and the versions of the engagement after it. Nothing here edits: what was known stays known at
its revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

from domain.attributes import ENDING_DETAILS, is_dated
from domain.change import STRONGEST, Change, DatedBy, Difference, Ending, Kind, ends, kind_of
from domain.rehire import ended_by, ended_in, said_anyway, said_instead
from domain.step import FOREVER, Step, Version, fold, known_at, on, timeline
from domain.value import Value, Values, as_day

Steps = tuple[Step, ...]

#: An ending step sets nothing but these, so taking an ending back takes back whole steps.
ENDING = frozenset(("status", "ended_by", *ENDING_DETAILS))

#: The values of an attribute: the first day of each, and the value.
Timeline = list[tuple[date, Value]]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one decision does to the history of one engagement."""

    ended: Steps
    added: Steps
    versions: tuple[Version, ...]


def narrowed(change: Change, fields: Sequence[str]) -> tuple[Change, Change | None]:
    """Split a change into the named fields and the rest (None where nothing is left)."""
    chosen = tuple(item for item in change.differences if item.attribute in fields)
    rest = tuple(item for item in change.differences if item.attribute not in fields)
    return _named(change, chosen), (_named(change, rest) if rest else None)


def _named(change: Change, differences: tuple[Difference, ...]) -> Change:
    """Name a part of a change after the strongest thing in it; an ending stays what it is."""
    kind = kind_of(differences) if differences and change.kind in STRONGEST[1:] else change.kind
    return replace(change, differences=differences, kind=kind)


def redated(change: Change, effective: date) -> Change:
    """Let the approver name the day it counts from; the source's own day is kept beside it."""
    return replace(change, effective=effective, dated_by=DatedBy.ADMIN)


def moved(change: Change, steps: Iterable[Step]) -> dict[str, tuple[Value, Value]]:
    """Give what has moved since a change was proposed: attribute -> (then, now); empty where it still fits.

    Compared are the touched values over the touched period, as known at the change's baseline and as known
    now. `steps` are all of the engagement's that are known now or ended after the baseline. An ending fits as
    long as nobody else has ended it or taken it back: a leave that began meanwhile is no obstacle to leaving. Of a
    history one change follows on another: it fits when what it was to replace is what holds by now. A value that is
    what was to be set by now has not moved away.
    """
    known = tuple(steps)
    if all(step.revision_from <= change.baseline and step.revision_to is None for step in known):
        return {}
    then = fold(known_at(known, change.baseline))
    now = fold(step for step in known if step.revision_to is None)
    start, end = change.effective, change.until or FOREVER
    found = {}
    ended = ended_by(change)
    for name in change.after:
        before, after = timeline(then, name, start, end), timeline(now, name, start, end)
        if name in ended and (is_dated(name) or after == [(start, None)]):
            continue  # what of it is of before ends, whatever was said of it since
        if name == "status" and change.kind is Kind.TERMINATION:
            before, after = _without_leaves(before), _without_leaves(after)
        is_so = change.kind in STRONGEST[1:] and after == [(start, change.after[name])]
        if before != after and not is_so and not _is_as_meant(change, name, before, after, end):
            found[name] = _first_difference(before, after)
    return found


def _is_as_meant(change: Change, name: str, before: Timeline, after: Timeline, end: date) -> bool:
    """Tell whether what a change was to replace holds now, until the day on which something else was known to hold."""
    until, meant = before[1][0] if len(before) > 1 else end, change.before[name]
    if name == "status" and change.kind is Kind.TERMINATION and meant not in (None, "terminated"):
        meant = "active"
    here = [value for day, value in after if day < until]
    later = [(until, _value_on(after, until)), *((day, value) for day, value in after if day > until)]
    return all(value == meant for value in here) and (until == end or later == before[1:])


def apply(change: Change, steps: Iterable[Step], decision: int, revision: int, first: int) -> Effect:
    """Give the effect of an approved change on the current steps of its engagement; `first` is its first step's id."""
    current = tuple(step for step in steps if step.revision_to is None)
    maker = _Maker(change, decision, revision, first, max((step.seq for step in current), default=0))
    ended, added = _written(change, current, maker)
    remaining = [step for step in current if step not in ended]
    return Effect(ended, added, fold((*remaining, *added)))


class _Maker:
    """Makes the steps of one decision, each later in sequence than all before it, with ids from `first` on."""

    def __init__(self, change: Change, decision: int, revision: int, first: int, last: int) -> None:
        self._change, self._decision, self._revision, self._last = change, decision, revision, last
        self._ids = count(first)

    def step(self, start: date, end: date, sets: Values, *, opens: bool = False) -> Step:
        change = self._change
        return Step(
            id=next(self._ids),
            person=change.person,
            engagement=change.engagement,
            start=start,
            end=end,
            sets=sets,
            origin=change.feed,
            opens=opens,
            seq=self._next(),
            decision=self._decision,
            revision_from=self._revision,
        )

    def again(self, step: Step, start: date) -> Step:
        """Make a step anew from another day; an opening stays the first of its employment."""
        seq = step.seq if step.opens else self._next()
        number, known = next(self._ids), self._revision
        return replace(step, id=number, start=start, seq=seq, decision=self._decision, revision_from=known)

    def _next(self) -> int:
        self._last += 1
        return self._last


def _written(change: Change, current: Steps, maker: _Maker) -> tuple[Steps, Steps]:
    """Give the steps that end and those that begin."""
    if change.reverts is not None:
        return tuple(step for step in current if step.decision == change.reverts), ()
    if change.kind in (Kind.ADD, Kind.REHIRE):
        return (), _open(change, current, maker)
    if change.kind is Kind.TERMINATION:
        return _end(change, current, maker)
    if change.kind is Kind.REINSTATEMENT:
        return _reinstate(change, current, maker)
    if change.kind is Kind.RESCISSION:
        return _spell(current, change.effective).steps(current), ()
    if change.kind is Kind.MERGE:
        return (), _throughout(change, {**change.after, "status": "terminated"}, current, maker)
    if change.differences and all(is_dated(item.attribute) for item in change.differences):
        return (), _throughout(change, change.after, current, maker)
    if start := _corrected_start(change, current):
        return _move_start(change, current, start, maker)
    return (), (maker.step(change.effective, change.until or FOREVER, change.after),)


@dataclass(frozen=True, slots=True)
class _Spell:
    """One employment: its first day, that of the next (FOREVER: none), and which steps are its own.

    since   the `seq` of its opening: what was decided before is of the employment before, though it begins later
    before  where the next one begins: its first day and the `seq` of its opening
    """

    opened: date
    following: date
    since: int
    before: tuple[date, int]

    def steps(self, current: Steps) -> Steps:
        first = self.opened if self.since else date.min
        return tuple(
            step
            for step in current
            if first <= step.start and self.since <= step.seq and (step.start, step.seq) < self.before
        )

    def endings(self, current: Steps) -> Steps:
        """Give, in the order they were decided, the steps that say nothing but that and why it ended."""
        found = (
            step
            for step in self.steps(current)
            if not step.opens and step.sets.keys() <= ENDING and (step.sets.get("termination_date") or ends(step.sets))
        )
        return tuple(sorted(found, key=lambda step: step.seq))


def _spell(current: Steps, day: date) -> _Spell:
    """Give the employment a day belongs to, of a day before all of them the first."""
    begins = {step.start: step.seq for step in sorted(current, key=lambda one: -one.seq) if step.opens}
    starts = sorted(begins) or [day]
    opened = max((start for start in starts if start <= day), default=starts[0])
    following = next((start for start in starts if start > opened), FOREVER)
    since = 0 if opened == starts[0] else begins[opened]
    return _Spell(opened, following, since, (following, begins.get(following, 0)))


def _open(change: Change, current: Steps, maker: _Maker) -> Steps:
    """Begin an employment without what was said of an earlier one: its ending, a leave to come, what a rehire ends."""
    start, values = change.effective, dict(change.after)
    last_day = as_day(values.get("termination_date"))
    status = values.pop("status", None) or "active"
    details = {name: values.pop(name) for name in ENDING_DETAILS if name in values and last_day}
    fresh: dict[str, Value] = {"status": "active" if status == "terminated" else status}
    if change.kind is Kind.REHIRE:
        before = on(fold(current), start)
        fresh |= dict.fromkeys(sorted(ENDING - fresh.keys()))
        fresh["pay_until"] = before.attributes.get("pay_until") if before else None
    opening = maker.step(start, change.until or FOREVER, {**fresh, **values}, opens=True)
    spell = replace(_spell((*current, opening), start), since=opening.seq)
    hidden = {step.start for step in current if not step.sets.keys().isdisjoint(ENDING)}
    later = sorted(day for day in hidden if start < day < spell.following)
    begun = (opening, *(maker.step(day, FOREVER, fresh) for day in later))
    instead = tuple(maker.step(*said) for said in said_instead(current, start, ended_by(change)))
    if last_day is None:
        return (*begun, *instead)
    return (*begun, *instead, *_leave(maker, spell, last_day + _DAY, details, Ending.SOURCE, begun[1:]))


def _end(change: Change, current: Steps, maker: _Maker) -> tuple[Steps, Steps]:
    """Replace the endings of this employment by one."""
    spell = _spell(current, change.effective - _DAY)
    ended = spell.endings(current)
    details: dict[str, Value] = {}
    for step in ended:
        details.update({name: value for name, value in step.sets.items() if name in ENDING_DETAILS})
    on_file = as_day(details.get("termination_date"))
    details.update({name: value for name, value in change.after.items() if name in ENDING_DETAILS})
    if "status" in change.after or "termination_date" in change.after:
        gone = change.effective
    elif on_file:
        gone = on_file + _DAY
    else:
        return ended, (maker.step(spell.opened, FOREVER, details),)
    others = tuple(step for step in spell.steps(current) if step not in ended)
    return ended, _leave(maker, spell, gone, details, change.ending or Ending.ADMIN, others)


def _leave(maker: _Maker, spell: _Spell, gone: date, details: Values, ending: Ending, others: Steps) -> Steps:
    """Say that an employment ends, from its first day on, and that it has, from `gone` on.

    What begins later and says otherwise (a leave that was on file) is hidden, and shows again when the ending is
    taken back.
    """
    said = {**details, "termination_date": (gone - _DAY).isoformat(), "ended_by": ending.value}
    hidden = {step.start for step in others if not step.sets.keys().isdisjoint(ENDING)}
    before = sorted(start for start in {spell.opened, *hidden} if start < gone)
    stated = tuple(maker.step(start, gone, said) for start in before)
    if gone >= spell.following:
        return stated
    after = sorted({max(gone, spell.opened), *(start for start in hidden if start > gone)})
    left = {**said, "status": "terminated"}
    return (*stated, *(maker.step(start, FOREVER, left) for start in after))


def _reinstate(change: Change, current: Steps, maker: _Maker) -> tuple[Steps, Steps]:
    """Take the ending back. What is beneath shows again; where it is not what is to hold, that is said anew."""
    spell = _spell(current, change.effective - _DAY)
    ended = spell.endings(current)
    beneath = on(fold(step for step in current if step not in ended), change.effective)
    paid = ended[-1].sets.get("pay_until") if ended else None
    wanted = {"pay_until": change.after.get("pay_until", paid)}
    if "status" in change.after:
        wanted["status"] = change.after["status"]
    starts = {"pay_until": spell.opened, "status": change.effective}
    added = tuple(
        maker.step(starts[name], FOREVER, {name: value})
        for name, value in wanted.items()
        if beneath is not None and beneath.attributes.get(name) != value
    )
    return ended, added


def _throughout(change: Change, values: Values, current: Steps, maker: _Maker) -> Steps:
    """Let values hold on every day of a change, also where a step that begins later says otherwise.

    What they hide is not ended, and shows again on the days after.
    """
    start, end, names = change.effective, change.until or FOREVER, values.keys()
    hidden = {step.start for step in current if start < step.start < end and not names.isdisjoint(step.sets)}
    return tuple(maker.step(day, end, values) for day in sorted({start, *hidden}))


def _corrected_start(change: Change, current: Steps) -> date | None:
    """Give the start that a corrected hire date moves: that of the employment which began on the old one."""
    hired = next((item for item in change.differences if item.attribute == "hire_date"), None)
    before = as_day(hired.before) if hired and hired.after and change.corrected else None
    return before if any(step.opens and step.start == before for step in current) else None


def _move_start(change: Change, current: Steps, start: date, maker: _Maker) -> tuple[Steps, Steps]:
    """Move what began with the employment, and what a later start would leave before it.

    What was decided for the new day itself comes after what moves there; what was said of the ending of an
    employment before, and what a rehire ended, stays hidden. A quota or a membership stays on its own days, and is
    not ended by a rehire that begins after it was decided for.
    """
    new, spell = change.effective, _spell(current, start)
    own = spell.steps(current)
    moving = sorted(
        (
            step
            for step in current
            if not (step.sets and all(map(is_dated, step.sets)))
            and (
                (step in own and start <= step.start <= max(new, start))
                or (step.start == new and step.seq > spell.since)
            )
        ),
        key=lambda step: (step.start == new, step.start, step.seq),
    )
    again = [maker.again(step, new) for step in moving if step.end > new]
    ended = {name for step in own if step.opens for name in ended_in(step)}
    silent = sorted({*ENDING, *(name for name in ended if not is_dated(name))})
    hidden = {step.start for step in current if step not in own and not step.sets.keys().isdisjoint(silent)}
    here = fold(again)
    for day in sorted(day for day in hidden if new < day <= start):
        version = on(here, day)
        held = version.attributes if version else {}
        again.append(maker.step(day, FOREVER, {name: held.get(name) for name in silent}))
    then = (*(step for step in current if step not in moving), *again)
    again += [maker.step(*said) for said in (said_anyway(current, then, start, new) if spell.since else ())]
    return tuple(moving), (*again, maker.step(new, FOREVER, change.after))


def _without_leaves(values: list[tuple[date, Value]]) -> list[tuple[date, Value]]:
    found: list[tuple[date, Value]] = []
    for day, value in values:
        kept = value if value in (None, "terminated") else "active"
        if not found or found[-1][1] != kept:
            found.append((day, kept))
    return found


def _first_difference(before: list[tuple[date, Value]], after: list[tuple[date, Value]]) -> tuple[Value, Value]:
    """Give the values of the first day on which two timelines of the same days differ."""
    days = sorted({day for day, _ in (*before, *after)})
    pairs = ((_value_on(before, day), _value_on(after, day)) for day in days)
    return next((then, now) for then, now in pairs if then != now)


def _value_on(values: list[tuple[date, Value]], day: date) -> Value:
    return next(value for start, value in reversed(values) if start <= day)
