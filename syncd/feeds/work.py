"""One run of one feed while it goes on: what every part of it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from connectors.base import Archives
from engine.session import Session
from store.runs import Lease
from syncd.configuration.settings import FeedSettings
from syncd.feeds.lease import Heartbeat
from syncd.feeds.report import RunReport
from syncd.show import Progress
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Work:
    """A run at work.

    scratch  a folder of its own under var/tmp, emptied when the run is over
    dry      nothing may be written down: no cursor, no change, no notice
    report   what it comes to, filled in as it goes
    accepts_older  a source may speak of an earlier day than the last time
    heart    what keeps its lease: checked before each page and each batch of rows
    sources  what it has opened that may take away what was read (`syncd.feeds.archiving`)
    """

    world: World
    lease: Lease
    feed: FeedSettings
    session: Session
    scratch: Path
    progress: Progress
    report: RunReport
    dry: bool
    heart: Heartbeat
    accepts_older: bool = False
    sources: list[Archives] = field(default_factory=list)
