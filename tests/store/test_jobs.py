"""Jobs: one waits and one runs about each thing; held by a lease, taken over after it, written by nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from domain.errors import LeaseLost
from store.database import database_time, reading, writing
from store.jobs import (
    ATTEMPTS,
    Act,
    HeldJob,
    JobRecord,
    JobResult,
    JobState,
    enqueue,
    finish_job,
    give_back,
    jobs,
    renew_job,
    take,
)
from store.runs import LEASE
from store.schedules import begin_schedule, move_schedule, schedules
from tests.store.make import MINUTE, NOW

DONE = JobResult(JobState.DONE, run=7, outcome="completed")


def ask(tx: Connection, about: str = "people", now: datetime = NOW) -> int | None:
    return enqueue(tx, Act.RUN, about, by="clock", now=now)


def took(tx: Connection, now: datetime = NOW, worker: str = "one") -> HeldJob:
    held = take(tx, worker, now)
    assert held is not None
    return held


def states(tx: Connection) -> list[tuple[int, str]]:
    return [(one.id, one.state.value) for one in jobs(tx)]


def only(tx: Connection) -> JobRecord:
    (found,) = jobs(tx)
    return found


def test_a_job_is_asked_for_taken_and_done(engine: Engine) -> None:
    with writing(engine) as tx:
        assert enqueue(tx, Act.RUN, "people", by="clock", now=NOW, planned=NOW - MINUTE) == 1
        held = took(tx, NOW + MINUTE)
        assert held == HeldJob(1, Act.RUN, "people", 1)
        finish_job(tx, held, DONE, NOW + 2 * MINUTE)
        assert take(tx, "one", NOW + 3 * MINUTE) is None
    with reading(engine) as tx:
        assert only(tx) == JobRecord(
            1, Act.RUN, "people", JobState.DONE, NOW, "clock", NOW - MINUTE, NOW, 1, 1, "one", NOW + MINUTE,
            NOW + MINUTE + LEASE, NOW + 2 * MINUTE, 7, "completed", None,
        )  # fmt: skip


def test_a_planned_job_that_meets_one_that_waits_is_that_one(engine: Engine) -> None:
    with writing(engine) as tx:
        assert enqueue(tx, Act.RUN, "people", by="crm", now=NOW, not_before=NOW + 2 * MINUTE) == 1
        assert enqueue(tx, Act.RUN, "people", by="clock", now=NOW + MINUTE, planned=NOW + MINUTE) is None
        assert enqueue(tx, Act.RUN, "people", by="crm", now=NOW + MINUTE, not_before=NOW + 3 * MINUTE) is None
        assert (only(tx).planned, only(tx).not_before) == (NOW + MINUTE, NOW + MINUTE)
        assert took(tx, NOW + MINUTE).id == 1


def test_of_each_feed_at_most_one_job_waits_and_one_runs(engine: Engine) -> None:
    with writing(engine) as tx:
        assert [ask(tx), ask(tx), ask(tx, "sales")] == [1, None, 2]
        first, second = took(tx), took(tx)
        assert [first.about, second.about] == ["people", "sales"]
        assert [ask(tx), ask(tx)] == [3, None]
        assert take(tx, "two", NOW) is None
        finish_job(tx, first, DONE, NOW)
        assert took(tx).id == 3


def test_the_database_itself_refuses_a_second_one(engine: Engine) -> None:
    """However a program came to write it."""
    from sqlalchemy.exc import IntegrityError

    from store.job_tables import job

    with writing(engine) as tx:
        ask(tx)
        for state in ("waiting", "running"):
            again: dict[str, object] = {
                "act": "run",
                "about": "people",
                "state": state,
                "asked_at": NOW,
                "asked_by": "me",
            }
            again |= {"not_before": NOW, "token": 0, "attempts": 0}
            if state == "running":
                tx.execute(job.insert().values(id=8, **again))
            with pytest.raises(IntegrityError), tx.begin_nested():
                tx.execute(job.insert().values(id=9, **again))


def test_of_many_workers_each_job_is_taken_by_one(engine: Engine) -> None:
    with writing(engine) as tx:
        for number in range(6):
            ask(tx, f"feed{number}")

    def work(worker: int) -> list[int]:
        found = []
        for _ in range(6):
            with writing(engine) as tx:
                held = take(tx, f"worker {worker}", NOW)
            if held:
                found.append(held.id)
        return found

    with ThreadPoolExecutor(4) as pool:
        taken = [number for found in pool.map(work, range(4)) for number in found]
    assert sorted(taken) == [1, 2, 3, 4, 5, 6]


def test_of_many_who_ask_at_once_one_is_heard(engine: Engine) -> None:
    def asks(_number: int) -> int | None:
        with writing(engine) as tx:
            return ask(tx)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(asks, range(4)), key=str) == [1, None, None, None]


def test_a_worker_that_beats_keeps_its_job_and_a_silent_one_loses_it(engine: Engine) -> None:
    with writing(engine) as tx:
        ask(tx)
        first = took(tx)
        renew_job(tx, first, NOW + MINUTE / 2)
        assert take(tx, "two", NOW + LEASE) is None
        second = took(tx, NOW + MINUTE / 2 + LEASE, "two")
        assert (second.id, second.token > first.token) == (first.id, True)
        for write in (
            lambda: renew_job(tx, first, NOW),
            lambda: finish_job(tx, first, DONE, NOW),
            lambda: give_back(tx, first, NOW, NOW, "stopped"),
        ):
            with pytest.raises(LeaseLost, match=r"T1 \(run people\)"):
                write()
        finish_job(tx, second, DONE, NOW)


def test_where_another_waits_a_silent_workers_job_is_merged_with_it(engine: Engine) -> None:
    with writing(engine) as tx:
        ask(tx)
        took(tx)
        ask(tx)
        assert took(tx, NOW + LEASE, "two").id == 2
        assert states(tx) == [(1, "merged"), (2, "running")]
        assert jobs(tx)[0].message == "one was silent past its lease; T2 does it"


def test_a_job_over_which_workers_die_is_given_up(engine: Engine) -> None:
    """It would end every worker there is, one after the other."""
    with writing(engine) as tx:
        ask(tx)
        for attempt in range(ATTEMPTS):
            took(tx, NOW + attempt * LEASE, f"worker {attempt}")
        assert take(tx, "last", NOW + ATTEMPTS * LEASE) is None
        given_up = only(tx)
        assert given_up.state is JobState.FAILED
        assert given_up.message == "3 workers ended over it without a word; the last one was worker 2"
        assert ask(tx) == 2


def test_a_job_given_back_waits_until_its_time_and_that_was_no_attempt(engine: Engine) -> None:
    with writing(engine) as tx:
        ask(tx)
        give_back(tx, took(tx), NOW, NOW + MINUTE, "the feed is being run by hand")
        assert (only(tx).state, only(tx).attempts) == (JobState.WAITING, 0)
        assert take(tx, "two", NOW + MINUTE / 2) is None
        assert took(tx, NOW + MINUTE).token == 2


def test_a_job_given_back_where_another_waits_is_merged_with_it(engine: Engine) -> None:
    with writing(engine) as tx:
        ask(tx)
        held = took(tx)
        ask(tx)
        give_back(tx, held, NOW, NOW, "stopped")
        assert states(tx) == [(1, "merged"), (2, "waiting")]


def test_jobs_are_listed_by_state_the_newest_of_them_oldest_first(engine: Engine) -> None:
    with writing(engine) as tx:
        for name in ("a", "b", "c", "d"):
            ask(tx, name)
        took(tx)
        assert [one.about for one in jobs(tx, limit=2)] == ["c", "d"]
        assert [one.about for one in jobs(tx, (JobState.RUNNING,))] == ["a"]


# --- schedules


def test_a_schedule_is_looked_at_from_when_it_was_first_seen(engine: Engine) -> None:
    with writing(engine) as tx:
        assert begin_schedule(tx, "people", "hourly", NOW).until == NOW
        assert begin_schedule(tx, "people", "hourly", NOW + MINUTE).until == NOW
        move_schedule(tx, "people", NOW + MINUTE, skipped=False)
        found = begin_schedule(tx, "people", "hourly", NOW + 2 * MINUTE)
        assert (found.until, found.skipped) == (NOW + MINUTE, None)


def test_another_schedule_begins_anew(engine: Engine) -> None:
    """Of a time that the new one has and the old one had not, nobody has missed anything."""
    with writing(engine) as tx:
        begin_schedule(tx, "people", "hourly", NOW)
        move_schedule(tx, "people", NOW + MINUTE, skipped=True)
        found = begin_schedule(tx, "people", "daily at 02:00", NOW + 9 * MINUTE)
        assert (found.until, found.skipped) == (NOW + 9 * MINUTE, None)
        assert schedules(tx) == {"people": found}


def test_two_clocks_that_look_at_once_follow_one_another(engine: Engine) -> None:
    def look(_number: int) -> bool:
        with writing(engine) as tx:
            found = begin_schedule(tx, "people", "hourly", NOW)
            if found.until >= NOW + MINUTE:
                return False
            move_schedule(tx, "people", NOW + MINUTE, skipped=False)
            return True

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(look, range(4))) == [False, False, False, True]


def test_a_database_on_this_machine_has_its_clock(engine: Engine) -> None:
    """PostgreSQL says it; SQLite is read by the clock of whoever asks."""
    asked, told = datetime.now(UTC), database_time(engine)
    assert (told is None) is (engine.dialect.name == "sqlite")
    assert told is None or abs(told - asked) < timedelta(seconds=5)
