"""Which workers to ask for, as of which days, and the rows that come of it.

Workday keeps two times of everything: the day from which it holds, and the moment it was entered. Each read takes one
moment of entry, by Workday's clock, and asks for everything as entered by then, so that no page moves beneath it.

What changed since a read is found three ways: by what was entered since it began, by what was entered before and came
into force since, and by hires to come. Of each worker so found every day on which something changes is asked for, from
the first of them on, with what was corrected or rescinded among them; a worker's rows are the history of those days,
and replace what an earlier read had of them (`history: true` of a feed).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.workday.answers import Totals, workers
from connectors.workday.rows import NOT_YET, RESCINDED, TERMINATED, Row, Seen, rows_of, seen
from connectors.workday.settings import Settings
from connectors.workday.shape import Element, Found, day_of, each, id_of, label, part, read, text
from connectors.workday.tenant import Tenant
from connectors.workday.worker import ENDING
from domain.errors import CursorExpired, ReadFailed

_DAY = timedelta(days=1)
#: In the name of a kind of transaction: it holds through its day, and what follows begins on the next one.
_LAST_DAYS = ("terminat", "end contingent", "end contract", "end additional job")
_EVER = {"From": "0001-01-01", "Through": "9999-12-31"}
_FLAGS = {
    "personal": ("Include_Personal_Information",),
    "organizations": ("Include_Organizations",),
    "management_chain": ("Include_Management_Chain_Data",),
    "additional_jobs": ("Include_Additional_Jobs",),
    "compensation": ("Include_Compensation",),
}


@dataclass(frozen=True, slots=True)
class Moment:
    """The moment of a read: what was entered by then, and which day it is where the tenant is."""

    entered: datetime
    today: date

    @property
    def cursor(self) -> str:
        """Where the next increment goes on: at the beginning of this one."""
        return json.dumps({"entered": self.entered.isoformat(), "day": self.today.isoformat()})

    @classmethod
    def of(cls, cursor: str) -> Moment:
        """Read a cursor; `CursorExpired` where it is none of ours."""
        try:
            found = json.loads(cursor)
            return cls(datetime.fromisoformat(found["entered"]), date.fromisoformat(found["day"]))
        except (ValueError, KeyError, TypeError):
            raise CursorExpired("the cursor is not one of this connector: everything is read again") from None


@dataclass(frozen=True, slots=True)
class Reading:
    """One read of a tenant's workers."""

    tenant: Tenant
    now: Moment
    groups: tuple[str, ...]
    every_post: bool

    @property
    def settings(self) -> Settings:
        """What the YAML says."""
        return self.tenant.settings

    def everybody(self) -> Iterator[Row]:
        """Give the rows of all workers: those of whom something changed lately day by day, at the end.

        Who left before what is looked back at is left out.
        """
        since = self.now.today - timedelta(days=self.settings.look_back)
        days = self._changed(self._entered(datetime.combine(since, datetime.min.time(), UTC)), since, of_all=True)
        for one in self._seen({}, self.now.today):
            if one.wid in days:
                continue
            if one.status == NOT_YET:
                days[one.wid] = {date.fromisoformat(one.hired)} if one.hired else {self.now.today}
            elif not _left_before(one, since):
                yield from rows_of(one, None, every_post=self.every_post)
        yield from self._day_by_day(days)

    def changed(self, since: Moment) -> Iterator[Row]:
        """Give the rows of all workers of whom something was entered, or came into force, since a moment."""
        entered = self._entered(since.entered)
        came = self._logged({"Effective_From": _at(since.today), "Effective_Through": _at(self.now.today, end=True)})
        wids = {*entered, *came}
        looked_back = self.now.today - timedelta(days=self.settings.look_back)
        lately = self._log_of(wids, looked_back)
        first = {wid: entered.get(wid, set()) | came.get(wid, set()) | lately.get(wid, set()) for wid in wids}
        yield from self._day_by_day(self._changed(first, looked_back))

    @property
    def _shown(self) -> tuple[str, ...]:
        """What is asked for of workers; of jobs beside the primary one only where each post has its rows."""
        return tuple(one for one in self.groups if self.every_post or one != "additional_jobs")

    # --- what changed, and on which days

    def _entered(self, since: datetime) -> dict[str, set[date]]:
        """Give the days of what was entered since a moment, by worker."""
        return self._logged({"Updated_From": since.isoformat(), "Updated_Through": self.now.entered.isoformat()})

    def _log_of(self, wids: Iterable[str], since: date) -> dict[str, set[date]]:
        """Give the days of what was entered of some workers since a day."""
        start = datetime.combine(since, datetime.min.time(), UTC)
        found: dict[str, set[date]] = {}
        for some in _in_parts(sorted(wids), self.settings.count):
            for worker in self._asked({"Request_References": _named(some)}, None, ("transactions",)):
                wid, days = _days(worker, start)
                if wid is not None:
                    found[wid] = days
        return found

    def _changed(self, entered: Mapping[str, set[date]], since: date, *, of_all: bool = False) -> dict[str, set[date]]:
        """Give all days to ask for, by worker: those given, what follows the first of them; `of_all` what is ahead."""
        first = min((day for days in entered.values() for day in days), default=since)
        last = self.now.today + timedelta(days=self.settings.ahead)
        logged = self._logged(
            {"Effective_From": _at(min(first, self.now.today)), "Effective_Through": _at(last, end=True)}
        )
        found: dict[str, set[date]] = {wid: set(days) for wid, days in entered.items() if days}
        for wid, days in logged.items():
            if wid in found:
                found[wid] |= {day for day in days if day > min(found[wid])}
            elif of_all and (ahead := {day for day in days if day > self.now.today}):
                found[wid] = ahead
        return {wid: {day for day in days if day <= last + _DAY} or {self.now.today} for wid, days in found.items()}

    def _logged(self, dates: Mapping[str, str]) -> dict[str, set[date]]:
        """Give the days of the transactions of a range, by worker: the log of a worker may have others too."""
        criteria = {"Transaction_Log_Criteria_Data": [{"Transaction_Date_Range_Data": dict(dates)}]}
        since = datetime.fromisoformat(dates["Updated_From"]) if "Updated_From" in dates else None
        first, last = (dates.get(f"Effective_{name}", default)[:10] for name, default in _EVER.items())
        found: defaultdict[str, set[date]] = defaultdict(set)
        for worker in self._asked({"Request_Criteria": criteria}, None, ("transactions",)):
            wid, days = _days(worker, since)
            if wid is not None:
                found[wid] |= {day for day in days if first <= day.isoformat() <= last}
        return {wid: days for wid, days in found.items() if days}

    # --- workers as of their days

    def _day_by_day(self, days: Mapping[str, set[date]]) -> Iterator[Row]:
        """Give the rows of some workers as of their days, a part of the workers at a time."""
        for wids in _in_parts(sorted(days), self.settings.count):
            by_day: defaultdict[date, list[str]] = defaultdict(list)
            for wid in wids:
                of_today = [] if any(day <= self.now.today for day in days[wid]) else [self.now.today]
                for day in (*days[wid], *of_today):
                    by_day[day].append(wid)
            found: defaultdict[str, list[tuple[date, Seen]]] = defaultdict(list)
            for day in sorted(by_day):
                for one in self._seen({"Request_References": _named(by_day[day])}, day):
                    found[one.wid].append((day, one))
            for wid in wids:
                yield from _history(found[wid], days[wid], every_post=self.every_post)

    def _seen(self, what: Mapping[str, object], day: date) -> Iterator[Seen]:
        """Give workers as of a day, those of whom an answer says who they are."""
        return filter(None, map(seen, self._asked(what, day, self._shown)))

    def _asked(self, what: Mapping[str, object], day: date | None, groups: Iterable[str]) -> Iterator[Element]:
        """Ask for workers page by page, as entered by the moment of the read; each is gone when the next one comes.

        Errors: `ReadFailed` where pages do not come to what Workday says there is, and those of `Tenant.ask`.
        """
        page, read, first = 1, 0, Totals()
        while page == 1 or page <= first.pages:
            totals = Totals()
            answer, _ = self.tenant.ask(
                {
                    **what,
                    "Response_Filter": {
                        **({} if day is None else {"As_Of_Effective_Date": day}),
                        "As_Of_Entry_DateTime": self.now.entered,
                        "Page": page,
                        "Count": self.settings.count,
                    },
                    "Response_Group": groups_of(groups),
                }
            )
            yield from workers(answer, totals)
            first = totals if page == 1 else first
            if (totals.results, totals.pages) != (first.results, first.pages):
                raise ReadFailed(
                    "the totals of Workday changed from page to page though its moment did not; run it again"
                )
            read += totals.read
            page += 1
        if read != first.results:
            raise ReadFailed(f"Workday says that there are {first.results} workers and sent {read}; run it again")


