"""The workers of a tenant, in two times: from which day something holds, and when it was entered.

What happens is an event; what corrects or rescinds one is entered later and changes no entry of before. A worker as of
a day, as entered by a moment, is the fold of the events known then: the truth that a roster is held against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

Values = dict[str, Any]
_DAY = timedelta(days=1)
#: What ends with an employment, and begins anew with the next.
NO_ENDING: Values = dict.fromkeys(("last_day", "reason", "involuntary", "pay_through", "leave"))


@dataclass(frozen=True, slots=True)
class Entry:
    """What an event says since it was entered or corrected; `sets` is None where it was rescinded."""

    entered: datetime
    day: date
    sets: Values | None


@dataclass(slots=True)
class Event:
    """Something that happened to a worker; its entries, the newest last."""

    kind: str
    entries: list[Entry]
    seq: int

    def at(self, moment: datetime) -> Entry | None:
        """What was known of it."""
        known = [one for one in self.entries if one.entered <= moment]
        return known[-1] if known else None

    @property
    def effective_shift(self) -> timedelta:
        """Workday names a termination by its last day; it shows from the day after."""
        return _DAY if self.kind in ENDINGS else timedelta(0)


ENDINGS = ("Terminate Employee", "End Contingent Worker Contract")


@dataclass(slots=True)
class Worker:
    """One record of a person: its WID, its ids, its events."""

    wid: str
    kind: str
    number: str
    universal: str | None = None
    events: list[Event] = field(default_factory=list)
    hidden: bool = False

    def is_known(self, moment: datetime) -> bool:
        """Whether anything of them was entered by then."""
        return any(event.at(moment) for event in self.events)

    def on(self, day: date, moment: datetime) -> Values:
        """What holds on a day, as entered by a moment; `status` is Active, On Leave, Terminated, ..."""
        known = [(entry.day + event.effective_shift, event.seq, event, entry) for event, entry in self.known(moment)]
        values: Values = {"hired": None, "status": "Not Yet Active"}
        for start, _, _, entry in sorted(known, key=lambda one: one[:2]):
            if start <= day:
                values |= entry.sets or {}
        if values["hired"] is None:
            first = min((one for one in known if "hired" in (one[3].sets or {})), key=lambda one: one[0], default=None)
            if first is None:
                return values | {"status": "Hire Rescinded", "hired": self._first_hire(moment)}
            return values | {"hired": first[3].day}
        last_day = values.get("last_day")
        if last_day is not None and last_day < day:
            values["status"] = "Terminated"
        else:
            values["status"] = "On Leave" if values.get("leave") else "Active"
        return values

    def known(self, moment: datetime) -> Iterator[tuple[Event, Entry]]:
        """Events in force, as entered by a moment."""
        for event in self.events:
            entry = event.at(moment)
            if entry is not None and entry.sets is not None:
                yield event, entry

    def _first_hire(self, moment: datetime) -> date:
        return min(one.entries[0].day for one in self.events if one.entries[0].entered <= moment)


@dataclass(slots=True)
class Tenant:
    """All workers, the clock, and what is wrong at the moment."""

    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)
    workers: dict[str, Worker] = field(default_factory=dict)
    user: str = "ISU_Syncd@acme"
    password: str = "s3cret"
    version: str = "v45.2"
    faults: list[str] = field(default_factory=list)
    every_fault: str | None = None
    requests: list[str] = field(default_factory=list)
    reports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    report_columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    prompts: list[dict[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    refresh_token: str | None = "refresh-1"
    groups: list[frozenset[str]] = field(default_factory=list)
    seq: int = 0

    def tick(self) -> datetime:
        """Let a second pass, so that nothing is entered at the moment of something else."""
        self.now += timedelta(seconds=1)
        return self.now

    def happens(self, wid: str, kind: str, day: date, **sets: Any) -> Event:
        """Enter an event of a worker."""
        self.seq += 1
        event = Event(kind, [Entry(self.tick(), day, sets)], self.seq)
        self.workers[wid].events.append(event)
        return event

    def hire(self, wid: str, day: date, number: str | None = None, kind: str = "Employee", **sets: Any) -> Event:
        """Hire somebody, or somebody again; who is new has these ids."""
        ids = {"universal": sets.pop("universal", None)}
        self.workers.setdefault(wid, Worker(wid, kind, number or wid, **ids))
        usual = {"name": f"Person {number or wid}", "title": "Rep", "email": f"{number or wid}@example.com".lower()}
        is_again = bool(self.workers[wid].events)
        values = sets if is_again else usual | sets
        what = "Hire Employee" if kind == "Employee" else "Contract Contingent Worker"
        return self.happens(wid, what, day, hired=day, **NO_ENDING, **values)

    def terminate(self, wid: str, last_day: date, reason: str = "Other job", *, involuntary: bool = False) -> Event:
        """End an employment or a contract, through its last day."""
        kind = ENDINGS[0] if self.workers[wid].kind == "Employee" else ENDINGS[1]
        said = {"last_day": last_day, "reason": reason, "involuntary": involuntary}
        return self.happens(wid, kind, last_day, **said)

    def correct(self, event: Event, day: date | None = None, **sets: Any) -> None:
        """Say that an event was another one."""
        last = event.entries[-1]
        told = {**(last.sets or {}), **sets}
        if "hired" in told and day:
            told["hired"] = day
        if "last_day" in told and day and event.kind in ENDINGS:
            told["last_day"] = day
        event.entries.append(replace(last, entered=self.tick(), day=day or last.day, sets=told))

    def rescind(self, event: Event) -> None:
        """Say that an event never was."""
        event.entries.append(replace(event.entries[-1], entered=self.tick(), sets=None))

    def convert(self, old: str, new: str, day: date, **sets: Any) -> None:
        """Make an employee of a contingent worker: two records with one worker id."""
        before = self.workers[old]
        self.terminate(old, day - _DAY, "Converted")
        self.hire(new, day, before.number, "Employee", universal=before.universal, **sets)

    def log(self, worker: Worker, moment: datetime) -> Iterator[tuple[Event, list[Entry]]]:
        """The events of a worker with their entries by a moment."""
        for event in worker.events:
            entries = [one for one in event.entries if one.entered <= moment]
            if entries:
                yield event, entries

    @property
    def seen(self) -> list[Worker]:
        """The workers that the integration user may see."""
        return [one for _, one in sorted(self.workers.items()) if not one.hidden]
