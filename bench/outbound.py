"""An outbound message of 100 notifications, kept and acknowledged, beside bare Flask with one INSERT.

`python -m bench.outbound --messages 300 --database postgresql`. Both applications are served as `syncd web` serves
ours, each by a process of its own, and both sync fully. Each message is a new one, sent to one and then to the other,
who goes first in turn; its time is from the first byte sent to the acknowledgement, as an org sees it. Ours reads the
XML, keeps the message and its notifications unless they are known, and lets a job wait; the other inserts the bytes.
Beside it stand the applications alone, called in this process with no server and no socket.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import text

from api.app import create_app
from bench.approval import URL
from bench.measure import Figures, keep, spread
from bench.peers import flask_insert
from bench.served import Send, served
from store.database import open_database, reading
from tests.doubles.salesforce.org import long
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION, acknowledges, envelope
from tests.scenarios.world import World

NOTIFICATIONS = 100
#: Messages before those that count.
WARMING = 20
#: The milliseconds of one message, by who took it.
Turn = dict[str, float]
_FIELDS = "".join(f"<sf:Field_{n}__c>value {n} of some length</sf:Field_{n}__c>" for n in range(12))


def main() -> None:
    """Read the arguments, measure, keep the figures."""
    options = argparse.ArgumentParser(prog="python -m bench.outbound", description=__doc__)
    options.add_argument("--messages", type=int, default=300)
    options.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    chosen = options.parse_args()
    with database(chosen.database) as url, TemporaryDirectory() as folder:
        keep(f"outbound-{chosen.database}", measure(Path(folder), chosen.messages, url))


@contextmanager
def database(kind: str) -> Iterator[str | None]:
    """Give the address of a database of our own; None: the workspace's."""
    if kind == "sqlite":
        yield None
        return
    from tests import servers  # noqa: PLC0415 - only where one is asked for

    unsafe, servers.UNSAFE = servers.UNSAFE, ()  # what the tests turn off is part of what is measured
    try:
        with servers.postgres(os.environ) as server:
            os.environ[URL] = server.create_database("bench")
            yield os.environ[URL]
    finally:
        servers.UNSAFE = unsafe
        os.environ.pop(URL, None)


def measure(folder: Path, messages: int, url: str | None = None) -> Figures:
    """Measure both, message by message in turn. `RuntimeError` where not everything was kept by both."""
    world, address = workspace(folder / "workspace")
    beside = url or str(folder / "bare.db")
    made = {
        "syncd": f"api.app:create_app({str(world.folder)!r}, {str(world.today)!r})",
        "flask": f"bench.peers.flask_insert:served({beside!r})",
    }
    flask_insert.prepare(beside)
    with ExitStack() as stack:
        both = {name: stack.enter_context(served(made[name], folder / name, os.environ)) for name in made}
        for number in range(WARMING):
            _in_turn({name: one.send for name, one in both.items()}, address, number)
        used = {name: one.cpu for name, one in both.items()}
        took = [
            _in_turn({name: one.send for name, one in both.items()}, address, WARMING + number)
            for number in range(messages)
        ]
        cpu = {name: (one.cpu - used[name]) * 1000 / messages for name, one in both.items()}
    alone = _alone(world, address, beside, messages)
    sent = 2 * (messages + WARMING)
    must_be_kept(world, url, beside, sent)
    return {
        "benchmark": f"outbound message of {NOTIFICATIONS} notifications, {'postgresql' if url else 'sqlite'}",
        "messages": messages,
        "bytes": len(message(0)),
        "programs": {
            name: {"milliseconds": spread([one[name] for one in took]), "cpu_milliseconds": round(cpu[name], 2)}
            for name in made
        },
        "times_as_long_as": {
            "flask": {"milliseconds": by_turn(took), "cpu_milliseconds": round(cpu["syncd"] / cpu["flask"], 2)}
        },
        "alone": alone,
    }


def _in_turn(senders: Mapping[str, Send], address: str, number: int) -> Turn:
    """Send a message to both; gives the milliseconds of each."""
    body, took = message(number), {}
    for name in sorted(senders, reverse=number % 2 == 0):
        started = time.perf_counter()
        send(senders[name], address if name == "syncd" else "/message", body)
        took[name] = (time.perf_counter() - started) * 1000
    return took


