"""An SFTP server as a place where files wait (`connectors.file.pickup.Pickup`).

The server is known by the one key that the configuration names; another is refused, and none is ever learned. Nothing
of this machine is used that was not asked for: no agent, no keys of a home folder, no configuration of ssh.
"""

from __future__ import annotations

import errno
import io
import logging
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from uuid import uuid4

import paramiko
from paramiko.ssh_exception import IncompatiblePeer

from connectors.file.copying import CHUNK
from connectors.file.pickup import has_pattern, is_in, is_waiting
from connectors.reaching import address_of
from connectors.sftp.settings import Settings
from domain.errors import FixAccess, TryLater

#: Seconds that the other side may say nothing.
PATIENCE = 60

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # or it writes what fails to the standard error


class Server:
    """The files that the `path` of a source means; connected when first asked."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        """Connect to nothing yet; `roots` are where files with secrets may lie."""
        self._settings, self._roots = settings, roots
        self._transport: paramiko.Transport | None = None
        self._client: paramiko.SFTPClient | None = None

    def names(self) -> list[str]:
        """See `Pickup`."""
        path, archive = self._settings.path, self._settings.archive
        if not has_pattern(path):
            return [path] if self.version(path) is not None else []
        folder = PurePosixPath(path).parent
        with self._connected(str(folder)) as client:
            entries = client.listdir_attr(str(folder))
        names = [str(folder / one.filename) for one in entries if one.st_mode is None or stat.S_ISREG(one.st_mode)]
        waiting = [name for name in names if is_waiting(name, path)]
        return sorted(name for name in waiting if archive is None or not is_in(name, archive))

    def fetch(self, name: str, target: Path, most: int) -> tuple[Path, str] | None:
        """See `Pickup`."""
        before, size = self.version(name), 0
        if before is None:
            return None
        with self._connected(name) as client, target.open("wb") as output:
            try:
                with client.open(name, "rb") as file:
                    while size <= most and (chunk := file.read(CHUNK)):
                        size += output.write(chunk)
            except FileNotFoundError:
                return None
        if self.version(name) != before or (size <= most and int(before.partition(":")[0]) != size):
            return None
        return target, before

    def version(self, name: str) -> str | None:
        """See `Pickup`: size and the second of the last change."""
        with self._connected(name) as client:
            try:
                found = client.stat(name)
            except FileNotFoundError:
                return None
        if found.st_mode is not None and not stat.S_ISREG(found.st_mode):
            return None
        return f"{found.st_size}:{found.st_mtime}"

    def move(self, name: str, target: str, version: str) -> bool:
        """See `Pickup`; a server moves nothing over what is there."""
        if self.version(name) != version:
            return False
        with self._connected(name) as client:
            self._make_folder(client, PurePosixPath(target).parent)
            client.rename(name, target)
            if self.version(target) == version:
                return True
            client.rename(target, name)  # what came meanwhile
        return False

    def create(self, name: str, content: bytes) -> bool:
        """See `Pickup`: written aside, then moved to its name, which a server refuses where that is there."""
        if self.version(name) is not None:
            return False
        aside = str(PurePosixPath(name).with_name(f".{uuid4().hex}"))
        with self._connected(name) as client:
            with client.open(aside, "wx") as file:
                file.write(content)
            try:
                client.rename(aside, name)
            except OSError:
                client.remove(aside)
                if self.version(name) is None:
                    raise
                return False
        return self.content(name) == content

    def content(self, name: str) -> bytes | None:
        """See `Pickup`."""
        with self._connected(name) as client:
            try:
                with client.open(name, "rb") as file:
                    return file.read(CHUNK)
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        """See `Pickup`."""
        with self._connected(name) as client:
            try:
                client.remove(name)
            except FileNotFoundError:
                return

    def close(self) -> None:
        """Hang up."""
        client, transport, self._client, self._transport = self._client, self._transport, None, None
        for one in (client, transport):
            if one is not None:
                one.close()

    def _make_folder(self, client: paramiko.SFTPClient, folder: PurePosixPath) -> None:
        try:
            client.stat(str(folder))
        except FileNotFoundError:
            if folder.parent != folder:
                self._make_folder(client, folder.parent)
            client.mkdir(str(folder))

    @contextmanager
    def _connected(self, name: str) -> Iterator[paramiko.SFTPClient]:
        """Give the connection; what fails on it becomes what the caller must do about it."""
        host = self._settings.host
        try:
            if self._client is None:
                self._client = self._connect()
            yield self._client
        except FileNotFoundError:
            raise FixAccess(f"{host} has no {name}: make the folder there, or correct `path`") from None
        except (paramiko.SSHException, EOFError, TimeoutError, ConnectionError) as error:
            self.close()
            raise TryLater(f"{host} broke off: {type(error).__name__}") from None
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                raise FixAccess(f"{host} does not let {self._settings.user} do that with {name}") from None
            self.close()
            raise TryLater(f"{host} could not do that with {name}: {error.strerror or error}") from None

    def _connect(self) -> paramiko.SFTPClient:
        said = self._settings
        key = self._private_key()
        password = said.password.read(self._roots) if said.password is not None else None
        address = address_of(said.host, said.port)
        try:
            line = socket.create_connection((address, said.port), timeout=PATIENCE)
        except OSError:
            raise TryLater(f"{said.host} does not answer at port {said.port}") from None
        self._transport = transport = paramiko.Transport(line)
        transport.banner_timeout = transport.auth_timeout = transport.handshake_timeout = PATIENCE
        self._greet(transport)
        try:
            if key is not None:
                transport.auth_publickey(said.user, key)
            else:
                transport.auth_password(said.user, password or "", fallback=False)
        except paramiko.AuthenticationException:
            self.close()
            raise FixAccess(f"{said.host} does not let {said.user} in: check `user`, `key` or `password`") from None
        client = paramiko.SFTPClient.from_transport(transport)
        if client is None or (channel := client.get_channel()) is None:
            raise TryLater(f"{said.host} opens no channel for files")
        channel.settimeout(PATIENCE)
        return client

    def _greet(self, transport: paramiko.Transport) -> None:
        """Let the server show the key it is known by; `FixAccess` where it shows another."""
        kind, wanted = self._settings.pinned
        options = transport.get_security_options()
        options.key_types = ("rsa-sha2-512", "rsa-sha2-256") if kind == "ssh-rsa" else (kind,)
        try:
            transport.start_client(timeout=PATIENCE)
            shown = transport.get_remote_server_key()
        except IncompatiblePeer:
            self.close()
            raise FixAccess(f"{self._settings.host} has no key of the kind {kind}: {_LOOK}") from None
        if (shown.get_name(), shown.get_base64()) != (kind, wanted):
            self.close()
            raise FixAccess(f"{self._settings.host} shows another key ({shown.fingerprint}) than `host_key`: {_LOOK}")

    def _private_key(self) -> paramiko.PKey | None:
        said = self._settings
        if said.key is None:
            return None
        text = said.key.read(self._roots)
        passphrase = said.passphrase.read(self._roots) if said.passphrase is not None else None
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            try:
                return kind.from_private_key(io.StringIO(f"{text}\n"), passphrase)
            except (paramiko.SSHException, ValueError):
                continue
        raise FixAccess("`key` is no private key that can be read, or its `passphrase` is not right")


_LOOK = "ask its owner whether it has a new key; if nobody there knows of one, somebody stands in between"
