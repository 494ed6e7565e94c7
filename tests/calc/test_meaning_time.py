"""What plans mean: versions, time, caps, segments, rounding."""

from datetime import date

import pytest

from formula.evaluate import TooLarge
from tests.calc.both import by_engine
from tests.calc.texts import FLAT, case, components, tiers


class TestVersions:
    def test_attainment_goes_on_over_versions_and_each_credit_is_paid_by_the_version_of_its_day(self):
        first = tiers("[{upto: 100, rate: 10%}, {rate: 20%}]", "accumulate: year")
        later = tiers("[{upto: 120, rate: 30%}, {rate: 50%}]", "accumulate: year")
        found = case(FLAT, plan=first, later_versions=[{"from": "2026-02-10", "plan": later}], transactions=OVER_TIME)
        assert {one["key"]: (one["after"], one["exact"], int(one["version"])) for one in found.lines} == {
            "1": (80, 8, 1),
            "2": (110, 4, 1),  # 20 at 10 %, 10 at 20 %
            "3": (140, 13, 2),  # 10 at 30 %, 20 at 50 %
        }
        assert found.amounts == {("ann", "commission", "2026-01"): "8.00", ("ann", "commission", "2026-02"): "17.00"}

    def test_attainment_goes_on_when_a_version_works_in_another_way_and_under_another_name(self):
        first = components("{commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}]}}")
        later = components(
            """
            provision:
              was: commission
              type: tiers
              measure: gross
              earned: month
              accumulate: year
              method: whole
              tiers: [{upto: 120, rate: 10%}, {rate: 20%}]
              cap: {amount: 15, per: year}
            """
        )
        later["measures"] = {"gross": {"sum": "amount * 1"}}
        later["credit"] = [{"to": "splits", "measure": "gross"}]
        found = case(FLAT, plan=first, later_versions=[{"from": "2026-02-10", "plan": later}], transactions=OVER_TIME)
        assert {one["key"]: (one["after"], one["exact"], one["component"]) for one in found.lines} == {
            "1": (80, 8, "commission"),
            "2": (30, 3, "commission"),
            "3": (140, 17, "commission"),  # 140 at 20 %, less 110 at 10 %; the cap of the year leaves 7
        }
        assert found.amounts == {("ann", "commission", "2026-01"): "8.00", ("ann", "commission", "2026-02"): "7.00"}

    def test_nobody_earns_by_a_version_that_does_not_hold(self):
        found = case(
            FLAT, transactions="key | who | date | amount\n1 | ann | 2024-12-31 | 100\n2 | ann | 2025-01-01 | 5"
        )
        assert found.amounts == {("ann", "commission", "2025-01"): "0.50"}


OVER_TIME = """
    key | who | date       | amount
    1   | ann | 2026-01-15 | 80
    2   | ann | 2026-02-09 | 30
    3   | ann | 2026-02-10 | 30
    """


class TestTime:
    def test_of_one_day_credits_count_by_feed_and_key(self):
        plan = components(
            "{commission: {type: tiers, measure: revenue, earned: month, tiers: [{upto: 10, rate: 10%}, {rate: 20%}]}}"
        )
        found = case(
            FLAT,
            plan=plan,
            transactions="""
            key | who | date       | amount
            b   | ann | 2026-01-05 | 10
            a   | ann | 2026-01-05 | 10
            """,
        )
        assert {one["key"]: one["exact"] for one in found.lines} == {"a": 1, "b": 2}

    def test_a_calendar_says_what_a_quarter_is_and_in_which_pay_period_it_falls_due(self):
        plan = components("{commission: {type: tiers, measure: revenue, earned: quarter, tiers: [{rate: 10%}]}}")
        found = case(
            FLAT,
            plan={**plan, "calendar": "fiscal"},
            transactions="key | who | date | amount\n1 | ann | 2026-08-15 | 50",
        )
        (one,) = found.results
        assert one.result.key.earned_period == "2027-Q1"
        assert (one.result.earned_from, one.result.earned_until) == (date(2026, 7, 1), date(2026, 10, 1))
        assert one.result.pay_period == "2027-B07"

    def test_what_is_outside_of_the_days_is_neither_credited_nor_missing(self):
        found = case(FLAT, transactions="key | who | date | amount\n1 | ann | 2031-01-01 | 50")
        assert (found.amounts, found.gaps) == ({}, {})


