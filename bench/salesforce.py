"""Opportunities by the Bulk API 2.0, landed and mapped, beside DuckDB. `python -m bench.salesforce --deals 1000000`.

The org is the double, over TLS and in a process of its own: it logs in, describes, runs the job and gives locators as
ever; the result of the job, made once, is sent from files of 100,000 records. Ours is `syncd run deals` in a fresh
workspace, from the token to facts that a plan may read; within that run the time is taken until the rows are landed and
mapped, every fault of theirs known. The peer is a process that imports DuckDB alone, reads the same files and casts the
same columns into a table; it takes its own time too. Landed and mapped stands beside that, process beside process. Both
must find every deal, and the same sum of amounts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import duckdb
import pytest
import yaml

from bench.measure import Contestant, Figures, Took, compare, figures, keep, ratio, run
from bench.workspace import SCRATCH
from connectors.salesforce.jobs import PIECE
from engine.typed import type_rows
from syncd.cli import main as syncd
from syncd.feeds.pull import pull
from tests.doubles.salesforce import bulk
from tests.doubles.salesforce.org import MY_DOMAIN, Job, Org
from tests.doubles.salesforce.server import serve
from tests.doubles.salesforce.tokens import CLIENT_ID, CLIENT_SECRET
from tests.doubles.salesforce.world import people_and_deals
from tests.doubles.tls import name_hosts

#: How many people sell.
SELLERS = 5_000
PEER = Path(__file__).parent / "peers" / "duckdb_csv.py"
Document = dict[str, Any]
_P = ParamSpec("_P")
_R = TypeVar("_R")
_SETTINGS: Document = {
    "version": 1,
    "calendars": {"main": {"timezone": "UTC", "pay": "monthly"}},
    "currency": "USD",
    "sources": {"hr": {"kind": "file", "path": "inbox/people.csv"}},
    "feeds": {
        "people": {
            "source": "hr", "into": "participants", "mapping": "mappings/people.yaml", "full": True, "owns_roster": True
        }
    },
}  # fmt: skip
_MAPPING: Document = {
    "key": "Id",
    "fields": {
        "kind": {"value": "deal"},
        "date": {"from": "CloseDate", "type": "date", "format": "%Y-%m-%d"},
        "stage": "StageName",
        "owner": {"from": "OwnerId", "type": "participant", "by": "employee_id"},
        "amount": {"from": "Amount", "type": "money", "currency": {"value": "USD"}},
    },
}


def main() -> None:
    """Read the arguments; measure, or be one of what is measured."""
    options = argparse.ArgumentParser(prog="python -m bench.salesforce", description=__doc__)
    options.add_argument("--deals", type=int, default=1_000_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--scratch", type=Path, default=SCRATCH)
    options.add_argument("--be", choices=("org", "syncd"), help=argparse.SUPPRESS)
    chosen = options.parse_args()
    folder = chosen.scratch / f"salesforce-{chosen.deals}"
    if chosen.be is None:
        keep(f"salesforce-{chosen.deals}", measure(folder, chosen.deals, chosen.runs))
    else:
        {"org": _be_org, "syncd": _be_syncd}[chosen.be](folder)


def measure(folder: Path, deals: int, runs: int) -> Figures:
    """Measure both in turn. `RuntimeError` where somebody did not find every deal, or another sum."""
    write_results(folder, deals)
    make_workspace(folder)
    called = [sys.executable, "-m", "bench.salesforce", "--deals", str(deals), "--scratch", str(folder.parent), "--be"]
    with _running([*called, "org"]) as port:
        ours = Contestant("syncd", [*called, "syncd"], lambda: _begin(folder, port))
        took = compare([ours, Contestant("duckdb", [sys.executable, "-P", PEER, folder / "results"])], runs)
    told = {name: [json.loads(one.output.strip().splitlines()[-1]) for one in some] for name, some in took.items()}
    found = {(one["deals"], one["sum"]) for some in told.values() for one in some}
    if len(found) != 1 or next(iter(found))[0] != deals:
        raise RuntimeError(f"not the same deals: {found}")
    mapped = {name: [_within(one) for one in some] for name, some in told.items()}
    return {
        "benchmark": "opportunities by the Bulk API, landed and mapped",
        "deals": deals,
        "bytes": sum(path.stat().st_size for path in folder.glob("results/*.csv")),
        "runs": runs,
        "cache": "warm",
        "programs": {name: figures(some) for name, some in took.items()},
        "ratio": ratio(took["syncd"], took["duckdb"]),
        "landed_and_mapped": {name: figures(some) for name, some in mapped.items()},
        "landed_and_mapped_ratio": ratio(mapped["syncd"], mapped["duckdb"]),
    }


def _within(told: Document) -> Took:
    """Give what a program says that a part of it took."""
    return Took(told["seconds"], told["cpu_seconds"], told["peak_mb"], "")


def write_results(folder: Path, deals: int) -> None:
    """Write the result of the job as Salesforce does, every cell in quotes, unless it is there."""
    results = folder / "results"
    if (results / "made").exists():
        return
    shutil.rmtree(results, ignore_errors=True)
    results.mkdir(parents=True)
    with duckdb.connect() as connection:
        for number, start in enumerate(range(0, deals, PIECE)):
            connection.execute(
                f"""COPY (SELECT
                CASE WHEN i % 50 = 0 THEN '' ELSE ((i * 7919 % 9999991) / 100)::DECIMAL(18, 2)::VARCHAR END AS "Amount",
                strftime(DATE '2025-01-01' + (i % 365)::INTEGER, '%Y-%m-%d') AS "CloseDate",
                format('006{{:012d}}AAA', i) AS "Id",
                format('005{{:012d}}AAA', i % {SELLERS}) AS "OwnerId",
                ['Prospecting', 'Negotiation/Review', 'Closed Won', 'Closed Lost'][1 + i % 4] AS "StageName"
                FROM range({start}, {min(start + PIECE, deals)}) AS r(i))
                TO '{results}/{number:04d}.csv' (HEADER, FORCE_QUOTE *)"""
            )
    (results / "made").touch()


@contextmanager
def _running(command: list[str]) -> Iterator[int]:
    """Let the org run; gives its port."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as org:
        assert org.stdin is not None  # noqa: S101 - as asked for
        assert org.stdout is not None  # noqa: S101
        try:
            yield int(org.stdout.readline())
        finally:
            org.stdin.close()


