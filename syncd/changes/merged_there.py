"""Records that are gone from a source because it merged them into others: who they were about may go on there.

Salesforce deletes the loser of a merge. That somebody's record is gone is then no sign that they left: the end that is
proposed says so, and whose the other record is; where it is their own already, nothing ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from connectors.base import TellsMerges
from domain.change import Change, Ending, Kind
from domain.errors import FixAccess, FixFile, ReadFailed, TryLater
from domain.judge import Judgement, Standing
from domain.problem import Problem, Severity
from engine.population import linked_to
from mapping.rules import key_columns
from syncd.feeds.pull import note_budget, open_for
from syncd.feeds.work import Work

#: Of how many it is asked in one run: where more are gone the limit of endings is there for it.
AT_MOST = 1_000


class MergedThere:
    """What the source of a run says of records that are gone; each is asked for once."""

    def __init__(self, work: Work) -> None:
        """Ask nothing before somebody is gone."""
        self._work, self._asked = work, set[str]()
        self._into: dict[str, str] = {}
        self._people: dict[str, int] = {}

    def look_at(self, changes: Iterable[Change]) -> None:
        """Ask for the records of those who would end because theirs is gone."""
        keys = {key for one in changes if _is_gone(one) and (key := one.source_key) is not None} - self._asked
        columns = key_columns(self._work.feed.mapping)
        if not keys or len(columns) != 1 or len(self._asked) > AT_MOST:
            return
        self._asked |= keys
        source = open_for(self._work)
        if not isinstance(source, TellsMerges):
            return
        if len(self._asked) > AT_MOST:
            message = f"more than {AT_MOST:,} are gone, too many to ask of each whether it was merged into another one"
            self._work.report.problems.append(Problem(None, "not_asked_for", message, Severity.WARNING))
            return
        try:
            self._into |= source.merged_into(self._work.feed.stream, columns[0], keys)
        except (ReadFailed, TryLater, FixAccess, FixFile) as error:
            message = f"whether {len(keys):,} that are gone were merged into others could not be asked: {error.message}"
            self._work.report.problems.append(Problem(None, "look_up_failed", message, Severity.WARNING))
        finally:
            note_budget(self._work, source)
        self._people |= linked_to(self._work.session, self._into.values())

    def told(self, result: Judgement) -> Judgement:
        """Give a judgement with whose the other record is beside an end, and without one whose record goes on."""
        asked = tuple(left for one in result.asked if (left := self._told(one)) is not None)
        nothing = not asked and not result.suppressed and result.standing is Standing.PENDING
        return replace(result, asked=asked, standing=Standing.UNCHANGED if nothing else result.standing)

    def _told(self, change: Change) -> Change | None:
        key = change.source_key
        if not _is_gone(change) or key is None or (into := self._into.get(key)) is None:
            return change
        whose, source, person = self._people.get(into), self._work.feed.source.name, f"P{change.person}"
        if whose == change.person:
            return None
        if whose is None:
            todo = f"`link {source}:{into} {person}`, as that is no participant's yet"
        else:
            todo = f"`merge {person} P{whose}`, whose record that is"
        message = f"{key} was merged into {into} there: {todo}, and reject the end of {person}, unless they have left"
        problem = Problem(change.row, "merged_there", message, Severity.WARNING, change.place, key)
        self._work.report.problems.append(problem)
        return change if whose is None else replace(change, hint=("duplicate", whose))


def _is_gone(change: Change) -> bool:
    return change.kind in (Kind.TERMINATION, Kind.RESCISSION) and change.ending is Ending.ABSENCE
