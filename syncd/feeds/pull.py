"""Copy what a source says into the landing: pages of bytes become segments, and the cursor moves with its rows.

A crash loses at most the open segment (`syncd.feeds.gathering`); the cursor moves with its rows or not at all. A dry
run lands in its scratch folder and writes nothing down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from connectors.base import Budgeted, Page, Resumes, Source, Wanted
from domain.errors import CursorExpired, ReadFailed, SyncError
from domain.problem import Problem, Severity
from domain.schedule import Schedule, is_due
from engine.landing import Segment, land
from engine.piece import Reject
from engine.state import has_columns
from mapping.rules import landed_columns, missing_columns, read_columns
from mapping.spec import Land
from store.database import reading
from store.landing import cursor_of, last_full_run, unsettled_segments
from store.runs import newest_finished, run_of
from syncd.configuration.settings import FeedSettings
from syncd.connecting.keeper import opened
from syncd.feeds.archiving import begin_read
from syncd.feeds.feed_state import state_files
from syncd.feeds.gathering import Gathering
from syncd.feeds.work import Work
from syncd.first import shown_first


@dataclass(slots=True)
class Read:
    """What one read of a source brought.

    is_full    of the whole population; `is_complete`: proven by the source's end marker (and its total, if it has one)
    has_order  the source says what is newer: of several rows of one key the last counts
    letters    of each page that is a sheet, by its name: the letters of each of its columns
    sent       the columns that its pages have, those that are not landed, too
    own_segments  the files of this read; `segments` may have earlier ones that broke off before them
    """

    is_full: bool = True
    is_complete: bool = False
    has_order: bool = False
    rows: int = 0
    ignored: int = 0
    total: int | None = None
    columns: tuple[str, ...] = ()
    segments: list[Path] = field(default_factory=list)
    rejects: list[tuple[str, Reject]] = field(default_factory=list)
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    letters: dict[str, dict[str, str]] = field(default_factory=dict)
    sent: tuple[str, ...] = ()
    own_segments: tuple[Path, ...] = ()


def pull(work: Work) -> list[Read]:
    """Read the source: in full, or what came after the cursor, or both where a full read is due.

    What earlier runs landed before they broke off or failed is part of the increment: the cursor is past it. Where
    that was a full read, or a changed mapping reads columns that were not landed, the source is read in full; one that
    can go on with a full read that broke off does so.

    Errors: `ReadFailed` where structure or totals are wrong or a mapped column is gone; `TryLater`, `FixAccess`.
    """
    feed, puller = work.feed, _Puller(work)
    if feed.full is True:
        return [puller.read(None)]
    with reading(work.world.database) as tx:
        cursor = cursor_of(tx, feed.name)
        full_run = last_full_run(tx, feed.name)
        last = run_of(tx, full_run) if full_run else None
        left = unsettled_segments(tx, feed.name)
    if cursor is not None and puller.goes_on(cursor):
        return [puller.read(cursor, goes_on=True)]
    if cursor is None or any(one.full_read for one in left) or _reads_further_columns(work):
        return [puller.read(None)]
    try:
        increment = puller.read(cursor)
        increment.segments[:0] = [work.world.workspace.var / one.path for one in left]
    except CursorExpired:
        work.progress.say(f"{feed.name}: the source no longer knows our cursor, so it is read in full")
        return [puller.read(None)]
    due = isinstance(feed.full, Schedule) and is_due(feed.full, last.today if last else None, work.world.today)
    return [increment, puller.read(None)] if due else [increment]


class _Puller:
    """Reads a source page by page into the landing."""

    def __init__(self, work: Work) -> None:
        self._work, self._world, self._feed = work, work.world, work.feed

    def goes_on(self, cursor: str) -> bool:
        """Tell whether a full read broke off, and its source can go on with what it has already done for it."""
        source = open_for(self._work)
        return isinstance(source, Resumes) and source.is_within_full(cursor)

    def read(self, since: str | None, *, goes_on: bool = False) -> Read:
        source = open_for(self._work)
        if not begin_read(self._work, source):
            return self._nothing()
        read = Read(is_full=since is None or goes_on)
        gathering = Gathering(self._work, "full" if read.is_full else "new")
        try:
            for page in source.read(self._feed.stream, since, self._work.scratch, wanted_by(self._feed)):
                self._take(read, page, gathering)
        except SyncError as error:  # what came whole is kept: a source that breaks off each time still gets on
            with shown_first(error):
                gathering.close()
            raise
        finally:
            note_budget(self._work, source)
        gathering.close()
        read.segments, read.own_segments = gathering.paths, tuple(gathering.paths)
        if read.total is not None and read.is_complete and read.total != read.rows + read.rejected + read.ignored:
            raise ReadFailed(
                f"{self._feed.name}: the source says that it has {read.total} rows and sent "
                f"{read.rows + read.rejected}; nothing was compared, run it again"
            )
        return read

    def _nothing(self) -> Read:
        """Give an increment of nothing: a source that takes its files away has none, and nobody is missing."""
        report = self._work.report
        report.message = "nothing waits to be read"
        with reading(self._world.database) as tx:
            last = newest_finished(tx, self._feed.name)
        report.as_of = last.as_of if last else None
        return Read(is_full=False)

    def _take(self, read: Read, page: Page, gathering: Gathering) -> None:
        self._work.heart.check()
        self._check_day(page)
        self._check_columns(page)
        self._check_silent(page)
        gathering.make_room(page)
        gathering.take(page, self._land(read, page))
        read.has_order = read.has_order or page.cursor is not None
        read.is_complete, read.total = page.is_last, page.total
        self._work.progress.count(f"{self._feed.name}: rows read", read.rows, read.total or 0)

    def _land(self, read: Read, page: Page) -> tuple[Segment, ...]:
        mapping = self._feed.mapping
        wanted = frozenset(landed_columns(mapping, page.columns))
        folder = self._work.scratch / "landed"
        landed = land(self._work.session, page, folder, wanted=wanted, never=frozenset(mapping.never))
        read.rows += landed.rows
        read.ignored += landed.ignored
        read.rejected += landed.rejected
        read.rejects.extend((page.name, reject) for reject in landed.rejects)
        read.columns = tuple(dict.fromkeys((*read.columns, *landed.columns)))
        read.sent = tuple(dict.fromkeys((*read.sent, *filter(None, page.columns))))
        read.digests.extend([page.digest] if page.digest else [])
        if page.letters:
            read.letters[page.name] = dict(zip(page.columns, page.letters, strict=True))
        read.problems.extend(
            Problem(None, "source_warning", warning, Severity.WARNING, page.name) for warning in page.warnings
        )
        if page.rows is not None and page.rows != landed.rows + landed.rejected + landed.ignored:
            raise ReadFailed(
                f"{page.name}: the page says that it has {page.rows} rows and holds {landed.rows}; run it again"
            )
        return landed.segments

    def _check_day(self, page: Page) -> None:
        """Fail the read of a source that speaks of an earlier day than the last one that completed."""
        self._work.report.as_of = page.as_of
        if page.as_of is None or self._work.accepts_older:
            return
        with reading(self._world.database) as tx:
            last = newest_finished(tx, self._feed.name)
        if last is None or last.as_of is None or last.as_of <= page.as_of:
            return
        message = (
            f"{page.name} speaks of {page.as_of}, and R{last.id} has read {last.as_of}: send a newer one, "
            "or run with --accept-older"
        )
        raise ReadFailed(message, (Problem(None, "older", message, place=page.name),))

    def _check_columns(self, page: Page) -> None:
        """Fail the read when a mapped column is gone: every row would seem to have lost its value."""
        gone = missing_columns(self._feed.mapping, page.columns)
        if gone:
            problems = tuple(
                Problem(
                    None, "column_gone",
                    f"{page.name} has no column {name!r}, which {self._feed.mapping_path} maps; "
                    f"it has {', '.join(repr(one) for one in page.columns)}",
                    place=page.name, column=name,
                )
                for name in gone
            )  # fmt: skip
            raise ReadFailed(f"{self._feed.name}: a mapped column is gone; nothing was compared", problems)

    def _check_silent(self, page: Page) -> None:
        """Fail a feed that is never read in full where it reads what no increment brings."""
        lost = [name for name in read_columns(self._feed.mapping) if name in page.silent]
        if not lost or self._feed.full is not False:
            return
        problems = tuple(
            Problem(
                None, "silent_column",
                f"{page.name}: {name!r} (a formula, or a field of another record) changes without its record, so that "
                "no increment would bring it: give the feed `full: weekly on sunday`, or leave it out",
                place=page.name, column=name,
            )
            for name in lost
        )  # fmt: skip
        raise ReadFailed(f"{self._feed.name}: what is read changes unseen; nothing was compared", problems)


def open_for(work: Work) -> Source:
    """Open the source of a run, which knows what the run has sent it so far. Errors: those of opening it."""
    return opened(work.world, work.feed.source, sent=work.report.counters["requests_sent"])


def note_budget(work: Work, source: Source) -> None:
    """Count what a source said of its requests, once nothing more is asked of it; whoever asks last knows the day's."""
    found = source.budget() if isinstance(source, Budgeted) else None
    if found is not None:
        counters = work.report.counters
        counters["requests_sent"] += found.sent
        counters["requests_used"], counters["requests_allowed"] = found.used, found.allowed


def wanted_by(feed: FeedSettings) -> Wanted:
    """Say which columns of its source a feed needs."""
    mapping = feed.mapping
    return Wanted(read_columns(mapping), rest=mapping.land is Land.ALL, never=frozenset(mapping.never))


def _reads_further_columns(work: Work) -> bool:
    """Tell whether the mapping was changed to read what the feed's state does not have."""
    wanted = read_columns(work.feed.mapping)
    return work.report.mapping_changed and not has_columns(
        work.session, state_files(work.world, work.feed.name), wanted
    )
