"""Numbers as plans write them: `3.5%`, `20000`, `2500.50 USD`, `7 days`. Read from their text, never as floats."""

from __future__ import annotations

import re
from decimal import Decimal

from calc.inputs import AMOUNT_SCALE, SHARE_SCALE
from formula.quantity import LARGEST

_PERCENT = re.compile(r"(-?\d+(?:\.\d+)?)\s*%")
_AMOUNT = re.compile(r"(-?\d+(?:\.\d+)?)(?:\s*([A-Z]{3}))?")
_DAYS = re.compile(r"(\d{1,4})(?:\s*days?)?")


def percent(text: str) -> Decimal | None:
    """Read `3.5%` as 0.035, exactly; None where it is none, or has more digits than a share may have."""
    found = _PERCENT.fullmatch(text.strip())
    return _fitting(Decimal(found[1]).scaleb(-2), SHARE_SCALE) if found else None


def amount(text: str, currency: str | None = None) -> Decimal | None:
    """Read `20000`, or `20000 USD` where that is the currency; None where it is none."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or found[2] not in (None, currency):
        return None
    return _fitting(Decimal(found[1]), AMOUNT_SCALE)


def days(text: str) -> int | None:
    """Read `7 days`; None where it is none."""
    found = _DAYS.fullmatch(text.strip())
    return int(found[1]) if found else None


def _fitting(value: Decimal, scale: int) -> Decimal | None:
    shifted = value.scaleb(scale)
    return value.normalize() + 0 if shifted == shifted.to_integral_value() and abs(shifted) <= LARGEST else None
