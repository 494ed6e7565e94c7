"""A year's commissions: 12 plans of 3 versions over made-up deals, beside the same plan written by hand.

`python -m bench.pay --transactions 10000000`. Ours is `syncd calculate 2026-12` (the year counts up, so all of it is
calculated) on a workspace in which people, quotas, rates, splits, deals and plan versions were read, approved and
published by the command line; the peer is `peers/pay_sql.py` on typed Parquet. Both read from disk (page cache warm)
and leave the same lines, sorted by participant: of each credit the deal and where it stands, its amount, currency, rate
of exchange and share, what was credited, the quota and what is earned. Every earning of both must be equal to the cent,
and the lines in what they tell. Making the workspace is not timed, and kept.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bench.deals import YEAR, terms, versions, write_deals
from bench.measure import Contestant, Figures, Took, compare, figures, keep, ratio
from bench.workspace import ROOT, SCRATCH
from engine.session import PARQUET

PEER = ROOT / "bench" / "peers" / "pay_sql.py"
TODAY = f"{YEAR}-12-31"

#: No file of transactions has many more rows: beyond, they come in several, each by a feed of its own.
_ROWS = 10_000_000
#: What a line tells that does not depend on the order within a day.
_TOLD = "person, transaction, day, month, amount, currency, rate, share, credit, target, version"
_SETTINGS = """\
version: 1
calendar: {timezone: UTC}
currency: USD
allow_today: true
sources:
  hr: {kind: file, path: inbox/people.csv}
  planning: {kind: file, path: inbox/quotas.csv}
  bank: {kind: file, path: inbox/rates.csv}
  crm: {kind: file, path: inbox/splits.csv}
SOURCES
feeds:
  people: {source: hr, into: participants, mapping: mappings/people.yaml, owns_roster: true, limits: {changing: 100%}}
  quotas: {source: planning, into: quotas, mapping: mappings/quotas.yaml, history: true}
  fx: {source: bank, into: rates, mapping: mappings/fx.yaml}
  splits: {source: crm, into: credits, mapping: mappings/splits.yaml}
