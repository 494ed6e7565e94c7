"""Adjustments by hand: an amount with a reason, proposed by one person and approved by another, before the submit."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Connection

from calc.pay_run import EVERYBODY, PayRun, PayState
from calc.period import PayCalendar, Period
from calc.plan import Plan
from calc.result import LedgerKey, Result, ResultKind
from domain.currency import minor_digits
from domain.errors import FixFile, Refused
from domain.rights import DaysSeen
from domain.step import Version
from domain.user import is_same_user
from engine.session import open_session
from formula.parse import suggestion
from store.adjustments import (
    DECIDING,
    Adjustment,
    AdjustmentState,
    adjustment_digest,
    adjustment_of,
    approved_adjustments,
    decide_adjustment,
    propose_adjustment,
)
from store.audit import Act, record
from store.calculations import calculations
from store.database import reading, writing
from store.head import allocate, take_revision
from store.history import history_of
from store.ledger import LedgerEntry, entry_of_line
from store.pay_runs import pay_runs
from store.people import PersonRow
from store.plans import PlanVersion, plan_versions
from syncd.access.noting import note_refusals
from syncd.access.own import own_name, own_names
from syncd.options import person_of, post_meant
from syncd.pay.results import results_now, standings
from syncd.periods import pay_period_named
from syncd.plans.files import published_plan
from syncd.plans.publishing import InForce, in_force, lasting_ids
from syncd.world import Actor, World

#: What 64 bits hold, with a margin for sums.
_LARGEST = Decimal(10) ** 15
_ALL_DAYS = DaysSeen(everything=True)
_CURRENCY = re.compile(r"[A-Z]{3}")
#: An amount as it is written, with its digits after the point: no thousands, which are decimals to others.
_AMOUNT = re.compile(r"[+-]?[0-9]+(?:\.([0-9]+))?")
#: Where a pay run's results can no longer change.
_CLOSING = (PayState.SUBMITTED, PayState.APPROVED, PayState.COMMITTED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An adjustment as somebody wrote it: whom, in which pay period, how much, for which component or line.

    answer  what is kept with it, in its own transaction: who asks for it again gets it, and no second one
    """

    key: str
    period: str
    amount: str
    currency: str
    component: str | None
    line: str | None
    reason: str
    post: str | None = None
    answer: Callable[[Connection, Adjustment], None] | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of adjustments that were to be decided: by number, and why others were not."""

    decided: list[tuple[int, AdjustmentState]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _About:
    """What an adjustment is for."""

    plan: str
    plan_version: str
    component: str
    earned: Period


def propose(world: World, wanted: Wanted, actor: Actor, seen: DaysSeen = _ALL_DAYS) -> Adjustment:
    """Propose an adjustment. `FixFile` for what cannot be meant, `Refused` where the pay run is closing.

    seen  whose pay of which days may be adjusted: the earned days are those of the line, else of the pay period
    """
    calendar, period = pay_period_named(world.workspace, wanted.period)
    amount = _amount(wanted.amount, wanted.currency)
    calculated = None if wanted.line is None else _calculated(world, wanted, calendar, period)
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "adjust")
        person = person_of(tx, wanted.key)
        line = None if wanted.line is None else entry_of_line(tx, wanted.line) or calculated
        post = line.key.engagement if line and wanted.post is None else wanted.post
        earned = (period.start, period.end) if line is None else (line.earned_from, line.earned_until)
        _refuse_unseen(seen, person, None, earned)
        version = _paid_in(tx, person, period, revision, post)
        _refuse_unseen(seen, person, version.engagement, earned)
        _refuse_other_currency(person, version, wanted.currency)
        group = _text(version, "pay_group")
        if closing := _closing(pay_runs(tx, calendar.name), period.label, group):
            raise Refused(f"{closing} is {closing.state.value}: adjust in a pay period that is open")
        about = _about(tx, wanted, person, version, period, line)
        proposed = Adjustment(
            allocate(tx, "adjustment"), calendar.name, period.label, person.id, version.engagement, about.plan,
            about.plan_version, about.component, about.earned.label, about.earned.start, about.earned.end, amount,
            wanted.currency, _text(version, "payee"), _text(version, "legal_entity"), group, wanted.line,
            wanted.reason, actor.name, world.now(), revision,
        )  # fmt: skip
        propose_adjustment(tx, proposed)
        _record(
            tx, world, revision, [Act("adjust", f"A{proposed.id}", adjustment_digest(proposed), wanted.reason)], actor
        )
        if wanted.answer is not None:
            wanted.answer(tx, proposed)
    return proposed


def decide(world: World, ids: Sequence[int], state: AdjustmentState, reason: str | None, actor: Actor) -> Decided:
    """Approve or reject adjustments that were proposed; what has this decision already is told as decided."""
    outcome, acts = Decided(), []
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), DECIDING[state])
        for number in dict.fromkeys(ids):
            found = adjustment_of(tx, number)
            if found is None:
                outcome.refused.append((number, "there is no such adjustment"))
            elif found.state is state:
                outcome.decided.append((number, state))
            elif told := _undecidable(tx, found, state, actor):
                outcome.refused.append((number, told))
            else:
                decide_adjustment(tx, number, state, by=actor.name, reason=reason, revision=revision)
                outcome.decided.append((number, state))
                acts.append(Act(DECIDING[state], f"A{number}", adjustment_digest(found), reason))
        _record(tx, world, revision, acts, actor)
    note_refusals(world, DECIDING[state], [(f"A{one}", told) for one, told in outcome.refused], actor)
    return outcome


def adjusted_in(tx: Connection, run: PayRun, *, known_at: int) -> tuple[Adjustment, ...]:
    """Give what was approved by a revision for a pay run.

    What was proposed for somebody in no pay group is paid by the one that the participant is in by then.
    """
    return tuple(one for one in _approved(tx, run, known_at) if run.pay_group in (EVERYBODY, one.pay_group))


def paid_by_nobody(tx: Connection, run: PayRun, *, known_at: int) -> tuple[Adjustment, ...]:
    """Give what was approved for the pay period of a pay group's pay run, and is of no pay group at all."""
    return tuple(one for one in _approved(tx, run, known_at) if run.pay_group != EVERYBODY and one.pay_group is None)


