"""Whom other feeds that say who joins and leaves have now, of the people that the feed which is read is about.

In: of each of them the view `mapped:<n>` of its state (`engine.said`), the views `links` and `all_links`, and the table
`asked_links` (source, key, person) of records that are proposed to be somebody. Out: the table `named` (id, source,
key, person) of all records of these people; the table `presence`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engine.doubles import in_force
from engine.said import mapped_name
from engine.session import Row, Session, listed, quoted, text


@dataclass(frozen=True, slots=True)
class Population:
    """Another feed that says who joins and leaves: `view` is the number of what it has, mapped; `rank` its own."""

    feed: str
    source: str
    view: int
    rank: int
    has_days: bool = False


def load_asked_links(session: Session, path: Path) -> None:
    """Make `asked_links` of a file with source, key and person."""
    session.run(
        f"""CREATE OR REPLACE TABLE asked_links AS SELECT * FROM read_csv({text(str(path))}, header = false,
            auto_detect = false, columns = {{'source': 'VARCHAR', 'key': 'VARCHAR', 'person': 'BIGINT'}})"""
    )


def find_named(session: Session) -> frozenset[str]:
    """Make `named` of the records of whoever the feed which is read has a link to; name the sources that have any."""
    session.run(
        """CREATE OR REPLACE TABLE named AS
           SELECT id, source, key, person FROM (
               SELECT id, source, key, person FROM all_links
               UNION ALL SELECT NULL, source, key, person FROM asked_links
           ) SEMI JOIN (
               SELECT person FROM links UNION SELECT a.person FROM asked_links a
           ) USING (person)"""
    )
    return frozenset(str(source) for (source,) in session.rows("SELECT DISTINCT source FROM named"))


def named_keys(source: str) -> str:
    """Write the query of the keys that these people have in a source."""
    return f"SELECT key FROM named WHERE source = {text(source)}"


def gather_presence(session: Session, populations: Sequence[Population], today: date) -> None:
    """Make `presence` of every record in scope that these have of the people in `named`."""
    nobody = """SELECT NULL::BIGINT AS person, NULL::VARCHAR AS feed, 0 AS rank, NULL::VARCHAR AS key,
                NULL::BIGINT AS link, NULL::DATE AS begins, NULL::DATE AS last_day, false AS has_left WHERE false"""
    each = " UNION ALL ".join((nobody, *(_of(session, one, today) for one in populations)))
    session.run(f"CREATE OR REPLACE TABLE presence AS {each}")


def presence_rows(session: Session, people: Collection[int]) -> list[Row]:
    """Give (person, feed, rank, key, link, begins, last day, has left) of some people, in order."""
    if not people:
        return []
    return session.rows(f"SELECT * FROM presence WHERE person IN ({listed(people)}) ORDER BY ALL")


def going_on_here(session: Session, source: str, people: Collection[int], today: date) -> list[int]:
    """Give those of some people of whom the read has a record in scope that is not over, theirs or asked to be."""
    if not people:
        return []
    has = session.columns("keys")
    left = "k.status IS NOT DISTINCT FROM 'terminated'" if "status" in has else "false"
    last_day = "k.termination_date::DATE" if "termination_date" in has else "NULL::DATE"
    rows = session.rows(
        f"""SELECT DISTINCT n.person FROM keys k JOIN (
                SELECT key, person FROM links UNION ALL
                SELECT key, person FROM asked_links WHERE source = {text(source)}
            ) n ON n.key = k._key
            WHERE k._op = 'upsert' AND k._in_scope AND n.person IN ({listed(people)})
              AND coalesce({last_day} >= $1, NOT ({left})) ORDER BY n.person""",
        [today],
    )
    return [int(str(person)) for (person,) in rows]


def _of(session: Session, one: Population, today: date) -> str:
    view, has, day = quoted(mapped_name(one.view)), session.columns(mapped_name(one.view)), today.isoformat()
    status, last_day, hired = (
        f"m.{name}" if name in has else "NULL::VARCHAR" for name in ("status", "termination_date", "hire_date")
    )
    if one.has_days:
        view = f"""(FROM {view} QUALIFY row_number() OVER (PARTITION BY _key, _engagement
                    ORDER BY {in_force("_effective::DATE", f"DATE '{day}'")}, _row) = 1)"""
    return f"""
        SELECT n.person, {text(one.feed)} AS feed, {one.rank} AS rank, m._key AS key, n.id AS link,
               coalesce(m._effective::DATE, {hired}::DATE) AS begins, {last_day}::DATE AS last_day,
               {status} IS NOT DISTINCT FROM 'terminated' AS has_left
        FROM {view} m JOIN named n ON n.source = {text(one.source)} AND n.key = m._key
        WHERE m._op = 'upsert' AND m._in_scope"""
