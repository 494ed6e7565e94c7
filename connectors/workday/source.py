"""Workday as a source: workers as they are, were and will be, and reports.

Streams: `workers` (the default; a row for each worker and day, of the primary post), `positions` (the same for every
post held), `report:OWNER/REPORT` (the rows of a report as a service).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

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
        groups = reading.everybody() if before is None else reading.changed(before)
        yield from _pages(groups, name, scratch, reading.now.cursor, full=before is None)


def _pages(groups: Iterable[list[Row]], name: str, scratch: Path, cursor: str, *, full: bool) -> Iterator[Page]:
    """Write rows as pages; the last one, which may be empty, has the cursor: only then everything was seen.

    What changed of a worker is sent with every other day of theirs that is told, in place of all that was told before.
    """
    sent, anew = 0, None if full else set[str | None]()
    for number, rows in enumerate(groups):
        if rows:
            path = _written(rows, scratch / f"{name}-{number:05d}.jsonl", name, sent, anew)
            sent += len(rows)
            yield Page(path, PageFormat.JSONL, COLUMNS, name, full=full, is_last=False, rows=len(rows))
    path = _written([], scratch / f"{name}-end.jsonl", name, sent)
    yield Page(path, PageFormat.JSONL, COLUMNS, name, full=full, is_last=True, rows=0, cursor=cursor, total=sent)


def _written(rows: Iterable[Row], path: Path, name: str, before: int, anew: set[str | None] | None = None) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number, row in enumerate(rows, start=before + 1):
            place = f"{name}/{row['WID']}"
            place += f"/{row['Position']}" if name == STREAMS[1] and row["Position"] else ""
            place += f"@{row['Effective']}" if row["Effective"] else ""
            ours: dict[str, object] = {ROW: number, PLACE: place}
            if anew is not None and row["WID"] not in anew:
                anew.add(row["WID"])
                ours[OPERATION] = REPLACE
            file.write(json.dumps(ours | row, ensure_ascii=False) + "\n")
    return path
