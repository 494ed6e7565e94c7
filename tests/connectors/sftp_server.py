"""An SFTP server over a folder of this machine, in a thread: with a key of its own, and users who may log in."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

#: Made anew for each run of the tests.
SERVER_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
USER_KEY = asyncssh.generate_private_key("ssh-ed25519")
PASSWORD = "correct horse"


def public(key: asyncssh.SSHKey) -> str:
    """A key as `host_key` has it."""
    return " ".join(key.export_public_key().decode().split()[:2])


def private(key: asyncssh.SSHKey, passphrase: str | None = None) -> str:
    """A key as a file holds it."""
    return key.export_private_key(passphrase=passphrase).decode()


@dataclass
class Running:
    """A server at work; what it was asked to do is in `asked`."""

    folder: Path
    port: int = 0
    asked: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  #: requests that nobody may make, by name
    connections: list[asyncssh.SSHServerConnection] = field(default_factory=list)

    def check(self, name: str) -> None:
        self.asked.append(name)
        if name in self.refused:
            raise asyncssh.SFTPPermissionDenied("not you")


@contextmanager
def serving(folder: Path, key: asyncssh.SSHKey = SERVER_KEY) -> Iterator[Running]:
    """Serve a folder at a free port of 127.0.0.1 until the block ends."""
    running, loop = Running(folder), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="sftp")
    thread.start()

    def do(work: object) -> object:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)  # type: ignore[arg-type]

    server: asyncssh.SSHAcceptor = do(_listen(running, key))  # type: ignore[assignment]
    running.port = server.get_port()
    try:
        yield running
    finally:
        do(_close(server, running))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _listen(running: Running, key: asyncssh.SSHKey) -> asyncssh.SSHAcceptor:
    class Files(asyncssh.SFTPServer):
        """Files as they are, every request noted first."""

        def __init__(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(channel, chroot=str(running.folder).encode())

        def rename(self, oldpath: bytes, newpath: bytes) -> Awaitable[None] | None:
            running.check("rename")
            return super().rename(oldpath, newpath)

        def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
            running.check("write" if pflags & asyncssh.FXF_WRITE else "read")
            return super().open(path, pflags, attrs)

        def remove(self, path: bytes) -> Awaitable[None] | None:
            running.check("remove")
            return super().remove(path)

    class Users(asyncssh.SSHServer):
        """One user, with a password and a key."""

        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            running.connections.append(conn)

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("syncd", PASSWORD)

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            return username == "syncd" and key == USER_KEY.convert_to_public()

    return await asyncssh.listen(
        "127.0.0.1", 0, server_host_keys=[key], server_factory=Users, sftp_factory=Files, gss_host=None
    )


async def _close(server: asyncssh.SSHAcceptor, running: Running) -> None:
    server.close()
    await server.wait_closed()
    for connection in running.connections:
        connection.abort()
        await connection.wait_closed()
    rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
