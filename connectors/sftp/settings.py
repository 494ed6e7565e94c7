"""What the YAML of an SFTP source may say."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from pathlib import PurePosixPath

from connectors.file.pickup import has_pattern
from connectors.file.settings import Settings as FileSettings
from connectors.secret import Secret

#: The kinds of keys that a server may be known by.
KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(FileSettings):
    """Files on an SFTP server; the other keys are those of a file source.

        sources:
          hr:
            kind: sftp
            host: sftp.example.com          # the operator allows it in SYNCD_ALLOWED_HOSTS
            port: 22
            user: syncd
            host_key: ssh-ed25519 AAAA...   # the only key the server may show, as `ssh-keyscan` writes it
            key: {file: secrets/hr_sftp}    # our private key; or `password: {env: HR_SFTP_PASSWORD}`
            passphrase: {env: HR_SFTP_KEY}  # of the private key
            path: out/workers*.csv          # from the login folder, or from `/`; a pattern in its last part alone
            archive: out/done

    `ssh-keyscan -t ed25519 HOST` shows a server's key: compare it with what its owner says before it is written here.
    """

    host: str
    user: str
    host_key: str
    key: Secret | None = None
    passphrase: Secret | None = None
    password: Secret | None = None
    port: int = 22

    def __post_init__(self) -> None:
        """Refuse a key that is none, two ways to log in, or none."""
        FileSettings.__post_init__(self)
        if not _is_key(*self.pinned):
            raise ValueError(f"`host_key` is the server's public key, `ssh-ed25519 AAAA...` (or {', '.join(KEYS[1:])})")
        if (self.key is None) == (self.password is None):
            raise ValueError("say `key` or `password`: one of them")
        if self.passphrase is not None and self.key is None:
            raise ValueError("`passphrase` is that of a private `key`")
        if not 0 < self.port < 1 << 16:
            raise ValueError("`port` is a number from 1 to 65535")
        if not self.path.strip() or has_pattern(str(PurePosixPath(self.path).parent)):
            raise ValueError("`path` is a file, or a pattern in its last part alone")

    @property
    def pinned(self) -> tuple[str, str]:
        """The kind of the server's key, and the key; what stands before and behind them says whose it is."""
        words = self.host_key.split()
        start = next((at for at, word in enumerate(words) if word in KEYS), len(words))
        kind, key = (*words[start : start + 2], "", "")[:2]
        return kind, key


def _is_key(kind: str, text: str) -> bool:
    """Tell whether a text is a public key of that kind: its bytes begin with the kind's own name."""
    if not kind:
        return False
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return content[4 : 4 + int.from_bytes(content[:4], "big")] == kind.encode()
