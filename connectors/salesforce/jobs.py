"""Jobs of the Bulk API that read everything: begun once, asked how they are, and their results fetched in pieces.

The polling is ours: a blip of the network ends no job, and a process that begins again goes on with the job of the one
before by its id. Salesforce keeps results for seven days.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from connectors.salesforce import client as clients
from connectors.salesforce.client import Client
from connectors.salesforce.failing import Failure
from connectors.salesforce.forms import without_exponents
from domain.errors import FixAccess, FixFile, ReadFailed, TryLater

#: Records of one piece of a result: as many as one segment of the landing takes, so that none is written twice.
PIECE = 100_000
#: For how long a job may be gone on with.
FRESH = timedelta(days=1)
#: Seconds between two looks at a job, at first and at most, and for how long one is looked at in one read.
FIRST, MOST, PATIENCE = 1.0, 30.0, 6 * 3600.0
_ALIVE = frozenset({"UploadComplete", "InProgress"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a result: a CSV file with a header, and how many records are in it."""

    path: Path
    columns: tuple[str, ...]
    rows: int
    is_last: bool


def begin(client: Client, soql: str, about: str, *, deleted: bool = False) -> str:
    """Begin a job, about deleted and archived records too where asked; gives its id.

    Errors: `Failed` where the Bulk API does not do this object, and nothing else.
    """
    operation = "queryAll" if deleted else "query"
    form = {"operation": operation, "query": soql, "contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}
    return str(client.create("jobs/query", form, about, other_way_is_known=True)["id"])


def is_there(client: Client, job: str, about: str) -> bool:
    """Tell whether a job that was begun earlier may still bring its result."""
    try:
        return client.get(f"jobs/query/{job}", about)["state"] in {*_ALIVE, "JobComplete"}
    except (FixAccess, FixFile):  # it is gone, or was begun with another version of the API
        return False


def finish(client: Client, job: str, about: str) -> int:
    """Wait until a job is done; gives how many records it has. Errors: `TryLater`, `ReadFailed`."""
    wait, waited = FIRST, 0.0
    while True:
        said = client.get(f"jobs/query/{job}", about)
        state = said["state"]
        if state == "JobComplete":
            return int(said["numberRecordsProcessed"])
        if state not in _ALIVE:
            raise _ended(state, str(said.get("errorMessage") or ""), about)
        if waited >= PATIENCE:
            raise TryLater(f"Salesforce still works on reading {about} (job {job}): run again, which goes on with it")
        clients.pause(wait)
        waited, wait = waited + wait, min(wait * 2, MOST)


def pieces(client: Client, job: str, scratch: Path, about: str, numbers: frozenset[str]) -> Iterator[Piece]:
    """Yield the result of a job that is done, piece by piece; `numbers` are the columns that hold numbers."""
    locator, number = None, 0
    while True:
        number += 1
        path = scratch / f"{job}-{number:04d}.csv"
        asked = {"maxRecords": str(PIECE)} | ({"locator": locator} if locator else {})
        headers = client.download(f"jobs/query/{job}/results", asked, path, about)
        said = headers.get("Sforce-Locator") or "null"
        try:
            rows = int(headers["Sforce-NumberOfRecords"])
        except (KeyError, ValueError):
            raise ReadFailed(f"Salesforce does not say how many {about} are in a piece of its result") from None
        if said != "null" and said == locator:
            raise ReadFailed(f"Salesforce gives the same piece of {about} again and again; run again")
        locator = None if said == "null" else said
        without_exponents(path, numbers)
        yield Piece(path, _header(path), rows, locator is None)
        if locator is None:
            return


def digest(soql: str, version: str) -> str:
    """What a job was asked, in short: another question, or another version, needs another job."""
    return hashlib.sha256(f"{version} {soql}".encode()).hexdigest()[:16]


def _header(path: Path) -> tuple[str, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(next(csv.reader(file), ()))


def _ended(state: str, message: str, about: str) -> Exception:
    """Say why a job has no result; its message begins with an error code."""
    code = message.partition(":")[0].strip()
    if code.isupper() and code.replace("_", "").isalpha():
        return Failure(200, code, message).error(about)
    return TryLater(f"Salesforce gave up reading {about} (its job is {state}): run again, which begins another")
