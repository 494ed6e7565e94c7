"""What plans mean: scores, beside transactions and never among them."""

import pytest

from calc.check import Known, check
from tests.calc.case import Case, plan_of, texts

MBO = """\
plan:
  plan: support
  currency: USD
  measures:
    mbo: {score: MBO, sum: target * score}
    calls: {score: calls}
    sold: {count: key}
  credit: [{to: owner, measure: mbo}, {to: splits, measure: calls}, {to: owner, measure: sold}]
  components:
    mbo: {type: tiers, measure: mbo, earned: quarter, tiers: [{rate: 100%}]}
    calls: {type: tiers, measure: calls, earned: month, bounds: quota, tiers: [{upto: 80%, rate: 0}, {rate: 2.50}]}
    club: {type: bonus, measure: calls, earned: month, at: 100%, amount: 300}
    sold: {type: tiers, measure: sold, earned: quarter, bounds: quantity, tiers: [{rate: 7}]}
quotas: |
  who | measure | from       | to         | amount | currency
  ann | calls   | 2026-01-01 | 2026-01-31 | 100    | -
transactions: |
  key | who | date       | amount
  9   | ann | 2026-01-31 | 1000
scores: |
  key | who | date       | measure | score | target
  1   | ann | 2026-03-31 | MBO     | 0.85  | 4000
  2   | bob | 2026-03-31 | MBO     | 1.2   | 2500.50
  3   | ann | 2026-01-31 | calls   | 104   |
  4   | ann | 2026-01-31 | nps     | 55    |
"""


def test_a_target_times_its_score_and_a_score_against_a_quota():
    """80 calls are nothing, 24 at 2.50; no score is counted as a sale, and no sale as a score."""
    found = Case("mbo", texts(MBO))
    assert {place: amount for place, amount in found.amounts.items() if amount not in ("0", "0.00")} == {
        ("ann", "mbo", "2026-Q1"): "3400.00",
        ("bob", "mbo", "2026-Q1"): "3000.60",
        ("ann", "calls", "2026-01"): "60.00",
        ("ann", "club", "2026-01"): "300.00",
        ("ann", "sold", "2026-Q1"): "7.00",
    }
    assert found.gaps == {"4": "not_counted"}


@pytest.mark.parametrize(
    ("measure", "message"),
    [
        ("{score: MBO}", "no feed brings scores: add one with `into: scores`"),
        ("{score: MBO, count: key, sum: score}", "no feed brings scores: add one with `into: scores`"),
    ],
)
def test_a_plan_over_scores_needs_a_feed_of_them(measure, message):
    plan = plan_of(MBO.replace("plan:\n", "", 1).partition("quotas:")[0].replace("{score: calls}", measure))
    found = {one.message for one in check(plan, Known()) if one.path[:2] == ("measures", "calls")}
    assert found == {message}


def test_what_a_measure_of_scores_reads_is_mapped_by_a_feed_of_scores():
    """A feed of transactions that maps the same names is no feed of scores."""
    form = Case("mbo", texts(MBO))
    mbo = form.versions[0].plan
    feeds = {"sales": ("owner", "date", "score", "target"), "mbo": ("owner", "date", "score", "score:measure")}
    said = [(one.path, one.message) for one in check(mbo, Known(columns=form.columns, feeds=feeds))]
    assert said == [(("measures", "mbo"), "no feed provides it: 'mbo' does not map target")]
