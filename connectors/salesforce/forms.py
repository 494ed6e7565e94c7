"""The forms in which Salesforce writes moments and ids, and the one form of each that we pass on."""

from __future__ import annotations

from datetime import UTC, datetime

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT, LONG = 15, 18


def moment(text: str) -> datetime:
    """Read a moment of any of its APIs (`2024-09-24T03:26:07.000+0000`, `...000Z`). `ValueError` where it is none."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return found.astimezone(UTC)


def written(at: datetime) -> str:
    """Write a moment as the Bulk API does, and as a query takes it: in UTC, with milliseconds and `Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def long_id(text: str) -> str:
    """Give an id of 15 characters its 18: each 5 letters' capitals as one letter. Anything else stays as it is."""
    if len(text) != SHORT or not text.isalnum() or not text.isascii():
        return text
    capitals = (
        sum(1 << at for at, letter in enumerate(text[start : start + 5]) if letter.isupper()) for start in _FIVES
    )
    return text + "".join(_LETTERS[found] for found in capitals)


_FIVES = (0, 5, 10)
