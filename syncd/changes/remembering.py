"""What the last read had and changed nothing: remembered as sent, so that the same rows are not mapped again.

A cache that can be thrown away. It holds for the same mapping and settings; whoever has something open, or was touched
since, is compared again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from domain.value import digest
from engine import unchanged as engine
from engine.narrow import Comparison
from engine.said import NOBODY
from engine.session import row_count
from engine.unchanged import Remembered
from mapping.compile import MappingForm
from store.database import reading, writing
from store.mirror import Mirror, keep_mirror, mirrors
from store.people import people_touched_since
from syncd.changes.others import Others, hear
from syncd.feeds.pull import Read
from syncd.feeds.work import Work
from syncd.mirror import MANY, SHARE

#: Part of what rows are remembered under: raise it when other rows come to change nothing.
_EDITION = 2


class Remembering:
    """The rows of a feed that change nothing, before and after a read."""

    def __init__(
        self,
        work: Work,
        meaning: str,
        form: MappingForm,
        comparison: Comparison,
        others: Others,
        reads: Sequence[Read],
    ) -> None:
        """Find what is remembered under a meaning: nothing of an increment, of a history, and where tables are used."""
        self._work, self._today, self._others = work, comparison.today, others
        self._is_used = reads[-1].is_full and len(reads) == 1 and not form.tables and not work.feed.has_days
        about = (meaning, work.feed.source.name, comparison.protected, comparison.ours, comparison.kept, others.sayers)
        under = digest(*about, _EDITION)
        self._file = self._newest(under) if self._is_used else None
        path = work.world.workspace.var / self._file.path if self._file else None
        saying = comparison.saying if self._is_used else NOBODY
        self._rows = Remembered(path, under, form.reads, comparison.named, comparison.references, saying)
        self._known = 0

    def recognise(self) -> None:
        """Leave in `sent` only what is not known again."""
        work = self._work
        if self._rows.saying.sayers:
            hear(work, self._others)
        since = self._file.revision if self._file else None
        path = work.scratch / "touched.csv"
        with reading(work.world.database) as tx, path.open("w", encoding="ascii") as file:
            file.writelines(f"{person}\n" for person in (() if since is None else people_touched_since(tx, since)))
        engine.load_doubtful(work.session, path)
        self._known = engine.recognise(work.session, self._rows, self._today)

    def keep(self, unchanged: int, revision: int) -> None:
        """Remember the rows that change nothing, as of the revision of the roster, where many are new among them."""
        work, kept = self._work, self._kept()
        if work.dry or not self._is_used or unchanged - self._known <= max(MANY, kept // SHARE):
            return
        name = f"mirror/unchanged-{work.feed.name}-{revision}.parquet"
        engine.remember(work.session, self._rows, self._today, work.world.workspace.var / name)
        with writing(work.world.database) as tx:
            keep_mirror(tx, Mirror(_name(work), name, revision))

    def _newest(self, under: str) -> Mirror | None:
        with reading(self._work.world.database) as tx:
            found = mirrors(tx).get(_name(self._work))
        path = self._work.world.workspace.var / found.path if found else Path()
        return found if found and path.exists() and engine.is_under(self._work.session, path, under) else None

    def _kept(self) -> int:
        return row_count(self._work.session, self._rows.path) if self._rows.path else 0


def _name(work: Work) -> str:
    return f"unchanged of {work.feed.name}"
