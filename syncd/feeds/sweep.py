"""Clear away files that nobody names: what a killed run landed and never wrote down, old copies, old scratch."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from store.database import reading
from store.facts import fact_files
from store.landing import segments
from store.mirror import mirrors
from store.runs import RunState, runs
from syncd.world import World, clock

#: How long what nobody needs any more stays, for a run that was taken over and does not know it yet.
STAYS = timedelta(hours=1)


def sweep(world: World, feed: str) -> None:
    """Remove the files of a feed that no segment names, and copies and scratch folders that are no longer in use.

    Called by the run that has the feed, before it lands anything.
    """
    with reading(world.database) as tx:
        named = {one.path for one in segments(tx, feed)} | {one.path for one in mirrors(tx).values()}
        named |= fact_files(tx, feed)
        at_work = {one.id for one in runs(tx) if one.state is RunState.RUNNING}
    var = world.workspace.var
    for path in (*(var / "landing" / feed).glob("*"), *(var / "facts" / feed).glob("*")):
        if str(path.relative_to(var)) not in named and is_older(path, STAYS):
            path.unlink(missing_ok=True)
    for path in (var / "mirror").glob("*"):
        if str(path.relative_to(var)) not in named and is_older(path, STAYS):
            path.unlink(missing_ok=True)
    for path in (var / "tmp").glob("engine-*"):
        if is_older(path, STAYS):
            shutil.rmtree(path, ignore_errors=True)
    for path in (var / "tmp").glob("R*"):
        match = re.match(r"R(\d+)-", path.name)
        if match and int(match[1]) not in at_work and is_older(path, STAYS):
            shutil.rmtree(path, ignore_errors=True)


def is_older(path: Path, than: timedelta) -> bool:
    """Tell whether something was last written longer ago; not of what another process has taken away meanwhile."""
    try:
        return clock() - datetime.fromtimestamp(path.stat().st_mtime, UTC) > than
    except FileNotFoundError:
        return False