def _approved(tx: Connection, run: PayRun, known_at: int) -> Iterator[Adjustment]:
    for one in approved_adjustments(tx, run.calendar, run.period, known_at=known_at):
        is_placed = run.pay_group == EVERYBODY or one.pay_group is not None
        yield one if is_placed else replace(one, pay_group=_pay_group(tx, one, run, known_at))


def _pay_group(tx: Connection, one: Adjustment, run: PayRun, known_at: int) -> str | None:
    known = _last_version(_versions(tx, one.person, run.end, known_at).get(one.engagement, ()))
    return None if known is None else _text(known, "pay_group")


def manual_results(tx: Connection, run: PayRun, *, known_at: int) -> tuple[Result, ...]:
    """Give what was approved by a revision for a pay run, as results."""
    return tuple(
        Result(
            ResultKind.MANUAL,
            LedgerKey(one.person, one.engagement, one.plan, one.component, one.earned_period, one.currency),
            one.pay_period, one.earned_from, one.earned_until, one.amount, one.amount, one.currency,
            one.plan_version, None, one.payee, one.legal_entity, one.pay_group, cause=one.cause,
        )
        for one in adjusted_in(tx, run, known_at=known_at)
    )  # fmt: skip


def _undecidable(tx: Connection, found: Adjustment, state: AdjustmentState, actor: Actor) -> str | None:
    if found.state is not AdjustmentState.PROPOSED:
        return f"it is {found.state.value}: propose the opposite amount to take it back"
    if (own := own_name(own_names(tx, actor), [found.person])) is not None:
        return f"it is the pay of {own} themselves: somebody else has to decide it"
    if state is AdjustmentState.APPROVED and is_same_user(actor.name, found.proposed_by):
        return f"{actor.name} proposed it: somebody else has to approve it"
    closing = _closing(pay_runs(tx, found.calendar), found.pay_period, found.pay_group)
    if closing and state is AdjustmentState.APPROVED:
        return f"{closing} is {closing.state.value}: propose it in a pay period that is open"
    return None


def _closing(runs: Iterable[PayRun], period: str, pay_group: str | None) -> PayRun | None:
    """Give the pay run of a pay group that is past its submit; of somebody in none, that of any pay group."""
    closing = (run for run in runs if run.period == period and run.state in _CLOSING)
    return next((run for run in closing if pay_group is None or run.pay_group in (EVERYBODY, pay_group)), None)


def _paid_in(tx: Connection, person: PersonRow, period: Period, revision: int, post: str | None) -> Version:
    """Give how somebody is known in a post in a pay period, at its end; of who left before, as of the last day."""
    if person.participant_since is None:
        raise FixFile(f"P{person.id} is no participant, so nothing is paid")
    posts = _versions(tx, person.id, period.end, revision)
    known = _last_version(posts.get(post_meant(person.id, posts, post, period.end - timedelta(days=1)), ()))
    if known is None:
        raise FixFile(f"P{person.id} begins after {period.label}: see `participants --history P{person.id}`")
    return known


def _versions(tx: Connection, person: int, end: date, revision: int) -> dict[str, list[Version]]:
    """Give what is known of each post of somebody before a day."""
    found: dict[str, list[Version]] = {}
    for one in history_of(tx, person, revision):
        if one.version.start < end:
            found.setdefault(one.version.engagement, []).append(one.version)
    return found


def _last_version(versions: Sequence[Version]) -> Version | None:
    return max(versions, key=lambda one: one.start, default=None)


def _refuse_unseen(seen: DaysSeen, person: PersonRow, post: str | None, earned: tuple[date, date]) -> None:
    if not seen.shows(person.id, post, *earned):
        raise Refused(f"pay of P{person.id} for {earned[0]} to {earned[1] - timedelta(days=1)} is not yours to adjust")


