"""How finely amounts are paid."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currency import from_minor_units, minor_digits, minor_units


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), ("EUR", 2)])
def test_a_currency_has_the_digits_of_iso_4217(currency, digits):
    assert minor_digits(currency) == digits


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["USD", "JPY", "BHD"]))
def test_minor_units_and_back_is_the_same(units, currency):
    assert minor_units(from_minor_units(units, currency), currency) == units


def test_a_part_of_a_minor_unit_is_refused():
    assert minor_units(Decimal("1.50"), "USD") == 150
    for amount, currency in (("1.005", "USD"), ("0.5", "JPY")):
        with pytest.raises(ValueError, match="digits after the point"):
            minor_units(Decimal(amount), currency)
