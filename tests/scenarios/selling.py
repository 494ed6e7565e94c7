"""A small company that pays: five people, two plans in two currencies, quotas, splits, rates of exchange.

01001 and 01002 are on `reseller` (dollars), 01002 is paid in euros; 01003 moves from `reseller` to `direct` (euros) on
16 February; 01004 is on `direct`; 01005 is known and has no plan. Everything is dated 2026.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping

from tests.scenarios.people import Row, someone
from tests.scenarios.world import Answer, World

RESELLER = """\
# How those earn who sell for dollars.
plan: reseller
currency: USD
rates: {feed: fx, max_age: 7 days}
measures:
  revenue: {sum: amount, where: kind == 'deal', dated_by: date}
credit:
- {to: splits, measure: revenue}
components:
  commission:
    type: tiers
    measure: revenue
    earned: month
    accumulate: quarter
    bounds: quota
    tiers: [{upto: 100%, rate: 3%}, {rate: 5%}]
    cap: {amount: 2000, per: month}
  club: {type: bonus, measure: revenue, earned: quarter, at: 100%, amount: 500}
"""
DIRECT = """\
plan: direct
currency: EUR
rates: {feed: fx, max_age: 7 days}
measures:
  sold: {sum: amount, where: kind == 'deal', dated_by: date}
credit:
- {to: splits, measure: sold}
components:
  share: {type: tiers, measure: sold, earned: month, tiers: [{rate: 10%}]}
