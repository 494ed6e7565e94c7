"""The open segment of a read: pages wait here until they fill a segment, then they are landed together.

A segment closes at 100,000 rows, at 64 MB of text, when it has been open for 60 seconds, with a page that holds a
cursor and nothing else, or with the read. The cursor moves with its rows, in one transaction: what is lost in a crash
is the open segment at most.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from connectors.base import Page
from engine.joining import join
from engine.landing import SEGMENT_BYTES, SEGMENT_ROWS, Segment, publish
from store.database import writing
from store.head import take_revision
from store.landing import Segment as LandedSegment
from store.landing import publish_segments
from syncd.feeds.work import Work

#: How long a segment stays open while pages go on coming.
OPEN_FOR = timedelta(seconds=60)


class Gathering:
    """The pages of one read on their way into segments; `paths` are the files of those that are closed."""

    def __init__(self, work: Work, kind: str) -> None:
        """Begin a read; `kind` tells its segments from those of another read of the run."""
        self.paths: list[Path] = []
        self._work, self._kind, self._number = work, kind, 0
        self._pages: list[Page] = []
        self._segments: list[Segment] = []
        self._rows = self._weight = 0
        self._since: datetime | None = None

    def make_room(self, page: Page) -> None:
        """Close what has been open for too long, or holds another kind of read, before a page is looked at."""
        is_old = self._since is not None and self._work.world.now() - self._since >= OPEN_FOR
        if is_old or (self._pages and self._pages[-1].full != page.full):
            self.close()

    def take(self, page: Page, segments: tuple[Segment, ...]) -> None:
        """Add a page that is whole, with the segments made of it; close where that fills one."""
        self._since = self._since or self._work.world.now()
        self._pages.append(page)
        self._segments.extend(segments)
        self._rows += sum(one.rows for one in segments)
        self._weight += sum(one.weight for one in segments)
        is_for_its_cursor = page.rows == 0 and page.cursor is not None and not page.is_last
        if self._rows >= SEGMENT_ROWS or self._weight >= SEGMENT_BYTES or is_for_its_cursor:
            self.close()

    def close(self) -> None:
        """Publish the files, then name them and move the cursor in one transaction. Nothing where no page waits."""
        if not self._pages:
            return
        self._number += 1
        name = f"{self._kind}-{self._number:04}"
        pages, gathered = self._pages, self._segments
        self._pages, self._segments, self._rows, self._weight, self._since = [], [], 0, 0, None
        segments = join(self._work.session, gathered, self._work.scratch / f"{name}-joined")
        if not self._work.dry:
            segments = self._publish(pages, segments, name)
        self.paths.extend(one.path for one in segments)

    def _publish(self, pages: list[Page], segments: tuple[Segment, ...], name: str) -> tuple[Segment, ...]:
        world, lease = self._work.world, self._work.lease
        var = world.workspace.var
        published = publish(segments, var / "landing" / lease.feed, f"R{lease.run}-{name}")
        rows = [LandedSegment(str(one.path.relative_to(var)), one.digest, one.rows, one.size) for one in published]
        cursor = next((page.cursor for page in reversed(pages) if page.cursor is not None), None)
        with writing(world.database) as tx:
            revision = take_revision(tx, world.now(), "land")
            publish_segments(tx, lease, revision, rows, cursor=cursor, full_read=pages[-1].full)
        return published
