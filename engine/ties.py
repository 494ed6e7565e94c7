"""Whether a calculation ties out: every transaction of its days is credited, or is among the gaps with a reason.

In: the views of facts, the tables of findings (`engine.found`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calc import inputs
from domain.facts import Code
from engine.found import Findings
from engine.session import Session, text

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
    known = credited + only_left
    if set(dated_by) <= {"date"}:
        known = session.number(
            f"SELECT count(*) FROM {inputs.TRANSACTIONS} WHERE date >= $1 AND date < $2", [start, end]
        )
    if known != credited + only_left:  # two of the hashes may be one
        credited = _credited(found, exactly=True)
    problems = []
    if known != credited + only_left:
        problems.append(f"landed {known:,}, credited {credited:,}, uncredited {only_left:,}")
    if twice := _both(found, gaps):
        problems.append(f"{twice:,} parts of transactions are credited, and said not to be")
    session.run("DROP TABLE touched")
    unusable = _unusable(start, end)
    landed = known + session.number(f"SELECT count(*) FROM {unusable}")
    return Ties(landed, credited, tuple(_left(session, gaps, unusable)), tuple(problems))


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
    window = f"date >= DATE '{start.isoformat()}' AND date < DATE '{end.isoformat()}'"
    return f"(SELECT feed, key, currency, amount FROM shared_transactions WHERE NOT is_whole AND {window})"


def _left(session: Session, gaps: str, unusable: str) -> list[Left]:
    rows = session.rows(
        f"""
        SELECT code, currency, count(DISTINCT (feed, key)), sum(amount::HUGEINT * share)::VARCHAR
        FROM (SELECT code, currency, feed, key, amount, share FROM {gaps}
              UNION ALL SELECT {text(Code.SHARES)}, currency, feed, key, amount, {_SHARE_UNIT} FROM {unusable})
        GROUP BY ALL ORDER BY code, currency NULLS FIRST"""
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
