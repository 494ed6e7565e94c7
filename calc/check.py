"""Everything wrong with a plan, at once, each mistake by its path in the document and its offset there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import combinations

from calc.inputs import AMOUNT_SCALE, SCORED, TRANSACTION
from calc.literals import amount, days, percent
from calc.measures import ReadMeasure, read_condition, read_measure
from calc.plan import Bonus, Bounds, Cap, Component, Credit, Measure, Plan, Span, Tier, Tiers
from domain.problem import Mistake
from formula.expression import ColumnType
from formula.parse import suggestion

#: What a number of a plan may have.
_DIGITS = f"with at most {AMOUNT_SCALE} digits after the point, 14 before it"
_CURRENCY = re.compile(r"[A-Z]{3}")
#: What quotas, results and the ledger know a plan's parts by.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_LENGTHS = {Span.MONTH: 1, Span.QUARTER: 3, Span.HALF: 6, Span.YEAR: 12}
#: What every transaction brings with it, whatever a feed maps.
_ALWAYS = frozenset(("feed", "key", "place", "splits_of", SCORED))


@dataclass(frozen=True, slots=True)
class Known:
    """What a plan may name.

    columns     what transactions have, the company's own fields included
    feeds       of transactions and of scores, each with the fields it maps; None: not looked at
    rate_feeds  feeds of rates
    calendars   by name
    """

    columns: Mapping[str, ColumnType] = field(default_factory=lambda: dict(TRANSACTION))
    feeds: Mapping[str, Collection[str]] | None = None
    rate_feeds: Collection[str] = ()
    calendars: Collection[str] = ()


def check(plan: Plan, known: Known) -> tuple[Mistake, ...]:
    """Give every mistake of a plan, sorted by path."""
    measures: dict[str, ReadMeasure | None] = {}
    found = [*_names(plan), *_whole(plan, known)]
    for name, measure in plan.measures.items():
        measures[name], mistakes = read_measure(measure, known.columns)
        path = ("measures", name)
        found += _at(path, mistakes)
        if (read := measures[name]) is not None:
            found += _at(path, _provided(measure, read, known))
    for nth, credit in enumerate(plan.credit):
        found += _at(("credit", nth), _credit(plan, nth, credit, known))
    for name, component in plan.components.items():
        found += _at(("components", name), _component(plan, name, component, measures.get(component.measure)))
    found += _unused(plan)
    return tuple(sorted(set(found), key=lambda one: (tuple(map(str, one.path)), one.offset, one.message)))


def check_after(plan: Plan, earlier: Sequence[Plan]) -> tuple[Mistake, ...]:
    """Give every mistake of a plan in the light of its earlier versions, the oldest first: what was paid has an id."""
    found: list[Mistake] = []
    if earlier and earlier[-1].currency != plan.currency:
        message = (
            f"a plan keeps its currency ({earlier[-1].currency}): what was counted would not add up; write a new plan"
        )
        found.append(Mistake(("currency",), message))
    ids = lasting_ids(earlier)
    lasting = lasting_ids((*earlier, plan))[-1]
    known = {one for version in ids for one in version}
    for name, component in plan.components.items():
        if component.was is not None and component.was not in known:
            hint = suggestion(component.was, known)
            found.append(Mistake(("components", name, "was"), f"no version had a component '{component.was}'{hint}"))
        others = [other for other, id_ in lasting.items() if id_ == lasting[name] and other != name]
        if others and component.was is None and name not in earlier[-1].components:
            message = f"'{name}' is the id that '{others[0]}' had before, for ever: choose another"
            found.append(Mistake(("components", name), message))
    return tuple(found)


def lasting_ids(versions: Sequence[Plan]) -> list[dict[str, str]]:
    """Give for each version the id that each of its components has for ever: the first it ever had."""
    found: list[dict[str, str]] = []
    for version in versions:
        before: dict[str, str] = {}
        for one in found:
            before |= one
        found.append(
            {
                name: before.get(component.was or name, component.was or name)
                for name, component in version.components.items()
            }
        )
    return found


def _at(path: tuple[str | int, ...], mistakes: Collection[Mistake] | Iterator[Mistake]) -> Iterator[Mistake]:
    return (replace(mistake, path=(*path, *mistake.path)) for mistake in mistakes)


def _names(plan: Plan) -> Iterator[Mistake]:
    """Names that are none, or that differ by capitals only."""
    for part, names in (("measures", plan.measures), ("components", plan.components)):
        for name in names:
            if not _NAME.fullmatch(name):
                yield Mistake((part, name), f"'{name}' is no name: letters, digits, `_` and `-`, a letter first")
        for one, other in combinations(names, 2):
            if one.casefold() == other.casefold():
                yield Mistake((part, other), f"'{other}' differs from '{one}' by capitals only; name one of them anew")
    if not plan.plan.strip():
        yield Mistake(("plan",), "is the name by which people have this plan")


def _whole(plan: Plan, known: Known) -> Iterator[Mistake]:
    if not _CURRENCY.fullmatch(plan.currency):
        yield Mistake(("currency",), f"'{plan.currency}' is no currency: three capitals, such as USD")
    if plan.calendar is not None and plan.calendar not in known.calendars:
        hint = suggestion(plan.calendar, known.calendars)
        yield Mistake(("calendar",), f"there is no calendar '{plan.calendar}'{hint}")
    if not plan.measures:
        yield Mistake(("measures",), "there is nothing that this plan counts: name a measure")
    if not plan.components:
        yield Mistake(("components",), "there is nothing that this plan pays: name a component")
    if plan.rates is None:
        return
    if plan.rates.feed not in known.rate_feeds:
        hint = suggestion(plan.rates.feed, known.rate_feeds)
        yield Mistake(("rates", "feed"), f"there is no feed of rates '{plan.rates.feed}'{hint}")
    if plan.rates.through is not None and not _CURRENCY.fullmatch(plan.rates.through):
        yield Mistake(("rates", "through"), f"'{plan.rates.through}' is no currency: three capitals, such as EUR")
    if days(plan.rates.max_age) is None:
        yield Mistake(("rates", "max_age"), f"'{plan.rates.max_age}' is no number of days; write `7 days`")
    if not 0 <= plan.rates.digits <= AMOUNT_SCALE:
        yield Mistake(("rates", "digits"), f"an amount has 0 to {AMOUNT_SCALE} digits after the point")


def _provided(measure: Measure, read: ReadMeasure, known: Known) -> Iterator[Mistake]:
    """Whether some feed of transactions, or of scores, maps everything that a measure reads."""
    if known.feeds is None:
        return
    is_score = measure.score is not None
    feeds = {name: fields for name, fields in known.feeds.items() if (SCORED in fields) == is_score}
    if not feeds:
        yield Mistake((), "no feed brings transactions: add one with `into: transactions`")
        return
    reads = read.reads - _ALWAYS
    missing = {name: sorted(reads - set(fields)) for name, fields in feeds.items()}
    if all(missing.values()):
        feed, names = min(missing.items(), key=lambda one: (len(one[1]), one[0]))
        yield Mistake((), f"no feed provides it: '{feed}' does not map {', '.join(names)}")


def _credit(plan: Plan, nth: int, credit: Credit, known: Known) -> Iterator[Mistake]:
    if credit.measure not in plan.measures:
        yield Mistake(
            ("measure",), f"there is no measure '{credit.measure}'{suggestion(credit.measure, plan.measures)}"
        )
    if credit.share is not None:
        share = percent(credit.share)
        if share is None or not 0 < share <= 1:
            yield Mistake(("share",), f"'{credit.share}' is no share: write more than 0% and at most 100%")
    found: list[Mistake] = []
    read_condition(credit.where, known.columns, ("where",), found)
    yield from found
    if credit in plan.credit[:nth]:
        yield Mistake((), f"says the same as rule {plan.credit.index(credit) + 1}: it would be credited twice")


def _component(plan: Plan, name: str, component: Component, measure: ReadMeasure | None) -> Iterator[Mistake]:
    if component.measure not in plan.measures:
        hint = suggestion(component.measure, plan.measures)
        yield Mistake(("measure",), f"there is no measure '{component.measure}'{hint}")
    elif not any(credit.measure == component.measure for credit in plan.credit):
        yield Mistake(("measure",), f"nobody is credited with '{component.measure}': add a rule under `credit`")
    if component.cap is not None:
        yield from _at(("cap",), _cap(component.cap, component.earned, plan.currency))
    if component.was is not None:
        yield from _was(plan, name, component.was)
    if measure is not None:
        yield from _unit(component, measure)
    is_money = None if measure is None else measure.is_money
    match component:
        case Tiers():
            yield from _tiers(component, plan.currency, is_money=is_money)
        case Bonus():
            yield from _bonus(component, plan.currency)


def _was(plan: Plan, name: str, was: str) -> Iterator[Mistake]:
    if was == name:
        yield Mistake(("was",), "names the component itself; it names the id that it had before")
    elif was in plan.components:
        yield Mistake(("was",), f"'{was}' is a component of this plan still: two cannot have had one id")
    elif (first := next(other for other, one in plan.components.items() if one.was == was)) != name:
        yield Mistake(("was",), f"'{first}' was '{was}' already: two cannot have had one id")


def _unit(component: Component, measure: ReadMeasure) -> Iterator[Mistake]:
    """Whether bounds are in what is counted."""
    compares = not isinstance(component, Tiers) or len(component.tiers) > 1
    if measure.is_money and component.bounds is Bounds.QUANTITY:
        yield Mistake(("bounds",), f"'{component.measure}' counts money: its bounds are `quota` or `amount`")
    elif not measure.is_money and component.bounds is Bounds.AMOUNT and compares:
        yield Mistake(("bounds",), f"'{component.measure}' counts no money: its bounds are `quota` or `quantity`")


def _cap(cap: Cap, earned: Span, currency: str) -> Iterator[Mistake]:
    yield from _positive(("amount",), cap.amount, currency)
    if _LENGTHS[cap.per] < _LENGTHS[earned]:
        yield Mistake(("per",), f"a {cap.per} is shorter than the {earned} that is earned at once; cap each {earned}")


def _tiers(component: Tiers, currency: str, *, is_money: bool | None) -> Iterator[Mistake]:
    if component.accumulate is not None and _LENGTHS[component.accumulate] < _LENGTHS[component.earned]:
        message = f"counts up over a {component.accumulate}, shorter than the {component.earned} that is earned at once"
        yield Mistake(("accumulate",), message)
    if not component.tiers:
        yield Mistake(("tiers",), "there is no tier: add at least `{rate: 3%}`")
    before: Decimal | None = None
    for nth, tier in enumerate(component.tiers):
        is_last = nth == len(component.tiers) - 1
        path = ("tiers", nth)
        yield from _at(path, _rate(tier, currency, is_money=is_money))
        if tier.upto is None:
            if not is_last:
                yield Mistake(path, "has no end, so the tiers after it are never reached: say `upto`")
            continue
        if is_last:
            yield Mistake((*path, "upto"), "nothing says what is paid above it: leave `upto` out of the last tier")
        bound, message = _bound(tier.upto, component.bounds, currency)
        if bound is None:
            yield Mistake((*path, "upto"), message)
            continue
        if before is not None and bound <= before:
            how = "is never reached" if bound == before else "is out of order"
            yield Mistake((*path, "upto"), f"{how}: the tiers before it go up to {_written(before, component.bounds)}")
        elif bound <= 0:
            yield Mistake((*path, "upto"), "is never reached: bounds are above zero")
        before = bound if before is None else max(before, bound)


def _rate(tier: Tier, currency: str, *, is_money: bool | None) -> Iterator[Mistake]:
    """What a tier pays: of a measure that could not be read (`is_money` None) either will do."""
    share, each = percent(tier.rate), amount(tier.rate, currency)
    rate = (share if each is None else each) if is_money is None else share if is_money else each
    if rate is not None and rate >= 0:
        return
    if rate is not None:
        yield Mistake(("rate",), f"'{tier.rate}' is below zero")
    elif is_money is False and share is not None:
        yield Mistake(("rate",), f"'{tier.rate}' is a percentage of no money: write what one pays, in {currency}")
    elif is_money is False:
        yield Mistake(("rate",), f"'{tier.rate}' is no amount; write `2.50`, what one pays in {currency}")
    elif amount(tier.rate) is not None:
        yield Mistake(("rate",), f"'{tier.rate}' is no percentage; write `{tier.rate.strip()}%`")
    else:
        yield Mistake(("rate",), f"'{tier.rate}' is no percentage; write `3.5%`, {_DIGITS}")


def _bonus(component: Bonus, currency: str) -> Iterator[Mistake]:
    bound, message = _bound(component.at, component.bounds, currency)
    if bound is None:
        yield Mistake(("at",), message)
    elif bound <= 0:
        yield Mistake(("at",), f"'{component.at}' is reached by everybody: write more than zero")
    yield from _positive(("amount",), component.amount, currency)


def _bound(text: str, bounds: Bounds, currency: str) -> tuple[Decimal | None, str]:
    """Read a bound; beside None what is wrong."""
    share, plain = percent(text), amount(text, currency if bounds is Bounds.AMOUNT else None)
    if bounds is Bounds.QUOTA:
        hint = f"; write `{text.strip()}%`, or bounds: amount" if amount(text) is not None else "; write `80%`"
        return share, f"'{text}' is no share of the quota{hint}"
    if share is not None:
        return None, f"'{text}' is a share, and bounds are not: write a number, or bounds: quota"
    what = f"amount in {currency}; write `20000`" if bounds is Bounds.AMOUNT else "number; write `100`"
    return plain, f"'{text}' is no {what}, {_DIGITS}"


def _positive(path: tuple[str, ...], text: str, currency: str) -> Iterator[Mistake]:
    value = amount(text, currency)
    if value is None:
        message = f"'{text}' is no amount in {currency}; write `20000`, {_DIGITS}"
        yield Mistake(path, message)
    elif value <= 0:
        yield Mistake(path, f"'{text}' is not above zero")


def _written(bound: Decimal, bounds: Bounds) -> str:
    return f"{(bound * 100).normalize():f}%" if bounds is Bounds.QUOTA else f"{bound:f}"


def _unused(plan: Plan) -> Iterator[Mistake]:
    used = {component.measure for component in plan.components.values()}
    if not used or not used <= plan.measures.keys():  # an unknown one may be what was meant
        return
    for name in plan.measures:
        if name not in used:
            yield Mistake(("measures", name), "no component pays on it: name it in one, or leave it out")
