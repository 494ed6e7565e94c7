"""What a calculation stands on: a revision, and what was known at it. The same for the same revision, always.

Also how it is brought into the engine: the tables of `calc.inputs`, the terms of the plans, and the earned periods that
are paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from calc import inputs
from calc.compile import PayForm, VersionInForce, compile_plans
from calc.period import day_rows, span_of
from calc.plan import Plan, Span
from calc.settling import Scope, Settling, paid_by_others, spans_paid
from calc.standing import Holding, known_rows
from domain.errors import FixFile
from domain.facts import CREDITED
from engine.facts import KnownFacts, load_facts
from engine.found import SPAN, SPANS
from engine.merged import name_by_day
from engine.pay_inputs import load_roster_of_plans, load_rows
from engine.population import name_people
from engine.quotas import load_quotas
from engine.session import Session
from formula.meaning import Cell
from formula.parse import suggestion
from store.ledger import booked, lines_earned
from store.pay_runs import committed_pay_runs
from store.plans import PlanVersion, plan_versions
from syncd.facts.known import credited_columns, facts_as_known
from syncd.mirror import load_roster
from syncd.plans.files import published_plan
from syncd.plans.publishing import in_force, lasting_ids
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is known at a revision of everything that a calculation reads, but for the people and the facts themselves.

    versions   of the plans of the calendar, on the days on which they hold; components by the ids they have for ever
    form       what they were compiled to
    settling   what was committed by then
    start      the first day that is calculated: of the fiscal year of the first earned period that is paid
    spans      the earned periods that are paid, of each component that holds in them (`engine.found.SPAN`)
    """

    revision: int
    versions: tuple[VersionInForce, ...]
    form: PayForm
    facts: tuple[KnownFacts, ...]
    settling: Settling
    start: date
    spans: tuple[Mapping[str, Cell], ...]

    @property
    def scope(self) -> Scope:
        """What is calculated."""
        return self.settling.scope

    @property
    def dated_by(self) -> frozenset[str]:
        """The columns by which measures date transactions."""
        return frozenset(measure.dated_by for one in self.versions for measure in one.plan.measures.values())


def pin(tx: Connection, world: World, scope: Scope, revision: int) -> Pinned:
    """Read what was known at a revision. `FixFile` where there is no such plan."""
    known = plan_versions(tx, known_at=revision)
    versions = _versions(world, scope, known)
    facts = tuple(facts_as_known(tx, world, revision))
    sold = [one for one in facts if one.kind in CREDITED]
    columns = credited_columns(sold, world.workspace)
    before = booked(tx, scope.calendar.name, known_at=revision)
    committed = committed_pay_runs(tx, scope.calendar.name, known_at=revision)
    start = span_of(scope.calendar, Span.YEAR, min([scope.period.start, *(one.earned_from for one in before)])).start
    paid, due = paid_by_others(scope, before, committed), (scope.period.start, scope.period.end)
    lines = lines_earned(tx, scope.calendar.name, *due, known_at=revision) if paid else frozenset[str]()
    return Pinned(
        revision,
        versions,
        compile_plans(
            versions,
            columns,
            calendar=scope.calendar.name,
            one_feed=len(sold) == 1,
            plans=known_rows(_holdings(world, scope, known), {one.plan for one in known}),
        ),
        facts,
        Settling(scope, before, committed, paid, lines),
        start,
        tuple(spans_paid(scope, versions, committed, start)),
    )


def load(world: World, session: Session, scratch: Path, pinned: Pinned, roster: int | None = None) -> None:
    """Bring everything that the form of a calculation scans into the engine, as known at its revision.

    `roster` is the revision of a roster that is there already, as somebody wants it to be.
    """
    known = load_roster(world, session, scratch, known_at=pinned.revision) if roster is None else roster
    name_people(session)
    load_facts(session, pinned.facts, pinned.form.inputs[inputs.TRANSACTIONS])
    name_by_day(session, pinned.dated_by or {"date"})
    load_roster_of_plans(session, known_at=known)
    load_quotas(session)
    calendar = pinned.scope.calendar
    days = day_rows({calendar.name: calendar}, pinned.start, pinned.scope.period.end)
    load_rows(session, inputs.DAYS, inputs.DAY, days)
    for name, rows in pinned.form.terms.items():
        load_rows(session, name, pinned.form.inputs[name], rows)
    load_rows(session, SPANS, SPAN, pinned.spans)


def _holdings(world: World, scope: Scope, known: Sequence[PlanVersion]) -> Iterator[Holding]:
    """Yield every plan on the days on which it is in force, and whether the calendar pays it."""
    usual = world.workspace.calendar.name
    for one in in_force(known):
        plan = published_plan(one.version)
        yield Holding(plan.plan, one.start, one.end, (plan.calendar or usual) == scope.calendar.name)


def _versions(world: World, scope: Scope, known: Sequence[PlanVersion]) -> tuple[VersionInForce, ...]:
    """Give the versions of the plans that the calendar pays: of one plan, or of all."""
    found = [
        VersionInForce(_plan(world, one.version, known), one.version.id, one.start, one.end) for one in in_force(known)
    ]
    if scope.plan is not None and scope.plan not in {one.plan.plan for one in found}:
        names = tuple(dict.fromkeys(one.plan.plan for one in found))
        raise FixFile(f"no plan '{scope.plan}' is approved{suggestion(scope.plan, names)}")
    usual = world.workspace.calendar.name
    return tuple(
        one
        for one in found
        if (one.plan.calendar or usual) == scope.calendar.name and scope.plan in (None, one.plan.plan)
    )


def _plan(world: World, version: PlanVersion, known: Sequence[PlanVersion]) -> Plan:
    """Give the text of a version, what it names by the ids these have had for ever: components, its feed of rates."""
    earlier = [one for one in known if one.plan == version.plan and one.approval is not None and one.id <= version.id]
    plan, ids = published_plan(version), lasting_ids([published_plan(one) for one in earlier])
    renamed = {
        name: replace(component, was=ids[name] if ids[name] != name else None)
        for name, component in plan.components.items()
    }
    rates = plan.rates
    if rates is not None and (feed := world.workspace.feed_named(rates.feed)):
        rates = replace(rates, feed=feed.name)
    return replace(plan, components=renamed, rates=rates)
