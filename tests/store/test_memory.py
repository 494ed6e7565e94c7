"""What else is remembered: noes, questions, problems and quarantine, segments and cursors, copies."""

from dataclasses import asdict, replace
from datetime import date

import pytest
from sqlalchemy import text

from domain.attributes import PERSONAL
from domain.change import Difference, Ending, Kind, State
from domain.problem import Problem, Severity
from domain.record import Candidate, Conflict
from domain.rejection import Rejection, Scope
from store.changes import insert_changes, settle
from store.conflicts import (
    ConflictState,
    close_conflicts,
    conflict_digest,
    conflicts,
    insert_conflicts,
    see_conflicts,
)
from store.database import reading, writing
from store.landing import (
    Segment,
    cursor_of,
    keep_configuration,
    last_full_run,
    publish_segments,
    remember_full,
    segments,
)
from store.mirror import Mirror, keep_mirror, mirrors
from store.problems import close_quarantine, insert_problems, open_quarantine, quarantine
from store.rejections import end_rejections, insert_rejections, rejections, rejections_of
from store.runs import RunResult, RunState, finish_run
from tests.store.make import MINUTE, NOW, TODAY, Roster, begun, count, proposed


@pytest.fixture
def refused(engine, roster: Roster) -> tuple[Rejection, Rejection]:
    """A no about Ann until a day and one about Bob for good."""
    ann, bob, _cid = roster.people
    first = Rejection(
        id=1,
        change=1,
        person=ann,
        kind=Kind.ADD,
        scope=Scope.UNTIL,
        values={"employee_id": "E1", "status": "active", "plans": ("a", "b"), "job_code": None},
        by="dana",
        reason="no",
        on=TODAY,
        until=date(2026, 6, 30),
        source_effective=date(2026, 1, 1),
        ending=Ending.ABSENCE,
    )
    second = Rejection(2, 1, bob, Kind.MOVE, Scope.GOOD, {"team": "west"}, "dana", "never", TODAY)
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1)])
        insert_rejections(tx, [first, second], roster.revision)
    return first, second


def test_a_no_comes_back_as_it_was_kept(engine, roster: Roster, refused):
    first, second = refused
    with reading(engine) as tx:
        assert rejections_of(tx, roster.people) == {first.person: (first,), second.person: (second,)}
        kept = tx.execute(text("SELECT fields, personal FROM rejection WHERE id = 1")).one()
        assert kept[1] == '{"employee_id":"E1"}'
        assert not any(name in kept[0] for name in PERSONAL)


def test_an_ended_no_is_listed_only_with_everything(engine, roster: Roster, refused):
    first, _second = refused
    with writing(engine) as tx:
        assert end_rejections(tx, [1], 2, why="forgotten", by="kim") == 1
        assert end_rejections(tx, [1, 2], 3, why="agreed") == 1
        assert rejections(tx) == []
        assert all(one.ended for found in rejections_of(tx, roster.people).values() for one in found)
        one, two = rejections(tx, everything=True)
        assert one.rejection == replace(first, ended=True)
        assert (one.ended_revision, one.ended_why, one.ended_by) == (2, "forgotten", "kim")
        assert (two.ended_revision, two.ended_why, two.ended_by) == (3, "agreed", None)


def test_what_a_no_keeps_back_now_is_counted(engine, roster: Roster, refused):
    from domain.change import Earlier

    earlier = Earlier(2, TODAY, "dana", "never")
    with writing(engine) as tx:
        held_back = [
            proposed(roster, number, state=State.SUPPRESSED, earlier=earlier) for number in (2, 3)
        ]  # fmt: skip
        insert_changes(tx, roster.lease, held_back)
        assert [one.suppressed for one in rejections(tx)] == [0, 0]
        settle(tx, roster.lease, proposing_to=State.PENDING)
        assert [one.suppressed for one in rejections(tx)] == [0, 2]


ASKED = Conflict(
    kind="who",
    question="who is it?",
    source_key="W9",
    row=9,
    place="workers.csv:9",
    person=1,
    candidates=(Candidate(1, "Ann", "email", {"employee_id": "E1", "partner_id": None}),),
    values=(("team", "east"), ("plans", ("a", "b")), ("manager", None)),
)


def test_a_question_comes_back_as_it_was_asked(engine, roster: Roster):
    with writing(engine) as tx:
        insert_conflicts(tx, roster.lease, [(1, ASKED), (2, replace(ASKED, source_key="W10"))])
        see_conflicts(tx, [1], 8)
        first, second = conflicts(tx, feed="workers")
        assert (first.conflict, first.run, first.seen_run) == (ASKED, roster.lease.run, 8)
        assert first.digest == conflict_digest("workers", ASKED) != second.digest
        assert conflicts(tx, feed="sales") == []
        assert [one.id for one in conflicts(tx, ids=[2, 3])] == [2]


