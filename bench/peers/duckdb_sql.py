"""What a careful person writes by hand in DuckDB: CSV -> Parquet -> cast -> full join with a roster -> what differs.

`prepare CSV ROSTER` makes the Parquet roster (typed columns, sorted by id); `compare CSV ROSTER FOLDER` lands the file,
casts it, lists values that cannot be cast, and writes changed fields, added and removed people to FOLDER, flushed to
the disk. Several files are named with commas between them: of the first are the people, and of a column that several
have the first value counts. Prints what it found as JSON. Runs with the packages of the program itself, as it needs
none but duckdb.
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


def main(work: str, sources: str, roster: str, folder: str = ".") -> None:
    """Do one of the two."""
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    files = [Path(one) for one in sources.split(",")]
    if work == "prepare":
        landed = [Path(roster).with_suffix(f".landed-{number}.parquet") for number in range(len(files))]
        _cast(connection, _land(connection, files, landed))
        connection.execute(f"COPY (FROM sent ORDER BY {KEY}) TO '{roster}' (FORMAT parquet, COMPRESSION zstd)")
        for one in landed:
            one.unlink()
    else:
        print(json.dumps(_compare(connection, files, roster, Path(folder))))


def _compare(connection: duckdb.DuckDBPyConnection, files: list[Path], roster: str, folder: Path) -> dict[str, int]:
    fields, people = (folder / f"{name}.parquet" for name in ("fields", "people"))
    landed = _land(connection, files, [folder / f"landed-{number}.parquet" for number in range(len(files))])
    _cast(connection, landed)
    bad = " UNION ALL ".join(
        f"SELECT {KEY}, '{name}' AS field, {name} AS value FROM '{path}' WHERE {name} IS NOT NULL"
        f" AND try_cast(trim({name}) AS {TYPES[name]}) IS NULL"
        for path, columns in landed.items()
        for name in columns
        if name in TYPES
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
    for file in (*landed, fields, people):
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


def _land(connection: duckdb.DuckDBPyConnection, files: list[Path], landed: list[Path]) -> dict[Path, list[str]]:
    """Keep the files as they were sent; give the columns of each."""
    found = {}
    for source, target in zip(files, landed, strict=True):
        with source.open(encoding="utf-8") as file:
            found[target] = file.readline().rstrip("\n").split(",")
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in found[target])
        connection.execute(
            f"""COPY (FROM read_csv('{source}', columns = {{{columns}}}, header = true, auto_detect = false))
                TO '{target}' (FORMAT parquet, COMPRESSION zstd)"""
        )
    return found


def _cast(connection: duckdb.DuckDBPyConnection, landed: dict[Path, list[str]]) -> None:
    def said(name: str) -> str:
        values = [f"nullif(trim(f{at}.{name}), '')" for at, columns in enumerate(landed.values()) if name in columns]
        return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"

    texts = ", ".join(f"{said(name)} AS {name}" for name in TEXTS)
    typed = ", ".join(f"try_cast({said(name)} AS {kind}) AS {name}" for name, kind in TYPES.items())
    first, *others = landed
    joins = "".join(f" LEFT JOIN '{path}' f{at} ON f{at}.{KEY} = f0.{KEY}" for at, path in enumerate(others, start=1))
    connection.execute(
        f"CREATE TABLE sent AS SELECT trim(f0.{KEY}) AS {KEY}, {texts}, {typed} FROM '{first}' f0{joins}"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
