"""What a source has now beside what is known of it, record by record: counts, sums, and where they differ.

In: the view `mapped` of the source's rows; for people `links`, `people`, `versions`, for facts `typed`. Out: the table
`verified`: `key`, `person`, `post`, `is_there` (at the source), `is_known`, and for each compared name `there:<name>`,
`known:<name>` and `unreadable:<name>`. Of a row that cannot be read as a whole, or of a key that stands in several,
nothing is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.attributes import DECISIVE
from engine.merged import NAMED_PEOPLE
from engine.session import Row, Session, quoted, text

_THERE, _KNOWN = "there:{}", "known:{}"
_UNREADABLE = "unreadable:{}"


@dataclass(frozen=True, slots=True)
class Counts:
    """Records that the source has, that are known, and that both have."""

    there: int
    known: int
    both: int


def verify_people(
    session: Session, attributes: Sequence[str], references: Mapping[str, str], notes: Sequence[str], today: date
) -> None:
    """Set the people of a source beside the roster of a day, as far as its record says that they hold by then.

    Who has left is compared where both sides know them, and missing on neither.

    `references` are attributes that name a person by an id; one that a value cannot be read of is not compared.
    """
    known = session.columns("versions")
    there, here, joins = [], [], []
    for name in attributes:
        said = f"m.{quoted(name)}"
        if name in references:
            alias = quoted(f"q_{name}")
            joins.append(f"LEFT JOIN {NAMED_PEOPLE} {alias} ON {alias}.{quoted(references[name])} = {said}")
            said = f"coalesce('P' || {alias}.person, {said})"
        value = f"v.{quoted(name)}" if name in known else "NULL::VARCHAR"
        bad = f"m.{quoted(name + '__note')} IS NOT NULL" if name in notes else "false"
        there += [f"{said} AS {quoted(_THERE.format(name))}", f"{bad} AS {quoted(_UNREADABLE.format(name))}"]
        here.append(f"{value} AS {quoted(_KNOWN.format(name))}")
    faults = [f"coalesce(m.{quoted(one + '__note')}, 'silent') = 'silent'" for one in notes if one in DECISIVE]
    day = f"DATE '{today.isoformat()}'"
    left = ["m.status = 'terminated'"] if "status" in attributes else []
    left += [f"m.termination_date::DATE < {day}"] if "termination_date" in attributes else []
    over = f"coalesce({' OR '.join(left) or 'false'}, false)"
    sent = f"""SELECT m._key AS key, m._engagement AS post, {over} AS over, {", ".join(there)}
               FROM mapped m {" ".join(joins)}
               WHERE {" AND ".join(["m._op = 'upsert'", "m._in_scope", "m._key IS NOT NULL", *faults])}
                 AND coalesce(m._effective::DATE, {day}) <= {day}
               QUALIFY count(*) OVER (PARTITION BY m._key, m._engagement) = 1"""
    held = f"""SELECT l.key, v.engagement AS post, v.person, coalesce(v.status = 'terminated', false) AS over,
                      {", ".join(here)}
               FROM links l JOIN people p ON p.person = l.person AND p.participant
               JOIN versions v ON v.person = l.person AND v.start <= {day} AND {day} < v."end\""""
    _join(session, sent, held, ("key", "post"), "h.person", attributes)
    session.run(
        """DELETE FROM verified WHERE is_there <> is_known
           AND (is_over OR (is_known AND key IN (SELECT _key FROM mapped)))"""
    )


def verify_facts(session: Session, columns: Sequence[str], known: str) -> None:
    """Set the facts of a source beside those that are known (`engine.facts.facts_query`)."""
    there, here = (
        ", ".join(f"{quoted(name)} AS {quoted(form.format(name))}" for name in columns) for form in (_THERE, _KNOWN)
    )
    there += "".join(f", false AS {quoted(_UNREADABLE.format(name))}" for name in columns)
    usable = "_op = 'upsert' AND _in_scope AND key IS NOT NULL AND NOT _faulty AND NOT _undated AND NOT _two"
    sent = f"SELECT key, false AS over, {there} FROM typed WHERE {usable} QUALIFY count(*) OVER (PARTITION BY key) = 1"
    _join(session, sent, f"SELECT key, false AS over, {here} FROM ({known})", ("key",), "NULL::BIGINT", columns)


