"""Reaching the double in a test: its names, its authority, the secrets of its key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from connectors.s3 import client
from connectors.s3.settings import Settings
from connectors.secret import Secret
from tests.doubles.s3.server import AMAZON, OWN, s3
from tests.doubles.s3.world import ACCESS, BUCKET, REGION, SECRET, Store
from tests.doubles.tls import Authority, name_hosts


@dataclass(frozen=True, repr=False)
class Double:
    """A store that is served, and where."""

    store: Store
    port: int

    def yaml(self, **more: object) -> dict[str, object]:
        """What a source of it says in a workspace."""
        said: dict[str, object] = {
            "kind": "s3",
            "bucket": BUCKET,
            "region": REGION,
            "port": self.port,
            "access_key_id": {"env": "HR_S3_KEY_ID"},
            "secret_access_key": {"env": "HR_S3_SECRET"},
        }
        return said | more

    def settings(self, path: str = "w.csv", **more: object) -> Settings:
        said: dict[str, object] = {
            "path": path,
            "bucket": BUCKET,
            "region": REGION,
            "port": self.port,
            "access_key_id": Secret(env="HR_S3_KEY_ID"),
            "secret_access_key": Secret(env="HR_S3_SECRET"),
        }
        return Settings(**{**said, **more})  # type: ignore[arg-type]


@contextmanager
def reached(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """Serve an empty bucket that this process may reach; nobody waits between two tries."""
    monkeypatch.setenv("SYNCD_CA_FILE", str(authority.file))
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("HR_S3_KEY_ID", ACCESS)
    monkeypatch.setenv("HR_S3_SECRET", SECRET)
    monkeypatch.setattr(client, "pause", lambda seconds: None)
    name_hosts(monkeypatch, AMAZON, f"{BUCKET}.{AMAZON}", f"nobody.{AMAZON}", OWN)
    store = Store()
    with s3(store, authority) as port:
        yield Double(store, port)
