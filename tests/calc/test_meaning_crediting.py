"""What plans mean: who is credited with what."""

from decimal import Decimal

from tests.calc.texts import FLAT, case


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
