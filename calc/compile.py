"""Published plans become stages: the structure they share, with their numbers as terms beside it.

Components of one shape are calculated as one, so that a dozen plans with three versions each are a single pass over
the transactions. Attainment goes on over the versions of a plan: what counts up for one participant and component (a
tally) has the credits of all of them, and each credit is paid by the version of its day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calc import inputs
from calc.bonus import BONUS
from calc.check import lasting_ids
from calc.component import ComponentType, Shape, Tallied, Terms
from calc.crediting import Counting, CreditRule, credits_of, sold_of
from calc.earning import earned_of
from calc.gaps import gaps_of, set_aside_of
from calc.literals import amount, percent
from calc.measures import read_condition, read_measure
from calc.plan import Component, Plan, Span
from calc.rates import days_of
from calc.standing import Holding, known_rows
from calc.tiers import TIERS
from calc.timeline import assigned_of, tallies_of, terms_of, together
from calc.writing import Stages, kept, needed, number, pairs
from formula.expression import ColumnType, Type, columns_of
from formula.meaning import Cell
from formula.quantity import count, money
from formula.relation import Derive, Join, Stage, Within

#: Every type of component there is.
TYPES: Mapping[str, ComponentType] = {"tiers": TIERS, "bonus": BONUS}
_PERIOD = ("plan", "component", "start", "end")
_COMMON: Mapping[str, ColumnType] = {
    **dict.fromkeys(("plan", "component", "measure", "cap_per", "round"), Type.TEXT),
    "version": Type.WHOLE,
    **dict.fromkeys(("start", "end"), Type.DAY),
}
_HELD = ("tally", "person", "engagement", "measure", "start", "end")
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class VersionInForce:
    """A published version of a plan, on the days `[start, end)` on which it is in force; `version` 3 is written V3."""

    plan: Plan
    version: int
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class ComponentForm:
    """What components that count up together became; all else are names of stages.

    of        plan and component, by the id it has for ever
    currency  the plans', and the name of their calendar
    lines     what each credit added, with all that there is of it; none where a type pays on totals
    tallies   every tally, by its number, with what it is of (`calc.timeline.TALLY`)
    whose     by which stages credits come to people (`calc.crediting.Credited`)
    order     what tells the credits, and the lines, of one tally apart, in the order in which they count
    credits   what counted where there are no lines, of those who have the component (`calc.crediting.CREDIT`)
    earned    what was earned (`calc.earning.EARNED`)
    """

    of: tuple[tuple[str, str], ...]
    type: str
    currency: str
    calendar: str
    lines: tuple[str, ...]
    tallies: str
    whose: Mapping[str, str]
    order: tuple[str, ...]
    credits: tuple[str, ...]
    earned: str


@dataclass(frozen=True, slots=True)
class PayForm:
    """Some plans as one form.

    stages      all of them; what several components need is there once
    inputs      columns of every table they scan, by the name they scan it by
    terms       rows of those tables that come with the plans: their terms, and how each plan stands (`inputs.PLANS`)
    gaps        the stage of transactions, or parts of them, that nobody is credited with (`calc.gaps.GAP`)
    set_aside   the stage of people for whom something is missing (`calc.gaps.SET_ASIDE`)
    """

    stages: tuple[Stage, ...]
    inputs: Mapping[str, Mapping[str, ColumnType]]
    terms: Mapping[str, Sequence[Row]]
    components: tuple[ComponentForm, ...]
    gaps: str
    set_aside: str

    def needed_for(self, *names: str) -> tuple[Stage, ...]:
        """Give the stages that some need, these included, in order."""
        return needed(self.stages, names)


@dataclass(frozen=True, slots=True)
class _Known:
    """What plans are read with."""

    columns: Mapping[str, ColumnType]
    calendar: str
    one_feed: bool


@dataclass(frozen=True, slots=True)
class _Placed:
    """A component of a version, with its shape and the id it has for ever."""

    version: VersionInForce
    id: str
    component: Component
    shape: Shape

    @property
    def thread(self) -> tuple[str, str, str, bool, str, str]:
        """What it counts up with: the same component of other versions, as long as it can be added to it."""
        shape = self.shape
        return (self.version.plan.plan, self.id, shape.type, shape.is_money, shape.currency, shape.counting.calendar)


def compile_plans(
    versions: Iterable[VersionInForce],
    columns: Mapping[str, ColumnType] = inputs.TRANSACTION,
    *,
    calendar: str = "main",
    one_feed: bool = False,
    plans: Sequence[Row] | None = None,
) -> PayForm:
    """Compile versions of plans that `calc.check` has found no mistake in.

    `columns` are those of transactions, the company's own included; `calendar` is meant where a plan names none;
    `one_feed` says that all transactions come from one feed; `plans` how every plan there is stands to the calculation
    (`calc.standing.known_rows`), unless there are none but these.
    """
    known, versions = _Known(columns, calendar, one_feed), tuple(versions)
    placed = _placed(versions, known)
    if plans is None:
        plans = known_rows(Holding(one.plan.plan, one.start, one.end) for one in versions)
    stages, terms = Stages(), dict[str, Terms]()
    held: dict[Counting, list[str]] = defaultdict(list)
    sold = sold_of(stages, columns)
    forms = [_form(stages, terms, held, sold, group) for group in _groups(placed)]
    gaps = gaps_of(stages, sold, held, calendar)
    set_aside = set_aside_of(stages, sold, [form.earned for form in forms], held, gaps)
    return PayForm(
        stages=stages.written(),
        inputs={
            **inputs.INPUTS,
            inputs.TRANSACTIONS: columns,
            inputs.PLANS: inputs.PLAN_ROW,
            **{name: one.columns for name, one in terms.items()},
        },
        terms={inputs.PLANS: plans, **{name: one.rows for name, one in terms.items()}},
        components=tuple(forms),
        gaps=gaps,
        set_aside=set_aside,
    )


def _placed(versions: Iterable[VersionInForce], known: _Known) -> list[_Placed]:
    by_plan: dict[str, list[VersionInForce]] = defaultdict(list)
    for one in sorted(versions, key=lambda one: (one.plan.plan, one.start, one.version)):
        by_plan[one.plan.plan].append(one)
    return [
        _Placed(version, ids[name], component, _shape(version.plan, component, known))
        for several in by_plan.values()
        for version, ids in zip(several, lasting_ids([one.plan for one in several]), strict=True)
        for name, component in version.plan.components.items()
    ]


def _shape(plan: Plan, component: Component, known: _Known) -> Shape:
    kind = TYPES[component.type]
    return Shape(
        type=component.type,
        currency=plan.currency,
        counting=_counting(plan, component.measure, known),
        earned=component.earned,
        counted=kind.counted(component),
        bounds=kind.bounds(component),
        prorate=kind.prorate(component),
        how=kind.how(component),
    )


def _counting(plan: Plan, name: str, known: _Known) -> Counting:
    measure, mistakes = read_measure(plan.measures[name], known.columns)
    if measure is None:
        raise ValueError(f"measure '{name}' of plan '{plan.plan}' was not checked: {mistakes}")
    rules = tuple(
        CreditRule(
            credit.to,
            (credit.share and percent(credit.share)) or Decimal(1),
            read_condition(credit.where, known.columns, (), []),
        )
        for credit in plan.credit
        if credit.measure == name
    )
    read = (columns_of(rule.condition) for rule in rules if rule.condition is not None)
    return Counting(
        value=measure.value,
        condition=measure.condition,
        dated_by=plan.measures[name].dated_by,
        rules=rules,
        currency=plan.currency if measure.is_money else None,
        rates=plan.rates,
        calendar=plan.calendar or known.calendar,
        reads=measure.reads.union(*read),
        one_feed=known.one_feed,
    )


def _groups(placed: Sequence[_Placed]) -> list[list[_Placed]]:
    """Put together the components whose versions have the same shapes; each group is calculated as one."""
    threads: dict[tuple[object, ...], list[_Placed]] = defaultdict(list)
    for one in placed:
        threads[one.thread].append(one)
    groups: dict[tuple[object, ...], list[_Placed]] = defaultdict(list)
    for thread, members in threads.items():
        groups[frozenset(one.shape for one in members), thread[2:]] += members
    return list(groups.values())


def _form(
    stages: Stages, terms: dict[str, Terms], held: dict[Counting, list[str]], sold: str, group: Sequence[_Placed]
) -> ComponentForm:
    shapes: dict[Shape, list[_Placed]] = defaultdict(list)
    for one in group:
        shapes[one.shape].append(one)
    named = {shape: _terms(terms, shape, members) for shape, members in shapes.items()}
    scanned = [terms_of(stages, name, [n for n in terms[name].columns if n not in _PERIOD]) for name in named.values()]
    roster, tallies = tallies_of(stages, scanned)
    assigned = [assigned_of(stages, roster, one) for one in scanned]
    of_day = [
        TYPES[shape.type].of_day(stages, shape, terms[named[shape]], one)
        for shape, one in zip(shapes, assigned, strict=True)
    ]
    holders = together(stages, "held", [stages.add("held", Derive(one, kept(*_HELD))) for one in assigned])
    days = days_of(stages, group[0].shape.counting.calendar)
    credited = {shape: credits_of(stages, shape.counting, sold) for shape in shapes}
    order = max((shape.counting.order for shape in shapes), key=len)
    starts = [f"{span}_start" for span in Span if any(span in (shape.earned, shape.counted) for shape in shapes)]
    dated = [_dated(stages, credited[shape].credits, days, starts, order) for shape in shapes]
    tallied = together(stages, "tallied", [_tallied(stages, *one) for one in zip(dated, of_day, strict=True)])
    found = [
        TYPES[shape.type].earn(stages, shape, terms[named[shape]], Tallied(tallied, one, holders, days, order))
        for shape, one in zip(shapes, of_day, strict=True)
    ]
    for shape, name in zip(shapes, assigned, strict=True):
        held[shape.counting].append(name)
    capped = {one.component.cap.per for one in group if one.component.cap is not None}
    lines = tuple(parts.lines for parts in found if parts.lines is not None)
    return ComponentForm(
        of=tuple(sorted({(one.version.plan.plan, one.id) for one in group})),
        type=group[0].shape.type,
        currency=group[0].shape.currency,
        calendar=group[0].shape.counting.calendar,
        lines=lines,
        tallies=tallies,
        whose={stage: column for one in credited.values() for stage, column in one.whose.items()},
        order=order,
        credits=() if lines else (tallied,),
        earned=earned_of(
            stages, list(shapes), found, assigned, days=days, caps=[span for span in Span if span in capped]
        ),
    )


def _terms(terms: dict[str, Terms], shape: Shape, members: Sequence[_Placed]) -> str:
    """Put the numbers of some components into a table of their own, and give its name."""
    own = TYPES[shape.type].terms(shape, [one.component for one in members])
    name = f"terms:{len(terms) + 1}"
    columns = {**_COMMON, "cap": money(shape.currency, inputs.AMOUNT_SCALE), **own.columns}
    rows = [{**_common(one), **numbers} for one, numbers in zip(members, own.rows, strict=True)]
    terms[name] = Terms(columns, rows)
    return name


def _common(one: _Placed) -> Row:
    version, component = one.version, one.component
    cap = component.cap
    return {
        "plan": version.plan.plan,
        "version": version.version,
        "component": one.id,
        "measure": component.measure,
        "start": version.start,
        "end": version.end,
        "cap": amount(cap.amount, version.plan.currency) if cap else None,
        "cap_per": cap.per.value if cap else None,
        "round": component.round.value,
    }


def _dated(stages: Stages, credited: str, days: str, starts: Sequence[str], order: Sequence[str]) -> str:
    """Credits, with the first day of each period that matters."""
    if "rule" in order and "rule" not in stages.columns(credited):
        credited = stages.more("credits_by_rule", credited, (("rule", number(1, count())),))
    return stages.add("dated", Join(credited, days, (("day", "day"),), pairs(*starts)), "with the periods of their day")


def _tallied(stages: Stages, dated: str, of_day: str) -> str:
    """Credits of those who have the component on that day, and from when on the terms of that day hold."""
    added = (("tally", "tally"), ("terms_from", "start"))
    joined = Join(dated, of_day, pairs("person"), added, Within("day", "start", "end"))
    return stages.add("tallied", joined, "credits of those whose plan counts them")