def _alone(world: World, address: str, beside: str, messages: int) -> Figures:
    """Measure both applications called in this process, by the processor's time too."""
    app, bare = create_app(str(world.folder), str(world.today)), flask_insert.served(beside)
    senders = {"syncd": called(app), "flask": called(bare)}
    took, cpu = [], []
    with redirect_stderr(StringIO()):
        for number in range(WARMING + messages):
            at = WARMING + messages + number  # those before are known by now
            used: Turn = {}
            turn = _in_turn({name: _counted(one, name, used) for name, one in senders.items()}, address, at)
            if number >= WARMING:
                took.append(turn)
                cpu.append(used)
    app.extensions["syncd"].close()
    return {
        "programs": {
            name: {
                "milliseconds": spread([one[name] for one in took]),
                "cpu_milliseconds": spread([one[name] for one in cpu]),
            }
            for name in senders
        },
        "times_as_long_as": {"flask": {"milliseconds": by_turn(took), "cpu_milliseconds": by_turn(cpu)}},
    }


def called(app: Flask) -> Send:
    """Give what calls an application, with no server between."""
    client = app.test_client()

    def call(path: str, body: bytes) -> tuple[int, bytes]:
        answer = client.post(path, data=body, content_type="text/xml")
        return answer.status_code, answer.data

    return call


def _counted(sender: Send, name: str, used: Turn) -> Send:
    def counting(path: str, body: bytes) -> tuple[int, bytes]:
        started = time.process_time()
        answer = sender(path, body)
        used[name] = (time.process_time() - started) * 1000
        return answer

    return counting


def must_be_kept(world: World, url: str | None, beside: str, sent: int) -> None:
    """Let no figure be kept unless both kept every message, and one job waits. `RuntimeError` otherwise."""
    engine = open_database(url or f"sqlite:///{world.folder / 'var' / 'syncd.db'}")
    with reading(engine) as tx:
        kept = tx.execute(text("SELECT count(*) FROM outbound_notification")).scalar_one()
        waits = tx.execute(text("SELECT count(*) FROM job WHERE state = 'waiting'")).scalar_one()
    engine.dispose()
    inserted = flask_insert.count(beside)
    if (kept, waits, inserted) != (sent * NOTIFICATIONS, 1, sent):
        raise RuntimeError(f"{kept} of {sent * NOTIFICATIONS} notifications, {waits} jobs, {inserted} rows beside them")


def workspace(folder: Path) -> tuple[World, str]:
    """Make a workspace to whose endpoint an org sends; gives it, and the path."""
    world = World(folder)
    world.settings["log_in"] = {"address": "http://127.0.0.1"}
    credentials = {"client_id": {"env": "CRM_ID"}, "client_secret": {"env": "CRM_SECRET"}}
    world.settings["sources"] = {
        "crm": {
            "kind": "salesforce",
            "my_domain": "acme.my.salesforce.com",
            "auth": {"client_credentials": credentials},
            "outbound": {"organization": ORGANIZATION, "actions": [ACTION]},
        }
    }
    world.feed.update(source="crm", stream="Contact", full=False)
    world.save()
    said = world.call("outbound", "add", "crm")
    if said.code:
        sys.exit(json.dumps(said.document))
    return world, urlsplit(said["address"]).path


def message(number: int) -> bytes:
    """Write a message; each number has notifications of its own."""
    return envelope(ORGANIZATION, ACTION, "".join(_notification(number * NOTIFICATIONS + n) for n in range(100)))


def _notification(number: int) -> str:
    return (
        f"<Notification><Id>{long(f'04l{number:012d}')}</Id>"
        '<sObject xsi:type="sf:Contact" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
        f"<sf:Id>{long(f'003{number:012d}')}</sf:Id>{_FIELDS}</sObject></Notification>"
    )


def send(sender: Send, address: str, body: bytes) -> None:
    """Send a message. `RuntimeError` where it is not acknowledged."""
    status, answer = sender(address, body)
    if status != 200 or not acknowledges(answer):  # noqa: PLR2004 - as Salesforce asks for
        raise RuntimeError(f"{address} answered {status}")


def by_turn(took: list[Turn]) -> float:
    """Give how many times as long we take, message by message."""
    return round(median(one["syncd"] / one["flask"] for one in took), 2)


if __name__ == "__main__":
    main()
