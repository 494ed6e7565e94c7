"""Stage a read of quotas or memberships: each is proposed as a dated value of its participant, to be decided like any.

What `syncd.changes.stage` is for people, with the same result: `syncd.settle` and everything after it does not know the
difference. One of somebody nobody knows is quarantined. Of somebody known who is to be added it waits for a
decision, after theirs; of somebody known who is no participant it counts for nothing, with a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.attributes import NAMED_BY
from domain.change import Change, Ending, Kind, State
from domain.dated_changes import Dated, Holder, SentDated, is_about, judge_dated, said_otherwise, set_by
from domain.facts import FactKind
from domain.hold import Plan
from domain.judge import Standing
from domain.member import Membership
from domain.problem import Problem, Severity
from domain.rejection import Rejection
from domain.step import Step
from engine import sent_dated as engine
from engine.dated_rows import DatedRow
from engine.moved_keys import FiledDated, HolderOfKey
from engine.population import in_scope_count
from engine.sent_dated import DatedComparison, DatedPerson
from mapping.compile import MappingForm
from mapping.rules import DEFAULT_BY
from store.applied import holders_of
from store.changes import ChangeFilter, each_change, open_changes
from store.database import reading
from store.erasing import gone_among
from store.history import Engagement, steps_of
from store.rejections import rejections_of
from syncd.changes.comparing import load_open_matters, map_read, note_problems
from syncd.changes.dated_rows import Judged, Rows
from syncd.changes.named_plans import note_unpublished
from syncd.changes.proposals import Proposals
from syncd.changes.stage import Staged
from syncd.configuration.settings import BY_HAND, FeedSettings, Into
from syncd.feeds.pull import Read
from syncd.feeds.work import Work
from syncd.mirror import load_roster
from syncd.world import World

#: How many people are judged at a time.
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of some people beside their versions.

    coming  those who are proposed to join; erased, of whom nothing is asked any more
    own     what this feed itself set: (person, engagement, attribute, value)
    """

    rejections: Mapping[int, tuple[Rejection, ...]]
    coming: Collection[int]
    own: frozenset[FiledDated]
    erased: frozenset[int]
    steps: Mapping[Engagement, tuple[Step, ...]]


def stage_dated(work: Work, form: MappingForm, reads: Sequence[Read]) -> Staged:
    """Compare what the last read says with what is on file, and propose what differs."""
    read, name = reads[-1], work.feed.name
    approved = _Approved(work)
    with work.progress.step(f"{name}: comparing {read.rows:,} {work.feed.into.value} with those on file"):
        mapped = map_read(work, form, reads)
        if work.feed.into is Into.MEMBERSHIPS:
            note_unpublished(work, form)
        revision = load_roster(work.world, work.session, work.scratch)
        load_open_matters(work)
        finds_gone = work.feed.history and read.is_full and read.is_complete
        comparison = comparison_of_dated(work.world, work.feed, form, finds_gone=finds_gone)
        narrowed = engine.narrow_dated(work.session, comparison, approved)
        note_problems(work, form, read)
    work.report.counters.update(
        read=narrowed.read + mapped.folded + read.rejected,
        errors=read.rejected,
        excluded=mapped.folded,
        unchanged=narrowed.unchanged,
    )
    proposals = Proposals(work.world, work.lease, work.feed, revision, dry=work.dry)
    staging = _Staging(work, form, read, proposals, approved.keys)
    staging.staged.again = mapped.again
    return staging.all()


