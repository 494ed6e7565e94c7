"""datacompy on Polars: the typed Parquet roster beside the CSV, read with a schema. Runs with `./dev peers`.

`CSV ROSTER`; prints what it found as JSON. A value that is not of its type is read as null, and so differs.
"""

from __future__ import annotations

import json
import sys

import datacompy
import polars as pl

KEY = "employee_id"
WHOLES = ("level", "reports", "badge", "quota_units", "seat")
DECIMALS = ("base_salary", "ote", "target_incentive", "hourly_rate")
DATES = ("hire_date", "original_hire_date", "reviewed_on")


def main(source: str, roster: str) -> None:
    """Compare and count."""
    known = pl.read_parquet(roster)
    sent = pl.read_csv(source, schema=dict(known.schema), ignore_errors=True, null_values="")
    bad = sum(sent[name].null_count() for name in (*WHOLES, *DECIMALS, *DATES))
    compared = datacompy.PolarsCompare(known, sent, join_columns=KEY)
    unequal = sum(one["unequal_cnt"] for one in compared.column_stats)
    same = compared.count_matching_rows()
    both = compared.intersect_rows.height
    found = {
        "changed": both - same - bad,
        "added": compared.df2_unq_rows.height,
        "removed": compared.df1_unq_rows.height,
        "fields": unequal - bad,
        "bad": bad,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
