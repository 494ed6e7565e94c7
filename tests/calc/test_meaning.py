"""What plans mean: crediting, rates, quotas, versions, proration, caps, rounding; each told by a small example."""

from datetime import date
from decimal import Decimal

import pytest

from calc.compile import compile_plans
from calc.period import Period
from calc.reason import reason_for_nothing
from calc.reference import evaluated
from domain.quota import InForce, Quota, target
from formula.evaluate import TooLarge
from tests.calc.both import assert_same, by_engine, counted
from tests.calc.case import Case, texts

FLAT = """
plan:
  plan: sales
  currency: USD
  measures: {revenue: {sum: amount}}
  credit: [{to: owner, measure: revenue}]
  components:
    commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}]}
"""


def case(text, **more):
    document = {**texts(text), **more}
    for name, change in document.pop("plan_changes", {}).items():
        document["plan"][name] = change
    return Case("case", document)


def components(text):
    """A plan with these components, paying on revenue that owners are credited with."""
    document = texts(FLAT)
    document["plan"]["components"] = texts(text)
    return document["plan"]


def tiers(ladder, *more):
    """The same with one component of tiers, earned by month."""
    said = ", ".join(("type: tiers", "measure: revenue", "earned: month", *more))
    return components(f"{{commission: {{{said}, tiers: {ladder}}}}}")


QUOTA_TIERS = """
commission:
  type: tiers
  measure: revenue
  earned: month
  accumulate: year
  bounds: quota
  tiers: [{upto: 100%, rate: 10%}, {rate: 20%}]
"""


class TestCrediting:
    def test_every_part_that_nobody_is_credited_with_has_one_reason(self):
        found = case(
            """
            plan:
              plan: sales
              currency: USD
              measures: {revenue: {sum: amount, where: kind == 'deal', dated_by: invoiced_on}}
              credit: [{to: owner, measure: revenue}]
              components:
                commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}]}
            people: |
              who | plan  | from
              ann | sales | 2026-01-01
              ben | other | 2026-01-01
              cat |       | 2026-01-01
              dan | sales | 2026-03-01
            transactions: |
              key | who | date       | invoiced_on | kind    | amount | currency
              ok  | ann | 2026-02-01 | 2026-02-01  | deal    | 100    | USD
              1   | ann | 2026-02-01 | 2026-02-01  | service | 100    | USD
              2   | ann | 2026-02-01 |             | deal    | 100    | USD
              3   | ann | 2026-02-01 | 2026-02-01  | deal    |        | USD
              4   | ann | 2026-02-01 | 2026-02-01  | deal    | 100    | GBP
              5   | ben | 2026-02-01 | 2026-02-01  | deal    | 100    | USD
              6   | cat | 2026-02-01 | 2026-02-01  | deal    | 100    | USD
              7   | dan | 2026-02-01 | 2026-02-01  | deal    | 100    | USD
              8   | eve | 2026-02-01 | 2026-02-01  | deal    | 100    | USD
              9   | ?   | 2026-02-01 | 2026-02-01  | deal    | 100    | USD
              10  |     | 2026-02-01 | 2026-02-01  | deal    | 100    | USD
            """
        )
        assert found.gaps == {
            "1": "not_counted",
            "2": "no_date",
            "3": "no_value",
            "4": "no_rate",
            "5": "unknown_plan",
            "6": "no_plan",
            "7": "not_a_participant",
            "8": "not_a_participant",
            "9": "owner_unknown",
            "10": "no_owner",
        }
        assert found.amounts == {("ann", "commission", "2026-02"): "10.00"}
        assert found.aside == {("ann", None, "no_rate"), ("ben", None, "unknown_plan")}

    def test_last_digits_of_a_split_go_to_the_largest_remainders_and_a_return_takes_the_same_parts_back(self):
        found = case(
            FLAT.replace("to: owner", "to: splits"),
            transactions="""
            key | who | date       | amount | deal
            1   | ann | 2026-01-05 | 0.0010 | D
            2   | ann | 2026-01-06 | -0.0010 | D
            3   | ann | 2026-01-07 | 5      | alone
            """,
            splits="""
            of | who | share
            D  | ann | 33.33%
            D  | ben | 33.33%
            D  | cat | 33.34%
            """,
        )
        parts = {(one["key"], one["person"]): one["credit"] for one in found.lines}
        assert [parts["1", person] for person in (1, 2, 3)] == [
            Decimal(text) for text in ("0.0003", "0.0003", "0.0004")
        ]
        assert all(parts["2", person] == -parts["1", person] for person in (1, 2, 3))
        assert parts["3", 1] == 5

    def test_a_person_whom_two_names_name_has_one_part(self):
        found = case(
            FLAT.replace("to: owner", "to: splits"),
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 100
            """,
            splits="""
            of | who | share
            1  | ann | 40%
            1  | ?   | 60%
            """,
        )
        found.tables["names"].append({"owner": "id:?", "person": 1})
        assert [(one["share"], one["credit"]) for one in found.lines] == [(1, 100)]

    def test_what_a_split_gives_to_nobody_we_know_is_lost_with_a_reason(self):
        found = case(
            FLAT.replace("to: owner", "to: splits"),
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 100
            """,
            splits="""
            of | who | share
            1  | ann | 40%
            1  | ?   | 60%
            """,
        )
        assert found.amounts == {("ann", "commission", "2026-01"): "4.00"}
        assert found.gaps == {"1": "owner_unknown"}
        (gap,) = found.evaluation.values(found.form.gaps)
        assert (gap["owner"], gap["share"], gap["amount"]) == ("id:?", Decimal("0.6"), 100)

    def test_several_rules_credit_each_their_share(self):
        found = case(
            """
            plan:
              plan: sales
              currency: USD
              measures: {revenue: {sum: amount}}
              credit:
              - {to: splits, measure: revenue, share: 75%}
              - {to: owner, measure: revenue, share: 50%, where: kind == 'deal'}
              components:
                commission: {type: tiers, measure: revenue, earned: month, tiers: [{upto: 60, rate: 10%}, {rate: 20%}]}
            transactions: |
              key | who | date       | amount | kind
              1   | ann | 2026-01-05 | 100    | deal
              2   | ben | 2026-01-05 | 100    | service
            splits: |
              of | who | share
              1  | ann | 50%
              1  | ben | 50%
            """
        )
        credits_ = sorted((one["key"], one["person"], int(one["rule"]), one["credit"]) for one in found.lines)
        assert credits_ == [
            ("1", 1, 1, Decimal("37.5")),
            ("1", 1, 2, 50),
            ("1", 2, 1, Decimal("37.5")),
            ("2", 2, 1, 75),
        ]
        assert found.amounts == {
            ("ann", "commission", "2026-01"): "11.50",
            ("ben", "commission", "2026-01"): "16.50",
        }

    def test_who_has_a_plan_twice_on_a_day_is_set_aside_and_the_others_are_paid(self):
        found = case(
            FLAT,
            people="""
            who | plan  | engagement | from
            ann | sales | one        | 2026-01-01
            ann | sales | two        | 2026-03-01
            ben | sales | one        | 2026-01-01
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 100
            2   | ben | 2026-01-05 | 100
            """,
        )
        assert found.amounts == {("ben", "commission", "2026-01"): "10.00"}
        assert found.gaps == {"1": "overlapping_plans"}
        assert found.aside == {("ann", None, "overlapping_plans")}


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


