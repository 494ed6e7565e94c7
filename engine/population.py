"""Questions about the people of a source: who is active, who is missing from a read, whom a newcomer resembles.

In: the tables of `engine.narrow`, after it has run. The engine makes a hash table of the right side of a join: where
one side may be a million people and the other one is few, the few stand on the right.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from calc.inputs import NAMES
from domain.attributes import NAMED_BY, POPULATION
from engine.merged import FIRST, MERGED_NAMES, MERGED_TODAY, find_merged_today
from engine.mirror import KEPT_NAMES
from engine.session import Row, Session, listed, quoted, text


def hint_rows(session: Session, today: date) -> list[Row]:
    """Give (row, place, `rehire` or `duplicate`, person) of who would be added and has somebody's name and hire date.

    A hint, no match: whom a record was said not to be is left out.
    """
    if not {"name", "hire_date"} <= set(session.columns("judged")):
        return []
    return session.rows(
        """
        WITH adds AS (
            SELECT _row, _place, _key, person, name, hire_date FROM judged
            WHERE _opens IS NULL AND _op = 'upsert' AND _in_scope
        ), alike AS MATERIALIZED (
            SELECT n._row, n._place, p.person AS other
            FROM people p JOIN adds n ON p.name = n.name AND p.hire_date = n.hire_date
            LEFT JOIN apart a ON a.key = n._key AND a.person = p.person
            WHERE p.participant AND a.person IS NULL AND p.person IS DISTINCT FROM n.person
        ), known AS MATERIALIZED (
            SELECT * FROM versions v SEMI JOIN alike a ON a.other = v.person WHERE v.start <= $1 AND $1 < v."end"
        )
        SELECT a._row, a._place, if(bool_or(coalesce(v.status, 'terminated') <> 'terminated'), 'duplicate', 'rehire'),
               min(a.other)
        FROM alike a LEFT JOIN known v ON v.person = a.other
        GROUP BY a._row, a._place ORDER BY a._row, a._place
        """,
        [today],
    )


def linked_to(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Give to which participants some keys of the source are linked. In: the views `links` and `versions`."""
    sql = """SELECT key, person FROM links WHERE key IN (SELECT unnest($1::VARCHAR[]))
             AND person IN (SELECT person FROM versions)"""
    rows = session.rows(sql, [sorted(set(keys))])
    return {str(key): int(str(person)) for key, person in rows}


def find_absent(
    session: Session,
    today: date,
    *,
    protected: tuple[str, ...],
    unreadable: tuple[str, ...],
    old: Sequence[tuple[int, str]] = (),
    has_posts: bool = False,
    elsewhere: Sequence[str] = (),
) -> int:
    """Fill `absent` with the active posts of participants of the source that the read does not have; give their number.

    These are all posts of whom it has no record of, and of the others those that no record is about. `unreadable` are
    keys of rows that could not be read: a row that failed is present. `old` are rows and places of records that say
    nothing any more; whoever has only those there is missing. `has_posts`: its rows say which post they are about.
    Whom the roster has in one of the populations `elsewhere` is not missing, nor who is known again (`told`): of them
    the source has one record alone (`engine.several`).
    """
    last_day = "v.termination_date" if "termination_date" in session.columns("versions") else "NULL::VARCHAR"
    session.run("CREATE OR REPLACE TABLE unreadable AS SELECT unnest($1::VARCHAR[]) AS key", [list(unreadable)])
    session.run(
        "CREATE OR REPLACE TABLE old_records AS SELECT unnest($1::BIGINT[]) AS _row, unnest($2::VARCHAR[]) AS _place",
        [[row for row, _ in old], [place for _, place in old]],
    )
    tells_posts = has_posts or session.number("SELECT count(*) FROM versions WHERE engagement <> 'main'")
    session.run(
        f"""
        CREATE OR REPLACE TABLE absent AS
        WITH missing AS MATERIALIZED (
            SELECT id, person, key FROM links
            ANTI JOIN (SELECT person FROM told WHERE person IS NOT NULL) USING (person)
            ANTI JOIN (SELECT _key AS key FROM mapped_keys) USING (key)
        ), theirs AS MATERIALIZED (
            SELECT person, key FROM links SEMI JOIN missing USING (person)
        ), likely AS MATERIALIZED (
            SELECT c.person FROM candidates c ANTI JOIN old_records o ON o._row = c._row AND o._place = c._place
            WHERE NOT c.apart
        ), present AS MATERIALIZED (
            SELECT t.person FROM keys k JOIN theirs t ON t.key = k._key
            ANTI JOIN old_records o ON o._row = k._row AND o._place = k._place
            UNION ALL
            SELECT person FROM missing WHERE {_UNSURE.format(keys="$2::VARCHAR[]")}
            UNION ALL
            FROM likely
        ), gone AS MATERIALIZED (
            SELECT person, NULL AS engagement, arg_max(key, id) AS key
            FROM missing ANTI JOIN present USING (person) GROUP BY person
            {_posts_gone("$2::VARCHAR[]") if tells_posts else ""}
        ), known AS MATERIALIZED (
            SELECT v.*, g.key, g.engagement IS NULL AS is_whole
            FROM (FROM versions SEMI JOIN gone USING (person)) v
            JOIN gone g ON g.person = v.person AND coalesce(g.engagement = v.engagement, true)
        )
        SELECT v.person, v.key, v.engagement, v.is_whole, v.start AS v_start, v."end" AS v_end, v.opened AS v_opened,
               v.status AS v_status, {last_day} AS v_last_day
        FROM people p JOIN known v USING (person)
        JOIN (SELECT person, engagement, min(start) AS opens FROM known GROUP BY ALL) o
             ON o.person = v.person AND o.engagement = v.engagement
        WHERE v.start <= greatest($1::DATE, o.opens) AND greatest($1::DATE, o.opens) < v."end"
          AND p.participant AND v.status IS DISTINCT FROM 'terminated' AND NOT {_is_in(session, elsewhere)}
        """,
        [today, list(protected)],
    )
    return session.number("SELECT count(*) FROM absent")


