"""A feed that runs by itself: its time comes, a worker runs it, what was missed is made up for or skipped."""

from __future__ import annotations

import getpass
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.errors import LeaseLost
from store.database import writing
from store.jobs import take
from store.runs import RunResult, RunState, begin_run, finish_run
from syncd.daemon.clock import look
from syncd.world import World as SyncdWorld
from syncd.world import open_world
from tests.daemon.operated import Operated


@pytest.fixture
def due(world: Operated) -> Operated:
    """The clock has looked, and an hour later it has let a job wait."""
    world.tick()
    world.later(hours=1)
    assert [one["job"] for one in world.tick()] == ["T1"]
    return world


def test_a_feed_runs_when_its_time_has_come_and_once(world: Operated) -> None:
    assert world.tick() == []
    world.later(minutes=59)
    assert (world.tick(), world.work()) == ([], [])
    world.later(minutes=1)
    planned = {"feed": "people", "planned": "2026-01-05T13:00:00+00:00", "job": "T1", "skipped": False}
    assert world.tick() == [planned]
    assert world.tick() == []
    (done,) = world.work()
    assert (done["job"], done["state"], done["run"], done["outcome"]) == ("T1", "done", "R1", "completed")
    assert (world.work(), world.outcomes()) == ([], ["completed"])
    assert [one["kind"] for one in world.pending()] == ["add"]


def test_what_a_job_came_to_is_listed(due: Operated) -> None:
    due.later(seconds=3)
    due.work()
    job = due.job()
    assert (job["feed"], job["asked_by"], job["planned"], job["run"], job["outcome"]) == (
        "people",
        "clock",
        "2026-01-05T13:00:00+00:00",
        "R1",
        "completed",
    )
    assert (job["begun"], job["ended"]) == ("2026-01-05T13:00:03+00:00", "2026-01-05T13:00:03+00:00")
    assert due.do("jobs", "--state", "waiting").document == []


def test_a_schedule_shows_its_last_run_the_next_three_and_whether_it_is_late(world: Operated) -> None:
    world.feed.update(schedule="daily at 02:30", timezone="Europe/Copenhagen")
    world.save()
    assert (world.schedule()["clock_has_run"], world.schedule()["late"]) == (False, False)
    world.tick()
    world.later(days=1)
    found = world.schedule()
    assert (found["last_run"], found["late"], found["timezone"]) == (None, True, "Europe/Copenhagen")
    assert found["next"] == [f"2026-01-0{day}T02:30:00+01:00" for day in (7, 8, 9)]
    world.tick()
    world.work()
    found = world.schedule()
    assert (found["last_run"], found["last_outcome"], found["late"]) == ("R1", "completed", False)


@pytest.mark.parametrize(("missed", "jobs"), [("catch_up", [("T1", "done")]), ("skip", [])])
def test_what_was_missed_is_made_up_for_once_or_skipped(
    world: Operated, missed: str, jobs: list[tuple[str, str]]
) -> None:
    world.feed["missed"] = missed
    world.save()
    world.tick()
    world.later(days=3, minutes=20)
    (found,) = world.tick()
    assert (found["planned"], found["skipped"]) == ("2026-01-08T12:00:00+00:00", missed == "skip")
    world.work()
    assert (world.jobs(), world.schedule()["late"]) == (jobs, False)
    assert world.tick() == []
    world.later(minutes=40)
    assert [one["skipped"] for one in world.tick()] == [False]


def test_another_schedule_has_missed_nothing(due: Operated) -> None:
    """At one o'clock somebody writes that it runs at nine each morning."""
    due.work()
    due.feed["schedule"] = "daily at 09:00"
    due.save()
    assert (due.tick(), due.schedule()["late"]) == ([], False)
    due.later(hours=20)
    assert [one["planned"] for one in due.tick()] == ["2026-01-06T09:00:00+00:00"]


def test_a_feed_that_takes_longer_than_its_schedule_has_one_job_waiting(due: Operated) -> None:
    """However often its time comes meanwhile."""
    due.later(hours=1)
    assert [one["job"] for one in due.tick()] == [None]
    due.later(hours=1)
    assert [one["job"] for one in due.tick()] == [None]
    assert due.jobs() == [("T1", "waiting")]


def test_clocks_that_look_at_once_let_one_job_wait(world: Operated) -> None:
    world.tick()
    world.later(hours=1)
    opened = open_world(world.folder, None)
    with ThreadPoolExecutor(4) as pool:
        found = [one for several in pool.map(look, [opened] * 4) for one in several]
    opened.database.dispose()
    assert [one.job for one in found] == [1]


