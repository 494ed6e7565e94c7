"""The quotas a calculation reads: the decided ones, on the days on which they are in force.

In: the view `versions` of a loaded roster (`engine.mirror`), as it is now or was known at a revision. Out: the table
`quotas` with the columns of `calc.inputs.QUOTA`: a row for each line and each stretch of days on which it holds, its
amount as whole ten-thousandths in 64 bits.
"""

from __future__ import annotations

from calc import inputs
from engine.mirror import QUOTAS
from engine.session import Session


def load_quotas(session: Session) -> int:
    """Make the table `quotas` of the roster as it is loaded; give the number of its rows."""
    session.run(
        f"""
        CREATE OR REPLACE TABLE {inputs.QUOTAS} AS
        WITH held AS (
            SELECT person, engagement, start, "end", unnest(map_entries({QUOTAS})) AS quota FROM versions
            WHERE {QUOTAS} IS NOT NULL
        ), placed AS (
            SELECT *, start IS DISTINCT FROM lag("end") OVER one_quota AS begins FROM held
            WINDOW one_quota AS (PARTITION BY person, engagement, quota ORDER BY start)
        ), counted AS (
            SELECT *, count(*) FILTER (begins) OVER one_quota AS nth FROM placed
            WINDOW one_quota AS (PARTITION BY person, engagement, quota ORDER BY start)
        ), whole AS (
            SELECT person, engagement, quota.key AS attribute, string_split(quota.value, ' ') AS parts,
                   min(start) AS start, max("end") AS "end"
            FROM counted GROUP BY person, engagement, quota, nth
        )
        SELECT person, engagement, split_part(attribute, ':', 2) AS measure, start, "end",
               split_part(parts[3], '..', 1)::DATE AS first, split_part(parts[3], '..', 2)::DATE AS last,
               (parts[1]::DECIMAL(19, {inputs.AMOUNT_SCALE}) * {10**inputs.AMOUNT_SCALE})::BIGINT AS amount,
               nullif(parts[2], '-') AS currency
        FROM whole ORDER BY ALL
        """
    )
    return session.number(f"SELECT count(*) FROM {inputs.QUOTAS}")
