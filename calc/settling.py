"""What a pay run settles: the earned periods that are due in it, and what is owed beside what is committed already.

An earned period is due in the pay period that its last day lies in; each is paid once, by the pay group that its
participant is in at its end (`calc.earning`). Of earlier pay periods only what is committed is settled again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from calc import ledger
from calc.compile import TYPES, VersionInForce
from calc.ledger import Booked, Owed
from calc.pay_run import EVERYBODY, PayRun, is_committed
from calc.period import PayCalendar, Period, pay_period, span_of
from calc.plan import Span
from calc.result import Result
from formula.meaning import Cell, as_date

_ONE = timedelta(1)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is calculated: a pay period of a calendar, of one plan or pay group alone (None: of all)."""

    calendar: PayCalendar
    period: Period
    plan: str | None = None
    pay_group: str | None = None

    @property
    def pay_run(self) -> PayRun:
        """The pay run it is of, as long as nobody has begun to close it."""
        period = self.period
        return PayRun(self.calendar.name, period.label, period.start, period.end, self.pay_group or EVERYBODY)

    def __str__(self) -> str:
        """Name it as a person would: `2026-03`, `2026-03 of pay group US`."""
        parts = (self.plan and f"plan {self.plan}", self.pay_group and f"pay group {self.pay_group}")
        of = ", ".join(part for part in parts if part)
        return f"{self.period.label} of {of}" if of else self.period.label


@dataclass(frozen=True, slots=True)
class Settling:
    """What is committed when a pay run is calculated.

    booked     what was booked, and by which pay runs it was committed
    paid       what of it is for earned periods that are due in this pay run, before that is committed itself: other pay
               runs have paid it; `lines` are the ids of those that were earned
    """

    scope: Scope
    booked: tuple[Booked, ...]
    committed: tuple[PayRun, ...]
    paid: Mapping[Owed, Booked]
    lines: frozenset[str]

    def is_earlier(self, one: Booked) -> bool:
        """Tell whether a booked amount is of an earlier pay period, and of the plan that is calculated."""
        paid = pay_period(self.scope.calendar, one.earned_until - _ONE)
        return paid.end <= self.scope.period.start and self.scope.plan in (None, one.owed.key.plan)

    def due_now(self, due: Sequence[Result]) -> tuple[Result, ...]:
        """Give what the pay run owes of all that is due of some people, in whatever pay group."""
        group = self.scope.pay_group
        own = tuple(one for one in due if group in (None, one.pay_group))
        if not self.paid:
            return own
        others = (one for one in due if group not in (None, one.pay_group) and self._is_paid(one))
        return ledger.still_due(own, others, self.paid, self.lines, self.scope.period.label)

    def differences(self, earned: Iterable[Result], booked: Sequence[Booked]) -> tuple[Result, ...]:
        """Give what some people are owed of what they earned in earlier pay periods, less what is booked of it.

        Of a pay run that is not committed nothing is, but for what another one has paid before somebody moved.
        """
        known = {one.owed for one in booked}
        standing = (one for one in earned if self._is_paid(one) or Owed(one.key, one.legal_entity, one.payee) in known)
        return ledger.adjustments(standing, booked, self.scope.period.label, pay_group=self.scope.pay_group)

    def _is_paid(self, one: Result) -> bool:
        paid = pay_period(self.scope.calendar, one.earned_until - _ONE)
        return is_committed(self.committed, paid.label, one.pay_group)


def paid_by_others(scope: Scope, booked: Iterable[Booked], committed: Iterable[PayRun]) -> Mapping[Owed, Booked]:
    """Give what is booked for earned periods that are due in a pay run, unless it is committed itself."""
    own = (scope.period.label, scope.pay_group or EVERYBODY)
    if own in {(run.period, run.pay_group) for run in committed}:
        return {}
    return {
        one.owed: one
        for one in booked
        if scope.period.start < one.earned_until <= scope.period.end and scope.plan in (None, one.owed.key.plan)
    }


def spans_paid(
    scope: Scope, versions: Iterable[VersionInForce], committed: Collection[PayRun], start: date
) -> Iterator[Mapping[str, Cell]]:
    """Yield the earned periods from a day on that are due in a pay run, or were in one that is committed.

    Of each component that holds in them: plan, component, earned_from, earned_until, counted_from, due.
    """
    counted: dict[tuple[str, str, Period], date] = {}
    for one in versions:
        for name, component in one.plan.components.items():
            for earned in _earned(scope, component.earned, max(one.start, start), one.end):
                key = (one.plan.plan, component.was or name, earned)
                since = span_of(scope.calendar, TYPES[component.type].counted(component), earned.start).start
                counted[key] = min(counted.get(key, since), since)
    for (plan, named, earned), since in sorted(counted.items()):
        paid = pay_period(scope.calendar, earned.last)
        if paid == scope.period or any(run.period == paid.label for run in committed):
            yield {
                "plan": plan,
                "component": named,
                "earned_from": earned.start,
                "earned_until": earned.end,
                "counted_from": since,
                "due": paid == scope.period,
            }


def touches(missing: Mapping[str, Cell], span: Mapping[str, Cell], plans: Collection[Cell]) -> bool:
    """Tell whether what is missing (`calc.gaps.SET_ASIDE`) for somebody who is on some plans touches an earned period.

    What is missing on a day touches all that counts up over it; a plan that is unknown may earn in any period that has
    a day of it.
    """
    start, until = as_date(missing["start"]), as_date(span["earned_until"])
    if missing["plan"] is None:
        return span["plan"] in plans and as_date(span["counted_from"]) <= start < until
    if missing["component"] is None:
        return start < until and as_date(span["earned_from"]) < as_date(missing["end"])
    of = (span["plan"], span["component"], span["earned_from"])
    return (missing["plan"], missing["component"], missing["start"]) == of


def _earned(scope: Scope, span: Span, start: date, end: date) -> Iterator[Period]:
    """Yield the earned periods that have a day in `[start, end)` and are over by the end of the pay period."""
    earned = span_of(scope.calendar, span, start)
    while earned.start < end and earned.end <= scope.period.end:
        yield earned
        earned = span_of(scope.calendar, span, earned.end)
