"""Facts as known at a revision, as columns: what a calculation and a mapping read of them.

In: for each feed the files that were published up to the revision. A file of facts holds `_op, _run, feed, key, place`
and the columns of its generation; a file of replaced keys holds `key` and the `_run` that brought something newer. A
fact holds unless a later run replaced its key. Runs of one feed follow one another, so that their numbers are an order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from calc.inputs import (
    RATE,
    RATES,
    SCORE_OF,
    SCORED,
    SPLITS,
    TRANSACTION,
    TRANSACTIONS,
    is_same_kind,
    score_columns,
    transaction_columns,
)
from domain.facts import DELETED, SHARE_SCALE, Code, FactKind
from engine.session import Session, quoted, read_files, text
from formula.expression import ColumnType, Type
from formula.quantity import Quantity, rate
from mapping.facts import SPLITS as PARTS

#: The view of transactions that a calculation must not use, and why: (feed, key, place, date, amount, currency, code).
UNUSABLE = "unusable"
#: The view of all transactions and scores, the unusable included: (date, feed, currency, place).
LANDED = "landed"
#: How the parts of a transaction are held.
PARTS_TYPE = "STRUCT(owner VARCHAR, share BIGINT)[]"
WHOLE = 10**SHARE_SCALE


@dataclass(frozen=True, slots=True)
class KnownFacts:
    """The facts of one feed as known at a revision.

    columns    what its files hold, with types; `splits` beside them where `has_splits`
    table      the name of the table that a feed of tables feeds
    files      of facts, and `replaced` of keys that later ones replaced
    """

    feed: str
    kind: FactKind
    columns: Mapping[str, ColumnType]
    has_splits: bool = False
    table: str | None = None
    files: tuple[Path, ...] = ()
    replaced: tuple[Path, ...] = ()


def load_facts(
    session: Session, facts: Sequence[KnownFacts], declared: Mapping[str, ColumnType] = TRANSACTION
) -> dict[str, ColumnType]:
    """Make the views of `calc.inputs` that hold facts; give the columns of transactions, the company's own included.

    Those that are `declared` are there too where no fact has them yet: they are null.

    transactions   of all feeds, and scores beside them, less those of `unusable`
    splits         their parts, from the transactions themselves and from feeds of credits; shares sum to 1
    rates          one for each feed, pair of currencies and day
    unusable       transactions whose parts do not sum to the whole, and scores that contradict one another
    landed         all of both: (date, feed, currency, place)
    """
    sold = [one for one in facts if one.kind is FactKind.TRANSACTIONS]
    scored = [one for one in facts if one.kind is FactKind.SCORES]
    own = (*(one.columns for one in sold), *(score_columns(one.columns) for one in scored))
    columns = transaction_columns((*own, declared))
    queries = [_transactions(one, columns) for one in sold] or [_nothing({**_IDENTITY, **columns})]
    session.run(f"CREATE OR REPLACE VIEW known_transactions AS {' UNION ALL '.join(queries)}")
    shared = [one for one in facts if one.kind is FactKind.CREDITS]
    _find_credits(session, shared, sold)
    _share_transactions(session, columns, scored, is_shared=bool(shared))
    _make_rates(session, [one for one in facts if one.kind is FactKind.RATES])
    return columns


def facts_query(facts: KnownFacts, columns: Mapping[str, ColumnType] | None = None) -> str:
    """Write the query of the facts of a feed that hold: `_run, feed, key, place` and some columns, or all of them.

    A number is given at the scale that is asked for, which is not smaller than its own; a column that the feed has
    not, or means otherwise, is null.
    """
    wanted = dict(facts.columns) if columns is None else dict(columns)
    if not facts.files:
        return _nothing({"_run": Type.WHOLE, **_IDENTITY, **wanted}, with_parts=facts.has_splits)
    named = [f"{_column(name, kind, facts.columns.get(name))} AS {quoted(name)}" for name, kind in wanted.items()]
    parts = [f"d.{PARTS}"] if facts.has_splits else []
    select = ", ".join(["d._run", "d.feed", "d.key", "d.place", *named, *parts])
    query = f"SELECT {select} FROM {read_files(facts.files)} d"
    if facts.replaced:
        newer = f"SELECT key, max(_run) AS _run FROM {read_files(facts.replaced)} GROUP BY key"
        query += f" ANTI JOIN ({newer}) n ON n.key = d.key AND n._run > d._run"
    return f"{query} WHERE d._op <> {text(DELETED)}"


def type_of(kind: ColumnType) -> str:
    """Name the engine's type of a column."""
    if isinstance(kind, Quantity) or kind is Type.WHOLE:
        return "BIGINT"
    return "DATE" if kind is Type.DAY else "VARCHAR"


_IDENTITY: Mapping[str, ColumnType] = dict.fromkeys(("feed", "key", "place"), Type.TEXT)
CREDIT: Mapping[str, ColumnType] = {
    **dict.fromkeys(("transaction", "deal", "participant"), Type.TEXT),
    "share": rate(SHARE_SCALE),
}


