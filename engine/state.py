"""The newest record of each key of a feed, folded from its segments."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlglot import exp

from engine.landing import NATIVE, OPERATION, PLACE, ROW
from engine.printer import printed
from engine.session import Session, quoted, read_files, row_count, text, write_whole
from engine.text_functions import trim


def gather(session: Session, name: str, segments: Sequence[Path], columns: Sequence[str]) -> bool:
    """Make a view of all rows of some segments, in the order they were landed; tell whether any cell may be no text.

    Where each of their cells is a text, as of every CSV, the view says so: then nothing need be asked of each cell.
    """
    rows = _all(segments, columns)
    literal = not segments or has_literals(session, segments)
    if not literal:
        rows = f"SELECT * REPLACE (NULL::VARCHAR AS {NATIVE}) FROM ({rows})"
    session.run(f"CREATE OR REPLACE VIEW {name} AS {rows}")
    return literal


def newest(session: Session, name: str, segments: Sequence[Path], columns: Sequence[str], keys: Sequence[str]) -> int:
    """Make a relation of the newest row of each key, as `fold` does; give how many rows a newer one replaced.

    Where no key stands twice nothing is replaced, and a view of the segments is all there is to make.
    """
    rows = _all(segments, columns)
    if session.number(f"SELECT count(*) - count(DISTINCT hash({key_of(keys)})) FROM ({rows})"):
        return fold(session, name, segments, columns, keys)
    session.run(
        f"CREATE OR REPLACE VIEW {name} AS SELECT * REPLACE (if(_op = 'replace', 'upsert', _op) AS _op) FROM ({rows})"
    )
    return 0


def fold(
    session: Session,
    name: str,
    segments: Sequence[Path],
    columns: Sequence[str],
    keys: Sequence[str],
    only: str | None = None,
    *,
    posts: Sequence[str] = (),
    days: Sequence[str] = (),
) -> int:
    """Make a table of the newest row of each key; give how many rows a newer one of the same key replaced.

    `keys` are the source's key columns; they are compared trimmed, as the mapping does. Later segments are newer,
    and within one a later row is. `only` is a query of some keys, as the mapping writes them (None: all). `posts` are
    columns that tell several records of one key apart, and `days` those that tell rows of a history apart: of such a
    key a row that replaces the record, or a deletion that names no day, ends all that was sent of it before.
    """
    key, record = key_of(keys), key_of((*keys, *posts, *days))
    undated = " AND ".join(["_op = 'delete'", *(f"coalesce(trim({quoted(day)}), '') = ''" for day in days)])
    ends = f"_op = 'replace' OR ({undated})" if days else "_op = 'replace'"
    order = "_segment * 1099511627776 + _nth"
    since = f"max({order}) FILTER ({ends}) OVER (PARTITION BY {key})" if posts or days else "NULL"
    left = f"AND NOT ({undated} AND count(*) OVER (PARTITION BY {key}) > 1)" if days else ""
    among = "" if only is None else f"WHERE {key} IN ({only})"
    numbered = " UNION ALL BY NAME ".join(
        f"SELECT * RENAME (file_row_number AS _nth), {number} AS _segment"
        f" FROM {read_files([path], 'file_row_number = true')}"
        for number, path in enumerate(segments)
    )
    if not segments:
        numbered = f"SELECT *, 0 AS _segment, 0 AS _nth FROM ({_all([], columns)})"
    session.run(
        f"""
        CREATE OR REPLACE TABLE {name} AS
        SELECT * EXCLUDE (_segment, _nth, _since) REPLACE (if(_op = 'replace', 'upsert', _op) AS _op)
        FROM (SELECT *, {since} AS _since FROM ({numbered}) {among}) WHERE coalesce({order} >= _since, true)
        QUALIFY row_number() OVER (PARTITION BY {record} ORDER BY _segment DESC, _nth DESC) = 1 {left}
        """
    )
    total = sum(row_count(session, path) for path in segments)
    return total - session.number(f"SELECT count(*) FROM {name}")


def fold_landed(
    session: Session,
    name: str,
    files: Sequence[tuple[Path, int | None]],
    columns: Sequence[str],
    keys: Sequence[str],
    which: str,
) -> int:
    """Make a table of the newest row of each key of what was landed, with the run that read it in its place.

    `files` come with their run, the oldest first; None: their rows say it already. `which` is a condition on the
    key, `_known_by`. A row that lacks one of `columns` is left out; gives how many those are.
    """
    keyed = [(path, run) for path, run in files if has_columns(session, [path], keys)]
    lacking = [number for number, (path, _) in enumerate(keyed) if not has_columns(session, [path], columns)]
    numbered = " UNION ALL BY NAME ".join(
        f"""SELECT * REPLACE ({"_place" if run is None else f"_place || ' (R{run})'"} AS _place)
            RENAME (file_row_number AS _nth), {number} AS _segment
            FROM {read_files([path], "file_row_number = true")}"""
        for number, (path, run) in enumerate(keyed)
    )
    if not keyed:
        numbered = f"SELECT *, 0 AS _segment, 0 AS _nth FROM ({_all([], columns)})"
    session.run(
        f"""
        CREATE OR REPLACE TABLE {name} AS SELECT * EXCLUDE (_nth, _known_by)
        FROM (SELECT *, {key_of(keys)} AS _known_by FROM ({numbered})) WHERE {which}
        QUALIFY row_number() OVER (PARTITION BY _known_by ORDER BY _segment DESC, _nth DESC) = 1
        """
    )
    missed = sum(row_count(session, path) for path, run in files if (path, run) not in keyed)
    if lacking:
        lacks = f"FROM {name} WHERE _segment IN ({', '.join(map(str, lacking))})"
        missed += session.number(f"SELECT count(*) {lacks}")
        session.run(f"DELETE {lacks}")
    session.run(f"ALTER TABLE {name} DROP COLUMN _segment")
    return missed


def add_all(session: Session, name: str, state: str, keys: Sequence[str], posts: Sequence[str] = ()) -> None:
    """Add to a folded table what another has of every record that it does not have itself."""
    key = key_of((*keys, *posts))
    session.run(f"INSERT INTO {name} BY NAME SELECT * FROM {state} WHERE {key} NOT IN (SELECT {key} FROM {name})")


def add_some(
    session: Session, name: str, state: str, keys: Sequence[str], wanted: Sequence[str], posts: Sequence[str] = ()
) -> frozenset[str]:
    """Add to a folded table what another has of some keys that it does not have itself; give the keys added.

    Where `posts` tell several records of one key apart, also the other records of the keys that it has.
    """
    key, record = key_of(keys), key_of((*keys, *posts))
    session.run(f"CREATE OR REPLACE TEMP TABLE keys_brought AS SELECT DISTINCT {key} AS key FROM {name}")
    also = f"OR {key} IN (FROM keys_brought)" if posts else ""
    rows = session.rows(
        f"""INSERT INTO {name} BY NAME SELECT * FROM {state}
            WHERE ({key} IN (SELECT unnest($1::VARCHAR[])) {also}) AND {record} NOT IN (SELECT {record} FROM {name})
            RETURNING {key}""",
        [list(wanted)],
    )
    own = {str(row[0]) for row in session.rows("FROM keys_brought")} if posts and rows else set[str]()
    return frozenset(str(row[0]) for row in rows) - own


def write_state(session: Session, state: str, keys: Sequence[str], target: Path) -> None:
    """Write a folded table into one file sorted by key, whole or not at all."""
    write_whole(session, f"SELECT * FROM {state} ORDER BY {key_of(keys)}", target)


def has_columns(session: Session, segments: Sequence[Path], columns: Sequence[str]) -> bool:
    """Tell whether every one of some segments has all of the columns."""
    if not segments:
        return True
    paths = ", ".join(text(str(path)) for path in segments)
    rows = session.rows(f"SELECT list(name) FROM parquet_schema([{paths}]) GROUP BY file_name")
    return all(isinstance(names, list) and set(columns) <= set(names) for (names,) in rows)


def has_literals(session: Session, segments: Sequence[Path]) -> bool:
    """Tell whether any cell of some segments was no text; what a file does not say of itself may be."""
    paths = ", ".join(text(str(path)) for path in segments)
    return bool(
        session.number(
            f"""SELECT count(*) FROM parquet_metadata([{paths}])
                WHERE path_in_schema = '{NATIVE}' AND stats_null_count IS DISTINCT FROM num_values"""
        )
    )


def missed_keys(session: Session, before: str, now: str) -> frozenset[str]:
    """Give the keys whose mapped record in `now` is not what `before` has: what no increment had brought."""
    columns = [name for name in session.columns(now) if name not in (ROW, PLACE)]
    chosen = ", ".join(quoted(name) for name in columns)
    differing = f"SELECT {chosen} FROM {now} EXCEPT SELECT {chosen} FROM {before}"
    rows = session.rows(f"SELECT DISTINCT _key FROM ({differing}) WHERE _key IS NOT NULL")
    return frozenset(str(row[0]) for row in rows)


def key_of(columns: Sequence[str]) -> str:
    """Write a key as the mapping does (`formula.canonical.key`)."""
    parts = [f"coalesce({printed(trim(exp.column(column, quoted=True)))}, '')" for column in columns]
    if len(parts) == 1:
        return parts[0]
    return " || '|' || ".join(f"replace(replace({part}, '\\', '\\\\'), '|', '\\|')" for part in parts)


def _all(segments: Sequence[Path], columns: Sequence[str]) -> str:
    ours = (ROW, PLACE, OPERATION, NATIVE)
    if segments:
        return f"SELECT * FROM {read_files(segments, 'union_by_name = true')}"
    empty = [f"NULL::{'BIGINT' if name == ROW else 'VARCHAR'} AS {quoted(name)}" for name in (*ours, *columns)]
    return f"SELECT {', '.join(empty)} WHERE false"
