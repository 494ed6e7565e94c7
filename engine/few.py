"""Everything that a calculation reads of a few people, as rows for the reference evaluation.

In: the tables of `calc.inputs` as loaded. A transaction comes with all its parts, also those of others: how a whole is
split depends on everybody who has a part of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from calc import inputs
from calc.compile import PayForm
from engine.lines import LineFiles, lines_of
from engine.pay_inputs import read_rows
from engine.result_columns import written_columns
from engine.session import Session, listed, quoted, read_files, text
from formula.meaning import Cell

#: The rows of each input, by the name it is scanned by.
Tables = Mapping[str, list[dict[str, Cell]]]

_CREDITED = ("amount", "currency", "rate", "share", "credit")
_SOLD, _PARTS = "few_transactions", "few_splits"


def gather(session: Session, persons: Collection[int], start: date, end: date, dated_by: Collection[str]) -> None:
    """Find the transactions of some people that are dated in `[start, end)`, in one pass over all of them."""
    within = " OR ".join(
        f"({quoted(one)} >= DATE '{start}' AND {quoted(one)} < DATE '{end}')" for one in sorted(dated_by)
    )
    owners = f"SELECT owner FROM {inputs.NAMES} WHERE person IN ({listed(persons)})"
    shared = f'SELECT "of" FROM {inputs.SPLITS} WHERE owner IN ({owners})'
    session.run(
        f"""CREATE OR REPLACE TEMP TABLE {_SOLD} AS
            SELECT * FROM {inputs.TRANSACTIONS} WHERE ({within})
            AND (owner IN ({owners}) OR splits_of IN ({shared}))"""
    )
    session.run(
        f"""CREATE OR REPLACE TEMP TABLE {_PARTS} AS
            SELECT * FROM {inputs.SPLITS} WHERE "of" IN (SELECT splits_of FROM {_SOLD})"""
    )


def tables_of(session: Session, form: PayForm, persons: Collection[int], end: date) -> Tables:
    """Give what of the gathered is some people's, with the rates and days before `end`."""
    among = f"person IN ({listed(persons)})"
    owners = f"SELECT owner FROM {inputs.NAMES} WHERE {among}"
    shared = f'SELECT "of" FROM {_PARTS} WHERE owner IN ({owners})'
    sold = f"SELECT * FROM {_SOLD} WHERE owner IN ({owners}) OR splits_of IN ({shared})"
    parts = f'SELECT * FROM {_PARTS} WHERE "of" IN (SELECT splits_of FROM ({sold}))'
    named = f"SELECT owner FROM ({sold}) UNION SELECT owner FROM ({parts})"
    queries = {
        inputs.TRANSACTIONS: sold,
        inputs.SPLITS: parts,
        inputs.NAMES: f"SELECT * FROM {inputs.NAMES} WHERE owner IN ({named})",
        inputs.ROSTER: f"SELECT * FROM {inputs.ROSTER} WHERE {among}",
        inputs.QUOTAS: f"SELECT * FROM {inputs.QUOTAS} WHERE {among}",
        inputs.RATES: rates_query(form, f"SELECT currency FROM ({sold})", persons, end),
        inputs.DAYS: f"SELECT * FROM {inputs.DAYS}",
    }
    return {name: rows_of(session, form, name, query) for name, query in queries.items()}


def rates_query(form: PayForm, currencies: str, persons: Collection[int], end: date) -> str:
    """Write the query of the rates that may matter to people: from or into a currency of deals, plans or pay."""
    plans = "".join(f" UNION SELECT {text(one)}" for one in sorted({one.currency for one in form.components}))
    known = f"""SELECT currency FROM ({currencies}) UNION SELECT pay_currency FROM {inputs.ROSTER}
                WHERE person IN ({listed(persons)}){plans}"""
    return f"""SELECT * FROM {inputs.RATES} WHERE date < DATE '{end}' AND (base IN ({known}) OR quote IN ({known}))"""


