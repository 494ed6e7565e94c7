"""What a source has now beside what is known of it, record by record: counts, sums, and where they differ.

In: the view `mapped` of the source's rows; for people `links`, `people`, `versions`, of histories `filed_days`; for
what has days of its own `sent_dated`; for facts `typed`. Out: the table `verified`: `key` as it is shown, `record` (the
key alone), `person`, `post`, `is_there` (at the source), `is_known`, and for each compared name `there:<name>`,
`known:<name>` and `unreadable:<name>`. Of a row that cannot be read as a whole, or of a key that stands in several,
nothing is compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.attributes import DECISIVE
from domain.step import FOREVER
from engine.dated_sorts import Sort
from engine.merged import NAMED_PEOPLE
from engine.moved_keys import FiledDated
from engine.sent_dated import not_merged
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
    session: Session,
    attributes: Sequence[str],
    references: Mapping[str, str],
    notes: Sequence[str],
    today: date,
    *,
    has_days: bool = False,
) -> None:
    """Set the people of a source beside the roster of a day, as far as its record says that they hold by then.

    With `has_days` the rows of one key are its history: each is set beside the roster of its own day, and so is each
    day that was decided for the feed and that the source no longer has. Who has left is compared where both sides know
    them, and missing on neither.

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
    now = f"DATE '{today.isoformat()}'"
    day = f"coalesce(m._effective::DATE, {now})"
    compared = day if has_days else now
    left = ["m.status = 'terminated'"] if "status" in attributes else []
    left += [f"m.termination_date::DATE < {compared}"] if "termination_date" in attributes else []
    over = f"coalesce({' OR '.join(left) or 'false'}, false)"
    usable = ["m._op = 'upsert'", "m._in_scope", "m._key IS NOT NULL", *faults]
    sent = f"""SELECT m._key AS record, m._engagement AS post, {compared} AS day, {over} AS over, {", ".join(there)}
               FROM mapped m {" ".join(joins)}
               WHERE {" AND ".join(usable)}{"" if has_days else f" AND {day} <= {now}"}
               QUALIFY count(*) OVER (PARTITION BY record, post, day) = 1"""
    days = f"SELECT l.key, l.person, NULL::VARCHAR AS post, {now} AS day FROM links l"
    if has_days:
        days = f"""SELECT l.key, l.person, NULL::VARCHAR AS post, {day} AS day
                   FROM links l JOIN mapped m ON m._key = l.key
                   UNION SELECT l.key, l.person, f.engagement, f.day FROM links l JOIN filed_days f USING (person)"""
    held = f"""SELECT DISTINCT d.key AS record, v.engagement AS post, d.day, v.person,
                      coalesce(v.status = 'terminated', false) AS over, {", ".join(here)}
               FROM ({days}) d JOIN people p ON p.person = d.person AND p.participant
               JOIN versions v ON v.person = d.person AND v.engagement = coalesce(d.post, v.engagement)
                    AND v.start <= d.day AND d.day < v."end\""""
    shown = "record || ' ' || day" if has_days else "record"
    _join(session, sent, held, ("record", "post", "day"), "h.person", attributes, shown)
    same = "m._key = record AND (m._effective IS NULL OR m._effective::DATE = day)" if has_days else "m._key = record"
    session.run(
        f"""DELETE FROM verified WHERE is_there <> is_known
            AND (is_over OR (is_known AND EXISTS (FROM mapped m WHERE {same})))"""
    )


def verify_dated(
    session: Session, sort: Sort, protected: Sequence[str], own: Collection[FiledDated], since: date | None
) -> None:
    """Set the quotas or memberships of a source beside those on file, by person, post, attribute and first day.

    own    what the feed itself set of those on file
    since  only what holds on a day from then on; None: everything
    """
    columns = [list(column) for column in zip(*own, strict=True)] or [[], [], [], []]
    after = f"> DATE '{(since or date.min).isoformat()}'"
    listed = ", ".join(text(key) for key in protected)
    days = r"'(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})?'"
    amounts = ", ".join(
        f"regexp_extract({side}.value, '^(-?[0-9.]+) ([A-Z]{{3}})? ', {number}) AS {quoted(form.format(name))}"
        for side, form in (("t", _THERE), ("h", _KNOWN))
        for number, name in ((1, "amount"), (2, "currency"))
    )
    session.run(
        f"""
        CREATE OR REPLACE TABLE verified AS
        WITH usable AS (
            SELECT s.*, s."from"::DATE AS start FROM sent_dated s LEFT JOIN people p ON p.person = s.person
            WHERE s._op = 'upsert' AND s._in_scope AND s._key IS NOT NULL AND NOT s._faulty AND s.value IS NOT NULL
              AND s._key NOT IN (SELECT unnest([{listed}]::VARCHAR[])) AND (s.people <> 1 OR p.participant)
            QUALIFY count(*) OVER (PARTITION BY s._key, s._engagement, s."from") = 1
        ), sent AS (FROM usable WHERE last::DATE {after}),
        own AS (
            SELECT unnest($1::BIGINT[]) AS person, unnest($2::VARCHAR[]) AS post, unnest($3::VARCHAR[]) AS attribute,
                   unnest($4::VARCHAR[]) AS value
        ), entries AS (
            SELECT DISTINCT person, engagement AS post, unnest(map_entries({sort.column})) AS held FROM versions
            WHERE {sort.column} IS NOT NULL{not_merged(session)}
        ), every AS (
            SELECT person, post, held.key AS attribute, held.value AS value,
                   regexp_extract(held.value, {days}, 1)::DATE AS start,
                   coalesce(nullif(regexp_extract(held.value, {days}, 2), ''), '{FOREVER}')::DATE AS last
            FROM entries
        ), known AS (
            SELECT e.* FROM every e WHERE e.last {after} AND (
                EXISTS (FROM own o WHERE (o.person, o.post, o.attribute, o.value)
                                       = (e.person, e.post, e.attribute, e.value))
                OR EXISTS (FROM sent s WHERE (s.person, s._engagement, s.attribute, s.start)
                                           = (e.person, e.post, e.attribute, e.start)))
        )
        SELECT coalesce(t._key, 'P' || h.person || ' ' || h.attribute || ' ' || h.start) AS key, t._key AS record,
               coalesce(t.person, h.person) AS person, coalesce(t._engagement, h.post) AS post,
               coalesce(t.attribute, h.attribute) AS attribute, t._key IS NOT NULL AS is_there,
               h.person IS NOT NULL AS is_known, t.value AS "there:value", h.value AS "known:value", {amounts}
        FROM sent t FULL JOIN known h ON (t.person, t._engagement, t.attribute, t.start)
                                       = (h.person, h.post, h.attribute, h.start)
        WHERE t._key IS NOT NULL OR NOT EXISTS (
            FROM sent_dated u ANTI JOIN usable USING (_row, _place)
            WHERE u._op = 'upsert' AND u.person = h.person AND coalesce(u.attribute, h.attribute) = h.attribute)
        QUALIFY t._key IS NULL OR row_number() OVER (
            PARTITION BY t._row, t._place ORDER BY t.value IS NOT DISTINCT FROM h.value DESC, h.value) = 1
        """,
        columns,
    )


