"""A bill of materials (CycloneDX 1.6, JSON): every package of a lock with version, digests and licence.

    python -m syncd.operation.sbom requirements/run.txt        (`./dev sbom`)

Read from the lock and from what is installed; packages that a lock has for other systems alone have no licence here.
Sorted, without a date, a host or a path: the same lock and environment give the same bytes.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_UNTOLD = "not installed here"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of a lock: its licence as its own metadata say it."""

    name: str
    version: str
    digests: tuple[str, ...]
    licence: str


def packages_of(lock: str) -> list[Package]:
    """Give the packages of a lock by name; one may have several versions, for several systems."""
    found: dict[tuple[str, str], list[str]] = {}
    package = None
    for line in lock.splitlines():
        if pinned := _PINNED.match(line):
            package = pinned[1].lower(), pinned[2]
            found[package] = []
        if package:
            found[package].extend(_HASH.findall(line))
    return [
        Package(name, version, tuple(sorted(digests)), _licence(name))
        for (name, version), digests in sorted(found.items())
    ]


def bill(packages: list[Package]) -> str:
    """Write the bill of materials."""
    components = [
        {
            "type": "library",
            "name": one.name,
            "version": one.version,
            "purl": f"pkg:pypi/{one.name}@{one.version}",
            "licenses": [{"license": {"name": one.licence}}],
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in one.digests],
        }
        for one in packages
    ]
    product = {"type": "application", "name": "syncd", "licenses": [{"license": {"id": "MIT"}}]}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": product},
        "components": components,
    }
    return json.dumps(document, indent=1) + "\n"


def _licence(name: str) -> str:
    """Give a licence expression, else what a classifier or the old field says, in one line."""
    try:
        told = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return _UNTOLD
    expression = (told.get_all("License-Expression") or [""])[0]
    classified = [
        one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License :: ")
    ]
    field = (told.get_all("License") or [""])[0].strip().splitlines()
    return str(expression or " / ".join(classified) or (field[0] if field else "unknown"))


if __name__ == "__main__":
    sys.stdout.write(bill(packages_of(Path(sys.argv[1]).read_text(encoding="utf-8"))))
