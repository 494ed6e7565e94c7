"""Explain: every amount of a participant's pay period down to the source rows, and a reason for every nothing.

It is derived again by the plain evaluation, from what the calculation was pinned to, and must be what was stored: a
difference is a fault of ours, and is never shown as an explanation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from calc import inputs
from calc.compile import ComponentForm
from calc.explanation import Node, explained
from calc.ledger import unlike
from calc.period import Period, span_of
from calc.plan import Span
from calc.reason import reason_for_nothing
from calc.reference import result_of
from calc.result import Result, ResultKind
from calc.wording import lacking
from formula.evaluate import Evaluation
from formula.meaning import Cell, as_date
from formula.rows import Row
from syncd.pay.explained_sources import Sources
from syncd.pay.pinned import Pinned

_ONE = timedelta(1)


class Differs(Exception):
    """What was derived again is not what was stored: a fault of syncd itself."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One amount with its tree; `result` is None where there is none, and the tree's code says why.

    pay_group  who pays it, or would
    values     the earning as evaluated (`calc.earning.EARNED`), of an amount that was earned
    """

    plan: str
    component: str
    period: Period
    result: Result | None
    steps: Node
    pay_group: str | None = None
    values: Mapping[str, Cell] | None = None


@dataclass(frozen=True, slots=True)
class OfOne:
    """What was evaluated for one participant; `missing` are codes of what is missing.

    transaction, detailed  of which transaction and of how many lines all is told (`calc.explanation`)
    """

    pinned: Pinned
    found: Evaluation
    person: int
    sources: Sources
    missing: frozenset[str]
    transaction: str | None = None
    detailed: int | None = None

    def explained(self, stored: Sequence[Result]) -> list[Explained]:
        """Explain what was stored of the participant, and what of it is nothing. `Differs` where it is not so."""
        earned = [one for one in stored if one.kind is ResultKind.EARNED]
        return [*self.due(earned), *self.others(stored)]

    def due(self, stored: Sequence[Result]) -> Iterator[Explained]:
        """Yield what the pay run pays in its pay period, component by component, also where it is nothing."""
        explained_: list[Explained] = []
        for form, span in self._spans():
            rows = list(self._rows(form, span)) if not self.missing else []
            explained_ += [self._amount(form, span, row) for row in rows]
            if not rows:
                explained_.append(self._nothing(form, span))
        again = self.pinned.settling.due_now([one.result for one in explained_ if one.result is not None])
        own = {one.id: one for one in again if one.kind is ResultKind.EARNED}
        if told := unlike(stored, own.values()):
            raise Differs(f"what was calculated is not what is derived again: {'; '.join(told)}")
        group = self.pinned.scope.pay_group
        for one in explained_:
            if one.result.id in own if one.result is not None else group in (None, one.pay_group):
                yield one

    def others(self, stored: Sequence[Result]) -> Iterator[Explained]:
        """Yield what was adjusted: retroactively, by recomputing what had been booked, and by hand."""
        for result in stored:
            key = result.key
            period = Period(result.earned_from, result.earned_until, key.earned_period)
            if result.kind is ResultKind.MANUAL:
                told = Node(str(result.cause), result.amount, key.currency, (), (self.sources.adjustment(result),))
                yield Explained(key.plan, key.component, period, result, told, result.pay_group)
            elif result.kind is ResultKind.RETRO:
                now = tuple(self._recomputed(result))
                whole = "" if self.transaction is None else ", shown whole"
                rule = f"recomputed for {key.earned_period}, less all booked for it{whole}: {result.cause}"
                booked = self.sources.booked(result)
                node = Node(rule, result.amount, key.currency, (*now, booked), (), result.reason)
                yield Explained(key.plan, key.component, period, result, node, result.pay_group)

    def _spans(self) -> Iterator[tuple[ComponentForm, Mapping[str, Cell]]]:
        """Yield the components of the participant's plans, with the earned periods that are due."""
        held = {row.values["plan"] for row in self.found.rows[inputs.ROSTER]}
        for span in self.pinned.spans:
            of = (span["plan"], span["component"])
            if span["due"] and span["plan"] in held:
                yield next(form for form in self.pinned.form.components if of in form.of), span

    def _rows(self, form: ComponentForm, span: Mapping[str, Cell]) -> Iterator[Row]:
        wanted = (self.person, span["plan"], span["component"], span["earned_from"])
        for row in self.found.rows[form.earned]:
            values = row.values
            if (values["person"], values["plan"], values["component"], values["earned_from"]) == wanted:
                yield row

    def _pay_group(self, plan: str, period: Period) -> str | None:
        """Give who would pay the participant by a plan: the pay group of the last of its days up to a period's end."""
        held = (row.values for row in self.found.rows[inputs.ROSTER] if row.values["plan"] == plan)
        known = [row for row in held if as_date(row["start"]) < period.end]
        group = max(known, key=lambda row: as_date(row["start"]))["pay_group"] if known else None
        return None if group is None else str(group)

    def _amount(self, form: ComponentForm, span: Mapping[str, Cell], row: Row) -> Explained:
        result = replace(
            result_of(form, row.values, self.pinned.scope.calendar), pay_period=self.pinned.scope.period.label
        )  # fmt: skip
        told = self._told(form, row, self.detailed)
        return Explained(
            result.key.plan,
            result.key.component,
            _period(self.pinned, span),
            result,
            self._placed(told, row),
            result.pay_group,
            row.values,
        )

    def _placed(self, node: Node, row: Row) -> Node:
        """Add by which version of the plan an earning is closed, and who put the participant on the plan."""
        values = row.values
        day = min(as_date(values["earned_until"]), as_date(values["segment_until"] or values["earned_until"])) - _ONE
        about = (
            self.sources.version(values["version"], str(values["component"])),
            self.sources.on_plan(str(values["plan"]), day, values.get("engagement")),
        )
        return replace(node, inputs=(*node.inputs, *(one for one in about if one is not None)))

    def _nothing(self, form: ComponentForm, span: Mapping[str, Cell]) -> Explained:
        plan, component, period = str(span["plan"]), str(span["component"]), _period(self.pinned, span)
        code = min(self.missing, default=None) or reason_for_nothing(
            self.pinned.form, self.found, self.person, plan, component, period
        )
        on = self.sources.on_plan(plan, period.last)
        rule = f"nothing is earned{self._lacking(form, span, code) if code in self.missing else ''}"
        node = Node(rule, Decimal(0), form.currency, (on,) if on is not None else (), (), code)
        return Explained(plan, component, period, None, node, self._pay_group(plan, period))

    def _lacking(self, form: ComponentForm, span: Mapping[str, Cell], code: str | None) -> str:
        """Tell of something missing what, of which measure, since which day: that of the first line that misses it."""
        of = (span["plan"], span["component"])
        lines = (row.values for name in form.lines for row in self.found.rows.get(name, ()))
        own = (row for row in lines if (row["plan"], row["component"], row["code"]) == (*of, code))
        aside = (row.values for row in self.found.rows[self.pinned.form.set_aside])
        whole = (row for row in aside if (row["plan"], row["code"]) == (None, code))
        since, until = as_date(span["counted_from"]), as_date(span["earned_until"])
        days = (*(as_date(row["day"]) for row in own), *(as_date(row["start"]) for row in whole))
        first = min((day for day in days if since <= day < until), default=None)
        return f": {lacking(str(code), next(self._measures([of]))[0])}{f' on {first}' if first is not None else ''}"

    def _measures(self, of: Collection[tuple[Cell, Cell]]) -> Iterator[tuple[str, str]]:
        """Yield what some components count, version by version, and by which of their days rows count."""
        for one in self.pinned.versions:
            for name, own in one.plan.components.items():
                if (one.plan.plan, own.was or name) in of:
                    yield own.measure, one.plan.measures[own.measure].dated_by

    def _recomputed(self, result: Result) -> Iterator[Node]:
        key = result.key
        for form in self.pinned.form.components:
            if (key.plan, key.component) in form.of:
                for row in self._rows(
                    form, {"plan": key.plan, "component": key.component, "earned_from": result.earned_from}
                ):
                    if row.values["code"] is None:
                        yield self._told(form, row)

    def _told(self, form: ComponentForm, row: Row, detailed: int | None = None) -> Node:
        told, days = self.sources.told, sorted({dated_by for _, dated_by in self._measures(form.of)})
        return explained(
            self.found, form, row, told, dated_by=(*days, "day"), transaction=self.transaction, detailed=detailed
        )  # fmt: skip


def _period(pinned: Pinned, span: Mapping[str, Cell]) -> Period:
    start, end = as_date(span["earned_from"]), as_date(span["earned_until"])
    label = next(
        (one.label for kind in Span if (one := span_of(pinned.scope.calendar, kind, start)).end == end), str(start)
    )
    return Period(start, end, label)
