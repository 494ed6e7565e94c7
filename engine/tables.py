"""Tables as mappings look them up: for each key and day at most one row, every value canonical text.

In: the facts of a feed of tables (`engine.facts`). Out: the table `table:<name>` with `lookup`, `from`, `until` (days,
half-open, always there) and the table's columns. Rows of one key that share a day say nothing, neither of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.facts import KnownFacts, facts_query
from engine.session import Session, quoted
from formula.expression import ColumnType, Type
from formula.quantity import Quantity
from mapping.facts import LOOKED_UP
from mapping.lookup import table_input

_FIRST, _LAST = "0001-01-01", "9999-12-31"


def load_table(session: Session, name: str, facts: KnownFacts, columns: Sequence[str]) -> None:
    """Make the table of this name with these columns; one that the facts have not is null."""
    texts = "".join(f", {_text(column, facts.columns.get(column))} AS {quoted(column)}" for column in columns)
    first, last = (f"t.{quoted(edge)}" if edge in facts.columns else "NULL::DATE" for edge in ("from", "until"))
    session.run(
        f"""
        CREATE OR REPLACE TABLE {quoted(table_input(name))} AS
        WITH dated AS (
            SELECT t.*, coalesce({first}, DATE '{_FIRST}') AS starts, coalesce({last}, DATE '{_LAST}') AS ends
            FROM ({facts_query(facts)}) t
        ), told AS (
            SELECT *, max(ends) OVER (PARTITION BY {LOOKED_UP} ORDER BY starts, key
                                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > starts AS is_late,
                   min(starts) OVER (PARTITION BY {LOOKED_UP} ORDER BY starts, key
                                     ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) < ends AS is_early
            FROM dated
        )
        SELECT t.{LOOKED_UP}, starts AS "from", ends AS "until"{texts}
        FROM told t WHERE NOT coalesce(is_late, false) AND NOT coalesce(is_early, false)
        """
    )


def _text(column: str, kind: ColumnType | None) -> str:
    if kind is None:
        return "NULL::VARCHAR"
    name = f"t.{quoted(column)}"
    if isinstance(kind, Quantity) and kind.scale:
        unit = f"CAST('0.{'0' * (kind.scale - 1)}1' AS DECIMAL({kind.scale + 1}, {kind.scale}))"
        return f"rtrim(rtrim(CAST(CAST({name} AS DECIMAL(19, 0)) * {unit} AS VARCHAR), '0'), '.')"
    return f"CAST({name} AS VARCHAR)" if isinstance(kind, Quantity) or kind is Type.DAY else name
