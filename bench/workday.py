"""Workers of Workday landed, beside lxml iterating the same bytes. `python -m bench.workday --workers 100000`.

The answers are files of 500 workers each, made once. Ours is the connector as a full read runs it, with those files in
place of the network, and the landing of its pages as Parquet; the peer is `peers/lxml_iterate.py`, `iterparse` over the
same files in a process that imports nothing else. Both must see every worker.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.measure import Contestant, Figures, compare, figures, keep, ratio
from bench.workspace import ROOT, SCRATCH
from connectors.opening import open_source
from connectors.secret import Secret
from connectors.workday.rows import COLUMNS
from connectors.workday.settings import Login, Settings
from connectors.workday.tenant import Tenant
from engine.landing import land
from engine.session import open_session
from tests.doubles.workday import xml
from tests.doubles.workday.world import Tenant as Double

PEER = ROOT / "bench" / "peers" / "lxml_iterate.py"
PAGE = 500
_NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
_GROUPS = frozenset(
    f"Include_{name}"
    for name in (
        "Personal_Information",
        "Employment_Information",
        "Organizations",
        "Management_Chain_Data",
        "Compensation",
    )
)
_CHUNK = 1 << 16


def main() -> None:
    """Read the arguments; measure, or be one of what is measured."""
    options = argparse.ArgumentParser(prog="python -m bench.workday", description=__doc__)
    options.add_argument("--workers", type=int, default=100_000)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--scratch", type=Path, default=SCRATCH)
    options.add_argument("--land", action="store_true", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    folder = chosen.scratch / f"workday-{chosen.workers}"
    if chosen.land:
        print(_land(folder))
        return
    keep(f"workday-{chosen.workers}", measure(folder, chosen.workers, chosen.runs))


def measure(folder: Path, workers: int, runs: int) -> Figures:
    """Measure both in turn."""
    write_answers(folder, workers)
    asked = ["--workers", str(workers), "--scratch", folder.parent, "--land"]
    ours = Contestant("syncd", [sys.executable, "-m", "bench.workday", *asked])
    took = compare([ours, Contestant("lxml", [sys.executable, PEER, folder])], runs)
    if {int(one.output) for some in took.values() for one in some} != {workers}:
        raise RuntimeError("somebody did not see every worker")
    return {
        "benchmark": "workers of Workday landed",
        "workers": workers,
        "bytes": sum(path.stat().st_size for path in folder.glob("*.xml")),
        "runs": runs,
        "cache": "warm",
        "programs": {name: figures(some) for name, some in took.items()},
        "ratio": ratio(took["syncd"], took["lxml"]),
    }


def write_answers(folder: Path, workers: int) -> None:
    """Write the answers of so many workers, unless they are there."""
    if (folder / "made").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    double = Double(now=_NOW)
    more = {"manager": "w0", "company": "Acme", "cost_center": "100", "pay_group": "Monthly", "base_pay": "100000.10"}
    pages = -(-workers // PAGE)
    for page in range(pages):
        told = []
        for number in range(page * PAGE, min((page + 1) * PAGE, workers)):
            double.hire(f"w{number}", date(2020, 1, 1), f"{number:08d}", **more)
            told.append(xml.worker(double, double.workers[f"w{number}"], _NOW.date(), double.now, _GROUPS))
            if number:
                del double.workers[f"w{number}"]
        (folder / f"{page + 1:06d}.xml").write_text(xml.response(told, workers, pages, page + 1, "v45.2"))
    (folder / "none.xml").write_text(xml.response([], 0, 0, 1, "v45.2"))
    (folder / "made").touch()


def _land(folder: Path) -> int:
    """Read and land everything; gives how many rows that is."""

    def ask(_: Tenant, body: Mapping[str, Any]) -> tuple[Iterator[bytes], datetime]:
        is_asked = "Request_Criteria" not in body and body["Response_Filter"]["Count"] == PAGE
        name = f"{body['Response_Filter']['Page']:06d}" if is_asked else "none"
        return _chunks(folder / f"{name}.xml"), _NOW

    Tenant.ask = ask  # type: ignore[method-assign,assignment]
    login = Login(user="nobody", password=Secret(env="WORKDAY_PASSWORD"))
    settings = Settings(host="workday.invalid", tenant="acme", auth=login, count=PAGE)
    scratch = folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "tmp").mkdir(parents=True)
    rows = 0
    with open_session(scratch) as session:
        for page in open_source("workday", settings, (folder,)).read(None, None, scratch):
            landed = land(session, page, scratch / "landed", wanted=frozenset(COLUMNS), never=frozenset())
            rows += landed.rows
            page.path.unlink()
    return rows


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


if __name__ == "__main__":
    main()
