"""What the results of a calculation come to, asked of its files: sums, people, and who is not paid."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from calc.result import ResultKind
from domain.currency import from_minor_units
from engine.session import Session, text


def result_totals(session: Session, results: Path) -> dict[tuple[str | None, str], Decimal]:
    """Add up amounts by legal entity and currency."""
    rows = session.rows(
        f"""SELECT legal_entity, currency, sum(amount)::VARCHAR FROM read_parquet({text(str(results))})
            GROUP BY ALL ORDER BY legal_entity NULLS FIRST, currency"""
    )
    return {
        (None if entity is None else str(entity), str(currency)): from_minor_units(int(str(units)), str(currency))
        for entity, currency, units in rows
    }


def result_people(session: Session, results: Path) -> tuple[set[int], set[int]]:
    """Give everybody with a result, and those of them with an adjustment."""
    rows = session.rows(
        f"""SELECT person, bool_or(kind <> {text(ResultKind.EARNED)}) FROM read_parquet({text(str(results))})
            GROUP BY person"""
    )
    return {int(str(person)) for person, _ in rows}, {int(str(person)) for person, adjusted in rows if adjusted}


def aside_people(session: Session, aside: Path) -> list[tuple[int, str]]:
    """Give who is not paid, with each code, by person."""
    rows = session.rows(f"SELECT DISTINCT person, code FROM read_parquet({text(str(aside))}) ORDER BY person, code")
    return [(int(str(person)), str(code)) for person, code in rows]
