"""An outbound message of 100 notifications, kept and acknowledged, beside bare Flask with one INSERT.

`python -m bench.outbound --messages 300 --database postgresql`. Both applications are called in this process, message
after message in turn, by the same test client; each message is a new one. Ours reads the XML, keeps the message and
its notifications unless they are known, and lets a job wait; the other inserts the bytes. Both sync fully.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from sqlalchemy import text

from api.app import create_app
from bench.approval import URL
from bench.measure import Figures, keep, spread
from bench.peers import flask_insert
from store.database import open_database, reading
from tests.doubles.salesforce.org import long
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION, acknowledges, envelope
from tests.scenarios.world import World

NOTIFICATIONS = 100
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
    app = create_app(str(world.folder), str(world.today))
    bare, connection = flask_insert.on_postgresql(url) if url else flask_insert.on_sqlite(str(folder / "bare.db"))
    ours, theirs = app.test_client(), bare.test_client()
    took: dict[str, list[float]] = {"syncd": [], "flask": []}
    cpu: dict[str, list[float]] = {"syncd": [], "flask": []}
    with redirect_stderr(StringIO()):
        for number in range(-10, messages):  # the first ones warm up
            body = message(number + 10)
            for name, client, at in (("syncd", ours, address), ("flask", theirs, "/message")):
                seconds, processor = timed(lambda client=client, at=at, body=body: send(client, at, body))
                if number >= 0:
                    took[name].append(seconds * 1000)
                    cpu[name].append(processor * 1000)
    sent = (messages + 10) * NOTIFICATIONS
    engine = open_database(url or f"sqlite:///{world.folder / 'var' / 'syncd.db'}")
    with reading(engine) as tx:
        kept = tx.execute(text("SELECT count(*) FROM outbound_notification")).scalar_one()
        waits = tx.execute(text("SELECT count(*) FROM job WHERE state = 'waiting'")).scalar_one()
    engine.dispose()
    app.extensions["syncd"].close()
    (inserted,) = connection.execute("SELECT count(*) FROM bare_message").fetchone()
    connection.close()
    if (kept, waits, inserted) != (sent, 1, messages + 10):
        raise RuntimeError(f"{kept} of {sent} notifications, {waits} jobs, {inserted} rows beside them")
    return {
        "benchmark": f"outbound message of {NOTIFICATIONS} notifications, {'postgresql' if url else 'sqlite'}",
        "messages": messages,
        "bytes": len(message(0)),
        "programs": {
            name: {"milliseconds": spread(took[name]), "cpu_milliseconds": spread(cpu[name])} for name in took
        },
        "times_as_long_as": {"flask": {"milliseconds": by_turn(took), "cpu_milliseconds": by_turn(cpu)}},
    }


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


def send(client: FlaskClient, address: str, body: bytes) -> None:
    """Send a message. `RuntimeError` where it is not acknowledged."""
    answer = client.post(address, data=body, content_type="text/xml")
    if answer.status_code != 200 or not acknowledges(answer.data):  # noqa: PLR2004 - as Salesforce asks for
        raise RuntimeError(f"{address} answered {answer.status_code}")


def timed(do: Callable[[], Any]) -> tuple[float, float]:
    """Give the wall and the processor's time of doing something, in seconds."""
    started, used = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - started, time.process_time() - used


def by_turn(took: dict[str, list[float]]) -> float:
    """Give how many times as long we take, message by message."""
    return round(median(a / b for a, b in zip(took["syncd"], took["flask"], strict=True)), 2)


if __name__ == "__main__":
    main()
