"""A membership: somebody is in a unit, or on a plan, over days of its own, with a role, a share and own terms.

Like a quota it is an attribute of the participant's dated history: `member:team:T1`, so that memberships stand beside
one another, whoever names them. The value is the rest of it as one canonical text; the second day is the first on which
it no longer holds, and is left out where it has no end:

    primary 60% 2026-01-01..2026-07-01
    - - 2026-01-01..; draw=2000; target=50000
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.attributes import MEMBER, MEMBER_OF_PLAN
from domain.facts import MEMBER_KINDS, TERMS, share_of
from domain.quota import Fault
from domain.step import FOREVER
from domain.value import Values

_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_VALUE = re.compile(rf"([a-z]+|-) ([0-9.]+%|-) ({_DATE})\.\.({_DATE})?((?:; [a-z_]+=[^;]+)*)")
_NEEDED = ("kind", "unit", "from")
_NONE = "-"


@dataclass(frozen=True, slots=True)
class Membership:
    """Being in a unit of a kind, or on a plan, over `[first, last)`.

    share  more than nothing and at most 1; None where none is said
    terms  what is agreed for it alone, in the order of `domain.facts.TERMS`: name and canonical text
    """

    kind: str
    unit: str
    first: date
    last: date = FOREVER
    role: str | None = None
    share: Decimal | None = None
    terms: tuple[tuple[str, str], ...] = ()

    @property
    def attribute(self) -> str:
        """The attribute whose value it is."""
        return f"{MEMBER}{self.kind}:{self.unit}"

    @property
    def shown_share(self) -> str:
        """The share as people write it, `60%`; nothing where none is said."""
        return "" if self.share is None else f"{_digits(self.share * 100)}%"

    @property
    def value(self) -> str:
        """The rest of it as one canonical text: equal memberships give equal texts."""
        last = "" if self.last == FOREVER else self.last.isoformat()
        terms = "".join(f"; {name}={text}" for name, text in self.terms)
        return f"{self.role or _NONE} {self.shown_share or _NONE} {self.first}..{last}{terms}"


def is_member(attribute: str) -> bool:
    """Tell whether that is how an attribute that is a membership is called: `member:team:T1`."""
    kind, _, unit = attribute.removeprefix(MEMBER).partition(":")
    return attribute.startswith(MEMBER) and kind in MEMBER_KINDS and bool(unit)


def membership_of(texts: Mapping[str, str | None]) -> Membership | tuple[Fault, ...]:
    """Give the membership of a mapped row, or every fault of it.

    `texts` are canonical: kind, unit, from, until (the first day on which it no longer holds), role, share, terms.
    """
    said = {name: text for name, text in texts.items() if text}
    if faults := tuple(_faults(said)):
        return faults
    until, share = said.get("until"), said.get("share")
    return Membership(
        said["kind"],
        said["unit"],
        date.fromisoformat(said["from"]),
        date.fromisoformat(until) if until else FOREVER,
        said.get("role"),
        share_of(share) if share else None,
        tuple((name, said[name]) for name in TERMS if name in said),
    )


def membership_in(attribute: str, value: str) -> Membership:
    """Read a membership back from its attribute and value; `ValueError` where they are none."""
    kind, _, unit = attribute.removeprefix(MEMBER).partition(":")
    found = _VALUE.fullmatch(value)
    if found is None or not is_member(attribute):
        message = f"{attribute} {value} is no membership"
        raise ValueError(message)
    role, share, first, last, terms = found.groups()
    pairs = (one.partition("=") for one in terms.split("; ")[1:])
    return Membership(
        kind,
        unit,
        date.fromisoformat(first),
        date.fromisoformat(last) if last else FOREVER,
        None if role == _NONE else role,
        None if share == _NONE else share_of(share),
        tuple((name, text) for name, _, text in pairs),
    )


def is_same(one: Membership, other: Membership) -> bool:
    """Tell whether two say the same of one unit, apart from their days."""
    return (one.attribute, one.role, one.share, one.terms) == (other.attribute, other.role, other.share, other.terms)


def memberships_in(values: Values, kinds: Iterable[str] = MEMBER_KINDS) -> Iterator[Membership]:
    """Yield the memberships of some kinds among some values, by kind and unit."""
    starts = tuple(f"{MEMBER}{kind}:" for kind in kinds)
    for name in sorted(values):
        if name.startswith(starts) and isinstance(value := values[name], str):
            yield membership_in(name, value)


def _faults(said: Mapping[str, str]) -> Iterator[Fault]:
    for name in _NEEDED:
        if name not in said:
            yield Fault(name, "missing", f"{name} is empty; fill it in at the source")
    if "until" in said and "from" in said and said["until"] <= said["from"]:
        message = (
            f"from {said['from']} until {said['until']} is not a single day: `until` is the first day it no longer"
        )
        yield Fault("until", "no_days", f"{message} holds; correct it in the source, or say `inclusive: true`")
    if "share" in said and share_of(said["share"]) is None:
        yield Fault("share", "not_a_share", f"'{said['share']}' is not written as 60% or 0.6; correct it in the source")
    if not re.fullmatch("[A-Z]{3}", said.get("currency", "USD")):
        message = f"'{said['currency']}' is no currency of three capital letters"
        yield Fault("currency", "currency_missing", f"{message}; correct it in the source or map it with `values`")
    for name in TERMS:
        if ";" in said.get(name, ""):
            yield Fault(name, "no_term", f"{name} holds a semicolon, which parts terms; write it otherwise")


def _digits(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plans_named(values: Values) -> frozenset[str]:
    """Give the plans that somebody is on by their values: the one plan, several, and memberships of plans."""
    one, several = values.get("plan"), values.get("plans")
    named = {one} if isinstance(one, str) else set()
    named |= {several} if isinstance(several, str) else set(several or ())
    members = {name.removeprefix(MEMBER_OF_PLAN) for name in values if name.startswith(MEMBER_OF_PLAN)}
    return frozenset(named | members)
