"""Removes what need not be kept any longer. The rows first, in one transaction; a file without its row is swept.

Of people the landed rows that a later complete full read has replaced, `keep:` after their run; after `KEPT` days jobs,
effects that were sent, outbound messages, and the bad values that problems show; scratch of processes that are gone,
and what jobs found that changes would pay, after two days. Facts, results, decisions, history, audit and ledger stay.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta

from store.database import reading, writing
from store.retention import removable, remove, replaced_segments
from store.runs import RunState, runs
from syncd.feeds.sweep import STAYS, is_older
from syncd.pay.trying import outlived
from syncd.world import World

#: Days for which what nobody decides by stays: jobs, effects that went, messages that came, bad values.
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Tidied:
    """How much went, or would go."""

    segments: int
    bytes: int
    jobs: int
    effects: int
    values: int
    messages: int
    folders: int


def tidy(world: World, *, dry: bool = False) -> Tidied:
    """Remove it; twice has one effect."""
    now, var = world.now(), world.workspace.var
    with reading(world.database) as tx:
        segments = [
            one
            for feed in world.workspace.feeds.values()
            if feed.into.facts is None
            for one in replaced_segments(tx, feed.name, now - feed.keep)
        ]
        found = removable(tx, segments, now - KEPT)
        is_at_work = any(one.state is RunState.RUNNING for one in runs(tx))
    scratch = [] if is_at_work else [path for path in (var / "tmp").glob("*") if is_older(path, STAYS)]
    scratch += outlived(world)
    if not dry:
        with writing(world.database) as tx:
            remove(tx, [number for number, _, _ in found.segments], now - KEPT)
        for _, name, _ in found.segments:
            (var / name).unlink(missing_ok=True)
        for path in scratch:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    size = sum(size for _, _, size in found.segments)
    return Tidied(len(found.segments), size, found.jobs, found.effects, found.values, found.messages, len(scratch))