def test_a_question_is_closed_once(engine, roster: Roster):
    with writing(engine) as tx:
        insert_conflicts(tx, roster.lease, [(number, ASKED) for number in (1, 2, 3)])
        assert close_conflicts(tx, [1], 2) == 1
        assert close_conflicts(tx, [1, 2], 3) == 1
        assert [one.id for one in conflicts(tx)] == [3]
        first, second, _third = conflicts(tx, state=None)
        assert (first.state, first.revision) == (ConflictState.CLOSED, 2)
        assert (second.state, second.revision) == (ConflictState.CLOSED, 3)


def test_problems_are_kept_in_the_order_they_come(engine, roster: Roster):
    whole = Problem(None, "header", "the header is gone", place="workers.csv")
    row = Problem(
        17, "not_a_date", "write 2026-01-31", Severity.WARNING, "workers.csv:17", "W1", "hire_date", "Hired", "x"
    )  # fmt: skip
    with writing(engine) as tx:
        insert_problems(tx, roster.lease, [whole, row])
        insert_problems(tx, roster.lease, [replace(row, row=18)])
        insert_problems(tx, roster.lease, [])
        kept = [dict(one) for one in tx.execute(text("SELECT * FROM problem ORDER BY run, seq")).mappings()]
    written = [{"run": roster.lease.run, "seq": seq, **asdict(one)} for seq, one in enumerate([whole, row], 1)]
    for one in written:
        one["column_name"] = one.pop("column")
    assert kept == [*written, {**written[1], "seq": 3, "row": 18}]


def test_a_row_is_in_quarantine_once_until_it_comes_right(engine, roster: Roster):
    problem = Problem(17, "not_a_date", "write 2026-01-31", place="workers.csv:17", key="W1")
    without_key = Problem(18, "missing_key", "give it a key", place="workers.csv:18")
    with writing(engine) as tx:
        for _reading in range(2):
            open_quarantine(tx, roster.lease, [problem, without_key])
        entry, other = quarantine(tx, "workers")
        assert (entry.key, entry.code, entry.since_run) == ("W1", "not_a_date", roster.lease.run)
        assert other.key == "workers.csv:18"
        finish_run(tx, roster.lease, RunResult(RunState.COMPLETED), NOW)
        later = begun(tx)
        assert close_quarantine(tx, later, [entry.id]) == 1
        assert close_quarantine(tx, later, [entry.id]) == 0
        assert quarantine(tx) == [other]
        open_quarantine(tx, later, [problem])
        assert [one.since_run for one in quarantine(tx) if one.key == "W1"] == [later.run]
        assert quarantine(tx, "sales") == []


def test_segments_and_the_cursor_move_together(engine, roster: Roster):
    files = [Segment(f"landing/{name}.parquet", name * 64, 10, 999) for name in "ab"]
    with writing(engine) as tx:
        assert cursor_of(tx, "workers") is None
        published = publish_segments(tx, roster.lease, 1, files, cursor="2026-03-01", full_read=True)
        publish_segments(tx, roster.lease, 2, [replace(files[0], path="landing/c.parquet")], cursor=None,
                         full_read=False)  # fmt: skip
        first, second, third = segments(tx, "workers")
        assert [first, second] == published
        run = roster.lease.run
        assert (first.id, first.feed, first.run, first.full_read, first.revision) == (1, "workers", run, True, 1)
        assert [third.path, third.full_read] == ["landing/c.parquet", False]
        assert segments(tx, since=1) == [third]
        assert segments(tx, "sales") == []
        assert cursor_of(tx, "workers") == "2026-03-01"


def test_the_last_full_read_of_a_feed_is_remembered(engine, roster: Roster):
    with writing(engine) as tx:
        assert last_full_run(tx, "workers") is None
        remember_full(tx, roster.lease)
        assert last_full_run(tx, "workers") == roster.lease.run
        assert last_full_run(tx, "sales") is None


def test_each_text_of_a_file_is_kept_once(engine):
    with writing(engine) as tx:
        first = keep_configuration(tx, "syncd.yaml", "version: 1", NOW)
        assert keep_configuration(tx, "syncd.yaml", "version: 1", NOW + MINUTE) == first
        assert keep_configuration(tx, "syncd.yaml", "version: 2", NOW) != first
        assert keep_configuration(tx, "other.yaml", "version: 1", NOW) != first
        assert count(tx, "configuration") == 3


def test_the_newest_copy_of_each_kind_is_known(engine):
    newest = Mirror("people", "mirror/people-2.parquet", 2)
    with writing(engine) as tx:
        keep_mirror(tx, Mirror("people", "mirror/people-1.parquet", 1))
        keep_mirror(tx, newest)
        assert mirrors(tx) == {"people": newest}


def test_a_difference_keeps_what_came_and_what_went(engine, roster: Roster):
    difference = Difference("plans", ("a",), ("b",), ("b",), ("a",))
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1, differences=(difference,))])
        kept = tx.execute(text("SELECT fields FROM change")).scalar_one()
    assert kept == '{"plans":{"before":["a"],"after":["b"],"added":["b"],"removed":["a"]}}'
