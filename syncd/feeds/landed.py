"""What a feed of facts has landed, of all times: a row that is not sent again is still a fact.

So, unlike people (`syncd.feeds.feed_state`), the newest record of each key may stand in any read. A written state
spares reading them all: it is a cache, made again where it is not named or its file is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path

from engine.session import row_count
from engine.state import fold_landed, has_columns, write_state
from store.database import reading, writing
from store.head import current_revision
from store.landing import Segment, segments, settled_segments
from store.mirror import Mirror, keep_mirror, mirrors
from syncd.feeds.work import Work

#: The state is written anew when the rows landed since pass this many times its own (at first: those of the largest
#: read), and are many.
TIMES = 4
MANY = 500_000


def landed_files(work: Work, before: Collection[Path] = ()) -> list[tuple[Path, int | None]]:
    """Give the files with all that was landed and came to a result, the oldest first, each with the run that read it.

    The written state has no run: its rows say it. Files of `before` are left out.
    """
    base, newer = _parts(work)
    var = work.world.workspace.var
    found: list[tuple[Path, int | None]] = [(var / base.path, None)] if base else []
    found += [(var / one.path, one.run) for one in newer]
    return [(path, run) for path, run in found if path not in before]


def write_landed(work: Work, columns: Sequence[str], keys: Sequence[str]) -> None:
    """Write the state anew where much was landed since, and all of it can be mapped."""
    base, newer = _parts(work)
    var = work.world.workspace.var
    kept = row_count(work.session, var / base.path) if base else _largest_read(newer)
    since = sum(one.rows for one in newer)
    files = landed_files(work)
    if since <= max(MANY, TIMES * kept) or not has_columns(work.session, [path for path, _ in files], columns):
        return
    with reading(work.world.database) as tx:
        revision = current_revision(tx)
    fold_landed(work.session, "state", files, columns, keys, "true")
    name = f"mirror/state-{work.feed.name}-{revision}.parquet"
    write_state(work.session, "state", keys, var / name)
    with writing(work.world.database) as tx:
        keep_mirror(tx, Mirror(_name(work), name, revision))


def _largest_read(landed: Sequence[Segment]) -> int:
    rows: Counter[int] = Counter()
    for one in landed:
        rows[one.run] += one.rows
    return max(rows.values(), default=0)


def _parts(work: Work) -> tuple[Mirror | None, list[Segment]]:
    """Give the written state and the segments after it.

    A full read that failed counts for nothing: the next one brings everything again. What an increment landed before
    its run broke off is part of the next one, for the cursor is past it.
    """
    feed = work.feed
    with reading(work.world.database) as tx:
        base = mirrors(tx).get(_name(work))
        if base is not None and not (work.world.workspace.var / base.path).exists():
            base = None
        listed = settled_segments if feed.full is True else segments
        return base, listed(tx, feed.name, since=base.revision if base else 0)


def _name(work: Work) -> str:
    return f"state of {work.feed.name}"
