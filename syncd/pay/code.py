"""Which program this is: what a calculation names beside its revision."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

#: Packages that decide what somebody is paid.
_DECIDING = ("domain", "formula", "calc", "engine")


@cache
def code_version() -> str:
    """Give a fingerprint of the text of everything that decides what is paid, and the engine's version."""
    found = hashlib.sha256()
    root = Path(__file__).parents[1]
    for path in sorted(path for package in _DECIDING for path in (root / package).glob("*.py")):
        found.update(path.relative_to(root).as_posix().encode())
        found.update(path.read_bytes())
    return f"{found.hexdigest()[:16]} duckdb {version('duckdb')}"
