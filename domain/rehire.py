"""What a rehire ends: memberships of the employment before, which nobody decided for the new one.

A leave and the return from it end nothing. Whoever left keeps on file what they were in, for pay that still falls due,
and a reinstatement is as if they had never left. Who is hired again is in nothing and on no plan but by what their
record says, and by what was decided once they had left. What would hold on without that is listed by the change, as
values that become nothing: so it is seen before it is approved, and is taken back with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

from domain.attributes import MEMBER, is_membership
from domain.change import Change, Difference, Kind, ends
from domain.step import FOREVER, Step, Version, fold, timeline
from domain.value import Value, Values

Steps = tuple[Step, ...]


def completed(change: Change, steps: Iterable[Step], ours: Collection[str]) -> Change:
    """Give a rehire with the memberships that it ends; any other change as it is.

    `ours` are attributes of memberships that no feed says: what of them holds, a person decided.
    """
    if change.kind is not Kind.REHIRE:
        return change
    ended = [
        Difference(name, value, None, (), value if isinstance(value, tuple) else ())
        for name, value in left_over(steps, change.effective, ours).items()
        if name not in change.after
    ]
    in_order = sorted((*change.differences, *ended), key=lambda item: item.attribute)
    return replace(change, differences=tuple(in_order)) if ended else change


def left_over(steps: Iterable[Step], start: date, ours: Collection[str]) -> dict[str, Value]:
    """Give the memberships of before that would hold on or after the first day of a rehire, by attribute."""
    current = _current(steps)
    names = {name for step in current for name in step.sets if name.startswith(MEMBER) or name in ours}
    if not names:
        return {}
    would, rest = _fold(current, start), _fold(_without(current, start, names), start)
    found: dict[str, Value] = {}
    for name in sorted(names):
        held = timeline(would, name, start, FOREVER)
        if held != timeline(rest, name, start, FOREVER):
            found[name] = next(value for _, value in held if value is not None)
    return found


def ended_by(change: Change) -> frozenset[str]:
    """Give the memberships that a rehire ends; of any other change none."""
    return _ended(change.after) if change.kind is Kind.REHIRE else frozenset()


def ended_in(opening: Step) -> frozenset[str]:
    """Give the memberships that a rehire ended, by the step with which it began."""
    return _ended(opening.sets)


def said_instead(steps: Iterable[Step], start: date, names: Collection[str]) -> Iterator[tuple[date, date, Values]]:
    """Yield what is to be said beside an opening that ends these memberships: from when, until when, which values.

    What was decided for the new employment and begins with it, and, on each later day on which a step of before would
    say otherwise, what holds then.
    """
    if not names:
        return
    current = _current(steps)
    rest = _fold(_without(current, start, names), start)
    for name in sorted(names):
        (_, value), *after = timeline(rest, name, start, FOREVER)
        if value is not None:
            yield start, after[0][0] if after else FOREVER, {name: value}
    for step in sorted(_of_before(current, start, names), key=lambda one: (one.start, one.seq)):
        for name in sorted(step.sets.keys() & set(names)) if step.start > start else ():
            days = timeline(rest, name, step.start, step.end)
            for (day, value), (end, _) in pairwise([*days, (step.end, None)]):
                yield day, end, {name: value}


def said_anyway(current: Steps, then: Steps, start: date, new: date) -> Iterator[tuple[date, date, Values]]:
    """Yield what is to be said beside a rehire of `start` that is moved to `new`: from when, until when, which values.

    So that memberships of before that were over by then are over on the new day, and those decided for the new
    employment, which keep their own days, hold as they did. `then` are the steps as they would be with nothing more
    said.
    """
    on_file = {name for step in current for name in step.sets if name.startswith(MEMBER)}
    known, rest, would = fold(current), _fold(_without(current, new, on_file), new), fold(then)
    names = on_file - left_over(current, start, ()).keys()  # what goes on as it was decided, goes on
    for name in sorted(names):
        said = {day for step in (*current, *then) if name in step.sets for day in (step.start, step.end)}
        for day, end in pairwise(sorted({new, FOREVER, *(one for one in {start, *said} if one > new)})):
            ((_, value), *_) = timeline(known if day >= start else rest, name, day, end)
            if timeline(would, name, day, end) != [(day, value)]:
                yield day, end, {name: value}


def _ended(values: Values) -> frozenset[str]:
    return frozenset(name for name, value in values.items() if value is None and is_membership(name))


def _of_before(current: Steps, start: date, names: Collection[str]) -> Steps:
    """Give the steps that say any of these for the employments before.

    They were decided before somebody was known to leave, or for days before the rehire.
    """
    left = max((step.seq for step in current if step.start <= start and ends(step.sets)), default=0)
    return tuple(
        step
        for step in current
        if step.end > start
        and (step.start < start or step.seq < left)
        and any(step.sets.get(name) is not None for name in names)
    )


def _without(current: Steps, start: date, names: Collection[str]) -> Steps:
    before = _of_before(current, start, names)
    return tuple(step for step in current if step not in before)


def _fold(steps: Steps, start: date) -> tuple[Version, ...]:
    """Give the versions that there would be, were somebody employed from a day on and nothing else said."""
    first = Step(0, 0, "", start, FOREVER, {}, "", opens=True, seq=0, decision=0, revision_from=0)
    return fold((*steps, first))


def _current(steps: Iterable[Step]) -> Steps:
    return tuple(step for step in steps if step.revision_to is None)
