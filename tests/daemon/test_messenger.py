"""Messages: what each messenger promises; what is lost when Redis is flushed, restarted or gone, which is nothing."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis as client

from syncd.daemon import worker
from syncd.daemon.messenger import Bell, Messenger, messenger_of
from syncd.daemon.place import Place
from syncd.daemon.queued import LASTS, Queued
from syncd.daemon.stopping import Stop
from syncd.daemon.worker import Worker
from syncd.world import open_world
from tests.conftest import IN_CI
from tests.daemon.operated import AT_MOST, Operated
from tests.servers import RedisServer, ServerMissingError, redis

LONG = 3600.0
NAME = "syncd-test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of our own."""
    try:
        with redis(tmp_path_factory.mktemp("redis")) as found:
            yield found
    except ServerMissingError as missing:
        if IN_CI:
            pytest.fail(f"CI must have it: {missing}", pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture
def empty(server: RedisServer) -> Iterator[client.Redis]:
    """The same, with nothing in it."""
    with client.Redis.from_url(server.url) as connection:
        connection.flushall()
        yield connection


@pytest.fixture(params=["bell", "queued"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Messenger, Messenger]]:
    """Who sends, and who waits: of a bell the same, of a queue two that know nothing of one another."""
    if request.param == "bell":
        bell = Bell()
        yield bell, bell
        return
    request.getfixturevalue("empty")
    url = request.getfixturevalue("server").url
    yield Queued(url, NAME, print), Queued(url, NAME, print)


# --- what each of them promises


def waits(messenger: Messenger, do: Callable[[], object]) -> bool:
    """Let somebody wait for an hour, do something meanwhile, and tell whether that ended the waiting."""
    thread = threading.Thread(target=messenger.wait, args=[LONG], daemon=True)
    thread.start()
    do()
    thread.join(AT_MOST)
    return not thread.is_alive()


def test_a_message_is_heard_by_who_waits(ends: tuple[Messenger, Messenger]) -> None:
    sender, receiver = ends
    assert waits(receiver, lambda: sender.send("people"))


def test_a_message_sent_before_is_heard_too(ends: tuple[Messenger, Messenger]) -> None:
    sender, receiver = ends
    sender.send("people")
    assert waits(receiver, lambda: None)


def test_after_one_was_heard_the_next_one_is_heard(ends: tuple[Messenger, Messenger]) -> None:
    sender, receiver = ends
    for _ in range(3):
        sender.send("people")
        assert waits(receiver, lambda: None)


def test_who_waits_can_be_woken(ends: tuple[Messenger, Messenger]) -> None:
    _, receiver = ends
    assert waits(receiver, receiver.wake)


def test_where_no_message_comes_waiting_ends_by_itself(ends: tuple[Messenger, Messenger]) -> None:
    _, receiver = ends
    receiver.wait(0.01)


def test_a_worker_that_is_told_looks_at_once(
    ends: tuple[Messenger, Messenger], world: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although by itself it would look in an hour."""
    monkeypatch.setattr(worker, "LOOK", LONG)
    sender, receiver = ends
    opened, stop = open_world(world.folder, None), Stop()
    one = Worker(Place(opened, None, "worker"), receiver)
    thread = threading.Thread(target=one.go, args=[stop], daemon=True)
    thread.start()
    world.do("run", "--by-worker")
    sender.send("people")
    latest = time.monotonic() + AT_MOST
    while world.jobs() != [("T1", "done")] and time.monotonic() < latest:
        time.sleep(0.1)
    stop.ask()
    receiver.wake()
    thread.join(AT_MOST)
    opened.database.dispose()
    assert (world.jobs(), thread.is_alive()) == ([("T1", "done")], False)


# --- a queue on Redis


def kept(connection: client.Redis) -> dict[str, Any]:
    """Everything that stands in Redis about messages that wait."""
    names: Any = connection.keys("rq:job:*")
    return {name.decode(): connection.hgetall(name) for name in names}


def test_a_message_is_json_known_by_what_it_is_about_and_waits_once(server: RedisServer, empty: client.Redis) -> None:
    sender = Queued(server.url, NAME, print)
    for _ in range(3):
        sender.send("people")
    sender.send("sales")
    found = kept(empty)
    assert sorted(found) == [f"rq:job:{NAME}-people", f"rq:job:{NAME}-sales"]
    assert empty.llen(f"rq:queue:{NAME}") == 2
    message = json.loads(zlib.decompress(found[f"rq:job:{NAME}-people"][b"data"]))
    assert message == ["syncd.daemon.queued.heard", None, ["people"], {}]
    ttl: Any = empty.ttl(f"rq:job:{NAME}-people")
    assert 0 < ttl <= LASTS


def test_of_a_message_that_was_heard_nothing_is_left(server: RedisServer, empty: client.Redis) -> None:
    sender = Queued(server.url, NAME, print)
    sender.send("people")
    assert waits(sender, lambda: None)
    left: Any = empty.keys("*")
    assert {name.decode() for name in left} <= {"rq:queues"}


def test_a_flushed_redis_loses_no_job(
    server: RedisServer, empty: client.Redis, world: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNCD_REDIS_URL", server.url)
    world.tick()
    world.later(hours=1)
    world.tick()
    assert kept(empty)
    empty.flushall()
    assert [one["state"] for one in world.work()] == ["done"]


def test_an_absent_redis_loses_no_job_and_is_told_once(
    tmp_path: Path, world: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis(tmp_path) as gone:
        monkeypatch.setenv("SYNCD_REDIS_URL", gone.url)
    world.tick()
    world.later(hours=1)
    assert [one["job"] for one in world.tick()] == ["T1"]
    assert world.log.splitlines()[-1] == "2026-01-05T13:00:00Z clock redis.gone"
    assert [one["state"] for one in world.work()] == ["done"]
    assert world.do("run", "--by-worker")["jobs"] == [{"feed": "people", "job": "T2"}]


def test_a_redis_that_comes_back_is_used_again(tmp_path: Path) -> None:
    said: list[str] = []
    with redis(tmp_path) as first:
        sender = Queued(first.url, NAME, said.append)
        sender.send("people")
    for _ in range(2):
        sender.send("people")
        sender.wait(0.01)
    assert said == ["redis.gone"]
    with redis(tmp_path, first.port):
        sender.send("people")
        assert waits(sender, lambda: None)
    assert said == ["redis.gone", "redis.back"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_redis_it_is_a_bell_and_two_workspaces_share_no_queue(
    world: Operated, server: RedisServer, empty: client.Redis, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = open_world(world.folder, None)
    assert isinstance(messenger_of(opened, print), Bell)
    monkeypatch.setenv("SYNCD_REDIS_URL", server.url)
    monkeypatch.setenv("SYNCD_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    other = open_world(world.folder, None)
    for each in (opened, other):
        messenger_of(each, print).send("people")
        each.database.dispose()
    assert len(kept(empty)) == 2