def test_tables_are_run_before_people_and_people_before_their_facts(world: Operated) -> None:
    world.write("mappings/table.yaml", "key: id\nfields: {region: id}\n")
    tables = {"source": "crm", "into": "tables", "table": "regions", "mapping": "mappings/table.yaml"}
    world.settings["feeds"]["regions"] = {**tables, "schedule": "hourly"}
    world.save()
    world.tick()
    world.later(hours=1)
    assert [one["feed"] for one in world.tick()] == ["regions", "people"]


def test_a_feed_that_is_run_by_hand_just_now_is_run_again_later(due: Operated) -> None:
    opened = open_world(due.folder, None)
    with writing(opened.database) as tx:
        now = due.clock.instant
        lease = begin_run(tx, "people", now=now, today=now.date(), dry=False, configuration_hash="c")
    assert lease is not None
    assert due.work() == []
    job = due.job()
    assert (job["state"], job["attempts"]) == ("waiting", 0)
    assert "is being run by another process" in job["message"]
    said = due.call("run", "people")
    assert (said.code, said.error["code"]) == (5, "refused")
    with writing(opened.database) as tx:
        finish_run(tx, lease, RunResult(RunState.COMPLETED), now)
    opened.database.dispose()
    due.later(seconds=10)
    assert [one["run"] for one in due.work()] == ["R2"]


def test_mistakes_in_files_keep_a_job_waiting_until_they_are_put_right(due: Operated) -> None:
    due.write("syncd.yaml", "version: 2\n")
    for command in ("clock", "worker"):
        assert due.do(command, "--once").code == 2
    due.save()
    assert due.jobs() == [("T1", "waiting")]
    due.later(minutes=1)
    assert [one["state"] for one in due.work()] == ["done"]


@pytest.mark.parametrize(
    ("script", "code", "state", "outcome"),
    [
        ({"fail": "TryLater"}, 4, "failed", "failed"),
        ({"columns": ["id"]}, 4, "failed", "failed"),
    ],
)
def test_a_source_that_cannot_be_read_fails_its_job_and_no_other(
    due: Operated, script: dict[str, object], code: int, state: str, outcome: str
) -> None:
    due.script_is(**script)
    said = due.do("worker", "--once")
    assert (said.code, said["jobs"][0]["state"], said["jobs"][0]["outcome"]) == (code, state, outcome)
    assert due.job()["message"]
    due.script_is()
    due.later(hours=1)
    due.tick()
    assert [one["state"] for one in due.work()] == ["done"]


def test_a_source_that_cannot_be_reached_is_tried_again_in_time_and_not_for_ever(due: Operated) -> None:
    """After 2, 10 and 30 minutes, as far as that is before the next hour; what it then reads is what was planned."""
    due.feed["schedule"] = "daily at 01:00"
    due.save()
    due.tick()
    due.later(days=1)
    due.tick()
    due.work()
    due.script_is(fail="TryLater")
    due.later(days=1)
    due.tick()
    tried, minutes = [], 0
    for step in (0, 1, 1, 9, 1, 29, 1, 20):
        due.later(minutes=step)
        minutes += step
        tried += [minutes for one in due.work() if one["state"] == "failed"]
    assert tried == [0, 2, 12, 42]
    assert "waiting" not in dict(due.jobs()).values()
    due.later(days=1)
    due.tick()
    assert [one["state"] for one in due.work()] == ["failed"]
    due.script_is()
    due.later(minutes=2)
    assert [one["state"] for one in due.work()] == ["done"]
    due.later(hours=1)
    assert due.work() == []


def test_a_run_that_somebody_asks_for_does_not_wait_until_it_is_tried_again(due: Operated) -> None:
    due.script_is(fail="TryLater")
    due.work()
    assert due.job()["state"] == "waiting"
    assert due.work() == []
    due.script_is()
    due.do("run", "people", "--by-worker")
    assert [one["state"] for one in due.work()] == ["done"]


def test_a_source_that_answers_garbage_or_refuses_us_is_not_tried_again(due: Operated) -> None:
    """Trying helps nobody: somebody has to look."""
    due.script_is(columns=["id"])
    due.work()
    assert "waiting" not in dict(due.jobs()).values()
    due.later(hours=1)
    due.script_is(fail="FixAccess")
    due.tick()
    due.work()
    assert "waiting" not in dict(due.jobs()).values()


