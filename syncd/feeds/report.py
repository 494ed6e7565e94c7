"""What a run came to, as it is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from domain.change import Change, Kind, State
from domain.facts import PROPOSED
from domain.judge import Standing
from domain.problem import Problem
from store.runs import RunState
from syncd.configuration.settings import FeedSettings

#: The counters of rows, in the order in which a row is asked whether it is one; they sum to `read`.
STANDINGS = tuple(standing.value for standing in Standing)
#: What is shown of a run of people; of one of facts, whose counters of rows sum to `read` too.
COUNTERS = ("read", *STANDINGS, "absent", "proposed")
FACT_COUNTERS = ("read", "loaded", "unchanged", "excluded", "quarantined", "errors")
#: What a source said of its day's requests: those of this run, those of all, and how many those may be. Of no row.
BUDGET = ("requests_sent", "requests_used", "requests_allowed")


def counters_of(feed: FeedSettings) -> tuple[str, ...]:
    """Name the counters that a run of a feed is shown by."""
    return COUNTERS if feed.into.facts is None or feed.into.facts in PROPOSED else FACT_COUNTERS


@dataclass(slots=True)
class RunReport:
    """One run of one feed.

    counters  `read`, one for each standing of a row, `absent` (people) and `proposed` (changes new in this run),
              and what its source said of its requests (`BUDGET`)
    counted   which of them are shown
    new       of the changes new in this run, how many of each kind are in which state
    let_go    how many earlier changes it superseded and withdrew
    changes   those themselves, of a dry run alone: nobody can look them up
    as_of     of which day the source said that it speaks
    shape     what is known of its columns by now (`domain.shape`), as JSON
    hold      (reason, (person, why) .., the run that was first held with this content)
    """

    run: int
    feed: str
    state: RunState = RunState.RUNNING
    counters: Counter[str] = field(default_factory=Counter)
    counted: tuple[str, ...] = COUNTERS
    problems: list[Problem] = field(default_factory=list)
    hold: tuple[str, tuple[tuple[int, str], ...], int] | None = None
    mapping_changed: bool = False
    as_of: date | None = None
    shape: str | None = None
    new: Counter[tuple[Kind, State]] = field(default_factory=Counter)
    let_go: Counter[State] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)
    message: str | None = None
    released: str | None = None  #: the content of a hold that was released, where the read has it again
    is_full: bool = True
    is_complete: bool = True
    identities: Mapping[int, tuple[str | None, str | None]] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 done, 1 done with problems, 3 held, 4 the read failed."""
        return {
            RunState.COMPLETED_WITH_ERRORS: 1,
            RunState.HELD: 3,
            RunState.FAILED: 4,
            RunState.ABANDONED: 4,
        }.get(self.state, 0)
