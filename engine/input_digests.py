"""Whether two calculations read the same: digests of the tables of `calc.inputs`, cut to the days that count.

A digest does not depend on the order of rows, nor on where a row was read from. Rows whose days lie outside are left
out, and a period that reaches beyond is cut to them, so that what happens later moves nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from calc import inputs
from engine.session import Session, quoted, text

#: The name of a table as a person knows it.
NAMED = {
    inputs.TRANSACTIONS: "transactions",
    inputs.SPLITS: "splits of transactions",
    inputs.NAMES: "whom transactions belong to",
    inputs.ROSTER: "the roster",
    inputs.QUOTAS: "quotas",
    inputs.RATES: "rates of exchange",
}
_DATED = (inputs.ROSTER, inputs.QUOTAS)


def input_digests(session: Session, start: date, end: date, dated_by: Collection[str]) -> dict[str, str]:
    """Give the digests of the loaded inputs, as far as they count on the days `[start, end)`.

    `dated_by` are the columns by which measures date transactions.
    """
    first, until = (f"DATE '{one.isoformat()}'" for one in (start, end))
    within = " OR ".join(f"({quoted(one)} >= {first} AND {quoted(one)} < {until})" for one in sorted(dated_by))
    session.run(
        f"CREATE OR REPLACE TEMP VIEW sold AS SELECT * EXCLUDE (place) FROM {inputs.TRANSACTIONS} WHERE {within}"
    )
    parts = f'SELECT s.* FROM {inputs.SPLITS} s SEMI JOIN sold ON sold.splits_of = s."of"'
    owners = f"SELECT owner FROM sold UNION SELECT owner FROM ({parts})"
    queries = {
        inputs.TRANSACTIONS: "FROM sold",
        inputs.SPLITS: parts,
        inputs.NAMES: f"SELECT n.* FROM {inputs.NAMES} n SEMI JOIN ({owners}) o ON o.owner = n.owner",
        inputs.RATES: f"FROM {inputs.RATES} WHERE date < {until}",
    }
    for table in _DATED:
        cut = f'greatest(start, {first}) AS start, least("end", {until}) AS "end"'
        queries[table] = f'SELECT * REPLACE ({cut}) FROM {table} WHERE start < {until} AND "end" > {first}'
    return {NAMED[name]: _digest(session, query) for name, query in queries.items()}


def _digest(session: Session, query: str) -> str:
    """Give the number of rows of a query and the sum of their hashes: it does not depend on their order."""
    rows = session.rows(f"SELECT count(*) || {text(':')} || coalesce(sum(hash(t)::HUGEINT), 0) FROM ({query}) t")
    return str(rows[0][0])
