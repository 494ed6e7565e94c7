"""Passwords: hashed by argon2id. For who must get in when the log-in provider is down, and for small installations."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.errors import FixFile

#: Short ones are guessed; very long ones only cost time.
SHORTEST, LONGEST = 12, 256

_hasher = PasswordHasher()


def hashed(password: str) -> str:
    """Give the hash to keep. `FixFile` where the password is too short."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise FixFile(f"a password has {SHORTEST} to {LONGEST} characters")
    return _hasher.hash(password)


def is_right(kept: str | None, password: str) -> bool:
    """Tell whether it is the password; as slow where there is none."""
    try:
        _hasher.verify(kept or _nobodys(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def renewed(kept: str, password: str) -> str | None:
    """Give the hash to keep instead, where this one was made otherwise than it would be now; None where it was not."""
    return _hasher.hash(password[:LONGEST]) if _hasher.check_needs_rehash(kept) else None


@cache
def _nobodys() -> str:
    """Give what is compared with where there is no such user, so that both take as long."""
    return _hasher.hash("nobody's password")