def rows_of(session: Session, form: PayForm, name: str, query: str) -> list[dict[str, Cell]]:
    """Give the rows of a query that has the columns of an input, each as the reference evaluation holds it."""
    columns = form.inputs[name]
    chosen = ", ".join(map(quoted, columns))
    return read_rows(session, f"SELECT {chosen} FROM ({query}) ORDER BY ALL", columns)


def _few_of(session: Session, form: PayForm, name: str, query: str) -> list[dict[str, Cell]]:
    """Give the same of a query that gives few rows: to sort them takes the engine as long as to find them."""
    columns = form.inputs[name]
    found = read_rows(session, f"SELECT {', '.join(map(quoted, columns))} FROM ({query})", columns)
    return sorted(found, key=lambda row: [(cell is None, cell) for cell in row.values()])


def roster_and_more(session: Session, form: PayForm, person: int, end: date, names: Collection[str]) -> Tables:
    """Give those of some inputs that are not transactions, as far as they are one person's."""
    queries = {
        inputs.ROSTER: f"SELECT * FROM {inputs.ROSTER} WHERE person = {int(person)}",
        inputs.QUOTAS: f"SELECT * FROM {inputs.QUOTAS} WHERE person = {int(person)}",
        inputs.RATES: rates_query(form, "SELECT NULL AS currency", [person], end),
        inputs.DAYS: f"SELECT * FROM {inputs.DAYS}",
    }
    return {name: _few_of(session, form, name, queries[name]) for name in names if name in queries}


def credits_of(session: Session, lines: LineFiles, credits_: Sequence[Path], person: int) -> list[dict[str, Cell]]:
    """Give what counted for somebody, as a calculation wrote it: its lines, and credits of what has none.

    Columns of a credit, and `plan` and `component` of a line (of others `counting`).
    """
    own = ("person", "day", "feed", "key", "rule", "place", *_CREDITED)
    found = lines_of(session, lines, person, own)
    if credits_:
        columns = written_columns(("counting", *own))
        query = f"SELECT {', '.join(columns)} FROM {read_files(credits_)} WHERE person = {int(person)}"
        found += read_rows(session, f"{query} ORDER BY day, feed, key", columns)
    return found


def aside_codes(session: Session, aside: Path, person: int) -> frozenset[str]:
    """Give what is missing for somebody in an earned period that is due, as a calculation wrote it."""
    query = f"SELECT DISTINCT code FROM {read_files([aside])} WHERE person = $1 AND due"
    rows = session.rows(query, [person])
    return frozenset(str(code) for (code,) in rows)


def plans_held(session: Session, person: int, start: date, end: date) -> set[str | None]:
    """Give the plans somebody has on the days `[start, end)`; None stands for days without one."""
    return _held(session, "plan", person, start, end)


def pay_groups_of(session: Session, person: int, start: date, end: date) -> set[str | None]:
    """Give the pay groups somebody is in on the days `[start, end)`; None stands for days without one."""
    return _held(session, "pay_group", person, start, end)


def _held(session: Session, name: str, person: int, start: date, end: date) -> set[str | None]:
    rows = session.rows(
        f'SELECT DISTINCT {quoted(name)} FROM {inputs.ROSTER} WHERE person = $1 AND start < $2 AND "end" > $3',
        [person, end, start],
    )
    return {None if value is None else str(value) for (value,) in rows}


def gaps_of_transaction(session: Session, path: Path, transaction: str) -> list[tuple[str, str]]:
    """Give the parts of a transaction, by its key or `feed:key`, that nobody is credited with: (whose, code)."""
    rows = session.rows(
        f"""SELECT coalesce('P' || person, owner, 'nobody'), code FROM {read_files([path])}
            WHERE key = $1 OR feed || ':' || key = $1 ORDER BY ALL""",
        [transaction],
    )
    return [(str(whose), str(code)) for whose, code in rows]
