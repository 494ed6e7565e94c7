"""The JSON documents of pay. Numbers are texts, amounts with the digits of their currency."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal

from calc.effect import Effect
from calc.explanation import Node
from calc.pay_run import PayRun, PayState
from calc.result import Result
from domain.currency import minor_digits
from engine.result_sums import Missing
from formula.meaning import Cell
from store.calculations import Calculation
from syncd.documents import Document
from syncd.pay.explain import Explained
from syncd.pay.explainer import ExplainedPay
from syncd.pay.results import Standing, state_of_result
from syncd.pay.statement import attainment, cut_by_cap, payouts

#: What is told of whom something is missing for: a title, and its name in documents.
MISSING = (("Set aside: not paid", "set_aside"), ("Incomplete: stays as it was booked", "incomplete"))
#: How many capitals a currency has.
_CURRENCY = 3
#: What a result says.
_RESULT = (
    *("id", "kind", "participant", "payee", "engagement", "plan", "plan_version", "component", "segment"),
    *("earned_period", "pay_period", "legal_entity", "pay_group", "amount", "currency", "plan_amount"),
    *("plan_currency", "rate", "state", "reason", "cause", "run"),
)


def calculation_document(
    found: Calculation, closing: PayRun | None, missing: Collection[Missing], counted: dict[str, int]
) -> Document:
    """One calculation. `transactions` are counted once each; those that are credited in part are uncredited, too.

    `closing` is the pay run that was submitted, if any: with this calculation, whose `state` it gives, or with another
    one, which is named as long as it can be returned.
    """
    is_closed_with = closing is not None and closing.calculation == found.run
    is_other = closing is not None and not is_closed_with and closing.state is not PayState.COMMITTED
    return {
        "run": f"R{found.run}",
        "calendar": found.calendar,
        "period": found.period,
        "group": found.pay_group,
        "plan": found.plan,
        "revision": found.revision,
        "state": closing.state.value if closing is not None and is_closed_with else "calculated",
        "closing": f"R{closing.calculation}" if closing is not None and is_other else None,
        "totals": [{"currency": currency, "amount": amount} for currency, amount in found.totals],
        **missing_document(missing),
        "uncredited": uncredited_documents(found),
        "transactions": counted,
        "digest": found.digest,
    }


def uncredited_documents(found: Calculation) -> list[Document]:
    """What nobody is credited with, by reason and currency."""
    return [
        {
            "code": one.code,
            "rows": one.rows,
            "amount": amount_text(Decimal(one.amount), one.currency),
            "currency": one.currency,
        }
        for one in found.uncredited
    ]


def as_if_document(changes: Iterable[int], found: Iterable[Effect]) -> Document:
    """What changes would do to pay: what is due in an open pay period, and what adjusts a committed one, apart."""
    return {
        "changes": [f"C{one}" for one in changes],
        "effects": [
            {
                "participant": f"P{one.key.person}",
                "engagement": one.key.engagement,
                "plan": one.key.plan,
                "component": one.key.component,
                "earned_period": one.key.earned_period,
                "pay_period": "committed" if one.is_committed else "open",
                "before": amount_text(one.before, one.key.currency),
                "after": amount_text(one.after, one.key.currency),
                "difference": amount_text(one.difference, one.key.currency),
                "currency": one.key.currency,
            }
            for one in found
        ],
    }


def totals_document(totals: Iterable[tuple[str, Decimal]]) -> list[Document]:
    """Sums by currency."""
    return [{"currency": currency, "amount": amount_text(amount, currency)} for currency, amount in totals]


def missing_document(missing: Collection[Missing]) -> Document:
    """Who is not paid because something is missing, and of whom only earlier earned periods stay as they were."""
    return {
        name: [
            {"participant": f"P{one.person}", "code": one.code, "since": str(one.since), "of": one.of}
            for one in missing
            if one.is_due is is_due
        ]
        for name, is_due in (("set_aside", True), ("incomplete", False))
    }


def result_document(one: Result, run: int, state: str | None = None) -> Document:
    """One amount; `state` where it stands now, if not as it was calculated."""
    key = one.key
    return {
        "id": one.id,
        "kind": one.kind.value,
        "participant": f"P{key.person}",
        "payee": one.payee or f"P{key.person}",
        "engagement": key.engagement,
        "plan": key.plan,
        "plan_version": one.plan_version,
        "component": key.component,
        "segment": one.segment,
        "earned_period": key.earned_period,
        "pay_period": one.pay_period,
        "legal_entity": one.legal_entity,
        "pay_group": one.pay_group,
        "amount": amount_text(one.amount, key.currency),
        "currency": key.currency,
        "plan_amount": amount_text(one.plan_amount, one.plan_currency),
        "plan_currency": one.plan_currency,
        "rate": None if one.rate is None else plain_number(one.rate),
        "state": state or one.state.value,
        "reason": one.reason,
        "cause": one.cause,
        "run": f"R{run}",
    }


def line_document(row: Mapping[str, Cell]) -> Document:
    """What one credit added, as it was written down; `exact` is not rounded yet."""
    return {
        "transaction": {name: row[name] for name in ("feed", "key", "place")},
        "day": str(row["day"]),
        "plan_version": f"V{row['version']}",
        **{name: value_text(row[name], None) for name in ("amount", "currency", "rate", "share", "credit")},
        **{name: value_text(row[name], None) for name in ("before", "after", "target", "exact", "code")},
    }


def explanation_document(found: ExplainedPay) -> Document:
    """Everything somebody is owed for a pay period, each amount with its tree."""
    document: Document = {
        "participant": f"P{found.person}",
        "period": found.period,
        "code": found.code,
        "amounts": [
            {**_amount(one, standing, found), "steps": node_document(one.steps)} for one, standing in found.amounts
        ],
    }
    if found.uncredited is not None:
        document["uncredited"] = [{"whose": whose, "code": code} for whose, code in found.uncredited]
    return document


def statement_document(found: ExplainedPay, name: str | None) -> Document:
    """One participant, one pay period: its lines with their steps, and what they add up to."""
    calculation = found.standing.calculation
    return {
        "participant": f"P{found.person}",
        "name": name,
        "period": found.period,
        "run": f"R{calculation.run}",
        "revision": calculation.revision,
        "state": found.standing.told,
        "code": found.code,
        "lines": [_line(one, standing, found) for one, standing in found.amounts],
        "payouts": [
            {
                "legal_entity": one.legal_entity,
                "currency": one.currency,
                "brought_forward": amount_text(Decimal(0), one.currency),
                "earned": amount_text(one.earned, one.currency),
                "cut_by_caps": amount_text(one.cut_by_caps, one.currency),
                "adjusted": amount_text(one.adjusted, one.currency),
                "paid": amount_text(one.paid, one.currency),
                "carried_forward": amount_text(Decimal(0), one.currency),
            }
            for one in payouts(one for one, _ in found.amounts)
        ],
    }


def node_document(node: Node) -> Document:
    """One step of an explanation, with all below it."""
    return {
        "rule": node.rule,
        "value": value_text(node.value, node.unit),
        "unit": node.unit,
        "inputs": [node_document(one) for one in node.inputs],
        "rows": [{"feed": one.feed, "key": one.key, "place": one.place} for one in node.rows],
        "code": node.code,
    }


def value_text(value: Cell, unit: str | None) -> str | None:
    """Write a value: an amount with the digits of its currency, another number without needless zeros."""
    if isinstance(value, Decimal):
        is_currency = unit is not None and len(unit) == _CURRENCY and unit.isupper()
        return amount_text(value, unit) if is_currency else plain_number(value)
    return None if value is None else str(value)


def amount_text(value: Decimal, currency: str | None) -> str:
    """Write an amount with the digits that its currency is paid in, unless it has more."""
    if currency is None:
        return plain_number(value)
    paid = round(value, minor_digits(currency))
    return f"{paid:f}" if paid == value else plain_number(value)


def plain_number(value: Decimal) -> str:
    """Write a number without needless zeros."""
    found = f"{value:f}"
    return found.rstrip("0").rstrip(".") if "." in found else found


def _amount(one: Explained, standing: Standing, found: ExplainedPay) -> Document:
    run = standing.calculation.run
    if one.result is not None:
        return result_document(one.result, run, state_of_result(standing, one.result).value)
    return {
        **dict.fromkeys(_RESULT),
        "kind": "earned",
        "participant": f"P{found.person}",
        "plan": one.plan,
        "component": one.component,
        "earned_period": one.period.label,
        "pay_period": found.period,
        "amount": amount_text(Decimal(0), one.steps.unit),
        "currency": one.steps.unit,
        "state": "earned",
        "reason": one.steps.code,
        "run": f"R{run}",
    }


def _line(one: Explained, standing: Standing, found: ExplainedPay) -> Document:
    values = one.values or {}
    reached, cut = attainment(one), cut_by_cap(one)
    counted, target = values.get("counted"), values.get("target")
    return {
        **_amount(one, standing, found),
        "counted": plain_number(counted) if isinstance(counted, Decimal) else None,
        "target": plain_number(target) if isinstance(target, Decimal) else None,
        "attainment": None if reached is None else f"{plain_number(reached * 100)}%",
        "cut_by_caps": amount_text(cut, one.result.key.currency) if one.result is not None else None,
        "steps": node_document(one.steps),
    }
