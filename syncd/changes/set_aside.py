"""Rows that are not judged at all: others stand in their way, or they say what cannot be of when somebody begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from domain.change import ends
from domain.posts import in_post
from domain.problem import Problem, Severity
from domain.record import MappedRecord
from domain.step import MAIN
from domain.value import as_day
from engine.session import Cell, Row
from formula.canonical import LAST_DAY
from syncd.changes.cells import number_of, text_of
from syncd.configuration.settings import FeedSettings


def set_aside(row: Row, at: Mapping[str, int], faults: Mapping[str, Cell]) -> Problem | None:
    """Say why a row is set aside; None where it is judged. `at` is where each column stands, `faults` its own."""
    number, place, key = number_of(row[at["_row"]]) or 0, str(row[at["_place"]]), text_of(row[at["_key"]])
    named = in_post(f"key {key}", text_of(row[at["_engagement"]]) or MAIN)
    if row[at["_differ"]]:
        message = f"{named} stands in several rows that differ; keep one of them"
        return Problem(number, "duplicate_key", message, place=place, key=key)
    if (number_of(row[at["_nth"]]) or 1) > 1:
        message = f"{named} stands in an equal row before; this one counts for nothing"
        return Problem(number, "repeated_row", message, Severity.WARNING, place, key)
    if row[at["_shares_id"]]:
        message = f"another record of this read has the same id as {key}; one person has one id"
        return Problem(number, "duplicate_id", message, place=place, key=key)
    if late := [name for name in ("_effective", "hire_date") if name in at and text_of(row[at[name]]) == LAST_DAY]:
        message = f"{late[0].strip('_')} {LAST_DAY} is no day that anything begins on; correct it in the source"
        return Problem(number, "not_a_date", message, place=place, key=key, field=late[0].strip("_"))
    if not faults and (alike := row[at["_like_key"]]):
        message = f"key {key} is {alike} without its leading zeros; send ids as text (a spreadsheet drops them)"
        return Problem(number, "lost_zeros", message, place=place, key=key, field="key")
    return None


def several_records(record: MappedRecord, person: int, speaks: str | None, source: str) -> Problem:
    """Say that a record is left out because another current one of the same person is heard (`domain.speaking`)."""
    message = (
        f"{record.key} and {speaks} are both current records of P{person}: {speaks} speaks for them; "
        f"end one in the source, or `unlink {source}:{record.key}` if it is somebody else's"
    )
    return Problem(record.row, "several_records", message, Severity.WARNING, record.place, record.key)


def erased_record(record: MappedRecord, person: int | None, feed: FeedSettings, today: date) -> tuple[Problem, ...]:
    """Say that a record of somebody who was erased has somebody employed: they are back, or its key was given on.

    By a feed that says who is there alone; of one who has left there is nothing to say.
    """
    last_day = as_day(record.values.get("termination_date"))
    has_left = ends(record.values) or (last_day is not None and last_day < today)
    if record.key not in feed.erased or not feed.owns_roster or has_left:
        return ()
    name = f"{feed.source.name}:{record.key}"
    message = (
        f"{name} is the record of P{person}, who was erased, and says that somebody is employed: nothing is asked of "
        f"it. `link {name} P{person}` where they are back, `unlink {name}` where its key was given to somebody else; "
        "else take it out of the source"
    )
    return (Problem(record.row, "erased_record", message, Severity.WARNING, record.place, record.key),)
