"""Leases, takeover and fencing; what runs come to, and what unfinished ones leave behind."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import Connection, Engine, text

from domain.change import State
from domain.errors import LeaseLost, Refused
from domain.hold import PastRead
from store import landing, problems
from store.changes import ChangeFilter, changes, insert_changes, settle
from store.conflicts import insert_conflicts
from store.database import reading, writing
from store.erasing import ask
from store.head import allocate, take_revision
from store.mirror import Mirror, keep_mirror, mirrors
from store.named import find_person
from store.people import LinkRow, PersonRow, insert_links, insert_people, links_of
from store.runs import (
    LEASE,
    Lease,
    RunResult,
    RunState,
    abandon,
    begin_run,
    check,
    finish_run,
    newest_finished,
    past_reads,
    release_hold,
    renew,
    run_of,
    runs,
    sweep_unfinished,
)
from store.users import insert_user
from tests.store.make import MINUTE, NOW, TODAY, Roster, begun, count, proposed

DONE = RunResult(RunState.COMPLETED)


def test_a_second_run_of_a_feed_waits_for_the_first(engine):
    with writing(engine) as tx:
        first = begun(tx)
        assert _begin(tx, NOW + MINUTE / 2) is None
        assert begin_run(tx, "sales", now=NOW, today=TODAY, dry=False, configuration_hash="c0") is not None
        finish_run(tx, first, DONE, NOW)
        assert _begin(tx, NOW) is not None


def test_of_two_processes_that_begin_at_once_one_does(engine: Engine):
    def start(_number: int) -> Lease | None:
        with writing(engine) as tx:
            return _begin(tx, NOW)

    with ThreadPoolExecutor(4) as pool:
        leases = list(pool.map(start, range(4)))
    assert len([lease for lease in leases if lease]) == 1


def test_a_dry_run_hinders_nobody_and_is_hindered_by_nobody(engine):
    with writing(engine) as tx:
        leases = [begun(tx), begun(tx, dry=True), begun(tx, dry=True)]
        for lease in leases:
            check(tx, lease)


def test_an_expired_run_is_taken_over_with_a_higher_token(engine):
    with writing(engine) as tx:
        first = begun(tx)
        assert _begin(tx, NOW + LEASE - MINUTE / 60) is None
        second = _begin(tx, NOW + LEASE)
        assert second is not None
        assert second.token > first.token
        abandoned = run_of(tx, first.run)
        assert abandoned is not None
        assert (abandoned.state, abandoned.finished_at) == (RunState.ABANDONED, NOW + LEASE)


def test_a_heartbeat_keeps_a_run(engine):
    with writing(engine) as tx:
        lease = begun(tx)
        renew(tx, lease, NOW + MINUTE / 2)
        assert _begin(tx, NOW + LEASE) is None


def test_a_run_that_slept_and_was_not_missed_goes_on(engine):
    with writing(engine) as tx:
        lease = begun(tx)
        renew(tx, lease, NOW + 10 * MINUTE)
        check(tx, lease)


def _writes(roster: Roster) -> list[Callable[[Connection], object]]:
    """Everything that a run may write."""
    lease = roster.lease
    segment = landing.Segment("landing/1.parquet", "00", 1, 1)
    return [
        lambda tx: renew(tx, lease, NOW),
        lambda tx: check(tx, lease),
        lambda tx: finish_run(tx, lease, DONE, NOW),
        lambda tx: abandon(tx, lease, "gone", NOW),
        lambda tx: insert_people(tx, lease, [PersonRow(9, "employee")], 1),
        lambda tx: insert_links(tx, lease, [LinkRow("hr", "W9", 1, "match")], 1),
        lambda tx: insert_changes(tx, lease, [proposed(roster, 1)]),
        lambda tx: settle(tx, lease, proposing_to=State.PENDING),
        lambda tx: insert_conflicts(tx, lease, []),
        lambda tx: problems.insert_problems(tx, lease, []),
        lambda tx: problems.open_quarantine(tx, lease, []),
        lambda tx: problems.close_quarantine(tx, lease, []),
        lambda tx: landing.publish_segments(tx, lease, 1, [segment], cursor="c", full_read=True),
        lambda tx: landing.remember_full(tx, lease),
    ]


def test_a_run_that_was_taken_over_writes_nothing_more(engine, roster: Roster):  # J06
    with writing(engine) as tx:
        assert _begin(tx, NOW + LEASE) is not None
    for act in _writes(roster):
        with pytest.raises(LeaseLost, match=f"R{roster.lease.run} of workers"), writing(engine) as tx:
            act(tx)


def test_a_takeover_waits_for_the_write_that_has_begun(url, engine: Engine, roster: Roster):  # J06
    """The write that was checked before the takeover commits before it, never after."""
    order: list[str] = []

    def take_over() -> None:
        with writing(engine) as tx:
            assert _begin(tx, NOW + LEASE) is not None
            seen = tx.execute(text("SELECT count(*) FROM change")).scalar_one()
            order.append(f"taken over after {seen} change")

    with ThreadPoolExecutor(1) as pool:
        with writing(engine) as tx:
            insert_changes(tx, roster.lease, [proposed(roster, 1)])
            other = pool.submit(take_over)
            with pytest.raises(TimeoutError):
                other.result(timeout=0.2)
            order.append("written")
        other.result()
    assert order == ["written", "taken over after 1 change"]


def test_a_finished_run_tells_all_that_it_came_to(engine, roster: Roster):
    result = RunResult(
        state=RunState.HELD,
        counters={"read": 3, "errors": 1},
        full_read=True,
        complete=True,
        revision=roster.revision,
        mapping_hash="m1",
        hold_reason="endings: 2 of 3",
        hold_digest="d1",
        hold=((1, "no longer sent"), (2, "out of scope")),
        since_run=roster.lease.run,
        message="held",
    )
    with writing(engine) as tx:
        finish_run(tx, roster.lease, result, NOW + MINUTE)
    with reading(engine) as tx:
        record = run_of(tx, roster.lease.run)
        assert record is not None
        for name in RunResult.__dataclass_fields__:
            assert getattr(record, name) == getattr(result, name), name
        assert (record.today, record.started_at, record.finished_at) == (TODAY, NOW, NOW + MINUTE)
        assert (record.configuration_hash, record.dry, record.released_at) == ("c0", False, None)
        assert runs(tx) == runs(tx, "workers") == [record]
        read = PastRead(record.id, "workers", True, False, True, "d1", record.id)
        assert past_reads(tx) == past_reads(tx, "workers") == [read]
        assert (runs(tx, "sales"), past_reads(tx, "sales")) == ([], [])
        assert run_of(tx, 99) is None


def test_only_a_completed_real_run_is_the_newest_finished(engine):
    with writing(engine) as tx:
        found = {}
        for state in (*(state for state in RunState if state is not RunState.RUNNING), RunState.FAILED):
            lease = begun(tx)
            finish_run(tx, lease, RunResult(state), NOW)
            found[state] = lease.run
        dry = begun(tx, dry=True)
        finish_run(tx, dry, DONE, NOW)
        assert [(one.run, one.is_held, one.is_whole) for one in past_reads(tx)] == [
            (found[RunState.COMPLETED], False, False),
            (found[RunState.COMPLETED_WITH_ERRORS], False, False),
            (found[RunState.HELD], True, False),
        ]
        newest = newest_finished(tx, "workers")
        assert newest is not None
        assert newest.id == found[RunState.COMPLETED_WITH_ERRORS]
        assert newest_finished(tx, "sales") is None


def test_a_released_run_lets_its_changes_be_decided_once(engine, roster: Roster):
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1), proposed(roster, 2)])
        settle(tx, roster.lease, proposing_to=State.HELD)
        finish_run(tx, roster.lease, RunResult(RunState.HELD, hold_reason="endings"), NOW)
        assert release_hold(tx, roster.lease.run, "dana", "they left", NOW) == 2
        assert {change.state for change in changes(tx, ChangeFilter())} == {State.PENDING}
        assert [(one.is_held, one.is_released) for one in past_reads(tx)] == [(True, True)]
        record = run_of(tx, roster.lease.run)
        assert record is not None
        assert (record.released_at, record.released_by, record.released_reason) == (NOW, "dana", "they left")
        for run in (roster.lease.run, 99):
            with pytest.raises(Refused, match="is not held"):
                release_hold(tx, run, "dana", "again", NOW)


@pytest.mark.parametrize("ended", ["failed", "abandoned", "expired", "dry"])
def test_an_unfinished_run_leaves_nothing_behind(engine, ended):
    with writing(engine) as tx:
        lease = begun(tx, dry=ended == "dry")
        _name_somebody(tx, lease)
        keep_mirror(tx, Mirror("people", "mirror/people.parquet", 1))
    with writing(engine) as tx:
        if ended == "expired":
            assert _begin(tx, NOW + LEASE) is not None
        elif ended == "abandoned":
            abandon(tx, lease, "disk full", NOW)
        else:
            finish_run(tx, lease, RunResult(RunState.FAILED if ended == "failed" else RunState.COMPLETED), NOW)
        sweep_unfinished(tx, "workers")
        assert [count(tx, table) for table in ("change", "person", "link", "mirror")] == [0, 0, 0, 0]


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.COMPLETED_WITH_ERRORS, RunState.HELD])
def test_a_finished_run_keeps_whom_it_named(engine, state):
    with writing(engine) as tx:
        lease = begun(tx)
        _name_somebody(tx, lease)
        keep_mirror(tx, Mirror("people", "mirror/people.parquet", 1))
        settle(tx, lease, proposing_to=State.PENDING)
        finish_run(tx, lease, RunResult(state), NOW)
        sweep_unfinished(tx, "workers")
        assert [count(tx, table) for table in ("change", "person", "link")] == [1, 1, 1]
        assert set(mirrors(tx)) == {"people"}


def test_a_run_under_way_and_other_feeds_are_not_swept(engine):
    with writing(engine) as tx:
        mine, other = begun(tx), begun(tx, "sales")
        _name_somebody(tx, mine)
        abandon(tx, other, "gone", NOW)
        sweep_unfinished(tx, "workers")
        sweep_unfinished(tx, "sales")
        assert [count(tx, table) for table in ("change", "person", "link")] == [1, 1, 1]


def test_somebody_others_refer_to_outlives_the_run_that_named_them(engine):
    """With the link by which that run knew them, or the next one would name them twice."""
    with writing(engine) as tx:
        lease = begun(tx)
        person = _name_somebody(tx, lease)
        other = begun(tx, "sales")
        insert_links(tx, other, [LinkRow("crm", "005X", person, "employee_id")], 1)
        abandon(tx, lease, "gone", NOW)
        sweep_unfinished(tx, "workers")
        assert [row.id for row in find_person(tx, "hr:N1")] == [person]
        assert [row.source for row in links_of(tx, person)] == ["crm", "hr"]


def test_somebody_who_is_a_user_by_now_outlives_the_run_that_named_them(engine):
    with writing(engine) as tx:
        lease = begun(tx)
        person = _name_somebody(tx, lease)
        insert_user(tx, allocate(tx, "user"), "nia", person, NOW)
        abandon(tx, lease, "gone", NOW)
        sweep_unfinished(tx, "workers")
        assert [row.id for row in find_person(tx, "hr:N1")] == [person]


def test_somebody_whose_erasure_is_asked_for_outlives_the_run_that_named_them(engine):
    with writing(engine) as tx:
        lease = begun(tx)
        person = _name_somebody(tx, lease)
        ask(tx, person, "dana", "asked for", 1)
        abandon(tx, lease, "gone", NOW)
        sweep_unfinished(tx, "workers")
        assert [row.id for row in find_person(tx, "hr:N1")] == [person]


def test_a_link_of_an_unfinished_run_to_somebody_known_before_goes(engine, roster: Roster):
    with writing(engine) as tx:
        finish_run(tx, roster.lease, DONE, NOW)
        lease = begun(tx)
        insert_links(tx, lease, [LinkRow("hr", "W77", roster.people[0], "email")], 1)
        abandon(tx, lease, "gone", NOW)
        sweep_unfinished(tx, "workers")
        assert find_person(tx, "hr:W77") == []
        assert len(find_person(tx, "hr:W1")) == 1


def _begin(tx: Connection, now: datetime) -> Lease | None:
    return begin_run(tx, "workers", now=now, today=TODAY, dry=False, configuration_hash="c0")


def _name_somebody(tx: Connection, lease: Lease) -> int:
    revision = take_revision(tx, NOW, "run")
    person = allocate(tx, "person")
    insert_people(tx, lease, [PersonRow(person, "employee", name="Nia")], revision)
    insert_links(tx, lease, [LinkRow("hr", "N1", person, "match")], revision)
    named = proposed(Roster(lease, revision, (person, person, person)), allocate(tx, "change"))
    insert_changes(tx, lease, [named])
    return person
