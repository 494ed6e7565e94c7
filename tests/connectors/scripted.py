"""A source that does what a script says: a small world of records on a clock of its own, read like a cloud's
API.

    sources:
      crm: {kind: tests.connectors.scripted, script: crm.json}

The script is a JSON file in the workspace; a scenario rewrites it between runs. A stream is an entry of
`streams` with the same keys, else the script itself is the only one. Times are whole seconds.

    {"key": "Id", "columns": ["Id", "Title"],
     "events": [{"stamp": 100, "commit": 130, "row": {"Id": "1", "Title": "Rep"}},
                {"stamp": 200, "key": "1", "delete": true, "left": {"Day": "2026-01-01"}},
                {"stamp": 210, "row": {"Id": "2", "Title": "Lead"}, "silent": true}],
     "now": 300}

An event is visible from `commit` on (default: its stamp) and says what the record is from then; `left` is what a
deletion still says beside the key; a `silent` event is never brought by an increment (a full read shows it). A value
that is no text is sent as a native literal.

    now         when the read begins
    page_seconds  how long each page takes: later pages see what was committed meanwhile (0)
    page_rows   records a page (2)
    overlap     how far a cursor stays behind, so that late commits are seen (60)
    keeps       for how long the source knows what happened; an older cursor has expired
    total       "right", a number that may be wrong, or null: the source states none ("right")
    cut_after   pages after which the read stops as if it were over, without its end marker
    repeat      how often an increment brings each record (1)
    fail        "TryLater", "FixAccess" or "ReadFailed": what opening the read meets
    crash_after  pages after which this process is gone: an error nobody catches, or with `exit: true` its end
    finds       what is answered where a record is asked for, by key: "found", "gone", or an error as in `fail`;
                any other is gone. Without it the source cannot be asked
    waits_for   a file beside the script: after each page the source hangs until it is there. That it does so is told
                by a file of that name and `.waited`

A cursor is the smaller of the newest stamp seen and the start of the read, less the overlap.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from connectors.base import EVERYTHING, NATIVE, OPERATION, PLACE, ROW, Page, PageFormat, Source, Wanted
from domain.errors import CursorExpired, FixAccess, ReadFailed, TryLater

FAILURES = {kind.__name__: kind for kind in (TryLater, FixAccess, ReadFailed)}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the script is, relative to the workspace."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    script: str


class Crash(BaseException):
    """The process is gone: nothing may catch this but a test."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a record; `row` is None where it was deleted, `left` what is still said of it."""

    stamp: int
    commit: int
    key: str
    row: dict[str, Any] | None
    is_silent: bool
    left: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """The script of one stream; see the head of this file."""

    key: str
    columns: tuple[str, ...]
    events: tuple[Event, ...]
    now: int
    page_seconds: int = 0
    page_rows: int = 2
    overlap: int = 60
    keeps: int | None = None
    total: int | str | None = "right"
    cut_after: int | None = None
    repeat: int = 1
    fail: str | None = None
    crash_after: int | None = None
    exit: bool = False
    waits_for: str | None = None
    finds: dict[str, str] | None = None

    def state(self, key: str, at: int) -> Event | None:
        """The newest event of a record that was committed by then."""
        known = [event for event in self.events if event.key == key and event.commit <= at]
        return max(known, key=lambda event: (event.stamp, event.commit), default=None)

    def told(self, since: int | None, at: int) -> list[tuple[str, int]]:
        """The records a read brings, in its order, each with the stamp it is known by."""
        newest: dict[str, int] = {}
        for event in self.events:
            is_told = since is None or (event.stamp > since and not event.is_silent)
            if event.commit <= at and is_told:
                newest[event.key] = max(event.stamp, newest.get(event.key, event.stamp))
        if since is None:
            return sorted(item for item in newest.items() if (state := self.state(item[0], at)) and state.row)
        return sorted(newest.items(), key=lambda item: (item[1], item[0]))


def open_source(settings: Settings, roots: tuple[Path, ...]) -> Source:
    """A source over the script as it is at each read."""
    path = roots[0] / settings.script
    script = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return _Scripted(path) if "finds" not in script else _Asked(_Scripted(path), script["finds"])


