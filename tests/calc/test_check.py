"""A folder of wrong plans, each named after its mistake; its first lines say what must be said of it."""

from pathlib import Path

import pytest

from calc.check import Known, check, check_after, lasting_ids
from tests.calc.case import plan_of

FILES = sorted((Path(__file__).parent / "wrong").glob("*.yaml"))
KNOWN = Known(
    feeds={"sales": ["owner", "amount", "quantity", "kind", "date", "deal", "product"], "returns": ["amount", "date"]},
    rate_feeds=["fx", "ecb"],
    calendars=["main"],
)
EVERY = Known(rate_feeds=["fx", "ecb"], calendars=["main"])


def told(mistakes):
    """Every mistake as `path @offset: message`."""
    return [f"{'.'.join(map(str, one.path))} @{one.offset}: {one.message}" for one in mistakes]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_plan_is_told_so(file):
    text = file.read_text(encoding="utf-8")
    known = KNOWN if "provides" in file.stem else EVERY
    expected = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    assert expected
    assert told(check(plan_of(text), known)) == expected


def test_a_right_plan_is_not_complained_about():
    right = """
    plan: reseller
    currency: USD
    calendar: main
    rates: {feed: ecb, through: EUR, max_age: 7 days}
    measures:
      revenue: {sum: amount, where: kind == 'deal', dated_by: date}
      pieces: {sum: quantity}
      deals: {count: deal, where: amount > 0}
    credit:
    - {to: splits, measure: revenue}
    - {to: owner, measure: pieces, share: 33.3333%, where: "product in ['A', 'B']"}
    - {to: owner, measure: pieces, share: 66.6667%}
    - {to: owner, measure: deals}
    components:
      commission:
        type: tiers
        measure: revenue
        earned: month
        accumulate: year
        bounds: quota
        method: whole
        boundary: upper
        prorate: days
        round: half_up
        tiers: [{upto: 50 %, rate: 0%}, {upto: 100.0001%, rate: 3.5%}, {rate: 5.1234%}]
        cap: {amount: 20000.50 USD, per: year}
        was: provision
      club_bonus: {type: bonus, measure: revenue, earned: year, at: 100%, amount: 5000, prorate: days}
      each:
        type: tiers
        measure: pieces
        earned: quarter
        bounds: quantity
        tiers: [{upto: 10, rate: 0.25}, {rate: 1 USD}]
      spiff: {type: bonus, measure: deals, earned: month, bounds: quantity, at: 3, amount: 250}
    """
    assert told(check(plan_of(right), KNOWN)) == []


SALES = """
plan: sales
currency: {currency}
measures: {{revenue: {{sum: amount}}}}
credit: [{{to: owner, measure: revenue}}]
components: {{{components}}}
"""
ONE = "{id}: {{type: tiers, measure: revenue, earned: month, tiers: [{{rate: 3%}}]{was}}}"


def version(*components, currency="USD"):
    written = [ONE.format(id=name, was=f", was: {was}" if was else "") for name, was in components]
    return plan_of(SALES.format(currency=currency, components=", ".join(written)))


def test_a_component_keeps_the_id_it_first_had():
    versions = [
        version(("commission", None)),
        version(("provision", "commission")),
        version(("pay", "provision"), ("extra", None)),
    ]
    assert lasting_ids(versions) == [
        {"commission": "commission"},
        {"provision": "commission"},
        {"pay": "commission", "extra": "extra"},
    ]
    assert check_after(versions[2], versions[:2]) == ()


def test_what_an_earlier_version_said_cannot_be_unsaid():
    earlier = [version(("commission", None)), version(("provision", "commission"))]
    assert told(check_after(version(("provision", None), currency="EUR"), earlier)) == [
        "currency @0: a plan keeps its currency (USD): what was counted would not add up; write a new plan"
    ]
    assert told(check_after(version(("pay", "provisoin")), earlier)) == [
        "components.pay.was @0: no version had a component 'provisoin'; did you mean 'provision'?"
    ]
    assert told(check_after(version(("provision", None), ("commission", None)), earlier)) == [
        "components.commission @0: 'commission' is the id that 'provision' had before, for ever: choose another"
    ]
