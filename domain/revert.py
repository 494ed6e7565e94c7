"""Take a decision back: what the history would be had it never been made.

The steps that the decision wrote end in knowledge, so what is beneath them shows again on every day, and whatever was
decided later for later days stays. Like any change it is proposed, decided and remembered; nothing is undone unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from domain.change import Change, Difference, Kind, State, kind_of
from domain.step import Step, Version, fold, on
from domain.value import Values


@dataclass(frozen=True, slots=True)
class Undone:
    """From which day taking a decision back would show, what holds on that day, and what would hold instead."""

    day: date
    before: Values
    after: Values


def undone(change: Change, decision: int, steps: Iterable[Step], ended: Collection[Step]) -> Undone | str:
    """Give what taking an applied change back would show, or say why it cannot be.

    `steps` are those of its engagement that are known now, `ended` those that the revision of the decision ended.
    """
    if change.state is not State.APPLIED:
        return f"it is {change.state.value}: only what was applied can be taken back"
    if change.kind is Kind.LINK:
        return f"a link is taken back by `unlink {change.source}:{change.source_key}`"
    current = tuple(steps)
    left = tuple(step for step in current if step.decision != decision)
    if len(left) == len(current):
        return "nothing of it holds any more: it was taken back, or replaced by what was decided later"
    if ended:
        return "it replaced what was decided before: correct the values with `set`, or in the source"
    now = fold(current)
    if change.kind in (Kind.ADD, Kind.REHIRE):
        begun = on(now, change.effective)
        if begun is None or begun.opened != change.effective:
            return f"the employment began on another day than {change.effective} by now: correct that"
        return Undone(begun.opened, {"status": begun.attributes.get("status")}, {})
    return _first_difference(now, fold(left)) or "it shows on no day: what was decided later hides it"


def kind_undone(change: Change, differences: Iterable[Difference]) -> Kind:
    """Name the change that takes another back."""
    if change.kind in (Kind.ADD, Kind.REHIRE):
        return Kind.RESCISSION
    if change.kind is Kind.MERGE:
        return change.kind
    if change.kind is Kind.TERMINATION:
        return Kind.REINSTATEMENT
    return kind_of(differences)


def _first_difference(now: tuple[Version, ...], without: tuple[Version, ...]) -> Undone | None:
    for day in sorted({one.start for one in (*now, *without)}):
        here, there = on(now, day), on(without, day)
        if here is not None and there is not None and here.attributes != there.attributes:
            return Undone(day, here.attributes, there.attributes)
    return None
