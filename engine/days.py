"""Days that a feed's rows were decided for and that it sends no longer, where its rows are a history.

In: the view `links` of the feed's source, the table `keys` (`engine.doubles`). Out: the table `gone_days` of (person,
engagement, day); what becomes of them `domain.past` says.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path

from engine.session import Session, listed, text


def load_filed_days(session: Session, path: Path, unread: Collection[str]) -> None:
    """Make the table `filed_days` of (person, engagement, day) in a file; `unread` are keys of rows not to be read."""
    session.run(
        f"""CREATE OR REPLACE TABLE filed_days AS SELECT DISTINCT * FROM read_csv({text(str(path))},
            header = false, auto_detect = false, delim = ',', quote = '"', escape = '"',
            columns = {{'person': 'BIGINT', 'engagement': 'VARCHAR', 'day': 'DATE'}})"""
    )
    session.run("CREATE OR REPLACE TABLE unread AS SELECT unnest($1::VARCHAR[]) AS key", [list(unread)])


def find_gone_days(session: Session) -> None:
    """Fill `gone_days` of posts of which the read has other days.

    Not of whom a row says no day, or may be one that cannot be read: it may be that of any day.
    """
    session.run(
        """
        CREATE OR REPLACE TABLE gone_days AS
        WITH theirs AS MATERIALIZED (
            SELECT l.person, k._key, k._engagement AS engagement, k._effective::DATE AS day, k._op
            FROM links l JOIN keys k ON k._key = l.key WHERE l.person IN (SELECT person FROM filed_days)
        ), unsure AS (
            SELECT person FROM theirs WHERE day IS NULL OR engagement IS NULL
            UNION ALL SELECT person FROM links WHERE key IN (FROM unread)
        )
        SELECT f.* FROM filed_days f
        SEMI JOIN (FROM theirs WHERE _op = 'upsert') p ON p.person = f.person AND p.engagement = f.engagement
        ANTI JOIN (FROM theirs WHERE _op = 'upsert') t
             ON t.person = f.person AND t.engagement = f.engagement AND t.day = f.day
        WHERE f.person NOT IN (SELECT person FROM unsure)
        """
    )


def gone_days(session: Session, persons: Collection[int]) -> dict[tuple[int, str], list[date]]:
    """Give the days of some people that are sent no longer, by person and engagement."""
    found: dict[tuple[int, str], list[date]] = {}
    rows = session.rows(f"FROM gone_days WHERE person IN ({listed(persons)}) ORDER BY ALL")
    for person, engagement, day in rows:
        found.setdefault((int(str(person)), str(engagement)), []).append(date.fromisoformat(str(day)))
    return found
