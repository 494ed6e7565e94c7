"""What the results of a calculation come to, asked of its files: sums, people, and what is missing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from calc.reason import NO_PAY_GROUP
from calc.result import ResultKind
from domain.currency import from_minor_units
from engine.results import RESULTS
from engine.session import Session, read_files, text


@dataclass(frozen=True, slots=True)
class Missing:
    """For whom something is missing: a code, from which day on, of which components.

    is_due  of what is due in the pay run, so that nothing of it is paid; else only of earlier earned periods, which
            stay as they were booked
    """

    person: int
    code: str
    since: date
    of: str
    is_due: bool


def result_totals(session: Session, results: Path) -> dict[tuple[str | None, str], Decimal]:
    """Add up amounts by legal entity and currency."""
    rows = session.rows(
        f"""SELECT legal_entity, currency, sum(amount)::VARCHAR FROM {read_files([results])}
            GROUP BY ALL ORDER BY legal_entity NULLS FIRST, currency"""
    )
    return {
        (None if entity is None else str(entity), str(currency)): from_minor_units(int(str(units)), str(currency))
        for entity, currency, units in rows
    }


def result_people(session: Session, results: Path) -> tuple[set[int], set[int]]:
    """Give everybody with a result, and those of them with an adjustment."""
    rows = session.rows(
        f"""SELECT person, bool_or(kind <> {text(ResultKind.EARNED)}) FROM {read_files([results])}
            GROUP BY person"""
    )
    return {int(str(person)) for person, _ in rows}, {int(str(person)) for person, adjusted in rows if adjusted}


def result_people_among(session: Session, persons: Collection[int]) -> frozenset[int]:
    """Give those of some people who have a result in the table of results."""
    if not persons:
        return frozenset()
    query = f"SELECT DISTINCT person FROM {RESULTS} SEMI JOIN (SELECT unnest($1::BIGINT[]) AS person) USING (person)"
    return frozenset(int(str(person)) for (person,) in session.rows(query, [sorted(persons)]))


def missing(
    session: Session, aside: Path, earned: Path, due: tuple[date, date], pay_group: str | None
) -> list[Missing]:
    """Say for whom something is missing, by participant and code.

    Of a pay group alone, also who earned something that falls due after the first and up to the last of two days and is
    in no pay group: no pay run pays it.
    """
    of = "string_agg(DISTINCT concat_ws('.', plan, component), ', ' ORDER BY concat_ws('.', plan, component))"
    queries = [
        f"""SELECT person, code, coalesce(min(since), min(earned_from)), {of}, due FROM {read_files([aside])}
            GROUP BY ALL"""
    ]
    if pay_group is not None:
        queries.append(
            f"""SELECT person, {text(NO_PAY_GROUP)}, min(earned_from), {of}, true FROM {read_files([earned])}
                WHERE pay_group IS NULL AND code IS NULL AND amount <> 0
                AND earned_until > DATE '{due[0]}' AND earned_until <= DATE '{due[1]}' GROUP BY ALL"""
        )
    rows = session.rows(f"SELECT * FROM ({' UNION ALL '.join(queries)}) ORDER BY ALL")
    return [Missing(*row) for row in rows]  # type: ignore[arg-type]  # as the columns are
