"""The folder that a source of files reads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.connectors import sftp_server
from tests.connectors.follower import Follower, shown
from tests.connectors.sftp_server import Running
from tests.doubles.s3.reached import Double as Bucket
from tests.doubles.s3.reached import reached as reached_bucket
from tests.doubles.salesforce.server import Double, serve
from tests.doubles.salesforce.world import deal, reached
from tests.doubles.tls import Authority


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
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("s3"))


@pytest.fixture
def bucket(_authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket of a store that speaks S3."""
    with reached_bucket(_authority, monkeypatch) as double:
        yield double


@pytest.fixture(scope="session")
def _salesforce(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    with serve(tmp_path_factory.mktemp("salesforce")) as double:
        yield double


@pytest.fixture
def salesforce(_salesforce: Double, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """An org without records."""
    with reached(_salesforce, monkeypatch) as double:
        yield double


@pytest.fixture
def follower(salesforce, tmp_path) -> Follower:
    """Ten deals, read once; a while later."""
    for number in range(10):
        deal(salesforce.org, f"Deal {number}")
        salesforce.org.pass_(1)
    salesforce.org.pass_(3600)
    found = Follower(salesforce, tmp_path).read()
    assert found.known == shown(salesforce)
    salesforce.org.pass_(600)
    salesforce.org.asked.clear()
    return found
