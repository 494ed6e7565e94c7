"""Explains a calculation, one participant after the other, from what it was pinned to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from calc import inputs
from calc.compile import ComponentForm
from calc.explanation import Node
from calc.reason import NO_PAY_GROUP, NO_PLAN, NOT_A_PARTICIPANT, NOTHING_DUE, OTHER_PAY_GROUP
from calc.result import Result
from calc.shortened import ShortForm, shortened
from calc.standing import pays_nothing
from engine.few import (
    aside_codes,
    credits_of,
    gaps_of_transaction,
    gather,
    pay_groups_of,
    plans_held,
    roster_and_more,
    tables_of,
)
from engine.found import ASIDE, CREDITS, GAPS
from engine.results import RESULTS, each_result
from engine.session import Session
from formula.evaluate import Evaluation, evaluation
from formula.meaning import Cell
from formula.needs import made_of
from formula.relation import Stage
from formula.rows import Row
from store.calculations import Calculation
from store.database import reading
from store.plans import PlanVersion, plan_versions
from syncd.pay.explain import Explained, OfOne
from syncd.pay.explained_sources import sources_of
from syncd.pay.pinned import Pinned
from syncd.pay.rederive import codes_of, loaded, scope_of
from syncd.pay.results import Standing, counting
from syncd.pay.stored_lines import line_files
from syncd.world import World

Rows = list[dict[str, Cell]]
#: Of how many lines of an earning an outline tells what they are made of.
DETAILED = 20


class Prepared(NamedTuple):
    """A form that begins with credits, as far as it is the same for everybody.

    begun   what of it is, as evaluated
    rest    the other stages
    wanted  the inputs that these are made of
    """

    form: ShortForm
    begun: Evaluation
    rest: tuple[Stage, ...]
    wanted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Explainer:
    """A calculation with everything that it read; its forms and days are prepared once."""

    world: World
    calculation: Calculation
    session: Session
    pinned: Pinned
    versions: Mapping[int, PlanVersion]
    days: Rows
    forms: dict[tuple[tuple[int, ...], bool], Prepared] = field(default_factory=dict)

    def explain(self, person: int, transaction: str | None = None) -> list[Explained]:
        """Explain everything that a participant is owed, and what of it is nothing; or what one transaction adds.

        All of it is derived again, from the facts on. Errors: `Differs` where it is not what was stored.
        """
        found, missing = self._from_facts(person)
        sources = sources_of(self.world, self.pinned, person, self.versions)
        return OfOne(self.pinned, found, person, sources, missing, transaction).explained(self._stored(person))

    def outline(self, person: int, detailed: int = DETAILED) -> list[Explained]:
        """Explain the same quickly: derived again from the credits as they were written down.

        That takes a participant's rows alone. Of an earning's lines so many are told with what they are made of.
        """
        found, missing = self._from_credits(person)
        sources = sources_of(self.world, self.pinned, person, self.versions)
        one = OfOne(self.pinned, found, person, sources, missing, detailed=detailed)
        return one.explained(self._stored(person))

    def code(self, person: int) -> str:
        """Say why a participant is owed nothing at all by any plan, who is."""
        period, group = self.pinned.scope.period, self.pinned.scope.pay_group
        plans = plans_held(self.session, person, period.start, period.end)
        named = {plan for plan in plans if plan is not None}
        if not named:
            return NO_PLAN if plans else NOT_A_PARTICIPANT
        if code := pays_nothing(self.pinned.form.terms[inputs.PLANS], named, period.start, period.end):
            return code
        groups = pay_groups_of(self.session, person, period.start, period.end)
        if group is None or group in groups:
            return NOTHING_DUE
        return NO_PAY_GROUP if groups == {None} else OTHER_PAY_GROUP

    def uncredited(self, transaction: str) -> list[tuple[str, str]]:
        """Say which parts of a transaction nobody is credited with: (participant or owner, code)."""
        path = self.world.workspace.var / self.calculation.path(GAPS)
        return gaps_of_transaction(self.session, path, transaction)

    def _stored(self, person: int) -> list[Result]:
        path = self.world.workspace.var / self.calculation.path(RESULTS)
        return [one for batch in each_result(self.session, path, [person]) for one in batch]

    def _from_facts(self, person: int) -> tuple[Evaluation, frozenset[str]]:
        pinned, form = self.pinned, self.pinned.form
        gather(self.session, [person], pinned.start, pinned.scope.period.end, pinned.dated_by)
        tables = tables_of(self.session, form, [person], pinned.scope.period.end)
        found = evaluation(form.stages, {**tables, **form.terms}, form.inputs)
        return found, codes_of(pinned, found, person)

    def _from_credits(self, person: int) -> tuple[Evaluation, frozenset[str]]:
        form, end = self.pinned.form, self.pinned.scope.period.end
        roster = roster_and_more(self.session, form, person, end, [inputs.ROSTER])
        short, begun, rest, wanted = self._prepared(roster[inputs.ROSTER])
        credited = credits_of(self.session, line_files(self.world, self.calculation), self._filled(CREDITS), person)
        tables: dict[str, Sequence[Mapping[str, Cell]]] = {
            **roster,
            **roster_and_more(self.session, form, person, end, wanted - {inputs.ROSTER}),
            **_given(short, credited, self._nth()),
        }
        found = evaluation(rest, {name: tables.get(name, ()) for name in wanted}, short.inputs, short.schema, begun)
        # what was missing is read, not found again: a part that nobody is credited with is not among the credits
        aside = self._filled(ASIDE)
        missing = aside_codes(self.session, aside[0], person) if aside else frozenset[str]()
        rows: dict[str, Sequence[Row]] = {one.earned: () for one in form.components} | {
            inputs.ROSTER: [Row(inputs.ROSTER, one) for one in roster[inputs.ROSTER]],
            form.set_aside: (),
        }
        return replace(found, rows={**rows, **found.rows}), missing

    def _filled(self, name: str) -> list[Path]:
        """Give the files of a name that hold anything."""
        filled = {one.path for one in self.calculation.files if one.rows}
        return [self.world.workspace.var / path for path in self.calculation.paths(name) if path in filled]

    def _prepared(self, roster: Rows) -> Prepared:
        """Give the form of those components of somebody's plans that are paid in the pay period; it is made once."""
        plans, components = {row["plan"] for row in roster}, self.pinned.form.components
        paid = {(span["plan"], span["component"]) for span in self.pinned.spans if span["plan"] in plans}
        chosen = tuple(nth for nth, one in enumerate(components) if not paid.isdisjoint(one.of))
        converts = len({*(components[nth].currency for nth in chosen), *_paid_in(roster)}) > 1
        if (chosen, converts) not in self.forms:
            self.forms[chosen, converts] = self._prepare([components[nth] for nth in chosen], converts=converts)
        return self.forms[chosen, converts]

    def _prepare(self, components: Sequence[ComponentForm], *, converts: bool) -> Prepared:
        short = shortened(self.pinned.form, components)
        known = {**self.pinned.form.terms, inputs.DAYS: self.days} | ({} if converts else {inputs.RATES: ()})
        read = {name: rows for name, rows in known.items() if name in short.inputs}
        begun = evaluation(made_of(short.stages, read), read, short.inputs, short.schema)
        rest = tuple(one for one in short.stages if one.name not in begun.stages)
        return Prepared(short, begun, rest, frozenset(short.inputs.keys() - read.keys()))

    def _nth(self) -> dict[str, int]:
        """Number the stages of credits as they are written down (`engine.found`)."""
        names = dict.fromkeys(name for one in self.pinned.form.components for name in one.credits)
        return {name: nth for nth, name in enumerate(names, 1)}