def verify_facts(session: Session, columns: Sequence[str], known: str) -> None:
    """Set the facts of a source beside those that are known (`engine.facts.facts_query`)."""
    there, here = (
        ", ".join(f"{quoted(name)} AS {quoted(form.format(name))}" for name in columns) for form in (_THERE, _KNOWN)
    )
    there += "".join(f", false AS {quoted(_UNREADABLE.format(name))}" for name in columns)
    usable = "NOT _gone AND _in_scope AND key IS NOT NULL AND NOT _faulty AND NOT _undated AND NOT _two"
    sent = f"""SELECT key AS record, false AS over, {there} FROM typed
               WHERE {usable} QUALIFY count(*) OVER (PARTITION BY key) = 1"""
    held = f"SELECT key AS record, false AS over, {here} FROM ({known})"
    _join(session, sent, held, ("record",), "NULL::BIGINT", columns, "record")


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


def differing_dated(session: Session, limit: int) -> tuple[int, list[Row]]:
    """Do the same of what has days of its own: its attribute is the name."""
    differs = """FROM verified WHERE is_there AND is_known AND "there:value" <> "known:value\""""
    query = (
        f"""SELECT key, person, post, attribute, "there:value", "known:value" {differs} ORDER BY key, post, attribute"""
    )
    return session.number(f"SELECT count(*) {differs}"), session.rows(f"{query} LIMIT {int(limit)}")


def on_one_side(session: Session, limit: int) -> Iterator[tuple[str, int | None, bool]]:
    """Yield the first (key, person, whether the source has it) of what only one side has, of each side."""
    for side in ("is_there", "is_known"):
        query = f"SELECT key, person, is_there FROM verified WHERE {side} AND NOT (is_there AND is_known) ORDER BY key"
        for key, person, is_there in session.rows(f"{query} LIMIT {int(limit)}"):
            yield str(key), None if person is None else int(str(person)), bool(is_there)


def only_there(session: Session, keys: Sequence[str]) -> int:
    """Count those of some keys that only the source has."""
    alone = "SELECT DISTINCT record FROM verified WHERE is_there AND NOT is_known"
    return session.number(
        f"SELECT count(*) FROM ({alone}) WHERE record IN (SELECT unnest($1::VARCHAR[]))", [list(keys)]
    )


def _differs(name: str) -> str:
    there, known, unreadable = (quoted(form.format(name)) for form in (_THERE, _KNOWN, _UNREADABLE))
    return f"({there} IS DISTINCT FROM {known} AND NOT {unreadable})"


def _join(
    session: Session, sent: str, held: str, on: Sequence[str], person: str, names: Sequence[str], shown: str
) -> None:
    columns = "".join(f", {quoted(form.format(name))}" for name in names for form in (_THERE, _KNOWN, _UNREADABLE))
    both = {name: f"coalesce(t.{name}, h.{name})" if name in on else "NULL" for name in ("record", "post", "day")}
    matched = " AND ".join(f"t.{one} = h.{one}" for one in on)
    session.run(
        f"""CREATE OR REPLACE TABLE verified AS
            SELECT {both["record"]} AS record, {both["post"]}::VARCHAR AS post, {both["day"]}::DATE AS day,
                   {person} AS person, t.record IS NOT NULL AS is_there, h.record IS NOT NULL AS is_known,
                   coalesce(t.over, h.over) AS is_over{columns}
            FROM ({sent}) t FULL JOIN ({held}) h ON {matched}"""
    )
    session.run(f"CREATE OR REPLACE TABLE verified AS SELECT {shown} AS key, * FROM verified")
