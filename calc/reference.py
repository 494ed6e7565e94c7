"""Plans evaluated plainly, in exact decimals: what they give a few participants, with every step to the source rows.

Pay is calculated by the engine over columns; this is what it is tested against, what explains it, and what derives a
sample of it a second time before a commit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from calc.compile import ComponentForm, PayForm
from calc.period import PayCalendar, pay_period
from calc.reason import reason_of
from calc.result import LedgerKey, Result, ResultKind
from domain.currency import from_minor_units, minor_units
from formula.evaluate import Evaluation, evaluation
from formula.meaning import Cell, as_date
from formula.rows import Row
from formula.steps import Step, steps_of


@dataclass(frozen=True, slots=True)
class Found:
    """A result with the row it was made from; `steps` says how its amount came about."""

    result: Result
    row: Row
    evaluation: Evaluation

    @property
    def steps(self) -> Step:
        """Every step from the amount down to the rows as given."""
        return steps_of(self.evaluation, self.row, "amount")


def evaluated(form: PayForm, tables: Mapping[str, Sequence[Mapping[str, Cell]]]) -> Evaluation:
    """Evaluate all stages of some plans over the tables of `calc.inputs`; one that is missing is empty."""
    rows = {name: tables.get(name, ()) for name in form.inputs} | dict(form.terms)
    return evaluation(form.stages, rows, form.inputs)


def results(form: PayForm, found: Evaluation, calendars: Mapping[str, PayCalendar]) -> Iterator[Found]:
    """Give what was earned, also where it is nothing; whoever is set aside is not here (`PayForm.set_aside`)."""
    for component in form.components:
        for row in found.rows[component.earned]:
            if row.values["code"] is None:
                yield Found(result_of(component, row.values, calendars[component.calendar]), row, found)


def result_of(form: ComponentForm, earned: Mapping[str, Cell], calendar: PayCalendar) -> Result:
    """Give an earning as a result: due in the pay period that holds the last day of its earned period."""
    last, currency = as_date(earned["earned_until"]) - timedelta(1), str(earned["pay_currency"])
    return Result(
        kind=ResultKind.EARNED,
        key=LedgerKey(
            person=_whole(earned["person"]),
            engagement=str(earned["engagement"]),
            plan=str(earned["plan"]),
            component=str(earned["component"]),
            earned_period=str(earned["earned"]),
            currency=currency,
        ),
        pay_period=pay_period(calendar, last).label,
        earned_from=as_date(earned["earned_from"]),
        earned_until=as_date(earned["earned_until"]),
        amount=_payable(earned["amount"], currency),
        plan_amount=_payable(earned["plan_amount"], form.currency),
        plan_currency=str(earned["currency"]),
        plan_version=f"V{earned['version']}",
        rate=None if earned["rate"] is None else _number(earned["rate"]),
        payee=_text(earned["payee"]),
        legal_entity=_text(earned["legal_entity"]),
        pay_group=_text(earned["pay_group"]),
        segment=_segment(earned),
        reason=reason_of(form, earned),
    )


def _payable(cell: Cell, currency: str) -> Decimal:
    """Give an amount with all the digits that are paid: 12.50."""
    return from_minor_units(minor_units(_number(cell), currency), currency)


def _segment(earned: Mapping[str, Cell]) -> str | None:
    if earned["segment_from"] is None:
        return None
    return f"{earned['segment_from']}..{as_date(earned['segment_until']) - timedelta(1)}"


def _number(cell: Cell) -> Decimal:
    if isinstance(cell, Decimal):
        return cell
    raise TypeError(f"a quantity, not {cell!r}")


def _whole(cell: Cell) -> int:
    if isinstance(cell, int):
        return cell
    raise TypeError(f"a whole number, not {cell!r}")


def _text(cell: Cell) -> str | None:
    return None if cell is None else str(cell)
