"""Rows of a read of facts that are no facts: what cannot be read, and what cannot be placed and waits.

In: the table `typed`, the view `mapped`, the view `names` (`engine.population`). Out: the table `aside`, one row for
each row that is set aside: `id` (its rowid in `typed`), `code`, `field` and `said` (what is wrong, and its value),
`stands` (`errors`, `quarantined`, or `excluded`: a row that stands there once more).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from calc.inputs import NAMES
from domain.facts import BESIDE, Code, FactKind
from engine.doubles import find_again, find_repeats
from engine.facts import WHOLE
from engine.session import Session, quoted, text
from formula.quantity import Quantity, Unit
from mapping.facts import CURRENCY, LOOKED_UP, SPLITS, FactForm

#: A value of the row cannot be read: its note says why.
NOTED = "noted"
ERRORS, QUARANTINED, EXCLUDED = "errors", "quarantined", "excluded"

_UNREAD = f"len(list_filter(t.{SPLITS}, lambda one: one.owner IS NULL OR one.share IS NULL)) > 0"
_NAMES = f"list_sort(list_transform(t.{SPLITS}, lambda one: one.owner))"
_TWICE = f"list_filter({_NAMES}, lambda one, nth: nth > 1 AND one = {_NAMES}[nth - 1])[1]"
_SUM = f"list_sum(list_transform(t.{SPLITS}, lambda one: one.share))"


@dataclass(frozen=True, slots=True)
class Aside:
    """A row set aside; `field` and `said` are what keeps it from being a fact, where it is one value."""

    row: int
    place: str
    key: str | None
    code: str
    field: str | None
    said: str | None
    stands: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row is in quarantine by; `is_place`: it has no key, and the key here is where it stands."""

    key: str
    code: str
    is_place: bool = False


@dataclass(frozen=True, slots=True)
class _Case:
    """When a row is set aside, why, where it is counted, and which field with which value is to blame (SQL)."""

    when: str
    code: str
    stands: str
    field: str | None = None
    said: str = "NULL"


def set_aside(session: Session, form: FactForm, *, credited: bool, is_distinct: bool) -> None:
    """Fill `aside`, each row by the first reason that fits.

    `credited`: another feed says whose transactions are, so that none of these needs an owner. `is_distinct`: no key
    stands twice among the rows, as was found out when the newest of each were looked for.
    """
    session.run(
        """CREATE OR REPLACE VIEW keys AS
           SELECT _row, _place, if(_gone, 'delete', 'upsert') AS _op, key AS _key, 'main' AS _engagement
           FROM typed WHERE _in_scope"""
    )
    find_again(session, among="FROM keys WHERE false" if is_distinct else "FROM keys")
    find_repeats(session)
    cases = "\n".join(
        f"WHEN {one.when} THEN struct_pack(code := {text(one.code)}, said := CAST({one.said} AS VARCHAR),"
        f" field := {text(one.field or '')}, stands := {text(one.stands)})"
        for one in (*_COMMON, *_cases(form, credited=credited))
    )
    strange, joins = _strangers(form)
    session.run(
        f"""
        CREATE OR REPLACE TABLE aside AS
        WITH {strange} judged AS (
            SELECT t.rowid AS id, CASE {cases} END AS found
            FROM typed t LEFT JOIN repeats d ON d._row = t._row AND d._place = t._place {joins}
            WHERE CASE WHEN t._gone THEN t.key IS NULL ELSE t._in_scope END
        )
        SELECT id, found.code AS code, nullif(found.field, '') AS field, found.said AS said, found.stands AS stands
        FROM judged WHERE found IS NOT NULL
        """
    )


def aside_count(session: Session) -> dict[str, int]:
    """Count the rows set aside, by where they are counted."""
    rows = session.rows("SELECT stands, count(*) FROM aside GROUP BY ALL")
    return {str(stands): int(str(number)) for stands, number in rows}


def unreadable_count(session: Session) -> int:
    """Count the rows of the read that are errors, or have a value that cannot be read; not those only tried again."""
    return session.number(
        f"""SELECT count(*) FROM typed t JOIN aside a ON a.id = t.rowid
            WHERE (a.stands = {text(ERRORS)} OR a.code = {text(NOTED)})
              AND coalesce(t.key NOT IN (SELECT key FROM tried_again), true)"""
    )


def further_count(session: Session, limit: int) -> int:
    """Count the rows set aside beyond those that are listed: `limit` of each of two kinds."""
    rows = session.rows(f"SELECT greatest(count(*) - {limit}, 0) FROM aside GROUP BY code = {text(NOTED)}")
    return sum(int(str(row[0])) for row in rows)


