"""What one compared record comes to: matched, proposed, kept back, or in need of an answer.

The only place where a row gets its standing. Judging everything equals narrowing first and judging the rest:
a row that the engine discards would come out here as `unchanged` with nothing to ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from domain.attributes import ENDING_DETAILS
from domain.change import UNSEEN, Change, DatedBy, Difference, Ending, Kind, ends, kind_of
from domain.plausible import Differences
from domain.propose import propose, propose_ending, says_left
from domain.record import Candidate, Conflict, Known, MappedRecord
from domain.rejection import Rejection, agreed, hold_back
from domain.value import as_day


class Standing(StrEnum):
    """Where a row of a read stands; each row in exactly one, the first that fits."""

    ERRORS = "errors"
    CONFLICTS = "conflicts"
    EXCLUDED = "excluded"
    APPLIED = "applied"
    PENDING = "pending"
    SUPPRESSED = "suppressed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Memory:
    """What was decided before about a person, in the feed whose record is judged.

    settled: applied changes for which the approver named another day than the source's (or than the day first
    seen); the source goes on saying its own day, and that is no difference.
    """

    rejections: tuple[Rejection, ...] = ()
    settled: tuple[Change, ...] = ()

    def of(self, post: str) -> Memory:
        """Give what of it is about one post of theirs."""
        return Memory(
            tuple(one for one in self.rejections if one.is_about(post)),
            tuple(one for one in self.settled if one.engagement == post),
        )


NOTHING = Memory()


@dataclass(frozen=True, slots=True)
class Judgement:
    """A row's standing, what it asks for, what is kept back, and which rejections it ends.

    is_old  it is what a source keeps of somebody who has another record there since: it says nothing any more
    """

    standing: Standing
    asked: tuple[Change, ...] = ()
    suppressed: tuple[Change, ...] = ()
    conflict: Conflict | None = None
    agreed: tuple[int, ...] = ()
    already_left: bool = False
    is_old: bool = False


OLD = Judgement(Standing.UNCHANGED, is_old=True)


def judge(
    record: MappedRecord,
    known: Known,
    differences: Differences,
    memory: Memory,
    today: date,
    begins: date | None = None,
    *,
    tells_presence: bool = True,
) -> Judgement:
    """Judge a record of a person who is known (a newcomer is known from now on).

    `tells_presence`: that they are sent says that they are there; not where another feed brings the roster.
    """
    if known.has_newer_record and _is_over(record, known):
        return OLD
    proposal = propose(record, _as_started(record, known, memory.settled), differences, today, begins)
    if proposal.conflict:
        return Judgement(Standing.CONFLICTS, conflict=proposal.conflict)
    if proposal.already_left:
        return Judgement(Standing.EXCLUDED, already_left=True)
    changes, otherwise = (
        [left for change in some if (left := _unsettled(change, known, memory.settled))]
        for some in (proposal.changes, proposal.otherwise)
    )
    asked, suppressed = _split(changes, memory, today)
    if otherwise and not asked:
        asked, more = _split(otherwise, memory, today)
        suppressed += more
    spoken_of = [one for one in memory.rejections if _speaks_of(record, one, tells_presence=tells_presence)]
    ended = agreed(spoken_of, [*changes, *otherwise])
    return Judgement(_standing(asked, suppressed), asked, suppressed, agreed=ended)


def judge_absence(known: Known, feed: str, key: str, ending: Ending, memory: Memory, today: date) -> Judgement:
    """Judge that somebody is no longer sent, or no longer in scope."""
    change = _unsettled(propose_ending(known, feed, key, ending, today), known, memory.settled)
    asked, suppressed = _split([change] if change else [], memory, today)
    return Judgement(_standing(asked, suppressed), asked, suppressed)


def adds_ineligible(asked: Iterable[Change]) -> bool:
    """Tell whether somebody would be added who does not earn: where a rule says who does, they are not proposed."""
    return any(one.kind is Kind.ADD and one.after.get("eligible") == "false" for one in asked)


def without_ending(record: MappedRecord) -> MappedRecord:
    """Give a record that says nothing of an ending: another one of theirs goes on there (`domain.speaking`)."""
    left = {name: value for name, value in record.values.items() if name not in ENDING_DETAILS}
    if ends(left):
        del left["status"]
    return replace(record, values=left)


def judge_match(record: MappedRecord, candidate: Candidate, memory: Memory, today: date) -> Judgement:
    """Judge that a record without a link is about somebody known: a link is proposed."""
    if candidate.was_theirs and says_left(record):
        return OLD
    link = Change(
        kind=Kind.LINK,
        person=candidate.person,
        feed=record.feed,
        source_key=record.key,
        effective=today,
        dated_by=DatedBy.OBSERVED,
        differences=(Difference("source_key", None, record.key),),
        row=record.row,
        place=record.place,
    )
    asked, suppressed = _split([link], memory, today)
    return Judgement(_standing(asked, suppressed), asked, suppressed)


def _is_over(record: MappedRecord, known: Known) -> bool:
    """Tell whether a record says that somebody has left, and not of the employment that the roster has now."""
    last_day = as_day(record.values.get("termination_date"))
    return says_left(record) and (last_day is None or known.version is None or last_day < known.version.opened)


def _split(changes: list[Change], memory: Memory, today: date) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    asked, suppressed = [], []
    for change in changes:
        open_part, quiet_part = hold_back(change, memory.rejections, today)
        asked.extend([open_part] if open_part else [])
        suppressed.extend([quiet_part] if quiet_part else [])
    return tuple(asked), tuple(suppressed)


def _standing(asked: tuple[Change, ...], suppressed: tuple[Change, ...]) -> Standing:
    return Standing.PENDING if asked else Standing.SUPPRESSED if suppressed else Standing.UNCHANGED


def _speaks_of(record: MappedRecord, rejection: Rejection, *, tells_presence: bool) -> bool:
    """Tell whether a record has an opinion on what was rejected; being sent may be one on having left unseen."""
    is_said = not record.values.keys().isdisjoint(rejection.values)
    return is_said or (tells_presence and rejection.ending in UNSEEN)


def _as_started(record: MappedRecord, known: Known, settled: tuple[Change, ...]) -> Known:
    """Let a record of before the start speak of the start, where the approver put that off."""
    put_off = any(
        one.kind is Kind.ADD and one.effective == known.opens and one.source_effective == record.effective
        for one in settled
    )
    return replace(known, day=known.opens) if put_off and known.opens and known.day < known.opens else known


def _unsettled(change: Change, known: Known, settled: tuple[Change, ...]) -> Change | None:
    """Leave out what was approved for another day than the source's own, which it goes on naming."""
    if not settled:
        return change
    left = tuple(
        item for item in change.differences if not any(_is_settled(item, change, known, one) for one in settled)
    )
    if len(left) == len(change.differences):
        return change
    if not left or change.kind is Kind.REHIRE:
        return None
    kind = change.kind if change.kind is Kind.TERMINATION else kind_of(left)
    return replace(change, kind=kind, differences=left)


def _is_settled(item: Difference, change: Change, known: Known, one: Change) -> bool:
    """Tell whether a decision covers a difference: until its day; of an ending, as long as it is on file."""
    if one.source_effective != change.source_effective or item.attribute not in one.after:
        return False
    if change.kind is Kind.TERMINATION:
        on_file = known.version.attributes.get("termination_date") if known.version else None
        stands = on_file == (one.effective - timedelta(days=1)).isoformat()
        return stands and one.kind is change.kind and one.after[item.attribute] == item.after
    return known.day < one.effective and item in one.differences
