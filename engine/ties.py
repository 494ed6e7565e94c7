"""Whether a calculation ties out: every transaction of its days is credited, or is among the gaps with a reason.

In: the views of facts, the tables of findings (`engine.found`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calc import inputs
from engine.facts import LANDED, UNUSABLE
from engine.found import Findings
from engine.session import Session

_SHARE_UNIT = 10**inputs.SHARE_SCALE
_VALUE_SCALE = inputs.AMOUNT_SCALE + inputs.SHARE_SCALE


@dataclass(frozen=True, slots=True)
class Left:
    """Transactions that somebody could have been credited with: why nobody is, how many, their value in a currency."""

    code: str
    rows: int
    amount: Decimal
    currency: str | None


@dataclass(frozen=True, slots=True)
class Ties:
    """Transactions of the days that were calculated.

    landed    as known, those included whose parts do not sum to the whole
    credited  to anybody; some of them in part only
    left      those, or parts of them, that nobody is credited with
    problems  why it does not tie out: nothing where it does
    """

    landed: int
    credited: int
    left: tuple[Left, ...]
    problems: tuple[str, ...]


def known_among(session: Session, rows: Collection[tuple[str, str]]) -> int:
    """Count those of some rows, by feed and key, that are known as transactions."""
    named = sorted(rows)
    query = f"""SELECT count(*) FROM (SELECT unnest($1::VARCHAR[]) AS feed, unnest($2::VARCHAR[]) AS key)
                SEMI JOIN {inputs.TRANSACTIONS} USING (feed, key)"""
    return session.number(query, [[feed for feed, _ in named], [key for _, key in named]]) if named else 0


def tie_out(found: Findings, start: date, end: date, dated_by: Collection[str]) -> Ties:
    """Compare what was landed for `[start, end)` with what was credited and what was not.

    `dated_by` are the columns that measures date transactions by. Where that is not `date` alone, only what is credited
    or has a reason can be counted: which of its dates a transaction would have is for its measure to say.
    """
    session = found.session
    gaps = found.table(found.form.gaps)
    session.run(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT feed, key FROM {gaps}")
    in_part = f"SELECT DISTINCT feed, key FROM ({_counted(found)}) SEMI JOIN touched USING (feed, key)"
    only_left = session.number(f"SELECT (SELECT count(*) FROM touched) - (SELECT count(*) FROM ({in_part}))")
    credited = _credited(found)
    usable, unusable = _landed(session, start, end)
    known = usable if set(dated_by) <= {"date"} else credited + only_left
    if known != credited + only_left:  # two of the hashes may be one
        credited = _credited(found, exactly=True)
    problems = []
    if known != credited + only_left:
        problems.append(f"landed {known:,}, credited {credited:,}, uncredited {only_left:,}")
    if twice := _both(found, gaps):
        problems.append(f"{twice:,} parts of transactions are credited, and said not to be")
    session.run("DROP TABLE touched")
    rows = f"SELECT code, currency, feed, key, amount, share FROM {gaps}"
    if unusable:
        rows += f" UNION ALL {_unusable(start, end)}"
    return Ties(known + unusable, credited, tuple(_left(session, rows)), tuple(problems))


def _landed(session: Session, start: date, end: date) -> tuple[int, int]:
    """Count the transactions of some days, and those among them whose parts do not sum to the whole."""
    landed, unusable = (
        session.number(f"SELECT count(*) FROM {view} WHERE {_within(start, end)}") for view in (LANDED, UNUSABLE)
    )
    return landed - unusable, unusable


def _credited(found: Findings, *, exactly: bool = False) -> int:
    """Count the transactions that count for somebody: by a hash of 64 bits, which is quick, or exactly."""
    one = "(feed, key)" if exactly else "hash(feed, key)"
    return found.session.number(f"SELECT count(DISTINCT {one}) FROM ({_counted(found)})")


def _counted(found: Findings) -> str:
    """Write the query of the transactions that count for somebody, once for each amount they add to."""
    return " UNION ALL ".join(f"SELECT feed, key FROM {found.table(name)}" for name in _counting(found))


def _both(found: Findings, gaps: str) -> int:
    """Count the parts that are credited and are among the gaps."""
    parts = " UNION ALL ".join(f"SELECT feed, key, person FROM {found.table(name)}" for name in _counting(found))
    on = " AND ".join(f"c.{name} = g.{name}" for name in ("feed", "key", "person"))
    counted = f"FROM ({parts}) SEMI JOIN touched USING (feed, key)"
    return found.session.number(f"SELECT count(*) FROM ({counted}) c SEMI JOIN {gaps} g ON {on}")


def _counting(found: Findings) -> list[str]:
    """Name the stages of what counted for those who have a component: lines, or where there are none credits."""
    names = (name for form in found.form.components for name in (*form.lines, *form.credits))
    return list(dict.fromkeys(names))


def _unusable(start: date, end: date) -> str:
    return f"""SELECT code, currency, feed, key, amount, {_SHARE_UNIT} FROM {UNUSABLE}
               WHERE {_within(start, end)}"""


def _within(start: date, end: date) -> str:
    return f"date >= DATE '{start.isoformat()}' AND date < DATE '{end.isoformat()}'"


def _left(session: Session, every: str) -> list[Left]:
    rows = session.rows(
        f"""
        SELECT code, currency, count(DISTINCT (feed, key)), sum(amount::HUGEINT * share)::VARCHAR
        FROM ({every}) GROUP BY ALL ORDER BY code, currency NULLS FIRST"""
    )
    return [
        Left(
            str(code),
            int(str(count)),
            Decimal(str(value or 0)).scaleb(-_VALUE_SCALE),
            None if currency is None else str(currency),
        )
        for code, currency, count, value in rows
    ]