#: Of a key: its row may be there though it was not read, or is none of anybody's business.
_UNSURE = "key IN (SELECT key FROM unreadable) OR key IN (SELECT unnest({keys})) OR key IN (SELECT key FROM alike)"


def _posts_gone(protected: str) -> str:
    """Write the posts, of people of whom there is a record, that no record is about; not where any may be about all."""
    return f"""
            UNION ALL
            SELECT v.person, v.engagement, any_value(r.key)
            FROM (SELECT DISTINCT person, engagement FROM versions) v
            JOIN (
                SELECT l.person, arg_max(l.key, l.id) AS key, list(DISTINCT k._engagement) AS posts,
                       count(*) > count(k._engagement) AS is_unsure
                FROM keys k JOIN links l ON l.key = k._key
                ANTI JOIN old_records o ON o._row = k._row AND o._place = k._place
                GROUP BY l.person
            ) r ON r.person = v.person
            WHERE NOT list_contains(r.posts, v.engagement) AND NOT r.is_unsure
              AND v.person NOT IN (FROM likely)
              AND v.person NOT IN (SELECT person FROM links WHERE {_UNSURE.format(keys=protected)})
            GROUP BY v.person, v.engagement"""


def absent_rows(session: Session) -> Iterator[Row]:
    """Give (person, key, engagement, is whole, start, end, opened, status, last day on file) of the absent, by person.

    Whole: of whom there is no record of any post.
    """
    for batch in session.batches("SELECT * FROM absent ORDER BY person, key, engagement"):
        yield from batch


def with_new_posts(session: Session) -> frozenset[int]:
    """Give the participants of whom a row to judge is about a post that they do not have."""
    rows = session.rows(
        """SELECT DISTINCT p.person FROM people p JOIN judged j ON j.person = p.person
           WHERE p.participant AND j._opens IS NULL"""
    )
    return frozenset(int(str(person)) for (person,) in rows)


def going_on(session: Session, people: Collection[int]) -> list[Row]:
    """Give (person, engagement) of the posts of some people that have no end yet."""
    last_day = "termination_date" if "termination_date" in session.columns("versions") else "NULL"
    return session.rows(
        f"""SELECT DISTINCT person, engagement FROM versions WHERE person IN ({listed(people)})
            AND "end" = DATE '9999-12-31' AND status IS DISTINCT FROM 'terminated' AND {last_day} IS NULL
            ORDER BY person, engagement"""
    )


