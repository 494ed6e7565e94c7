"""Judge whom a complete full read does not have; and what of a read says nothing of who is not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.change import Ending
from domain.judge import Judgement, Memory, judge_absence
from domain.record import Known
from domain.step import Version
from domain.value import Value
from engine.piece import Reject
from engine.session import Row
from formula.canonical import key, trim
from mapping.rules import key_columns
from syncd.changes.cells import surely_day, text_of
from syncd.configuration.settings import FeedSettings
from syncd.feeds.pull import Read
from syncd.feeds.work import Work


def absent(row: Row, feed: FeedSettings, memory: Memory, today: date) -> tuple[int, Judgement]:
    """Judge one active post of a participant of which a complete full read has no record."""
    person, sent, post, _, start, end, opened, status, last_day = row
    values: dict[str, Value] = {"status": text_of(status) or "active", "termination_date": text_of(last_day)}
    version = Version(int(str(person)), str(post), surely_day(start), surely_day(end), surely_day(opened), values)
    known = Known(version.person, today, version, version.opened)
    return version.person, judge_absence(known, feed.name, str(sent), Ending.ABSENCE, memory, today)


def unreadable_keys(work: Work, read: Read) -> list[str | None]:
    """Give the keys of rows that could not be read; None where their cells do not tell it."""
    return [_key_of(reject, key_columns(work.feed.mapping)) for _, reject in read.rejects]


def _key_of(reject: Reject, columns: Sequence[str]) -> str | None:
    if reject.cells is None:
        return None
    cells = [trim(reject.cells.get(name)) for name in columns]
    return key(tuple(cell for cell in cells if cell)) if None not in cells else None


def keys_unsure(work: Work, read: Read) -> list[str] | None:
    """Give the keys of rows that cannot be read; None where the read does not tell which days there are no longer."""
    unreadable = unreadable_keys(work, read)
    known = [one for one in unreadable if one is not None]
    is_sure = read.is_complete or not read.is_full
    return known if is_sure and len(known) == len(unreadable) == read.rejected else None
