"""A first load: everybody staged as an add, all of them approved, and the roster's columns mirrored by the next read.

`python -m bench.load --people 1000000`. Three calls of the command line, each a process of its own; files are in the
page cache (warm). There is no peer: to be reached are five minutes and 1.5 GB for staging, and for approving. What it
leaves is the steady state that `bench.sync` reads in; a second call measures it anew.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.measure import Figures, figures, keep
from bench.workspace import SCRATCH, Company


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    options.add_argument("--people", type=int, default=1_000_000)
    options.add_argument("--scratch", type=Path, default=SCRATCH, help="where files stand while it lasts")
    chosen = options.parse_args()
    company = Company(chosen.scratch / f"people-{chosen.people}", chosen.people)
    keep(f"load-{chosen.people}", measure(company))


def measure(company: Company) -> Figures:
    """Measure a first load, and keep what it leaves."""
    took = company.steady()
    size = sum(file.stat().st_size for file in (company.workspace / "var").glob("syncd.db*"))
    company.keep()
    return {
        "benchmark": "first load",
        "people": company.people,
        "runs": 1,
        "cache": "warm",
        "database_mb": size >> 20,
        "programs": {name: figures([one]) for name, one in took.items()},
    }


if __name__ == "__main__":
    main()
