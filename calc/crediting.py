"""Who takes credit for which transactions: from transactions to credits, before any plan is looked at.

Columns of credits: `feed, key, place` of the transaction; `person`; `day`, by which everything of it is dated;
`amount` of the whole transaction in its `currency`; `rate` into the plan's; `share`; `credit`. A whole is converted
first, once, and then split by largest remainder. Those whom nobody knows take their part of a split with them; what
has no rate is not here. `calc.gaps` says of both why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from calc import inputs
from calc.plan import Rates, To
from calc.rates import rates_into
from calc.wording import as_percent
from calc.writing import (
    Derived,
    Stages,
    empty,
    equal,
    every,
    in_currency,
    kept,
    number,
    pairs,
    present,
    round_to,
    times,
    when,
)
from formula.expression import Column, Expression
from formula.quantity import count, rate
from formula.relation import Aggregate, Aggregation, Derive, Join, Scan, Share, Union, Where

#: Whom the owner of a transaction names, and the name where it names nobody; no field of a company has such a name.
OWNS, NOBODY = "owner:person", "owner:nobody"
CREDIT = ("feed", "key", "place", "person", "day", "amount", "currency", "rate", "share", "credit")
_TRANSACTION = ("feed", "key", "place", OWNS, "splits_of", "currency")
_WHOLE = number(1, rate(inputs.SHARE_SCALE))
#: What an owner takes who shares with nobody.
_OWNERS: tuple[Derived, ...] = (
    *kept("feed", "key", "place"),
    ("person", Column(OWNS)),
    *kept("day", "amount", "currency"),
    ("share", _WHOLE),
)


@dataclass(frozen=True, slots=True)
class CreditRule:
    """Who takes how much of which transactions."""

    to: To
    share: Decimal
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class Counting:
    """How a measure counts: plans in which it counts alike share its credits.

    value      what one transaction counts: money of its own currency, or a number
    condition  which transactions count
    dated_by   the column whose day picks period, plan version, quota and rate
    currency   the plan's, None where it counts no money; what is converted is rounded to `digits`
    one_feed   all transactions are of one feed: their keys alone tell them apart, which is quicker
    """

    value: Expression
    condition: Expression | None
    dated_by: str
    rules: tuple[CreditRule, ...]
    currency: str | None
    rates: Rates | None
    calendar: str
    reads: frozenset[str]
    one_feed: bool = False

    @property
    def digits(self) -> int:
        """To which a converted amount is rounded."""
        return self.rates.digits if self.rates else inputs.AMOUNT_SCALE

    @property
    def order(self) -> tuple[str, ...]:
        """What tells apart the credits of one tally: in this order they count."""
        return ("day", *self.transaction, "rule") if len(self.rules) > 1 else ("day", *self.transaction)

    @property
    def transaction(self) -> tuple[str, ...]:
        """What tells transactions apart."""
        return ("key",) if self.one_feed else ("feed", "key")

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of its credits."""
        return (*CREDIT, "rule") if len(self.rules) > 1 else CREDIT


@dataclass(frozen=True, slots=True)
class Credited:
    """The stage of the credits of a measure, and by which stages they come to people.

    whose  stages, with the column that says whose a row is: who reads the rows of some people of all of them has all
           that these are credited with, and nothing else
    """

    credits: str
    whose: Mapping[str, str]


def sold_of(stages: Stages, columns: Iterable[str]) -> str:
    """Write the stages of every transaction with the person its owner names: read once, for all who ask for it."""
    scan = stages.add("sold", Scan(inputs.TRANSACTIONS, pairs(*columns)), "every transaction")
    owned = Join(scan, known_names(stages), pairs("owner"), ((OWNS, "person"),), keeps=True)
    named = stages.add("sold_named", owned, "with the person its owner names")
    return stages.more("sold_by", named, ((NOBODY, when(empty(OWNS), Column("owner"))),), title="and who names nobody")


def credits_of(stages: Stages, counting: Counting, sold: str) -> Credited:
    """Write the stages that credit what a measure counts to the people whom its rules name."""
    found = [_of_rule(stages, counting, rule, sold, nth) for nth, rule in enumerate(counting.rules, 1)]
    whose = {stage: column for one in found for stage, column in one.whose.items()}
    every_rule = tuple(one.credits for one in found)
    if len(every_rule) == 1:
        return found[0]
    return Credited(stages.add("credits", Union(every_rule), "credits by all rules"), whose)


