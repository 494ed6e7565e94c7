"""What a careful person writes by hand in DuckDB: CSV -> Parquet -> cast -> full join with a roster -> what differs.

`prepare CSV ROSTER` makes the Parquet roster (typed columns, sorted by id); `compare CSV ROSTER FOLDER` lands the file,
casts it, lists values that cannot be cast, and writes changed fields, added and removed people to FOLDER, flushed to
the disk. Prints what it found as JSON. Runs with the packages of the program itself, as it needs none but duckdb.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import duckdb

KEY = "employee_id"
TEXTS = ("name", "email", "title", "job_code", "team", "territory", "country", "cost_center")
WHOLES = ("level", "reports", "badge", "quota_units", "seat")
DECIMALS = ("base_salary", "ote", "target_incentive", "hourly_rate")
DATES = ("hire_date", "original_hire_date", "reviewed_on")
TYPES = {
    **dict.fromkeys(WHOLES, "BIGINT"), **dict.fromkeys(DECIMALS, "DECIMAL(18,4)"), **dict.fromkeys(DATES, "DATE")
}  # fmt: skip
COLUMNS = (*TEXTS, *TYPES)


def main(work: str, source: str, roster: str, folder: str = ".") -> None:
    """Do one of the two."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    if work == "prepare":
        landed = Path(roster).with_suffix(".landed.parquet")
        _land(connection, source, landed)
        _cast(connection, landed)
        connection.execute(f"COPY (FROM sent ORDER BY {KEY}) TO '{roster}' (FORMAT parquet, COMPRESSION zstd)")
        landed.unlink()
    else:
        print(json.dumps(_compare(connection, source, roster, Path(folder))))


def _compare(connection: duckdb.DuckDBPyConnection, source: str, roster: str, folder: Path) -> dict[str, int]:
    landed, fields, people = (folder / f"{name}.parquet" for name in ("landed", "fields", "people"))
    _land(connection, source, landed)
    _cast(connection, landed)
    bad = " UNION ALL ".join(
        f"SELECT {KEY}, '{name}' AS field, {name} AS value FROM '{landed}' WHERE {name} IS NOT NULL"
        f" AND try_cast(trim({name}) AS {kind}) IS NULL"
        for name, kind in TYPES.items()
    )
    connection.execute(f"CREATE TABLE bad AS {bad}")
    pairs = ", ".join(f"o.{name} AS o_{name}, n.{name} AS n_{name}" for name in COLUMNS)
    differs = " OR ".join(f"o.{name} IS DISTINCT FROM n.{name}" for name in COLUMNS)
    connection.execute(
        f"""CREATE TABLE joined AS SELECT o.{KEY} AS o_key, n.{KEY} AS n_key, {pairs}
            FROM '{roster}' o FULL JOIN sent n ON o.{KEY} = n.{KEY}
            WHERE o.{KEY} IS NULL OR n.{KEY} IS NULL OR {differs}"""
    )
    changed = " UNION ALL ".join(
        f"SELECT o_key AS key, '{name}' AS field, CAST(o_{name} AS VARCHAR) AS before,"
        f" CAST(n_{name} AS VARCHAR) AS after FROM joined"
        f" WHERE o_key IS NOT NULL AND n_key IS NOT NULL AND o_{name} IS DISTINCT FROM n_{name}"
        for name in COLUMNS
    )
    connection.execute(
        f"""CREATE TABLE fields AS SELECT * FROM ({changed}) c
            ANTI JOIN bad b ON b.{KEY} = c.key AND b.field = c.field ORDER BY key, field"""
    )
    connection.execute(f"COPY fields TO '{fields}' (FORMAT parquet)")
    connection.execute(f"COPY (FROM joined WHERE o_key IS NULL OR n_key IS NULL) TO '{people}' (FORMAT parquet)")
    for file in (landed, fields, people):
        with file.open("rb") as written:
            os.fsync(written.fileno())
    queries = {
        "changed": "SELECT count(DISTINCT key) FROM fields",
        "added": "SELECT count(*) FROM joined WHERE o_key IS NULL",
        "removed": "SELECT count(*) FROM joined WHERE n_key IS NULL",
        "fields": "SELECT count(*) FROM fields",
        "bad": "SELECT count(*) FROM bad",
    }
    return {name: connection.execute(query).fetchall()[0][0] for name, query in queries.items()}


def _land(connection: duckdb.DuckDBPyConnection, source: str, landed: Path) -> None:
    """Keep the file as it was sent."""
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in (KEY, *COLUMNS))
    connection.execute(
        f"""COPY (FROM read_csv('{source}', columns = {{{columns}}}, header = true, auto_detect = false))
            TO '{landed}' (FORMAT parquet, COMPRESSION zstd)"""
    )


def _cast(connection: duckdb.DuckDBPyConnection, landed: Path) -> None:
    texts = ", ".join(f"nullif(trim({name}), '') AS {name}" for name in TEXTS)
    typed = ", ".join(f"try_cast(trim({name}) AS {kind}) AS {name}" for name, kind in TYPES.items())
    connection.execute(f"CREATE TABLE sent AS SELECT trim({KEY}) AS {KEY}, {texts}, {typed} FROM '{landed}'")


if __name__ == "__main__":
    main(*sys.argv[1:])
