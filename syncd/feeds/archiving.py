"""Files that are taken away once they were read: claimed before, moved into the archive after their run completed.

A file goes only when its rows are landed and named in the database and the run's outcome is written down. Whoever is
killed between the two leaves it where it is: the next run reads it again, finds nothing new, and archives it then.
"""

from __future__ import annotations

from connectors.base import Archives, Source
from domain.errors import SyncError
from domain.problem import Problem, Severity
from store.runs import RunState
from syncd.feeds.work import Work

#: What a run ends in whose files are taken away; of a held one they stay, for somebody has to look at them.
_DONE = (RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS)


def begin_read(work: Work, source: Source) -> bool:
    """Claim what a source has before it is read; a dry run only reads. False where nothing waits in it.

    Errors: those of reading, and `TryLater` where another reader has it.
    """
    if not isinstance(source, Archives):
        return True
    work.sources.append(source)
    waits = source.waits()
    if waits and not work.dry:
        source.claim()
    return waits


def archive(work: Work) -> None:
    """Take away the files of a run that completed; what stays is told."""
    if work.dry or work.report.state not in _DONE:
        return
    for source in work.sources:
        work.report.problems.extend(
            Problem(None, "not_archived", message, Severity.WARNING) for message in source.archive(f"R{work.lease.run}")
        )


def release(work: Work) -> None:
    """Let others have what a run leaves, whatever it came to; a claim that cannot be taken back ends by itself."""
    while work.sources:
        try:
            work.sources.pop().release()
        except SyncError as error:
            work.progress.say(f"{work.feed.name}: a claim stays, and ends by itself: {error.message}")