class TestBonus:
    def test_the_terms_and_the_quota_of_the_last_day_under_the_plan_close_a_bonus(self):
        plan = components("{club: {type: bonus, measure: revenue, earned: quarter, at: 50%, amount: 100}}")
        later = components("{club: {type: bonus, measure: revenue, earned: quarter, at: 80%, amount: 200}}")
        found = case(
            FLAT,
            plan=plan,
            later_versions=[{"from": "2026-03-01", "plan": later}],
            people="""
            who | plan  | from       | to
            ann | sales | 2026-01-01 | 2026-02-20
            ben | sales | 2026-01-01 | 2026-12-31
            cat | sales | 2026-01-01 | 2026-12-31
            """,
            quotas="""
            who | measure | from       | to         | amount
            ann | revenue | 2026-01-01 | 2026-12-31 | 100
            ben | revenue | 2026-01-01 | 2026-12-31 | 100
            cat | revenue | 2026-01-01 | 2026-03-30 | 100
            cat | revenue | 2026-03-31 | 2026-12-31 | 60
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 50
            2   | ben | 2026-01-05 | 50
            3   | cat | 2026-01-05 | 50
            """,
        )
        assert found.amounts == {
            ("ann", "club", "2026-Q1"): "100.00",
            ("ben", "club", "2026-Q1"): "0.00",
            ("cat", "club", "2026-Q1"): "200.00",
        }
        assert [one.row.values["target"] for one in found.results] == [100, 100, 60]

    def test_a_bonus_of_days_is_cut_to_the_days_under_the_plan_and_so_is_what_it_asks_for(self):
        plan = components(
            """
            club: {type: bonus, measure: revenue, earned: quarter, bounds: amount, at: 90, amount: 90, prorate: days}
            """
        )
        found = case(
            FLAT,
            plan=plan,
            people="""
            who | plan  | from       | to
            ann | sales | 2026-01-01 | 2026-01-10
            ann | other | 2026-01-11 | 2026-01-31
            ann | sales | 2026-02-01 | 2026-02-10
            ben | sales | 2026-01-01 | 2026-12-31
            """,
            transactions="""
            key | who | date       | amount
            1   | ann | 2026-01-05 | 20
            2   | ben | 2026-01-05 | 89.99
            """,
        )
        assert found.amounts == {("ann", "club", "2026-Q1"): "20.00", ("ben", "club", "2026-Q1"): "0.00"}

    def test_what_is_returned_before_the_period_ends_does_not_count(self):
        plan = components(
            "{club: {type: bonus, measure: revenue, earned: quarter, bounds: amount, at: 90, amount: 90}}"
        )
        found = case(
            FLAT,
            plan=plan,
            transactions="key | who | date | amount\n1 | ann | 2026-01-05 | 90\n2 | ann | 2026-03-31 | -1",
        )
        assert found.amounts == {("ann", "club", "2026-Q1"): "0.00"}


