"""A spreadsheet read in a process of its own, which may die without taking anything along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from signal import SIGXCPU

from connectors.file.copying import Copy
from connectors.file.dating import Said
from connectors.file.delimited import name_problems
from connectors.file.settings import Settings
from domain.problem import Problem

#: Beyond the processor time the process may take, how much longer a slow disk may hold it up.
GRACE = 60
#: What a process says that ends for want of memory; the system may end it without a word, too.
_NO_MEMORY = ("MemoryError", "memory allocation of", "bad_alloc")


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet as JSON lines; they hold only without problems."""

    path: Path
    columns: tuple[str, ...]
    letters: tuple[str, ...]
    rows: int
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    cell: Said = Said()


def read_sheet(copy: Copy, settings: Settings) -> Sheet:
    """Read the sheet the settings name (or the first) of a copied spreadsheet, beside the copy."""
    output = copy.path.with_suffix(".jsonl")
    limits = settings.limits
    order = {
        "path": str(copy.path.resolve()),  # the process is at home in another folder
        "name": copy.name,
        "output": str(output.resolve()),
        "sheet": settings.sheet,
        "header": settings.header,
        "rows": limits.rows,
        "cells": limits.cells,
        "bytes": limits.bytes,
        "inflated": limits.inflated,
        "ratio": limits.ratio,
        "memory": limits.memory,
        "seconds": limits.seconds,
        "cell": settings.as_of and settings.as_of.place,
    }
    house = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": str(house), "PYTHONUTF8": "1", "PATH": os.defpath}
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "connectors.file.spreadsheet"],
            input=json.dumps(order),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            cwd=copy.path.parent,
            env=environment,
            timeout=limits.seconds + GRACE,
        )
    except subprocess.TimeoutExpired:
        return _failed(copy, output, "too_slow", f"took longer than {limits.seconds} seconds to read: split it")
    if child.returncode == -SIGXCPU:
        return _failed(copy, output, "too_slow", f"took longer than {limits.seconds} seconds to read: split it")
    if child.returncode < 0 or any(word in child.stderr for word in _NO_MEMORY):
        message = f"could not be read in {limits.memory} bytes of memory: split it, or raise `limits`"
        return _failed(copy, output, "too_large", message)
    if child.returncode:
        what = child.stderr.strip().rpartition("\n")[2].partition(":")[0]  # what follows may be of the file itself
        message = f"could not be read ({what}): open it, and save it anew as xlsx"
        return _failed(copy, output, "damaged", message)
    answer = json.loads(child.stdout)
    columns, letters = tuple(answer["columns"]), tuple(answer["letters"])
    labels = [f"column {letter}" for letter in letters]
    faults = [Problem(None, code, message, place=place) for code, message, place in answer["faults"]]
    faults += name_problems(copy.name, answer["place"], columns, labels)
    return Sheet(
        output,
        columns,
        letters,
        answer["rows"],
        tuple(faults),
        tuple(answer["warnings"]),
        Said(answer["cell"], answer["cell_is_date"]),
    )


def _failed(copy: Copy, output: Path, code: str, message: str) -> Sheet:
    return Sheet(output, (), (), 0, (Problem(None, code, f"{copy.name} {message}", place=copy.name),), ())