def make_workspace(folder: Path) -> None:
    """Make a workspace that knows who sells, as it is before each run."""
    place = folder / "kept"
    shutil.rmtree(place, ignore_errors=True)
    for name in ("mappings", "inbox"):
        (place / name).mkdir(parents=True)
    sellers = "".join(f"005{number:012d}AAA,2020-01-01\n" for number in range(SELLERS))
    (place / "inbox" / "people.csv").write_text(f"employee_id,hire_date\n{sellers}")
    fields = {"employee_id": "employee_id", "hire_date": {"from": "hire_date", "type": "date", "format": "%Y-%m-%d"}}
    _write(place / "mappings" / "people.yaml", {"key": "employee_id", "fields": fields})
    _write(place / "mappings" / "deals.yaml", _MAPPING)
    _write(place / "syncd.yaml", _SETTINGS)
    for step in (["run", "people"], ["approve", "--all"]):
        run(Contestant("syncd", [sys.executable, "-P", "-m", "syncd", "--workspace", place, *step]))


def _begin(folder: Path, port: int) -> None:
    """Put the workspace as it was made, with the org as its source of deals, in place of whatever is there."""
    place = folder / "workspace"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(folder / "kept", place)
    secrets = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    crm = {"kind": "salesforce", "my_domain": f"{MY_DOMAIN}:{port}", "auth": {"client_credentials": secrets}}
    deals = {"source": "crm", "stream": "Opportunity", "into": "transactions", "mapping": "mappings/deals.yaml"}
    sources, feeds = {**_SETTINGS["sources"], "crm": crm}, {**_SETTINGS["feeds"], "deals": deals}
    _write(place / "syncd.yaml", {**_SETTINGS, "sources": sources, "feeds": feeds})


def _write(path: Path, document: Document) -> None:
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def _be_org(folder: Path) -> None:
    """Serve until nobody listens any more."""
    files = sorted(folder.glob("results/*.csv"))
    total = sum(1 for path in files for _ in path.open("rb")) - len(files)

    def run(_: Org, job: Job) -> None:
        job.state, job.records = "JobComplete", [{}] * total

    def results(_: Org, __: Job, asked: dict[str, str], ___: str) -> tuple[bytes, dict[str, str]]:
        at = int(asked.get("locator", "0"))
        body = files[at].read_bytes()
        locator = str(at + 1) if at + 1 < len(files) else "null"
        return body, {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(body.count(b"\n") - 1)}

    authority = folder / "authority"
    authority.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patched, serve(authority) as double:
        patched.setattr(bulk, "_run", run)
        patched.setattr(bulk, "results", results)
        people_and_deals(double.org)
        double.org.job_looks, double.org.total = 0, 1 << 30
        (folder / "authority.path").write_text(str(double.authority))
        print(double.port, flush=True)
        sys.stdin.read()


def _be_syncd(folder: Path) -> None:
    """Run the feed; print how many deals there are, and the sum of what they are worth."""
    os.environ |= {"SYNCD_CA_FILE": (folder / "authority.path").read_text(), "SYNCD_ALLOWED_HOSTS": "127.0.0.1"}
    os.environ |= {"CRM_CLIENT_ID": CLIENT_ID, "CRM_CLIENT_SECRET": CLIENT_SECRET}
    with pytest.MonkeyPatch.context() as patched:
        name_hosts(patched, MY_DOMAIN)
        place, taken = folder / "workspace", _Part()
        patched.setattr("syncd.pipeline.pull", taken.begins(pull))
        patched.setattr("syncd.facts.load.type_rows", taken.ends(type_rows))
        code = syncd(["--workspace", str(place), "run", "deals"])
    if code:
        sys.exit(code)
    with duckdb.connect() as connection:
        facts = connection.execute(
            f"SELECT count(*), sum(amount) FROM read_parquet('{place}/var/facts/deals/*.parquet')"
        )
        count, total = facts.fetchone() or (0, 0)
        told = {"deals": count, "sum": f"{Decimal(total).scaleb(-4):.2f}", "seconds": taken.seconds}
        print(json.dumps({**told, "cpu_seconds": taken.cpu, "peak_mb": taken.peak_mb}))


class _Part:
    """A part of a run, from the call of one function to the return of another: what it took, and the peak until then.

    Salesforce is logged in to when the first function reads it.
    """

    seconds = cpu = peak_mb = 0.0

    def begins(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Let it begin with this one."""

        def called(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            self._started, self._used = time.perf_counter(), time.process_time()
            return function(*args, **kwargs)

        return called

    def ends(self, function: Callable[_P, _R]) -> Callable[_P, _R]:
        """Let it end with this one."""

        def called(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            found = function(*args, **kwargs)
            self.seconds, self.cpu = time.perf_counter() - self._started, time.process_time() - self._used
            self.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            return found

        return called


if __name__ == "__main__":
    main()
