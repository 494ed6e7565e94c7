"""Pay runs: one pay group and pay period, from open to committed, and who may do what when.

open -> submitted (by one person) -> approved (by another) -> committed, for ever. Until it is committed it may be
returned by who looks at it, or reopened by who made it. Calculated, fresh and stale are said of the calculation, not
kept here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from domain.user import is_same_user

#: The pay group of a pay run of everybody.
EVERYBODY = ""


class PayState(StrEnum):
    """How far the close of a pay run has come."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    COMMITTED = "committed"


class Act(StrEnum):
    """What a person does with a pay run."""

    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    COMMIT = "commit"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True)
class PayRun:
    """The pay run of a pay period `[start, end)` of a calendar, for one pay group or `EVERYBODY`.

    id            0 before it is kept
    calculation   the run whose results were submitted (`R12`), and `digest` what they were
    submitted_by  who answers for them: never who approves them
    reason        of a return or a reopening
    committed     the revision that made its ledger entries known
    """

    calendar: str
    period: str
    start: date
    end: date
    pay_group: str = EVERYBODY
    state: PayState = PayState.OPEN
    calculation: int | None = None
    digest: str | None = None
    submitted_by: str | None = None
    approved_by: str | None = None
    reason: str | None = None
    committed: int | None = None
    id: int = 0

    def __str__(self) -> str:
        """Name it as a person would: `2026-03`, `2026-03 of pay group US`."""
        return f"{self.period} of pay group {self.pay_group}" if self.pay_group else self.period


#: From where each act leads where.
_MOVES: dict[Act, tuple[tuple[PayState, ...], PayState]] = {
    Act.SUBMIT: ((PayState.OPEN, PayState.RETURNED), PayState.SUBMITTED),
    Act.APPROVE: ((PayState.SUBMITTED,), PayState.APPROVED),
    Act.RETURN: ((PayState.SUBMITTED, PayState.APPROVED), PayState.RETURNED),
    Act.COMMIT: ((PayState.APPROVED,), PayState.COMMITTED),
    Act.REOPEN: ((PayState.SUBMITTED, PayState.RETURNED, PayState.APPROVED), PayState.OPEN),
}
_NEXT = {
    PayState.OPEN: "calculate it and `submit` it",
    PayState.SUBMITTED: "somebody else has to `approve-results` it, or `return` it",
    PayState.RETURNED: "calculate it again and `submit` it",
    PayState.APPROVED: "`commit` it",
}


def leads_to(act: Act) -> PayState:
    """Give the state that an act leads to."""
    return _MOVES[act][1]


def refusal(run: PayRun, act: Act, by: str) -> str | None:
    """Say why somebody may not do this now, and what to do; None where they may."""
    if run.state is PayState.COMMITTED:
        return (
            f"{run} is committed, and what is committed is never reopened or changed: correct what was wrong, "
            "and the difference is adjusted in the next pay run"
        )
    if run.state not in _MOVES[act][0]:
        return f"{run} is {run.state.value}: {_NEXT[run.state]}"
    if act is Act.APPROVE and is_same_user(by, run.submitted_by):
        return f"{by} submitted {run}: somebody else has to approve it"
    return None


def own_pay(run: PayRun, by: str, person: int, paid: Collection[int]) -> str | None:
    """Say why somebody, who is known as a person, may not approve a pay run; None where it does not pay them."""
    return f"{run} pays {by} themselves: somebody else has to approve it" if person in paid else None


def too_early(run: PayRun, today: date) -> str | None:
    """Say why a pay run may not be submitted yet; None where its pay period is over."""
    if run.end <= today:
        return None
    last = run.end - timedelta(1)
    return f"{run} is not over: its last day is {last}, so submit it from {run.end} on; until then, look at it"


def after(run: PayRun, act: Act, by: str, reason: str | None = None) -> PayRun:
    """Give a pay run as it stands after somebody approved it, gave it back or opened it again."""
    match act:
        case Act.APPROVE:
            return replace(run, state=leads_to(act), approved_by=by, reason=reason)
        case Act.RETURN:
            return replace(run, state=leads_to(act), approved_by=None, reason=reason)
        case _:
            return replace(run, state=leads_to(act), submitted_by=None, approved_by=None, reason=reason)


def is_done(run: PayRun, act: Act) -> bool:
    """Tell whether the pay run is where an act would have led: asked twice it has one effect."""
    return act is not Act.SUBMIT and run.state is leads_to(act)


def is_committed(runs: Iterable[PayRun], period: str, pay_group: str | None) -> bool:
    """Tell whether the pay run of a pay period that pays a pay group is committed: its own, or that of everybody."""
    return any(run.period == period and _pays(run, pay_group or EVERYBODY) for run in _committed(runs))


def committed_periods(runs: Iterable[PayRun], start: date, until: date | None) -> tuple[str, ...]:
    """Name the committed pay periods that have a day in `[start, until)` (None: no end), in order, each once."""
    touched = (run for run in _committed(runs) if start < run.end and (until is None or run.start < until))
    return tuple(dict.fromkeys(run.period for run in sorted(touched, key=lambda run: (run.start, run.calendar))))


def in_the_way(run: PayRun, others: Iterable[PayRun]) -> str | None:
    """Say why a pay run may not be closed beside the others of its calendar; None where it may.

    One pay period is closed for everybody or pay group by pay group, never both: somebody would be paid twice. And
    what is committed has no hole: nobody would notice who was not paid.
    """
    others = [one for one in others if one.calendar == run.calendar]
    for one in others:
        mixed = (one.pay_group == EVERYBODY) != (run.pay_group == EVERYBODY)
        if one.period == run.period and mixed and one.state is not PayState.OPEN:
            return f"{one} is {one.state.value}: close a pay period for everybody, or pay group by pay group"
    paid = [one for one in _committed(others) if run.pay_group == EVERYBODY or _pays(one, run.pay_group)]
    before = max((one.end for one in paid if one.end <= run.start), default=run.start)
    if before < run.start:
        return f"nothing is committed from {before} until {run.start}: close that pay period first"
    after = min((one.start for one in paid if one.start >= run.end), default=run.end)
    if after > run.end and all(one.end > run.start for one in paid):
        return f"nothing is committed from {run.end} until {after}: close that pay period first"
    return None


def _committed(runs: Iterable[PayRun]) -> list[PayRun]:
    return [run for run in runs if run.state is PayState.COMMITTED]


def _pays(run: PayRun, pay_group: str) -> bool:
    return run.pay_group in (EVERYBODY, pay_group)
