"""Compare the quotas or memberships a read sends with those on file as columns, and keep whom somebody must judge.

The one thing this may discard are people of whom every row provably changes nothing: in scope, without a fault, in
nobody's way, on file with exactly that value on each of its days, and nothing open about the person. Their rows are
counted. Of everyone else all rows are judged together, for they are one person's.

In: the view `mapped` with the fields of either, the tables `people`, `all_links`, `versions`, `open_matters`,
`kept_names`.
Out: the tables `keys` and `remaining` (as `engine.narrow` has them), `sent_dated`, `judged_people`, `gone`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.attributes import MERGED_INTO
from domain.facts import FactKind
from domain.step import FOREVER, Version
from engine.dated_rows import WHOSE, DatedRow, row_of, written
from engine.dated_sorts import SORTS, Sort
from engine.doubles import find_again, find_repeats
from engine.merged import LAST, MERGED_NAMES, NAMED_PEOPLE
from engine.mirror import KEPT_NAMES
from engine.moved_keys import Approved, FiledDated, find_moved
from engine.session import Cell, Session, quoted, text

_FILED = "person, engagement, attribute, value"

#: A row that names exactly one person, of `sent_dated`.
_NAMED = "person IS NOT NULL AND people = 1"
_OF_JUDGED = """
    SELECT s.* FROM sent_dated s SEMI JOIN judged_people j
    ON j.person = s.person AND j.engagement = s._engagement AND s.people = 1"""
#: The keys of what the source says it deleted, and ($1) of what it says anew.
_ASKED_OF = f"""
    SELECT DISTINCT _key FROM mapped WHERE _op = 'delete' AND _key IS NOT NULL
    UNION SELECT DISTINCT _key FROM remaining WHERE $1 AND {_NAMED} AND _op = 'upsert' AND _key IS NOT NULL
    ORDER BY _key"""
#: Rows with what stands in their way.
_TOLD = """
    WITH told AS (
        SELECT s.*, d.differ, d.nth, c.overlaps, c.currencies FROM {source} s
        LEFT JOIN repeats d ON d._row = s._row AND d._place = s._place
        LEFT JOIN clashes c ON c._row = s._row AND c._place = s._place
    ) """


@dataclass(frozen=True, slots=True)
class DatedComparison:
    """How the quotas or memberships of a read are compared.

    by           the id a participant is named by; None where `source` says so: by that source's keys
    is_history   a row is known by key and day, else by its key
    finds_gone   those on file that the read does not have are to be found
    has_posts    its rows say which post of somebody they are about; else it is that of whoever has one alone
    """

    kind: FactKind
    by: str | None
    source: str | None
    protected: tuple[str, ...]
    is_history: bool
    finds_gone: bool
    has_posts: bool = False

    @property
    def sort(self) -> Sort:
        """What is compared."""
        return SORTS[self.kind]


@dataclass(frozen=True, slots=True)
class DatedNarrowed:
    """Rows of the read, and those that provably change nothing."""

    read: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class DatedPerson:
    """Somebody to judge: every row, the versions with those values alone, what is on file and was not sent.

    Each of `gone` is an attribute, a value, and since when its record is said of somebody else; None where it is not.
    """

    person: int
    engagement: str
    rows: tuple[DatedRow, ...]
    versions: tuple[Version, ...]
    gone: tuple[tuple[str, str, date | None], ...]


def narrow_dated(session: Session, comparison: DatedComparison, approved: Approved) -> DatedNarrowed:
    """Find whom to judge, count the rows of everyone else.

    What was approved of records is looked up by their keys: of what the source says it deleted, of a membership that
    says something new, unless its feed is a history, and of what is now said of somebody else.
    """
    session.run(
        'CREATE OR REPLACE TABLE keys AS SELECT _row, _place, _op, _key, _engagement, _in_scope, "from" FROM mapped'
    )
    known_by = ("_key", "_engagement", "from") if comparison.is_history else ("_key", "_engagement")
    find_again(session, known_by)
    find_repeats(session, known_by)
    gather_dated(session, comparison)
    _find_clashes(session, comparison.sort)
    _keep_remaining(session, comparison)
    keys = [str(key) for (key,) in session.rows(_ASKED_OF, [not comparison.is_history and _is_by_key(comparison)])]
    find_moved(
        session, approved, comparison.sort.column, comparison.protected,
        has_posts=comparison.has_posts, is_history=comparison.is_history,
    )  # fmt: skip
    _find_gone(session, comparison, approved.of(keys) if keys else ())
    session.run(
        f"""
        CREATE OR REPLACE TABLE judged_people AS
        SELECT person, _engagement AS engagement FROM remaining WHERE {_NAMED}
        UNION SELECT person, engagement FROM gone
        """
    )
    read = session.number("SELECT count(*) FROM keys")
    alone = session.number(f"SELECT count(*) FROM remaining WHERE NOT ({_NAMED})")
    together = session.number(f"SELECT count(*) FROM ({_OF_JUDGED})")
    return DatedNarrowed(read, read - alone - together)


def _is_by_key(comparison: DatedComparison) -> bool:
    return comparison.kind is FactKind.MEMBERSHIPS


def deleted_keys(session: Session) -> frozenset[str]:
    """Give the keys of what the source says it deleted."""
    rows = session.rows("SELECT DISTINCT _key FROM mapped WHERE _op = 'delete' AND _key IS NOT NULL")
    return frozenset(str(key) for (key,) in rows)


def rows_alone(session: Session, kind: FactKind) -> Iterator[DatedRow]:
    """Give the rows to judge that name nobody, or several people, by place and row."""
    texts = SORTS[kind].texts
    query = f"SELECT to_json({written(texts)})::VARCHAR FROM told WHERE NOT ({_NAMED}) ORDER BY _place, _row"
    for batch in session.batches(_TOLD.format(source="remaining") + query):
        for (cell,) in batch:
            yield row_of(json.loads(str(cell)), texts)


def people_to_judge(session: Session, kind: FactKind, size: int) -> Iterator[list[DatedPerson]]:
    """Give the people to judge, `size` at a time, by id."""
    sort = SORTS[kind]
    query = f"""
        , sent AS (
            SELECT person, _engagement AS engagement,
                   to_json(list({written(sort.texts)} ORDER BY _place, _row))::VARCHAR AS sent
            FROM told WHERE {_NAMED} GROUP BY ALL
        ), known AS (
            SELECT person, engagement,
                   to_json(list({{start: start, "end": "end", held: {sort.column}}} ORDER BY start))::VARCHAR
                       AS versions
            FROM versions SEMI JOIN judged_people USING (person, engagement) GROUP BY ALL
        ), missing AS (
            SELECT person, engagement,
                   to_json(list([attribute, value, since::VARCHAR] ORDER BY attribute, value))::VARCHAR AS gone
            FROM gone GROUP BY ALL
        )
        SELECT person, engagement, sent, versions, gone FROM judged_people
        LEFT JOIN sent USING (person, engagement)
        LEFT JOIN known USING (person, engagement)
        LEFT JOIN missing USING (person, engagement)
        ORDER BY person, engagement"""
    for batch in session.batches(_TOLD.format(source=f"({_OF_JUDGED})") + query, size=size):
        yield [_person(sort, *row) for row in batch]


def judged_people_count(session: Session) -> int:
    """Count the people to judge."""
    return session.number("SELECT count(*) FROM judged_people")


def people_with_any(session: Session, kind: FactKind) -> int:
    """Count the people who have any on any day."""
    return session.number(f"SELECT count(DISTINCT person) FROM versions WHERE {SORTS[kind].column} IS NOT NULL")


def people_who_have(session: Session, sort: Sort) -> list[int]:
    """Give the people who have any on any day."""
    rows = session.rows(f"SELECT DISTINCT person FROM versions WHERE {sort.column} IS NOT NULL ORDER BY person")
    return [int(str(person)) for (person,) in rows]


def gather_dated(session: Session, comparison: DatedComparison) -> None:
    """Make `sent_dated`: each row with the person it names, and its value as it would be on file.

    By a name of whoever was merged it names who has it on its last day, and begins when they had it at the earliest.
    """
    sort = comparison.sort
    columns = session.columns("mapped")
    notes = [name for name in columns if name.endswith("__note")]
    named = "SELECT key AS name, person FROM all_links WHERE source = " + text(comparison.source or "")
    if comparison.by is not None:
        by = comparison.by + ":"
        named = f"""SELECT {quoted(comparison.by)} AS name, person FROM {NAMED_PEOPLE}
                    WHERE participant OR coalesce({text(by)} || {quoted(comparison.by)} NOT IN
                                                  (SELECT owner FROM {KEPT_NAMES}), true)
                    UNION SELECT substr(owner, {len(by) + 1}), person FROM {KEPT_NAMES}
                    WHERE starts_with(owner, {text(by)}) AND owner NOT IN (SELECT owner FROM {MERGED_NAMES})"""
    given = {name: f"m.{quoted(name)}" if name in columns else "NULL::VARCHAR" for name in sort.texts}
    if "amount__currency" in columns:
        given["currency"] = f"coalesce({given['currency']}, m.amount__currency)"
    fields = [f"{said} AS {quoted(name)}" for name, said in given.items()]
    whose = ", ".join(f"m.{quoted(name)}" for name in WHOSE)
    alone = "s._engagement" if comparison.has_posts else "if(h.posts = 1, h.post, s._engagement)"
    last = f"""coalesce(s."until", '{FOREVER}')::DATE"""
    faulty = " OR ".join(f"coalesce(m.{quoted(note)}, 'silent') <> 'silent'" for note in notes) or "false"
    session.run(
        f"""
        CREATE OR REPLACE TABLE sent_dated AS
        WITH named AS (
            SELECT name, min(person) AS person, count(*) AS people FROM ({named}) WHERE name IS NOT NULL GROUP BY name
        ), said AS (
            SELECT {whose}, {", ".join(fields)}, {faulty} AS _faulty, {", ".join(f"m.{quoted(note)}" for note in notes)}
            FROM mapped m
        ), merged AS (
            SELECT m.*, l.person AS now FROM {MERGED_NAMES} m JOIN (FROM {MERGED_NAMES} WHERE {LAST}) l USING (owner)
        ), whose AS (
            SELECT s.* REPLACE (if(m.since > s."from"::DATE, m.since::VARCHAR, s."from") AS "from"),
                   coalesce(m.person, n.person) AS person, coalesce(n.people, 0) AS people
            FROM said s LEFT JOIN named n ON n.name = s.participant
            LEFT JOIN merged m ON m.owner = {text(f"{comparison.by or comparison.source}:")} || s.participant
                 AND n.people = 1 AND m.now = n.person
                 AND m.since < {last} AND {last} <= m.until
        )
        SELECT s.* REPLACE ({alone} AS _engagement), h.person IS NOT NULL AS _has_posts,
               {sort.attribute} AS attribute, {sort.value} AS value, coalesce("until", '{FOREVER}') AS last
        FROM whose s
        LEFT JOIN (
            SELECT person, min(engagement) AS post, count(DISTINCT engagement) AS posts FROM versions GROUP BY person
        ) h ON h.person = s.person
        """
    )


def _find_clashes(session: Session, sort: Sort) -> None:
    """Fill `clashes` with the rows that cannot both hold: two of one attribute and day, lines of two currencies."""
    shared = sort.measure or "attribute"
    session.run(
        f"""
        CREATE OR REPLACE TABLE clashes AS
        WITH whole AS (
            SELECT s.* FROM sent_dated s ANTI JOIN repeats d ON d._row = s._row AND d._place = s._place AND
                (d.differ OR d.nth > 1)
            WHERE {_NAMED} AND _op = 'upsert' AND _key IS NOT NULL AND _in_scope AND NOT _faulty AND value IS NOT NULL
        )
        SELECT a._row, a._place, min(b._place) FILTER (a.attribute = b.attribute) AS overlaps,
               min(b._place) FILTER (a.attribute <> b.attribute) AS currencies
        FROM whole a JOIN whole b ON a.person = b.person AND a._engagement = b._engagement AND a.{shared} = b.{shared}
             AND a."from" < b.last AND b."from" < a.last
        WHERE (a._row <> b._row OR a._place <> b._place)
          AND (a.attribute = b.attribute OR a.currency IS DISTINCT FROM b.currency)
        GROUP BY a._row, a._place
        """
    )


def _keep_remaining(session: Session, comparison: DatedComparison) -> None:
    """Fill `remaining` with the rows that may change something, or cannot be used."""
    protected = "[" + ", ".join(text(key) for key in comparison.protected) + "]::VARCHAR[]"
    session.run(
        f"""
        CREATE OR REPLACE TABLE remaining AS
        WITH on_file AS (
            SELECT s._row, s._place
            FROM sent_dated s JOIN versions v ON v.person = s.person AND v.engagement = s._engagement
                 AND v.start < s.last::DATE AND s."from"::DATE < v."end"
            WHERE s.value IS NOT NULL
            GROUP BY s._row, s._place
            HAVING bool_and(coalesce(v.{comparison.sort.column}[s.attribute] = s.value, false))
        )
        SELECT s.* FROM sent_dated s
        LEFT JOIN on_file f ON f._row = s._row AND f._place = s._place
        LEFT JOIN repeats d ON d._row = s._row AND d._place = s._place
        LEFT JOIN clashes c ON c._row = s._row AND c._place = s._place
        LEFT JOIN open_matters o ON o.person = s.person
        WHERE f._row IS NULL OR d._row IS NOT NULL OR c._row IS NOT NULL OR o.person IS NOT NULL
           OR s._faulty OR s._op <> 'upsert' OR s._key IS NULL OR NOT coalesce(s._in_scope, false)
           OR s._key IN {protected} OR NOT ({_NAMED.replace("person", "s.person")})
        """
    )


def _find_gone(session: Session, comparison: DatedComparison, approved: Collection[FiledDated]) -> None:
    """Fill `gone` with what is on file and was deleted, said anew or of others, or (where the read tells) not sent."""
    columns = [list(column) for column in zip(*approved, strict=True)] or [[], [], [], []]
    column = comparison.sort.column
    session.run(
        f"""
        CREATE OR REPLACE TABLE gone AS
        WITH deleted AS (
            SELECT unnest($2::BIGINT[]) AS person, unnest($3::VARCHAR[]) AS engagement,
                   unnest($4::VARCHAR[]) AS attribute, unnest($5::VARCHAR[]) AS value
        ), held AS (
            SELECT person, engagement, unnest(map_entries({column})) AS held FROM versions
            WHERE {column} IS NOT NULL
              AND ($1 OR person IN (SELECT person FROM deleted UNION SELECT person FROM moved)){not_merged(session)}
        ), known AS (
            SELECT DISTINCT person, engagement, held.key AS attribute, held.value AS value FROM held
        ), wanted AS (
            SELECT * FROM known WHERE $1 UNION SELECT * FROM known SEMI JOIN deleted USING ({_FILED})
            UNION SELECT * FROM known SEMI JOIN moved USING ({_FILED})
        )
        SELECT w.*, m.since FROM wanted w LEFT JOIN moved m USING ({_FILED})
        ANTI JOIN (SELECT *, _engagement AS engagement FROM sent_dated WHERE {_NAMED} AND _op = 'upsert' AND _in_scope)
             USING ({_FILED})
        """,
        [comparison.finds_gone, *columns],
    )


def not_merged(session: Session) -> str:
    """Leave out who was merged into somebody: what they have is of days that are over."""
    if MERGED_INTO not in session.columns("versions"):
        return ""
    return f" AND person NOT IN (SELECT person FROM versions WHERE {MERGED_INTO} IS NOT NULL)"


def _person(sort: Sort, person: Cell, engagement: Cell, sent: Cell, versions: Cell, gone: Cell) -> DatedPerson:
    known = tuple(
        Version(
            int(str(person)), str(engagement), date.fromisoformat(one["start"]), date.fromisoformat(one["end"]),
            date.fromisoformat(one["start"]), one["held"] or {},
        )
        for one in _listed(versions)
    )  # fmt: skip
    missing = tuple(
        (attribute, value, date.fromisoformat(since) if since else None) for attribute, value, since in _listed(gone)
    )
    return DatedPerson(
        int(str(person)), str(engagement), tuple(row_of(one, sort.texts) for one in _listed(sent)), known, missing
    )


def _listed(cell: Cell) -> list[Any]:
    found: list[Any] = json.loads(str(cell)) if cell is not None else []
    return found
