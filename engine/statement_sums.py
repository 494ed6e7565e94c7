"""What statements pay, added up over everybody: from earnings themselves, not from the results made of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

from calc import inputs
from calc.result import ResultKind
from domain.currency import from_minor_units
from engine.session import Session, read_files, text

Totals = dict[tuple[str | None, str], Decimal]


def statement_totals(
    session: Session, earned: Path, aside: Path, results: Path, due: tuple[date, date], pay_group: str | None
) -> Totals:
    """Add up by legal entity and currency what falls due after the first and up to the last of two days.

    Earnings of people who are set aside are left out, and those that were paid by another pay run, in whose place an
    adjustment stands; what was adjusted is only in the results.
    """
    found: Totals = {}
    group = "" if pay_group is None else f"AND e.pay_group = {text(pay_group)}"
    rows = session.rows(
        f"""SELECT e.legal_entity, e.pay_currency, sum(e.amount)::VARCHAR FROM {read_files([earned])} e
            ANTI JOIN (FROM {read_files([aside])} WHERE due) a ON a.person = e.person
            ANTI JOIN (FROM {read_files([results])} WHERE kind = {text(ResultKind.RETRO)}) r
                 ON (r.person, r.engagement, r.plan, r.component) = (e.person, e.engagement, e.plan, e.component)
                AND (r.earned_period, r.currency) = (e.earned, e.pay_currency)
                AND r.legal_entity IS NOT DISTINCT FROM e.legal_entity AND r.payee IS NOT DISTINCT FROM e.payee
            WHERE e.code IS NULL AND e.earned_until > $1 AND e.earned_until <= $2 {group} GROUP BY ALL""",
        list(due),
    )
    for entity, currency, units in rows:
        key = (None if entity is None else str(entity), str(currency))
        found[key] = Decimal(str(units)).scaleb(-inputs.AMOUNT_SCALE)
    adjusted = session.rows(
        f"""SELECT legal_entity, currency, sum(amount)::VARCHAR FROM {read_files([results])}
            WHERE kind <> {text(ResultKind.EARNED)} GROUP BY ALL"""
    )
    for entity, currency, units in adjusted:
        key = (None if entity is None else str(entity), str(currency))
        found[key] = found.get(key, Decimal(0)) + from_minor_units(int(str(units)), str(currency))
    return found