class TestCaps:
    def test_a_cap_of_a_year_counts_over_its_months_and_what_is_taken_back_makes_room(self):
        plan = tiers("[{rate: 10%}]", "cap: {amount: 100, per: year}")
        found = case(
            FLAT,
            plan=plan,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 600
            2   | ann | 2026-02-05 | 700
            3   | ann | 2026-03-05 | 100
            4   | ann | 2026-04-05 | -500
            5   | ann | 2026-05-05 | 900
            """,
        )
        assert [amount for _, amount in sorted(found.amounts.items())] == ["60.00", "40.00", "0.00", "-10.00", "10.00"]
        assert [one.result.reason for one in found.results] == [None, "capped", "capped", "capped", "capped"]

    def test_each_participant_and_component_has_a_cap_of_its_own(self):
        plan = components(
            """
            one: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}], cap: {amount: 5, per: month}}
            two: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}], cap: {amount: 7.5, per: month}}
            """
        )
        found = case(
            FLAT,
            plan=plan,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 60
            2   | ben | 2026-01-05 | 80
            """,
        )
        assert found.amounts == {
            ("ann", "one", "2026-01"): "5.00",
            ("ben", "one", "2026-01"): "5.00",
            ("ann", "two", "2026-01"): "6.00",
            ("ben", "two", "2026-01"): "7.50",
        }


class TestSegments:
    def test_a_period_is_cut_where_the_legal_entity_changes_and_a_cap_holds_for_all_of_it(self):
        plan = tiers("[{upto: 100, rate: 10%}, {rate: 20%}]", "cap: {amount: 25, per: month}")
        found = case(
            FLAT,
            plan=plan,
            people="""
            who | plan  | from       | to         | legal entity
            ann | sales | 2026-01-01 | 2026-01-15 | US
            ann | sales | 2026-01-16 | 2026-12-31 | CA
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-10 | 80
            2   | ann | 2026-01-20 | 120
            3   | ann | 2026-02-20 | 10
            """,
        )
        told = [(one.result.legal_entity, one.result.segment, str(one.result.amount)) for one in found.results]
        assert sorted(told, key=str) == [
            ("CA", "2026-01-16..2026-01-31", "17.00"),  # 22 earned, 17 left of the cap
            ("CA", None, "1.00"),
            ("US", "2026-01-01..2026-01-15", "8.00"),
        ]

    def test_a_step_at_which_nothing_of_pay_changes_cuts_nothing(self):
        found = case(
            FLAT,
            people="""
            who | plan  | from       | to         | legal entity
            ann | sales | 2026-01-01 | 2026-01-15 | US
            ann | sales | 2026-01-16 | 2026-12-31 | US
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-10 | 0.15
            2   | ann | 2026-01-20 | 0.15
            """,
        )
        (one,) = found.results
        assert (one.result.segment, str(one.result.amount)) == (None, "0.03")


class TestRounding:
    @pytest.mark.parametrize(("mode", "up", "down"), [("half_even", "0.12", "-0.12"), ("half_up", "0.13", "-0.13")])
    def test_an_earning_is_rounded_once_as_the_plan_says(self, mode, up, down):
        plan = components(
            f"{{commission: {{type: tiers, measure: revenue, earned: month, tiers: [{{rate: 10%}}], round: {mode}}}}}"
        )
        found = case(
            FLAT,
            plan=plan,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 0.625
            2   | ann | 2026-01-06 | 0.625
            3   | ben | 2026-01-05 | -1.25
            """,
        )
        assert found.amounts == {("ann", "commission", "2026-01"): up, ("ben", "commission", "2026-01"): down}

    def test_a_plan_in_yen_pays_whole_yen(self):
        plan = {
            **components("{commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}]}}"),
            "currency": "JPY",
        }
        found = case(
            FLAT, plan=plan, transactions="key | who | date | amount | currency\n1 | ann | 2026-01-05 | 1234.9 | JPY"
        )
        assert found.amounts == {("ann", "commission", "2026-01"): "123"}

    def test_what_does_not_fit_is_refused_by_both(self, session):
        found = case(
            FLAT,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 900000000000000
            2   | ann | 2026-01-06 | 900000000000000
            """,
        )
        with pytest.raises(TooLarge):
            _ = found.evaluation
        with pytest.raises(TooLarge):
            by_engine(session, found.form, found.tables)
