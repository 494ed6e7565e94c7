"""A commission plan written by hand in DuckDB, on scaled integers: what a careful person does for exactly this plan.

`FOLDER OUT PARQUET`: reads the typed Parquet of `bench.deals` in FOLDER, writes `lines.parquet` (a line for each
credit, sorted by person, day and transaction) and `payouts.parquet` (one for each person, plan and month) to OUT.
PARQUET are the settings of these files: those of ours, for it is not settings that are compared. A line says what ours
says, so that an amount can be explained by it: the transaction, the row of the file it stands in, its amount and
currency, the rate of exchange, the share, what was credited, what that counts up to, the quota, the version of the
plan, and what is earned; all of it numbers, but for the currency.

Money of the plan is in ten-thousandths, rates of exchange to eight digits, shares to four, rates of tiers to six; every
rounding is written out, half-even. What a deal's parts do not take after rounding down goes to the largest remainders,
and what is returned is split as it was sold. A line is exact; what is earned in a month is rounded once, to cents, and
cut at the cap.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

_SCRIPT = """
SET threads = 2;
SET enable_progress_bar = false;
SET memory_limit = '{memory}';
SET temp_directory = '{out}/tmp';
SET preserve_insertion_order = false;
CREATE MACRO he(x, m) AS (x // m)
    + CASE WHEN 2 * abs(x % m) > m OR (2 * abs(x % m) = m AND ((x // m) % 2) <> 0) THEN sign(x) ELSE 0 END;
CREATE TEMP TABLE terms AS SELECT * FROM read_json('{out}/terms.json', columns = {{
    plan: 'BIGINT', start: 'DATE', "end": 'DATE', t1: 'BIGINT', t2: 'BIGINT', t3: 'BIGINT',
    r1: 'BIGINT', r2: 'BIGINT', r3: 'BIGINT', r4: 'BIGINT', cap: 'BIGINT'}});
CREATE TEMP TABLE fx AS
    SELECT currency, rate, d::DATE AS day
    FROM (SELECT currency, rate, day AS start,
                 coalesce(lead(day) OVER (PARTITION BY currency ORDER BY day), DATE '2027-01-01') AS following
          FROM '{data}/fx.parquet'),
         generate_series(start, following - 1, INTERVAL 1 DAY) g(d)
    UNION ALL SELECT 'USD', 100000000, d::DATE
    FROM generate_series(DATE '2026-01-01', DATE '2026-12-31', INTERVAL 1 DAY) g(d);
CREATE TEMP TABLE state AS
    SELECT a.person, a.plan, greatest(a.start, q.start, p.start) AS start, least(a."end", q."end", p."end") AS "end",
           he(q.cents * 100 * p.t1, 10000)::BIGINT AS b1, he(q.cents * 100 * p.t2, 10000)::BIGINT AS b2,
           he(q.cents * 100 * p.t3, 10000)::BIGINT AS b3, r1, r2, r3, r4,
           q.cents AS quota, p.start AS version
    FROM '{data}/assigned.parquet' a JOIN '{data}/quota.parquet' q USING (person) JOIN terms p USING (plan)
    WHERE greatest(a.start, q.start, p.start) < least(a."end", q."end", p."end");
CREATE TEMP VIEW usd AS
    SELECT t.i, t.d, t.owner, t.day, t.row, t.cents, t.currency, fx.rate,
           he(t.cents * 100 * fx.rate, 100000000)::BIGINT AS usd
    FROM '{data}/txn.parquet' t JOIN fx ON fx.currency = t.currency AND fx.day = t.day;
CREATE TEMP VIEW parted AS
    SELECT u.i, s.person, u.day, u.row, u.cents, u.currency, u.rate, s.share, u.usd,
           abs(u.usd) * s.share AS exact, abs(u.usd) * s.share // 10000 AS floor
    FROM usd u JOIN '{data}/split.parquet' s USING (d);
CREATE TEMP VIEW dealt AS
    SELECT i, person, day, row, cents, currency, rate, share, sign(usd) * (floor
           + (row_number() OVER (PARTITION BY i ORDER BY exact - floor * 10000 DESC, person)
              <= abs(usd) - sum(floor) OVER (PARTITION BY i))::BIGINT) AS credit
    FROM parted;
CREATE TEMP VIEW credits AS
    SELECT u.i, u.owner AS person, u.day, u.row, u.cents, u.currency, u.rate, 10000 AS share, u.usd AS credit
    FROM usd u ANTI JOIN (SELECT DISTINCT d FROM '{data}/split.parquet') s USING (d)
    UNION ALL SELECT * FROM dealt;
CREATE TEMP VIEW placed AS
    SELECT c.*, a.plan FROM credits c JOIN '{data}/assigned.parquet' a
    ON a.person = c.person AND a.start <= c.day AND c.day < a."end";
CREATE TEMP VIEW running AS
    SELECT *, sum(credit) OVER (PARTITION BY person, plan ORDER BY day, i ROWS UNBOUNDED PRECEDING)::BIGINT AS c1
    FROM placed;
CREATE TEMP VIEW lines AS
    SELECT r.i, r.person, r.plan, r.day, month(r.day) AS month, r.row, r.cents, r.currency, r.rate, r.share, r.credit,
        r.c1, s.quota, s.version,
        (least(c1, b1) - least(c1 - credit, b1)) * r1
        + (greatest(least(c1, b2), b1) - greatest(least(c1 - credit, b2), b1)) * r2
        + (greatest(least(c1, b3), b2) - greatest(least(c1 - credit, b3), b2)) * r3
        + (greatest(c1, b3) - greatest(c1 - credit, b3)) * r4 AS exact
    FROM running r JOIN state s
    ON s.person = r.person AND s.plan = r.plan AND s.start <= r.day AND r.day < s."end";
COPY (FROM lines ORDER BY person, day, i) TO '{out}/lines.parquet' ({parquet});
COPY (
    SELECT person, plan, month, least(he(sum(exact)::BIGINT, 100000000), any_value(cap)) AS cents
    FROM '{out}/lines.parquet' JOIN (SELECT DISTINCT plan, cap FROM terms) USING (plan)
    GROUP BY person, plan, month ORDER BY ALL
) TO '{out}/payouts.parquet' ({parquet});
"""


def main(data: str, out: str, parquet: str, memory: str = "1GB") -> None:
    """Run it; print how many lines, how many payouts, and their sum."""
    connection = duckdb.connect()
    connection.execute(_SCRIPT.format(data=data, out=out, memory=memory, parquet=parquet))
    lines = connection.execute(f"SELECT count(*) FROM '{out}/lines.parquet'").fetchall()[0][0]
    payouts, cents = connection.execute(f"SELECT count(*), sum(cents) FROM '{out}/payouts.parquet'").fetchall()[0]
    print(json.dumps({"lines": lines, "payouts": payouts, "cents": int(cents)}))


if __name__ == "__main__":
    Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
    main(*sys.argv[1:])
