"""Amounts, numbers and shares as locales write them: with all their digits, however many."""

from __future__ import annotations

import pytest

from syncd.texts import texts_for


@pytest.mark.parametrize(
    ("amount", "currency", "tag", "said"),
    [
        ("-1234.5", "USD", "en", "-1,234.50\xa0USD"), ("1234.50", "EUR", "da", "1.234,50\xa0EUR"),
        ("1234", "JPY", "en", "1,234\xa0JPY"), ("1.5", "KWD", "en", "1.500\xa0KWD"),
        ("0.12345", "USD", "en", "0.12345\xa0USD"), ("99999999999999.99", "USD", "en", "99,999,999,999,999.99\xa0USD"),
    ],
)  # fmt: skip
def test_amounts_as_locales_write_them(amount: str, currency: str, tag: str, said: str) -> None:
    assert texts_for([tag]).money(amount, currency) == said


@pytest.mark.parametrize("amount", ["100000000000000", "99999999999999999999999999.99", "1" * 40 + ".125"])
def test_no_number_is_too_long_to_be_written(amount: str) -> None:
    texts = texts_for(["en"])
    assert texts.number(amount).replace(",", "") == amount
    assert texts.money(amount, "USD").replace(",", "") == amount + ("" if "." in amount else ".00") + "\xa0USD"
    assert (texts.rule(f"10% of {amount}") or "").replace(",", "") == f"10% of {amount}"
    assert amount in (texts_for(["da"]).rule(f"10% of {amount}") or "").replace(".", "").replace(",", ".")


@pytest.mark.parametrize(
    ("share", "english", "danish"),
    [("0.01125", "1.125%", "1,125\xa0%"), ("0.1", "10%", "10\xa0%"), ("0.3333333333333333", "33.33333333333333%", None),
     ("1", "100%", "100\xa0%"), ("12.5", "1,250%", "1.250\xa0%")],
)  # fmt: skip
def test_a_share_is_as_long_as_it_is(share: str, english: str, danish: str | None) -> None:
    assert texts_for(["en"]).share(share) == english
    if danish is not None:
        assert texts_for(["da"]).share(share).replace(" ", "\xa0") == danish
    assert (texts_for(["da"]).rule("1.125% of 400.00") or "").replace("\xa0", " ") == "1,125 % af 400,00"
