"""Judge what a compared read asks for, and propose it; safe to run twice.

Nothing proposed here is visible before `syncd.settle` has shown it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from domain.change import Change, Ending, Kind, ends
from domain.hold import Plan
from domain.judge import Memory, Standing
from domain.posts import ended_people
from domain.problem import Problem, Severity
from domain.record import Candidate
from engine import narrow as engine
from engine import population
from engine.circles import find_circles
from engine.days import gone_days
from engine.mirror import links_of
from engine.session import Row
from engine.several import find_several, judge_several
from mapping.compile import MappingForm
from store.changes import redated_changes
from store.conflicts import value_answers
from store.database import reading
from store.history import Engagement, steps_of
from store.overrides import active_overrides
from store.rejections import rejections_of
from syncd.changes.absences import absent, keys_unsure, unreadable_keys
from syncd.changes.asking import ask_for
from syncd.changes.comparing import (
    MappedRead,
    candidates_of,
    comparison_of,
    hints_of,
    load_apart,
    load_open_matters,
    map_read,
    note_problems,
    with_former,
)
from syncd.changes.histories import Histories, load_filed_days, whole_keys
from syncd.changes.judging import Judge, JudgedRow, memory_of
from syncd.changes.merged_there import MergedThere
from syncd.changes.named_plans import note_unpublished
from syncd.changes.others import Others, gather_others, sharing
from syncd.changes.populations import Populations
from syncd.changes.proposals import Proposals, person_told
from syncd.changes.remembering import Remembering
from syncd.changes.several import records_beside
from syncd.changes.voices import ReadValue, Voices
from syncd.feeds.pull import Read
from syncd.feeds.work import Work
from syncd.mirror import load_roster

_JUDGED_AT_ONCE = 5_000


@dataclass(slots=True)
class Staged:
    """What a run found, before it is settled.

    plan      the run in numbers of people, for the holds
    agreed    rejections that ended because source and store agree
    unsure    people about whom it cannot say anything, for their row is bad
    judged    people whom it looked at, and `asked` those of whom it proposes something
    speaks_of_all  whom it did not look at is as the roster has it, or gone: true of a complete full read alone
    bad_keys  keys whose row was set aside, and `again` those that were only tried again
    spared    earlier changes of people it looked at, about something it does not speak of
    """

    plan: Plan
    proposals: Proposals
    populations: Populations | None = None
    agreed: list[int] = field(default_factory=list)
    caught_up: list[int] = field(default_factory=list)
    unsure: set[int] = field(default_factory=set)
    judged: set[int] = field(default_factory=set)
    asked: set[int] = field(default_factory=set)
    speaks_of_all: bool = False
    bad_keys: set[str] = field(default_factory=set)
    again: frozenset[str] = frozenset()
    spared: set[int] = field(default_factory=set)


def stage(work: Work, form: MappingForm, others: Others, reads: Sequence[Read]) -> Staged:
    """Compare what the reads brought (the last one is judged) and propose what it asks for."""
    read, name, meaning = reads[-1], work.feed.name, others.meaning(form)
    with work.progress.step(f"{name}: comparing {read.rows:,} rows with the roster"):
        revision = load_roster(work.world, work.session, work.scratch)
        links_of(work.session, work.feed.source.name)
        find_several(work.session)
        mapped = map_read(work, form, reads, of_people=True)
        note_unpublished(work, form)
        load_open_matters(work)
        if work.feed.has_days:
            load_filed_days(work.world, work.feed, work.session, work.scratch, keys_unsure(work, read))
        judge_several(work.session)
        load_apart(work)
        others = sharing(work, others)
        comparison = comparison_of(work, form, others)
        remembering = Remembering(work, meaning, form, comparison, others, reads)
        remembering.recognise()
        engine.find_mapped(work.session, comparison)
        gather_others(work, others)
        narrowed = engine.narrow(work.session, comparison)
        remembering.keep(narrowed.unchanged, revision)
        note_problems(work, form, read)
        proposals = Proposals(work.world, work.lease, work.feed, revision, dry=work.dry)
        engine.compare(work.session, comparison, proposals.new_people(narrowed.newcomers))
    proposals.keep_newcomers(work.session)
    work.report.counters.update(
        read=narrowed.read + mapped.folded + read.rejected,
        errors=read.rejected,
        excluded=mapped.folded,
        unchanged=narrowed.unchanged,
    )
    populations = Populations(work, first_view=len(others.feeds))
    judging = _Judging(work, form, others, read, mapped, proposals, populations)
    return judging.all()


class _Judging:
    """Judges every row that the engine kept, then whom the read does not have."""

    def __init__(
        self,
        work: Work,
        form: MappingForm,
        others: Others,
        read: Read,
        mapped: MappedRead,
        proposals: Proposals,
        populations: Populations,
    ) -> None:
        self._populations, self._merged = populations, MergedThere(work)
        self._work, self._form, self._others, self._read, self._missed = work, form, others, read, mapped.missed
        self._today = work.world.today
        self._adding: set[int] = set()
        self._outside = 0
        has_posts = work.feed.mapping.engagement is not None
        self._with_posts = population.with_new_posts(work.session) if has_posts else frozenset[int]()
        self._changing: set[int] = set()
        self._old: list[tuple[int, str]] = []
        self._ending: dict[Engagement, Ending] = {}
        self._limited: dict[str, set[int]] = {name: set() for name in work.feed.limits.attributes}
        session = work.session
        linked, active = population.count_linked(session, self._today, populations.others)
        plan = Plan(
            active=active,
            linked=linked,
            in_scope=population.in_scope_count(session),
            is_full=read.is_full,
            adding=0,
            changing=frozenset(),
            ending={},
        )
        self._staged = Staged(plan, proposals, populations, again=mapped.again)

    def all(self) -> Staged:
        """Judge rows and absences, and sum up the plan."""
        self._rows()
        if self._outside:
            message = f"{self._outside:,} rows are of people outside the pilot group: nothing is proposed of them"
            self._work.report.problems.append(Problem(None, "outside_pilot", message, Severity.WARNING))
        self._absences()
        self._staged.proposals.flush()
        self._staged.plan = replace(
            self._staged.plan,
            ending=self._people_ending(),
            adding=len(self._adding - self._changing),
            changing=frozenset(self._changing),
            attributes={name: frozenset(people) for name, people in self._limited.items()},
        )
        return self._staged

    def _rows(self) -> None:
        work, form = self._work, self._form
        types = {name: form.rules[name].type for name in form.attributes}
        references = comparison_of(work, form, self._others).references
        judge = Judge(
            work.feed,
            engine.judged_columns(work.session),
            types,
            references,
            self._today,
            begins=work.feed.begins if not self._staged.plan.linked else None,
            hints=hints_of(work),
            circles=find_circles(work.session, self._today),
            hears=self._hears(),
            brings_roster=work.feed.owns_roster or not work.world.workspace.owners,
            beside=records_beside(work, form),
            populations=self._populations,
        )
        candidates = candidates_of(work)
        done, of = 0, engine.judged_count(work.session)
        columns, batches = judge.columns, engine.judged_rows(work.session, _JUDGED_AT_ONCE)
        for rows in whole_keys(judge, batches) if work.feed.has_days else batches:
            work.heart.check()
            likely = with_former(
                work, [(columns.key_of(row), candidates.get(columns.place_of(row), ())) for row in rows]
            )
            people = {person for row in rows if (person := columns.person_of(row))}
            memories = self._memories(people | {one.person for some in likely for one in some})
            self._populations.look_at(people)
            if work.feed.has_days:
                found = self._histories(judge, memories, people, list(zip(rows, likely, strict=True)))
            else:
                new = self._staged.proposals.new_people
                found = [
                    judge.judge(row, memories, some, self._missed, new) for row, some in zip(rows, likely, strict=True)
                ]
            self._merged.look_at(change for one in found for change in one.judgement.asked)
            for one in found:
                self._take(one)
            done += len(rows)
            work.progress.count(f"{work.feed.name}: rows judged", done, of)

    def _histories(
        self,
        judge: Judge,
        memories: Mapping[int, Memory],
        people: set[int],
        rows: Sequence[tuple[Row, Sequence[Candidate]]],
    ) -> list[JudgedRow]:
        """Judge the rows of whole keys together, whose rows are histories."""
        with reading(self._work.world.database) as tx:
            steps = steps_of(tx, people)
        histories = Histories(
            judge, self._today, memories, steps, gone_days(self._work.session, people), self._missed,
            self._staged.proposals.new_people,
        )  # fmt: skip
        found = list[JudgedRow]()
        for _, some in groupby(rows, key=lambda one: judge.columns.key_of(one[0])):
            theirs = list(some)
            found += histories.judge_key([row for row, _ in theirs], theirs[0][1])
        return found

    def _hears(self) -> Callable[[Mapping[str, int], ReadValue], Voices]:
        """Give what makes the voices of this read, once it is known where its columns stand."""
        with reading(self._work.world.database) as tx:
            answers, hidden = value_answers(tx), active_overrides(tx, self._today)
        source, others = self._work.feed.source.name, self._others
        return lambda at, read: Voices(at, source, others.whose, others.saying, answers, hidden, read)

    def _take(self, found: JudgedRow) -> None:
        """Count a judged row and propose what it asks for."""
        result, staged = self._merged.told(found.judgement), self._staged
        self._work.report.counters[result.standing.value] += 1
        self._work.report.problems.extend(found.problems)
        if found.newcomer is not None and found.person is not None:
            staged.proposals.keep_stranger(person_told(found.person, found.newcomer.values), found.newcomer.key)
        if result.standing is Standing.ERRORS:
            staged.unsure.update([found.person] if found.person and not result.asked else [])
            staged.bad_keys.update([found.key] if found.key else [])
        staged.judged.update([found.person] if found.person else [])
        self._outside += found.is_outside
        if result.is_old:
            self._old.append((found.row, found.place))
        for question in (*found.disputes, *([result.conflict] if result.conflict else [])):
            staged.proposals.question(question)
        if result.already_left:
            self._work.report.problems.append(_already_left(found))
        staged.agreed.extend(result.agreed)
        staged.caught_up.extend(found.caught_up)
        self._propose(result.asked, result.suppressed)

    def _propose(self, asked: Sequence[Change], suppressed: Sequence[Change]) -> None:
        self._staged.asked.update(change.person for change in asked)
        for change in asked:
            if change.kind is Kind.ADD and change.person not in self._with_posts:
                self._adding.add(change.person)
            else:
                self._changing.add(change.person)
                for name in self._limited.keys() & change.after.keys() if self._limited else ():
                    self._limited[name].add(change.person)
            if change.kind is Kind.RESCISSION or (change.kind is Kind.TERMINATION and ends(change.after)):
                self._ending[change.person, change.engagement] = change.ending or Ending.SOURCE
        self._staged.proposals.ask((*asked, *suppressed))

    def _people_ending(self) -> dict[int, Ending]:
        """Give who would end, each once; not of whom another post goes on."""
        by_person = {person: ending for (person, _), ending in self._ending.items()}
        left = population.going_on(self._work.session, by_person) if by_person else []
        people = ended_people(self._ending, ((int(str(person)), str(post)) for person, post in left))
        return {person: ending for person, ending in by_person.items() if person in people}

    def _absences(self) -> None:
        """Propose the end of whom a complete full read does not have; say so where the read cannot tell."""
        read, work = self._read, self._work
        if not read.is_full:
            return
        unreadable = unreadable_keys(work, read)
        if not read.is_complete:
            self._cannot_tell("the read does not prove that it is complete")
            return
        if None in unreadable or len(unreadable) < read.rejected:
            self._cannot_tell("it has rows that cannot be read")
            return
        known = tuple(key for key in unreadable if key is not None)
        protected = work.feed.protected
        count = population.find_absent(
            work.session, self._today, protected=protected, unreadable=known, old=self._old,
            has_posts=work.feed.mapping.engagement is not None, elsewhere=self._populations.others,
        )  # fmt: skip
        if count and population.keyless_count(work.session):
            self._cannot_tell("it has rows without a key, which may be anybody's")
            return
        self._staged.speaks_of_all = True
        if not work.feed.owns_roster:
            return
        rows = list(population.absent_rows(work.session))
        self._populations.look_at({int(str(row[0])) for row in rows})
        rows = [row for row in rows if not self._populations.is_elsewhere(int(str(row[0])), str(row[1]))]
        found = ask_for(work, {str(row[1]) for row in rows if row[3]})
        work.report.problems.extend(found.problems)
        rows = [row for row in rows if str(row[1]) not in found.keys]
        work.report.counters["absent"] = len({row[0] for row in rows if row[3]})
        memories = self._memories({int(str(row[0])) for row in rows})
        gone = [absent(row, work.feed, memory_of(memories, int(str(row[0])), str(row[2])), self._today) for row in rows]
        self._merged.look_at(change for _, result in gone for change in result.asked)
        for person, result in gone:
            self._staged.judged.add(person)
            self._propose(self._merged.told(result).asked, result.suppressed)

    def _cannot_tell(self, why: str) -> None:
        message = f"nobody counts as missing from this read: {why}"
        self._work.report.problems.append(Problem(None, "absence_unknown", message, Severity.WARNING))

    def _memories(self, people: set[int]) -> dict[int, Memory]:
        if not people:
            return {}
        with reading(self._work.world.database) as tx:
            rejections = rejections_of(tx, people)
            settled: dict[int, list[Change]] = {}
            for change in redated_changes(tx, self._work.feed.name, people):
                settled.setdefault(change.person, []).append(change)
        return {
            person: Memory(rejections.get(person, ()), tuple(settled.get(person, ())))
            for person in rejections.keys() | settled.keys()
        }


def _already_left(found: JudgedRow) -> Problem:
    message = f"{found.key} had left before anybody here knew them: not proposed"
    return Problem(found.row, "already_left", message, Severity.WARNING, found.place, found.key)
