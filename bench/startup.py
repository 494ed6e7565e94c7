"""How long `syncd --help` takes, beside a Python that does nothing. `python -m bench.startup`."""

from __future__ import annotations

import argparse
import sys
from statistics import median

from bench.measure import Contestant, Figures, compare, figures, keep


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.startup", description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    keep("startup", measure(options.parse_args().runs))


def measure(runs: int) -> Figures:
    """Measure both in turn, after one run of each that does not count."""
    contestants = [
        Contestant("syncd --help", [sys.executable, "-P", "-m", "syncd", "--help"]),
        Contestant("python -c pass", [sys.executable, "-P", "-c", "pass"]),
    ]
    compare(contestants, 1)
    ours, theirs = compare(contestants, runs).values()
    return {
        "benchmark": "start of the command line",
        "runs": runs,
        "cache": "warm",
        "programs": {"syncd --help": figures(ours), "python -c pass": figures(theirs)},
        "seconds_more": round(median(a.seconds - b.seconds for a, b in zip(ours, theirs, strict=True)), 3),
    }


if __name__ == "__main__":
    main()
