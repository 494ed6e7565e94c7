"""What can go wrong, named after what the caller must do.

Bad data is never one of these: it is a `domain.problem.Problem`, a value with a place.
"""

from __future__ import annotations

from domain.problem import Mistake, Problem


class SyncError(Exception):
    """An error that a person can act on; `code` and the message go to the outside as they are."""

    code = "error"

    def __init__(self, message: str) -> None:
        """Say where, what, and what to do."""
        super().__init__(message)
        self.message = message


class FixFile(SyncError):
    """Edit a file or the arguments: every mistake found in them, sorted by place."""

    code = "mistake"

    def __init__(self, message: str, mistakes: tuple[Mistake, ...] = ()) -> None:
        """Keep all mistakes; the message is the summary above them."""
        super().__init__(message)
        self.mistakes = mistakes


class TryLater(SyncError):
    """Wait and retry: the other side is not reachable or too busy."""

    code = "unreachable"


class FixAccess(SyncError):
    """Get access fixed: the other side refuses us."""

    code = "no_access"


class ReadFailed(SyncError):
    """Look before going on: what was read cannot be trusted as a whole (header, cut row, encoding)."""

    code = "read_failed"

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        """Keep every structural problem found, each with its place."""
        super().__init__(message)
        self.problems = problems


class CursorExpired(SyncError):
    """Read in full: the source no longer knows what happened since this cursor."""

    code = "cursor_expired"


class Held(SyncError):
    """Release the hold first: the run's changes may not be decided yet."""

    code = "held"


class Refused(SyncError):
    """Reload and look: the act does not fit what is true now, or is not allowed."""

    code = "refused"


class AtWork(SyncError):
    """Wait until it is done: another process is doing the same just now. It ends as a refusal does, and is none."""

    code = Refused.code


class LeaseLost(SyncError):
    """Stop: another process has taken this run over; nothing more may be written under its token."""

    code = "lease_lost"
