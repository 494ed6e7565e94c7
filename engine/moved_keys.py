"""Find what is on file of records that a read now says of somebody else: from the new day on it is no longer theirs.

In: `sent_dated`, `repeats`, `versions`, what was approved of the records. Out: the table `moved` (person, engagement,
attribute, value, since).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from engine.session import Session, text

#: Quotas or memberships as they are on file: person, engagement, attribute, value.
FiledDated = tuple[int, str, str, str]
#: Who had a record by what was approved of it: its key, person, engagement.
HolderOfKey = tuple[str, int, str]

#: With more records in a read than these, the holders of all are asked for.
_FEW = 10_000
_NOBODY = (
    "CREATE OR REPLACE TABLE moved (person BIGINT, engagement VARCHAR, attribute VARCHAR, value VARCHAR, since DATE)"
)


class Approved(Protocol):
    """What was approved of records of a feed."""

    def of(self, keys: Collection[str]) -> Collection[FiledDated]:
        """Give what is on file of records with these keys."""

    def holders(self, keys: Collection[str] | None) -> Collection[HolderOfKey]:
        """Give who had records with these keys, or with any."""

    def of_people(self, people: Collection[int]) -> Mapping[FiledDated, str]:
        """Give what was approved of some people, and the record that said it last."""


def find_moved(
    session: Session, approved: Approved, column: str, protected: Collection[str], *, has_posts: bool, is_history: bool
) -> None:
    """Fill `moved`, whether or not the rows that say so are to be judged.

    column      of `versions` with the values on file
    has_posts   rows say which post they are about; else a record is of the person, whichever post they have
    is_history  a record is known by key and day: only what it said of that same day has moved
    """
    listed = "[" + ", ".join(text(key) for key in protected) + "]::VARCHAR[]"
    session.run(
        f"""
        CREATE OR REPLACE TABLE spoken AS
        SELECT s._key AS key, s.person, s._engagement AS engagement, s."from"::DATE AS start
        FROM sent_dated s ANTI JOIN repeats d ON d._row = s._row AND d._place = s._place AND d.differ
        WHERE s.people = 1 AND s._op = 'upsert' AND s._key IS NOT NULL AND s._in_scope AND NOT s._faulty
          AND s.value IS NOT NULL AND s._key NOT IN (SELECT unnest({listed}))
        """
    )
    keys = [str(key) for (key,) in session.rows("SELECT DISTINCT key FROM spoken LIMIT $1", [_FEW + 1])]
    holders = approved.holders(keys if len(keys) <= _FEW else None) if keys else ()
    session.run(
        """CREATE OR REPLACE TABLE holders AS
           SELECT unnest($1::VARCHAR[]) AS key, unnest($2::BIGINT[]) AS person, unnest($3::VARCHAR[]) AS engagement""",
        [list(one) for one in zip(*holders, strict=True)] or [[], [], []],
    )
    same = "s.key = h.key AND s.person = h.person" + (" AND s.engagement = h.engagement" if has_posts else "")
    parted = f"""SELECT h.* FROM (FROM holders SEMI JOIN spoken USING (key)) h ANTI JOIN spoken s ON {same}"""
    had = f"SELECT DISTINCT person FROM versions WHERE {column} IS NOT NULL"
    people = [
        int(str(one))
        for (one,) in session.rows(f"SELECT DISTINCT person FROM ({parted}) SEMI JOIN ({had}) USING (person)")
    ]
    if not people:
        session.run(_NOBODY)
        return
    filed = [(*which, key) for which, key in approved.of_people(people).items()]
    same_day = r"AND s.start = regexp_extract(f.value, '(\d{4}-\d{2}-\d{2})\.\.', 1)::DATE" if is_history else ""
    session.run(
        f"""
        CREATE OR REPLACE TABLE moved AS
        WITH filed AS (
            SELECT unnest($1::BIGINT[]) AS person, unnest($2::VARCHAR[]) AS engagement,
                   unnest($3::VARCHAR[]) AS attribute, unnest($4::VARCHAR[]) AS value, unnest($5::VARCHAR[]) AS key
        ), said AS (
            SELECT f.*, min(s.start) AS since FROM filed f SEMI JOIN ({parted}) p USING (key, person, engagement)
            JOIN spoken s ON s.key = f.key {same_day} GROUP BY ALL
        )
        SELECT DISTINCT f.person, f.engagement, f.attribute, f.value, f.since FROM said f JOIN versions v
        ON v.person = f.person AND v.engagement = f.engagement AND v."end" > f.since
           AND v.{column}[f.attribute] = f.value
        """,
        [list(one) for one in zip(*filed, strict=True)] or [[], [], [], [], []],
    )
