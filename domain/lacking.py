"""What a participant should have by a day and has not: without it they are paid wrongly, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date

from domain.attributes import QUOTA
from domain.member import memberships_in
from domain.quota import quotas_in
from domain.value import Values

#: Requires a quota of each measure that the plans somebody is on ask one for.
ANY_QUOTA = QUOTA.rstrip(":")
#: What is looked for where a company says nothing else, as far as any of its feeds brings it.
USUAL = ("plan", "ote", "team", ANY_QUOTA, "payroll_id", "manager")
#: Memberships: the primary one, or any of several.
_EITHER = {one: (one, f"{one}s") for one in ("plan", "team", "position", "club")} | {
    "territory": ("territory", "territories")
}


def attributes_of(name: str) -> tuple[str, ...]:
    """Give the attributes of which any is enough."""
    return _EITHER.get(name, (name,))


def lacking(values: Values, required: Collection[str], measures: Collection[str], day: date) -> Iterator[str]:
    """Yield what is lacking on a day of what is required, in its order: `team`, or `quota:revenue` of a measure.

    `measures` are those of which the plans they are on ask for a quota. Who is not eligible earns nothing, and lacks
    nothing.
    """
    if values.get("eligible") == "false":
        return
    for name in required:
        if name == ANY_QUOTA:
            there = {one.measure for one in quotas_in(values) if one.first <= day < one.last}
            yield from (f"{QUOTA}{measure}" for measure in sorted(measures) if measure not in there)
        elif all(values.get(one) is None for one in attributes_of(name)) and not any(memberships_in(values, (name,))):
            yield name
