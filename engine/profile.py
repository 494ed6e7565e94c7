"""What the rows of a source look like, column by column: how full, how many values, how they are written.

No value is shown but codes of three capitals (currencies, countries). Of the others only their shape: every digit is a
9, a run of capitals an A, of small letters an a, of other letters an x (`03/31/2026` is `99/99/9999`), and what is
longer than 20 is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.session import Session, quoted, text

_SHAPES = (("[0-9]", "9"), ("\\p{Lu}+", "A"), ("\\p{Ll}+", "a"), ("[^\\x00-\\x7F]+", "x"))
_LONGEST, _MOST, _CODES = 20, 3, 20


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column as sent: rows with a value, different values, and the commonest shapes with their rows.

    codes  all its values, where there are few and each is a code of three capitals
    """

    name: str
    filled: int
    distinct: int
    shapes: tuple[tuple[str, int], ...]
    codes: tuple[str, ...] = ()


def column_profiles(session: Session, table: str, columns: Sequence[str]) -> list[ColumnProfile]:
    """Look at columns of text of a table, in their order. What is empty or of blanks alone is no value."""
    return [_profile(session, table, name) for name in columns]


def repeated_keys(session: Session, mapped: str, by: Sequence[str]) -> int:
    """Count the keys that a mapped relation has more than once."""
    names = ", ".join(map(quoted, by))
    return session.number(
        f"""SELECT count(*) FROM (SELECT {names} FROM {quoted(mapped)}
            WHERE _key IS NOT NULL AND _op = 'upsert' GROUP BY ALL HAVING count(*) > 1)"""
    )


def unknown_people(session: Session, mapped: str, name: str, by: str) -> tuple[int, int]:
    """Count the people whom a field of a mapped relation names, and those of them whom nobody knows.

    `by` is what they are named by (`engine.population.name_people`, whose view is there); whoever the relation has
    under that id is known, too.
    """
    own = f"SELECT {quoted(by)} FROM {quoted(mapped)}" if by in session.columns(mapped) else "SELECT NULL"
    rows = session.rows(
        f"""SELECT count(*), count(*) FILTER (n.owner IS NULL AND o.said IS NULL)
            FROM (SELECT DISTINCT {quoted(name)} AS said FROM {quoted(mapped)} WHERE {quoted(name)} IS NOT NULL) m
            LEFT JOIN names n ON n.owner = {text(by + ":")} || m.said
            LEFT JOIN (SELECT DISTINCT * FROM ({own}) AS own(said)) o ON o.said = m.said"""
    )
    return int(str(rows[0][0])), int(str(rows[0][1]))


def _profile(session: Session, table: str, name: str) -> ColumnProfile:
    value = f"nullif(trim({quoted(name)}), '')"
    shape = "said"
    for pattern, into in _SHAPES:
        shape = f"regexp_replace({shape}, {text(pattern)}, {text(into)}, 'g')"
    rows = session.rows(
        f"""
        WITH counted AS MATERIALIZED (
            SELECT {value} AS said, count(*) AS n FROM {quoted(table)} WHERE {value} IS NOT NULL GROUP BY ALL
        )
        SELECT left({shape}, {_LONGEST}) AS shape, sum(n)::BIGINT AS n,
               sum(sum(n)) OVER ()::BIGINT AS filled, sum(count(*)) OVER ()::BIGINT AS differing,
               (SELECT list(said ORDER BY said) FROM counted
                HAVING count(*) <= {_CODES} AND bool_and(regexp_full_match(said, '[A-Z]{{3}}'))) AS codes
        FROM counted GROUP BY shape ORDER BY n DESC, shape LIMIT {_MOST}
        """
    )
    if not rows:
        return ColumnProfile(name, 0, 0, ())
    filled, distinct, codes = rows[0][2:]
    shapes = tuple((str(row[0]), int(str(row[1]))) for row in rows)
    return ColumnProfile(
        name, int(str(filled)), int(str(distinct)), shapes, tuple(codes) if isinstance(codes, list) else ()
    )