def test_a_feed_that_is_gone_fails_its_job_and_says_so(due: Operated) -> None:
    due.settings["feeds"]["others"] = due.settings["feeds"].pop("people")
    due.save()
    assert [one["state"] for one in due.work()] == ["failed"]
    assert due.job()["message"].startswith("there is no feed 'people'")


def test_a_fault_of_ours_is_told_by_its_kind_and_place_and_the_worker_goes_on(
    due: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_given: object, **_named: object) -> None:
        raise ValueError("E00001 Ann earns 100")

    monkeypatch.setattr("syncd.daemon.doing.sync", faulty)
    said = due.do("worker", "--once")
    assert (said.code, said["jobs"][0]["outcome"]) == (70, "fault")
    assert due.job()["message"].startswith("ValueError at test_by_itself.py:")
    assert "Ann" not in due.log


def test_what_is_logged_are_names_and_numbers_never_values(due: Operated) -> None:
    due.crowds(150, 3)
    due.says(200, "00002", name="Zaphod Beeblebrox", hired="soon")
    due.script_is()
    assert due.do("worker", "--once").code == 1
    taken, done = due.log.splitlines()
    assert taken == "2026-01-05T13:00:00Z worker job.taken job=T1 feed=people"
    assert done.startswith("2026-01-05T13:00:00Z worker job.done job=T1 feed=people run=R1 outcome=completed_with_err")


def test_what_is_not_scheduled_runs_by_hand_alone(world: Operated) -> None:
    del world.feed["schedule"]
    world.save()
    world.tick()
    world.later(days=9)
    assert (world.tick(), world.do("schedules").document) == ([], [])


def test_a_person_asks_for_a_run_now(world: Operated) -> None:
    """Twice asked is once done, and it is told who asked."""
    asked = [world.do("run", "people", "--by-worker")["jobs"] for _ in range(2)]
    assert asked == [[{"feed": "people", "job": "T1"}], [{"feed": "people", "job": None}]]
    assert world.do("run", "--by-worker", "--dry-run").code == 2
    assert [one["outcome"] for one in world.work()] == ["completed"]
    assert world.job()["asked_by"] == getpass.getuser()


def test_up_once_is_a_look_and_what_it_brings(world: Operated) -> None:
    world.tick()
    world.later(hours=1)
    said = world.do("up", "--once")
    assert (said.code, [one["job"] for one in said["planned"]], len(said["jobs"])) == (0, ["T1"], 1)


def test_j02_a_job_that_is_delivered_twice_is_done_once(due: Operated) -> None:
    """A second message, or a second worker, finds nothing to take."""
    first, second = due.work(), due.work()
    assert ([one["state"] for one in first], second) == (["done"], [])
    assert (due.outcomes(), due.jobs()) == (["completed"], [("T1", "done")])


def test_j03_a_job_that_is_done_stays_so_whatever_a_queue_says_of_it_later(due: Operated) -> None:
    due.work()
    kept = due.kept()
    due.clock.lease_ends()
    assert due.work() == []
    assert (due.kept(), due.jobs(), due.outcomes()) == (kept, [("T1", "done")], ["completed"])


def test_a_worker_that_was_taken_over_writes_nothing_of_its_job(due: Operated, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was paused for so long that another one took the job meanwhile."""

    def paused(world: SyncdWorld, *_given: object, **_named: object) -> None:
        due.clock.lease_ends()
        with writing(world.database) as tx:
            assert take(tx, "another", world.now()) is not None
        raise LeaseLost("R1 was taken over by another process")

    monkeypatch.setattr("syncd.daemon.doing.sync", paused)
    due.do("worker", "--once")
    assert "job.lost job=T1" in due.log
    assert (due.job()["state"], due.job()["worker"], due.job()["message"]) == ("running", "another", None)


@pytest.mark.parametrize(
    ("logs_in", "asked", "served"), [(True, (), True), (True, ("--no-pages",), False), (False, (), False)]
)
def test_up_serves_the_pages_where_people_log_in_unless_told_not_to(
    world: Operated, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], *, logs_in: bool, served: bool
) -> None:
    if logs_in:
        world.settings["log_in"] = {"address": "http://127.0.0.1"}
        world.save()
    begun: list[str] = []
    monkeypatch.setattr(
        "syncd.commands.daemon.run_parts", lambda parts, *_: begun.extend(type(one).__name__ for one in parts)
    )
    assert world.do("up", *asked).code == 0
    assert begun == ["Clock", "Worker", "Outgoing", *(["Pages"] if served else [])]
