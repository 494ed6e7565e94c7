"""What of a read of facts is new: compared by key with what is known, and with what holds beside it.

In: the tables `typed` and `aside`. Out: the table (or view) `fresh`, the rows that say something new (`id`, their rowid
in `typed`; `is_known`: of a known key), and the table `broken`, keys of facts that cannot hold beside others.

Whether a fact says something new is told by a hash of 64 bits over all its columns: of 18 million million million
corrections one would be taken for what is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calc.inputs import RATE, SCORE_OF
from domain.facts import Code, FactKind
from engine.facts import CREDIT, PARTS_TYPE, WHOLE, KnownFacts, facts_query, type_of
from engine.session import Session, quoted, text
from engine.units import SAID as SAID_OF_UNITS
from engine.units import find_units, units_query
from formula.expression import ColumnType, Type
from mapping.facts import SPLITS, FactForm

#: The rows of the read that are facts, or say that one is gone.
USABLE = """
    SELECT t.rowid AS id, t.* FROM typed t ANTI JOIN aside a ON a.id = t.rowid
    WHERE t._gone OR t._in_scope"""
_SHARED = {name: kind for name, kind in CREDIT.items() if name != "participant"}
_DEAL: Mapping[str, ColumnType] = {"deal": Type.TEXT}
_RATED = {name: kind for name, kind in RATE.items() if name != "feed"}


@dataclass(frozen=True, slots=True)
class Compared:
    """How many rows say something new, and how many what is known."""

    fresh: int
    unchanged: int


def compare(session: Session, form: FactForm, known: KnownFacts, columns: Mapping[str, ColumnType]) -> Compared:
    """Fill `fresh` with the rows whose fact is not known, or known otherwise, and those that take a known one away."""
    if not known.files:
        every = f"SELECT id, false AS is_known FROM ({USABLE}) WHERE NOT _gone"
        session.run(f"CREATE OR REPLACE TEMP VIEW fresh AS {every}")
        return _compared(session)
    names = [quoted(name) for name in columns]
    new, old = list(names), list(names)
    if form.has_splits or known.has_splits:
        new.append(SPLITS if form.has_splits else f"NULL::{PARTS_TYPE}")
        old.append(SPLITS if known.has_splits else f"NULL::{PARTS_TYPE}")
    session.run(
        f"""CREATE OR REPLACE TABLE known AS
            SELECT key, hash({", ".join(old)}) AS content FROM ({facts_query(known, columns)})"""
    )
    _take_back(session)
    session.run(
        f"""
        CREATE OR REPLACE TABLE fresh AS
        SELECT t.id, k.key IS NOT NULL AS is_known
        FROM (SELECT id, key, _gone, hash({", ".join(new)}) AS content FROM ({USABLE})) t
        LEFT JOIN known k ON k.key = t.key
        WHERE CASE WHEN t._gone THEN k.key IS NOT NULL
                   ELSE k.key IS NULL OR k.content <> t.content END
        """
    )
    return _compared(session)


def _compared(session: Session) -> Compared:
    fresh = session.number("SELECT count(*) FROM fresh")
    return Compared(fresh, session.number(f"SELECT count(*) FROM ({USABLE})") - fresh)


def out_of_scope_count(session: Session) -> int:
    """Count the rows that the mapping leaves out, and of which nothing was known."""
    return session.number("SELECT count(*) FROM typed WHERE NOT _in_scope AND NOT _gone")


def find_broken(session: Session, form: FactForm, known: KnownFacts, others: Sequence[KnownFacts]) -> Compared:
    """Fill `broken` (key, code) with facts that cannot hold beside others, as they would be known after this read.

    Shares of one transaction or deal must sum to the whole, over all feeds of credits, and what they name without a
    feed must be in one feed of transactions alone (`others` has both); one day cannot have two rates, nor somebody two
    scores for one measure, goal and day, nor a unit two rows, over all feeds of units; and none is above itself. Gives
    how many of the fresh and the unchanged rows of the read are among them.
    """
    match form.kind:
        case FactKind.UNITS:
            find_units(session, _units_now(form, known, others))
            query = f"SELECT key, code FROM units_wrong WHERE feed = {text(known.feed)}"
        case FactKind.CREDITS:
            query = _broken_credits(form, known, others)
        case FactKind.RATES:
            query = f"""
                WITH now AS ({_now(form, known, _RATED)})
                SELECT key, {text(Code.TWO_RATES)} AS code FROM now SEMI JOIN (
                    SELECT base, quote, date FROM now GROUP BY ALL HAVING min(rate) < max(rate)
                ) USING (base, quote, date)"""
        case FactKind.SCORES:
            query = f"""
                WITH now AS ({_now(form, known, SCORE_OF)})
                SELECT key, {text(Code.TWO_SCORES)} AS code FROM now
                QUALIFY count(*) OVER (PARTITION BY {", ".join(SCORE_OF)}) > 1"""
        case _:
            query = "SELECT NULL::VARCHAR AS key, NULL::VARCHAR AS code WHERE false"
    session.run(f"CREATE OR REPLACE TABLE broken AS {query}")
    of_read = f"({USABLE}) u SEMI JOIN broken b ON b.key = u.key WHERE NOT u._gone"
    every = session.number(f"SELECT count(*) FROM {of_read}")
    if not every:
        return Compared(0, 0)
    unchanged = session.number(f"SELECT count(*) FROM {of_read} AND u.id NOT IN (SELECT id FROM fresh)")
    return Compared(every - unchanged, unchanged)


def broken_rows(session: Session, limit: int) -> list[tuple[str, Code, int | None, str | None]]:
    """Give the first keys of `broken`, each with its code, the row and place where the read has it."""
    rows = session.rows(
        f"""SELECT b.key, b.code, min(u._row), min(u._place)
            FROM broken b LEFT JOIN (FROM ({USABLE}) SEMI JOIN broken USING (key)) u ON u.key = b.key
            GROUP BY b.key, b.code ORDER BY b.key, b.code LIMIT {limit}"""
    )
    return [
        (str(key), Code(str(code)), None if row is None else int(str(row)), None if place is None else str(place))
        for key, code, row, place in rows
    ]


def _take_back(session: Session) -> None:
    """Let a row that the mapping leaves out say that the known fact of its key is gone.

    As a mapping edit would. A row of the same key that is a fact goes before it, and several say so once.
    """
    if out_of_scope_count(session):
        session.run(
            f"""
            UPDATE typed_rows SET _gone = true WHERE rowid IN (
                SELECT min(t.rowid) FROM typed t SEMI JOIN known k ON k.key = t.key
                ANTI JOIN ({USABLE}) u ON u.key = t.key
                WHERE NOT t._in_scope AND NOT t._gone GROUP BY t.key)"""
        )


def _units_now(form: FactForm, known: KnownFacts, others: Sequence[KnownFacts]) -> str:
    """Write the query of what this feed and the others would say of units."""
    own = f"SELECT {text(known.feed)} AS feed, n.* FROM ({_now(form, known, SAID_OF_UNITS)}) n"
    return " UNION ALL BY NAME ".join(filter(None, (own, units_query(others))))


def _broken_credits(form: FactForm, known: KnownFacts, others: Sequence[KnownFacts]) -> str:
    names = ", ".join(_SHARED)
    shared = [one for one in others if one.kind is FactKind.CREDITS]
    further = "".join(f" UNION ALL SELECT NULL AS key, {names} FROM ({facts_query(one, _SHARED)})" for one in shared)
    return f"""
        WITH parts AS (
            SELECT key, transaction IS NOT NULL AS is_of_one, coalesce(transaction, deal) AS name, share
            FROM ({_now(form, known, _SHARED)}{further})
        ),
        several AS ({_in_several_feeds([one for one in others if one.kind is FactKind.TRANSACTIONS])})
        SELECT key, {text(Code.SHARES)} AS code FROM parts SEMI JOIN (
            SELECT is_of_one, name FROM parts GROUP BY ALL HAVING sum(share) <> {WHOLE} UNION ALL FROM several
        ) USING (is_of_one, name) WHERE key IS NOT NULL"""


def _in_several_feeds(sold: Sequence[KnownFacts]) -> str:
    """Write the query of the keys and the deals that transactions of several feeds have: such a name names none."""
    if len(sold) <= 1:
        return "SELECT NULL::BOOLEAN AS is_of_one, NULL::VARCHAR AS name WHERE false"
    every = " UNION ALL ".join(f"SELECT feed, key, deal FROM ({facts_query(one, _DEAL)})" for one in sold)
    return f"""SELECT is_of_one, name FROM (
                   SELECT feed, unnest([true, false]) AS is_of_one, unnest([key, deal]) AS name FROM ({every})
               ) GROUP BY ALL HAVING count(DISTINCT feed) > 1"""


def _now(form: FactForm, known: KnownFacts, columns: Mapping[str, ColumnType]) -> str:
    """Write the query of some columns of the facts as they would be known after this read."""
    names = ", ".join(map(quoted, columns))
    given = ", ".join(
        f"t.{quoted(name)}" if name in form.columns else f"NULL::{type_of(kind)} AS {quoted(name)}"
        for name, kind in columns.items()
    )
    return f"""
        SELECT key, {names} FROM ({facts_query(known, columns)})
        ANTI JOIN (SELECT t.key FROM typed t JOIN fresh f ON f.id = t.rowid) USING (key)
        UNION ALL SELECT t.key, {given} FROM typed t JOIN fresh f ON f.id = t.rowid WHERE NOT t._gone"""
