"""Whom the names of people name who turned out to be somebody else: of days before they did, themselves.

In: `domain.merging.NameOf`, the views of `engine.mirror`. Out: the table `merged_names` (owner, person, since, until),
a row for each part of time; the view `named_people`, by which ids are looked up: `people`, and beside them, under the
ids of whoever was merged, who they are now; transactions and their parts that name the right one of their day.
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
NAMED_PEOPLE = "named_people"
#: Of a name: whom it names in the end, and of the days before all others.
LAST = f"until = DATE '{FOREVER.isoformat()}'"
FIRST = f"since = DATE '{ALWAYS.isoformat()}'"
_AS_NAMED = "_as_named"
_LATER = f"(FROM {MERGED_NAMES} WHERE NOT {FIRST})"


def load_merged_names(session: Session, names: Sequence[NameOf]) -> None:
    """Make the table `merged_names` and the view `named_people`."""
    rows = [
        (one.name, person, since, until)
        for one in names
        for (since, person), (until, _) in pairwise([*one.whom, (FOREVER, 0)])
    ]
    session.run(
        f"""CREATE OR REPLACE TABLE {MERGED_NAMES} AS
            SELECT unnest($1::VARCHAR[]) AS owner, unnest($2::BIGINT[]) AS person, unnest($3::DATE[]) AS since,
                   unnest($4::DATE[]) AS until""",
        [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []],
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
            SELECT {_split("w.since")} AS "of", coalesce('P' || m.person, s.owner) AS owner, s.share
            FROM {SPLITS}{_AS_NAMED} s JOIN shared_with_merged w ON w."of" = s."of"
            LEFT JOIN {_LATER} m ON m.owner = s.owner AND m.since <= w.since AND w.since < m.until"""
    )
    session.run(
        f"""CREATE OR REPLACE VIEW {TRANSACTIONS} AS
            SELECT t.* REPLACE (
                coalesce('P' || m.person, t.owner) AS owner,
                coalesce((SELECT {_split("max(w.since)")} FROM shared_with_merged w
                          WHERE w."of" = t.splits_of AND w.since <= least({days}) GROUP BY w."of"), t.splits_of)
                AS splits_of)
            FROM {TRANSACTIONS}{_AS_NAMED} t
            LEFT JOIN {_LATER} m ON m.owner = t.owner AND m.since <= least({days}) AND least({days}) < m.until"""
    )


def _split(since: str) -> str:
    return f"""w."of" || '|from ' || {since}"""
