"""Who would lead themselves: managers that form a circle once what a read says were so."""

from __future__ import annotations

from datetime import date

from engine.session import Session

#: Nobody has so many people above them: a longer chain leads into a circle of others, which is found from within it.
_HIGHEST = 100


def find_circles(session: Session, today: date) -> dict[int, str]:
    """Give whoever would stand in a circle of managers -> who leads whom in it, ending with themselves.

    In: `judged` (with the manager that each row names, as a person) and `versions`. Of somebody who would be their own
    manager `domain.plausible` speaks. Asked are those alone whose manager would be another.
    """
    if "r_manager" not in session.columns("judged"):
        return {}
    of_today = '"start" <= $1 AND $1 < "end" AND manager IS NOT NULL' if _is_known(session) else "$1 IS NULL"
    manager = "manager" if _is_known(session) else "NULL::VARCHAR AS manager"
    before = "v_manager" if "v_manager" in session.columns("judged") else "NULL"
    session.run(
        f"""
        CREATE OR REPLACE TEMP TABLE moving AS
        SELECT person, substr(r_manager, 2)::BIGINT AS above FROM judged ANTI JOIN other_days USING (_row, _place)
        WHERE r_manager IS NOT NULL AND person IS NOT NULL AND r_manager IS DISTINCT FROM {before}
          AND r_manager <> 'P' || person
        """
    )
    if not session.number("SELECT count(*) FROM moving"):
        return {}
    rows = session.rows(
        f"""
        WITH RECURSIVE led AS MATERIALIZED (
            SELECT person, above FROM moving
            UNION ALL
            SELECT person, substr(manager, 2)::BIGINT AS above
            FROM (SELECT person, {manager} FROM versions WHERE {of_today}) ANTI JOIN moving USING (person)
            WHERE manager IS NOT NULL
        ), walk AS (
            SELECT person AS origin, above, [above] AS path FROM moving
            UNION ALL
            SELECT w.origin, l.above, list_append(w.path, l.above)
            FROM walk w JOIN led l ON l.person = w.above
            WHERE w.above <> w.origin AND len(w.path) < {_HIGHEST}
        )
        SELECT origin, array_to_string(list_transform(path, lambda one: 'P' || one), ', led by ')
        FROM walk WHERE above = origin ORDER BY origin
        """,
        [today],
    )
    return {int(str(person)): str(path) for person, path in rows}


def _is_known(session: Session) -> bool:
    return "manager" in session.columns("versions")
