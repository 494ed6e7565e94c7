"""Judge the rows of a feed whose rows are histories: those of one key together, in the order of their days."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path

from domain.judge import NOTHING, Judgement, Memory, Standing
from domain.past import History, JudgedHistory
from domain.posts import two_primary, without_single
from domain.problem import Problem, Severity
from domain.record import Candidate, Conflict, Known, MappedRecord
from domain.step import Step
from engine import days as engine
from engine.session import Row, Session
from store.database import reading
from store.history import Engagement, filed_days
from syncd.changes.judging import Judge, JudgedRow, Opened, memory_of
from syncd.changes.voices import Said
from syncd.configuration.settings import FeedSettings
from syncd.world import World


def load_filed_days(
    world: World, feed: FeedSettings, session: Session, scratch: Path, unread: Collection[str] | None = ()
) -> None:
    """Tell the engine which days a feed's rows were decided for.

    None of them where the read does not say which days there are no longer; `unread` are keys of rows not to be read.
    """
    path = scratch / "filed_days.csv"
    with reading(world.database) as tx, path.open("w", encoding="utf-8", newline="") as file:
        days = filed_days(tx, feed.name) if unread is not None else ()
        csv.writer(file, lineterminator="\n").writerows(days)
    engine.load_filed_days(session, path, unread or ())


def whole_keys(judge: Judge, batches: Iterable[Sequence[Row]]) -> Iterator[list[Row]]:
    """Give batches of rows, sorted by key, cut between two keys."""
    left: list[Row] = []
    for batch in batches:
        rows = [*left, *batch]
        last = judge.columns.key_of(rows[-1])
        left = [row for row in rows if judge.columns.key_of(row) == last]
        if len(left) < len(rows):
            yield rows[: len(rows) - len(left)]
    if left:
        yield left


@dataclass(frozen=True, slots=True)
class Histories:
    """Judges some of the keys of a read.

    memories, steps, gone  what was decided before of the people that they may be about, what is known of their posts,
                           and which days of these are sent no longer
    """

    judge: Judge
    today: date
    memories: Mapping[int, Memory]
    steps: Mapping[Engagement, Sequence[Step]]
    gone: Mapping[Engagement, Sequence[date]]
    missed: frozenset[str]
    new_person: Callable[[], int]

    def judge_key(self, rows: Sequence[Row], candidates: Sequence[Candidate]) -> list[JudgedRow]:
        """Judge the rows of one key."""
        done: list[JudgedRow] = []
        opened: list[Opened] = []
        for row in rows:
            found = self._opened(row, rows, candidates)
            if isinstance(found, Opened):
                opened.append(found)
            else:
                done.append(found)
        if not opened:
            return done
        now = [row for row in rows if row[self._at["_is_now"]]]
        if opened[0].person is None:
            return [*done, *self._of_nobody_linked(opened, candidates, now)]
        return [*done, *(one for some in _by_post(opened, self.today) for one in self._of_post(list(some), now))]

    def _opened(self, row: Row, rows: Sequence[Row], candidates: Sequence[Candidate]) -> JudgedRow | Opened:
        """Open a row; one of a day that is deleted, without a day, or out of scope and not in force, says nothing."""
        columns, at = self.judge.columns, self._at
        number, place = columns.place_of(row)
        key, has_day = columns.key_of(row), row[at["_effective"]] is not None
        quiet = JudgedRow(Judgement(Standing.UNCHANGED), number, place, key, columns.person_of(row))
        if row[at["_op"]] == "delete" and has_day:
            return quiet
        if not row[at["_in_scope"]] and not row[at["_is_now"]] and key is not None:
            return replace(quiet, judgement=Judgement(Standing.EXCLUDED))
        found = self.judge.opened(row, self.memories, candidates, self.missed)
        if isinstance(found, JudgedRow) or has_day or not self._is_told(row, rows):
            return found
        message = f"{key} does not say from which day it holds, and other rows say what was so: add it in the source"
        told = Problem(number, "no_day", message, Severity.ERROR, place, key, "effective")
        return replace(found.come_to(Judgement(Standing.ERRORS)), problems=(told,))

    def _is_told(self, row: Row, rows: Sequence[Row]) -> bool:
        """Tell whether other rows of a post say what is so today, so that one without a day may be of any."""
        at, today, place = self._at, self.today.isoformat(), self.judge.columns.place_of(row)
        others = (
            one for one in rows if one[at["_engagement"]] == row[at["_engagement"]] and one[at["_op"]] != "delete"
        )
        return any(
            str(one[at["_effective"]] or "") <= today for one in others if self.judge.columns.place_of(one) != place
        )

    @property
    def _at(self) -> Mapping[str, int]:
        return self.judge.columns.at

    def _of_nobody_linked(
        self, opened: Sequence[Opened], candidates: Sequence[Candidate], now: Sequence[Row]
    ) -> list[JudgedRow]:
        """Judge a record of whom nobody knows who it is: its newest row says it for all of them."""
        newest = opened[-1]
        who, _ = self.judge.who_is(newest.record, candidates, self.new_person)
        if not isinstance(who, int):
            result = self.judge.matched(newest.record, who, self.memories)
            quiet = replace(result, asked=(), suppressed=(), conflict=None)
            return [one.come_to(result if one is newest else quiet) for one in opened]
        theirs = [replace(one, person=who) for one in opened]
        found = [row for some in _by_post(theirs, self.today) for row in self._of_post(list(some), now)]
        heard = self.judge.heard(newest.row, newest.record, Known(who, newest.record.effective or self.today)).record
        return [replace(found[0], newcomer=heard), *found[1:]]

    def _of_post(self, opened: Sequence[Opened], now: Sequence[Row]) -> list[JudgedRow]:
        """Judge the rows of one post of somebody; `now` are those in force."""
        person, post = opened[0].person or 0, opened[0].record.engagement
        by_place = {(one.record.row, one.record.place): one for one in opened}
        said: dict[tuple[int, str], Said] = {}
        rivals: dict[tuple[int, str], Conflict] = {}

        def hear(record: MappedRecord, known: Known) -> MappedRecord:
            where = record.row, record.place
            if record.rivals:
                rivals[where] = two_primary(record, known)
                record = without_single(record)
            said[where] = self.judge.heard(by_place[where].row, record, known)
            return said[where].record

        is_in_scope = all(row[self._at["_in_scope"]] for row in now if str(row[self._at["_engagement"]]) == post)
        steps = self.steps.get((person, post), ())
        if not is_in_scope and not steps:
            return [one.come_to(Judgement(Standing.EXCLUDED)) for one in opened]
        history = History(
            person,
            steps,
            self.gone.get((person, post), ()),
            memory_of(self.memories, person, post) if self.memories else NOTHING,
            self.today,
            hear,
            lambda version, record: self.judge.differences(record, version),
            tells_presence=self.judge.brings_roster,
            over=opened[-1].beside.until or date.max,
            is_in_scope=is_in_scope,
        )
        found = history.judge([one.record for one in opened])
        if self.judge.leaves_out(one for result in found.rows for one in result.asked):
            return [one.come_to(Judgement(Standing.EXCLUDED)) for one in opened]
        judged = []
        for nth, (one, result) in enumerate(zip(opened, found.rows, strict=True)):
            where = one.record.row, one.record.place
            told = self.judge.told(
                one,
                self.judge.hinted(replace(result, agreed=found.agreed if nth == 0 else ()), one.record),
                (
                    *([rivals[where]] if where in rivals else []),
                    *(said[where].disputes if where in said and one.row in now else ()),
                ),
                said[where].caught_up if where in said and one.row in now else (),
            )
            judged.append(told)
        judged[0] = replace(judged[0], problems=(*judged[0].problems, *_warnings(opened[0], found)))
        return judged


def _by_post(opened: Iterable[Opened], today: date) -> Iterator[Iterator[Opened]]:
    in_order = sorted(opened, key=lambda one: (one.record.engagement, one.record.effective or today))
    for _, some in groupby(in_order, key=lambda one: one.record.engagement):
        yield some


def _warnings(opened: Opened, found: JudgedHistory) -> Iterator[Problem]:
    """Say what of a history counts for nothing."""
    key, person = opened.record.key, opened.person
    if (early := found.too_early) is not None:
        message = (
            f"{key} holds from {early.effective}, before the start of P{person}, and counts from there alone: "
            "where they began earlier, map `hire_date`, or correct the start"
        )
        yield Problem(early.row, "before_start", message, Severity.WARNING, early.place, key, "effective")
    if (day := found.lost) is not None:
        message = (
            f"{key} no longer holds from {day}, when P{person} began, and holds from another day: "
            "map `hire_date`, or correct the start"
        )
        yield Problem(opened.record.row, "start_gone", message, Severity.WARNING, opened.record.place, key, "effective")
