"""A quota: the target of a measure for one participant over days of its own, and what quotas come to over others.

A quota is an attribute of the participant's dated history, so that what holds of a value holds of it: it is proposed,
approved or refused, has its days, and is known as of a revision. The attribute is `quota:revenue`, or
`quota:revenue:ramp` where the quota of a measure has lines (base, ramp, relief, correction), which add up. The value is
the rest of it as one canonical text; the second day is the first on which it no longer holds:

    367000 USD 2017-07-01..2017-10-01        a target of money, in the plan's currency
    1200 - 2017-07-01..2017-10-01            one of what is counted
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from domain.attributes import QUOTA
from domain.step import Version
from domain.value import Values

#: Digits after the point of an amount, and the largest whole number of its last digit: what fits in 64 bits.
SCALE = 4
LARGEST = 2**63 - 1

#: A measure is named as plans name it; a line has a name of its own. Neither holds what would part them.
_MEASURE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_LINE = re.compile(r"\w[\w ./+-]{0,62}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_VALUE = re.compile(rf"(-?[0-9]+(?:\.[0-9]+)?) ([A-Z]{{3}}|-) ({_DATE})\.\.({_DATE})")
_NO_CURRENCY = "-"
_NEEDED = ("measure", "from", "until", "amount")


class Fault(NamedTuple):
    """Why some texts are no quota: which of them, a code, and what is wrong with what to do about it."""

    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Quota:
    """A target over `[first, last)`, of which `amount` is the whole.

    amount    at most four digits after the point; below zero only a line may be, which lowers the others
    currency  None for a measure that is no money
    line      None where it is the quota itself, or its line without a name
    """

    measure: str
    amount: Decimal
    currency: str | None
    first: date
    last: date
    line: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no quota."""
        if wrong := next(_faults(self), None):
            raise ValueError(wrong.message)

    @property
    def attribute(self) -> str:
        """The attribute whose value it is."""
        return f"{QUOTA}{self.measure}" if self.line is None else f"{QUOTA}{self.measure}:{self.line}"

    @property
    def value(self) -> str:
        """The rest of it as one canonical text: equal quotas give equal texts."""
        return f"{_digits(self.amount)} {self.currency or _NO_CURRENCY} {self.first}..{self.last}"

    @property
    def days(self) -> int:
        """How many days it is the target of."""
        return (self.last - self.first).days


@dataclass(frozen=True, slots=True)
class InForce:
    """A quota on the days on which it is in force: all of its own, or those that another has not taken."""

    quota: Quota
    start: date
    end: date


def quota_of(texts: Mapping[str, str | None]) -> Quota | tuple[Fault, ...]:
    """Give the quota of a mapped row, or every fault of it.

    `texts` are canonical: measure, line, from, until (the first day on which it no longer holds), amount, currency.
    """
    said = {name: text for name, text in texts.items() if text}
    missing = [
        Fault(name, "missing", f"{name} is empty; fill it in at the source") for name in _NEEDED if name not in said
    ]
    amount, first, last = said.get("amount"), said.get("from"), said.get("until")
    parts = _Parts(
        measure=said.get("measure"),
        amount=Decimal(amount) if amount else None,
        currency=said.get("currency"),
        first=date.fromisoformat(first) if first else None,
        last=date.fromisoformat(last) if last else None,
        line=said.get("line"),
    )
    return (*missing, *_faults(parts)) or Quota(**parts._asdict())


def quota_in(attribute: str, value: str) -> Quota:
    """Read a quota back from its attribute and value; `ValueError` where they are none."""
    measure, colon, line = attribute.removeprefix(QUOTA).partition(":")
    found = _VALUE.fullmatch(value)
    if found is None or not attribute.startswith(QUOTA):
        message = f"{attribute} {value} is no quota"
        raise ValueError(message)
    amount, currency, first, last = found.groups()
    unit = None if currency == _NO_CURRENCY else currency
    days = date.fromisoformat(first), date.fromisoformat(last)
    return Quota(measure, Decimal(amount), unit, *days, line if colon else None)


def is_quota(attribute: str) -> bool:
    """Tell whether that is how an attribute that is a quota is called: `quota:revenue`, `quota:revenue:ramp`."""
    measure, colon, line = attribute.removeprefix(QUOTA).partition(":")
    is_line = not colon or _LINE.fullmatch(line) is not None
    return attribute.startswith(QUOTA) and _MEASURE.fullmatch(measure) is not None and is_line


def quotas_in(values: Values) -> tuple[Quota, ...]:
    """Give the quotas among some values, by measure and line."""
    names = sorted(name for name in values if name.startswith(QUOTA))
    return tuple(quota_in(name, value) for name in names if isinstance(value := values[name], str))


