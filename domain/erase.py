"""When the personal values of somebody may be erased: who has left, is owed nothing, and about whom nothing is asked.

What is personal `domain.attributes.is_personal` says. Everything else stays, for pay is made of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from domain.attributes import NAMED_BY, PRIMARY
from domain.change import ends
from domain.step import Version
from domain.value import Values, as_day


class Name(NamedTuple):
    """What facts name somebody by (`employee_id:E1`), and as known at which revisions: `until` the first that is not.

    Amounts come from facts, which are never changed and name people so: without it they would be nobody's.
    """

    owner: str
    since: int
    until: int | None


def names_held(
    versions: Sequence[tuple[Version, int, int | None]], now: Values, named_by: Iterable[str]
) -> list[Name]:  # fmt: skip
    """Give what facts could name somebody by at each revision, where `named_by` are the ids that they name people by.

    versions  all that were ever known of somebody, each from a revision on, until one; of several posts the primary
              one says the ids, and of those the last
    now       the ids as they are; they count before the first version too
    """
    cuts = sorted({0, *(at for _, since, until in versions for at in (since, until) if at is not None)})
    found: list[Name] = []
    for by in sorted(named_by):
        for since, until in pairwise((*cuts, None)):
            known = [
                one
                for one, begun, ended in versions
                if begun <= (since or 0) and (ended is None or ended > (since or 0))
            ]
            ids = _last(known).attributes if known and until is not None else now
            if value := ids.get(by):
                name = Name(f"{by}:{value}", since or 0, until)
                if found and found[-1].owner == name.owner and found[-1].until == name.since:
                    name = name._replace(since=found.pop().since)
                found.append(name)
    return found


def _last(known: Sequence[Version]) -> Version:
    in_order = sorted(known, key=lambda one: one.engagement)
    in_order.sort(key=lambda one: (one.attributes.get(PRIMARY) == "true", one.start), reverse=True)
    return in_order[0]


def names_another(kept: Mapping[str, int], values: Values, person: int | None) -> str | None:
    """Say why some ids cannot be those of a participant: facts name by one of them somebody else, who was erased.

    kept  what such facts name people by, as in `Name`, and whom
    """
    for by in NAMED_BY:
        erased = kept.get(f"{by}:{values.get(by)}")
        if erased is not None and erased != person:
            return (
                f"by {by} {values[by]} facts of before name P{erased}, who was erased; whoever has it too takes "
                f"over what was paid: where it is P{erased} who is back, `link SOURCE:KEY P{erased}`; else give them "
                f"another {by} in the source, and on their facts from now on, for good"
            )
    return None


def still_here(versions: Iterable[Version], today: date) -> str | None:
    """Say why somebody counts as not having left: a post that goes on or is to begin, or pay until a later day."""
    for one in versions:
        if one.end > today and not ends(one.attributes):
            post = "" if one.engagement == "main" else f" ({one.engagement})"
            return f"employed or under contract{post} on or after {max(one.start, today)}"
    paid = [day for one in versions if (day := as_day(one.attributes.get("pay_until"))) and day >= today]
    return f"paid until {max(paid)}" if paid else None


def in_the_way(
    waiting: Collection[int], asked: Collection[int], adjusted: Collection[int], unsent: Collection[int] = ()
) -> str | None:
    """Say what about somebody is undecided: changes, questions, adjustments by hand, deliveries to go, by number."""
    found = [
        *(f"C{number} waits" for number in waiting),
        *(f"Q{number} is not answered" for number in asked),
        *(f"A{number} is not decided" for number in adjusted),
        *(f"D{number} is neither sent nor dropped" for number in unsent),
    ]
    return f"{', '.join(found)}: decide that first" if found else None
