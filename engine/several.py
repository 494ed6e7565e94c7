"""People of whom a source has several records: which of them speaks is for `domain.speaking` to say.

In: the view `links` of the source; for the rows also `remaining` and `candidates` (`engine.narrow`),
where rows of these people always are. Out: the table `several` of their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from domain.attributes import DECISIVE
from engine.session import Row, Session, quoted
from engine.state import key_of


def find_several(session: Session) -> None:
    """Make `several` of whoever more than one record of the source is linked to."""
    session.run("CREATE OR REPLACE TABLE several AS SELECT person FROM links GROUP BY person HAVING count(*) > 1")


def judge_several(session: Session) -> None:
    """Let all rows of these people be judged, whatever they say: add them to `open_matters`."""
    session.run("INSERT INTO open_matters FROM several WHERE person NOT IN (FROM open_matters)")


def keys_beside(session: Session, name: str, keys: Sequence[str]) -> list[str]:
    """Give the keys of all records of those people of whom the rows of a table, as sent, have one."""
    rows = session.rows(
        f"""WITH theirs AS MATERIALIZED (SELECT key, person FROM links SEMI JOIN several USING (person))
            SELECT DISTINCT o.key FROM theirs t JOIN theirs o USING (person)
            WHERE t.key IN (SELECT {key_of(keys)} FROM {name}) ORDER BY o.key"""
    )
    return [str(row[0]) for row in rows]


def several_rows(session: Session, attributes: Collection[str]) -> Iterator[Row]:
    """Give (person, engagement, row, place, key, link, begins, last day, status, is gone) of records of these people.

    And of a record without a link where a strong id names one person alone. A row that is set aside is not among them.
    """
    status, last_day, hired = (
        f"r.{name}" if name in attributes else "NULL::VARCHAR" for name in ("status", "termination_date", "hire_date")
    )
    notes = [name for name in session.columns("remaining") if name.endswith("__note")]
    usable = ["r._key IS NOT NULL", "NOT r._shared", "r._differ IS DISTINCT FROM true", "coalesce(r._nth, 1) = 1"]
    usable += [
        f"coalesce(r.{quoted(note)}, 'silent') = 'silent'" for note in notes if note.removesuffix("__note") in DECISIVE
    ]
    for batch in session.batches(
        f"""
        WITH named AS (
            SELECT _row, _place, min(person) AS person FROM candidates GROUP BY ALL
            HAVING min(person) = max(person) AND NOT bool_or(apart) AND bool_or(rule <> 'email')
        ), theirs AS (
            SELECT coalesce(r.person, n.person) AS whose, r._engagement, r._row, r._place, r._key, r._link,
                   coalesce(r._effective::DATE, {hired}::DATE) AS begins, {last_day}::DATE AS last_day,
                   {status} AS status, r._op <> 'upsert' OR NOT r._in_scope AS is_gone
            FROM remaining r LEFT JOIN named n ON n._row = r._row AND n._place = r._place
            WHERE (r.person IN (FROM several) OR r.person IN (SELECT person FROM named) OR n.person IS NOT NULL)
              AND {" AND ".join(usable)}
        )
        FROM theirs QUALIFY count(*) OVER (PARTITION BY whose, _engagement) > 1 ORDER BY ALL
        """
    ):
        yield from batch
