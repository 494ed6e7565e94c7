"""What plans mean: bonuses, reasons for nothing, and the steps of an amount."""

from datetime import date

from calc.compile import compile_plans
from calc.period import Period
from calc.reason import reason_for_nothing
from calc.reference import evaluated
from tests.calc.both import counted
from tests.calc.texts import FLAT, QUOTA_TIERS, case, components


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
