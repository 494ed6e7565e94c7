"""What all tests share: a clean environment, both databases, the folder of shared data."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine

from tests.servers import Database, PostgresServer, ServerMissingError, chromium, migrated, postgres

SHARED = Path(__file__).resolve().parents[2] / "shared"
MACHINE = dict(os.environ)  # as it was before the tests cleaned it
IN_CI = MACHINE.get("CI", "").lower() in {"1", "true"}
TEMPLATE = "template"

# No deadline, as a slow machine is no mistake. In CI the examples are the same each time, so that a red run
# is about its change; elsewhere they differ from run to run and find what was not thought of.
settings.register_profile("local", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ci" if IN_CI else "local")


_TOLD = ("SYNCD_TEST_PG", "SYNCD_TEST_CHROMIUM")
_shared = ExitStack()  # what one process of the tests starts for all of them


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Where the tests are spread over processes, the first of which comes here, all share what it starts."""
    if "SYNCD_TEST_PG" not in MACHINE:
        with suppress(ServerMissingError):  # each of them says so itself
            MACHINE["SYNCD_TEST_PG"] = _shared.enter_context(postgres(MACHINE)).address
    if "SYNCD_TEST_CHROMIUM" not in MACHINE:
        with suppress(ServerMissingError):  # as above
            MACHINE["SYNCD_TEST_CHROMIUM"] = _shared.enter_context(chromium(MACHINE))
    for name in _TOLD:
        node.workerinput[name] = MACHINE.get(name)


def pytest_configure(config: pytest.Config) -> None:
    """Take what the first process has started."""
    for name in _TOLD:
        if url := getattr(config, "workerinput", {}).get(name):
            MACHINE[name] = url


def pytest_unconfigure() -> None:
    """End what was started."""
    _shared.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip by name what needs the shared folder where there is none, in CI too: a clone is alone."""
    absent = pytest.mark.skip(reason="needs ../shared, the folder of data sets beside the repository")
    for item in items:
        if "shared" in getattr(item, "fixturenames", ()):
            item.add_marker("shared")
        if item.get_closest_marker("shared") and not SHARED.is_dir():
            item.add_marker(absent)


@pytest.fixture(scope="session", autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of this machine reaches a test, and nothing that a test starts writes into a real home."""
    with pytest.MonkeyPatch.context() as patch:
        for name in MACHINE:
            if name.startswith(("SYNCD_", "XDG_")):
                patch.delenv(name, raising=False)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    """Each command opens a database anew: statements are compiled once for all of them, by what they are sent to."""
    create = partial(create_engine, execution_options={"compiled_cache": _Compiled()})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("store.database.create_engine", create)
        yield


class _Compiled(dict[Any, Any]):
    """Compiled statements of many engines: SQLAlchemy knows them by its dialect, of which each engine has its own."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_known_by(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_known_by(key), compiled)


def _known_by(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *statement = key
    return (dialect.name, dialect.driver, dialect.server_version_info, *statement)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of data sets and fixtures beside the repository; whoever asks for it is marked `shared`."""
    return SHARED


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running PostgreSQL with databases for the asking."""
    try:
        with postgres(MACHINE) as server:
            yield server
    except ServerMissingError as missing:
        if IN_CI:
            pytest.fail(f"CI must have it: {missing}", pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def chromium_address() -> Iterator[str]:
    """Where the Chromium of this run is."""
    try:
        with chromium(MACHINE) as address:
            yield address
    except ServerMissingError as missing:
        if IN_CI:
            pytest.fail(f"CI must have it: {missing}", pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database that was migrated once; the others are copies of it."""
    migrated(postgres_server.create_database(TEMPLATE))
    return TEMPLATE


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Each kind of database in turn; `.fresh()` gives the URL of a new one (None: the workspace's own)."""
    if request.param == "sqlite":
        yield Database("sqlite")
        return
    template = request.getfixturevalue("_postgres_template")
    found = Database("postgres", request.getfixturevalue("postgres_server"), template)
    yield found
    found.drop()