class _Approved:
    """What was approved of records of this feed: `keys` gives, by what is on file, the record's key."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.keys: dict[FiledDated, str] = {}

    def of(self, keys: Collection[str]) -> Collection[FiledDated]:
        """Look up those of records with these keys."""
        self.keys.update(self._said(ChangeFilter(source_keys=tuple(keys))))
        return self.keys.keys()

    def holders(self, keys: Collection[str] | None) -> Collection[HolderOfKey]:
        """Look up who had records with these keys, or with any."""
        with reading(self._work.world.database) as tx:
            return holders_of(tx, self._work.feed.name, keys)

    def of_people(self, people: Collection[int]) -> Mapping[FiledDated, str]:
        """Look up those of some people, each with the record that said it last."""
        return self._said(ChangeFilter(participants=people))

    def _said(self, whose: ChangeFilter) -> dict[FiledDated, str]:
        wanted = replace(whose, feed=self._work.feed.name, states=(State.APPLIED,))
        with reading(self._work.world.database) as tx:
            return {
                (change.person, change.engagement, name, value): change.source_key
                for change in each_change(tx, wanted)
                if change.source_key is not None
                for name, value in change.after.items()
                if isinstance(value, str)
            }


def comparison_of_dated(world: World, feed: FeedSettings, form: MappingForm, *, finds_gone: bool) -> DatedComparison:
    """Say how the quotas or memberships of a feed are compared."""
    by = form.rules["participant"].rule.by or DEFAULT_BY
    source = None if by in NAMED_BY else world.workspace.source_names[by]
    return DatedComparison(
        kind_of(feed), None if source else by, source, feed.protected, feed.history, finds_gone,
        has_posts=feed.mapping.engagement is not None,
    )  # fmt: skip


def kind_of(feed: FeedSettings) -> FactKind:
    """Give which of the two a feed brings."""
    return FactKind.QUOTAS if feed.into is Into.QUOTAS else FactKind.MEMBERSHIPS


class _Staging:
    """Judges the rows that the engine kept: those that name nobody, then each person's together."""

    def __init__(
        self, work: Work, form: MappingForm, read: Read, proposals: Proposals, approved: Mapping[FiledDated, str]
    ) -> None:
        self._work, self._read, self._approved = work, read, approved
        self._kind = work.feed.into
        self._rows = Rows(work.feed, form)
        self._deleted = engine.deleted_keys(work.session)
        self._changing: set[int] = set()
        self._losing: dict[int, Ending] = {}
        self._keeping: set[int] = set()
        self._deletions: list[DatedRow] = []
        self._sent: dict[Engagement, tuple[Dated, ...]] = {}
        people, noun = engine.people_with_any(work.session, kind_of(work.feed)), work.feed.into.value
        plan = Plan(
            active=people,
            linked=people,
            in_scope=in_scope_count(work.session),
            is_full=read.is_full,
            adding=0,
            changing=frozenset(),
            ending={},
            lose=f"people with {noun} would lose some",
            have=f"have {noun}",
        )
        self.staged = Staged(plan, proposals)

    def all(self) -> Staged:
        """Judge all of it, and sum up the plan."""
        staged, work = self.staged, self._work
        is_told = [self._alone(row) for row in engine.rows_alone(work.session, kind_of(work.feed))]
        staged.speaks_of_all = self._speaks_of_all(rows_of_nobody=is_told.count(False))
        done, of = 0, engine.judged_people_count(work.session)
        for people in engine.people_to_judge(work.session, kind_of(work.feed), AT_ONCE):
            work.heart.check()
            known = self._known(people)
            for one in people:
                self._person(one, known)
            done += len(people)
            work.progress.count(f"{work.feed.name}: people judged", done, of)
        staged.proposals.flush()
        for row in self._deletions:
            self._take(row, self._of_deleted(row), ())
        if not staged.speaks_of_all:
            self._spare()
        work.report.counters["absent"] = len(self._losing) if self._read.is_full else 0
        staged.plan = replace(staged.plan, ending=self._losing, changing=frozenset(self._changing))
        return staged

    def _alone(self, row: DatedRow) -> bool:
        """Judge a row that names no person, or several; tell whether it is known whose it is not."""
        if row.operation == "delete":
            self._deletions.append(row)
            return True
        standing, problems = self._rows.unusable(row) or (Standing.ERRORS, (self._rows.nobody(row),))
        self._take(row, standing, problems)
        return standing is not Standing.ERRORS or row.participant is not None

    def _speaks_of_all(self, *, rows_of_nobody: int) -> bool:
        """Tell whether what the read does not have is no longer there; say so where it cannot tell."""
        read, why = self._read, None
        if not read.is_full:
            return False
        if not read.is_complete:
            why = "the read does not prove that it is complete"
        elif read.rejected:
            why = "it has rows that cannot be read"
        elif rows_of_nobody:
            why = "it has rows that do not say whose they are"
        if why and self._work.feed.history:
            message = f"none counts as missing from this read: {why}"
            self._work.report.problems.append(Problem(None, "absence_unknown", message, Severity.WARNING))
        return why is None

    def _person(self, one: DatedPerson, known: _Known) -> None:
        """Judge every row of one person."""
        staged, person = self.staged, one.person
        sent: list[tuple[DatedRow, SentDated]] = []
        managed: list[SentDated] = []
        is_sure = staged.speaks_of_all
        if person in known.erased:
            for row in one.rows:
                self._take(row, Standing.EXCLUDED, ())
            return
        for row in one.rows:
            if row.operation == "delete":
                self._deletions.append(row)
            elif found := self._set_aside(row, one, known):
                self._take(row, *found)
                staged.unsure.update([person] if found[0] is Standing.ERRORS else [])
                is_sure = is_sure and found[0] is not Standing.ERRORS and row.key not in self._work.feed.protected
            elif not isinstance(said := self._rows.said(row), tuple):
                told = SentDated(said, str(row.key), row.row, row.place)
                if self._said_by(row, one, known) == BY_HAND:
                    managed.append(told)
                    self._take(row, *self._rows.managed_here(row))
                else:
                    sent.append((row, told))
        said_from = {told.key: told.held.first for told in (*managed, *(told for _, told in sent))}
        gone = self._gone(one, said_from, known.own, is_sure=is_sure)
        gone = {
            which: since for which, since in gone.items() if which[0] not in {told.held.attribute for told in managed}
        }
        holder = Holder(person, one.engagement, self._work.feed.name, one.versions)
        remembered = [told for told in known.rejections.get(person, ()) if told.is_about(one.engagement)]
        judged = judge_dated(holder, [told for _, told in sent], gone, remembered, self._work.world.today)
        for (row, told), standing in zip(sent, judged.standings, strict=True):
            self._take(row, standing, (self._rows.outside(row),) if told in judged.outside else ())
        self._sent[person, one.engagement] = tuple(told.held for _, told in sent)
        staged.judged.add(person)
        staged.agreed.extend(judged.agreed)
        self._propose(judged.asked, judged.suppressed)

    def _set_aside(self, row: DatedRow, one: DatedPerson, known: _Known) -> Judged | None:
        rows = self._rows
        if found := rows.unusable(row) or rows.in_the_way(row):
            return found
        if not one.versions and one.person not in known.coming:
            return rows.no_participant(row, one.engagement)
        other = self._said_by(row, one, known)
        return rows.said_otherwise(row, other) if other not in (None, BY_HAND) else None

    def _said_by(self, row: DatedRow, one: DatedPerson, known: _Known) -> str | None:
        """Name who else says something of a row's membership; None where nobody does."""
        said = self._rows.said(row)
        if not isinstance(said, Membership):
            return None
        steps = known.steps.get((one.person, one.engagement), ())
        return said_otherwise(steps, self._work.feed.name, said, BY_HAND)

    def _gone(
        self, one: DatedPerson, said_from: Mapping[str, date], own: Collection[FiledDated], *, is_sure: bool
    ) -> dict[tuple[str, str], date]:
        """Give what the source took back of somebody, and from when: what a record says anew holds from its day on.

        So does what it says of somebody else, unless another origin says it of the person by now.
        """
        found: dict[tuple[str, str], date] = {}
        for attribute, value, moved in one.gone:
            which, filed = (attribute, value), (one.person, one.engagement, attribute, value)
            key = self._approved.get(filed)
            if key is not None and key in said_from:
                found[which] = said_from[key]
            elif key in self._deleted:
                found[which] = date.min
            elif filed in own and (moved or is_sure):
                found[which] = moved or date.min
        return found

    def _propose(self, asked: Sequence[Change], suppressed: Sequence[Change]) -> None:
        for change in asked:
            self.staged.asked.add(change.person)
            self._changing.add(change.person)
            if None in change.after.values():
                self._losing[change.person] = Ending.ABSENCE
        self._keeping.update(change.person for change in suppressed if None in change.after.values())
        self.staged.proposals.ask((*asked, *suppressed))

    def _of_deleted(self, row: DatedRow) -> Standing:
        """Give the standing of a row that says a record is deleted: that of what is taken back for it."""
        people = {person for (person, *_), key in self._approved.items() if key == row.key}
        if people & self._losing.keys():
            return Standing.PENDING
        return Standing.SUPPRESSED if people & self._keeping else Standing.UNCHANGED

    def _take(self, row: DatedRow, standing: Standing, problems: Iterable[Problem]) -> None:
        self._work.report.counters[standing.value] += 1
        self._work.report.problems.extend(problems)
        if standing is Standing.ERRORS and row.key is not None:
            self.staged.bad_keys.add(row.key)

    def _known(self, people: Sequence[DatedPerson]) -> _Known:
        """Look up what is remembered of some people."""
        ids = {one.person for one in people}
        losing = {one.person for one in people if one.gone}
        strangers = {one.person for one in people if not one.versions}
        with reading(self._work.world.database) as tx:
            rejections = rejections_of(tx, ids)
            waiting = open_changes(tx, None, strangers) if strangers else ()
            coming = {one.person for one in waiting if one.kind in (Kind.ADD, Kind.REHIRE)}
            asked = ids if self._kind is Into.MEMBERSHIPS else losing
            steps = steps_of(tx, asked) if asked else {}
            erased = gone_among(tx, ids)
        own = ((*key, *which) for key, mine in steps.items() for which in set_by(mine, self._work.feed.name))
        return _Known(rejections, coming, frozenset(own), erased, steps)

    def _spare(self) -> None:
        """Leave what waits and the read says nothing of: it has some of a person's, and not all."""
        staged = self.staged
        unseen = [
            one.id
            for one in staged.proposals.known.values()
            if one.id not in staged.proposals.seen and one.person in staged.judged
        ]
        with reading(self._work.world.database) as tx:
            for change in each_change(tx, ChangeFilter(ids=unseen)) if unseen else ():
                if not any(is_about(change, one) for one in self._sent.get((change.person, change.engagement), ())):
                    staged.spared.add(change.id)
