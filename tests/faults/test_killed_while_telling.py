"""Killed while somebody is told: at every write of an alert and of the outbox, the rest is told, and under one key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import syncd.world
from domain.errors import FixFile, SyncError, TryLater
from store import faults
from store.outbox import HeldEffect
from syncd.outside import sending
from syncd.world import World
from tests.cursors.crm import Clock
from tests.daemon.operated import Operated
from tests.faults.story import Killed, killing, points

WRITES = (
    "alerts.begin",
    "alerts.end",
    "outbox.again",
    "outbox.ask",
    "outbox.confirm",
    "outbox.drop",
    "outbox.finish",
    "outbox.give_up",
    "outbox.put_off",
    "outbox.take",
)
BY_WORKER = ("alerts.begin", "outbox.ask", "outbox.take", "outbox.confirm", "outbox.finish")
BY_HAND = ("outbox.again", "outbox.drop")


class Receiver:
    """Keeps the keys of what it gets; `error` is raised in place of getting it."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.error: SyncError | None = None

    def __call__(self, _world: World, held: HeldEffect) -> Callable[[], str]:
        def deliver() -> str:
            if self.error is not None:
                raise self.error
            self.got.append(held.asked.key)
            return "kept"

        return deliver


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    found = Receiver()
    monkeypatch.setattr(sending, "SENDERS", {"webhook": found})
    return found


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> Iterator[Operated]:
    """A feed that could not be read, of which nobody has been told yet."""
    clock = Clock()
    monkeypatch.setattr(syncd.world, "clock", clock)
    found = Operated(tmp_path / "world", clock)
    hook = {"url": "https://hooks.example.com", "secret": {"env": "HOOK"}}
    found.settings["alerts"] = {"hook": {"webhook": hook, "of": ["failed"]}}
    found.save()
    found.script_is(fail="TryLater")
    found.do("run", "people")
    yield found
    found.close()


def killed(world: Operated, point: str, *command: str) -> None:
    """Give a command, kill it at a write, and let its leases end."""
    faults.arm(killing(point))
    with pytest.raises(Killed):
        world.do(*command)
    faults.disarm()
    world.clock.lease_ends()


def outbox(world: Operated) -> list[tuple[str, str]]:
    return [(one["key"], one["state"]) for one in world.do("outbox", "list", "--all").document]


@pytest.mark.parametrize("point", points(BY_WORKER))
def test_it_is_told_all_the_same_and_under_one_key(world: Operated, receiver: Receiver, point: str) -> None:
    killed(world, point, "worker", "--once")
    world.work()
    world.work()
    assert outbox(world) == [("alert:1:hook", "sent")]
    assert set(receiver.got) == {"alert:1:hook"}
    # it had gone already where nobody could write that down any more
    assert len(receiver.got) == (2 if point.startswith("outbox.finish") else 1)


@pytest.mark.parametrize("point", points(["alerts.end"]))
def test_a_cause_that_is_over_is_over_all_the_same(world: Operated, receiver: Receiver, point: str) -> None:
    world.work()
    world.script_is()
    world.do("run", "people")
    killed(world, point, "worker", "--once")
    world.work()
    world.script_is(fail="TryLater")
    world.do("run", "people")
    world.work()
    assert outbox(world) == [("alert:1:hook", "sent"), ("alert:2:hook", "sent")]


@pytest.mark.parametrize(
    ("point", "error"),
    [
        *((point, TryLater("down")) for point in points(["outbox.put_off"])),
        *((point, FixFile("gone")) for point in points(["outbox.give_up"])),
    ],
)
def test_what_did_not_go_goes_later_or_is_given_up(
    world: Operated, receiver: Receiver, point: str, error: SyncError
) -> None:
    receiver.error = error
    killed(world, point, "worker", "--once")
    world.work()
    state = "waiting" if isinstance(error, TryLater) else "failed"
    assert (outbox(world), receiver.got) == ([("alert:1:hook", state)], [])
    receiver.error = None
    world.later(hours=1)
    world.work()
    assert receiver.got == (["alert:1:hook"] if state == "waiting" else [])


@pytest.mark.parametrize("point", points(BY_HAND))
def test_what_a_person_says_of_it_is_said_or_not(world: Operated, receiver: Receiver, point: str) -> None:
    receiver.error = FixFile("gone")
    world.work()
    command = ("outbox", "again" if "again" in point else "drop", "E1", "--reason", "why not")
    killed(world, point, *command)
    assert outbox(world) == [("alert:1:hook", "failed")]
    assert world.do(*command).code == 0
    assert outbox(world) == [("alert:1:hook", "waiting" if "again" in point else "dropped")]
    (said,) = [one for one in world.do("audit").document if one["about"] == "E1"]
    assert said["reason"] == "why not"
    assert world.do("audit", "verify").code == 0


def test_a_sender_that_wakes_after_its_lease_sends_nothing(
    world: Operated, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between taking and sending another one takes it and sends it; what is asked right before sending tells."""

    def slow(_world: World, held: HeldEffect) -> Callable[[], str]:
        monkeypatch.setattr(sending, "SENDERS", {"webhook": receiver})
        world.clock.lease_ends()
        done = sending.send_next(_world, "another")
        assert done is not None
        assert done.held.is_again
        return receiver(_world, held)

    monkeypatch.setattr(sending, "SENDERS", {"webhook": slow})
    world.work()
    assert "effect.lost" in world.log
    assert (receiver.got, outbox(world)) == (["alert:1:hook"], [("alert:1:hook", "sent")])


def test_a_fault_of_ours_in_sending_ends_nothing_else(
    world: Operated, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_world: World, held: HeldEffect) -> Callable[[], str]:
        raise ZeroDivisionError(held.asked.key)

    with monkeypatch.context() as patch:
        patch.setattr(sending, "SENDERS", {"webhook": broken})
        world.work()
    assert outbox(world) == [("alert:1:hook", "waiting")]
    world.later(minutes=1)
    world.work()
    assert receiver.got == ["alert:1:hook"]
