"""Stage a read of quotas: each is proposed as a dated value of its participant, to be decided like any other.

What `syncd.changes.stage` is for people, with the same result: `syncd.settle` and everything after it does not know the
difference. A quota of somebody nobody knows is quarantined. Of somebody known who is to be added it waits for a
decision, after theirs; of somebody known who is no participant it counts for nothing, with a warning.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.attributes import NAMED_BY
from domain.change import Change, Ending, Kind, State
from domain.hold import Plan
from domain.judge import Standing
from domain.problem import Problem, Severity
from domain.quota import Quota, quota_of
from domain.quota_changes import Holder, SentQuota, is_about, judge_quotas, set_by
from domain.rejection import Rejection
from engine import sent_quotas as engine
from engine.population import in_scope_count
from engine.sent_quotas import FiledQuota, QuotaComparison, QuotaPerson, QuotaRow
from mapping.compile import MappingForm
from mapping.rules import DEFAULT_BY
from store.changes import ChangeFilter, each_change, open_changes
from store.database import reading
from store.erasing import erased_among
from store.history import Engagement, steps_of
from store.rejections import rejections_of
from syncd.changes.comparing import load_open_matters, map_read, note_problems
from syncd.changes.proposals import Proposals
from syncd.changes.stage import Staged
from syncd.feeds.pull import Read
from syncd.feeds.work import Work
from syncd.mirror import load_roster

#: How many people are judged at a time.
AT_ONCE = 1_000

#: A standing, and the problems that go with it.
Judged = tuple[Standing, tuple[Problem, ...]]


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of some people beside their versions.

    coming  those who are proposed to join; erased, of whom nothing is asked any more
    own     what this feed itself set: (person, engagement, attribute, value)
    """

    rejections: Mapping[int, tuple[Rejection, ...]]
    coming: Collection[int]
    own: frozenset[FiledQuota]
    erased: frozenset[int]


def stage_quotas(work: Work, form: MappingForm, reads: Sequence[Read]) -> Staged:
    """Compare the quotas of the last read with those on file, and propose what differs."""
    read, name = reads[-1], work.feed.name
    with work.progress.step(f"{name}: comparing {read.rows:,} quotas with those on file"):
        mapped = map_read(work, form, reads)
        revision = load_roster(work.world, work.session, work.scratch)
        load_open_matters(work)
        deleted = _deleted(work)
        narrowed = engine.narrow_quotas(work.session, _comparison(work, form, read, deleted))
        note_problems(work, form, read)
    work.report.counters.update(
        read=narrowed.read + mapped.folded + read.rejected,
        errors=read.rejected,
        excluded=mapped.folded,
        unchanged=narrowed.unchanged,
    )
    proposals = Proposals(work.world, work.lease, work.feed, revision, dry=work.dry)
    staging = _Staging(work, form, read, proposals, deleted)
    staging.staged.again = mapped.again
    return staging.all()


def _deleted(work: Work) -> dict[FiledQuota, str]:
    """Give what was approved of the records that the source says it deleted, with their keys."""
    keys = engine.deleted_keys(work.session)
    if not keys:
        return {}
    wanted = ChangeFilter(feed=work.feed.name, kind=Kind.QUOTA, states=(State.APPLIED,), source_keys=keys)
    with reading(work.world.database) as tx:
        return {
            (change.person, change.engagement, name, value): str(change.source_key)
            for change in each_change(tx, wanted)
            for name, value in change.after.items()
            if isinstance(value, str)
        }


def _comparison(work: Work, form: MappingForm, read: Read, deleted: Iterable[FiledQuota]) -> QuotaComparison:
    by = form.rules["participant"].rule.by or DEFAULT_BY
    source = None if by in NAMED_BY else work.world.workspace.source_names[by]
    finds_gone = work.feed.history and read.is_full and read.is_complete
    return QuotaComparison(
        None if source else by, source, work.feed.protected, work.feed.history, finds_gone, tuple(deleted),
        has_posts=work.feed.mapping.engagement is not None,
    )  # fmt: skip


