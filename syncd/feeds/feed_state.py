"""A feed's state: the newest record of each key, folded from what the feed has landed.

A cache that can be rebuilt. After a complete full read the state is that read; later increments are folded over it,
and when they pass a fifth of it, it is written anew as one Parquet file sorted by key.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.session import row_count
from engine.state import fold, write_state
from mapping.rules import key_columns, post_columns
from store.database import reading, writing
from store.head import current_revision
from store.landing import Segment, last_full_run, segments
from store.mirror import Mirror, keep_mirror, mirrors
from syncd.feeds.work import Work
from syncd.world import World

#: An increment makes the state be written anew when the rows after it pass this share of it.
SHARE = 5


def state_files(world: World, feed: str, before: Sequence[Path] = ()) -> list[Path]:
    """Give the files whose fold is the state, the oldest first; those of `before` are left out."""
    base, newer = _parts(world, feed)
    var = world.workspace.var
    found = [var / base.path] if base else []
    return [path for path in (*found, *(var / one.path for one in newer)) if path not in before]


def compact(work: Work, columns: Sequence[str]) -> None:
    """Write the state anew where its increments have become many."""
    keys, posts, days = key_columns(work.feed.mapping), post_columns(work.feed.mapping), work.feed.days
    feed, var = work.feed.name, work.world.workspace.var
    base, newer = _parts(work.world, feed)
    kept = row_count(work.session, var / base.path) if base else sum(one.rows for one in newer if one.full_read)
    if sum(one.rows for one in newer if not one.full_read) * SHARE <= kept:
        return
    with reading(work.world.database) as tx:
        revision = current_revision(tx)
    fold(work.session, "state", state_files(work.world, feed), columns, keys, posts=posts, days=days)
    name = f"mirror/state-{feed}-{revision}.parquet"
    write_state(work.session, "state", keys, var / name)
    with writing(work.world.database) as tx:
        keep_mirror(tx, Mirror(_name(feed), name, revision))


def _parts(world: World, feed: str) -> tuple[Mirror | None, list[Segment]]:
    """Give the written state, unless a complete full read is newer, and the segments after it."""
    with reading(world.database) as tx:
        full = last_full_run(tx, feed) or 0
        landed = [one for one in segments(tx, feed) if one.run >= full]
        base = mirrors(tx).get(_name(feed))
    starts = min((one.revision for one in landed if one.full_read), default=0)
    if base is None or base.revision < starts or not (world.workspace.var / base.path).exists():
        return None, landed
    return base, [one for one in landed if one.revision > base.revision]


def _name(feed: str) -> str:
    return f"state of {feed}"
