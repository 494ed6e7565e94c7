"""The YAML form of a plan: how one can earn.

The loader validates a parsed document straight into these dataclasses; nothing here judges (see `calc.check`).
Choices that published plans disagree on are keys with a default, never habits of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Literal


def _key(name: str) -> str:
    return name.rstrip("_")


#: Unknown keys are refused; `from_` is written `from`.
_STRICT: dict[str, str | Callable[[str], str]] = {"extra": "forbid", "alias_generator": _key}


class Span(StrEnum):
    """How long a period of earning or of counting is."""

    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


class Bounds(StrEnum):
    """What the bounds of tiers are written in."""

    QUOTA = "quota"  #: shares of the quota: `100%`
    AMOUNT = "amount"  #: the plan's currency
    QUANTITY = "quantity"  #: a plain number


class Method(StrEnum):
    """What a tier's rate is paid on."""

    MARGINAL = "marginal"  #: each tier pays its rate on what lies in it
    WHOLE = "whole"  #: the tier reached pays its rate on everything counted


class Boundary(StrEnum):
    """Which tier owns the value between two of them."""

    LOWER = "lower"
    UPPER = "upper"


class Prorate(StrEnum):
    """What becomes of a target or an amount when it held for a part of its time only."""

    NONE = "none"  #: it stays whole
    DAYS = "days"  #: by calendar days


class Rounding(StrEnum):
    """How an earning is rounded to the minor unit."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"


class To(StrEnum):
    """Who takes the credit of a transaction."""

    OWNER = "owner"
    SPLITS = "splits"  #: whom its `splits` name, by their shares; the owner where it has none


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What is counted, and how it adds up.

    ```yaml
    revenue: {sum: amount, where: kind == 'deal', dated_by: date}
    margin:  {sum: amount - cost}
    pieces:  {sum: quantity}
    deals:   {count: deal, where: amount > 0}
    goals:   {score: mbo}                  # what people scored; `{score: mbo, sum: score * target}` is money
    ```
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    score: str | None = None  #: counts scores of this name in place of transactions; `sum` is then `score` unless said
    sum: str | None = None  #: a formula over a transaction
    count: str | None = None  #: counts each transaction once; the column says of what (one that is empty is not)
    where: str | None = None  #: which transactions
    dated_by: str = "date"  #: which of its dates picks the period, the quota, the plan version and the rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """`{to: owner, measure: revenue, share: 50%}`: who takes how much of a measure; share 100% unless said."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    to: To
    measure: str
    share: str | None = None
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How an amount of the deal's currency becomes one of the plan's, and an earning one of the currency of pay.

    ```yaml
    rates: {feed: fx, max_age: 7 days}
    rates: {feed: ecb, through: EUR}     # the feed quotes every currency for one euro
    ```
    The feed must have the rate itself, from the one currency into the other; `through` names the one for which it
    quotes both, and a rate is then the one quotation over the other, to ten digits. What is dated by a day has that
    day's rate, an earning that of the last day of its earned period.
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    feed: str
    through: str | None = None  #: the base of the feed's rates; none is the inverse of another unless it is named
    max_age: str = "7 days"  #: how old a rate may be; an older one is a gap
    digits: int = 4  #: to which a converted amount is rounded, half-even


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """`{upto: 100%, rate: 3%}`: up to which value which rate; the last one has no end.

    A measure of money pays a percentage of it, one that counts pays an amount for each: `{upto: 100, rate: 2.50}`.
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    upto: str | None = None
    rate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """`cap: {amount: 20000, per: month}`: no more than this is earned in such a period."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    amount: str
    per: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Pays rates by how much has been counted.

    ```yaml
    commission:
      type: tiers
      measure: revenue
      earned: month                  # month | quarter | half | year
      accumulate: year               # over which time it counts up; the earned period where not said
      bounds: quota                  # quota (shares of it) | amount | quantity
      method: marginal               # | whole
      boundary: lower                # the lower tier owns a boundary value; | upper
      prorate: none                  # the quota of the day as it stands; days: what of it falls in the time
      tiers: [{upto: 100%, rate: 3%}, {rate: 5%}]
      cap: {amount: 20000, per: month}
    ```
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    type: Literal["tiers"]
    measure: str
    earned: Span
    accumulate: Span | None = None
    bounds: Bounds = Bounds.AMOUNT
    method: Method = Method.MARGINAL
    boundary: Boundary = Boundary.LOWER
    prorate: Prorate = Prorate.NONE
    tiers: tuple[Tier, ...]
    cap: Cap | None = None
    round: Rounding = Rounding.HALF_EVEN
    was: str | None = None  #: the id it had before: a component's id is for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus:
    """Pays an amount once a share of the quota is reached.

    ```yaml
    club_bonus: {type: bonus, measure: revenue, earned: year, at: 100%, amount: 5000, prorate: days}
    ```
    `prorate: days` also cuts the amount to the days under the plan.
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    type: Literal["bonus"]
    measure: str
    earned: Span
    at: str
    amount: str
    bounds: Bounds = Bounds.QUOTA
    prorate: Prorate = Prorate.NONE
    cap: Cap | None = None
    round: Rounding = Rounding.HALF_EVEN
    was: str | None = None


Component = Tiers | Bonus


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One file under `plans/`.

    ```yaml
    plan: reseller                   # who has it: the membership `plans`
    currency: USD
    calendar: main
    rates: {feed: fx, max_age: 7 days}
    measures:
      revenue: {sum: amount, where: kind == 'deal', dated_by: date}
    credit:
    - {to: owner, measure: revenue}
    components:
      commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 3%}]}
    ```
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    plan: str
    currency: str
    calendar: str | None = None
    rates: Rates | None = None
    measures: dict[str, Measure]
    credit: tuple[Credit, ...]
    components: dict[str, Component] = field(default_factory=dict)

    @property
    def asks_quota_of(self) -> frozenset[str]:
        """The measures of which it needs a quota: its bounds are shares of one."""
        return frozenset(one.measure for one in self.components.values() if one.bounds is Bounds.QUOTA)
