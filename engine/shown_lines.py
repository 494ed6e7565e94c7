"""Lines as they were written down: what each credit added to an amount that is due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from engine.lines import LINE, LineFiles
from engine.pay_inputs import Value, read_rows
from engine.result_columns import written_columns
from engine.session import Session, listed, read_files
from formula.quantity import unscaled

#: Which amount a line is of: participant, engagement, plan, component, first day of its earned period.
Of = tuple[Value, Value, Value, Value, Value]


def lines_due(
    session: Session, lines: LineFiles, earned: Path, due: tuple[date, date], persons: Collection[int] | None
) -> dict[Of, list[dict[str, Value]]]:
    """Give the lines (of some people) whose earned period ends after the first and up to the last of two days.

    By what they are of, each in the order in which they count. What pays on totals alone has none.
    """
    kinds = written_columns(LINE)
    among = "" if persons is None else f"WHERE person IN ({listed(persons)})"
    chosen = ", ".join(f"l.{name}" for name in kinds)
    query = f"""
        SELECT {chosen} FROM (FROM ({lines.query(session)}) {among}) l
        SEMI JOIN (FROM {read_files([earned])} WHERE earned_until > $1 AND earned_until <= $2) e
             ON e.person = l.person AND e.plan = l.plan AND e.component = l.component AND e.earned_from = l.earned_from
        ORDER BY l.person, l.day, l.feed, l.key, l.plan, l.component"""
    found: dict[Of, list[dict[str, Value]]] = {}
    for row in read_rows(session, query, kinds, list(due)):
        row["exact"] = _exact(row["exact"], row["exact_digits"])
        of = (row["person"], row["engagement"], row["plan"], row["component"], row["earned_from"])
        found.setdefault(of, []).append(row)
    return found


def _exact(value: Value, digits: Value) -> Value:
    """Give what is exact with as many digits after the point as it has."""
    return unscaled(value, digits) if isinstance(value, int) and isinstance(digits, int) else None
