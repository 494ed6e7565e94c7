"""A workspace that tells somebody by e-mail and by webhook, with a mail server and a receiver on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cursors.conftest import clock  # noqa: F401 - a fixture
from tests.daemon.conftest import world  # noqa: F401 - a fixture
from tests.daemon.operated import Operated
from tests.doubles.tls import Authority, name_hosts, serving
from tests.outside.receivers import Hook, MailServer
from tests.scenarios.conftest import _migrated  # noqa: F401 - a fixture

MAIL, HOOK = "smtp.example.com", "hooks.example.com"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Who certifies both, trusted; both names lead to this machine, as the operator allows."""
    found = Authority(tmp_path)
    monkeypatch.setenv("SYNCD_CA_FILE", str(found.file))
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", f"{MAIL},{HOOK},127.0.0.0/8")
    name_hosts(monkeypatch, MAIL, HOOK)
    return found


@pytest.fixture
def mails(authority: Authority) -> Iterator[MailServer]:
    """A mail server that asks for STARTTLS and for a password."""
    with MailServer(authority.context(MAIL)) as server:
        yield server


@pytest.fixture
def hook(authority: Authority) -> Iterator[type[Hook]]:
    """A receiver of webhooks."""
    Hook.got, Hook.status = [], 204
    with serving(Hook, authority.context(HOOK)) as port:
        Hook.port = port
        yield Hook


@pytest.fixture
def told(
    world: Operated,  # noqa: F811 - the fixture above
    mails: MailServer,
    hook: type[Hook],
    monkeypatch: pytest.MonkeyPatch,
) -> Operated:
    """The workspace: `ops` is told by e-mail, `pager` by webhook."""
    monkeypatch.setenv("MAIL_PASSWORD", "pass word")
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    world.settings["alerts"] = {
        "ops": {
            "email": {
                "to": ["ops@example.com"],
                "from": "syncd@example.com",
                "server": MAIL,
                "port": mails.port,
                "user": "syncd",
                "password": {"env": "MAIL_PASSWORD"},
            }
        },
        "pager": {
            "webhook": {"url": f"https://{HOOK}:{hook.port}/syncd?x=1", "secret": {"env": "HOOK_SECRET"}},
        },
    }
    world.save()
    return world