def moment_of(tenant: Tenant) -> Moment:
    """Ask Workday what time it is, with the smallest question there is."""
    answer, moment = tenant.ask(
        {"Response_Filter": {"Page": 1, "Count": 1}, "Response_Group": {"Include_Reference": True}}
    )
    for _ in workers(answer, Totals()):
        continue
    return Moment(moment, moment.astimezone(ZoneInfo(tenant.settings.timezone)).date())


def groups_of(groups: Iterable[str]) -> dict[str, bool]:
    """Give what to include in an answer, and nothing else: of transactions their references alone."""
    wanted = tuple(groups)
    flags = {"Include_Reference": True}
    if "transactions" in wanted:
        names = ("Transaction_Log_Data", "Subevents_for_Corrected_Transaction", "Subevents_for_Rescinded_Transaction")
        return flags | {f"Include_{name}": True for name in names}
    flags["Include_Employment_Information"] = True
    for one in wanted:
        flags |= dict.fromkeys(_FLAGS[one], True)
    if "organizations" in wanted:
        flags["Exclude_Organization_Support_Role_Data"] = True
    return flags


def _history(found: list[tuple[date, Seen]], days: set[date], *, every_post: bool) -> list[Row]:
    """Give the rows of a worker: one for each day they are employed or have left on, with how that employment ends.

    Of today alone, since when is not said. A hire that was taken back is one row, of its first day. Of whom Workday
    says nothing there is nothing: who is hidden from us is missing from the next full read.
    """
    if found and all(one.status == RESCINDED for _, one in found):
        never = found[0][1]
        return list(rows_of(never, never.hired or min(days).isoformat(), every_post=every_post))
    told = [(day, one) for day, one in sorted(found, key=lambda item: item[0]) if _speaks(day, one)]
    rows: list[Row] = []
    for day, one in told:
        later = [other for other_day, other in told if other_day > day and other.hired == one.hired]
        ending = next((other.shared for other in (one, *later) if other.shared["Termination_Date"]), None)
        known = one.shared if ending is None else {**one.shared, **{name: ending.get(name) for name in ENDING}}
        stated = day.isoformat() if day in days else None
        posts = tuple(
            _ended(post, [(other_day, other) for other_day, other in told if other in later]) for post in one.posts
        )
        rows += rows_of(Seen(one.wid, known, posts), stated, every_post=every_post)
    return rows