def _transactions(facts: KnownFacts, columns: Mapping[str, ColumnType]) -> str:
    own = {name: kind for name, kind in columns.items() if name not in (*_IDENTITY, "splits_of")}
    parts = PARTS if facts.has_splits else f"NULL::{PARTS_TYPE} AS {PARTS}"
    names = ", ".join(map(quoted, own))
    return f"SELECT feed, key, place, {names}, {parts} FROM ({facts_query(facts, own)})"


def _find_credits(session: Session, facts: Sequence[KnownFacts], sold: Sequence[KnownFacts]) -> None:
    """Make `credit_parts`, each with what it is a part of, and `credit_wholes`: these, and whether they sum up.

    One that names a transaction is about that; one that names a deal alone is about all transactions of the deal. A
    name is that of one feed: `feed:key`, or the key where no other feed has it; else nobody has any part of either.
    """
    queries = [facts_query(one, CREDIT) for one in facts] or [_nothing({"_run": Type.WHOLE, **_IDENTITY, **CREDIT})]
    session.run(
        f"""CREATE OR REPLACE TABLE credit_parts AS
            SELECT feed, key, place, transaction IS NOT NULL AS is_of_one, coalesce(transaction, deal) AS name,
                   participant AS owner, share
            FROM ({" UNION ALL ".join(queries)})"""
    )
    # a table, so that the engine knows which side of the joins below is the smaller one
    session.run(
        f"""
        CREATE OR REPLACE TABLE credit_names AS
        WITH whole AS (
            SELECT is_of_one, name, sum(share) = {WHOLE} AS is_whole FROM credit_parts GROUP BY ALL
        ),
        sold AS (SELECT DISTINCT unnest($1::VARCHAR[]) AS feed)
        SELECT w.*, s.feed AS within, if(s.feed IS NULL, name, substr(name, length(s.feed) + 2)) AS bare
        FROM whole w LEFT JOIN sold s ON s.feed = split_part(w.name, ':', 1) AND contains(w.name, ':')""",
        [[one.feed for one in sold]],
    )
    session.run(
        f"""
        CREATE OR REPLACE TABLE credit_wholes AS
        WITH found AS MATERIALIZED (
            {f"SELECT *, {text(sold[0].feed)} AS feed FROM credit_names" if len(sold) == 1 else _FOUND}
        ),
        several AS (SELECT is_of_one, name FROM found GROUP BY ALL HAVING count(*) > 1),
        told AS (SELECT DISTINCT is_of_one, feed, bare FROM found WHERE within IS NOT NULL)
        SELECT f.* REPLACE (is_whole AND s.name IS NULL AS is_whole)
        FROM found f LEFT JOIN several s USING (is_of_one, name) LEFT JOIN told t USING (is_of_one, feed, bare)
        WHERE f.within IS NOT NULL OR t.bare IS NULL"""
    )
    session.run("DROP TABLE credit_names")


#: Of several feeds it is for their transactions to say which of them a name is of; of one alone every name is. These
#: are narrowed to the names first, which takes a third of what the join does.
_FOUND = """
    SELECT n.*, t.feed FROM (FROM credit_names WHERE is_of_one) n JOIN (
        SELECT DISTINCT t.feed, t.key AS bare FROM known_transactions t
        SEMI JOIN (FROM credit_names WHERE is_of_one) n ON n.bare = t.key
    ) t ON t.bare = n.bare AND coalesce(n.within, t.feed) = t.feed
    UNION ALL SELECT n.*, t.feed FROM (FROM credit_names WHERE NOT is_of_one) n JOIN (
        SELECT DISTINCT t.feed, t.deal AS bare FROM known_transactions t
        SEMI JOIN (FROM credit_names WHERE NOT is_of_one) n ON n.bare = t.deal
    ) t ON t.bare = n.bare AND coalesce(n.within, t.feed) = t.feed"""


def _scores(scored: Sequence[KnownFacts], columns: Mapping[str, ColumnType]) -> str:
    """Write the query of scores as transactions are; of two for one participant, measure, goal and day none counts."""
    own = {name: kind for name, kind in columns.items() if name not in (*_IDENTITY, "splits_of", "owner", SCORED)}
    asked = {**own, **SCORE_OF}
    every = " UNION ALL ".join(facts_query(one, asked) for one in scored)
    said = {"owner": "participant", SCORED: "measure", "splits_of": "NULL::VARCHAR"}
    names = ", ".join(f"{said.get(name, quoted(name))} AS {quoted(name)}" for name in columns)
    return f"""SELECT {names}, if(count(*) OVER (PARTITION BY {", ".join(SCORE_OF)}) > 1, false, NULL) AS is_whole,
                      {text(Code.TWO_SCORES)} AS code
               FROM ({every})"""


