"""Units as their feeds describe them: what holds of each on which days, and which rows cannot hold beside others.

In: facts of feeds of units, or a query of them as a read would leave them. A row holds from its `from` (always, where
it says none) until its own `until`, or the next row of its unit begins. Of two rows of one unit that share a day
neither counts, and none of those that make a unit its own parent's parent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from domain.attributes import UnitKind
from domain.facts import Code, FactKind
from domain.step import FOREVER
from domain.units import Unit, UnitId
from engine.facts import KnownFacts, facts_query
from engine.session import Session, text
from formula.expression import ColumnType, Type

#: What a calculation of units reads of a feed.
SAID: Mapping[str, ColumnType] = {
    **dict.fromkeys(("kind", "unit", "name", "parent_kind", "parent"), Type.TEXT),
    **dict.fromkeys(("from", "until"), Type.DAY),
}
#: Nothing has so many units above it: a longer chain leads into a circle of others, which is found from within it.
_HIGHEST = 100
_BEGINNING = date.min


def find_units(session: Session, said: str) -> None:
    """Make `units_said` of a query with `feed`, `key` and the columns of `SAID`, and `units_wrong` of what cannot hold.

    units_said   feed, key, kind, unit, name, parent_kind, parent, start, end: every row
    units_wrong  feed, key, code
    """
    session.run(
        f"""
        CREATE OR REPLACE TABLE units_said AS
        SELECT feed, key, kind, unit, name, coalesce(parent_kind, kind) AS parent_kind, parent,
               coalesce("from", DATE '{_BEGINNING}') AS start,
               coalesce("until", lead("from") OVER one_unit, DATE '{FOREVER}') AS "end"
        FROM ({said})
        WINDOW one_unit AS (PARTITION BY kind, unit ORDER BY "from" NULLS FIRST, feed, key)
        """
    )
    session.run(
        f"""
        CREATE OR REPLACE TABLE units_wrong AS
        WITH RECURSIVE twice AS (
            SELECT DISTINCT a.feed, a.key FROM units_said a JOIN units_said b USING (kind, unit)
            WHERE (a.feed, a.key) <> (b.feed, b.key) AND
                  (a.start = b.start OR (a.start < b."end" AND b.start < a."end"))
        ), held AS (
            SELECT * FROM units_said ANTI JOIN twice USING (feed, key) WHERE parent IS NOT NULL
        ), walk AS (
            SELECT feed, key, kind AS of_kind, unit AS of_unit, parent_kind, parent, start, "end", 1 AS steps FROM held
            UNION ALL
            SELECT w.feed, w.key, w.of_kind, w.of_unit, h.parent_kind, h.parent, greatest(w.start, h.start),
                   least(w."end", h."end"), steps + 1
            FROM walk w JOIN held h ON h.kind = w.parent_kind AND h.unit = w.parent
                 AND h.start < w."end" AND w.start < h."end"
            WHERE (w.parent_kind, w.parent) <> (w.of_kind, w.of_unit) AND steps < {_HIGHEST}
        )
        SELECT feed, key, {text(Code.TWO_UNITS)} AS code FROM twice
        UNION ALL SELECT DISTINCT feed, key, {text(Code.UNIT_CIRCLE)} FROM walk
        WHERE parent_kind = of_kind AND parent = of_unit
        """
    )


def units_query(facts: Sequence[KnownFacts]) -> str:
    """Write the query of everything that some feeds say of units."""
    queries = [facts_query(one, SAID) for one in facts if one.kind is FactKind.UNITS]
    return " UNION ALL BY NAME ".join(f"SELECT * EXCLUDE (_run) FROM ({one})" for one in queries)


def known_units(session: Session, facts: Sequence[KnownFacts]) -> Iterator[Unit]:
    """Yield what counts of what feeds say of units, by kind, id and day."""
    if not (said := units_query(facts)):
        return
    find_units(session, said)
    rows = session.rows(
        """SELECT kind, unit, name, parent_kind, parent, start::VARCHAR, "end"::VARCHAR, feed FROM units_said
           ANTI JOIN units_wrong USING (feed, key) ORDER BY kind, unit, start"""
    )
    for kind, unit, name, parent_kind, parent, start, end, feed in rows:
        yield Unit(
            UnitId(UnitKind(str(kind)), str(unit)),
            None if name is None else str(name),
            None if parent is None else UnitId(UnitKind(str(parent_kind)), str(parent)),
            date.fromisoformat(str(start)),
            date.fromisoformat(str(end)),
            str(feed),
        )
