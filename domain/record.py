"""A row in our words, and what the roster knows of the person it is about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from domain.step import Version
from domain.value import Value, Values, as_day


@dataclass(frozen=True, slots=True)
class MappedRecord:
    """One row of a feed in canonical form; `values` is only what the row has an opinion on (null included).

    effective  the day the source says it holds from, None where it does not say
    until      the first day it no longer holds, None where it has no end
    """

    feed: str
    key: str
    row: int
    place: str
    values: Values
    engagement: str = "main"
    effective: date | None = None
    until: date | None = None
    found_by_full_read: bool = False
    follows: bool = False  #: another record of theirs speaks before it: one employment goes on
    rivals: str | None = None  #: the posts, this one among them, that are each said to be the person's primary one


@dataclass(frozen=True, slots=True)
class Known:
    """A person and the roster of the day a record is compared with (see `compared_on`).

    version  what holds on that day, or on the first day of all where that is later; None: not employed
    opens    the first day of all, None for somebody who never was a participant
    has_newer_record  the source has a record of theirs that was linked later than the one that is judged
    """

    person: int
    day: date
    version: Version | None = None
    opens: date | None = None
    has_newer_record: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known person who may be the one a new record is about, and the rule that found them.

    is_apart    somebody said that the record is not them, or it cannot be
    was_theirs  the record was theirs, until another one of its source took its place
    """

    person: int
    name: str | None
    matched_by: str
    ids: Values
    is_apart: bool = False
    was_theirs: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """A question that only a person can answer: who is it, or what is true. Never approvable as a change.

    `values` are what cannot be right, or of "who" what the record says of itself.
    """

    kind: str  #: who | value | two_primary | population
    question: str
    source_key: str
    row: int
    place: str
    person: int | None = None
    candidates: tuple[Candidate, ...] = ()
    values: tuple[tuple[str, Value], ...] = ()
    engagement: str = "main"
    attribute: str | None = None  #: which one, where the question is what it is


def compared_on(record: MappedRecord, openings: Collection[date], today: date) -> date:
    """Give the day whose roster a record is compared with: its own, else today or the first day of all.

    `openings` are the first days of the person's employments. A row that speaks of a later one is compared with
    its beginning: by a hire date after that day (a start or rehire to come, also one put off), or by a last day.
    """
    day = record.effective or max(today, min(openings, default=today))
    hired, last_day = (as_day(record.values.get(name)) for name in ("hire_date", "termination_date"))
    if hired and hired > day:
        return hired if hired in openings else max(day, *openings, day)
    return max(day, *(one for one in openings if last_day and one <= last_day), day)