def _share_transactions(
    session: Session, columns: Mapping[str, ColumnType], scored: Sequence[KnownFacts], *, is_shared: bool
) -> None:
    """Make `transactions`, `splits` and `unusable`: what the parts of each transaction are found by.

    Its own parts go before those that credits give it, and these before those of its deal.
    """
    names = ", ".join(f"t.{quoted(name)}" for name in columns if name != "splits_of")
    own = f"CASE WHEN t.{PARTS} IS NOT NULL THEN t.feed || '|' || t.key"
    query = f"SELECT {names}, {own} END AS splits_of, NULL::BOOLEAN AS is_whole FROM known_transactions t"
    if is_shared:
        of_one = "WHEN o.name IS NOT NULL THEN t.feed || '|' || t.key"
        of_deal = "WHEN d.name IS NOT NULL THEN '|' || d.name"
        whole = f"CASE WHEN t.{PARTS} IS NULL THEN coalesce(o.is_whole, d.is_whole) END"
        query = f"""SELECT {names}, {own} {of_one} {of_deal} END AS splits_of, {whole} AS is_whole
                    FROM known_transactions t
                    LEFT JOIN (FROM credit_wholes WHERE is_of_one) o ON o.feed = t.feed AND o.bare = t.key
                    LEFT JOIN (FROM credit_wholes WHERE NOT is_of_one) d ON d.feed = t.feed AND d.bare = t.deal"""
    query = f"SELECT *, {text(Code.SHARES)} AS code FROM ({query})"
    if scored:
        query += f" UNION ALL BY NAME {_scores(scored, columns)}"
    session.run(f"CREATE OR REPLACE VIEW shared_transactions AS {query}")
    session.run(
        f"""CREATE OR REPLACE VIEW {TRANSACTIONS} AS
            SELECT * EXCLUDE (is_whole, code) FROM shared_transactions WHERE is_whole IS DISTINCT FROM false"""
    )
    broken = "NOT is_whole" if scored or _any_is_broken(session) else "false"
    session.run(
        f"""CREATE OR REPLACE VIEW {UNUSABLE} AS
            SELECT feed, key, place, date, amount, currency, code FROM shared_transactions WHERE {broken}"""
    )
    told: Mapping[str, ColumnType] = {"date": Type.DAY, "currency": Type.TEXT}
    every = ["known_transactions", *(f"({facts_query(one, told)})" for one in scored)]
    landed = " UNION ALL ".join(f"SELECT date, feed, currency, place FROM {one}" for one in every)
    session.run(f"CREATE OR REPLACE VIEW {LANDED} AS {landed}")
    given = f"""
        SELECT w.feed || '|' || w.bare AS "of", c.owner, c.share
        FROM (FROM credit_wholes WHERE is_of_one) w JOIN credit_parts c ON c.is_of_one AND c.name = w.name
        ANTI JOIN (FROM known_transactions WHERE {PARTS} IS NOT NULL) t ON t.feed = w.feed AND t.key = w.bare
        UNION ALL SELECT '|' || name AS "of", owner, share FROM credit_parts WHERE NOT is_of_one"""
    session.run(
        f"""CREATE OR REPLACE VIEW {SPLITS} AS
            SELECT "of", part.owner AS owner, part.share AS share
            FROM (SELECT feed || '|' || key AS "of", unnest({PARTS}) AS part
                  FROM known_transactions WHERE {PARTS} IS NOT NULL)
            {f"UNION ALL {given}" if is_shared else ""}"""
    )


def _any_is_broken(session: Session) -> bool:
    """Tell whether any parts do not sum to the whole: to look for their transactions is to look at every one."""
    return session.number("SELECT count(*) FROM credit_wholes WHERE NOT is_whole") > 0


def _make_rates(session: Session, facts: Sequence[KnownFacts]) -> None:
    """Make `rates`: where two facts give two rates for one day, neither of them counts."""
    own = {name: kind for name, kind in RATE.items() if name != "feed"}
    queries = [facts_query(one, own) for one in facts] or [_nothing({"_run": Type.WHOLE, **_IDENTITY, **own})]
    session.run(
        f"""CREATE OR REPLACE VIEW {RATES} AS
            SELECT feed, base, quote, date, min(rate) AS rate FROM ({" UNION ALL ".join(queries)})
            GROUP BY feed, base, quote, date HAVING min(rate) = max(rate)"""
    )


def _column(name: str, wanted: ColumnType, known: ColumnType | None) -> str:
    if known is None or not is_same_kind(known, wanted):
        return f"NULL::{type_of(wanted)}"
    column = f"d.{quoted(name)}"
    if isinstance(known, Quantity) and isinstance(wanted, Quantity) and known.scale != wanted.scale:
        return f"{column} * {10 ** (wanted.scale - known.scale)}"
    return column


def _nothing(columns: Mapping[str, ColumnType], *, with_parts: bool = True) -> str:
    named = [f"NULL::{type_of(kind)} AS {quoted(name)}" for name, kind in columns.items()]
    parts = [f"NULL::{PARTS_TYPE} AS {PARTS}"] if with_parts else []
    return f"SELECT {', '.join([*named, *parts])} WHERE false"
