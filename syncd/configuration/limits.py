"""What `limits` means: shares and counts, and over how many days they are counted."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import timedelta
from decimal import Decimal

from domain.hold import Limit, Limits
from formula.parse import suggestion
from syncd.configuration.forms import FeedForm, LimitsForm
from syncd.configuration.wording import Fault
from syncd.configuration.wording import Path as Keys

_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?) ?%")
_DAYS = re.compile(r"([1-9][0-9]{0,3}) days?")


def faults_of_limits(path: Keys, feed: FeedForm, attributes: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with the limits of a feed at `path`; `attributes` are those that one may have."""
    limits = feed.limits
    alone = {(key,): getattr(limits, key) for key in ("ending", "errors", "adding", "changing")}
    of_one = {("attributes", name): value for name, value in limits.attributes.items()}
    for keys, value in (alone | of_one).items():
        if value is not None and _limit(value) is None:
            yield Fault(
                (*path, "limits", *keys),
                f"'{value}' is no limit: write a share from 0% to 100%, or a count from 0 on",
            )
    for name in limits.attributes:
        if name not in attributes:
            message = f"there is no attribute '{name}'{suggestion(name, tuple(attributes))}"
            yield Fault((*path, "limits", "attributes", name), message, of_key=True)
    if not _DAYS.fullmatch(feed.keep):
        yield Fault((*path, "keep"), f"'{feed.keep}' is no span: write it like `90 days`")
    if limits.within is not None and not _DAYS.fullmatch(limits.within):
        yield Fault((*path, "limits", "within"), f"'{limits.within}' is no span: write it like `7 days`")


def limits_of(form: LimitsForm) -> Limits:
    """Give the limits of a form without faults."""
    usual = Limits()
    attributes = {name: limit for name, value in form.attributes.items() if (limit := _limit(value))}
    return Limits(
        ending=_limit(form.ending) or usual.ending,
        errors=_limit(form.errors) or usual.errors,
        adding=_limit(form.adding),
        changing=_limit(form.changing),
        attributes=dict(sorted(attributes.items())),
        within=days_of(form.within),
    )


def _limit(value: int | str | None) -> Limit | None:
    """Read `20%` or `500`; None where it is neither, or out of its range."""
    if isinstance(value, int):
        return Limit(count=value) if value >= 0 else None
    match = _SHARE.fullmatch(value or "")
    share = Decimal(match[1]) / 100 if match else None
    return Limit(share=share) if share is not None and share <= 1 else None


def days_of(text: str | None) -> timedelta | None:
    """Read `7 days`; None where it is no span."""
    match = _DAYS.fullmatch(text or "")
    return timedelta(int(match[1])) if match else None
