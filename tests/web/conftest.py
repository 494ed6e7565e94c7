"""A company whose changes are reviewed on pages: its users, the application, a client for each, a browser."""

from __future__ import annotations

import io
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from api.app import create_app
from api.security import limiter
from tests.scenarios.conftest import _companies, _migrated, company, world  # noqa: F401 - fixtures
from tests.scenarios.world import World

ADDRESS = "http://127.0.0.1"
PASSWORD = "correct horse battery"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Office:
    """A workspace whose pages are served in this process."""

    world: World
    address: str = ADDRESS
    _app: Flask | None = field(default=None)

    def open(self) -> None:
        """Let people log in, from now on."""
        self.world.settings["log_in"] = {"address": self.address}
        self.world.save()

    @property
    def app(self) -> Flask:
        """The application, made when first asked for: on the day it is then."""
        if self._app is None:
            self._app = create_app(str(self.world.folder), str(self.world.today))
            limiter.enabled = False  # many log in here, by one name from one address
        return self._app

    def close(self) -> None:
        """Close what the application has opened."""
        if self._app is not None:
            self._app.extensions["syncd"].close()

    def user(self, name: str, *roles: str, key: str | None = None, password: bool = True) -> None:
        """Add a user: a role is `comp_admin`, or `comp_admin business_unit=Nordics`."""
        assert self.world.call("users", "add", name, *(["--participant", key] if key else [])).code == 0
        for role in roles:
            called, _, population = role.partition(" ")
            given = ["--for", population] if population else []
            assert self.world.call("users", "give", name, called, *given).code == 0
        if password:
            self.password(name, PASSWORD)

    def password(self, name: str, text: str) -> None:
        """Set somebody's password."""
        typed, sys.stdin = sys.stdin, io.StringIO(f"{text}\n")
        try:
            assert self.world.call("users", "password", name).code == 0
        finally:
            sys.stdin = typed

    def token(self, name: str, *scope: str) -> str:
        """Make a token of somebody."""
        words = [word for one in scope for word in ("--scope", str(getattr(one, "value", one)))]
        said = self.world.call("users", "token", name, *words)
        assert said.code == 0, said.document
        return str(said["token"])

    def client(self, name: str | None = None) -> Visitor:
        """A browser of the test client's kind, logged in as somebody."""
        visitor = Visitor(self.app.test_client())
        if name is not None:
            answer = visitor.post("/log-in", {"name": name, "password": PASSWORD})
            assert answer.status_code == 302, answer.text
        return visitor

    def program(self, token: str) -> Program:
        """A program that shows a token."""
        return Program(self.app.test_client(), token)


@dataclass
class Visitor:
    """Somebody at a browser: gets pages, sends forms with the token that a page gave."""

    client: FlaskClient
    token: str = ""

    def get(self, address: str) -> TestResponse:
        """Get a page."""
        answer = self.client.get(address, buffered=True)
        self._remember(answer)
        return answer

    def _remember(self, answer: TestResponse) -> None:
        if answer.mimetype == "text/html" and (found := re.search(r'name="csrf_token" value="([^"]+)"', answer.text)):
            self.token = found[1]

    def post(self, address: str, form: dict[str, object] | None = None) -> TestResponse:
        """Send a form."""
        if not self.token:
            self.get("/log-in")
        answer = self.client.post(address, data={"csrf_token": self.token, **(form or {})})
        if answer.status_code == 302 and address == "/log-in":
            page = self.client.get(answer.headers["Location"], follow_redirects=True)
            self._remember(page)  # logging in gives a new token
        return answer

    def done(self, address: str, form: dict[str, object] | None = None) -> str:
        """Send a form, and give the page that follows it."""
        answer = self.post(address, form)
        assert answer.status_code == 303, (answer.status_code, answer.text)
        return self.get(answer.headers["Location"]).text

    def refused(self, address: str, form: dict[str, object] | None = None) -> str:
        """Send a form that comes back, with what is wrong and what was typed."""
        answer = self.post(address, form)
        assert answer.status_code in (409, 422), (answer.status_code, answer.text)
        assert 'class="wrong"' in answer.text
        return answer.text

    def close(self, act: str, period: str = "2026-01", **form: object) -> str:
        """Press a button of a pay run's page that stands for the results shown; give the page that follows."""
        return self.done(f"/pay/{period}/{act}", {"digest": self.digest(period), **form})

    def digest(self, period: str = "2026-01") -> str:
        """The digest of the results that a pay run's page shows."""
        found = re.search(r'name="digest" value="([^"]+)"', self.get(f"/pay/{period}").text)
        return found[1] if found else "none"


@dataclass
class Program:
    """A program with a token."""

    client: FlaskClient
    token: str

    def get(self, address: str) -> TestResponse:
        """Get a document."""
        return self.client.get(f"/api/v1{address}", headers=self._headers())

    def read(self, address: str) -> Any:
        """Get a document that is there."""
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json

    def post(self, address: str, body: object = None, *, key: str | None = None) -> TestResponse:
        """Ask for something."""
        more = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/v1{address}", json=body or {}, headers={**self._headers(), **more})

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture
def office(company: World) -> Iterator[Office]:  # noqa: F811 - the fixture
    """The company of 20, where people can log in."""
    found = Office(company)
    found.open()
    yield found
    found.close()


Serve = Callable[..., str]


@contextmanager
def serving() -> Iterator[Serve]:
    """Serve applications on this machine, as long as this is entered: gives the address of each."""
    servers = []

    def begin(app: Flask, address: str = "http://127.0.0.1:0") -> str:
        server = make_server("127.0.0.1", urlsplit(address).port or 0, app, threaded=True)
        servers.append((server, threading.Thread(target=server.serve_forever, daemon=True)))
        servers[-1][1].start()
        return f"http://127.0.0.1:{server.port}"

    yield begin
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve applications on this machine for one test."""
    with serving() as begin:
        yield begin


@pytest.fixture(scope="session")
def browser(chromium_address: str) -> Iterator[Browser]:
    """The Chromium of this run, for this process."""
    with sync_playwright() as playwright:
        found = playwright.chromium.connect_over_cdp(chromium_address)
        yield found
        found.close()
