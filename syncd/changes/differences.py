"""The differences a change carries: DeepDiff over the before and after of one person's differing attributes.

Only what the comparison already found to differ comes here. Two plain values are a difference as they stand; sets
go through DeepDiff once for each distinct pair, which names the members that came and went.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from deepdiff import DeepDiff

from domain.change import Difference
from domain.value import Value, Values


def differences(before: Values, after: Values, names: Iterable[str]) -> dict[str, Difference]:
    """Give a difference for each named attribute whose values differ, null and missing being the same."""
    found = {}
    for name in names:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        added, removed = _members(old, new) if isinstance(old, tuple) or isinstance(new, tuple) else ((), ())
        found[name] = Difference(name, old, new, added, removed)
    return found


@lru_cache(maxsize=4096)
def _members(before: Value, after: Value) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = DeepDiff(_as_set(before), _as_set(after), view="tree")
    added = sorted(str(item.t2) for item in found.get("set_item_added", ()))
    removed = sorted(str(item.t1) for item in found.get("set_item_removed", ()))
    return tuple(added), tuple(removed)


def _as_set(value: Value) -> set[str]:
    if value is None:
        return set()
    return set(value) if isinstance(value, tuple) else {value}