FEEDS
plans: plans/*.yaml
"""
_MAPPINGS = {
    "people": """\
key: Employee ID
fields:
  employee_id: Employee ID
  name: Name
  plan: Plan
effective: {from: Effective}
""",
    "quotas": """\
key: [Employee ID, From]
fields:
  participant: {from: Employee ID, by: employee_id}
  measure: Measure
  from: {from: From, type: date}
  until: {from: To, type: date, inclusive: true}
  amount: {from: Amount, type: decimal}
  currency: Currency
""",
    "fx": """\
key: [Date, Base]
fields: {date: {from: Date, type: date}, base: Base, quote: Quote, rate: {from: Rate, type: decimal}}
""",
    "splits": """\
key: [Deal, Employee ID]
fields:
  deal: Deal
  participant: {from: Employee ID, by: employee_id}
  share: Share
""",
    "deals": """\
key: Number
fields:
  kind: {value: deal}
  deal: Deal
  owner: {from: Employee ID, by: employee_id}
  date: {from: Date, type: date}
  amount: {from: Amount, type: money, currency: {from: Currency}}
  product: Product
""",
}


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    year, runs = asked("bench.pay", __doc__, transactions=10_000_000, people=50_000, runs=3)
    keep(f"pay-{year.transactions}", measure(year, runs))


def asked(program: str, about: str | None, *, transactions: int, people: int, runs: int) -> tuple[PayYear, int]:
    """Read the arguments; give the year that is measured, and how often. The numbers are what is meant without them."""
    options = argparse.ArgumentParser(prog=f"python -m {program}", description=about)
    options.add_argument("--transactions", type=int, default=transactions)
    options.add_argument("--people", type=int, default=people)
    options.add_argument("--runs", type=int, default=runs)
    options.add_argument("--scratch", type=Path, default=SCRATCH, help="where files stand while it lasts")
    chosen = options.parse_args()
    year = PayYear(chosen.scratch / f"deals-{chosen.transactions}", chosen.transactions, chosen.people)
    return year, chosen.runs


@dataclass(frozen=True, slots=True)
class PayYear:
    """A folder with the files of `bench.deals`, and a workspace that has read them."""

    folder: Path
    transactions: int
    people: int

    @property
    def workspace(self) -> Path:
        """Where `syncd.yaml` is."""
        return self.folder / "workspace"

    @property
    def peer(self) -> Path:
        """What the peer leaves."""
        return self.folder / "peer"

    @property
    def feeds(self) -> Sequence[str]:
        """The feeds of its transactions."""
        return [f"deals_{nth:02}" for nth in range(1, math.ceil(self.transactions / _ROWS) + 1)]

    def make(self) -> None:
        """Write the files and let the command line read, approve and publish them, unless that was done before."""
        done = self.folder / "made"
        if done.exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        write_deals(self.folder, self.transactions, self.people)
        self.peer.mkdir()
        (self.peer / "terms.json").write_text(json.dumps(terms()))
        for name in ("inbox", "mappings", "plans"):
            (self.workspace / name).mkdir(parents=True)
        (self.workspace / "syncd.yaml").write_text(self._settings())
        for name, text in _MAPPINGS.items():
            (self.workspace / "mappings" / f"{name}.yaml").write_text(text)
        for name in ("quotas", "rates", "splits"):
            (self.folder / f"{name}.csv").rename(self.workspace / "inbox" / f"{name}.csv")
        self._cut_deals()
        for number in (1, 2, 3):
            (self.folder / f"people-{number}.csv").rename(self.workspace / "inbox" / "people.csv")
            self._call("run", "people")
            self._call("approve", "--all", "--reason", "bench")
        self._call("run", "quotas")
        self._call("approve", "--all", "--reason", "bench")
        self._publish()
        self._call("run", "fx", "splits", *self.feeds)
        done.touch()

    def calculate(self) -> Contestant:
        """Make the call that is measured."""
        return Contestant("syncd", self._command("calculate", f"{YEAR}-12", "--json"), codes=(0, 1))

    def _settings(self) -> str:
        sources = [f"  {feed}: {{kind: file, path: inbox/{feed}.csv}}" for feed in self.feeds]
        feeds = [
            f"  {feed}: {{source: {feed}, into: transactions, mapping: mappings/deals.yaml}}" for feed in self.feeds
        ]
        return _SETTINGS.replace("SOURCES", "\n".join(sources)).replace("FEEDS", "\n".join(feeds))

    def _cut_deals(self) -> None:
        """Put the transactions into the files of their feeds, each with the header; a deal is all in one of them."""
        whole = self.folder / "deals.csv"
        with whole.open("rb") as lines, ExitStack() as stack:
            files = [stack.enter_context((self.workspace / "inbox" / f"{feed}.csv").open("wb")) for feed in self.feeds]
            header = next(lines)
            for file in files:
                file.write(header)
            for line in lines:
                files[int(line.split(b",", 2)[1]) % len(files)].write(line)
        whole.unlink()

    def _publish(self) -> None:
        for version in versions():
            file = self.workspace / "plans" / f"{version.name}.yaml"
            file.write_text(version.text)
            self._call("plan", "publish", f"plans/{file.name}", "--from", str(version.start), "--as", "one")
            self._call("plan", "approve", version.name, "--as", "another")

    def _call(self, *arguments: str) -> None:
        print(f"syncd {' '.join(arguments)}", flush=True)
        done = subprocess.run(self._command(*arguments, "--json"), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            message = (
                f"syncd {' '.join(arguments)} ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
            )
            raise RuntimeError(message)

    def _command(self, *arguments: str) -> Sequence[str | Path]:
        return [sys.executable, "-P", "-m", "syncd", "--workspace", self.workspace, "--today", TODAY, *arguments]


def measure(year: PayYear, runs: int) -> Figures:
    """Measure both, and see that they agree."""
    year.make()
    peer = Contestant("duckdb", [sys.executable, PEER, year.folder, year.peer, PARQUET])
    took = compare([year.calculate(), peer], runs)
    found = agreed(year, took["duckdb"][-1])
    return {
        "benchmark": "a year's commissions",
        "transactions": year.transactions,
        "people": year.people,
        "runs": runs,
        "cache": "warm",
        "found": found,
        "programs": {name: figures(many) for name, many in took.items()},
        "times_as_long_as": {"duckdb": ratio(took["syncd"], took["duckdb"])},
    }


def agreed(year: PayYear, peer: Took) -> Figures:
    """Give how many lines and payouts both found; `RuntimeError` where one cent, or what a line tells, differs."""
    newest = max((year.workspace / "var" / "results").iterdir(), key=lambda path: path.stat().st_mtime)
    connection = duckdb.connect()
    lines = connection.execute(f"SELECT count(*) FROM '{newest}/lines*.parquet'").fetchall()[0][0]
    differing = connection.execute(
        f"""
        WITH ours AS (
            SELECT person, plan, month(earned_from) AS month, sum(plan_amount) // 100 AS cents
            FROM '{newest}/earned.parquet' GROUP BY ALL),
        known AS (SELECT person + 1 AS person, 'plan_' || lpad(plan::VARCHAR, 2, '0') AS plan, month, cents
                  FROM '{year.peer}/payouts.parquet')
        SELECT count(*) FROM ours FULL JOIN known USING (person, plan, month)
        WHERE coalesce(ours.cents, 0) <> coalesce(known.cents, 0)
        """
    ).fetchall()[0][0]
    found: Figures = json.loads(peer.output)
    if differing or lines != found["lines"]:
        message = f"{differing} payouts differ; {lines} lines, and {found['lines']} by the peer"
        raise RuntimeError(message)
    # in several files a row has another number than in the peer's one
    told = _TOLD if len(year.feeds) > 1 else f"{_TOLD}, row"
    if differing := _differing_lines(connection, newest, year.peer, told):
        message = f"{differing} lines differ from the peer's in what they tell"
        raise RuntimeError(message)
    return found


def _differing_lines(connection: duckdb.DuckDBPyConnection, ours: Path, peer: Path, told: str) -> int:
    """Count the lines of either that the other has not, by all that does not depend on the order within a day.

    On one day ours count in the order of keys as texts, the peer's in that of numbers: what was counted up to, and
    what is earned by one line, may differ; what is earned by all lines of a day may not.
    """
    connection.execute(
        f"""
        CREATE TEMP VIEW lines_of_ours AS
        SELECT person, key::BIGINT AS transaction, day, month(earned_from) AS month,
               place_row AS row, amount // 100 AS amount, currency, rate // 100 AS rate,
               share // 100 AS share, credit, target // 100 AS target, version, "exact"
        FROM '{ours}/lines*.parquet';
        CREATE TEMP VIEW lines_of_peer AS
        SELECT person + 1 AS person, i AS transaction, day, month, row, cents AS amount, currency, rate, share, credit,
               quota AS target, v.version, "exact"
        FROM '{peer}/lines.parquet' l
        JOIN (SELECT plan, start, row_number() OVER (ORDER BY plan, start) AS version
              FROM read_json('{peer}/terms.json', columns = {{plan: 'BIGINT', start: 'DATE'}})) v
        ON v.plan = l.plan AND v.start = l.version
        """
    )
    lines, days = (
        connection.execute(
            f"""SELECT count(*) FROM (
                    SELECT {of}, sum(side) AS side FROM (
                        SELECT {of}, {value} AS side FROM lines_of_ours
                        UNION ALL SELECT {of}, -({value}) AS side FROM lines_of_peer)
                    GROUP BY ALL HAVING sum(side) <> 0)"""
        ).fetchall()[0][0]
        for of, value in ((told, "1"), ("person, target, version, day", '"exact"'))
    )
    return int(lines) + int(days)


if __name__ == "__main__":
    main()
