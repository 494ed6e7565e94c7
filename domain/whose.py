"""Whose value of an attribute counts: that of the first of its sources, ours, or the first that was there (design 6.7).

A source that does not send an attribute of somebody says nothing of it. Of those that do, the ones that come first in
the attribute's order count; where several are beside one another and disagree, only a person can say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.attributes import DECISIVE
from domain.posts import in_post
from domain.record import Conflict, MappedRecord
from domain.value import Value, Values


class Mode(StrEnum):
    """How the sources' value of an attribute stands to ours."""

    PROPOSE = "propose"  #: a difference is proposed, and may be corrected here
    ENFORCE = "enforce"  #: a difference is proposed, and nothing is corrected here
    SEED = "seed"  #: taken when somebody is added, and ours from then on
    LOCAL = "local"  #: ours: never from a source


class OnNull(StrEnum):
    """What it means that the source which decides an attribute says null."""

    CLEAR = "clear"  #: there is no value: proposed
    KEEP = "keep"  #: it says nothing
    FALLBACK = "fallback"  #: the next source decides that has a value; where none has, there is none


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose value of one attribute counts.

    sources  in their order; those that are not named come last, beside one another
    """

    mode: Mode = Mode.PROPOSE
    on_null: OnNull = OnNull.CLEAR
    sources: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Tell whether no source changes it once somebody is a participant."""
        return self.mode in (Mode.SEED, Mode.LOCAL)

    def rank(self, source: str) -> int:
        """Give the place of a source in the order, from 0."""
        return self.sources.index(source) if source in self.sources else len(self.sources)


PLAIN = Whose()


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a source says of one attribute of somebody; `value` null: that there is none."""

    source: str
    value: Value


@dataclass(frozen=True, slots=True)
class Heard:
    """What counts of what a record says, and the attributes that sources beside one another disagree about.

    caught_up  attributes of which the sources say now what hides them
    """

    values: Values
    disputed: Mapping[str, tuple[Opinion, ...]]
    caught_up: tuple[str, ...] = ()


def ordered(whose: Mapping[str, Whose], names: Sequence[str], owners: tuple[str, ...]) -> dict[str, Whose]:
    """Give whose value counts of some attributes.

    Who somebody is, and whether they are employed, is for the sources to say that bring the roster, unless an order is
    given.
    """
    found = {name: whose.get(name, PLAIN) for name in names}
    return {
        name: replace(one, sources=owners) if owners and name in DECISIVE and not one.sources else one
        for name, one in found.items()
    }


def counting(opinions: Sequence[Opinion], whose: Whose) -> tuple[Opinion, ...]:
    """Give the opinions that count: those of the first source, or sources, that have one."""
    said = [one for one in opinions if one.value is not None or whose.on_null is OnNull.CLEAR]
    if not said and whose.on_null is OnNull.FALLBACK:
        said = list(opinions)
    first = min((whose.rank(one.source) for one in said), default=0)
    return tuple(one for one in said if whose.rank(one.source) == first)


def heard(
    values: Values,
    whose: Mapping[str, Whose],
    *,
    is_participant: bool,
    source: str = "",
    others: Mapping[str, Sequence[Opinion]] | None = None,
    hidden: Values | None = None,
) -> Heard:
    """Give what counts of the values that a record says; of what is left out it says nothing.

    `others` are opinions of other sources. Of a participant a source is heard where its own opinion counts, and
    each other one when it is read; who is to be added gets what counts, whoever says it. `hidden` are values of ours
    that hide what sources say, until these say the same.
    """
    left = {name: value for name, value in values.items() if not _is_unheard(name, value, whose, is_participant)}
    disputed: dict[str, tuple[Opinion, ...]] = {}
    for name in sorted((others or {}).keys() & left.keys()):
        own = Opinion(source, left[name])
        found = counting((own, *(others or {})[name]), whose.get(name, PLAIN))
        if is_participant and own not in found:
            del left[name]
        elif len({one.value for one in found}) > 1:
            disputed[name] = tuple(sorted(found, key=lambda one: (one.source, str(one.value))))
            del left[name]
        elif found:
            left[name] = found[0].value
    over = left.keys() & (hidden or {}).keys()
    caught_up = tuple(sorted(name for name in over if left[name] == (hidden or {})[name]))
    for name in over | ((hidden or {}).keys() & disputed.keys()):
        left.pop(name, None)
        disputed.pop(name, None)
    return Heard(values if len(left) == len(values) and left == values else left, disputed, caught_up)


def disagreement(record: MappedRecord, person: int, name: str, opinions: Sequence[Opinion]) -> Conflict:
    """Ask what an attribute of somebody is, of which several sources beside one another say different things."""
    said = "; ".join(f"{one.source} says {_shown(one.value)}" for one in opinions)
    whose = in_post(f"P{person}", record.engagement)
    return Conflict(
        kind="value",
        question=f"{name} of {whose}: {said}. Which holds? An order of sources for {name} would say it for all",
        source_key=record.key,
        row=record.row,
        place=record.place,
        person=person,
        engagement=record.engagement,
        attribute=name,
        values=tuple((one.source, one.value) for one in opinions),
    )


def _shown(value: Value) -> str:
    return "nothing" if value is None else f"'{'; '.join(value) if isinstance(value, tuple) else value}'"


def _is_unheard(name: str, value: Value, whose: Mapping[str, Whose], is_participant: bool) -> bool:  # noqa: FBT001 - the same
    if name not in whose:
        return False
    mode, on_null = whose[name].mode, whose[name].on_null
    if mode is Mode.LOCAL:
        return True
    return is_participant and (mode is Mode.SEED or (value is None and on_null is OnNull.KEEP))