class _Staging:
    """Judges the rows that the engine kept: those that name nobody, then each person's together."""

    def __init__(
        self, work: Work, form: MappingForm, read: Read, proposals: Proposals, deleted: Mapping[FiledQuota, str]
    ) -> None:
        self._work, self._form, self._read, self._deleted = work, form, read, deleted
        self._by = form.rules["participant"].rule.by or DEFAULT_BY
        self._changing: set[int] = set()
        self._losing: dict[int, Ending] = {}
        self._keeping: set[int] = set()
        self._deletions: list[QuotaRow] = []
        self._sent: dict[Engagement, tuple[Quota, ...]] = {}
        people = engine.people_with_quotas(work.session)
        plan = Plan(
            active=people,
            linked=people,
            in_scope=in_scope_count(work.session),
            is_full=read.is_full,
            adding=0,
            changing=frozenset(),
            ending={},
            lose="people with quotas would lose some",
            have="have quotas",
        )
        self.staged = Staged(plan, proposals)

    def all(self) -> Staged:
        """Judge all of it, and sum up the plan."""
        staged, work = self.staged, self._work
        is_told = [self._alone(row) for row in engine.rows_alone(work.session)]
        staged.speaks_of_all = self._speaks_of_all(rows_of_nobody=is_told.count(False))
        done, of = 0, engine.judged_people_count(work.session)
        for people in engine.people_to_judge(work.session, AT_ONCE):
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

    def _alone(self, row: QuotaRow) -> bool:
        """Judge a row that names no person, or several; tell whether it is known whose it is not."""
        if row.operation == "delete":
            self._deletions.append(row)
            return True
        standing, problems = self._unusable(row) or (Standing.ERRORS, (self._nobody(row),))
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
            message = f"no quota counts as missing from this read: {why}"
            self._work.report.problems.append(Problem(None, "absence_unknown", message, Severity.WARNING))
        return why is None

    def _person(self, one: QuotaPerson, known: _Known) -> None:
        """Judge every row of one person."""
        staged, person = self.staged, one.person
        sent: list[tuple[QuotaRow, SentQuota]] = []
        is_sure = staged.speaks_of_all
        if person in known.erased:
            for row in one.rows:
                self._take(row, Standing.EXCLUDED, ())
            return
        for row in one.rows:
            if row.operation == "delete":
                self._deletions.append(row)
            elif found := self._unusable(row) or self._in_the_way(row) or self._no_participant(row, one, known):
                self._take(row, *found)
                staged.unsure.update([person] if found[0] is Standing.ERRORS else [])
                is_sure = is_sure and found[0] is not Standing.ERRORS and row.key not in self._work.feed.protected
            elif isinstance(said := quota_of(row.texts), Quota):
                sent.append((row, SentQuota(said, str(row.key), row.row, row.place)))
        own = self._deleted.keys() | (known.own if is_sure else frozenset())
        gone = [which for which in one.gone if (person, one.engagement, *which) in own]
        holder = Holder(person, one.engagement, self._work.feed.name, one.versions)
        remembered = [told for told in known.rejections.get(person, ()) if told.is_about(one.engagement)]
        judged = judge_quotas(holder, [quota for _, quota in sent], gone, remembered, self._work.world.today)
        for (row, quota), standing in zip(sent, judged.standings, strict=True):
            self._take(row, standing, (self._outside(row),) if quota in judged.outside else ())
        self._sent[person, one.engagement] = tuple(quota.quota for _, quota in sent)
        staged.judged.add(person)
        staged.agreed.extend(judged.agreed)
        self._propose(judged.asked, judged.suppressed)

    def _propose(self, asked: Sequence[Change], suppressed: Sequence[Change]) -> None:
        for change in asked:
            self.staged.asked.add(change.person)
            self._changing.add(change.person)
            if None in change.after.values():
                self._losing[change.person] = Ending.ABSENCE
        self._keeping.update(change.person for change in suppressed if None in change.after.values())
        self.staged.proposals.ask((*asked, *suppressed))

    def _of_deleted(self, row: QuotaRow) -> Standing:
        """Give the standing of a row that says a record is deleted: that of what is taken back for it."""
        people = {person for (person, *_), key in self._deleted.items() if key == row.key}
        if people & self._losing.keys():
            return Standing.PENDING
        return Standing.SUPPRESSED if people & self._keeping else Standing.UNCHANGED

    def _take(self, row: QuotaRow, standing: Standing, problems: Iterable[Problem]) -> None:
        self._work.report.counters[standing.value] += 1
        self._work.report.problems.extend(problems)
        if standing is Standing.ERRORS and row.key is not None:
            self.staged.bad_keys.add(row.key)

    def _unusable(self, row: QuotaRow) -> Judged | None:
        """Give the standing of a row whose quota is not looked at; None where it is."""
        key = row.key
        if row.differs:
            message = f"key {key} stands in several rows that differ; keep one of them"
            return Standing.ERRORS, (_problem(row, "duplicate_key", message),)
        if row.nth > 1:
            message = f"key {key} stands in an equal row before; this one counts for nothing"
            return Standing.EXCLUDED, (_problem(row, "repeated_row", message, Severity.WARNING),)
        if row.has_fault or key is None:
            return Standing.ERRORS, ()
        if key in self._work.feed.protected or not row.in_scope:
            return Standing.EXCLUDED, ()
        faults = quota_of(row.texts)
        if isinstance(faults, Quota):
            return None
        return Standing.ERRORS, tuple(self._about(row, one.field, one.code, one.message) for one in faults)

    def _in_the_way(self, row: QuotaRow) -> Judged | None:
        """Set aside what cannot hold beside another row."""
        texts = row.texts
        days = f"from {texts['from']} until {texts['until']}"
        if row.overlaps:
            line = f" (line {texts['line']})" if texts["line"] else ""
            message = f"{row.participant} has another quota of {texts['measure']}{line} on a day {days}: {row.overlaps}"
            remedy = "keep one of them, cut their days, or give each a `line`"
            return Standing.ERRORS, (self._about(row, "from", "overlapping_quota", f"{message}; {remedy}"),)
        if row.currencies:
            message = f"the quota of {texts['measure']} of {row.participant} has a line in another currency on a day"
            remedy = "the lines of one quota are in one currency"
            code = "quota_currency"
            return Standing.ERRORS, (
                self._about(row, "currency", code, f"{message} {days}: {row.currencies}; {remedy}"),
            )
        return None

    def _no_participant(self, row: QuotaRow, one: QuotaPerson, known: _Known) -> Judged | None:
        if one.versions or one.person in known.coming:
            return None
        message = f"{row.participant} is known and no participant: the quota counts for nothing until they are added"
        if row.has_posts:
            message = (
                f"{row.participant} has no post {one.engagement}: say in the mapping's `engagement` which is meant"
            )
        return Standing.EXCLUDED, (self._about(row, "participant", "not_a_participant", message, Severity.WARNING),)

    def _nobody(self, row: QuotaRow) -> Problem:
        if row.participant is None:
            return self._about(row, "participant", "missing", "participant is empty; fill it in at the source")
        if row.people:
            message = f"{row.people} people have the {self._by} {row.participant}; name one of them by an id"
            return self._about(row, "participant", "several_people", message)
        message = f"nobody has the {self._by} {row.participant}; correct it, or bring the person with a feed of people"
        return self._about(row, "participant", "unknown_person", f"{message}: the row is tried again with each read")

    def _outside(self, row: QuotaRow) -> Problem:
        message = f"{row.participant} is on the roster on no day from {row.texts['from']} until {row.texts['until']}"
        remedy = "the quota counts for nothing until they are"
        return self._about(row, "from", "outside_employment", f"{message}; {remedy}", Severity.WARNING)

    def _about(
        self, row: QuotaRow, field: str, code: str, message: str, severity: Severity = Severity.ERROR
    ) -> Problem:
        """Give a problem with one field of a row, with its column and what stands there."""
        rule = self._form.rules.get(field)
        column = ", ".join(rule.sources) if rule else None
        value = row.participant if field == "participant" else row.texts[field]
        return replace(_problem(row, code, message, severity), field=field, column=column or None, value=value)

    def _known(self, people: Sequence[QuotaPerson]) -> _Known:
        """Look up what is remembered of some people."""
        ids = {one.person for one in people}
        losing = {one.person for one in people if one.gone}
        strangers = {one.person for one in people if not one.versions}
        with reading(self._work.world.database) as tx:
            rejections = rejections_of(tx, ids)
            waiting = open_changes(tx, None, strangers) if strangers else ()
            coming = {one.person for one in waiting if one.kind in (Kind.ADD, Kind.REHIRE)}
            steps = steps_of(tx, losing) if losing else {}
            erased = erased_among(tx, ids)
        own = ((*key, *which) for key, mine in steps.items() for which in set_by(mine, self._work.feed.name))
        return _Known(rejections, coming, frozenset(own), erased)

    def _spare(self) -> None:
        """Leave what waits and the read says nothing of: it has some quotas of a person, and not all."""
        staged = self.staged
        unseen = [
            one.id
            for one in staged.proposals.known.values()
            if one.id not in staged.proposals.seen and one.person in staged.judged
        ]
        with reading(self._work.world.database) as tx:
            for change in each_change(tx, ChangeFilter(ids=unseen)) if unseen else ():
                if not any(is_about(change, quota) for quota in self._sent.get((change.person, change.engagement), ())):
                    staged.spared.add(change.id)


def _problem(row: QuotaRow, code: str, message: str, severity: Severity = Severity.ERROR) -> Problem:
    return Problem(row.row, code, message, severity, row.place, row.key)
