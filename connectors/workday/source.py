"""Workday as a source: workers as they are, were and will be, and reports.

Streams: `workers` (the default; a row for each worker and day, of the primary post), `positions` (the same for every
post held), `report:OWNER/REPORT` (the rows of a report as a service).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

from connectors.base import EVERYTHING, OPERATION, PLACE, REPLACE, ROW, Page, PageFormat, Source, Wanted
from connectors.workday.reading import Moment, Reading, moment_of
from connectors.workday.reports import read_report
from connectors.workday.rows import COLUMNS, Row, groups_for
from connectors.workday.settings import Settings
from connectors.workday.tenant import Tenant
from domain.errors import FixFile
from domain.problem import Mistake

__all__ = ["Settings", "open_source"]

REPORT = "report:"
STREAMS = ("workers", "positions")
#: A page closes at this many rows, or after so many seconds.
ROWS, WAIT = 5_000, 10.0
#: Of ASCII alone: it is written half again as fast.
_JSON = json.JSONEncoder(check_circular=False, separators=(",", ":"))


def open_source(settings: Settings, roots: tuple[Path, ...]) -> Source:
    """Open a tenant; nothing is sent before something is asked for."""
    return _Workday(settings, roots)


class _Workday:
    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        self._settings, self._roots = settings, roots

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        """Yield the pages of a stream, see `connectors.base.Source`; a report is always read in full."""
        name = stream or STREAMS[0]
        if not name.startswith(REPORT) and name not in STREAMS:
            message = f"there is no stream `{name}`: say {', '.join(STREAMS)} or {REPORT}OWNER/REPORT"
            raise FixFile(message, (Mistake(("stream",), message),))
        tenant = Tenant(self._settings, self._roots)
        if name.startswith(REPORT):
            yield from read_report(tenant, name.removeprefix(REPORT), scratch)
            return
        before = None if since is None else Moment.of(since)
        asked = groups_for(wanted, self._settings.groups)
        reading = Reading(tenant, moment_of(tenant), asked, every_post=name == STREAMS[1])
        rows = reading.everybody() if before is None else reading.changed(before)
        yield from _pages(rows, name, scratch, reading.now.cursor, full=before is None)


def _pages(rows: Iterator[Row], name: str, scratch: Path, cursor: str, *, full: bool) -> Iterator[Page]:
    """Write rows as pages; the last one, which may be empty, has the cursor: only then everything was seen.

    What changed of a worker is sent with every other day of theirs that is told, in place of all that was told before.
    """
    lines = _lines(rows, name, None if full else set())
    sent, is_last = 0, False
    while not is_last:
        path = scratch / f"{name}-{sent:09d}.jsonl"
        written = _write(lines, path)
        sent, is_last = sent + written, written == 0
        ending: dict[str, Any] = {"cursor": cursor, "total": sent} if is_last else {}
        yield Page(path, PageFormat.JSONL, COLUMNS, name, full=full, is_last=is_last, rows=written, **ending)


def _write(lines: Iterator[str], path: Path) -> int:
    """Write the lines of a page; gives how many. Few cost as much to land as many, and a slow tenant's do not wait."""
    number, until = 0, monotonic() + WAIT
    with path.open("w", encoding="utf-8") as file:
        for number, line in enumerate(lines, start=1):
            file.write(line)
            if number == ROWS or monotonic() > until:
                break
    return number


def _lines(rows: Iterable[Row], name: str, anew: set[str | None] | None) -> Iterator[str]:
    """Give rows as they are written; in an increment each worker's first one replaces what was told of them before."""
    of_posts = name == STREAMS[1]
    for number, row in enumerate(rows, start=1):
        place = f"{name}/{row['WID']}"
        place += f"/{row['Position']}" if of_posts and row.get("Position") else ""
        place += f"@{row['Effective']}" if row["Effective"] else ""
        line: dict[str, object] = {**row, ROW: number, PLACE: place}
        if anew is not None and row["WID"] not in anew:
            anew.add(row["WID"])
            line[OPERATION] = REPLACE
        yield _JSON.encode(line) + "\n"
