"""Pay runs as a user sees them: how far each has come, what it pays to whom, and what stands in its way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from calc.pay_run import EVERYBODY, Act, PayRun, PayState, refusal
from calc.result import Result
from calc.settling import Scope
from domain.errors import FixFile
from domain.rights import Sight
from store.calculations import Calculation, calculation_of, calculations
from store.database import reading
from store.pay_runs import pay_runs
from store.people import PersonRow, people_of
from syncd.documents import Document
from syncd.pay import calculated
from syncd.pay.checks import Check, checks, kept, newest_of
from syncd.pay.close import Closed, paid_themselves
from syncd.pay.closed import closed_document
from syncd.pay.documents import amount_text
from syncd.periods import pay_calendars, pay_period_named, pay_periods_named, period_labelled
from syncd.world import Actor, World

_CLOSING = (PayState.SUBMITTED, PayState.APPROVED, PayState.COMMITTED)


@dataclass(frozen=True, slots=True)
class PayRunShown:
    """A pay run, and the calculation that counts for it: what was submitted, else the newest; None: there is none."""

    run: PayRun
    calculation: Calculation | None

    @property
    def period(self) -> str:
        """Name its pay period so that it is found whatever calendars there are."""
        return f"{self.run.calendar}:{self.run.period}"

    @property
    def state(self) -> str:
        """Say how far it has come; what is open is `calculated` or not."""
        return "calculated" if self.run.state is PayState.OPEN and self.calculation else self.run.state.value


@dataclass(frozen=True, slots=True)
class Paid:
    """What a payee gets of a legal entity in one currency for a participant."""

    person: int
    payee: str
    name: str | None
    legal_entity: str | None
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sights:
    """Whom a user sees for what a page of a pay run has; None: they have not that right.

    runs    of how far pay runs have come
    pay     whose results and statements: what of the page is about those needs everybody whom it pays
    acting  with whose pay runs they may do what
    """

    runs: Sight | None
    pay: Sight | None
    acting: Mapping[Act, Sight | None]


@dataclass(frozen=True, slots=True)
class PayRunPage:
    """Everything a page shows of one pay run; `document` is None where it is not calculated.

    acts      what the user may do with it now
    refused   why they may not do what comes next, where they have the right to
    sees_pay  whether it shows what is behind the sums: without it no checks, and nothing about plans and single people
    """

    shown: PayRunShown
    scope: Scope
    document: Document | None
    checks: Sequence[Check]
    names: dict[str, str]
    acts: Collection[Act]
    refused: str | None
    sees_pay: bool


def pay_runs_seen(world: World, sight: Sight) -> list[PayRunShown]:
    """Give the pay runs that were calculated or begun, of pay groups in sight, the newest pay period first."""
    calendars = pay_calendars(world.workspace)
    found: dict[tuple[str, str, str], PayRunShown] = {}
    with reading(world.database) as tx:
        for one in calculations(tx):
            period = period_labelled(world.workspace, one.calendar, one.period)
            if one.plan is None and period is not None:
                key = (one.calendar, one.period, one.pay_group or EVERYBODY)
                scope = Scope(calendars[one.calendar], period, None, one.pay_group)
                found[key] = PayRunShown(scope.pay_run, one)
        for run in pay_runs(tx):
            key = (run.calendar, run.period, run.pay_group)
            newest = found[key].calculation if key in found else None
            submitted = run.state in _CLOSING and run.calculation is not None
            found[key] = PayRunShown(run, calculation_of(tx, run.calculation or 0) if submitted else newest)
    seen = [one for one in found.values() if sight.has_pay_group(one.run.pay_group or None)]
    seen.sort(key=lambda one: (one.run.calendar, one.run.pay_group))
    return sorted(seen, key=lambda one: one.run.start, reverse=True)


def pay_run_seen(world: World, sight: Sight, scope: Scope) -> PayRunShown | None:
    """Give one pay run; None where it is not in sight."""
    if not sight.has_pay_group(scope.pay_group):
        return None
    with reading(world.database) as tx:
        run = kept(tx, scope)
        submitted = run.calculation if run.state in _CLOSING else None
        found = calculation_of(tx, submitted) if submitted is not None else newest_of(tx, scope)
    return PayRunShown(run, found)


def pay_run_page(world: World, sights: Sights, scope: Scope, who: Actor) -> PayRunPage | None:
    """Give all about one pay run, what somebody may do with it, and what a submit would be refused for.

    None where it is not in sight.
    """
    sight, pay = sights.runs, sights.pay
    if sight is None:
        return None
    shown = pay_run_seen(world, sight, scope)
    if shown is None:
        return None
    document = pay_run_document(world, shown, pay)
    sees_pay = _sees_pay(pay, scope.pay_group)
    is_open = shown.run.state not in _CLOSING
    ids = {int(str(one["participant"])[1:]) for name in _PEOPLE for one in (document or {}).get(name, ())}
    with reading(world.database) as tx:
        people = people_of(tx, ids)
    names = {f"P{one.id}": one.name or f"P{one.id}" for one in people.values()}
    found = checks(world, scope, who.name) if is_open and sees_pay else ()
    mine = [
        act for act, needed in sights.acting.items() if needed is not None and needed.has_pay_group(scope.pay_group)
    ]
    told = {act: _refusal(world, shown, act, who) for act in mine} if shown.calculation is not None else {}
    acts = [act for act, why in told.items() if why is None]
    refused = next((why for act, why in told.items() if why and shown.run.state in _NEXT.get(act, ())), None)
    return PayRunPage(shown, scope, document, found, names, acts, refused, sees_pay)


#: From where an act leads on: whoever has the right to it is told why they may not.
_NEXT = {Act.APPROVE: (PayState.SUBMITTED,)}


def _refusal(world: World, shown: PayRunShown, act: Act, who: Actor) -> str | None:
    run, found = shown.run, shown.calculation
    told = refusal(run, act, who.name)
    return (
        paid_themselves(world, run, found, who) if told is None and act is Act.APPROVE and found is not None else told
    )


#: What of a pay run is about plans, deals and single people: not for who sees what is paid alone.
_OF_PAY = ("set_aside", "incomplete", "uncredited", "adjustments")
#: What is told of everybody's deals, whichever pay group is calculated.
_OF_ALL = ("uncredited",)
_PEOPLE = ("set_aside", "incomplete", "adjustments")


def pay_run_document(world: World, shown: PayRunShown, pay: Sight | None) -> Document | None:
    """One pay run as the acts of the close answer; None where it is not calculated."""
    if shown.calculation is None:
        return None
    found = replace(shown.run, calculation=shown.calculation.run, digest=shown.calculation.digest)
    return {**act_document(world, Closed(found, shown.calculation), pay), "state": shown.state}


def act_document(world: World, done: Closed, pay: Sight | None) -> Document:
    """A pay run after an act, as far as it is for who sees that pay."""
    hidden = {*(() if _sees_pay(pay, done.run.pay_group or None) else _OF_PAY), *(() if _sees_all(pay) else _OF_ALL)}
    return {name: told for name, told in closed_document(world, done).items() if name not in hidden}


def page_document(page: PayRunPage) -> Document:
    """What can be done with a pay run now; `checks` are told to who sees that pay, of one that can be submitted."""
    return {
        **listed_document(page.shown),
        "acts": sorted(act.value for act in page.acts),
        "refused": page.refused,
        "checks": [{"check": one.name, "told": one.told, "blocks": one.blocks} for one in page.checks],
    }


def listed_document(shown: PayRunShown) -> Document:
    """One pay run of a list."""
    run, found = shown.run, shown.calculation
    return {
        "calendar": run.calendar,
        "period": run.period,
        "group": run.pay_group or None,
        "start": str(run.start),
        "end": str(run.end),
        "state": shown.state,
        "run": f"R{found.run}" if found else None,
        "totals": [{"currency": one, "amount": amount} for one, amount in (found.totals if found else ())],
        "submitted_by": run.submitted_by,
        "approved_by": run.approved_by,
        "reason": run.reason,
        "committed": run.committed,
    }


def payments(world: World, shown: PayRunShown) -> list[Paid]:
    """Give what a pay run pays, payee by payee: sums alone, not what they are for."""
    if shown.calculation is None:
        return []
    sums: defaultdict[tuple[int, str, str, str], Decimal] = defaultdict(Decimal)
    for batch in calculated.results(world, shown.calculation):
        for one in batch:
            sums[_payment(one)] += one.amount
    with reading(world.database) as tx:
        people = people_of(tx, {person for person, *_ in sums})
    return [
        Paid(person, payee or f"P{person}", _name(people, person), entity or None, currency, amount)
        for (person, payee, entity, currency), amount in sorted(sums.items())
    ]


def payment_document(one: Paid) -> Document:
    """What one payee gets."""
    return {
        "participant": f"P{one.person}",
        "payee": one.payee,
        "name": one.name,
        "legal_entity": one.legal_entity,
        "amount": amount_text(one.amount, one.currency),
        "currency": one.currency,
    }


def scope_named(world: World, period: str, group: str | None) -> Scope:
    """Give the pay run that is meant. `FixFile` where there is no such pay period, or it is several."""
    if not period:
        raise FixFile("say which pay period: 2026-03")
    calendar, meant = pay_period_named(world.workspace, period)
    return Scope(calendar, meant, None, group or None)


def scopes_named(world: World, sight: Sight, period: str, group: str | None) -> list[Scope]:
    """Give the pay runs that are meant: one, or each of a span. `FixFile` where there are none such in sight."""
    if not period:
        raise FixFile("say which pay period: 2026-03")
    calendar, periods = pay_periods_named(world.workspace, period)
    if not sight.has_pay_group(group or None):
        raise FixFile(f"{period} of {group or 'everybody'}: there is no such pay run among those you may calculate")
    return [Scope(calendar, one, None, group or None) for one in periods]


def _sees_pay(pay: Sight | None, pay_group: str | None) -> bool:
    """Tell whether the results of everybody whom a pay run pays are in sight, not only those of some of them."""
    return pay is not None and pay.has_pay_group(pay_group)


def _sees_all(pay: Sight | None) -> bool:
    return pay is not None and pay.everybody


def _payment(one: Result) -> tuple[int, str, str, str]:
    return one.key.person, one.payee or "", one.legal_entity or "", one.key.currency


def _name(people: dict[int, PersonRow], person: int) -> str | None:
    return people[person].name if person in people else None
