"""Changes that are approved in one act: each is judged as if those before it, by their numbers, were approved already.

So many at once come to what they come to one after the other, and which of them are in one transaction decides nothing.
Where two say different things of the same days the later one is refused, and both are named. Where their days or
attributes differ nothing is to be refused: the fold says what holds (`domain.step`). Somebody who leaves and is moved
later has left, and the move stands on the record of a leaver.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from domain.change import JOINING, Change, Kind
from domain.decide import apply, moved
from domain.step import FOREVER, Step
from domain.value import Value

#: What each of these says of somebody's status, whether or not it is among its differences.
_SAY_STATUS = (*JOINING, Kind.TERMINATION, Kind.REINSTATEMENT)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What of a change is otherwise by some that were chosen before it: attribute -> (then, now)."""

    moved: dict[str, tuple[Value, Value]]
    by: tuple[Change, ...]


@dataclass(slots=True)
class Together:
    """The changes of one post of somebody that were chosen so far, and its steps as they would be after them.

    `steps` are those that are known now, or ended after the baselines; `revision` is that of the act.
    """

    steps: tuple[Step, ...]
    revision: int
    chosen: list[Change] = field(default_factory=list)
    _would: tuple[Step, ...] | None = None

    def take(self, change: Change) -> None:
        """Let a change count for those after it."""
        self.chosen.append(change)
        self._would = None

    def now(self) -> tuple[Step, ...]:
        """Give the steps as they would be after those chosen."""
        if self._would is None:
            self._would = self._after(self.chosen)
        return self._would

    def against(self, change: Change) -> Contradiction | None:
        """Say what of a change those chosen before it contradict; None where nothing.

        Two that each take something back do not: what is left is the same in any order.
        """
        earlier = [one for one in self.chosen if not (_takes_back(one) and _takes_back(change))]
        meeting = [one for one in earlier if _meets(one, change)]
        if not meeting:
            return None
        would = self.now() if len(earlier) == len(self.chosen) else self._after(earlier)
        found = moved(change, would)
        by = tuple(one for one in meeting if not _touched(one).isdisjoint(found)) or tuple(meeting)
        return Contradiction(found, by) if found else None

    def _after(self, chosen: Iterable[Change]) -> tuple[Step, ...]:
        would = self.steps
        for change in chosen:
            effect = apply(change, would, 0, self.revision, max((step.id for step in would), default=0) + 1)
            ended = {step.id for step in effect.ended}
            would = tuple(replace(one, revision_to=self.revision) if one.id in ended else one for one in would)
            would += effect.added
        return would


def _meets(one: Change, other: Change) -> bool:
    """Tell whether what a change says may be about the same as what an earlier one does."""
    if one.kind is Kind.RESCISSION or (one.corrected and "hire_date" in one.after):
        return True  # they move or end steps of any attribute
    shares_a_day = one.effective < (other.until or FOREVER) and other.effective < (one.until or FOREVER)
    return shares_a_day and not _touched(one).isdisjoint(_touched(other))


def _touched(change: Change) -> frozenset[str]:
    return frozenset(change.after) | (frozenset(("status",)) if change.kind in _SAY_STATUS else frozenset())


def _takes_back(change: Change) -> bool:
    return change.reverts is not None or change.kind is Kind.RESCISSION