@contextmanager
def explaining(world: World, calculation: Calculation) -> Iterator[Explainer]:
    """Load everything that a calculation was pinned to, to explain what it found."""
    with reading(world.database) as tx:
        versions = {one.id: one for one in plan_versions(tx, known_at=calculation.revision)}
    with loaded(world, calculation) as (session, pinned):
        days = roster_and_more(session, pinned.form, 0, pinned.scope.period.end, [inputs.DAYS])
        yield Explainer(world, calculation, session, pinned, versions, days[inputs.DAYS])


def _paid_in(roster: Rows) -> set[Cell]:
    """Give the currencies of pay of somebody's, where they are not the plan's."""
    return {row["pay_currency"] for row in roster} - {None}


def _given(short: ShortForm, credited: Rows, nth: Mapping[str, int]) -> dict[str, Rows]:
    """Give each input of credits the rows of the components that read it, each credit once."""
    found: dict[str, Rows] = {}
    for name, users in short.credits.items():
        of = {pair for one in users for pair in one.of} | {nth[read] for one in users for read in one.credits}
        own = (row for row in credited if _of(row) in of)
        found[name] = list({(row["feed"], row["key"], row["rule"]): row for row in own}.values())
    return found


def _of(row: Mapping[str, Cell]) -> object:
    """Give of what a credit was written down: of a component with lines, or of a stage of credits, by its number."""
    return row["counting"] if "counting" in row else (row["plan"], row["component"])


@dataclass(frozen=True, slots=True)
class ExplainedPay:
    """Everything that a participant is owed for a pay period, as the calculations that count for it say.

    code        why there is nothing at all; None where something is due, if only nothing
    uncredited  of the transaction that was asked about: parts that nobody is credited with, and why
    """

    person: int
    period: str
    standing: Standing
    amounts: tuple[tuple[Explained, Standing], ...]
    code: str | None
    uncredited: tuple[tuple[str, str], ...] | None = None


def explain_pay(
    world: World, person: int, standing: Sequence[Standing], transaction: str | None = None
) -> ExplainedPay:
    """Explain a participant's pay by the calculations that count for a pay period, the first that covers it."""
    amounts: list[tuple[Explained, Standing]] = []
    code: str | None = None
    uncredited: tuple[tuple[str, str], ...] | None = None
    is_owed = False
    for place, one in enumerate(standing):
        with explaining(world, one.calculation) as explainer:
            found = [each for each in explainer.explain(person, transaction) if not _covers(standing[:place], each)]
            amounts += [(each, one) for each in found if transaction is None or is_about(each, transaction)]
            is_owed = is_owed or bool(found)
            code = None if is_owed else explainer.code(person)
            if transaction is not None:
                uncredited = tuple(explainer.uncredited(transaction))
        if one.covers_all:
            break
    with reading(world.database) as tx:
        runs = {one.calculation.run for _, one in amounts}
        own = counting(tx, standing, runs, person, scope_of(world, standing[0].calculation).period) or standing[0]
    return ExplainedPay(person, own.calculation.period, own, tuple(amounts), code, uncredited)


def is_about(found: Explained, transaction: str) -> bool:
    """Tell whether an amount goes back to a transaction, or is adjusted because of it."""
    caused = f" {found.result.cause} " if found.result is not None else ""
    return f" {transaction.replace(':', ' ', 1)} " in caused or mentions(found.steps, transaction)


def mentions(node: Node, transaction: str) -> bool:
    """Tell whether a tree leads to a transaction, named by its key or as `feed:key`."""
    return any(transaction in (one.key, f"{one.feed}:{one.key}") for one in node.rows) or any(
        mentions(one, transaction) for one in node.inputs
    )


def _covers(before: Sequence[Standing], found: Explained) -> bool:
    return any(one.covers(found.plan, found.pay_group) for one in before)
