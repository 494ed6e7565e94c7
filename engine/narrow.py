"""Compare a mapped read with the roster as columns, and keep only what somebody must judge.

The one thing this may discard is a row that provably changes nothing: linked, in scope, without a fault, every mapped
value equal to the roster of its day, and nothing open about its person. Such rows are counted. Everything else goes
to `domain`, which alone matches, proposes and holds.

In: the view `mapped` (see `mapping.compile`) of the rows that are not known again, the table `told` of all
(`engine.unchanged`), the tables `people`, `links` (of the feed's source), `versions`, `open_matters`, `apart`, and of a
history `filed_days` (`engine.days`). Mapping is worked out while it is compared, and never stands in memory as a whole;
what several questions need of it is the table `keys`.
Out: the table `judged`, one row for each row to judge, and the table `absent`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from domain.attributes import DECISIVE, NAMED_BY, POPULATION, PRIMARY, STRONG_IDS
from engine.candidates import find_candidates, find_newcomers, number_newcomers
from engine.days import find_gone_days
from engine.doubles import (
    beside_mapped,
    find_again,
    find_alike,
    find_other_days,
    find_repeats,
    find_rivals,
    find_shared_ids,
    list_keys,
)
from engine.merged import NAMED_PEOPLE
from engine.near import find_near, mapped_count
from engine.said import NOBODY, Saying, disputed, unheard
from engine.session import Row, Session, quoted, text
from engine.unchanged import recall
from mapping.attribute import note_column

#: Values of the roster that the judgement needs whether or not they are mapped.
NEEDED = (
    "status",
    "ended_by",
    "hire_date",
    "original_hire_date",
    *("termination_date", "termination_type", "termination_reason"),
    "pay_until",
    "leave_type",
    "eligible",
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared, and on which day.

    attributes  the mapped ones; references  those that name a person -> the id they name them by
    notes       what of the mapped rows carries a note (`mapping.compile`)
    ours        those of which no row says anything new of a participant; kept  those of which null says nothing
    saying      other feeds that map some of them
    one_record  two records of the source never are one person
    has_posts   its rows say which post of somebody they are about; has_days: those of one key are its history
    has_rule    a rule says who is eligible, and who is so by it and has no other word on the roster is no difference
    """

    attributes: tuple[str, ...]
    references: Mapping[str, str]
    protected: tuple[str, ...]
    today: date
    notes: tuple[str, ...]
    ours: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    saying: Saying = NOBODY
    one_record: bool = False
    has_posts: bool = False
    has_days: bool = False
    has_rule: bool = False

    @property
    def known_by(self) -> tuple[str, ...]:
        """What tells one row of a read from another."""
        return ("_key", "_engagement", *(("_effective",) if self.has_days else ()))

    @property
    def named(self) -> tuple[str, ...]:
        """The mapped attributes by which rows stand in each other's way."""
        return tuple(name for name in (*STRONG_IDS, "status", "termination_date", PRIMARY) if name in self.attributes)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Rows of the read, those that provably change nothing, and the people nobody knew before."""

    read: int
    unchanged: int
    newcomers: int


def find_mapped(session: Session, comparison: Comparison) -> None:
    """Find which rows are mapped: those that are not known again, and what stands in the way of another."""
    list_keys(session, comparison.named, comparison.references)
    find_other_days(session, comparison.today, has_days=comparison.has_days)
    if comparison.has_days:
        find_gone_days(session)
    find_again(session, comparison.known_by, among=beside_mapped(session, "_key"))
    find_shared_ids(session, comparison.attributes, has_days=comparison.has_days)
    find_rivals(session, comparison.attributes, comparison.today)
    recall(session)
    find_repeats(session, comparison.known_by)
    find_near(session)


def narrow(session: Session, comparison: Comparison) -> Narrowed:
    """Keep what must be judged in `remaining`; count what was left out, and whom nobody knew before.

    In beside the rest: `said` of the people whom the mapped rows may be about.
    """
    _keep_remaining(session, comparison)
    find_alike(session)
    find_candidates(session, comparison.attributes, one_record=comparison.one_record)
    find_newcomers(session, comparison.attributes, has_parts=comparison.has_posts or comparison.has_days)
    read = session.number("SELECT count(*) FROM keys")
    remaining = session.number("SELECT count(*) FROM remaining")
    newcomers = session.number("SELECT count(*) FROM newcomers")
    return Narrowed(read=read, unchanged=read - remaining, newcomers=newcomers)


def compare(session: Session, comparison: Comparison, first_person: int) -> None:
    """Fill `judged`: each remaining row beside the roster of its day. Newcomers are numbered from `first_person`."""
    number_newcomers(session, first_person)
    _compare(session, comparison)


def judged_columns(session: Session) -> tuple[str, ...]:
    """Name the columns of the rows that `judged_rows` yields."""
    return session.columns("judged")


def judged_rows(session: Session, size: int) -> Iterator[list[Row]]:
    """Give the rows to judge, by key; of several of one first whose person is looked for, then the primary post."""
    return session.batches(
        f"""SELECT j.* FROM judged j LEFT JOIN (SELECT DISTINCT _row, _place, true AS likely FROM candidates) c
            ON c._row = j._row AND c._place = j._place
            ORDER BY _key, c.likely NULLS LAST, {_leading(session)} _engagement, _effective, j._place, j._row""",
        size=size,
    )


def judged_count(session: Session) -> int:
    """Count the rows to judge."""
    return session.number("SELECT count(*) FROM judged")


def _keep_remaining(session: Session, comparison: Comparison) -> None:
    known = session.columns("versions")
    notes = [note_column(name) for name in comparison.notes]
    compared = [name for name in comparison.attributes if name not in comparison.ours]
    reasons = [
        "v.person IS NULL",
        "o.person IS NOT NULL",
        "NOT m._in_scope",
        f"m._key IN {_texts(comparison.protected)}",
        "m._op <> 'upsert'",
        "d._row IS NOT NULL",
        "s._row IS NOT NULL",
        "z._row IS NOT NULL",
        f"{_roster_value('ended_by', known)} IN ('absence', 'out_of_scope')",
        *(f"m.{quoted(note)} <> 'silent'" for note in notes),
        *(_differs(name, comparison, notes, known) for name in compared),
    ]
    if comparison.has_days:
        reasons.append("l.person IN (SELECT person FROM gone_days)")
    any_of = " OR ".join(reasons)
    # a history is judged as a whole: what one row comes to depends on those before it
    keeps = f"QUALIFY bool_or({any_of}) OVER (PARTITION BY m._key)" if comparison.has_days else f"WHERE {any_of}"
    joins, resolved = _references(comparison)
    if comparison.saying.shared:
        joins += "LEFT JOIN said x ON x.person = l.person AND x.engagement = m._engagement"
    session.keep(
        "remaining",
        f"""
        SELECT m.*, l.person, l.id AS _link, d.differ AS _differ, d.nth AS _nth, s._row IS NOT NULL AS _shared,
               z.posts AS _rivals{resolved}
        FROM mapped m
        LEFT JOIN repeats d ON d._row = m._row AND d._place = m._place
        LEFT JOIN shares s ON s._row = m._row AND s._place = m._place
        LEFT JOIN rivals z ON z._row = m._row AND z._place = m._place
        LEFT JOIN near_links l ON l.key = m._key
        {joins}
        LEFT JOIN open_matters o ON o.person = l.person
        LEFT JOIN near_versions v ON v.person = l.person AND v.engagement = m._engagement
             AND v.start <= coalesce(m._effective::DATE, $1) AND coalesce(m._effective::DATE, $1) < v."end"
        {keeps}
        """,
        [comparison.today],
        rows=mapped_count(session),
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


def _compare(session: Session, comparison: Comparison) -> None:
    """Set each remaining row beside the roster of its day (`domain.record.compared_on`).

    One before somebody's first day sees that first day.
    """
    known = session.columns("versions")
    kept = [name for name in dict.fromkeys((*comparison.attributes, *NEEDED)) if name in known]
    roster = "".join(f", v.{quoted(name)} AS {quoted('v_' + name)}" for name in kept)
    said = "".join(f", x.{quoted(name)}" for name in comparison.saying.columns)
    again = "".join(
        f", 'P' || coalesce({_either(name, by)}) AS {quoted('r_' + name)}" for name, by in comparison.references.items()
    )
    joins = "".join(
        f"""LEFT JOIN newcomers_named {quoted("n_" + name)}
            ON {quoted("n_" + name)}.{quoted(by)} = r.{quoted(name)} AND r.{quoted("p_" + name)} IS NULL\n"""
        for name, by in comparison.references.items()
        if by in NAMED_BY
    )
    newest = (
        "SELECT person, NULL AS post, max(id) AS link FROM links SEMI JOIN remaining USING (person) GROUP BY person"
    )
    if comparison.has_posts:
        newest = """SELECT l.person, k._engagement AS post, max(l.id) AS link
                    FROM (FROM links SEMI JOIN remaining USING (person)) l LEFT JOIN keys k ON k._key = l.key
                    GROUP BY ALL"""
    hired, last_day = (
        f"r.{name}::DATE" if name in comparison.attributes else "NULL::DATE"
        for name in ("hire_date", "termination_date")
    )
    session.keep(
        "judged",
        f"""
        WITH placed AS (
            SELECT r.* REPLACE (coalesce(r.person, n.person) AS person),
                   r._shared OR coalesce(s._shares_id, false) AS _shares_id, z.key AS _like_key
            FROM remaining r
            LEFT JOIN strangers s ON s._row = r._row AND s._place = r._place
            LEFT JOIN numbered n ON n._key = s._key
            LEFT JOIN (SELECT _row, _place, min(key) AS key FROM alike GROUP BY ALL) z
                 ON z._row = r._row AND z._place = r._place
        ), newest AS (
            {newest}
        ), known AS MATERIALIZED (
            SELECT * FROM near_versions SEMI JOIN placed USING (person)
        ), opens AS (
            SELECT person, engagement, min(start) AS opens FROM known GROUP BY ALL
        ), dated AS (
            SELECT r.*, o.opens AS _opens, {hired} AS _hired, {last_day} AS _last_day,
                   coalesce(if(r._in_scope AND r._op = 'upsert', r._effective::DATE, NULL),
                            greatest($1, coalesce(o.opens, $1))) AS _from
            FROM placed r LEFT JOIN opens o ON o.person = r.person AND o.engagement = r._engagement
        ), meant AS (
            SELECT r._row, r._place,
                   if(any_value(_hired) > any_value(_from),
                      coalesce(max(v.opened) FILTER (v.opened = _hired), max(v.opened)),
                      max(v.opened) FILTER (v.opened <= _last_day)) AS opened
            FROM dated r JOIN known v ON v.person = r.person AND v.engagement = r._engagement
            GROUP BY r._row, r._place
        ), days AS (
            SELECT r.*, greatest(r._from, coalesce(m.opened, r._from)) AS _day
            FROM dated r LEFT JOIN meant m ON m._row = r._row AND m._place = r._place
        )
        SELECT r.*, coalesce(w.link > r._link, false) OR coalesce(u.link > r._link, false) AS _has_newer,
               y._row IS NULL AS _is_now,
               v.start AS v_start, v."end" AS v_end, v.opened AS v_opened{roster}{again}{said}
        FROM days r
        LEFT JOIN other_days y ON y._row = r._row AND y._place = r._place
        LEFT JOIN newest w ON w.person = r.person AND w.post = r._engagement
        LEFT JOIN newest u ON u.person = r.person AND u.post IS NULL
        LEFT JOIN said x ON x.person = r.person AND x.engagement = r._engagement
        LEFT JOIN known v ON v.person = r.person AND v.engagement = r._engagement
             AND v.start <= greatest(r._day, coalesce(r._opens, r._day))
             AND greatest(r._day, coalesce(r._opens, r._day)) < v."end"
        {joins}
        """,
        [comparison.today],
        rows=session.number("SELECT count(*) FROM remaining"),
    )


def _references(comparison: Comparison) -> tuple[str, str]:
    joins = "".join(
        f"LEFT JOIN {NAMED_PEOPLE} {quoted('q_' + name)} ON {quoted('q_' + name)}.{quoted(by)} = m.{quoted(name)}\n"
        for name, by in comparison.references.items()
    )
    found = "".join(f", {quoted('q_' + name)}.person AS {quoted('p_' + name)}" for name in comparison.references)
    return joins, found


def _differs(name: str, comparison: Comparison, notes: list[str], known: tuple[str, ...]) -> str:
    """Write where a value differs from the roster's, or from what another source says beside it, and may count."""
    own, shared = _mapped_value(name, comparison), comparison.saying.shared.get(name)
    differs = f"{own} IS DISTINCT FROM {_roster_value(name, known)}"
    if shared is not None:
        differs = f"({differs} OR {disputed(name, shared, own)}) AND NOT ({unheard(name, shared, own)})"
    said = f"m.{quoted(name)} IS NOT NULL AND " if name in comparison.kept else ""
    if name == "eligible" and comparison.has_rule:
        differs = f"{own} IS DISTINCT FROM coalesce({_roster_value(name, known)}, 'true')"
    if name == POPULATION:  # of whom the roster does not say it, the read does not either
        said = f"{_roster_value(name, known)} IS NOT NULL AND "
    return f"({_said(name, notes)}{said}{differs})"


def _mapped_value(name: str, comparison: Comparison) -> str:
    if name in comparison.references:
        person = f"{quoted('q_' + name)}.person"
        return f"coalesce('P' || {person}, m.{quoted(name)})"
    return f"m.{quoted(name)}"


def _leading(session: Session) -> str:
    return f"j.{quoted(PRIMARY)} = 'true' DESC NULLS LAST," if PRIMARY in session.columns("judged") else ""


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