def counts(session: Session) -> Counts:
    """Count what `verified` has."""
    rows = session.rows(
        """SELECT count(*) FILTER (is_there), count(*) FILTER (is_known), count(*) FILTER (is_there AND is_known)
           FROM verified"""
    )
    return Counts(*(int(str(cell)) for cell in rows[0]))


def sums(session: Session, names: Sequence[str], *, by: str | None = None) -> list[tuple[str, str | None, str, str]]:
    """Give (name, group, sum at the source, sum that is known) of numbers, exact, by the values of a column."""
    found: list[tuple[str, str | None, str, str]] = []
    for name in names:
        there, known = (quoted(form.format(name)) for form in (_THERE, _KNOWN))
        group = f"coalesce({quoted(_THERE.format(by))}, {quoted(_KNOWN.format(by))})" if by else "NULL::VARCHAR"
        number = "coalesce(sum(TRY_CAST({} AS DECIMAL(38, 9))), 0)"
        query = f"""SELECT {group} AS part, {number.format(there)}::VARCHAR, {number.format(known)}::VARCHAR
                    FROM verified GROUP BY part ORDER BY part NULLS FIRST"""
        found += [
            (name, None if part is None else str(part), str(one), str(other))
            for part, one, other in session.rows(query)
        ]
    return found


def differing(session: Session, names: Sequence[str], limit: int) -> tuple[int, list[Row]]:
    """Count records that both have and that differ; give the first (key, person, post, name, there, known)."""
    if not names:
        return 0, []
    differs = {name: _differs(name) for name in names}
    both = "is_there AND is_known"
    number = session.number(f"SELECT count(*) FROM verified WHERE {both} AND ({' OR '.join(differs.values())})")
    parts = " UNION ALL ".join(
        f"""SELECT key, person, post, {text(name)} AS name, {quoted(_THERE.format(name))}::VARCHAR AS said,
                   {quoted(_KNOWN.format(name))}::VARCHAR AS held FROM verified WHERE {both} AND {one}"""
        for name, one in differs.items()
    )
    return number, session.rows(f"SELECT * FROM ({parts}) ORDER BY key, post, name LIMIT {int(limit)}")


def on_one_side(session: Session, limit: int) -> Iterator[tuple[str, int | None, bool]]:
    """Yield the first (key, person, whether the source has it) of what only one side has, of each side."""
    for side in ("is_there", "is_known"):
        query = f"SELECT key, person, is_there FROM verified WHERE {side} AND NOT (is_there AND is_known) ORDER BY key"
        for key, person, is_there in session.rows(f"{query} LIMIT {int(limit)}"):
            yield str(key), None if person is None else int(str(person)), bool(is_there)


def only_there(session: Session, keys: Sequence[str]) -> int:
    """Count those of some keys that only the source has."""
    alone = "SELECT DISTINCT key FROM verified WHERE is_there AND NOT is_known"
    return session.number(f"SELECT count(*) FROM ({alone}) WHERE key IN (SELECT unnest($1::VARCHAR[]))", [list(keys)])


def _differs(name: str) -> str:
    there, known, unreadable = (quoted(form.format(name)) for form in (_THERE, _KNOWN, _UNREADABLE))
    return f"({there} IS DISTINCT FROM {known} AND NOT {unreadable})"


def _join(session: Session, sent: str, held: str, on: Sequence[str], person: str, names: Sequence[str]) -> None:
    columns = "".join(f", {quoted(form.format(name))}" for name in names for form in (_THERE, _KNOWN, _UNREADABLE))
    post = "coalesce(t.post, h.post)" if "post" in on else "NULL::VARCHAR"
    matched = " AND ".join(f"t.{one} = h.{one}" for one in on)
    session.run(
        f"""CREATE OR REPLACE TABLE verified AS
            SELECT coalesce(t.key, h.key) AS key, {post} AS post, {person} AS person, t.key IS NOT NULL AS is_there,
                   h.key IS NOT NULL AS is_known, coalesce(t.over, h.over) AS is_over{columns}
            FROM ({sent}) t FULL JOIN ({held}) h ON {matched}"""
    )
