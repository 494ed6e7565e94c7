"""When a stream that another system tells us about is looked at: soon after it told, and now and then if it did not.

What tells (Salesforce's outbound messages) may be late, doubled, out of order, or be given up after a day. So a message
only says "go and look"; and who was told nothing for long looks all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

#: How long we wait for what belongs to the same change, so that a burst of messages is one read.
SETTLING = timedelta(seconds=5)
#: Between the begins of two reads that messages ask for: an org's requests of a day are not for these alone.
PACE = timedelta(minutes=1)
#: What could not be delivered for so long is never delivered.
GIVEN_UP = timedelta(hours=24)
#: When it is tried again after a read that failed: what was told is acknowledged, and not told again.
AGAIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Notification:
    """One record to look at; `id` is the notification's own. Of one that was deleted meanwhile nothing is known."""

    id: str
    object: str | None
    record: str | None


def looks_at(now: datetime, last_begun: datetime | None) -> datetime:
    """Give when to read what a message has named; `last_begun` is when it was last read."""
    soon = now + SETTLING
    return soon if last_begun is None else max(soon, last_begun + PACE)


def must_catch_up(now: datetime, last_begun: datetime, *, has_failed: bool) -> bool:
    """Tell whether a message may have been given up, or acknowledged and not acted on, since it was last read."""
    return now - last_begun >= (AGAIN if has_failed else GIVEN_UP)
