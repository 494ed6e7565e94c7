"""What plans mean: currencies, and rates of the day."""

from decimal import Decimal

import pytest

from tests.calc.both import assert_same, by_engine
from tests.calc.case import texts
from tests.calc.texts import FLAT, case

RATED = FLAT.replace("currency: USD", "currency: USD\n  rates: {feed: fx, max_age: 7 days}")
THROUGH = FLAT.replace("currency: USD", "currency: USD\n  rates: {feed: fx, through: EUR, max_age: 7 days}")


class TestRates:
    def test_a_rate_holds_from_its_day_until_the_next_or_until_it_is_too_old(self):
        found = case(
            RATED,
            rates="""
            date       | base | quote | rate
            2026-01-05 | GBP  | USD   | 1.25
            2026-01-07 | GBP  | USD   | 1.5
            """,
            transactions="""
            key | who | date       | amount | currency
            1   | ann | 2026-01-04 | 100    | GBP
            2   | ann | 2026-01-05 | 100    | GBP
            3   | ann | 2026-01-06 | 100    | GBP
            4   | ann | 2026-01-07 | 100    | GBP
            5   | ann | 2026-01-14 | 100    | GBP
            6   | ann | 2026-01-15 | 100    | GBP
            7   | ann | 2026-01-15 | 100    | USD
            """,
        )
        assert {one["key"]: one["credit"] for one in found.lines} == {"2": 125, "3": 125, "4": 150, "5": 150, "7": 100}
        assert found.gaps == {"1": "no_rate", "6": "rate_too_old"}
        assert found.aside == {("ann", None, "no_rate"), ("ann", None, "rate_too_old")}

    def test_the_inverse_of_a_rate_is_never_guessed(self):
        inverse = """
            date       | base | quote | rate
            2026-01-05 | USD  | GBP   | 0.8
            """
        transactions = """
            key | who | date       | amount | currency
            1   | ann | 2026-01-05 | 100    | GBP
            """
        assert case(RATED, rates=inverse, transactions=transactions).gaps == {"1": "no_rate"}
        through = THROUGH.replace("through: EUR", "through: USD")
        (line,) = case(through, rates=inverse, transactions=transactions).lines
        assert (line["rate"], line["credit"]) == (Decimal("1.25"), 125)

    def test_a_cross_rate_is_one_quotation_over_the_other_to_ten_digits(self):
        found = case(
            THROUGH,
            rates="""
            date       | base | quote | rate
            2026-01-05 | EUR  | USD   | 1.1
            2026-01-05 | EUR  | GBP   | 0.7
            2026-01-05 | EUR  | JPY   | 160
            """,
            transactions="""
            key | who | date       | amount | currency
            1   | ann | 2026-01-05 | 100    | GBP
            2   | ann | 2026-01-05 | 100    | EUR
            3   | ann | 2026-01-05 | 100000 | JPY
            4   | ann | 2026-01-05 | 100    | CHF
            """,
        )
        assert {one["key"]: (str(one["rate"]), str(one["credit"])) for one in found.lines} == {
            "1": ("1.5714285714", "157.1429"),
            "2": ("1.1000000000", "110.0000"),
            "3": ("0.0068750000", "687.5000"),
        }
        assert found.gaps == {"4": "no_rate"}

    def test_what_is_converted_is_rounded_as_the_plan_says_and_what_is_not_stays(self):
        found = case(
            RATED.replace("7 days", "7 days, digits: 2"),
            rates="""
            date       | base | quote | rate
            2026-01-05 | GBP  | USD   | 1.2345
            """,
            transactions="""
            key | who | date       | amount | currency
            1   | ann | 2026-01-05 | 1      | GBP
            2   | ann | 2026-01-05 | 1.2345 | USD
            """,
        )
        assert {one["key"]: one["credit"] for one in found.lines} == {"1": Decimal("1.23"), "2": Decimal("1.2345")}

    @pytest.mark.parametrize(
        ("currency", "rate", "paid"), [("JPY", "160.55", "1606"), ("BHD", "0.37655", "3.766"), ("GBP", "0.8", "8.00")]
    )
    def test_an_earning_is_converted_once_at_the_rate_of_its_last_day_to_what_can_be_paid(self, currency, rate, paid):
        found = case(
            RATED,
            people=f"""
            who | plan  | from       | pay currency
            ann | sales | 2026-01-01 | {currency}
            """,
            rates=f"""
            date       | base | quote      | rate
            2026-01-05 | USD  | {currency} | 999
            2026-01-28 | USD  | {currency} | {rate}
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 100.01
            """,
        )
        (one,) = found.results
        assert (one.result.key.currency, str(one.result.amount)) == (currency, paid)
        assert (one.result.plan_currency, one.result.plan_amount) == ("USD", 10)
        assert one.result.rate == Decimal(rate)

    def test_without_a_rate_of_that_day_nothing_is_paid_in_another_currency(self):
        found = case(
            RATED,
            people="""
            who | plan  | from       | pay currency
            ann | sales | 2026-01-01 | GBP
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 100
            """,
        )
        assert found.amounts == {}
        assert found.aside == {("ann", "commission", "no_rate")}


def test_a_transaction_that_one_measure_credits_still_waits_for_the_rate_of_another(session):
    plan = texts(FLAT)["plan"]
    plan["measures"]["pieces"] = {"count": "key"}
    plan["credit"].append({"to": "owner", "measure": "pieces"})
    plan["components"]["each"] = {"type": "tiers", "measure": "pieces", "earned": "month", "tiers": [{"rate": "5"}]}
    found = case(FLAT, plan=plan, transactions="key | who | date | amount | currency\n1 | ann | 2026-01-05 | 10 | GBP")
    assert found.amounts == {("ann", "each", "2026-01"): "5.00"}
    assert found.gaps == {}
    assert found.aside == {("ann", None, "no_rate")}
    assert_same(by_engine(session, found.form, found.tables), found.evaluation)