def _refuse_other_currency(person: PersonRow, version: Version, currency: str) -> None:
    paid = _text(version, "payment_currency") or _text(version, "currency")
    if paid not in (None, currency):
        raise FixFile(f"P{person.id} is paid in {paid}: write the amount in {paid}")


def _calculated(world: World, wanted: Wanted, calendar: PayCalendar, period: Period) -> Result | None:
    """Give the result that a line names among those of the pay period as calculated now."""
    with reading(world.database) as tx:
        person = person_of(tx, wanted.key)
        found = standings(tx, calendar.name, period.label) if calculations(tx, calendar.name, period.label) else ()
    with open_session(world.workspace.var) as session:
        results = (one.result for one in results_now(world, session, found, [person.id]))
        return next((one for one in results if one.id == wanted.line), None)


def _about(
    tx: Connection,
    wanted: Wanted,
    person: PersonRow,
    version: Version,
    period: Period,
    line: LedgerEntry | Result | None,
) -> _About:
    """Find what is adjusted: a line, committed or calculated, else a component of a plan the participant has."""
    if wanted.line is not None:
        if line is None or (line.key.person, line.key.engagement) != (person.id, version.engagement):
            whose = f"P{person.id}, committed or calculated for {period.label}"
            raise FixFile(f"{wanted.line} is no result of {whose}: see `results`, or leave --line out")
        if wanted.component not in (None, line.key.component, f"{line.key.plan}.{line.key.component}"):
            raise FixFile(f"{wanted.line} is of component {line.key.component}, not of {wanted.component}")
        return _of_line(line)
    if wanted.component is None:
        raise FixFile("say what the amount is for: --component C, or --line ID of a result")
    plans = _plans_of(version)
    if not plans:
        raise FixFile(f"P{person.id} has no plan in {period.label}, so nothing is paid by '{wanted.component}'")
    known = _components(plan_versions(tx), plans, period)
    found = [about for about, names in known.items() if wanted.component in names]
    if not found:
        every = sorted({about.component for about in known})
        raise FixFile(
            f"no plan of P{person.id} has a component '{wanted.component}'"
            f"{suggestion(wanted.component, tuple(every))}: there is {', '.join(every) or 'none'}"
        )
    if len(found) > 1:
        several = " or ".join(sorted(f"{one.plan}.{one.component}" for one in found))
        raise FixFile(f"several plans have it: write {several}")
    return found[0]


def _of_line(line: LedgerEntry | Result) -> _About:
    earned = Period(line.earned_from, line.earned_until, line.key.earned_period)
    return _About(line.key.plan, line.plan_version, line.key.component, earned)


def _components(known: Sequence[PlanVersion], plans: Collection[str], period: Period) -> dict[_About, set[str]]:
    """Give every component that plans have in a pay period, by the id it has for ever, with all it may be called."""
    found: dict[tuple[str, str], _About] = {}
    names: dict[tuple[str, str], set[str]] = {}
    for one in in_force(known):
        plan = one.version.plan
        if plan in plans and one.start < period.end and one.end > period.start:
            for name, component in lasting_ids(_texts(known, one)).items():
                found[plan, component] = _About(plan, f"V{one.version.id}", component, period)
                called = {name, component, f"{plan}.{name}", f"{plan}.{component}"}
                names.setdefault((plan, component), set()).update(called)
    return {about: names[each] for each, about in found.items()}


def _texts(known: Sequence[PlanVersion], until: InForce) -> list[Plan]:
    return [
        published_plan(one)
        for one in known
        if one.plan == until.version.plan and one.approval is not None and one.id <= until.version.id
    ]


def _plans_of(version: Version) -> tuple[str, ...]:
    several, single = version.attributes.get("plans"), version.attributes.get("plan")
    return (*(several if isinstance(several, tuple) else ()), *([single] if isinstance(single, str) else ()))


def _text(version: Version, name: str) -> str | None:
    value = version.attributes.get(name)
    return value if isinstance(value, str) else None


def _amount(text: str, currency: str) -> Decimal:
    """Read an amount. `FixFile` where it is none, nothing, or not payable in its currency."""
    if not _CURRENCY.fullmatch(currency):
        raise FixFile(f"'{currency}' is no currency: write three capitals, USD")
    digits = minor_digits(currency)
    point = f".{'0' * digits}" if digits else ""
    if not (found := _AMOUNT.fullmatch(text)):
        raise FixFile(f"'{text}' is no amount: write 1250{point} or -1250{point}")
    if len(found[1] or "") > digits:
        raise FixFile(f"'{text}': {currency} has {digits or 'no'} digits after the point, write 1250{point}")
    amount = Decimal(text)
    if not amount or abs(amount) >= _LARGEST:
        raise FixFile(f"'{text}' is no amount that can be paid")
    return amount.quantize(Decimal(1).scaleb(-digits))


def _record(tx: Connection, world: World, revision: int, acts: Sequence[Act], actor: Actor) -> None:
    record(
        tx, revision, acts, at=world.now(), by=actor.account, for_user=actor.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip
