"""Merging a participant into another: proposed like any change, and what an approval does beside its steps.

Approved, whoever is merged ends from the day on in every post; their records and ids are the other one's; what waited
or was remembered of them is over. Nothing of before is touched. Taken back (`revert`), the steps, the records and who
is not whom are as before; what was withdrawn or ended then stays so: the next run compares, and asks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from calc.pay_run import PayState, is_committed
from domain.attributes import MERGED_INTO, STRONG_IDS
from domain.change import OPEN, Change, DatedBy, Difference, Kind, State
from domain.errors import Refused
from domain.merging import cannot_be, last_of, pair_of
from domain.posts import primary_of
from domain.step import Step, Version, fold
from store.adjustments import AdjustmentState, adjustments
from store.changes import ChangeFilter, changes, mark
from store.conflicts import close_conflicts, conflicts
from store.database import writing
from store.erasing import gone_among
from store.head import current_revision, take_revision
from store.history import Engagement, steps_of
from store.ledger import ledger_entries
from store.linking import Apart, Linking, aparts
from store.named import holders
from store.overrides import end_overrides, overrides
from store.pay_runs import pay_runs
from store.people import LinkRow, PersonRow, current_links, ever_merged, links_of, merge, people_of
from store.rejections import end_rejections, rejections_of
from store.users import users
from syncd.changes.by_hand import propose
from syncd.configuration.settings import BY_HAND
from syncd.merged import merged_known
from syncd.options import person_of
from syncd.world import Actor, World

_STATES = (*OPEN, State.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Matters:
    """What of somebody who is merged becomes the other one's, or is over.

    links       their records; `changes` and `questions` wait, `rejections` and `overrides` count until then
    paid_until  the first day after the earned periods that are committed to them: all of it stays theirs
    users       who logs in as them
    """

    links: tuple[LinkRow, ...]
    changes: tuple[int, ...]
    questions: tuple[int, ...]
    rejections: tuple[int, ...]
    overrides: tuple[int, ...]
    paid_until: date | None
    users: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposed:
    """A merge that waits for a decision, who is merged into whom, and what would come with it."""

    change: Change
    person: PersonRow
    into: PersonRow
    matters: Matters


def propose_merge(world: World, key: str, into: str, start: date | None, reason: str, who: Actor) -> Proposed:
    """Propose that somebody is somebody else from a day on; from the first possible day, unless told.

    `Refused` where they cannot become one, with what is to be done first.
    """
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "merge")
        one, other = person_of(tx, key), person_of(tx, into)
        posts = {post: fold(steps) for (_, post), steps in steps_of(tx, [one.id]).items()}
        _refuse(tx, one.id, other.id, one_record_sources(world))
        primary = primary_of(posts)
        leading = primary.engagement if primary else min(posts)
        matters = matters_of(tx, one.id)
        begun = min(version.start for versions in posts.values() for version in versions)
        day = start or max(begun, matters.paid_until or begun)
        _refuse_paid(tx, one.id, day, matters.paid_until)
        change = Change(
            Kind.MERGE, one.id, BY_HAND, None, day, DatedBy.ADMIN, _differences(posts[leading], other.id, day),
            engagement=leading, corrected=True, reason=reason,
        )  # fmt: skip
        change = propose(tx, world, change, revision, who, "merge")
    return Proposed(change, one, other, matters)


def _differences(versions: Sequence[Version], into: int, day: date) -> tuple[Difference, ...]:
    then = [version for version in versions if version.end > day]
    status = then[0].attributes.get("status") if then else "terminated"
    ended = () if status == "terminated" else (Difference("status", status, "terminated"),)
    return (Difference(MERGED_INTO, None, f"P{into}"), *ended)


def matters_of(tx: Connection, person: int, *, but: int | None = None) -> Matters:
    """Find what of somebody becomes another's, or is over, once they are merged, by a change that is none of it."""
    asked = changes(tx, ChangeFilter(states=_STATES, participants=[person]))
    entries = ledger_entries(tx, person=person)
    return Matters(
        links=tuple(current_links(tx, [person])),
        changes=tuple(one.id for one in asked if one.id != but),
        questions=tuple(kept.id for kept in conflicts(tx) if kept.conflict.person == person),
        rejections=tuple(one.id for one in rejections_of(tx, [person]).get(person, ()) if not one.ended),
        overrides=tuple(one.id for one in overrides(tx, [person]) if one.ended is None),
        paid_until=max((one.earned_until for one in entries), default=None),
        users=tuple(one.name for one in users(tx) if one.person == person and one.ended_at is None),
    )