def aside_rows(session: Session, limit: int) -> Iterator[Aside]:
    """Give the first rows set aside whose values can be read, by row and place."""
    query = f"""SELECT t._row, t._place, t.key, a.code, a.field, a.said, a.stands
                FROM typed t JOIN aside a ON a.id = t.rowid
                WHERE a.code <> {text(NOTED)} ORDER BY t._row, t._place LIMIT {limit}"""
    for row, place, key, code, field, said, stands in session.rows(query):
        yield Aside(int(str(row)), str(place), _text(key), str(code), _text(field), _text(said), str(stands))


def keep_noted(session: Session, limit: int) -> None:
    """Fill `noted` with the first mapped rows that have a value which cannot be read."""
    first = f"""SELECT t._row, t._place FROM typed t JOIN aside a ON a.id = t.rowid
                WHERE a.code = {text(NOTED)} ORDER BY t._row, t._place LIMIT {limit}"""
    session.run(f"CREATE OR REPLACE TABLE noted AS SELECT m.* FROM mapped m SEMI JOIN ({first}) USING (_row, _place)")


def right_entries(
    session: Session,
    form: FactForm,
    entries: Sequence[Entry],
    still: Collection[Entry],
    *,
    tells_all: bool,
    lists_all: bool,
) -> list[Entry]:
    """Give those of some entries of the quarantine that this read brought right.

    `still` is all that the run lists as wrong, `lists_all`: all there is. A row that the read has is right where
    nothing of it is listed; one without a key where a read that `tells_all` does not have it.
    """
    if not entries:
        return []
    _load(session, "entries", entries)
    _load(session, "still", still)
    beside = ", ".join(map(text, ("", *BESIDE.get(form.kind, ()))))
    is_right = "true" if lists_all else "key NOT IN (SELECT key FROM bad)"
    rows = session.rows(
        f"""
        WITH bad AS (
            SELECT t.key FROM typed t JOIN aside a ON a.id = t.rowid
            WHERE a.stands <> {text(EXCLUDED)} AND t.key IS NOT NULL
        )
        SELECT key, code, is_place FROM entries ANTI JOIN still USING (key, code) ANTI JOIN broken USING (key, code)
        WHERE CASE WHEN code IN ({beside}) THEN true
                   WHEN key IN (SELECT key FROM typed WHERE key IS NOT NULL) THEN {is_right}
                   ELSE is_place AND {"true" if tells_all else "false"} END
        """
    )
    return [Entry(str(key), str(code), is_place=bool(is_place)) for key, code, is_place in rows]


def _load(session: Session, name: str, entries: Collection[Entry]) -> None:
    listed = list(entries)
    session.run(
        f"""CREATE OR REPLACE TABLE {name} AS
            SELECT unnest($1::VARCHAR[]) AS key, unnest($2::VARCHAR[]) AS code, unnest($3::BOOLEAN[]) AS is_place""",
        [[one.key for one in listed], [one.code for one in listed], [one.is_place for one in listed]],
    )


_COMMON = (
    _Case("d.differ", "duplicate_key", ERRORS),
    _Case("d.nth > 1", "repeated_row", EXCLUDED),
    _Case("t._faulty", NOTED, ERRORS),
    _Case("t._undated", NOTED, QUARANTINED),
)


def _cases(form: FactForm, *, credited: bool) -> Iterator[_Case]:
    match form.kind:
        case FactKind.TRANSACTIONS:
            yield _Case("t.date IS NULL", Code.DATE_MISSING, QUARANTINED, "date")
            yield from _amounts(form)
            yield from _owners(form, credited=credited)
        case FactKind.CREDITS:
            named = " AND ".join(f"t.{name} IS NULL" for name in ("transaction", "deal") if name in form.columns)
            yield _Case(named, "of_nothing", ERRORS)
            yield _Case("t.share IS NULL", "not_a_share", ERRORS, "share", "t._shares")
            yield _Case("t.participant IS NULL", Code.OWNER_MISSING, QUARANTINED, "participant")
            yield _Case("s.owner IS NOT NULL", Code.OWNER_UNKNOWN, QUARANTINED, "participant", "s.owner")
        case FactKind.SCORES:
            yield _Case("t.date IS NULL", Code.DATE_MISSING, QUARANTINED, "date")
            yield _Case("t.measure IS NULL", Code.MEASURE_MISSING, QUARANTINED, "measure")
            yield _Case("t.score IS NULL", Code.SCORE_MISSING, QUARANTINED, "score")
            yield from _amounts(form)
            yield _Case("t.participant IS NULL", Code.OWNER_MISSING, QUARANTINED, "participant")
            yield _Case("s.owner IS NOT NULL", Code.OWNER_UNKNOWN, QUARANTINED, "participant", "s.owner")
        case FactKind.RATES:
            yield _Case("t.date IS NULL", Code.DATE_MISSING, QUARANTINED, "date")
            for name in ("base", "quote"):
                yield _Case(_is_no_currency(f"t.{name}"), Code.CURRENCY_MISSING, QUARANTINED, name, f"t.{name}")
            yield _Case("t.rate IS NULL", "no_rate", ERRORS, "rate")
            yield _Case("t.rate <= 0", "not_positive", ERRORS, "rate")
        case FactKind.TABLES:
            yield _Case(f"t.{LOOKED_UP} IS NULL", "no_key", ERRORS, "key")
            yield from _days(form)
        case FactKind.UNITS:
            for name in ("unit", "kind"):
                yield _Case(f"t.{name} IS NULL", "no_unit", ERRORS, name)
            yield from _days(form)


