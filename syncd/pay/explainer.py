"""Explains a calculation, one participant after the other, from what it was pinned to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from calc import inputs
from calc.compile import ComponentForm
from calc.explanation import Node
from calc.reason import NO_PLAN, NOT_A_PARTICIPANT
from calc.result import Result
from calc.shortened import ShortForm, shortened
from engine.few import (
    aside_codes,
    credits_of,
    gaps_of_transaction,
    gather,
    plans_held,
    roster_and_more,
    tables_of,
)
from engine.found import ASIDE, CREDITS, GAPS, LINES
from engine.results import RESULTS, each_result
from engine.session import Session
from formula.evaluate import Evaluation, Row, evaluation
from formula.meaning import Cell
from store.calculations import Calculation
from store.database import reading
from store.plans import PlanVersion, plan_versions
from syncd.pay.explain import Explained, OfOne
from syncd.pay.explained_sources import sources_of
from syncd.pay.pinned import Pinned
from syncd.pay.rederive import codes_of, loaded
from syncd.pay.results import Standing
from syncd.world import World

Rows = list[dict[str, Cell]]
#: Of how many lines of an earning an outline tells what they are made of.
DETAILED = 20


@dataclass(frozen=True, slots=True)
class Explainer:
    """A calculation with everything that it read; its forms and days are prepared once."""

    world: World
    calculation: Calculation
    session: Session
    pinned: Pinned
    versions: Mapping[int, PlanVersion]
    days: Rows
    forms: dict[tuple[int, ...], ShortForm] = field(default_factory=dict)

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

    def code(self, person: int) -> str | None:
        """Say why a participant is owed nothing at all by any plan; None where there is a plan."""
        period = self.pinned.scope.period
        plans = plans_held(self.session, person, period.start, period.end)
        return NOT_A_PARTICIPANT if not plans else NO_PLAN if plans == {None} else None

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
        form, var, end = self.pinned.form, self.world.workspace.var, self.pinned.scope.period.end
        roster = roster_and_more(self.session, form, person, end, [inputs.ROSTER])
        short = self._short({row["plan"] for row in roster[inputs.ROSTER]})
        lines, credits_ = (var / self.calculation.path(name) for name in (LINES, CREDITS))
        credited = credits_of(self.session, lines, credits_, person)
        wanted = short.inputs.keys() - {inputs.ROSTER, inputs.DAYS}
        tables: dict[str, Sequence[Mapping[str, Cell]]] = {
            **form.terms,
            **roster,
            **roster_and_more(self.session, form, person, end, wanted),
            **_given(short, credited, self._nth()),
            inputs.DAYS: self.days,
        }
        read = {name: tables.get(name, ()) for name in short.inputs}
        found = evaluation(short.stages, read, short.inputs, short.schema)
        # what was missing is read, not found again: a part that nobody is credited with is not among the credits
        missing = aside_codes(self.session, var / self.calculation.path(ASIDE), person)
        rows: dict[str, Sequence[Row]] = {one.earned: () for one in form.components} | {
            inputs.ROSTER: [Row(inputs.ROSTER, one) for one in roster[inputs.ROSTER]],
            form.set_aside: (),
        }
        return replace(found, rows={**rows, **found.rows}), missing

    def _short(self, plans: set[Cell]) -> ShortForm:
        """Give the form of those components of some plans that are paid in the pay period; it is made once."""
        paid = {(span["plan"], span["component"]) for span in self.pinned.spans() if span["plan"] in plans}
        chosen = tuple(nth for nth, one in enumerate(self.pinned.form.components) if not paid.isdisjoint(one.of))
        if chosen not in self.forms:
            self.forms[chosen] = shortened(self.pinned.form, [self.pinned.form.components[nth] for nth in chosen])
        return self.forms[chosen]

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


def _given(short: ShortForm, credited: Rows, nth: Mapping[str, int]) -> dict[str, Rows]:
    """Give each input of credits the rows of the components that read it, each credit once."""
    found: dict[str, Rows] = {}
    for name, users in short.credits.items():
        own = (row for row in credited if any(_is_of(row, one, nth) for one in users))
        found[name] = list({(row["feed"], row["key"], row["rule"]): row for row in own}.values())
    return found


def _is_of(row: Mapping[str, Cell], component: ComponentForm, nth: Mapping[str, int]) -> bool:
    if "counting" in row:
        return any(nth[name] == row["counting"] for name in component.credits)
    return (row["plan"], row["component"]) in component.of


@dataclass(frozen=True, slots=True)
class ExplainedPay:
    """Everything that a participant is owed for a pay period, as the calculations that count for it say.

    code        why there is nothing at all; None where there is a plan
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
    code, uncredited = None, None
    for place, one in enumerate(standing):
        with explaining(world, one.calculation) as explainer:
            found = [each for each in explainer.explain(person, transaction) if not _covers(standing[:place], each)]
            amounts += [(each, one) for each in found if transaction is None or _is_about(each, transaction)]
            code = explainer.code(person)
            if transaction is not None:
                uncredited = tuple(explainer.uncredited(transaction))
        if one.covers_all:
            break
    return ExplainedPay(
        person, standing[0].calculation.period, standing[0], tuple(amounts), None if amounts else code, uncredited
    )


def _is_about(found: Explained, transaction: str) -> bool:
    """Tell whether an amount goes back to a transaction, or is adjusted because of it."""
    caused = f" {found.result.cause} " if found.result is not None else ""
    return f" {transaction.replace(':', ' ', 1)} " in caused or mentions(found.steps, transaction)


def mentions(node: Node, transaction: str) -> bool:
    """Tell whether a tree leads to a transaction, named by its key or as `feed:key`."""
    return any(transaction in (one.key, f"{one.feed}:{one.key}") for one in node.rows) or any(
        mentions(one, transaction) for one in node.inputs
    )


def _covers(before: Sequence[Standing], found: Explained) -> bool:
    group = found.result.pay_group if found.result is not None else None
    return any(one.covers(found.plan, group) for one in before)