"""
PLANS = {"reseller": RESELLER, "direct": DIRECT}

PEOPLE: list[Row] = [
    someone("01001", plans="reseller", currency="USD", entity="US"),
    someone("01002", plans="reseller", currency="EUR", entity="DE"),
    someone("01003", plans="reseller", currency="USD", entity="US"),
    someone("01004", plans="direct", currency="EUR", entity="DE"),
    someone("01005"),
]
MOVED: list[Row] = [{**one, "plans": "direct", "from": "2026-02-16"} if one["id"] == "01003" else one for one in PEOPLE]
_FEEDS = {
    "sales": ("deals", "transactions", ("order", "date", "rep", "amount", "currency", "splits")),
    "quotas": ("sheets", "quotas", ("who", "measure", "first", "last", "amount", "currency")),
    "fx": ("bank", "rates", ("base", "quote", "date", "rate")),
}
_DAY = {"type": "date", "format": "%Y-%m-%d"}
_MAPPINGS: dict[str, object] = {
    "sales": {
        "key": "order",
        "fields": {
            "kind": {"value": "deal"},
            "date": {"from": "date", **_DAY},
            "owner": {"from": "rep", "type": "participant", "by": "employee_id"},
            "amount": {"from": "amount", "type": "money", "currency": {"from": "currency"}},
            "splits": {"from": "splits", "type": "set", "by": "employee_id", "separator": ";"},
        },
    },
    "quotas": {
        "key": ["who", "measure", "first"],
        "fields": {
            "participant": {"from": "who", "type": "participant", "by": "employee_id"},
            "measure": "measure",
            "from": {"from": "first", **_DAY},
            "until": {"from": "last", "inclusive": True, **_DAY},
            "amount": {"from": "amount", "type": "decimal"},
            "currency": "currency",
        },
    },
    "fx": {
        "key": ["base", "quote", "date"],
        "fields": {
            "base": "base",
            "quote": "quote",
            "date": {"from": "date", **_DAY},
            "rate": {"from": "rate", "type": "decimal"},
        },
    },
}

#: order, date, rep, amount, currency, splits
Sale = tuple[str, ...]
SALES: list[Sale] = [
    ("S1", "2026-01-10", "01001", "10000", "USD", ""),
    ("S2", "2026-01-20", "01001", "1000.50", "EUR", ""),
    ("S3", "2026-01-31", "01002", "4000", "USD", "01001=25%;01002=75%"),
    ("S4", "2026-02-10", "01003", "2000", "USD", ""),
    ("S5", "2026-02-16", "01003", "1000", "EUR", ""),
    ("S6", "2026-02-20", "01001", "12000", "USD", ""),
    ("S7", "2026-02-21", "01005", "700", "USD", ""),
    ("S8", "2026-01-05", "01004", "333.33", "EUR", ""),
    ("S9", "2026-01-07", "09999", "50", "USD", ""),
]
QUOTAS = [(who, "revenue", "2026-01-01", "2026-03-31", "20000", "USD") for who in ("01001", "01002", "01003")]
RATES = [
    ("EUR", "USD", "2026-01-01", "1.10"),
    ("USD", "EUR", "2026-01-01", "0.90"),
    ("EUR", "USD", "2026-01-19", "1.20"),
    *((base, quote, f"2026-{day}", rate) for day in ("01-28", "02-03", "02-10", "02-17", "02-24", "03-03", "03-31")
      for base, quote, rate in (("EUR", "USD", "1.25"), ("USD", "EUR", "0.80"))),
]  # fmt: skip


def prepare(world: World) -> None:
    """Write the configuration and the plans."""
    world.use("plans")
    world.mapping["fields"] |= {"payment_currency": "currency", "legal_entity": "entity"}
    world.settings["plans"] = "plans/*.yaml"
    for name, (source, into, _) in _FEEDS.items():
        world.settings["sources"][source] = {"kind": "file", "path": f"inbox/{name}.csv"}
        world.settings["feeds"][name] = {"source": source, "into": into, "mapping": f"mappings/{name}.yaml"}
    world.settings["feeds"]["quotas"]["history"] = True
    world.save()
    for name, mapping in _MAPPINGS.items():
        world.write(f"mappings/{name}.yaml", json.dumps(mapping))
    (world.folder / "plans").mkdir(exist_ok=True)
    for name, text in PLANS.items():
        world.write(f"plans/{name}.yaml", text)


def begin(world: World, *, people: Iterable[Row] = PEOPLE) -> None:
    """Everything up to the first calculation: plans approved, people, quotas, sales and rates there."""
    prepare(world)
    for name in PLANS:
        publish(world, name, "2026-01-01")
    send_people(world, people)
    send(world, "quotas", QUOTAS)
    assert world.approve().code == 0
    send(world, "fx", RATES)
    send(world, "sales", SALES)


def declare_channel(world: World) -> None:
    """Map a field of the company's own, and let the plan `direct` ask for it."""
    mapping = json.loads((world.folder / "mappings/sales.yaml").read_text())
    mapping["fields"]["channel"] = {"value": "web"}
    world.write("mappings/sales.yaml", json.dumps(mapping))
    world.write("plans/direct.yaml", DIRECT.replace("kind == 'deal'", "channel == 'web'"))


def publish(world: World, name: str, start: str) -> None:
    """Publish a plan's file and have it approved."""
    assert world.call("plan", "publish", f"plans/{name}.yaml", "--from", start, "--as", "ann").code == 0
    assert world.call("plan", "approve", name, "--as", "bob").code == 0


def send_people(world: World, people: Iterable[Row], *, approved: bool = True) -> None:
    """Let a people file arrive, and approve what it asks for, or reject it."""
    world.write(
        "inbox/people.csv", _text((*PEOPLE_COLUMNS,), ({**dict.fromkeys(PEOPLE_COLUMNS, ""), **one} for one in people))
    )
    assert world.call("run", "people").code == 0
    assert (world.approve() if approved else world.reject()).code == 0


def send(world: World, feed: str, rows: Iterable[tuple[str, ...]]) -> Answer:
    """Let a file of facts arrive and be read."""
    columns = _FEEDS[feed][2]
    world.write(f"inbox/{feed}.csv", _text(columns, (dict(zip(columns, row, strict=True)) for row in rows)))
    said = world.call("run", feed)
    assert said.code in (0, 1), said.document
    return said


def calculate(world: World, period: str, *options: str) -> Answer:
    """Calculate a pay period."""
    return world.call("calculate", period, *options)


PEOPLE_COLUMNS = ("id", "name", "email", "title", "team", "hired", "left", "plans", "currency", "entity", "from")


def _text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
