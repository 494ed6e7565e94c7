"""What was committed before, beside what is found now: who is owed a difference, and what both stand on."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from calc.cause import Counted
from calc.ledger import Booked
from calc.result import Result
from domain.currency import minor_digits, minor_units
from engine.found import RECOMPUTED, Findings
from engine.lines import LINE, LineFiles
from engine.pay_inputs import Value, read_rows
from engine.result_columns import written_columns
from engine.results import each_result_of
from engine.session import Session, listed, quoted, text

#: What counted, by person, plan and component.
CountedBy = Mapping[tuple[int, str, str], Sequence[Counted]]
_OWED = ("person", "engagement", "plan", "component", "earned_period", "currency", "legal_entity", "payee")


def differing(session: Session, booked: Iterable[Booked], scratch: Path) -> frozenset[int]:
    """Give the people whose amounts, as recomputed, are not what is booked."""
    path = scratch / "booked.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(map(_written, booked))
    columns = ", ".join(f"{text(name)}: {text('BIGINT' if name == 'person' else 'VARCHAR')}" for name in _OWED)
    owed = ", ".join(_OWED)
    rows = session.rows(
        f"""
        WITH booked AS (
            SELECT * FROM read_csv({text(str(path))}, header = false, auto_detect = false, delim = ',', quote = '"',
                escape = '"', nullstr = '', columns = {{{columns}, 'amount': 'BIGINT'}})
        ),
        every AS (
            SELECT {owed}, sum(amount) AS amount FROM {RECOMPUTED} GROUP BY ALL
            UNION ALL SELECT {owed}, -amount FROM booked
        )
        SELECT DISTINCT person FROM (SELECT {owed} FROM every GROUP BY ALL HAVING sum(amount) <> 0) ORDER BY person"""
    )
    return frozenset(int(str(row[0])) for row in rows)


def recomputed(session: Session, persons: Collection[int]) -> Iterator[Result]:
    """Yield what some people earned, as known now, in earned periods that are committed."""
    for batch in each_result_of(session, RECOMPUTED, persons):
        yield from batch


def counted_now(found: Findings, persons: Collection[int]) -> CountedBy:
    """Give what counted for some people, by person, plan and component, as it is now."""
    return _counted(found.session, f"({found.lines_of(persons)})", persons)


def counted_before(session: Session, lines: LineFiles, persons: Collection[int]) -> CountedBy:
    """Give the same as an earlier calculation wrote it."""
    return _counted(session, f"({lines.query(session)})", persons)


def _counted(session: Session, source: str, persons: Collection[int]) -> CountedBy:
    kinds = written_columns(LINE)
    names = ("person", "plan", "component", "day", "feed", "key", "amount", "currency", "rate", "share", "target")
    columns = ", ".join(quoted(name) for name in names)
    query = f"SELECT {columns} FROM {source} WHERE person IN ({listed(persons)}) ORDER BY ALL"
    found: defaultdict[tuple[int, str, str], list[Counted]] = defaultdict(list)
    for row in read_rows(session, query, {name: kinds[name] for name in names}):
        person, plan, component, day, feed, key, amount, currency, rate, share, quota = row.values()
        own = None if rate == 1 else rate
        found[person, plan, component].append(  # type: ignore[index]  # as the columns are
            Counted(day, feed, key, _money(amount, currency), currency, own, share, quota)  # type: ignore[arg-type]
        )
    return found


def _money(amount: Value, currency: Value) -> Decimal:
    """Write an amount with the digits that its currency is paid in, unless it has more."""
    value = Decimal(str(amount))
    paid = value.quantize(Decimal(1).scaleb(-minor_digits(str(currency))))
    return paid if paid == value else value.normalize()


def _written(one: Booked) -> tuple[object, ...]:
    key = one.owed.key
    return (
        *(key.person, key.engagement, key.plan, key.component, key.earned_period, key.currency),
        *(one.owed.legal_entity, one.owed.payee, minor_units(one.amount, key.currency)),
    )
