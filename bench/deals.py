"""Made-up deals, and everything a calculation of them needs: the same for the same numbers, on every machine.

For so many transactions of one year: 50,000 people who change plans within it, 12 plans of 3 versions each, quotas that
change twice, five currencies with weekly rates, a fifth of the deals split between two or three people, 3 % returned.
Everything is written twice: as the files a workspace reads (CSV, YAML), and typed as Parquet for the peers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

YEAR = 2026
FIRST = date(YEAR, 1, 1)
#: From when people, plans and quotas are in force, a year before the deals begin.
BEFORE = FIRST - timedelta(days=365)
AFTER = date(YEAR + 1, 1, 1)
PLANS, VERSIONS = 12, 3
CURRENCIES = {"USD": 1.0, "EUR": 0.92, "GBP": 0.78, "JPY": 150.0, "BRL": 5.2}

#: A whole number below a bound that looks random, from another and a salt.
_RANDOM = (
    "CREATE MACRO mixed(x) AS ((x % 4294967296) * 1103515245 + 12345) % 4294967296;"
    "CREATE MACRO random_of(i, salt, below) AS "
    "(xor(mixed(xor(mixed(i + 7919 * salt), i // 977 + salt)), 2654435769) // 64 % below)::BIGINT"
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a plan: at which shares of the quota its tiers end, their rates, the monthly cap."""

    plan: int
    start: date
    ends: tuple[int, int, int]  #: ten-thousandths
    rates: tuple[int, int, int, int]  #: millionths
    cap: int  #: cents

    @property
    def name(self) -> str:
        """Its plan's name."""
        return f"plan_{self.plan:02}"

    @property
    def text(self) -> str:
        """It as YAML."""
        shares = [f"{end // 100}.{end % 100:02}%" for end in self.ends]
        rates = [f"{rate // 10_000}.{rate % 10_000:04}%" for rate in self.rates]
        tiers = [f"{{upto: {share}, rate: {rate}}}" for share, rate in zip(shares, rates, strict=False)]
        return f"""\
plan: {self.name}
currency: USD
rates: {{feed: fx, max_age: 7 days}}
measures:
  revenue: {{sum: amount, dated_by: date}}
credit:
- {{to: splits, measure: revenue}}
components:
  commission:
    type: tiers
    measure: revenue
    earned: month
    accumulate: year
    bounds: quota
    tiers: [{", ".join(tiers)}, {{rate: {rates[3]}}}]
    cap: {{amount: {self.cap // 100}.{self.cap % 100:02}, per: month}}
"""


def versions() -> tuple[Version, ...]:
    """Give every version of every plan."""
    found = []
    for plan in range(PLANS):
        starts = (BEFORE, FIRST + timedelta(days=90 + plan), FIRST + timedelta(days=200 + plan))
        for number, start in enumerate(starts):
            ends = (5_000 + 100 * plan, 10_000, 15_000 + 250 * number)
            rates = (
                20_000 + 1_111 * number + 137 * plan,
                40_000 + 333 * plan,
                65_000 + 777 * number,
                90_001 + 13 * plan,
            )
            found.append(Version(plan, start, ends, rates, (4_000 + 250 * plan) * 100 + 37))
    return tuple(found)


