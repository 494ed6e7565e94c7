"""Whose value of an attribute counts: the sources', ours, or the first that was there (design 6.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.value import Values


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


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose value of one attribute counts."""

    mode: Mode = Mode.PROPOSE
    on_null: OnNull = OnNull.CLEAR

    @property
    def is_ours(self) -> bool:
        """Tell whether no source changes it once somebody is a participant."""
        return self.mode in (Mode.SEED, Mode.LOCAL)


def heard(values: Values, whose: Mapping[str, Whose], *, is_participant: bool) -> Values:
    """Give what counts of the values that a record says; of what is left out it says nothing."""
    unheard = {
        name
        for name in whose.keys() & values.keys()
        if whose[name].mode is Mode.LOCAL
        or (is_participant and whose[name].mode is Mode.SEED)
        or (is_participant and values[name] is None and whose[name].on_null is OnNull.KEEP)
    }
    return {name: value for name, value in values.items() if name not in unheard} if unheard else values