def _counted(stages: Stages, counting: Counting, rule: CreditRule, sold: str) -> str:
    """Write the stages of the transactions that a rule counts, with their day and what each of them counts."""
    conditions = [one for one in (counting.condition, rule.condition) if one is not None]
    chosen = sold
    if conditions:
        chosen = stages.add("chosen", Where(chosen, every(*conditions)), "transactions that count")
    of_day: tuple[Derived, ...] = (
        *kept(*_TRANSACTION),
        ("day", Column(counting.dated_by)),
        ("amount", counting.value),
    )
    dated = stages.add("valued", Derive(chosen, of_day), f"what each counts, dated by {counting.dated_by}")
    return stages.add("counted", Where(dated, every(present("day"), present("amount"))), "those with a day and a value")


def split_parts(stages: Stages) -> str:
    """Write the stages of the parts of splits, by person: `of`, `person`, `share`, `nobody` (the name of nobody)."""
    splits = stages.add("every_part", Scan(inputs.SPLITS, pairs(*inputs.SPLIT)), "parts of deals and transactions")
    known = Join(splits, known_names(stages), pairs("owner"), pairs("person"), keeps=True)
    people = stages.add("split_people", known, "whom they name")
    named = stages.more("split_named", people, (("nobody", when(empty("person"), Column("owner"))),))
    sums = (("share", Aggregation.SUM, "share"), ("nobody", Aggregation.MIN, "nobody"))
    return stages.add("split_parts", Aggregate(named, ("of", "person"), sums), "each person's part")


def known_names(stages: Stages) -> str:
    """Write the stage of whom each name names."""
    return stages.add("known_names", Scan(inputs.NAMES, pairs(*inputs.NAME)), "whom sources name")


def _of_rule(stages: Stages, counting: Counting, rule: CreditRule, sold: str, nth: int) -> Credited:
    counted = _counted(stages, counting, rule, sold)
    unsplit = present(OWNS) if rule.to is To.OWNER else every(empty("splits_of"), present(OWNS))
    title = "of an owner we know" if rule.to is To.OWNER else "those without parts, of an owner we know"
    owned = stages.add("owned", Where(counted, unsplit), title)
    owner_takes = _valued(stages, counting, rule, stages.add("owners", Derive(owned, _OWNERS)))
    owns = stages.add("owner_credits", Derive(owner_takes, _credit(counting, nth, Column("whole"))), "the owner's")
    if rule.to is To.OWNER:
        return Credited(owns, {sold: OWNS})
    shared = Join(counted, split_parts(stages), (("splits_of", "of"),), pairs("person", "share"))
    valued = _valued(stages, counting, rule, stages.add("shared", shared, "with each part of it"))
    dealt = Share(valued, counting.transaction, ("person",), "whole", "share", "part")
    split = stages.add("dealt", dealt, "parts sum to the whole: largest remainders first")
    part = stages.add("split_credits", Derive(split, _credit(counting, nth, Column("part"))), "each part")
    return Credited(stages.add("credits", Union((owns, part)), "credits"), {sold: OWNS, part: "person"})


def _valued(stages: Stages, counting: Counting, rule: CreditRule, source: str) -> str:
    """What is credited as a whole, in the plan's currency."""
    taken: Expression = Column("amount")
    if counting.currency is not None:
        into = rates_into(stages, counting.rates, counting.currency, counting.calendar)
        usable = stages.add("usable_rates", Where(into, empty("code")), "rates that are there and not too old")
        on = (("currency", "currency"), ("day", "day"))
        source = stages.add("rated", Join(source, usable, on, pairs("rate")), "with the rate of the day")
        taken = _converted(counting)
    if rule.share != 1:
        share = number(rule.share, rate(inputs.SHARE_SCALE))
        taken = round_to(times(taken, share), counting.digits)
    columns: tuple[Derived, ...] = (
        *kept("feed", "key", "place", "person", "day", "amount", "currency"),
        ("rate", Column("rate") if counting.currency is not None else number(1, rate(inputs.RATE_SCALE))),
        ("share", Column("share")),
        ("whole", taken),
    )
    title = f"in {counting.currency}, to {counting.digits} digits" if counting.currency else "what is credited"
    title = title if rule.share == 1 else f"{as_percent(rule.share)} of it, {title}"
    return stages.add("whole", Derive(source, columns), title)


def _converted(counting: Counting) -> Expression:
    """What is in the plan's currency already stays as it is; whatever its size, no product has to hold it."""
    currency = str(counting.currency)
    own = in_currency(Column("amount"), currency)
    converted = round_to(in_currency(times(Column("amount"), Column("rate")), currency), counting.digits)
    return when(equal(Column("currency"), currency), own, converted)


def _credit(counting: Counting, nth: int, credit: Expression) -> tuple[Derived, ...]:
    rule: tuple[Derived, ...] = (("rule", number(nth, count())),) if len(counting.rules) > 1 else ()
    return (*kept(*CREDIT[:-1]), ("credit", credit), *rule)
