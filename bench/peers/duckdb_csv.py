"""DuckDB reading the result of a Bulk API job from its files, and casting it into a table. It imports nothing else.

`duckdb_csv.py FOLDER`; prints how many deals there are, the sum of their amounts, and what the reading took.
"""

import json
import resource
import sys
import time

import duckdb

#: The columns as they are asked for, and what each is.
TYPES = {
    "Amount": "DECIMAL(18, 4)",
    "CloseDate": "DATE",
    "Id": "VARCHAR",
    "OwnerId": "VARCHAR",
    "StageName": "VARCHAR",
}


def main(folder: str) -> None:
    """Read, cast, say what was found."""
    with duckdb.connect() as connection:
        started, used = time.perf_counter(), time.process_time()
        connection.execute(f"CREATE TABLE deal AS FROM read_csv('{folder}/*.csv', header=true, columns={TYPES})")
        seconds, cpu = time.perf_counter() - started, time.process_time() - used
        count, total = connection.execute('SELECT count(*), sum("Amount") FROM deal').fetchone() or (0, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"deals": count, "sum": f"{total:.2f}", "seconds": seconds, "cpu_seconds": cpu, "peak_mb": peak}
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])