def count_linked(session: Session, today: date, elsewhere: Sequence[str] = ()) -> tuple[int, int]:
    """Count the people linked to the source: the participants among them, and who is employed on a day.

    With other populations, `elsewhere`: less those whom the roster has in one of them on that day, and among the
    participants less those of whom one has a record that goes on (`engine.populations`).
    """
    here = ""
    if elsewhere:
        here = " AND person NOT IN (SELECT person FROM presence WHERE coalesce(last_day >= $1, NOT has_left))"
    others = f"""(SELECT person FROM versions v WHERE v.start <= $1 AND $1 < v."end"
                  AND {_is_in(session, elsewhere)})"""
    rows = session.rows(
        f"""SELECT count(*) FILTER (participant{here}), count(*) FILTER (person IN (
               SELECT person FROM versions
               WHERE start <= $1 AND $1 < "end" AND status IS DISTINCT FROM 'terminated'
           )) FROM people SEMI JOIN links USING (person) ANTI JOIN {others} o USING (person)""",
        [today],
    )
    linked, employed = rows[0]
    return int(str(linked)), int(str(employed))


def _is_in(session: Session, populations: Sequence[str]) -> str:
    """Write whether a version v says one of some populations."""
    if not populations or POPULATION not in session.columns("versions"):
        return "false"
    return f"coalesce(v.{POPULATION} IN ({', '.join(map(text, populations))}), false)"


def parts_ending(session: Session, attributes: Collection[str], people: Collection[int], today: date) -> list[Row]:
    """Give (attribute, value, how many of some people have it, how many of all active) as of a day."""
    known = [name for name in attributes if name in session.columns("versions")]
    if not known or not people:
        return []
    values = " UNION ALL ".join(
        f"SELECT person, {text(name)} AS attribute, {quoted(name)} AS value FROM employed" for name in known
    )
    return session.rows(
        f"""WITH employed AS MATERIALIZED (
                SELECT * FROM versions WHERE start <= $1 AND $1 < "end" AND status IS DISTINCT FROM 'terminated'
            )
            SELECT attribute, value,
                   count(DISTINCT person) FILTER (person IN ({listed(people)})), count(DISTINCT person)
            FROM ({values}) WHERE value IS NOT NULL GROUP BY ALL ORDER BY ALL""",
        [today],
    )


def in_scope_count(session: Session) -> int:
    """Count the rows of the read that are in scope, bad ones too."""
    return session.number("SELECT count(*) FROM keys WHERE _in_scope IS DISTINCT FROM false")


def keyless_count(session: Session) -> int:
    """Count the rows of the read without a key."""
    return session.number("SELECT count(*) FROM keys WHERE _key IS NULL")


def present_keys(session: Session, keys: Sequence[str]) -> frozenset[str]:
    """Give those of some keys that the read has."""
    rows = session.rows("SELECT DISTINCT _key FROM keys WHERE _key IN (SELECT unnest($1::VARCHAR[]))", [list(keys)])
    return frozenset(str(row[0]) for row in rows)


def name_people(session: Session) -> None:
    """Make the view `names` (`calc.inputs`): whom each id and each link names; a name of two people is not in it.

    In: the views `people` and `all_links`, the table `kept_names` (`engine.mirror`), `merged_names`. A name is written
    with by what it names: `crm:0058x`. What was somebody's who was erased stays theirs: who has the same id and is no
    participant does not take it. Nobody becomes a participant with such an id (`domain.erase.names_another`). What was
    somebody's who was merged names them of the days before that, whoever has it now; of the days since, whoever has it
    now (`engine.merged.find_merged_today`).
    """
    queries = [
        f"SELECT '{by}:' || {by} AS owner, person, participant FROM people WHERE {by} IS NOT NULL" for by in NAMED_BY
    ]
    queries.append("SELECT source || ':' || key AS owner, person, true AS participant FROM all_links")
    told = f"""SELECT owner, person FROM ({" UNION ALL ".join(queries)})
               WHERE participant OR owner NOT IN (SELECT owner FROM {KEPT_NAMES})
               UNION ALL SELECT owner, person FROM {KEPT_NAMES}"""
    find_merged_today(session, told)
    merged = f"SELECT owner, person FROM {MERGED_TODAY} WHERE person IS NOT NULL AND {FIRST}"
    numbers = f"SELECT DISTINCT named, person FROM {MERGED_TODAY} WHERE person IS NOT NULL AND NOT {FIRST}"
    session.run(
        f"""CREATE OR REPLACE VIEW {NAMES} AS
            SELECT owner, min(person) AS person FROM ({told}) WHERE owner NOT IN (SELECT owner FROM {MERGED_NAMES})
            GROUP BY owner HAVING min(person) = max(person)
            UNION ALL {merged} UNION ALL {numbers}"""
    )
