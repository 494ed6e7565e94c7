"""Texts of plans, and cases made of them."""

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
