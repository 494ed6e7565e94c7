"""The same as processes of their own: killed, told to stop, hanging, two at once."""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.conftest import MACHINE
from tests.daemon.operated import AT_MOST, Operated, ended, told_to_stop, until_said
from tests.faults.sigkill import killed_at
from tests.scenarios.world import Document
from tests.servers import PostgresServer, free_port, listens, postgres_of

GO = "go.txt"


@pytest.fixture
def due(world: Operated) -> Operated:
    """A job waits, by the machine's clock, and the source hangs after its first page."""
    world.now_really()
    world.later(hours=-1)
    world.tick()
    world.now_really()
    world.tick()
    world.script_is(waits_for=GO)
    return world


def until(is_so: Callable[[], bool], else_: str) -> None:
    """Wait until something is so."""
    for _ in range(AT_MOST * 20):
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError(else_)


def until_it_reads(world: Operated) -> None:
    """Wait until a process is in the midst of a run."""
    until((world.folder / "go.waited").exists, "no process began to read")


def test_a_worker_killed_in_the_midst_of_a_run_is_taken_over_after_its_lease(
    due: Operated, never_broken: Callable[[Callable[[Operated], object]], Document]
) -> None:
    """SIGKILL; what it has begun never ends, and nothing is there twice."""
    with due.process("worker") as process:
        until_it_reads(due)
        process.kill()
        assert process.wait(AT_MOST) == -signal.SIGKILL
    due.script_is()
    assert due.jobs() == [("T1", "running")]
    due.now_really()
    assert due.work() == []
    due.clock.lease_ends()
    assert [(one["job"], one["state"], one["run"]) for one in due.work()] == [("T1", "done", "R2")]
    assert (due.outcomes(), due.job()["attempts"]) == (["abandoned", "completed"], 2)
    assert [one["kind"] for one in due.pending()] == ["add"]
    assert due.approve().code == 0
    assert due.everything() == never_broken(Operated.script_is)


@pytest.mark.parametrize("point", ["jobs.enqueue", "jobs.enqueue done", "schedules.move done"])
def test_a_clock_killed_while_it_lets_a_job_wait_is_followed_by_one_that_lets_one_wait(
    world: Operated, point: str
) -> None:
    """SIGKILL; the hour has its one job, as if the first had never looked."""
    world.tick()
    world.later(hours=1)
    killed_at(point, world.clock.instant, world._argv(["clock", "--once"]))
    assert world.jobs() == []
    assert [(one["job"], one["planned"]) for one in world.tick()] == [("T1", "2026-01-05T13:00:00+00:00")]
    assert (world.tick(), world.jobs()) == ([], [("T1", "waiting")])
    assert [one["state"] for one in world.work()] == ["done"]
    assert (world.work(), world.outcomes(), len(world.pending())) == ([], ["completed"], 1)


def test_up_told_to_stop_ends_at_once_where_nothing_is_done(world: Operated) -> None:
    with world.process("up") as process:
        until_said(process, "process.begins")
        code, said = told_to_stop(process)
    assert (code, "up process.ends" in said) == (0, True)


def test_up_told_to_stop_finishes_what_it_does(due: Operated) -> None:
    with due.process("up") as process:
        until_it_reads(due)
        process.send_signal(signal.SIGTERM)
        due.write(GO, "")
        code, said = ended(process)
    assert (code, "job.done job=T1" in said) == (0, True)
    assert (due.jobs(), due.outcomes()) == ([("T1", "done")], ["completed"])


def test_without_time_to_finish_it_gives_back_what_it_does(due: Operated) -> None:
    """At the next page: the run is over, its feed is free, and the job waits for another worker."""
    due.script["page_rows"] = 1
    due.crowds(200, 3)
    due.script_is(waits_for=GO)
    with due.process("up", "--grace", "0") as process:
        until_it_reads(due)
        process.send_signal(signal.SIGTERM)
        until_said(process, "job.stops")
        due.write(GO, "")
        code, said = ended(process)
    assert (code, "job.given_back job=T1" in said) == (0, True)
    due.now_really()
    assert (due.jobs(), due.outcomes()) == ([("T1", "waiting")], ["abandoned"])
    assert [one["run"] for one in due.work()] == ["R2"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_one_that_hangs_is_given_back_from_outside_and_done_as_if_it_had_never_hung(
    due: Operated, never_broken: Callable[[Callable[[Operated], object]], Document]
) -> None:
    """Asked twice, so nothing more is waited for than what every step has."""
    before = due.everything()
    with due.process("worker", "--grace", "600") as process:
        until_it_reads(due)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        code, said = ended(process)
    assert (code, "job.given_back job=T1" in said) == (0, True)
    assert (due.jobs(), due.everything()) == ([("T1", "waiting")], before)
    due.script_is()
    due.now_really()
    due.clock.lease_ends()
    assert [(one["job"], one["state"]) for one in due.work()] == [("T1", "done")]
    assert (due.outcomes(), due.approve().code) == (["abandoned", "completed"], 0)
    assert due.everything() == never_broken(Operated.script_is)


def test_two_clocks_and_two_workers_do_everything_once(due: Operated) -> None:
    due.write(GO, "")
    with ExitStack() as stack:
        processes = [stack.enter_context(due.process(name)) for name in ("clock", "clock", "worker", "worker")]
        said = [until_said(process, "process.begins") for process in processes]
        until_it_reads(due)
        said += [told_to_stop(process)[1] for process in processes]
    assert sum("job.taken job=T1" in one for one in said) == 1
    assert (due.jobs(), due.outcomes()) == ([("T1", "done")], ["completed"])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_second_up_on_one_file_is_refused(world: Operated) -> None:
    with world.process("up") as process:
        until_said(process, "process.begins")
        assert world.do("up", "--once").error["code"] == "refused"
        assert told_to_stop(process)[0] == 0
    assert world.do("up", "--once").code == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["up", "web"])
def test_the_pages_of_a_process_that_was_killed_end_with_it(world: Operated, command: str) -> None:
    """SIGKILL leaves no server behind that would answer, and hold the port against the next one."""
    world.settings["log_in"] = {"address": "http://127.0.0.1"}
    world.save()
    port = free_port()
    with world.process(command, "--bind", f"127.0.0.1:{port}") as process:
        until(lambda: listens(port), "the pages are not served")
        process.send_signal(signal.SIGKILL)
        assert process.wait(AT_MOST) == -signal.SIGKILL
        until(lambda: not listens(port), "the server of the killed process still has the port")


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_up_outlives_a_restart_of_postgresql(
    world: Operated, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was idle; what is asked for afterwards is done. The server is one of its own, as others use the tests'."""
    with tempfile.TemporaryDirectory(prefix="syncd-pg-") as made, ExitStack() as stack:
        with postgres_of(MACHINE, Path(made)) as server:
            url = make_url(server.create_database("restarted"))
            monkeypatch.setenv("SYNCD_DATABASE_URL", url.render_as_string(hide_password=False))
            process = stack.enter_context(world.process("up"))
            until_said(process, "process.begins")
            assert world.jobs() == []
        until_said(process, "later code=unreachable")
        with postgres_of(MACHINE, Path(made), url.port):
            assert world.do("run", "--by-worker").code == 0
            until_said(process, "job.done job=T1")
            assert told_to_stop(process)[0] == 0