class Merging:
    """The merges among changes that are decided: whether each still fits, and what comes with it."""

    def __init__(self, tx: Connection, chosen: Sequence[Change], steps: Mapping[Engagement, tuple[Step, ...]]) -> None:
        """Take the merges, with the steps of everyone concerned."""
        self._tx, self._steps = tx, steps
        self._merges = [change for change in chosen if change.kind is Kind.MERGE]
        known = steps.values() if self._merges else ()
        is_concerned = not ever_merged(tx).isdisjoint(change.person for change in chosen)
        self._merged = merged_known(tx, current_revision(tx)) if is_concerned else {}
        self._known_from = {step.decision: step.revision_from for some in known for step in some}

    def now(self, change: Change) -> int | None:
        """Give who the person of a change is by now, where they were merged and it is no merge; else None.

        Such a change is of a run that began before the merge and ended after it.
        """
        if change.kind is Kind.MERGE or change.person not in self._merged:
            return None
        return last_of(change.person, self._merged)

    def unfit(self, change: Change, day: date) -> str | None:
        """Say why two cannot become one, or two again, from a day on; None where they can, or nobody asks for it."""
        first = self._merges[0] if self._merges else change
        if change.kind is not Kind.MERGE:
            is_theirs = change is not first and change.person == first.person
            return f"C{first.id} says that they are somebody else: decide one of them first" if is_theirs else None
        if change is not first:
            return f"one merge at a time: C{first.id} may be about the same people"
        person, into, is_one = pair_of(change)
        try:
            _refuse_closing(self._tx, day)
            if is_one:
                _refuse(self._tx, person, into)
                _refuse_paid(self._tx, person, day, matters_of(self._tx, person).paid_until)
        except Refused as error:
            return error.message
        return None if is_one else self._taken(person)

    def _taken(self, person: int) -> str | None:
        """Say which id of somebody the one they were merged into goes by now: not both can have it."""
        row = people_of(self._tx, [person])[person]
        for name in STRONG_IDS:
            value = getattr(row, name)
            owner = holders(self._tx, name, [value]).get(value) if value else None
            if owner is not None and getattr(people_of(self._tx, [owner])[owner], name) == value:
                told = f"`set P{owner} {name}=... --from DATE` first"
                return f"{name} {value} is P{owner}'s by now, and would be P{person}'s again: {told}"
        return None

    def posts(self, change: Change) -> Iterable[Change]:
        """Give a change once for each post that it ends; any other change as it is."""
        if change.kind is not Kind.MERGE:
            return (change,)
        return [replace(change, engagement=post) for person, post in sorted(self._steps) if person == change.person]

    def said(self, fitting: Sequence[Change], by: str) -> Linking:
        """Give whose the records are by the merges among approved changes; `by` is who approved them."""
        for change in fitting:
            if change.kind is Kind.MERGE:
                person, into, is_one = pair_of(change)
                why = f"approved as C{change.id}"
                return self._joined(person, into, by, why) if is_one else self._parted(change, by, why)
        return Linking()

    def settle(self, fitting: Sequence[Change], revision: int) -> None:
        """Let what waited of somebody merged be over, and let what names them name the other one, or them again."""
        for change in fitting:
            if change.kind is not Kind.MERGE:
                continue
            person, into, is_one = pair_of(change)
            merge(self._tx, person, into if is_one else None, revision)
            if not is_one:
                continue
            why, matters = f"P{person} was merged into P{into}", matters_of(self._tx, person, but=change.id)
            mark(self._tx, matters.changes, State.WITHDRAWN, expected=_STATES, reason=why)
            close_conflicts(self._tx, matters.questions, revision)
            end_rejections(self._tx, matters.rejections, revision, why=why)
            end_overrides(self._tx, matters.overrides, revision, why=why)

    def _joined(self, person: int, into: int, by: str, why: str) -> Linking:
        links = current_links(self._tx, [person])
        own = {(one.source, one.key) for one in (*links, *current_links(self._tx, [into]))}
        of_one, of_other = aparts(self._tx, person), aparts(self._tx, into)
        over = [one for one in of_other if (one.source, one.key) in own]
        held = {(one.source, one.key) for one in of_other}
        kept = [one for one in of_one if (one.source, one.key) not in own | held]
        return Linking(
            made=tuple(LinkRow(one.source, one.key, into, by, why) for one in links),
            ended=tuple(replace(one, ended_by=by, ended_why=why) for one in links),
            apart=tuple(Apart(one.source, one.key, into, by, one.why) for one in kept),
            together=tuple(replace(one, ended_by=by, ended_why=why) for one in (*of_one, *over)),
        )

    def _parted(self, change: Change, by: str, why: str) -> Linking:
        """Give each of the two what was theirs before the merge, as far as nobody has said otherwise since."""
        revision = self._known_from[change.reverts or 0]
        person, into, _ = pair_of(change)
        theirs = {(one.source, one.key) for one in links_of(self._tx, person) if one.revision_to == revision}
        now = [
            one
            for one in current_links(self._tx, [into])
            if one.revision_from == revision and (one.source, one.key) in theirs
        ]
        before = [one for one in _all_aparts(self._tx, (person, into)) if one.revision_to == revision]
        since = [one for one in aparts(self._tx, into) if one.revision_from == revision]
        return Linking(
            made=tuple(LinkRow(one.source, one.key, person, by, why) for one in now),
            ended=tuple(replace(one, ended_by=by, ended_why=why) for one in now),
            apart=tuple(Apart(one.source, one.key, one.person, by, one.why) for one in before),
            together=tuple(replace(one, ended_by=by, ended_why=why) for one in since),
        )