class TestReasons:
    def test_every_nothing_has_one_reason(self):
        plan = components(
            """
            commission: {type: tiers, measure: revenue, earned: month, tiers: [{upto: 50, rate: 0%}, {rate: 10%}]}
            club: {type: bonus, measure: revenue, earned: quarter, bounds: amount, at: 1000, amount: 1}
            quota: {type: bonus, measure: revenue, earned: quarter, at: 100%, amount: 1}
            """
        )
        later = components("{commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 10%}]}}")
        found = case(
            FLAT,
            plan=plan,
            later_versions=[{"from": "2026-07-01", "plan": later}],
            people="""
            who | plan  | from       | to
            ann | sales | 2026-01-01 | 2026-12-31
            ben | other | 2026-01-01 | 2026-12-31
            """,
            transactions="""
            key | who | date       | amount | currency
            1   | ann | 2026-01-05 | 40     | USD
            2   | ann | 2026-02-05 | 40     | USD
            3   | ann | 2026-02-06 | -40    | USD
            4   | ann | 2026-03-05 | 50.01  | USD
            5   | ann | 2026-05-05 | 10     | GBP
            6   | ann | 2026-08-05 | 10     | USD
            """,
        )

        def why(who, component, label, start, end):
            period = Period(date.fromisoformat(start), date.fromisoformat(end), label)
            return reason_for_nothing(found.form, found.evaluation, found.persons[who], "sales", component, period)

        assert why("ann", "commission", "2026-01", "2026-01-01", "2026-02-01") == "below_threshold"
        assert why("ann", "commission", "2026-02", "2026-02-01", "2026-03-01") == "nets_to_nothing"
        assert why("ann", "commission", "2026-03", "2026-03-01", "2026-04-01") == "rounds_to_nothing"
        assert why("ann", "commission", "2026-04", "2026-04-01", "2026-05-01") == "no_transactions"
        assert why("ann", "commission", "2026-05", "2026-05-01", "2026-06-01") == "no_rate"
        assert why("ann", "commission", "2026-08", "2026-08-01", "2026-09-01") is None
        assert why("ann", "commission", "2027-01", "2027-01-01", "2027-02-01") == "not_a_participant"
        assert why("ann", "club", "2026-Q1", "2026-01-01", "2026-04-01") == "not_reached"
        assert why("ann", "club", "2026-Q3", "2026-07-01", "2026-10-01") == "no_terms"
        assert why("ann", "quota", "2026-Q1", "2026-01-01", "2026-04-01") == "no_quota"
        assert why("ben", "commission", "2026-01", "2026-01-01", "2026-02-01") == "no_plan"


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


def test_steps_lead_from_an_amount_down_to_the_rows_as_given():
    found = case(
        FLAT,
        plan=components(QUOTA_TIERS),
        quotas="who | measure | from | to | amount\nann | revenue | 2026-01-01 | 2026-12-31 | 100",
        transactions="key | who | date | amount\n1 | ann | 2026-01-05 | 80\n2 | ann | 2026-01-06 | 40",
    )
    (one,) = found.results
    assert str(one.result.amount) == "14.00"
    given = {(row.stage, row.values.get("key")) for step in below(one.steps) for row in step.rows if not step.inputs}
    assert {("transactions", "1"), ("transactions", "2"), ("quotas", None), ("terms:1", None)} <= given


def below(step):
    yield step
    for one in step.inputs:
        yield from below(one)


def test_that_there_is_one_feed_changes_no_result():
    found = case(
        FLAT.replace("to: owner", "to: splits"),
        transactions="""
        key | who | date       | amount
        b   | ann | 2026-01-05 | 10.01
        a   | ann | 2026-01-05 | 10.01
        """,
        splits="""
        of | who | share
        a  | ann | 33.3333%
        a  | ben | 66.6667%
        """,
    )
    quicker = evaluated(compile_plans(found.versions, found.columns, one_feed=True), found.tables)
    (form,) = found.form.components
    for name in (*form.lines, form.earned):
        assert counted(quicker.values(name)) == counted(found.evaluation.values(name))
