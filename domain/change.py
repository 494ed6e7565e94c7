"""One proposed step or link: what is asked of the admin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from domain.attributes import MATERIAL, MEMBER, QUOTA
from domain.value import Value, Values, digest


class Kind(StrEnum):
    """What happens to the person if it is approved."""

    ADD = "add"
    REHIRE = "rehire"
    UPDATE = "update"
    MOVE = "move"
    PLAN = "plan"
    TRANSFER = "transfer"
    LEAVE = "leave"
    RETURN = "return"
    TERMINATION = "termination"
    REINSTATEMENT = "reinstatement"
    RESCISSION = "rescission"
    LINK = "link"
    MERGE = "merge"
    QUOTA = "quota"


#: Kinds by which an employment begins.
JOINING = (Kind.ADD, Kind.REHIRE)


class State(StrEnum):
    """Where a change stands. A run in progress writes `proposing`, which nobody sees."""

    PROPOSING = "proposing"
    PENDING = "pending"
    HELD = "held"
    APPLIED = "applied"
    REJECTED = "rejected"
    SUPPRESSED = "suppressed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    STALE = "stale"


#: States in which a change still waits for somebody.
OPEN = (State.PENDING, State.HELD)


class DatedBy(StrEnum):
    """Who said from which day it holds."""

    SOURCE = "source"
    OBSERVED = "observed"
    ADMIN = "admin"


class Ending(StrEnum):
    """Why an employment is proposed to end, or ended."""

    SOURCE = "source"
    ABSENCE = "absence"
    OUT_OF_SCOPE = "out_of_scope"
    ADMIN = "admin"


class GroupedBy(StrEnum):
    """What changes are grouped by where they are reviewed."""

    RUN = "run"
    KIND = "kind"
    TEAM = "team"


#: Endings that no record states: the person is simply no longer there.
UNSEEN = (Ending.ABSENCE, Ending.OUT_OF_SCOPE)

#: Which kind of change an attribute makes when it alone differs; every other one makes an update.
KIND_OF: dict[str, Kind] = {
    **dict.fromkeys(("team", "teams", "manager", "territory", "territories", "position", "positions"), Kind.MOVE),
    **dict.fromkeys(("plan", "plans"), Kind.PLAN),
    **dict.fromkeys(("legal_entity", "country", "pay_group", "payment_currency", "population"), Kind.TRANSFER),
    **dict.fromkeys(("termination_date", "termination_type", "termination_reason"), Kind.TERMINATION),
}


#: What differs makes one change, called after the first of these that is in it.
STRONGEST = (
    Kind.TERMINATION,
    Kind.LEAVE,
    Kind.RETURN,
    Kind.TRANSFER,
    Kind.MOVE,
    Kind.PLAN,
    Kind.QUOTA,
    Kind.UPDATE,
)


class Difference(NamedTuple):
    """One attribute: what the roster has and what the source says; for sets also what came and what went.

    A tuple, for a first load makes twenty million of them.
    """

    attribute: str
    before: Value
    after: Value
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """The decision that a change was kept back by, or comes back after."""

    rejection: int
    rejected_on: date
    by: str
    reason: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One proposed change of one person's engagement.

    effective         the day it would hold from; `source_effective` that day where the source itself said it
    until             the first day it no longer holds, None where it has no end
    corrected         the record was wrong, rather than the fact changed that day
    ending            why the employment would end, for a termination
    found_by_full_read  a full read found what the increments before it had not brought
    reverts           the decision that it takes back: approved, it ends the steps of that, and writes none
    """

    kind: Kind
    person: int
    feed: str
    source_key: str | None
    effective: date
    dated_by: DatedBy
    differences: tuple[Difference, ...]
    engagement: str = "main"
    source_effective: date | None = None
    until: date | None = None
    corrected: bool = False
    ending: Ending | None = None
    found_by_full_read: bool = False
    earlier: Earlier | None = None
    hint: tuple[str, int] | None = None
    row: int | None = None
    place: str | None = None
    id: int = 0
    state: State = State.PROPOSING
    run: int = 0
    baseline: int = 0
    reason: str | None = None
    batch: int | None = None
    source: str | None = None
    reverts: int | None = None

    @property
    def after(self) -> dict[str, Value]:
        """The values it would set."""
        return {difference.attribute: difference.after for difference in self.differences}

    @property
    def before(self) -> dict[str, Value]:
        """The values it would replace."""
        return {difference.attribute: difference.before for difference in self.differences}

    @property
    def fingerprint(self) -> str:
        """What makes it the same change when read again: person, kind, attributes, values, source date."""
        in_order = sorted(self.differences, key=lambda item: item.attribute)
        values = [(item.attribute, item.before, item.after) for item in in_order]
        return digest(
            self.person, self.engagement, self.kind, values, self.source_effective, self.until, self.ending,
            self.source_key if self.kind is Kind.LINK else self.reverts,
        )  # fmt: skip

    def material(self, names: tuple[str, ...] = MATERIAL) -> dict[str, Value]:
        """The values that decide whether a rejected add is asked about again."""
        after = self.after
        return {name: after.get(name) for name in names}


def ends(values: Values) -> bool:
    """Tell whether values are those of somebody whose employment has ended."""
    return values.get("status") == "terminated"


def kind_of(differences: Iterable[Difference]) -> Kind:
    """Name the change that some differences make together."""
    return min((_kind(item) for item in differences), key=STRONGEST.index)


def _kind(difference: Difference) -> Kind:
    if difference.attribute == "status":
        if difference.after in ("terminated", "on_leave"):
            return Kind.TERMINATION if difference.after == "terminated" else Kind.LEAVE
        return Kind.RETURN if difference.before == "on_leave" else Kind.UPDATE
    name = difference.attribute
    if name.startswith(MEMBER):
        name = name.split(":")[1]
    return Kind.QUOTA if name.startswith(QUOTA) else KIND_OF.get(name, Kind.UPDATE)
