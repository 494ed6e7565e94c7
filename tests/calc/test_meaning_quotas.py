"""What plans mean: quotas, and attainment."""

from datetime import date
from decimal import Decimal

import pytest

from domain.quota import InForce, Quota, target
from tests.calc.case import texts
from tests.calc.texts import FLAT, QUOTA_TIERS, case, components


class TestQuotas:
    def test_bounds_are_shares_of_the_quota_of_the_day_as_it_stands(self):
        found = case(
            FLAT,
            plan=components(QUOTA_TIERS),
            quotas="""
            who | measure | from       | to         | amount
            ann | revenue | 2026-01-01 | 2026-06-30 | 100
            ann | revenue | 2026-07-01 | 2026-12-31 | 400
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-03-01 | 150
            2   | ann | 2026-08-01 | 300
            """,
        )
        assert {one["key"]: (one["exact"], one["target"]) for one in found.lines} == {
            "1": (20, 100),  # 100 at 10 %, 50 at 20 %
            "2": (35, 400),  # from 150 to 400 at 10 %, 50 at 20 %
        }

    def test_lines_of_a_quota_add_up_on_the_days_they_share(self):
        found = case(
            FLAT,
            plan=components(QUOTA_TIERS),
            quotas="""
            who | measure | from       | to         | amount
            ann | revenue | 2026-01-01 | 2026-12-31 | 100
            ann | revenue | 2026-02-01 | 2026-03-31 | -40
            ann | revenue | 2026-03-01 | 2026-12-31 | 15
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-01 | 1
            2   | ann | 2026-02-01 | 1
            3   | ann | 2026-03-01 | 1
            4   | ann | 2026-04-01 | 1
            """,
        )
        assert [one["target"] for one in sorted(found.lines, key=lambda one: one["key"])] == [100, 60, 75, 115]

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ("ann | revenue | 2026-02-01 | 2026-12-31 | 100 | USD", "no_quota"),
            ("ann | revenue | 2026-01-01 | 2026-12-31 | 100 | EUR", "quota_currency"),
            ("ann | revenue | 2026-01-01 | 2026-12-31 | 100 | -", "quota_currency"),
            ("ann | revenue | 2026-01-01 | 2026-12-31 | 0   | USD", "quota_not_positive"),
            ("ann | pieces  | 2026-01-01 | 2026-12-31 | 100 | USD", "no_quota"),
        ],
    )
    @pytest.mark.parametrize("prorate", ["none", "days"])
    @pytest.mark.parametrize("type_", ["tiers", "bonus"])
    def test_without_a_quota_that_can_be_compared_a_person_is_set_aside(self, row, code, prorate, type_):
        if (code, prorate) == ("no_quota", "days") and "revenue" in row and type_ == "tiers":
            row = row.replace("2026-02-01", "2027-01-01").replace("2026-12-31", "2027-12-31")
        if (code, type_) == ("no_quota", "bonus"):
            row = row.replace("2026-02-01 | 2026-12-31", "2025-02-01 | 2025-12-31")
        tiers = f"{{commission: {{type: tiers, measure: revenue, earned: month, accumulate: year, bounds: quota, \
            prorate: {prorate}, tiers: [{{upto: 100%, rate: 10%}}, {{rate: 20%}}]}}}}"
        bonus = (
            f"{{commission: {{type: bonus, measure: revenue, earned: month, at: 100%, amount: 5, prorate: {prorate}}}}}"
        )
        found = case(
            FLAT,
            plan=components(tiers if type_ == "tiers" else bonus),
            quotas=f"who | measure | from | to | amount | currency\n{row}",
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 100
            """,
        )
        assert found.amounts == {}
        assert found.aside == {("ann", "commission", code)}

    def test_a_target_of_days_is_what_the_quotas_come_to_in_that_time(self):
        found = case(
            FLAT,
            plan=components(QUOTA_TIERS.replace("bounds: quota", "bounds: quota\n  prorate: days")),
            people="""
            who | plan  | from       | to
            ann | sales | 2026-02-10 | 2026-10-31
            """,
            quotas="""
            who | measure | from       | to         | amount
            ann | revenue | 2026-01-01 | 2026-06-30 | 1000
            ann | revenue | 2026-07-01 | 2026-12-31 | 2500
            ann | revenue | 2026-04-01 | 2026-04-30 | 77
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-03-01 | 100
            """,
        )
        spans = [
            ("2026-01-01", "2026-07-01", 1000),
            ("2026-07-01", "2027-01-01", 2500),
            ("2026-04-01", "2026-05-01", 77),
        ]
        held = [_in_force(*one) for one in spans]
        (line,) = found.lines
        assert line["target"] == target(held, date(2026, 2, 10), date(2026, 11, 1))

    def test_whoever_has_the_plan_and_the_quota_all_the_time_has_the_whole_target(self):
        for prorate in ("none", "days"):
            found = case(
                FLAT,
                plan=components(QUOTA_TIERS.replace("bounds: quota", f"bounds: quota\n  prorate: {prorate}")),
                quotas="""
                who | measure | from       | to         | amount
                ann | revenue | 2026-01-01 | 2026-12-31 | 1234.5678
                """,
                transactions="""
                key | who | date       | amount
                1   | ann | 2026-03-01 | 2000
                """,
            )
            (line,) = found.lines
            assert line["target"] == Decimal("1234.5678")
            assert line["exact"] == Decimal("123.45678") + Decimal("153.08644")

    def test_a_number_is_compared_with_a_quota_without_a_currency_cut_to_days_or_not(self):
        for prorate, paid in (("none", "7.00"), ("days", "10.00")):
            plan = texts(FLAT)["plan"]
            plan["measures"] = {"revenue": {"sum": "quantity"}}
            plan["components"] = texts(
                f"""
                commission:
                  type: tiers
                  measure: revenue
                  earned: year
                  bounds: quota
                  prorate: {prorate}
                  tiers: [{{upto: 100%, rate: 1}}, {{rate: 2}}]
                """
            )
            found = case(
                FLAT,
                plan=plan,
                people="""
                who | plan  | from       | to
                ann | sales | 2026-01-01 | 2026-03-14
                """,
                quotas="""
                who | measure | from       | to         | amount | currency
                ann | revenue | 2026-01-01 | 2026-12-31 | 20     | -
                """,
                transactions="""
                key | who | date       | amount | quantity
                1   | ann | 2026-03-01 | 0      | 7
                """,
            )
            assert found.amounts == {("ann", "commission", "2026"): paid}


def _in_force(first, last, amount):
    days = date.fromisoformat(first), date.fromisoformat(last)
    return InForce(Quota("revenue", Decimal(amount), "USD", *days), *days)
