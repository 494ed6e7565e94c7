"""A workspace that an org tells what has changed, on each database: the endpoint, the sender, clock and worker."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api.app import create_app
from api.security import limiter
from store import faults
from syncd.cli import main
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.cursors.crm import Clock
from tests.cursors.org import People
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION, Sender
from tests.doubles.salesforce.server import Double
from tests.scenarios.conftest import _migrated, housed  # noqa: F401 - a fixture
from tests.scenarios.world import Document
from tests.servers import Database


class Told(People):
    """A world whose org sends messages; `log` is what our processes said last."""

    def __init__(self, folder: Path, double: Double, clock: Clock) -> None:  # noqa: F811 - what the fixture gives
        super().__init__(folder, double)
        self.clock, self.log = clock, ""
        self._app: Flask | None = None
        self.settings["log_in"] = {"address": "http://127.0.0.1"}
        self.settings["sources"]["crm"]["outbound"] = {"organization": ORGANIZATION[:15], "actions": [ACTION[:15]]}
        self.save()
        self.address = self.path()
        self.sender = Sender(self.org, self.deliver)

    @property
    def app(self) -> Flask:
        if self._app is None:
            self._app = create_app(str(self.folder), str(self.today))
            limiter.enabled = False
        return self._app

    def path(self) -> str:
        """Make a secret path; gives its address on this host."""
        said = self.call("outbound", "add", "crm")
        assert said.code == 0, said.document
        return urlsplit(str(said["address"])).path

    def post(self, body: bytes, address: str | None = None) -> TestResponse:
        """Send something to the endpoint; what it logs is in `log`."""
        errors = io.StringIO()
        with redirect_stderr(errors):
            answer = self.app.test_client().post(address or self.address, data=body, content_type="text/xml")
        self.log = errors.getvalue()
        return answer

    def deliver(self, body: bytes) -> tuple[int, bytes]:
        answer = self.post(body)
        return answer.status_code, answer.data

    def later(self, seconds: float) -> None:
        """Let time pass, here and in the org, which sends what falls due."""
        before = self.org.now
        self.sender.pass_(seconds)
        self.clock.instant += self.org.now - before

    def work(self) -> list[Document]:
        """Wait until the jobs may be done, and let a worker do them; gives what it did."""
        self.later(61)
        return list(self._daemon("worker")["jobs"])

    def tick(self) -> str:
        """Let the clock look once; gives what it said."""
        self._daemon("clock")
        return self.log

    def jobs(self) -> list[tuple[str, str]]:
        return [(one["id"], one["state"]) for one in self.call("jobs").document]

    def listed(self) -> Document:
        found: Document = self.call("outbound", "list").document
        return found

    def _daemon(self, name: str) -> Document:
        output, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(output), redirect_stderr(errors):
            main(["--workspace", str(self.folder), "--today", str(self.today), name, "--once", "--json"])
        self.log = errors.getvalue()
        assert "Traceback" not in self.log, self.log
        found: Document = json.loads(output.getvalue())
        return found

    def close(self) -> None:
        if self._app is not None:
            self._app.extensions["syncd"].close()
        super().close()


@pytest.fixture
def told(
    tmp_path: Path,
    database: Database,
    clock: Clock,  # noqa: F811 - the fixture above
    _migrated: Path,  # noqa: F811 - as above
    salesforce: Double,  # noqa: F811 - as above
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Told]:
    """An empty workspace to whose endpoint an org sends."""
    found = Told(housed(tmp_path / "workspace", database, _migrated, monkeypatch), salesforce, clock)
    yield found
    found.close()
    faults.disarm()


DAY = timedelta(days=1).total_seconds()