def in_force(versions: Iterable[Version]) -> tuple[InForce, ...]:
    """Give the quotas of one engagement's versions with their days, by attribute and day, neighbours put together."""
    found: dict[str, list[InForce]] = {}
    for version in sorted(versions, key=lambda one: one.start):
        for quota in quotas_in(version.attributes):
            known = found.setdefault(quota.attribute, [])
            start = version.start
            if known and known[-1].end == start and known[-1].quota == quota:
                start = known.pop().start
            known.append(InForce(quota, start, version.end))
    return tuple(one for name in sorted(found) for one in found[name])


def total(quotas: Iterable[Quota]) -> dict[str, tuple[Decimal, str | None]]:
    """Give, by measure, the sum of the lines that are in force on one day, each whole, with their currency.

    `ValueError` where the lines of one measure have several currencies: they do not add up.
    """
    found: dict[str, tuple[Decimal, str | None]] = {}
    for one in sorted(quotas, key=lambda quota: quota.attribute):
        before, currency = found.get(one.measure, (Decimal(0), one.currency))
        if currency != one.currency:
            message = f"{one.measure} has quotas in {currency or 'no currency'} and in {one.currency or 'no currency'}"
            raise ValueError(message)
        found[one.measure] = Decimal(_digits(before + one.amount)), currency
    return found


def exact_target(held: Iterable[InForce], start: date, end: date) -> Fraction:
    """Give what quotas of one measure and currency come to over `[start, end)`: of each its share by calendar days.

    A share is the amount times the days on which it is in force there, over the days of its own span: exact, so that
    the parts of a time sum to the whole of it. `ValueError` where they are not of one measure and currency.
    """
    known = tuple(held)
    if len(units := sorted({(one.quota.measure, one.quota.currency or "no currency") for one in known})) > 1:
        message = f"quotas of {' and '.join(' in '.join(unit) for unit in units)} do not add up"
        raise ValueError(message)
    return sum((_share(one, start, end) for one in known), Fraction(0))


def target(held: Iterable[InForce], start: date, end: date) -> Decimal:
    """Give the same rounded once, half-even, to four digits after the point."""
    return _rounded(exact_target(held, start, end))


def targets(held: Iterable[InForce], days: Sequence[date]) -> tuple[Decimal, ...]:
    """Give the targets of the parts that some days in order cut a time into: one fewer than there are days.

    Each is what the target from the first day on gains by it, so that rounded parts sum to the rounded whole.
    """
    known = tuple(held)
    running = [target(known, days[0], day) for day in days]
    return tuple(after - before for before, after in pairwise(running))


def _share(held: InForce, start: date, end: date) -> Fraction:
    days = (min(held.end, end) - max(held.start, start)).days
    return Fraction(held.quota.amount) * max(days, 0) / held.quota.days


def _rounded(exact: Fraction) -> Decimal:
    return Decimal(f"{round(exact * 10**SCALE)}E-{SCALE}")


class _Parts(NamedTuple):
    """What a quota is made of; None where it is missing."""

    measure: str | None
    amount: Decimal | None
    currency: str | None
    first: date | None
    last: date | None
    line: str | None


def _faults(one: Quota | _Parts) -> Iterator[Fault]:
    """Yield what is wrong with what is there."""
    if one.measure is not None and not _MEASURE.fullmatch(one.measure):
        message = f"'{one.measure}' is no name of a measure: letters, digits, `_` and `-`, a letter first"
        yield Fault("measure", "no_name", f"{message}; correct it in the source or map it with `values`")
    if one.line is not None and not _LINE.fullmatch(one.line):
        message = f"'{one.line}' is no name of a line: letters, digits, spaces and `_ - . / +`, at most 63"
        yield Fault("line", "no_name", f"{message}; correct it in the source or map it with `values`")
    if one.currency is not None and not _CURRENCY.fullmatch(one.currency):
        message = f"'{one.currency}' is no currency of three capital letters"
        yield Fault("currency", "currency_missing", f"{message}; correct it in the source or map it with `values`")
    if one.amount is not None and (wrong := _wrong_amount(one.amount, one.line)):
        yield wrong
    if one.first and one.last and one.first >= one.last:
        message = f"from {one.first} until {one.last} is not a single day: `until` is the first day it no longer holds"
        yield Fault("until", "no_days", f"{message}; correct it in the source, or say `inclusive: true`")


def _wrong_amount(amount: Decimal, line: str | None) -> Fault | None:
    scaled = Fraction(amount) * 10**SCALE
    if scaled.denominator != 1:
        message = f"{amount} has more than {SCALE} digits after the point"
        return Fault("amount", "too_many_digits", f"{message}; correct it in the source or say `round: half_even`")
    if abs(scaled) > LARGEST:
        return Fault("amount", "too_many_digits", f"{amount} is more than an amount can be; correct it in the source")
    if amount < 0 and line is None:
        message = f"a quota of {amount} is below zero"
        return Fault("amount", "below_zero", f"{message}; correct it, or give what lowers a quota a `line` of its own")
    return None


def _digits(amount: Decimal) -> str:
    """Write an amount without exponent, needless zeros, or the sign of nothing."""
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
