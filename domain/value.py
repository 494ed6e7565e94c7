"""One value of an attribute, in canonical form, and the digests made of values.

Two values are equal exactly when their canonical forms are: `1.10` and `1.1`, a composed and a decomposed
letter, a set in another order never differ. Null (`None`) is "nothing there", also what an empty set is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date

Value = str | tuple[str, ...] | None
Values = Mapping[str, Value]


def plain(value: Value) -> str | list[str] | None:
    """Give a value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value


def from_plain(value: object) -> Value:
    """Take a value back from JSON; an empty set is null."""
    if isinstance(value, list):
        return tuple(str(item) for item in value) or None
    return None if value is None else str(value)


def as_day(value: Value) -> date | None:
    """Read a date attribute; null is no day."""
    return date.fromisoformat(value) if isinstance(value, str) else None


def encode(values: Values) -> str:
    """Write values as one compact JSON text, keys sorted: equal values give equal bytes."""
    return _compact(dict(values))


def decode(text: str | None) -> dict[str, Value]:
    """Read what `encode` wrote; null is no values."""
    written: dict[str, Value] = json.loads(text) if text else {}
    return {name: from_plain(value) for name, value in written.items()} if text and "[" in text else written


def digest(*parts: object) -> str:
    """Give the fingerprint of some values: 32 hexadecimal digits, the same on every machine and day."""
    return hashlib.blake2b(_compact(parts).encode(), digest_size=16).hexdigest()


def _listed(part: object) -> object:
    if isinstance(part, Mapping):
        return dict(part)
    if isinstance(part, AbstractSet):
        return sorted(part)
    return list(part) if isinstance(part, Iterable) else str(part)


#: Made once: `json.dumps` would make one for each value.
_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_listed).encode
