"""Who may do what, and with whom: roles, the acts each may do, and the population that a role was given for.

A right to people is a right to those in sight: the populations that all roles with that right were given for. Acts
that are about a whole run (`WHOLE`) need a role for everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for."""

    COMP_ADMIN = "comp_admin"  #: reviews changes, answers questions, releases holds
    APPROVER = "approver"  #: the second pair of eyes
    PAYROLL = "payroll"  #: sees what pay runs pay to whom; no plans, no deals and no changes
    MANAGER = "manager"  #: sees the team on the days on which they led it
    PARTICIPANT = "participant"  #: sees what is about themselves
    AUDITOR = "auditor"  #: reads everything, changes nothing
    OPERATOR = "operator"  #: runs it; sees what runs came to, and nobody's values
    SERVICE = "service"  #: a program: reads, and asks for runs


class Right(StrEnum):
    """What can be allowed."""

    SEE_CHANGES = "see_changes"
    DECIDE = "decide"
    ANSWER = "answer"
    RELEASE = "release"
    SEE_PEOPLE = "see_people"
    SEE_RUNS = "see_runs"
    SYNC = "sync"
    CONNECT = "connect"  #: agree to a connection, make and end the secret paths of messages, try a source
    CONFIGURE = "configure"  #: publish what changed of the configuration, or approve what somebody else published
    SEE_PAY_RUNS = "see_pay_runs"  #: how far each has come, and what it pays to whom
    SEE_PAY = "see_pay"  #: results and statements, down to deals and rules
    CALCULATE = "calculate"  #: have a pay period calculated
    SUBMIT_PAY = "submit_pay"  #: submit, open again, commit
    APPROVE_PAY = "approve_pay"  #: approve or return what somebody else submitted
    SEE_ADJUSTMENTS = "see_adjustments"
    ADJUST = "adjust"  #: propose an amount by hand
    DECIDE_ADJUSTMENTS = "decide_adjustments"


class PopulationKind(StrEnum):
    """What a population is named by: the attribute that its people share."""

    BUSINESS_UNIT = "business_unit"
    LEGAL_ENTITY = "legal_entity"
    PAY_GROUP = "pay_group"
    PLAN = "plan"


@dataclass(frozen=True, slots=True, order=True)
class Population:
    """Everybody of whom an attribute has a value; of a plan, everybody who is on it."""

    kind: PopulationKind
    name: str

    def __str__(self) -> str:
        """Write it as a person does: `business_unit=Nordics`."""
        return f"{self.kind.value}={self.name}"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that somebody has for a population (None: for everybody)."""

    role: Role
    population: Population | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """Whom somebody sees: everybody, or whoever is in one of the populations, in the team led, or themselves.

    team_of  the numbers of the person whose team it is, on the days on which it is theirs
    own      the numbers that they have themselves: several where people turned out to be one
    """

    everybody: bool = False
    populations: frozenset[Population] = frozenset()
    team_of: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()

    @property
    def is_of_themselves(self) -> bool:
        """Tell whether they see themselves and nobody else."""
        return self == Sight(own=self.own)

    def has_pay_group(self, pay_group: str | None) -> bool:
        """Tell whether everybody in a pay group (None: everybody there is) is in sight: a pay run is one whole."""
        whole = Population(PopulationKind.PAY_GROUP, pay_group) if pay_group else None
        return self.everybody or whole in self.populations


#: Whom the program itself sees.
EVERYBODY = Sight(everybody=True)


@dataclass(frozen=True, slots=True)
class DaysSeen:
    """On which days somebody's pay is in sight: all there are (`everything`), or spans `[start, end)` for each post.

    Pay is for days, and for a post (person, engagement): what is for one of the post's days in sight is seen.

    own  whose pay it is themselves (`Sight.own`): all of it is seen, whichever post and day it is for
    """

    everything: bool = False
    days: Mapping[tuple[int, str], Collection[tuple[date, date]]] = field(default_factory=dict)
    own: frozenset[int] = frozenset()

    @property
    def persons(self) -> frozenset[int]:
        """Of whom anything is in sight, where not everything is."""
        return self.own.union(person for person, _ in self.days)

    def shows(self, person: int, engagement: str | None, start: date, end: date) -> bool:
        """Tell whether what is paid to somebody in a post (None: in any) for `[start, end)` is in sight."""
        if self.everything or person in self.own:
            return True
        posts = [(person, engagement)] if engagement is not None else [one for one in self.days if one[0] == person]
        return any(one < end and start < until for post in posts for one, until in self.days.get(post, ()))


_READING = frozenset((Right.SEE_CHANGES, Right.SEE_PEOPLE, Right.SEE_RUNS))
_READING_PAY = frozenset((Right.SEE_PAY_RUNS, Right.SEE_PAY, Right.SEE_ADJUSTMENTS))

#: The matrix: what each role may.
MAY: Mapping[Role, frozenset[Right]] = {
    Role.COMP_ADMIN: frozenset(Right),
    Role.APPROVER: _READING
    | _READING_PAY
    | {Right.DECIDE, Right.CONFIGURE, Right.APPROVE_PAY, Right.DECIDE_ADJUSTMENTS},
    Role.PAYROLL: frozenset((Right.SEE_PAY_RUNS,)),
    Role.MANAGER: frozenset((Right.SEE_PEOPLE, Right.SEE_PAY)),
    Role.PARTICIPANT: frozenset((Right.SEE_PEOPLE, Right.SEE_PAY)),
    Role.AUDITOR: _READING | _READING_PAY,
    Role.OPERATOR: frozenset((Right.SEE_RUNS, Right.SYNC, Right.CONNECT)),
    Role.SERVICE: _READING | {Right.SYNC},
}

#: Acts about a whole run or source: a role for a part of the people is not enough.
WHOLE = frozenset((Right.RELEASE, Right.SYNC, Right.CONNECT, Right.CONFIGURE))


def sight_of(
    grants: Collection[Grant], right: Right, persons: frozenset[int], scope: Collection[Right] = frozenset(Right)
) -> Sight | None:
    """Give whom somebody with some roles may do that to; None where they may not do it at all.

    persons  the numbers that they have themselves; none where they are not known as a person
    scope    of a token: what it is for; nobody can do more with it than they can without
    """
    giving = [one for one in grants if right in MAY[one.role] and right in scope]
    nobody: frozenset[int] = frozenset()
    own = persons if any(one.role is Role.PARTICIPANT for one in giving) else nobody
    team = persons if any(one.role is Role.MANAGER for one in giving) else nobody
    wide = [one for one in giving if one.role not in (Role.PARTICIPANT, Role.MANAGER)]
    if any(one.population is None for one in wide):
        return EVERYBODY
    found = Sight(populations=frozenset(one.population for one in wide if one.population), team_of=team, own=own)
    return None if right in WHOLE or found == Sight() else found


def lack_of_deciders(users: Iterable[Collection[Grant]]) -> str | None:
    """Say of whom nobody may decide what is proposed, by the roles that users have; None where somebody may of all."""
    sights = [found for grants in users if (found := sight_of(grants, Right.DECIDE, frozenset())) is not None]
    if any(one.everybody for one in sights):
        return None
    populations = sorted({str(one) for sight in sights for one in sight.populations})
    of = f" of people outside {', '.join(populations)}" if populations else ""
    return f"nobody may decide what is proposed{of}"
