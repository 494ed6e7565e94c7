"""Whom the names of people name who turned out to be somebody else: of days before they did, themselves.

In: `domain.merging.NameOf`, the views of `engine.mirror`. Out: the table `merged_names` (owner, person, since, until,
had), a row for each part of time; the view `named_people`, by which ids are looked up: `people`, and beside them, under
the ids of whoever was merged, who they are now; the table `merged_today` (owner, since, until, person, named), of whom
a name is where somebody else may have it by now; transactions and their parts that name the right one of their day.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from calc.inputs import SPLITS, TRANSACTIONS
from domain.attributes import NAMED_BY
from domain.merging import ALWAYS, NameOf
from domain.step import FOREVER
from engine.session import Session, quoted, text

#: The tables.
MERGED_NAMES = "merged_names"
MERGED_TODAY = "merged_today"
NAMED_PEOPLE = "named_people"
#: Of a name: whom it names in the end, and of the days before all others.
LAST = f"until = DATE '{FOREVER.isoformat()}'"
FIRST = f"since = DATE '{ALWAYS.isoformat()}'"
_AS_NAMED = "_as_named"
_LATER = f"(FROM {MERGED_TODAY} WHERE NOT {FIRST})"


def load_merged_names(session: Session, names: Sequence[NameOf]) -> None:
    """Make the table `merged_names` and the view `named_people`."""
    rows = [
        (one.name, person, since, until, list(one.had))
        for one in names
        for (since, person), (until, _) in pairwise([*one.whom, (FOREVER, 0)])
    ]
    session.run(
        f"""CREATE OR REPLACE TABLE {MERGED_NAMES} AS
            SELECT unnest($1::VARCHAR[]) AS owner, unnest($2::BIGINT[]) AS person, unnest($3::DATE[]) AS since,
                   unnest($4::DATE[]) AS until, unnest($5::BIGINT[][]) AS had""",
        [list(column) for column in zip(*rows, strict=True)] or [[], [], [], [], []],
    )
    also = "".join(_ids(by) for by in NAMED_BY) if rows else ""
    session.run(f"CREATE OR REPLACE VIEW {NAMED_PEOPLE} AS FROM people{also}")


def _ids(by: str) -> str:
    """Write the rows of who has an id of this kind by having been merged, less those who have it anyway."""
    own = f"substr(owner, {len(by) + 2})"
    return f""" UNION ALL BY NAME
        SELECT person, true AS participant, {own} AS {by} FROM {MERGED_NAMES}
        WHERE {LAST} AND starts_with(owner, {text(by + ":")})
          AND {own} NOT IN (SELECT {by} FROM people WHERE {by} IS NOT NULL)"""


def find_merged_today(session: Session, told: str) -> None:
    """Make the table `merged_today`: whose each name is in each part of time, and what names that one there.

    `told` is a query of whom names name today (owner, person). Before somebody was merged their name is theirs for
    good. From then on it is that of whoever has it today, and of nobody (null) where two have it; where nobody has, an
    id is theirs who they became, and a record is nobody's, as of everybody from whom one was taken.
    """
    kinds = ", ".join(text(by) for by in NAMED_BY)
    session.run(
        f"""CREATE OR REPLACE TABLE {MERGED_TODAY} AS
            WITH today AS (
                SELECT t.owner, min(t.person) AS person, count(DISTINCT t.person) AS people
                FROM ({told}) t JOIN {MERGED_NAMES} l ON l.owner = t.owner AND l.{LAST}
                WHERE NOT list_contains(l.had, t.person) GROUP BY t.owner
            ), whose AS (
                SELECT m.owner, m.since, m.until,
                       CASE WHEN m.{FIRST} AND list_contains(m.had, m.person) THEN m.person
                            WHEN t.people > 1 THEN NULL
                            WHEN t.person <> l.person THEN t.person
                            WHEN t.person IS NULL AND split_part(m.owner, ':', 1) NOT IN ({kinds}) THEN NULL
                            ELSE m.person END AS person
                FROM {MERGED_NAMES} m JOIN {MERGED_NAMES} l ON l.owner = m.owner AND l.{LAST}
                LEFT JOIN today t ON t.owner = m.owner
            )
            SELECT *, coalesce('P' || person, owner || '|from ' || since) AS named FROM whose"""
    )


def name_by_day(session: Session, dated_by: Collection[str]) -> None:
    """Let transactions, and the parts of them, name who their owner is on their day: `P12` in place of the name.

    Their day is the first of those by which plans date them, so that nothing that was counted for somebody is taken
    back. After the views of `engine.facts` and the names (`engine.population.name_people`).
    """
    if not session.number(f"SELECT count(*) FROM {_LATER}"):
        return
    for view in (TRANSACTIONS, SPLITS):
        session.run(f"DROP VIEW IF EXISTS {view}{_AS_NAMED}")
        session.run(f"ALTER VIEW {view} RENAME TO {view}{_AS_NAMED}")
    days = ", ".join(f"t.{quoted(one)}" for one in sorted(dated_by))
    session.run(
        f"""CREATE OR REPLACE TABLE shared_with_merged AS
            SELECT DISTINCT s."of", m.since FROM {SPLITS}{_AS_NAMED} s,
                   (SELECT DISTINCT since FROM {_LATER}) m
            WHERE s."of" IN (SELECT p."of" FROM {SPLITS}{_AS_NAMED} p SEMI JOIN {_LATER} l ON l.owner = p.owner)"""
    )
    session.run(
        f"""CREATE OR REPLACE VIEW {SPLITS} AS
            FROM {SPLITS}{_AS_NAMED}
            UNION ALL
            SELECT {_split("w.since")} AS "of", coalesce(m.named, s.owner) AS owner, s.share
            FROM {SPLITS}{_AS_NAMED} s JOIN shared_with_merged w ON w."of" = s."of"
            LEFT JOIN {_LATER} m ON m.owner = s.owner AND m.since <= w.since AND w.since < m.until"""
    )
    session.run(
        f"""CREATE OR REPLACE VIEW {TRANSACTIONS} AS
            SELECT t.* REPLACE (
                coalesce(m.named, t.owner) AS owner,
                coalesce((SELECT {_split("max(w.since)")} FROM shared_with_merged w
                          WHERE w."of" = t.splits_of AND w.since <= least({days}) GROUP BY w."of"), t.splits_of)
                AS splits_of)
            FROM {TRANSACTIONS}{_AS_NAMED} t
            LEFT JOIN {_LATER} m ON m.owner = t.owner AND m.since <= least({days}) AND least({days}) < m.until"""
    )


def _split(since: str) -> str:
    return f"""w."of" || '|from ' || {since}"""
