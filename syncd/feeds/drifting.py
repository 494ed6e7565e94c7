"""What a source has otherwise than at the read before: noted once, with the run that found it."""

from __future__ import annotations

import json

from domain.shape import drift, heard, kind_of_values, known_by_now
from engine.session import Session
from engine.shape import some_values
from mapping.rules import read_columns
from store.database import reading
from store.runs import newest_shape
from syncd.feeds.pull import Read
from syncd.feeds.work import Work


def note_drift(work: Work, landing: Session, read: Read) -> None:
    """Add a warning to what was read for each column that is new, gone or of another kind; a read of nothing has none.

    What is known of the columns by now is kept with the run.
    """
    if not read.sent:
        return
    with reading(work.world.database) as tx:
        told = newest_shape(tx, work.feed.name)
    before: dict[str, str | None] | None = json.loads(told) if told else None
    values = some_values(landing, read.own_segments[0], read.sent) if read.own_segments else {}
    own = {name: kind_of_values(values.get(name, ())) for name in read.sent}
    now = heard(before, own, is_full=read.is_full)
    read.problems.extend(drift(before, now, read_columns(work.feed.mapping), work.feed.name))
    work.report.shape = json.dumps(known_by_now(before, now, is_full=read.is_full), ensure_ascii=False)
