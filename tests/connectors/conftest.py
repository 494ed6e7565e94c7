"""The folder that a source of files reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors import s3_double, sftp_server
from tests.connectors.s3_double import Store
from tests.connectors.sftp_server import Running


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def _reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator of the tests allows this machine alone."""
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1")


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sftp_server.serving(tmp_path_factory.mktemp("sftp")) as running:
        yield running


@pytest.fixture
def sftp(_server: Running) -> Iterator[Running]:
    """An SFTP server with an empty folder."""
    for path in sorted(_server.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    _server.asked.clear()
    yield _server
    _server.refused.clear()


@pytest.fixture(scope="session")
def _store() -> Iterator[Store]:
    with s3_double.storing() as store:
        yield store


@pytest.fixture
def s3(_store: Store) -> Iterator[Store]:
    """A bucket with nothing in it."""
    _store.objects.clear()
    _store.asked.clear()
    yield _store
    _store.refused.clear()
    _store.breaks_off = False