def world(script: dict[str, Any]) -> World:
    """A script's stream as a world; unknown keys are refused."""
    entries = dict(script)
    key = entries["key"]
    events = []
    for entry in entries.pop("events"):
        row = None if entry.get("delete") else entry["row"]
        name = entry["key"] if row is None else row[key]
        commit = entry.get("commit", entry["stamp"])
        events.append(
            Event(entry["stamp"], commit, name, row, entry.get("silent", False), tuple(entry.get("left", {}).items()))
        )
    return World(columns=tuple(entries.pop("columns")), events=tuple(events), **entries)


@dataclass(slots=True)
class _Scripted:
    script: Path

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        script = json.loads(self.script.read_text(encoding="utf-8"))
        streams = script.get("streams")
        if streams is not None and stream not in streams:
            raise ReadFailed(f"there is no stream {stream!r}: say one of {sorted(streams)}")
        told = world(script if streams is None else streams[stream])
        if told.fail is not None:
            raise FAILURES[told.fail](f"the script says {told.fail}")
        mark = None if since is None else int(since)
        if mark is not None and told.keeps is not None and mark < told.now - told.keeps:
            raise CursorExpired(f"what happened before {told.now - told.keeps} is no longer known")
        for page in _pages(told, mark, scratch, stream or "scripted"):
            yield page
            if told.waits_for is not None:
                _hang_until(self.script.parent / told.waits_for)


@dataclass(slots=True)
class _Asked:
    """One that can be asked for a record too; `connectors.base.LooksUp`."""

    source: _Scripted
    finds: dict[str, str]

    def read(self, stream: str | None, since: str | None, scratch: Path, wanted: Wanted = EVERYTHING) -> Iterator[Page]:
        return self.source.read(stream, since, scratch, wanted)

    def look_up(self, stream: str | None, column: str, key: str) -> bool:
        said = self.finds.get(key, "gone")
        if said in FAILURES:
            raise FAILURES[said](f"the script says {said}")
        return said == "found"


def _pages(told: World, since: int | None, scratch: Path, name: str) -> Iterator[Page]:
    times = told.repeat if since is not None else 1
    records = [record for record in told.told(since, told.now) for _ in range(times)]
    starts = range(0, max(len(records), 1), told.page_rows)
    groups = [records[start : start + told.page_rows] for start in starts]
    high = None if since is None else since + told.overlap
    sent = 0
    for number, group in enumerate(groups):
        if number == told.cut_after:
            return
        if number == told.crash_after:
            _crash(told)
        at = told.now + number * told.page_seconds
        states = [state for key, _ in group if (state := told.state(key, at)) and (state.row or since is not None)]
        lines = [_line(state, told.key, name, sent + index) for index, state in enumerate(states, start=1)]
        path = scratch / f"{name}-{number:04d}.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        sent += len(lines)
        high = max([stamp for _, stamp in group] + ([] if high is None else [high]), default=None)
        is_last = number == len(groups) - 1
        cursor = None if high is None else str(min(high, told.now) - told.overlap)
        page = Page(
            path,
            PageFormat.JSONL,
            told.columns,
            name,
            full=since is None,
            is_last=is_last,
            rows=len(lines),
            total=len(records) if told.total == "right" else told.total if isinstance(told.total, int) else None,
        )
        # a full read comes by key: only its end has seen everything up to the newest stamp
        yield replace(page, cursor=cursor) if since is not None or is_last else page


def _line(state: Event, key: str, name: str, number: int) -> str:
    ours: dict[str, Any] = {ROW: number, PLACE: f"{name}/{state.key}"}
    if state.row is None:
        return json.dumps(ours | {OPERATION: "delete", key: state.key, **dict(state.left)})
    native = [column for column, value in state.row.items() if not isinstance(value, str | None)]
    if native:
        ours[NATIVE] = f",{','.join(native)},"
    return json.dumps(ours | {column: _text(value) for column, value in state.row.items()})


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _hang_until(file: Path) -> None:
    file.with_suffix(".waited").touch()
    while not file.exists():
        time.sleep(0.02)


def _crash(told: World) -> None:
    if told.exit:
        os._exit(9)
    raise Crash
