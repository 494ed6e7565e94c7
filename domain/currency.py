"""How finely a currency is paid: the digits of its minor unit, by ISO 4217."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

#: Digits of a currency that is divided into a hundred.
USUAL = 2
#: Currencies with other digits.
UNUSUAL: Mapping[int, tuple[str, ...]] = {
    0: (
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"),
        *("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
    ),
    3: ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"),
    4: ("CLF", "UYW"),
}
_DIGITS = {currency: digits for digits, currencies in UNUSUAL.items() for currency in currencies}


def minor_digits(currency: str) -> int:
    """Give how many digits after the point an amount that is paid has: USD 2, JPY 0, BHD 3."""
    return _DIGITS.get(currency, USUAL)


def minor_units(amount: Decimal, currency: str) -> int:
    """Give an amount as whole minor units; `ValueError` where it has a part of one."""
    shifted = amount.scaleb(minor_digits(currency))
    if shifted != shifted.to_integral_value():
        raise ValueError(f"{amount} {currency} has more than {minor_digits(currency)} digits after the point")
    return int(shifted)


def from_minor_units(units: int, currency: str) -> Decimal:
    """Give back the amount of whole minor units, written with all its digits: 1250 USD is 12.50."""
    return Decimal(units).scaleb(-minor_digits(currency))
