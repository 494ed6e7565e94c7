"""Secrets at rest: sealed with keys that the operator holds, of which there may be several while they are changed.

SYNCD_SECRET_KEY holds them with commas between, or SYNCD_SECRET_KEY_FILE names a file with one a line. The first seals;
any of them opens. To change a key: put a new one first, have everything sealed again, take the old one away.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.errors import FixAccess

_NAMED = "SYNCD_SECRET_KEY (or the file that SYNCD_SECRET_KEY_FILE names)"


def new_key() -> str:
    """Give a key that nobody has yet."""
    return Fernet.generate_key().decode()


def seal(text: str) -> str:
    """Give a text that only who has the key can read. `FixAccess` where there is no key."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Give what was sealed. `FixAccess` where none of the keys is the one, or the text was altered."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise _not_ours() from None


def sealed_again(sealed: str) -> str:
    """Give the same, sealed with the first key. `FixAccess` as `unseal`."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise _not_ours() from None


def _keys() -> MultiFernet:
    if named := os.environ.get("SYNCD_SECRET_KEY_FILE"):
        try:
            said = Path(named).read_text(encoding="utf-8").split()
        except (OSError, UnicodeError):
            raise FixAccess("the file that SYNCD_SECRET_KEY_FILE names cannot be read") from None
    else:
        said = os.environ.get("SYNCD_SECRET_KEY", "").replace(",", " ").split()
    if not said:
        raise FixAccess(
            f"there is no key to keep secrets with: the operator sets {_NAMED}; `secrets new-key` makes one"
        )
    try:
        return MultiFernet([Fernet(one) for one in said])
    except ValueError:
        raise FixAccess(f"{_NAMED} holds what is no key: `secrets new-key` makes one") from None


def _not_ours() -> FixAccess:
    return FixAccess(f"what is sealed cannot be opened: {_NAMED} lacks the key that it was sealed with")