def write_deals(folder: Path, transactions: int, people: int) -> None:
    """Write everything into a folder: `*.csv` and `plans/` for a workspace, `*.parquet` for the peers."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(_RANDOM)
    _people(connection, people)
    _transactions(connection, transactions, people)
    _quotas(connection)
    _rates(connection)
    for version in versions():
        path = folder / "plans" / f"{version.name}-{version.start}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(version.text)
    _write(connection, folder)
    connection.close()


def _people(connection: duckdb.DuckDBPyConnection, people: int) -> None:
    """Who is on which plan from which day: 3 in 10 move at each of two days of their own."""
    connection.execute(
        f"""
        CREATE TABLE cuts AS SELECT p, DATE '{FIRST}' + (5 + random_of(p, 1, 165))::INT AS second,
            DATE '{FIRST}' + (180 + random_of(p, 2, 170))::INT AS third FROM range({people}) r(p);
        CREATE TABLE assigned AS
        WITH plans AS (
            SELECT p, second, third, random_of(p, 3, {PLANS}) AS a,
                   if(random_of(p, 4, 10) < 3, random_of(p, 5, {PLANS}), a) AS b,
                   if(random_of(p, 6, 10) < 3, random_of(p, 7, {PLANS}), b) AS c FROM cuts)
        SELECT p AS person, a AS plan, DATE '{BEFORE}' AS start, second AS "end" FROM plans
        UNION ALL SELECT p, b, second, third FROM plans
        UNION ALL SELECT p, c, third, DATE '9999-12-31' FROM plans;
        """
    )


def _transactions(connection: duckdb.DuckDBPyConnection, transactions: int, people: int) -> None:
    """Who has much business has much of it; a deal has one currency and on average four transactions."""
    deals = max(transactions // 4, 1)
    names = ", ".join(f"'{name}'" for name in CURRENCIES)
    worth = ", ".join(str(value) for value in CURRENCIES.values())
    connection.execute(
        f"""
        CREATE TABLE deal AS
        SELECT d, ({people} * pow(random_of(d, 11, 1000000) / 1000000.0, 1.6))::BIGINT % {people} AS owner,
               [1, 1, 1, 1, 1, 2, 2, 3, 4, 5][random_of(d, 12, 10) + 1] AS c FROM range({deals}) r(d);
        CREATE TABLE txn AS
        SELECT i, d, owner, [{names}][c] AS currency, DATE '{FIRST}' + random_of(i, 22, 365)::INT AS day,
               'PRD-' || lpad(random_of(i, 23, 20)::VARCHAR, 3, '0') AS product,
               (if(random_of(i, 24, 100) < 3, -100, 100) * [{worth}][c]
                * exp(6.5 + (random_of(i, 25, 1000) + random_of(i, 26, 1000) + random_of(i, 27, 1000) - 1500) / 450.0)
               )::BIGINT AS cents
        FROM (SELECT i, random_of(i, 21, {deals}) AS d FROM range({transactions}) r(i)) JOIN deal USING (d);
        CREATE TABLE split AS
        WITH parts AS (
            SELECT d, owner AS one, (owner + 1 + random_of(d, 31, 999)) % {people} AS two,
                   (owner + 1001 + random_of(d, 32, 999)) % {people} AS three, random_of(d, 33, 4) AS kind
            FROM deal WHERE random_of(d, 34, 5) = 0)
        SELECT d, one AS person, [5000, 6000, 7550, 3334][kind + 1] AS share FROM parts
        UNION ALL SELECT d, two, [5000, 4000, 2450, 3333][kind + 1] FROM parts
        UNION ALL SELECT d, three, 3333 FROM parts WHERE kind = 3;
        """
    )


def _quotas(connection: duckdb.DuckDBPyConnection) -> None:
    """About what each sells, more or less; two more versions of it begin where people may move."""
    worth = ", ".join(f"('{name}', {value})" for name, value in CURRENCIES.items())
    connection.execute(
        f"""
        CREATE TABLE quota AS
        WITH sold AS (
            SELECT owner AS p, greatest(sum(cents / worth), 0) + 200000 AS cents
            FROM txn JOIN (VALUES {worth}) w(currency, worth) USING (currency) GROUP BY owner),
        basis AS (
            SELECT p, second, third, coalesce(cents, 200000) * (40 + random_of(p, 41, 120)) / 100 AS cents
            FROM cuts LEFT JOIN sold USING (p))
        SELECT p AS person, DATE '{BEFORE}' AS start, second AS "end",
               (cents * (85 + random_of(p, 42, 30)) / 100)::BIGINT AS cents FROM basis
        UNION ALL SELECT p, second, third, (cents * (85 + random_of(p, 43, 30)) / 100)::BIGINT FROM basis
        UNION ALL SELECT p, third, DATE '{AFTER}', (cents * (85 + random_of(p, 44, 30)) / 100)::BIGINT FROM basis;
        """
    )


def _rates(connection: duckdb.DuckDBPyConnection) -> None:
    """A rate for each currency and week, in dollars, to eight digits."""
    worth = ", ".join(f"('{name}', {value})" for name, value in CURRENCIES.items() if name != "USD")
    connection.execute(
        f"""
        CREATE TABLE fx AS
        SELECT currency, DATE '{FIRST}' + 7 * week::INT AS day,
               (100000000 / worth * (950 + random_of(week, 51 + ascii(currency), 100)) / 1000)::BIGINT AS rate
        FROM (VALUES {worth}) w(currency, worth), range(-1, 53) r(week);
        """
    )


def _write(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the tables typed, and as people would send them."""
    for table, order in (
        ("assigned", "person, start"),
        ("quota", "person, start"),
        ("fx", "currency, day"),
        ("split", "d, person"),
        ("txn", "day, i"),
    ):
        target = folder / f"{table}.parquet"
        # where it stands in the file that people send: its first line is a header
        row = ", row_number() OVER () + 1 AS row" if table == "txn" else ""
        query = f"SELECT *{row} FROM (FROM {table} ORDER BY {order})"
        connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    sent = {
        "people-1": _roster("start <= DATE '2025-12-31'"),
        "people-2": _roster(
            "\"end\" > DATE '2025-12-31' AND start > DATE '2025-12-31' AND \"end\" < DATE '9999-12-31'"
        ),
        "people-3": _roster("\"end\" = DATE '9999-12-31'"),
        "quotas": """SELECT lpad(person::VARCHAR, 5, '0') AS "Employee ID", 'revenue' AS "Measure", start AS "From",
                     "end" - 1 AS "To", printf('%d.%02d', cents // 100, cents % 100) AS "Amount", 'USD' AS "Currency"
                     FROM quota ORDER BY person, start""",
        "rates": """SELECT day AS "Date", currency AS "Base", 'USD' AS "Quote",
                    printf('%d.%08d', rate // 100000000, rate % 100000000) AS "Rate" FROM fx ORDER BY ALL""",
        "splits": """SELECT d AS "Deal", lpad(person::VARCHAR, 5, '0') AS "Employee ID",
                     printf('%d.%02d', share // 100, share % 100) || '%' AS "Share" FROM split ORDER BY d, person""",
        "deals": """SELECT i AS "Number", d AS "Deal", lpad(owner::VARCHAR, 5, '0') AS "Employee ID", day AS "Date",
                    currency AS "Currency", product AS "Product",
                    if(cents < 0, '-', '') || printf('%d.%02d', abs(cents) // 100, abs(cents) % 100) AS "Amount"
                    FROM txn ORDER BY day, i""",
    }
    for name, query in sent.items():
        connection.execute(f"COPY ({query}) TO '{folder / f'{name}.csv'}' (HEADER, DELIMITER ',')")


def _roster(which: str) -> str:
    return f"""SELECT lpad(person::VARCHAR, 5, '0') AS "Employee ID", 'Seller ' || person AS "Name",
               'plan_' || lpad(plan::VARCHAR, 2, '0') AS "Plan", start AS "Effective"
               FROM assigned WHERE {which} ORDER BY person"""


def terms() -> list[dict[str, object]]:
    """Give the plan versions as rows of numbers: ends in ten-thousandths, rates in millionths, caps in cents."""
    found: list[dict[str, object]] = []
    for version in versions():
        later = [one.start for one in versions() if one.plan == version.plan and one.start > version.start]
        numbers = {f"t{nth}": value for nth, value in enumerate(version.ends, 1)}
        numbers |= {f"r{nth}": value for nth, value in enumerate(version.rates, 1)}
        days = {"start": str(version.start), "end": str(min(later, default=date.max))}
        found.append({"plan": version.plan, **days, **numbers, "cap": version.cap})
    return found
