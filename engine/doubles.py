"""Rows of a read that stand in each other's way: a key sent twice, an id that several records have, lost zeros.

In: the view `mapped`, the tables `told` (`engine.unchanged`) and `links`, and `remaining` for the last. Out: the
view `keys`, the tables `mapped_keys`, `other_days`, `again`, `repeats`, `shares`, `rivals` and `alike`; what becomes of
their rows is judged by row.

Rows that are known again were in nobody's way when they were remembered, and still are not in each other's: looked for
is only what a row that was mapped now has something in common with.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from domain.attributes import PRIMARY, STRONG_IDS
from engine.session import Session, quoted


def list_keys(session: Session, named: Collection[str], references: Collection[str]) -> None:
    """Make `mapped_keys` of every row that is mapped, and `keys` of all: of one known again as it was mapped then.

    A table of the connection alone, in memory: to keep a million keys compressed costs more than to map them.
    """
    columns = ["_row", "_place", "_op", "_key", "_engagement", "_effective", "_in_scope"]
    own = [*map(quoted, named), *(quoted("n_" + name) for name in references)]
    mapped = [*map(quoted, named), *(f"{quoted(name)} AS {quoted('n_' + name)}" for name in references)]
    session.run(f"CREATE OR REPLACE TEMP TABLE mapped_keys AS SELECT {', '.join([*columns, *mapped])} FROM mapped")
    known = [
        "_row",
        "_place",
        "'upsert' AS _op",
        "_key",
        "_engagement",
        "NULL AS _effective",
        "true AS _in_scope",
        *own,
    ]
    session.run(
        f"""CREATE OR REPLACE TEMP VIEW keys AS
            FROM mapped_keys UNION ALL SELECT {", ".join(known)} FROM told WHERE person IS NOT NULL"""
    )


def find_again(
    session: Session, known_by: tuple[str, ...] = ("_key", "_engagement"), *, among: str = "FROM keys"
) -> None:
    """Fill `again` with the rows of keys that the read has more than once.

    `known_by` are the columns of `keys` that tell one record from another: of a history its day is among them.
    `among` is a query of the rows that may be such.
    """
    by = ", ".join(quoted(name) for name in known_by)
    session.run(
        f"""
        CREATE OR REPLACE TABLE again AS
        WITH theirs AS ({among})
        SELECT _row, _place FROM theirs
        SEMI JOIN (SELECT {by} FROM theirs WHERE _key IS NOT NULL AND _op = 'upsert'
                   GROUP BY ALL HAVING count(*) > 1) USING ({by})
        """
    )


def beside_mapped(session: Session, column: str) -> str:
    """Write the query of the rows of `keys` that have one value of a column in common with a row that is mapped."""
    if not session.number("SELECT count(person) FROM told"):
        return "FROM keys"
    return f"FROM keys SEMI JOIN mapped_keys USING ({quoted(column)})"


def find_repeats(session: Session, known_by: tuple[str, ...] = ("_key", "_engagement")) -> None:
    """Fill `repeats` with those of `again`: all of a key where they differ, all but the first where they are equal."""
    if not session.number("SELECT count(*) FROM again"):
        none = "SELECT _row, _place, false AS differ, 0::BIGINT AS nth FROM again"
        session.run(f"CREATE OR REPLACE TABLE repeats AS {none}")
        return
    content = ", ".join(quoted(name) for name in session.columns("mapped") if name not in ("_row", "_place"))
    by = ", ".join(quoted(name) for name in known_by)
    session.run(
        f"""
        CREATE OR REPLACE TABLE repeats AS
        WITH rows AS (SELECT _row, _place, {by}, hash({content}) AS content
                      FROM mapped SEMI JOIN again USING (_row, _place)),
             counted AS (SELECT *, count(DISTINCT content) OVER (PARTITION BY {by}) AS contents,
                                row_number() OVER (PARTITION BY {by} ORDER BY _place, _row) AS nth
                         FROM rows)
        SELECT _row, _place, contents > 1 AS differ, nth FROM counted WHERE contents > 1 OR nth > 1
        """
    )


def find_other_days(session: Session, today: date, *, has_days: bool) -> None:
    """Make `other_days` of the rows of histories that are not in force today: they do not say what is so now."""
    day = f"DATE '{today.isoformat()}'"
    others = f"""_key IS NOT NULL QUALIFY row_number() OVER (
                 PARTITION BY _key, _engagement ORDER BY {in_force("_effective::DATE", day)}, _row) > 1"""
    session.run(
        f"CREATE OR REPLACE TABLE other_days AS SELECT _row, _place FROM keys WHERE {others if has_days else 'false'}"
    )


def in_force(day: str, today: str) -> str:
    """Write the order of rows by their days in which the one in force comes first: the latest that is not to come."""
    return f"coalesce({day} > {today}, false), if({day} > {today}, NULL, {day}) DESC NULLS LAST, {day}"


def find_shared_ids(session: Session, attributes: Collection[str], *, has_days: bool = False) -> None:
    """Fill `shares` with rows in scope of different keys that have one strong id for one engagement.

    A row that says when somebody left is in nobody's way: the other one hires them again. Nor are records that are
    known to be one person's.
    """
    employed = ["_op = 'upsert'", "_key IS NOT NULL", "_in_scope"]
    employed += ["status IS DISTINCT FROM 'terminated'"] if "status" in attributes else []
    employed += ["termination_date IS NULL"] if "termination_date" in attributes else []
    now = {rule: f"({beside_mapped(session, rule)}) ANTI JOIN other_days USING (_row, _place)" for rule in STRONG_IDS}
    queries = [
        f"""SELECT _row, _place, _key, '{rule}' AS rule, {rule} AS id, _engagement FROM {now[rule]}
            SEMI JOIN (SELECT {rule}, _engagement FROM {now[rule]}
                       WHERE {rule} IS NOT NULL AND {" AND ".join(employed)}
                       GROUP BY ALL HAVING min(_key) <> max(_key)) USING ({rule}, _engagement)
            WHERE {" AND ".join(employed)}"""
        for rule in STRONG_IDS
        if rule in attributes
    ] or ["SELECT _row, _place, _key, '' AS rule, '' AS id, _engagement FROM keys WHERE false"]
    session.run(f"CREATE OR REPLACE TEMP TABLE sharing AS {' UNION ALL '.join(queries)}")
    session.run(
        """
        CREATE OR REPLACE TABLE shares AS
        SELECT DISTINCT _row, _place FROM sharing ANTI JOIN (
            SELECT s.rule, s.id, s._engagement FROM sharing s
            LEFT JOIN (SELECT key, person FROM links WHERE key IN (SELECT _key FROM sharing)) l ON l.key = s._key
            GROUP BY ALL HAVING count(*) = count(l.person) AND min(l.person) = max(l.person)
        ) USING (rule, id, _engagement)
        """
    )
    if has_days:
        session.run(
            """INSERT INTO shares SELECT _row, _place FROM keys
               WHERE _key IN (SELECT _key FROM keys SEMI JOIN shares USING (_row, _place))
               AND (_row, _place) NOT IN (SELECT (_row, _place) FROM shares)"""
        )


def find_rivals(session: Session, attributes: Collection[str], today: date) -> None:
    """Fill `rivals` with rows in scope of several posts of one person that are each said to be the primary one.

    With the names of these posts. A post that is over is in nobody's way.
    """
    going_on = [
        "_op = 'upsert'",
        "_key IS NOT NULL",
        "_engagement IS NOT NULL",
        "_in_scope",
        f"{quoted(PRIMARY)} = 'true'",
    ]
    going_on += ["status IS DISTINCT FROM 'terminated'"] if "status" in attributes else []
    going_on += (
        ["coalesce(termination_date::DATE >= $1, true)"] if "termination_date" in attributes else ["$1 IS NOT NULL"]
    )
    flagged = f"""SELECT _row, _place, _key, _engagement, coalesce('P' || l.person, 'K' || _key) AS whose
                  FROM (FROM keys ANTI JOIN other_days USING (_row, _place)) LEFT JOIN links l ON l.key = _key
                  WHERE {" AND ".join(going_on)}"""
    if PRIMARY not in attributes:
        flagged = "SELECT 0 AS _row, '' AS _place, '' AS _engagement, '' AS whose WHERE $1 IS NULL"
    session.run(
        f"""
        CREATE OR REPLACE TABLE rivals AS
        WITH flagged AS MATERIALIZED ({flagged})
        SELECT f._row, f._place, o.posts FROM flagged f JOIN (
            SELECT whose, string_agg(DISTINCT _engagement, ', ' ORDER BY _engagement) AS posts FROM flagged
            GROUP BY whose HAVING count(DISTINCT _engagement) > 1
        ) o USING (whose)
        """,
        [today],
    )


def find_alike(session: Session) -> None:
    """Fill `alike` with the rows of unknown keys that are a known one but for leading zeros, and those keys."""
    session.run(
        """
        CREATE OR REPLACE TABLE alike AS
        SELECT r._row, r._place, l.key FROM links l JOIN remaining r ON ltrim(l.key, '0') = ltrim(r._key, '0')
        WHERE r.person IS NULL AND r._op = 'upsert'
        """
    )
