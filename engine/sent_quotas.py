"""Compare the quotas a read sends with those on file as columns, and keep the people about whom somebody must judge.

The one thing this may discard are people of whom every row provably changes nothing: in scope, without a fault, in
nobody's way, on file with exactly that value on each of its days, and nothing open about the person. Their rows are
counted. Of everyone else all rows are judged together, for they are one person's quotas.

In: the view `mapped` with the fields of a quota, the tables `people`, `all_links`, `versions`, `open_matters`,
`kept_names`.
Out: the tables `keys` and `remaining` (as `engine.narrow` has them), `sent_quotas`, `judged_people`, `gone`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.attributes import MERGED_INTO, QUOTA
from domain.step import Version
from engine.doubles import find_again, find_repeats
from engine.merged import NAMED_PEOPLE
from engine.mirror import KEPT_NAMES, QUOTAS
from engine.session import Cell, Session, quoted, text

#: A quota as it is on file: person, engagement, attribute, value.
FiledQuota = tuple[int, str, str, str]
_FILED = "person, engagement, attribute, value"

_WHOSE = ("_row", "_place", "_op", "_key", "_engagement", "_in_scope", "participant")
_TEXTS = ("measure", "line", "from", "until", "amount", "currency")
#: The fields of a quota that a mapping may leave out.
_OPTIONAL = ("line", "currency")
#: A row that names exactly one person, of `sent_quotas`.
_NAMED = "person IS NOT NULL AND people = 1"
_OF_JUDGED = """
    SELECT s.* FROM sent_quotas s SEMI JOIN judged_people j
    ON j.person = s.person AND j.engagement = s._engagement AND s.people = 1"""
#: Rows with what stands in their way.
_TOLD = """
    WITH told AS (
        SELECT s.*, d.differ, d.nth, c.overlaps, c.currencies FROM {source} s
        LEFT JOIN repeats d ON d._row = s._row AND d._place = s._place
        LEFT JOIN clashes c ON c._row = s._row AND c._place = s._place
    ) """
_TOLD_OF_A_ROW = (*_WHOSE, *_TEXTS, "people", "_has_posts", "_faulty", "differ", "nth", "overlaps", "currencies")
_ROW = "{" + ", ".join(f"{text(name.strip('_'))}: {quoted(name)}" for name in _TOLD_OF_A_ROW) + "}"


@dataclass(frozen=True, slots=True)
class QuotaComparison:
    """How the quotas of a read are compared.

    by           the id a participant is named by; None where `source` says so: by that source's keys
    is_history   a row is known by key and day, else by its key
    finds_gone   quotas on file that the read does not have are to be found
    deleted      quotas that the source says it deleted
    has_posts    its rows say which post of somebody they are about; else it is that of whoever has one alone
    """

    by: str | None
    source: str | None
    protected: tuple[str, ...]
    is_history: bool
    finds_gone: bool
    deleted: tuple[FiledQuota, ...] = ()
    has_posts: bool = False


@dataclass(frozen=True, slots=True)
class QuotasNarrowed:
    """Rows of the read, and those that provably change nothing."""

    read: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """One row to judge.

    texts       its mapped fields in canonical form, without who it is about
    has_posts   whom it names is on the roster, on any day and in any post
    people      how many people its participant names
    differs     another row of its key says something else; `nth` of several equal ones it is
    overlaps    where another quota of the same person, measure and line stands that shares a day
    currencies  where another line of the same measure stands that shares a day, in another currency
    """

    row: int
    place: str
    operation: str
    key: str | None
    in_scope: bool
    participant: str | None
    texts: dict[str, str | None]
    people: int
    has_posts: bool
    has_fault: bool
    differs: bool
    nth: int
    overlaps: str | None
    currencies: str | None


@dataclass(frozen=True, slots=True)
class QuotaPerson:
    """Somebody to judge: every row, the versions with their quotas alone, what is on file and was not sent."""

    person: int
    engagement: str
    rows: tuple[QuotaRow, ...]
    versions: tuple[Version, ...]
    gone: tuple[tuple[str, str], ...]


def deleted_keys(session: Session) -> list[str]:
    """Give the keys of what the source says it deleted."""
    return [
        str(key)
        for (key,) in session.rows("SELECT DISTINCT _key FROM mapped WHERE _op = 'delete' AND _key IS NOT NULL")
    ]


def narrow_quotas(session: Session, comparison: QuotaComparison) -> QuotasNarrowed:
    """Find whom to judge, count the rows of everyone else."""
    session.run(
        'CREATE OR REPLACE TABLE keys AS SELECT _row, _place, _op, _key, _engagement, _in_scope, "from" FROM mapped'
    )
    known_by = ("_key", "_engagement", "from") if comparison.is_history else ("_key", "_engagement")
    find_again(session, known_by)
    find_repeats(session, known_by)
    _gather(session, comparison)
    _find_clashes(session)
    _keep_remaining(session, comparison)
    _find_gone(session, comparison)
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
    return QuotasNarrowed(read, read - alone - together)


def rows_alone(session: Session) -> Iterator[QuotaRow]:
    """Give the rows to judge that name nobody, or several people, by place and row."""
    query = f"SELECT to_json({_ROW})::VARCHAR FROM told WHERE NOT ({_NAMED}) ORDER BY _place, _row"
    for batch in session.batches(_TOLD.format(source="remaining") + query):
        for (written,) in batch:
            yield _row(json.loads(str(written)))


def people_to_judge(session: Session, size: int) -> Iterator[list[QuotaPerson]]:
    """Give the people to judge, `size` at a time, by id."""
    query = f"""
        , sent AS (
            SELECT person, _engagement AS engagement, to_json(list({_ROW} ORDER BY _place, _row))::VARCHAR AS sent
            FROM told WHERE {_NAMED} GROUP BY ALL
        ), known AS (
            SELECT person, engagement,
                   to_json(list({{start: start, "end": "end", quotas: {QUOTAS}}} ORDER BY start))::VARCHAR AS versions
            FROM versions SEMI JOIN judged_people USING (person, engagement) GROUP BY ALL
        ), missing AS (
            SELECT person, engagement, to_json(list([attribute, value] ORDER BY attribute, value))::VARCHAR AS gone
            FROM gone GROUP BY ALL
        )
        SELECT person, engagement, sent, versions, gone FROM judged_people
        LEFT JOIN sent USING (person, engagement)
        LEFT JOIN known USING (person, engagement)
        LEFT JOIN missing USING (person, engagement)
        ORDER BY person, engagement"""
    for batch in session.batches(_TOLD.format(source=f"({_OF_JUDGED})") + query, size=size):
        yield [_person(*row) for row in batch]


def judged_people_count(session: Session) -> int:
    """Count the people to judge."""
    return session.number("SELECT count(*) FROM judged_people")


def people_with_quotas(session: Session) -> int:
    """Count the people who have a quota on any day."""
    return session.number(f"SELECT count(DISTINCT person) FROM versions WHERE {QUOTAS} IS NOT NULL")


def _gather(session: Session, comparison: QuotaComparison) -> None:
    """Make `sent_quotas`: each row with the person it names, and its quota as it would be on file."""
    columns = session.columns("mapped")
    notes = [name for name in columns if name.endswith("__note")]
    named = "SELECT key AS name, person FROM all_links WHERE source = " + text(comparison.source or "")
    if comparison.by is not None:
        by = comparison.by + ":"
        named = f"""SELECT {quoted(comparison.by)} AS name, person FROM {NAMED_PEOPLE}
                    WHERE participant OR coalesce({text(by)} || {quoted(comparison.by)} NOT IN
                                                  (SELECT owner FROM {KEPT_NAMES}), true)
                    UNION SELECT substr(owner, {len(by) + 1}), person FROM {KEPT_NAMES}
                    WHERE starts_with(owner, {text(by)})"""
    given = {name: f"m.{quoted(name)}" if name in columns else "NULL::VARCHAR" for name in _OPTIONAL}
    if "amount__currency" in columns:
        given["currency"] = f"coalesce({given['currency']}, m.amount__currency)"
    fields = [f"{given.get(name, f'm.{quoted(name)}')} AS {quoted(name)}" for name in _TEXTS]
    whose = ", ".join(f"m.{quoted(name)}" for name in _WHOSE)
    alone = "s._engagement" if comparison.has_posts else "if(h.posts = 1, h.post, s._engagement)"
    faulty = " OR ".join(f"coalesce(m.{quoted(note)}, 'silent') <> 'silent'" for note in notes) or "false"
    session.run(
        f"""
        CREATE OR REPLACE TABLE sent_quotas AS
        WITH named AS (
            SELECT name, min(person) AS person, count(*) AS people FROM ({named}) WHERE name IS NOT NULL GROUP BY name
        ), said AS (
            SELECT {whose}, {", ".join(fields)}, {faulty} AS _faulty, {", ".join(f"m.{quoted(note)}" for note in notes)}
            FROM mapped m
        )
        SELECT s.* REPLACE ({alone} AS _engagement), n.person, coalesce(n.people, 0) AS people,
               h.person IS NOT NULL AS _has_posts,
               {text(QUOTA)} || measure || coalesce(':' || line, '') AS attribute,
               amount || ' ' || coalesce(currency, '-') || ' ' || "from" || '..' || "until" AS value
        FROM said s LEFT JOIN named n ON n.name = s.participant
        LEFT JOIN (
            SELECT person, min(engagement) AS post, count(DISTINCT engagement) AS posts FROM versions GROUP BY person
        ) h ON h.person = n.person
        """
    )


def _find_clashes(session: Session) -> None:
    """Fill `clashes` with the rows that cannot both hold: two quotas of one day, lines of two currencies."""
    session.run(
        f"""
        CREATE OR REPLACE TABLE clashes AS
        WITH whole AS (
            SELECT s.* FROM sent_quotas s ANTI JOIN repeats d ON d._row = s._row AND d._place = s._place AND
                (d.differ OR d.nth > 1)
            WHERE {_NAMED} AND _op = 'upsert' AND _key IS NOT NULL AND _in_scope AND NOT _faulty AND value IS NOT NULL
        )
        SELECT a._row, a._place, min(b._place) FILTER (a.attribute = b.attribute) AS overlaps,
               min(b._place) FILTER (a.attribute <> b.attribute) AS currencies
        FROM whole a JOIN whole b ON a.person = b.person AND a._engagement = b._engagement AND a.measure = b.measure
             AND a."from" < b."until" AND b."from" < a."until"
        WHERE (a._row <> b._row OR a._place <> b._place)
          AND (a.attribute = b.attribute OR a.currency IS DISTINCT FROM b.currency)
        GROUP BY a._row, a._place
        """
    )


def _keep_remaining(session: Session, comparison: QuotaComparison) -> None:
    """Fill `remaining` with the rows that may change something, or cannot be used."""
    protected = "[" + ", ".join(text(key) for key in comparison.protected) + "]::VARCHAR[]"
    session.run(
        f"""
        CREATE OR REPLACE TABLE remaining AS
        WITH on_file AS (
            SELECT s._row, s._place
            FROM sent_quotas s JOIN versions v ON v.person = s.person AND v.engagement = s._engagement
                 AND v.start < s."until"::DATE AND s."from"::DATE < v."end"
            WHERE s.value IS NOT NULL
            GROUP BY s._row, s._place
            HAVING bool_and(coalesce(v.{QUOTAS}[s.attribute] = s.value, false))
        )
        SELECT s.* FROM sent_quotas s
        LEFT JOIN on_file f ON f._row = s._row AND f._place = s._place
        LEFT JOIN repeats d ON d._row = s._row AND d._place = s._place
        LEFT JOIN clashes c ON c._row = s._row AND c._place = s._place
        LEFT JOIN open_matters o ON o.person = s.person
        WHERE f._row IS NULL OR d._row IS NOT NULL OR c._row IS NOT NULL OR o.person IS NOT NULL
           OR s._faulty OR s._op <> 'upsert' OR s._key IS NULL OR NOT coalesce(s._in_scope, false)
           OR s._key IN {protected} OR NOT ({_NAMED.replace("person", "s.person")})
        """
    )


def _find_gone(session: Session, comparison: QuotaComparison) -> None:
    """Fill `gone` with what is on file and was deleted, or (where the read can tell) not sent."""
    columns = [list(column) for column in zip(*comparison.deleted, strict=True)] or [[], [], [], []]
    session.run(
        f"""
        CREATE OR REPLACE TABLE gone AS
        WITH deleted AS (
            SELECT unnest($2::BIGINT[]) AS person, unnest($3::VARCHAR[]) AS engagement,
                   unnest($4::VARCHAR[]) AS attribute, unnest($5::VARCHAR[]) AS value
        ), held AS (
            SELECT person, engagement, unnest(map_entries({QUOTAS})) AS quota FROM versions
            WHERE {QUOTAS} IS NOT NULL AND ($1 OR person IN (SELECT person FROM deleted)){_not_merged(session)}
        ), known AS (
            SELECT DISTINCT person, engagement, quota.key AS attribute, quota.value AS value FROM held
        ), wanted AS (
            SELECT * FROM known WHERE $1 UNION SELECT * FROM known SEMI JOIN deleted USING ({_FILED})
        )
        SELECT w.* FROM wanted w
        ANTI JOIN (SELECT *, _engagement AS engagement FROM sent_quotas WHERE {_NAMED} AND _op = 'upsert' AND _in_scope)
             USING ({_FILED})
        """,
        [comparison.finds_gone, *columns],
    )


def _not_merged(session: Session) -> str:
    """Leave out who was merged into somebody: their quotas are of days that are over."""
    if MERGED_INTO not in session.columns("versions"):
        return ""
    return f" AND person NOT IN (SELECT person FROM versions WHERE {MERGED_INTO} IS NOT NULL)"


def _person(person: Cell, engagement: Cell, sent: Cell, versions: Cell, gone: Cell) -> QuotaPerson:
    known = tuple(
        Version(
            int(str(person)), str(engagement), date.fromisoformat(one["start"]), date.fromisoformat(one["end"]),
            date.fromisoformat(one["start"]), one["quotas"] or {},
        )
        for one in _listed(versions)
    )  # fmt: skip
    missing = tuple((str(attribute), str(value)) for attribute, value in _listed(gone))
    return QuotaPerson(int(str(person)), str(engagement), tuple(_row(one) for one in _listed(sent)), known, missing)


def _row(told: Mapping[str, Any]) -> QuotaRow:
    return QuotaRow(
        row=int(str(told["row"])),
        place=str(told["place"]),
        operation=str(told["op"]),
        key=_text(told["key"]),
        in_scope=bool(told["in_scope"]),
        participant=_text(told["participant"]),
        texts={name: _text(told[name]) for name in _TEXTS},
        people=int(str(told["people"])),
        has_posts=bool(told["has_posts"]),
        has_fault=bool(told["faulty"]),
        differs=bool(told["differ"]),
        nth=int(str(told["nth"] or 1)),
        overlaps=_text(told["overlaps"]),
        currencies=_text(told["currencies"]),
    )


def _listed(cell: Cell) -> list[Any]:
    found: list[Any] = json.loads(str(cell)) if cell is not None else []
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)
