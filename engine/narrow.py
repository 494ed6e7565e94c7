"""Compare a mapped read with the roster as columns, and keep only what somebody must judge.

The one thing this may discard is a row that provably changes nothing: linked, in scope, without a fault, every mapped
value equal to the roster of its day, and nothing open about its person. Such rows are counted. Everything else goes
to `domain`, which alone matches, proposes and holds.

In: the tables `mapped` (see `mapping.compile`), `people`, `links` (of the feed's source), `versions`, `open_matters`.
Out: the table `judged`, one row for each row to judge, and the table `absent`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from domain.attributes import DECISIVE, STRONG_IDS
from engine.session import Row, Session, quoted, text

#: Values of the roster that the judgement needs whether or not they are mapped.
NEEDED = (
    "status",
    "ended_by",
    "hire_date",
    "original_hire_date",
    "termination_date",
    "termination_type",
    "termination_reason",
    "pay_until",
    "leave_type",
)
#: By what a reference to a person can name them.
NAMED_BY = (*STRONG_IDS, "email")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, and on which day.

    attributes  the mapped ones; references  those that name a person -> the id they name them by
    """

    attributes: tuple[str, ...]
    references: Mapping[str, str]
    protected: tuple[str, ...]
    today: date


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Rows of the read, those that provably change nothing, and the people nobody knew before."""

    read: int
    unchanged: int
    newcomers: int


def narrow(session: Session, comparison: Comparison) -> Narrowed:
    """Keep what must be judged in `remaining`; count what was left out, and whom nobody knew before."""
    _find_repeats(session)
    _keep_remaining(session, comparison)
    _find_candidates(session, comparison)
    _find_newcomers(session, comparison)
    read = session.number("SELECT count(*) FROM mapped")
    remaining = session.number("SELECT count(*) FROM remaining")
    newcomers = session.number("SELECT count(*) FROM newcomers")
    return Narrowed(read=read, unchanged=read - remaining, newcomers=newcomers)


def compare(session: Session, comparison: Comparison, first_person: int) -> None:
    """Fill `judged`: each remaining row beside the roster of its day. Newcomers are numbered from `first_person`."""
    session.run(f"CREATE OR REPLACE VIEW numbered AS SELECT {first_person} + nth AS person, _key FROM newcomers")
    session.run(
        """
        CREATE OR REPLACE TABLE newcomers_named AS
        SELECT DISTINCT ON (n.person) n.person, s.* EXCLUDE (_row, _place, _shares_id, _like_key)
        FROM numbered n JOIN strangers s USING (_key) ORDER BY n.person, s._row
        """
    )
    _compare(session, comparison)


def judged_columns(session: Session) -> tuple[str, ...]:
    """Name the columns of the rows that `judged_rows` yields."""
    return session.columns("judged")


def judged_rows(session: Session, size: int) -> Iterator[list[Row]]:
    """Give the rows to judge, by key."""
    return session.batches("SELECT * FROM judged ORDER BY _key, _engagement, _place, _row", size=size)


def candidate_rows(session: Session) -> Iterator[Row]:
    """Give (row, place, person, rule, name, employee id, partner id, vendor id) of whom unlinked records may be."""
    query = """
        SELECT c._row, c._place, c.person, c.rule, p.name, p.employee_id, p.partner_id, p.vendor_id
        FROM candidates c JOIN people p USING (person) ORDER BY ALL"""
    for batch in session.batches(query):
        yield from batch


def newcomer_rows(session: Session, size: int) -> Iterator[list[Row]]:
    """Give (person, key, kind, name, employee, partner, vendor id, e-mail, hire date) of people nobody knew."""
    return session.batches("SELECT * FROM newcomers_named ORDER BY person", size=size)


def load_open_matters(session: Session, path: Path) -> None:
    """Make the table `open_matters` of the person ids in a file, one a line."""
    session.run(
        f"""CREATE OR REPLACE TABLE open_matters AS SELECT * FROM read_csv({text(str(path))},
            header = false, auto_detect = false, columns = {{'person': 'BIGINT'}})"""
    )


def judged_count(session: Session) -> int:
    """Count the rows to judge."""
    return session.number("SELECT count(*) FROM judged")


def _find_repeats(session: Session) -> None:
    """Rows of one key: all of them where they differ, all but the first where they are equal."""
    content = ", ".join(quoted(name) for name in session.columns("mapped") if name not in ("_row", "_place"))
    session.run(
        f"""
        CREATE OR REPLACE TABLE repeats AS
        WITH many AS (SELECT _key, _engagement FROM mapped WHERE _key IS NOT NULL AND _op = 'upsert'
                      GROUP BY ALL HAVING count(*) > 1),
             rows AS (SELECT m._row, m._place, m._key, m._engagement, hash({content}) AS content
                      FROM mapped m SEMI JOIN many USING (_key, _engagement)),
             told AS (SELECT *, count(DISTINCT content) OVER (PARTITION BY _key, _engagement) AS contents,
                             row_number() OVER (PARTITION BY _key, _engagement ORDER BY _place, _row) AS nth
                      FROM rows)
        SELECT _row, _place, contents > 1 AS differ, nth FROM told WHERE contents > 1 OR nth > 1
        """
    )


def _keep_remaining(session: Session, comparison: Comparison) -> None:
    mapped, known = session.columns("mapped"), session.columns("versions")
    notes = [name for name in mapped if name.endswith("__note")]
    differs = [
        f"({_said(name, notes)}{_mapped_value(name, comparison)} IS DISTINCT FROM {_roster_value(name, known)})"
        for name in comparison.attributes
    ]
    reasons = [
        "v.person IS NULL",
        "o.person IS NOT NULL",
        "NOT m._in_scope",
        f"m._key IN {_texts(comparison.protected)}",
        "m._op <> 'upsert'",
        "d._row IS NOT NULL",
        f"{_roster_value('ended_by', known)} IN ('absence', 'out_of_scope')",
        *(f"m.{quoted(note)} <> 'silent'" for note in notes),
        *differs,
    ]
    joins, resolved = _references(comparison)
    session.run(
        f"""
        CREATE OR REPLACE TABLE remaining AS
        SELECT m.*, l.person, d.differ AS _differ, d.nth AS _nth{resolved}
        FROM mapped m
        LEFT JOIN links l ON l.key = m._key
        LEFT JOIN versions v ON v.person = l.person AND v.engagement = m._engagement
             AND v.start <= coalesce(m._effective::DATE, $1) AND coalesce(m._effective::DATE, $1) < v."end"
        LEFT JOIN open_matters o ON o.person = l.person
        LEFT JOIN repeats d ON d._row = m._row AND d._place = m._place
        {joins}
        WHERE {" OR ".join(reasons)}
        """,
        [comparison.today],
    )
    critical = [note for note in notes if note.removesuffix("__note") in DECISIVE]
    session.run(
        f"""
        CREATE OR REPLACE VIEW usable AS
        SELECT *, NOT _in_scope OR _key IN {_texts(comparison.protected)} AS _left_out FROM remaining
        WHERE _op = 'upsert' AND _key IS NOT NULL AND _differ IS DISTINCT FROM true AND coalesce(_nth, 1) = 1
          AND {_none_of(critical)}
        """
    )
    session.run(f"CREATE OR REPLACE VIEW faultless AS SELECT * FROM usable WHERE {_none_of(notes)}")


def _find_candidates(session: Session, comparison: Comparison) -> None:
    """Look up whom the unlinked records may be; `domain.match` decides."""
    rules = [name for name in NAMED_BY if name in comparison.attributes]
    queries = [
        f"""SELECT r._row, r._place, p.person, '{rule}' AS rule FROM usable r JOIN people p ON p.{rule} = r.{rule}
            WHERE r.person IS NULL AND r.{rule} IS NOT NULL"""
        for rule in rules
    ] or ["SELECT 0::BIGINT AS _row, '' AS _place, 0::BIGINT AS person, '' AS rule WHERE false"]
    session.run(f"CREATE OR REPLACE TABLE candidates AS {' UNION ALL '.join(queries)}")


def _find_newcomers(session: Session, comparison: Comparison) -> None:
    """Find everyone a faultless record names whom nobody knew, in scope or not; a shared strong id counts for nobody.

    People out of scope stay known, for others may report to them.
    """
    shared = [
        f"(r.{rule} IS NOT NULL AND count(*) OVER (PARTITION BY r.{rule}) > 1)"
        for rule in STRONG_IDS
        if rule in comparison.attributes
    ]
    columns = ", ".join(
        f"r.{quoted(name)}" if name in comparison.attributes else f"NULL::VARCHAR AS {quoted(name)}"
        for name in ("kind", "name", *STRONG_IDS, "email", "hire_date")
    )
    session.run(
        f"""
        CREATE OR REPLACE TABLE strangers AS
        SELECT r._row, r._place, r._key, {columns}, {" OR ".join(shared) or "false"} AS _shares_id,
               z.key AS _like_key
        FROM faultless r ANTI JOIN candidates c ON c._row = r._row AND c._place = r._place
        LEFT JOIN (SELECT ltrim(key, '0') AS bare, min(key) AS key FROM links GROUP BY ALL) z
             ON z.bare = ltrim(r._key, '0')
        WHERE r.person IS NULL
        """
    )
    session.run(
        """
        CREATE OR REPLACE TABLE newcomers AS
        SELECT row_number() OVER (ORDER BY _key) - 1 AS nth, _key
        FROM (SELECT DISTINCT _key FROM strangers WHERE NOT _shares_id AND _like_key IS NULL)
        """
    )


def _compare(session: Session, comparison: Comparison) -> None:
    """Set each remaining row beside the roster of its day; one before somebody's first day sees that first day."""
    known = session.columns("versions")
    kept = [name for name in dict.fromkeys((*comparison.attributes, *NEEDED)) if name in known]
    roster = "".join(f", v.{quoted(name)} AS {quoted('v_' + name)}" for name in kept)
    again = "".join(
        f", 'P' || coalesce({_either(name, by)}) AS {quoted('r_' + name)}" for name, by in comparison.references.items()
    )
    joins = "".join(
        f"""LEFT JOIN newcomers_named {quoted("n_" + name)}
            ON {quoted("n_" + name)}.{quoted(by)} = r.{quoted(name)} AND r.{quoted("p_" + name)} IS NULL\n"""
        for name, by in comparison.references.items()
        if by in NAMED_BY
    )
    session.run(
        f"""
        CREATE OR REPLACE TABLE judged AS
        WITH placed AS (
            SELECT r.* REPLACE (coalesce(r.person, n.person) AS person),
                   s._shares_id, s._like_key
            FROM remaining r
            LEFT JOIN strangers s ON s._row = r._row AND s._place = r._place
            LEFT JOIN numbered n ON n._key = s._key
        ), opens AS (
            SELECT person, engagement, min(start) AS opens FROM versions
            SEMI JOIN placed USING (person) GROUP BY ALL
        ), days AS (
            SELECT r.*, o.opens AS _opens,
                   coalesce(r._effective::DATE, greatest($1, coalesce(o.opens, $1))) AS _day
            FROM placed r LEFT JOIN opens o ON o.person = r.person AND o.engagement = r._engagement
        )
        SELECT r.*, v.start AS v_start, v."end" AS v_end, v.opened AS v_opened{roster}{again}
        FROM days r
        LEFT JOIN versions v ON v.person = r.person AND v.engagement = r._engagement
             AND v.start <= greatest(r._day, coalesce(r._opens, r._day))
             AND greatest(r._day, coalesce(r._opens, r._day)) < v."end"
        {joins}
        """,
        [comparison.today],
    )


