"""Reaching the double in a test: its name, its authority, the secrets of its user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from connectors.secret import Secret
from connectors.workday.settings import Login, Settings
from tests.doubles.tls import Authority, name_hosts
from tests.doubles.workday.server import HOST, workday
from tests.doubles.workday.world import Tenant

BY_PASSWORD = Login(user="ISU_Syncd", password=Secret(env="WORKDAY_PASSWORD"))
BY_TOKEN = Login(
    client_id="client", client_secret=Secret(env="WORKDAY_SECRET"), refresh_token=Secret(env="WORKDAY_REFRESH")
)
EVERY = ("personal", "organizations", "management_chain", "additional_jobs", "compensation")


@dataclass(frozen=True, repr=False)
class Double:
    """A tenant that is served, and where."""

    tenant: Tenant
    port: int

    @property
    def host(self) -> str:
        return f"{HOST}:{self.port}"

    def settings(self, **more: object) -> Settings:
        """What the YAML of a source of it says."""
        said: dict[str, object] = {
            "host": self.host,
            "tenant": "acme",
            "auth": BY_PASSWORD,
            "groups": EVERY,
            "count": 3,
        }
        return Settings(**{**said, **more})  # type: ignore[arg-type]


@contextmanager
def reached(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """Serve an empty tenant that this process may reach."""
    authority = Authority(folder)
    monkeypatch.setenv("SYNCD_CA_FILE", str(authority.file))
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("WORKDAY_PASSWORD", "s3cret")
    monkeypatch.setenv("WORKDAY_SECRET", "client-secret")
    monkeypatch.setenv("WORKDAY_REFRESH", "refresh-1")
    name_hosts(monkeypatch, HOST)
    tenant = Tenant()
    with workday(tenant, authority) as port:
        yield Double(tenant, port)
