"""Explain: every amount of a participant's pay period down to the source rows, and a reason for every nothing.

It is derived again by the plain evaluation, from what the calculation was pinned to, and must be what was stored: a
difference is a fault of ours, and is never shown as an explanation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from calc import inputs
from calc.compile import ComponentForm
from calc.explanation import Node, explained
from calc.ledger import unlike
from calc.period import Period, span_of
from calc.plan import Span
from calc.reason import NO_PLAN, NOT_A_PARTICIPANT, reason_for_nothing
from calc.reference import result_of
from calc.result import Result, ResultKind
from engine.few import gaps_of_transaction, gather, plans_held, tables_of
from engine.found import GAPS
from engine.results import RESULTS, each_result
from engine.session import Session
from formula.evaluate import Evaluation, Row, evaluation
from formula.meaning import Cell
from store.calculations import Calculation
from syncd.explained_sources import Sources, sources_of
from syncd.pay_results import Standing
from syncd.pinned import Pinned
from syncd.rederive import codes_of, loaded
from syncd.world import World

_ONE = timedelta(1)


class Differs(Exception):
    """What was derived again is not what was stored: a fault of syncd itself."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One amount with its tree; `result` is None where there is none, and the tree's code says why.

    values  the earning as evaluated (`calc.earning.EARNED`), of an amount that was earned
    """

    plan: str
    component: str
    period: Period
    result: Result | None
    steps: Node
    values: Mapping[str, Cell] | None = None


@dataclass(frozen=True, slots=True)
class Explainer:
    """A calculation whose inputs are loaded: explains one participant after the other."""

    world: World
    calculation: Calculation
    session: Session
    pinned: Pinned

    def explain(self, person: int, transaction: str | None = None) -> list[Explained]:
        """Explain everything that a participant is owed, and what of it is nothing; or what one transaction adds.

        Errors: `Differs` where it is not what was stored.
        """
        pinned, form = self.pinned, self.pinned.form
        gather(self.session, [person], pinned.start, pinned.scope.period.end, pinned.dated_by)
        tables = tables_of(self.session, form, person, pinned.scope.period.end)
        found = evaluation(form.stages, {**tables, **form.terms}, form.inputs)
        path = self.world.workspace.var / self.calculation.path(RESULTS)
        stored = [one for batch in each_result(self.session, path, [person]) for one in batch]
        one = _OfOne(pinned, found, person, sources_of(self.world, pinned, person), transaction)
        return [*one.due([result for result in stored if result.kind is ResultKind.EARNED]), *one.others(stored)]

    def code(self, person: int) -> str | None:
        """Say why a participant is owed nothing at all by any plan; None where there is a plan."""
        period = self.pinned.scope.period
        plans = plans_held(self.session, person, period.start, period.end)
        return NOT_A_PARTICIPANT if not plans else NO_PLAN if plans == {None} else None

    def uncredited(self, transaction: str) -> list[tuple[str, str]]:
        """Say which parts of a transaction nobody is credited with: (participant or owner, code)."""
        path = self.world.workspace.var / self.calculation.path(GAPS)
        return gaps_of_transaction(self.session, path, transaction)


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
            amounts += [(each, one) for each in found if transaction is None or mentions(each.steps, transaction)]
            code = explainer.code(person)
            if transaction is not None:
                uncredited = tuple(explainer.uncredited(transaction))
        if one.covers_all:
            break
    return ExplainedPay(
        person, standing[0].calculation.period, standing[0], tuple(amounts), None if amounts else code, uncredited
    )


def mentions(node: Node, transaction: str) -> bool:
    """Tell whether a tree leads to a transaction, named by its key or as `feed:key`."""
    return any(transaction in (one.key, f"{one.feed}:{one.key}") for one in node.rows) or any(
        mentions(one, transaction) for one in node.inputs
    )


def _covers(before: Sequence[Standing], found: Explained) -> bool:
    group = found.result.pay_group if found.result is not None else None
    return any(one.covers(found.plan, group) for one in before)


@contextmanager
def explaining(world: World, calculation: Calculation) -> Iterator[Explainer]:
    """Load everything that a calculation was pinned to, to explain what it found."""
    with loaded(world, calculation) as (session, pinned):
        yield Explainer(world, calculation, session, pinned)


@dataclass(frozen=True, slots=True)
class _OfOne:
    """What was evaluated for one participant."""

    pinned: Pinned
    found: Evaluation
    person: int
    sources: Sources
    transaction: str | None = None

    def due(self, stored: Sequence[Result]) -> Iterator[Explained]:
        """Yield what is due in the pay period, component by component, also where it is nothing."""
        missing = codes_of(self.pinned, self.found, self.person)
        again: list[Result] = []
        explained_: list[Explained] = []
        for form, span in self._spans():
            rows = list(self._rows(form, span)) if not missing else []
            explained_ += [self._amount(form, span, row) for row in rows]
            if not rows:
                explained_.append(self._nothing(form, span, missing))
        again = [one.result for one in explained_ if one.result is not None and self._is_paid(one.result)]
        if told := unlike(stored, again):
            raise Differs(f"what was calculated is not what is derived again: {'; '.join(told)}")
        yield from explained_

    def others(self, stored: Sequence[Result]) -> Iterator[Explained]:
        """Yield what was adjusted: retroactively, by recomputing what had been booked, and by hand."""
        for result in stored:
            key = result.key
            period = Period(result.earned_from, result.earned_until, key.earned_period)
            if result.kind is ResultKind.MANUAL:
                told = Node(str(result.cause), result.amount, key.currency, (), (self.sources.adjustment(result),))
                yield Explained(key.plan, key.component, period, result, told)
            elif result.kind is ResultKind.RETRO:
                now = tuple(self._recomputed(result))
                rule = f"recomputed for {key.earned_period}, less all booked for it: {result.cause}"
                booked = self.sources.booked(result)
                node = Node(rule, result.amount, key.currency, (*now, booked), (), result.reason)
                yield Explained(key.plan, key.component, period, result, node)

    def _spans(self) -> Iterator[tuple[ComponentForm, Mapping[str, Cell]]]:
        """Yield the components of the participant's plans, with the earned periods that are due."""
        held = {row.values["plan"] for row in self.found.rows[inputs.ROSTER]}
        for span in self.pinned.spans():
            of = (span["plan"], span["component"])
            if span["due"] and span["plan"] in held:
                yield next(form for form in self.pinned.form.components if of in form.of), span

    def _rows(self, form: ComponentForm, span: Mapping[str, Cell]) -> Iterator[Row]:
        wanted = (self.person, span["plan"], span["component"], span["earned_from"])
        for row in self.found.rows[form.earned]:
            values = row.values
            if (values["person"], values["plan"], values["component"], values["earned_from"]) == wanted:
                yield row

    def _is_paid(self, result: Result) -> bool:
        return self.pinned.scope.pay_group in (None, result.pay_group)

    def _amount(self, form: ComponentForm, span: Mapping[str, Cell], row: Row) -> Explained:
        result = replace(
            result_of(form, row.values, self.pinned.scope.calendar), pay_period=self.pinned.scope.period.label
        )  # fmt: skip
        told = explained(self.found, form, row, self.sources.told, self.transaction)
        return Explained(
            result.key.plan,
            result.key.component,
            _period(self.pinned, span),
            result,
            self._placed(told, row),
            row.values,
        )

    def _placed(self, node: Node, row: Row) -> Node:
        """Add by which version of the plan an earning is closed, and who put the participant on the plan."""
        values = row.values
        day = min(_day(values["earned_until"]), _day(values["segment_until"] or values["earned_until"])) - _ONE
        about = (
            self.sources.version(values["version"], str(values["component"])),
            self.sources.on_plan(str(values["plan"]), day),
        )
        return replace(node, inputs=(*node.inputs, *(one for one in about if one is not None)))

    def _nothing(self, form: ComponentForm, span: Mapping[str, Cell], missing: frozenset[str]) -> Explained:
        plan, component, period = str(span["plan"]), str(span["component"]), _period(self.pinned, span)
        code = min(missing, default=None) or reason_for_nothing(
            self.pinned.form, self.found, self.person, plan, component, period
        )
        on = self.sources.on_plan(plan, period.last)
        node = Node("nothing is earned", Decimal(0), form.currency, (on,) if on is not None else (), (), code)
        return Explained(plan, component, period, None, node)

    def _recomputed(self, result: Result) -> Iterator[Node]:
        key = result.key
        for form in self.pinned.form.components:
            if (key.plan, key.component) in form.of:
                for row in self._rows(
                    form, {"plan": key.plan, "component": key.component, "earned_from": result.earned_from}
                ):
                    if row.values["code"] is None:
                        yield explained(self.found, form, row, self.sources.told)


def _period(pinned: Pinned, span: Mapping[str, Cell]) -> Period:
    start, end = _day(span["earned_from"]), _day(span["earned_until"])
    label = next(
        (one.label for kind in Span if (one := span_of(pinned.scope.calendar, kind, start)).end == end), str(start)
    )
    return Period(start, end, label)


def _day(cell: Cell) -> date:
    if not isinstance(cell, date):
        raise TypeError(f"a day, not {cell!r}")
    return cell