def _references(comparison: Comparison) -> tuple[str, str]:
    joins = "".join(
        f"LEFT JOIN people {quoted('q_' + name)} ON {quoted('q_' + name)}.{quoted(by)} = m.{quoted(name)}\n"
        for name, by in comparison.references.items()
    )
    found = "".join(f", {quoted('q_' + name)}.person AS {quoted('p_' + name)}" for name in comparison.references)
    return joins, found


def _mapped_value(name: str, comparison: Comparison) -> str:
    if name in comparison.references:
        person = f"{quoted('q_' + name)}.person"
        return f"coalesce('P' || {person}, m.{quoted(name)})"
    return f"m.{quoted(name)}"


def _either(name: str, by: str) -> str:
    known = f"r.{quoted('p_' + name)}"
    return f"{known}, {quoted('n_' + name)}.person" if by in NAMED_BY else known


def _said(name: str, notes: list[str]) -> str:
    note = f"{name}__note"
    return f"m.{quoted(note)} IS NULL AND " if note in notes else ""


def _roster_value(name: str, known: tuple[str, ...]) -> str:
    return f"v.{quoted(name)}" if name in known else "NULL::VARCHAR"


def _none_of(notes: list[str]) -> str:
    return " AND ".join(f"coalesce({quoted(note)}, 'silent') = 'silent'" for note in notes) or "true"


def _texts(values: tuple[str, ...]) -> str:
    return "[" + ", ".join(text(value) for value in values) + "]::VARCHAR[]"