def _ended(post: Row, later: list[tuple[date, Seen]]) -> Row:
    """Give a post with the end that a later day of the employment shows: stated, or because it is no longer there."""
    if post.get("Position_End_Date") or not post.get("Position"):
        return post
    for day, one in later:
        same = next((other for other in one.posts if other.get("Position") == post["Position"]), None)
        if same is None and one.status != TERMINATED:
            return {**post, "Position_End_Date": (day - _DAY).isoformat()}
        if same is not None and same.get("Position_End_Date"):
            return {**post, "Position_End_Date": same["Position_End_Date"]}
    return post


def _speaks(day: date, one: Seen) -> bool:
    """Tell whether a worker as of a day is employed or has been; who begins later is told of that day."""
    if one.status in (NOT_YET, RESCINDED):
        return False
    return one.hired is None or one.hired <= day.isoformat()


def _left_before(one: Seen, since: date) -> bool:
    last_day = one.shared["Termination_Date"]
    return one.status == TERMINATED and last_day is not None and last_day < since.isoformat()


_ENTRY = part(
    {
        "Transaction_Log_Description": text("kind"),
        "Transaction_Effective_Moment": day_of("effective"),
        "Transaction_Entry_Moment": text("entered"),
        "Transaction_Log_Type_Reference": each("types", label("kind")),
    }
)
_BEFORE = part({"Prior_Effective_Moment": day_of("effective"), "Transaction_Entry_Moment": text("entered")})
_LOG = part(
    {
        "Worker_Reference": id_of("WID", "WID"),
        "Worker_Data": part(
            {
                "Transaction_Log_Entry_Data": part(
                    {"Transaction_Log_Entry": part({"Transaction_Log_Data": each("entries", _ENTRY)})}
                ),
                "Transaction_Log_Corrected_And_Rescinded_Data": part(
                    {
                        "Corrected_Or_Rescinded_Transaction_Log_Data": part(
                            {
                                "Main_Transaction_Data": part({"Transaction_Log_Data": each("entries", _ENTRY)}),
                                "Correction_Or_Rescind_Data": each("before", _BEFORE),
                            }
                        )
                    }
                ),
            }
        ),
    }
)


def _days(worker: Element, since: datetime | None) -> tuple[str | None, set[date]]:
    """Give whose transactions an answer has, and on which days they change something; where said, of those since."""
    found = read(_LOG, worker)
    days: set[date] = set()
    for entry in (*found.get("entries", ()), *found.get("before", ())):
        entered = entry.get("entered")
        if "effective" in entry and (since is None or entered is None or _entered_at(entered) >= since):
            begins = date.fromisoformat(entry["effective"])
            days |= {begins, begins + _DAY} if _holds_through(entry) else {begins}
    return found.get("WID"), days


def _holds_through(entry: Found) -> bool:
    """Tell whether what is entered may hold through its day; of what stood before a correction nobody says what."""
    kinds = [entry.get("kind"), *(one.get("kind") for one in entry.get("types", ()))]
    said = " ".join(one for one in kinds if one).casefold()
    return not said or any(word in said for word in _LAST_DAYS)


def _entered_at(moment: str) -> datetime:
    found = datetime.fromisoformat(moment)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _named(wids: Iterable[str]) -> dict[str, object]:
    named = [{"ID": [{"_value_1": wid, "type": "WID"}]} for wid in wids]
    return {"Skip_Non_Existing_Instances": True, "Worker_Reference": named}


def _at(day: date, *, end: bool = False) -> str:
    return f"{day.isoformat()}T{'23:59:59' if end else '00:00:00'}+00:00"


def _in_parts(wids: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(wids), size):
        yield wids[start : start + size]