def _days(form: FactForm) -> Iterator[_Case]:
    if {"from", "until"} <= form.columns.keys():
        yield _Case('t."until" <= t."from"', "no_days", ERRORS, "until")


def _amounts(form: FactForm) -> Iterator[_Case]:
    amounts = [name for name, kind in form.columns.items() if isinstance(kind, Quantity) and kind.unit is Unit.MONEY]
    if not amounts:
        return
    field = "amount" if "amount" in amounts else amounts[0]
    yield _Case("t._two", Code.TWO_CURRENCIES, QUARANTINED, field)
    present = " OR ".join(f"t.{quoted(name)} IS NOT NULL" for name in amounts)
    missing = f"({present}) AND {_is_no_currency(f't.{CURRENCY}')}"
    yield _Case(missing, Code.CURRENCY_MISSING, QUARANTINED, field, f"t.{CURRENCY}")


def _owners(form: FactForm, *, credited: bool) -> Iterator[_Case]:
    fields = ["owner"] if "owner" in form.columns else []
    fields += [SPLITS] if form.has_splits else []
    if form.has_splits:
        yield _Case(_UNREAD, "not_a_share", ERRORS, SPLITS, "t._shares")
        yield _Case(f"{_TWICE} IS NOT NULL", Code.NAMED_TWICE, QUARANTINED, SPLITS, _TWICE)
        yield _Case(f"{_SUM} <> {WHOLE}", Code.SHARES, QUARANTINED, SPLITS, _SUM)
    if fields and not credited:
        nobody = " AND ".join(f"t.{name} IS NULL" for name in fields)
        yield _Case(nobody, Code.OWNER_MISSING, QUARANTINED, fields[0])
    if "owner" in form.columns:
        yield _Case("s.owner IS NOT NULL", Code.OWNER_UNKNOWN, QUARANTINED, "owner", "s.owner")
    if form.has_splits:
        yield _Case("p.owner IS NOT NULL", Code.OWNER_UNKNOWN, QUARANTINED, SPLITS, "p.owner")


def _strangers(form: FactForm) -> tuple[str, str]:
    """Write what finds those whom no source knows, and how it is joined: `s` of the owner, `p` of the parts."""
    tables, joins = [], []
    name = "owner" if form.kind is FactKind.TRANSACTIONS else "participant"
    if name in form.columns:
        tables.append(
            f"""strange AS (SELECT DISTINCT t.{name} AS owner FROM typed t ANTI JOIN {NAMES} n ON n.owner = t.{name}
                WHERE t.{name} IS NOT NULL),"""
        )
        joins.append(f"LEFT JOIN strange s ON s.owner = t.{name}")
    if form.has_splits:
        tables.append(
            f"""strange_parts AS (
                SELECT id, min(u.owner) AS owner
                FROM (SELECT id, part.owner FROM (SELECT rowid AS id, unnest({SPLITS}) AS part FROM typed)) u
                ANTI JOIN {NAMES} n ON n.owner = u.owner WHERE u.owner IS NOT NULL GROUP BY id),"""
        )
        joins.append("LEFT JOIN strange_parts p ON p.id = t.rowid")
    return " ".join(tables), " ".join(joins)


def _is_no_currency(column: str) -> str:
    return f"NOT coalesce(regexp_full_match({column}, '[A-Z]{{3}}'), false)"


def _text(cell: object) -> str | None:
    return None if cell is None else str(cell)
