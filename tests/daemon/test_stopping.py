"""How a process ends: when all is done, when it is asked, when one of its parts meets an error."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import dataclass, field

import pytest

from syncd.daemon.log import fault_of, say
from syncd.daemon.stopping import Stop, run_parts
from tests.store.make import NOW

LONG = 3600.0


@dataclass
class Told:
    """A part that does what a test says, and notes what it was told."""

    error: Exception | None = None
    ends_by_itself: bool = False
    finishes: threading.Event = field(default_factory=threading.Event)
    heard: list[str] = field(default_factory=list)

    def go(self, stop: Stop) -> None:
        if self.error:
            raise self.error
        if not self.ends_by_itself:
            assert stop.waited(LONG)
            self.heard.append("stop")
            self.finishes.wait(LONG)

    def hurry(self) -> None:
        self.heard.append("hurry")
        self.finishes.set()

    def leave(self) -> None:
        self.heard.append("leave")


def nothing() -> None:
    """Nobody waits for a message here."""


def asked(*signals: int) -> None:
    """Have signals come as soon as the process can be asked."""
    for number in signals:
        os.kill(os.getpid(), number)


def test_what_nohup_keeps_from_it_does_not_end_it() -> None:
    """A terminal that is closed is no reason to end where whoever began it said so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        held: list[object] = []
        run_parts([Told(ends_by_itself=True)], lambda: held.append(signal.getsignal(signal.SIGHUP)), nothing, LONG)
        assert held == [signal.SIG_IGN]
    finally:
        signal.signal(signal.SIGHUP, before)


def test_it_ends_when_all_is_done_and_tells_nobody_to() -> None:
    parts = [Told(ends_by_itself=True), Told(ends_by_itself=True)]
    run_parts(parts, nothing, nothing, LONG)
    assert [one.heard for one in parts] == [[], []]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_it_lets_every_part_finish(number: int) -> None:
    parts = [Told(), Told()]
    for one in parts:
        one.finishes.set()
    run_parts(parts, lambda: asked(number), nothing, LONG)
    assert [one.heard for one in parts] == [["stop"], ["stop"]]


def test_what_does_not_finish_in_its_time_is_hurried() -> None:
    part = Told()
    run_parts([part], lambda: asked(signal.SIGTERM), nothing, 0)
    assert sorted(part.heard) == ["hurry", "stop"]


def test_asked_twice_it_does_not_wait_for_the_grace() -> None:
    part = Told()
    run_parts([part], lambda: asked(signal.SIGTERM, signal.SIGINT), nothing, LONG)
    assert "hurry" in part.heard


def test_an_error_of_one_part_ends_the_others_and_is_raised() -> None:
    other = Told()
    other.finishes.set()
    with pytest.raises(ValueError, match="broken"):
        run_parts([Told(error=ValueError("broken")), other], nothing, nothing, LONG)
    assert other.heard == ["stop"]


def test_who_waits_for_a_message_is_woken() -> None:
    woken: list[int] = []
    run_parts([Told(ends_by_itself=True)], nothing, lambda: woken.append(1), LONG)
    assert woken


def test_afterwards_signals_mean_what_they_meant_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    run_parts([Told(ends_by_itself=True)], nothing, nothing, LONG)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


# --- what it says


def test_a_line_has_a_moment_names_and_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    say(NOW, "worker", "job.done", job="T3", feed="by hand", run=None, planned=NOW, seconds=1.25, mistakes=2)
    line = 'worker job.done job=T3 feed="by hand" planned=2026-03-01T12:00:00Z seconds=1.2 mistakes=2'
    assert capsys.readouterr().err == f"2026-03-01T12:00:00Z {line}\n"


def test_a_name_cannot_write_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    say(NOW, "worker", "job.done", feed="people\n2026-03-01T12:00:00Z worker job.done")
    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_is_told_without_its_text() -> None:
    with pytest.raises(ValueError, match="earns") as raised:
        raise ValueError("E00001 earns 100")
    assert fault_of(raised.value).startswith("ValueError at test_stopping.py:")
    assert "E00001" not in fault_of(raised.value)