def _all_aparts(tx: Connection, persons: Iterable[int]) -> list[Apart]:
    return [one for person in persons for one in aparts(tx, person, everything=True)]


def one_record_sources(world: World) -> frozenset[str]:
    """Name the sources of which two records never are one person."""
    return frozenset(one.source.name for one in world.workspace.feeds.values() if one.source.one_record)


def _refuse(tx: Connection, one: int, other: int, one_record: Collection[str] = ()) -> None:
    pair = {one, other}
    merged = merged_known(tx, current_revision(tx))
    known = people_of(tx, pair)
    participants = {number for number, row in known.items() if row.participant_since is not None}
    if told := cannot_be(one, other, merged, gone_among(tx, pair), participants):
        raise Refused(told)
    theirs: defaultdict[str, list[LinkRow]] = defaultdict(list)
    for link in current_links(tx, pair):
        theirs[link.source].append(link)
    for source in sorted(theirs.keys() & set(one_record)):
        if len({link.person for link in theirs[source]}) > 1:
            names = " and ".join(link.name for link in theirs[source])
            raise Refused(
                f"of {source} two records never are one person (`people: one_record`), and these are two: {names}; "
                "`unlink` the one that is wrong first"
            )
    if any(kept.kind is Kind.MERGE for kept in changes(tx, ChangeFilter(states=OPEN, participants=[other]))):
        raise Refused(f"whether P{other} is somebody else waits for a decision: decide that first")
    for adjusted in adjustments(tx):
        if adjusted.person == one and not _is_done(tx, adjusted.calendar, adjusted.pay_period, adjusted.state):
            raise Refused(
                f"A{adjusted.id}, by hand for P{one} in {adjusted.pay_period}, is neither committed nor rejected: "
                "do one of them first, for what is booked stays whose it was"
            )


def _is_done(tx: Connection, calendar: str, period: str, state: AdjustmentState) -> bool:
    if state is AdjustmentState.REJECTED:
        return True
    runs = pay_runs(tx, calendar)
    return state is AdjustmentState.APPROVED and any(is_committed(runs, period, run.pay_group) for run in runs)


def _refuse_paid(tx: Connection, person: int, day: date, paid_until: date | None) -> None:
    if paid_until is not None and day < paid_until:
        raise Refused(
            f"P{person} was paid for what was earned before {paid_until}, and that stays booked: "
            f"they can be somebody else from {paid_until} on"
        )
    _refuse_closing(tx, day)


def _refuse_closing(tx: Connection, day: date) -> None:
    for run in pay_runs(tx):
        if run.state in (PayState.SUBMITTED, PayState.APPROVED) and run.end > day:
            raise Refused(f"{run} is {run.state.value}: `commit` it, or `return` it, first")
