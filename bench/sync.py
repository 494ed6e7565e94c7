"""A full read of a roster in its steady state, beside the same work written by hand.

`python -m bench.sync --people 1000000` reads the next day's file: 1 % of the people with two other values, 0.5 % new,
0.5 % gone, 0.1 % with a value that is none; `--shuffled` the same people in another order, of whom nothing changed.
The rows that changed nothing the day before are known again, as they are from day to day; with `--anew` none is, as
after a change of the mapping: every row is mapped and compared. With `--sources 2` a second file brings seven of the 20
attributes of the same people, one of them a title that never counts while the first has any (`attributes: sources`):
both feeds run, and the SQL joins both files.

Ours is `syncd run`: it lands the file, maps it with problems, matches, compares and stages the changes, all of it kept
and flushed to the disk. Beside it, as whole processes in turn: hand-written SQL in DuckDB doing the same file work
(`peers/duckdb_sql.py`), datacompy on Polars reading the same CSV (`peers/datacompy_polars.py`, needs `./dev peers`),
and for up to 100,000 people DeepDiff over everybody, once. Files are in the page cache for all of them (warm). Every
one must find the same people and fields, or there is no figure.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from bench.measure import Contestant, Figures, Took, compare, figures, keep, ratio, run
from bench.people import Read, Truth
from bench.workspace import NEXT_DAY, ROOT, SCRATCH, Company

PEERS = ROOT / "bench" / "peers"
#: Has what datacompy needs, once `./dev peers` has made it.
PEERS_PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"
#: DeepDiff takes half a millisecond a person.
DEEPDIFF_AT_MOST = 100_000


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.sync", description=__doc__)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--sources", type=int, choices=(1, 2), default=1, help="files that the people come from")
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--shuffled", action="store_true", help="nothing changed but the order")
    options.add_argument("--anew", action="store_true", help="no row is known again from the day before")
    options.add_argument("--scratch", type=Path, default=SCRATCH, help="where files stand while it lasts")
    chosen = options.parse_args()
    read = Read.SHUFFLED if chosen.shuffled else Read.NEXT
    two = "" if chosen.sources == 1 else "-two-sources"
    company = Company(chosen.scratch / f"people-{chosen.people}{two}", chosen.people, chosen.sources)
    if (company.folder / "kept").exists():
        company.renew()
    else:
        company.steady()
        company.keep()
    found = measure(company, read, chosen.runs, anew=chosen.anew)
    keep(f"sync-{read}{'-anew' if chosen.anew else ''}{two}-{chosen.people}", found)


def measure(company: Company, read: Read, runs: int, *, anew: bool = False) -> Figures:
    """Measure one read of a company that was kept in its steady state."""
    truth = company.write(read)
    company.write(Read.FIRST)
    contestants = [_ours(company, read, anew=anew), *_peers(company, read)]
    took = compare(contestants, runs)
    ours = took["syncd"]
    must_agree({name: _truth(many[-1]) for name, many in took.items() if name != "syncd"}, truth)
    must_agree({"syncd": company.found()}, truth)
    result: Figures = {
        "benchmark": f"full read, {read}{', anew' if anew else ''}",
        "people": company.people,
        "sources": company.sources,
        "runs": runs,
        "cache": "warm",
        "found": asdict(truth),
        "programs": {name: figures(many) for name, many in took.items()},
        "times_as_long_as": {name: ratio(ours, many) for name, many in took.items() if name != "syncd"},
    }
    if company.sources == 1 and read is Read.NEXT and company.people <= DEEPDIFF_AT_MOST:
        deepdiff = run(_deepdiff(company, read))
        must_agree({"deepdiff": _truth(deepdiff)}, truth)
        result["programs"]["deepdiff"] = figures([deepdiff])
        result["times_as_long_as"]["deepdiff"] = ratio(ours[-1:], [deepdiff])
    return result


def _ours(company: Company, read: Read, *, anew: bool) -> Contestant:
    def prepare() -> None:
        company.restore()
        company.arrive(read)
        for remembered in company.workspace.glob("var/mirror/unchanged-*") if anew else ():
            remembered.unlink()
        os.sync()  # or the run would wait for the copy of the workspace to reach the disk

    return company.syncd("run", *company.feeds, "--json", today=NEXT_DAY, prepare=prepare)


def _peers(company: Company, read: Read) -> list[Contestant]:
    """Give those that are there; the roster they compare with is made once, beforehand."""
    sql, roster, folder = PEERS / "duckdb_sql.py", company.folder / "roster.parquet", company.folder / "peer"
    run(Contestant("duckdb", [sys.executable, sql, "prepare", _files(company, Read.FIRST), roster]))

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    peers = [Contestant("duckdb", [sys.executable, sql, "compare", _files(company, read), roster, folder], prepare)]
    if PEERS_PYTHON.exists() and company.sources == 1:
        datacompy = PEERS / "datacompy_polars.py"
        peers.append(Contestant("datacompy", [PEERS_PYTHON, datacompy, company.file(read), roster]))
    return peers


def _files(company: Company, read: Read) -> str:
    return ",".join(str(company.file(read, feed)) for feed in company.feeds)


def _deepdiff(company: Company, read: Read) -> Contestant:
    files = company.file(read), company.file(Read.FIRST)
    return Contestant("deepdiff", [sys.executable, PEERS / "deepdiff_all.py", *files])


def _truth(took: Took) -> Truth:
    return Truth(**json.loads(took.output))


def must_agree(found: dict[str, Truth], truth: Truth) -> None:
    """Refuse figures of programs that did not find what is in the file."""
    for name, one in found.items():
        if one != truth:
            message = f"{name} found {one}, the file has {truth}"
            raise RuntimeError(message)


if __name__ == "__main__":
    main()
