"""What is not credited, and why; and the people for whom something is missing.

A part is a transaction's owner, or each of those whom its splits name. Every part of a transaction of the days that
are calculated is credited in some plan, or is here exactly once with one code, the first that fits:

no_rate, rate_too_old      its person has a plan that counts it, and it cannot be converted
overlapping_plans          its person has a plan twice on that day
not_in_plan                its person has plans, and none of them counts it
other_calendar             its plans are paid by another calendar
plan_not_in_force          they hold on other days
unknown_plan               nobody has published them
no_plan                    has none on that day
not_a_participant          its person is known and not approved to earn, or not employed on that day
owner_unknown, no_owner    nobody is known by its owner's name; it has none
no_value, no_date          a measure counts it, once it has a value, once it has the day it is dated by
not_counted                no measure counts it
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from calc import inputs
from calc.crediting import NOBODY, OWNS, Counting, split_parts
from calc.plan import To
from calc.rates import NO_RATE, RATE_TOO_OLD, days_of, rates_into
from calc.standing import OTHER_CALENDAR, PLAN_NOT_IN_FORCE, UNKNOWN_PLAN
from calc.timeline import plans_twice
from calc.writing import (
    NULL,
    ONE,
    Derived,
    Stages,
    empty,
    equal,
    every,
    first,
    kept,
    number,
    pairs,
    present,
    when,
)
from formula.expression import Call, Column, Expression, Function, Literal
from formula.quantity import count, rate
from formula.relation import Aggregate, Aggregation, Derive, Join, Scan, Union, Where, Within

F = Function
GAP = ("feed", "key", "place", "owner", "person", "share", "day", "amount", "currency", "code")
SET_ASIDE = ("person", "plan", "component", "start", "end", "code")
_TRANSACTION = ("feed", "key", "place", NOBODY, OWNS, "splits_of", "currency", "date", "amount")
_PART = ("feed", "key", "place", "owner", "person", "share", "currency", "date", "amount")
#: Codes of gaps that set their person aside.
_TOUCHING = (NO_RATE, RATE_TOO_OLD, "overlapping_plans")
_WHOLE = number(1, rate(inputs.SHARE_SCALE))


def gaps_of(stages: Stages, sold: str, held: Mapping[Counting, Sequence[str]], calendar: str) -> str:
    """Write the stages of the parts that nobody is credited with (`GAP`), of all that is `calc.crediting.sold_of`.

    Their `owner` is a name by which nobody is known. `held` has, for each way of counting, stages of who has a plan
    that counts so: `person, start, end`.
    """
    countings = list(held)
    flags = tuple(f"{kind}_{nth}" for nth in range(1, len(countings) + 1) for kind in ("why", "day"))
    rest, days = _parts(stages, _asked(stages, sold, countings), countings, flags), []
    for nth, counting in enumerate(countings, 1):
        rest = _uncovered(stages, rest, counting, nth, held[counting])
        days.append(Column(f"day_{nth}"))
    dated = stages.more("left", rest, (("day", first(*days, Column("date")) if days else Column("date")),), ("date",))
    inside = Join(dated, days_of(stages, calendar), (("day", "day"),), pairs("next"))
    left = stages.add("left_inside", inside, "on the days that are calculated")
    return _explained(stages, left, countings)


def set_aside_of(
    stages: Stages, sold: str, earned: Sequence[str], held: Mapping[Counting, Sequence[str]], gaps: str
) -> str:
    """Write the stages of the people for whom something is missing, with the days it is missing for (`SET_ASIDE`)."""
    found = []
    for one in earned:
        coded = stages.add("earned_with_code", Where(one, present("code")))
        columns: tuple[Derived, ...] = (
            *kept("person", "plan", "component"),
            ("start", Column("earned_from")),
            ("end", Column("earned_until")),
            *kept("code"),
        )
        found.append(stages.add("incomplete", Derive(coded, columns), "whose earning is incomplete"))
    clash = every(present("person"), Call(F.ONE_OF, (Column("code"), *map(Literal, _TOUCHING))))
    clashing = stages.add("clashing", Where(gaps, clash), "whose transactions wait for something")
    several = held.items() if len(held) > 1 else ()  # what one measure credits, and another cannot convert, is no gap
    waiting = [clashing, *(_unrated(stages, sold, counting, ones) for counting, ones in several if counting.currency)]
    of_day: tuple[Derived, ...] = (
        *kept("person"),
        ("plan", NULL),
        ("component", NULL),
        ("start", Column("day")),
        ("end", Call(F.LATER, (Column("day"), ONE))),
        *kept("code"),
    )
    found += (stages.add("waiting", Derive(one, of_day)) for one in waiting)
    together = stages.add("all_aside", Union((*found, _on_unknown_plans(stages))))
    return stages.add("set_aside", Aggregate(together, SET_ASIDE, ()), "for whom something is missing")


def _on_unknown_plans(stages: Stages) -> str:
    """The people on plans that nobody has published, on the days on which they are."""
    listed = stages.add("plans_listed", Scan(inputs.PLANS, pairs(*inputs.PLAN_ROW)), "how every plan stands")
    once = stages.add("plans_known", Aggregate(listed, ("plan",), (("since", Aggregation.MIN, "start"),)))
    held = stages.add("on_plans", Where(_everybody(stages), present("plan")))
    asked = stages.add("on_known_plans", Join(held, once, pairs("plan"), pairs("since"), keeps=True))
    unknown = stages.add("on_unknown", Where(asked, empty("since")))
    columns = (*kept("person", "plan"), ("component", NULL), *kept("start", "end"), ("code", Literal(UNKNOWN_PLAN)))
    return stages.add("on_unknown_plans", Derive(unknown, columns), "who is on a plan that nobody has published")


def _everybody(stages: Stages) -> str:
    return stages.add(
        "everybody", Scan(inputs.ROSTER, pairs(*inputs.ROSTER_ROW)), "participants, with the plans they have"
    )


def _unrated(stages: Stages, sold: str, counting: Counting, held: Sequence[str]) -> str:
    """The people whose transactions a measure counts, and no rate converts: `person, day, code`."""
    asked = _asked(stages, sold, [counting])
    own = Call(F.NOT, (equal(Column("currency"), str(counting.currency)),))
    foreign = stages.add("foreign", Where(asked, every(present("day_1"), own)), "in another currency")
    rated = stages.add("foreign_rates", _with_rates(stages, foreign, counting, 1))
    missing = stages.add("unrated", Where(rated, Call(F.NOT, (_is_rated(1),))), "without a rate")
    parts = _parts(stages, missing, [counting], ("day_1", "rate_code_1"))
    within = Within("day_1", "start", "end")
    theirs = Join(parts, _holders(stages, held), pairs("person"), (("held", "start"),), within)
    known = stages.add("unrated_people", theirs)
    columns: tuple[Derived, ...] = (
        *kept("person"),
        ("day", Column("day_1")),
        ("code", first(Column("rate_code_1"), NO_RATE)),
    )
    return stages.add("without_rate", Derive(known, columns), "whose transactions wait for a rate")


def _asked(stages: Stages, sold: str, countings: Sequence[Counting]) -> str:
    """Every transaction, with the day on which each way of counting counts it, or why it does not."""
    return stages.add("asked", Derive(sold, (*kept(*_TRANSACTION), *_reasons(countings))), "which measures count it")


def _parts(stages: Stages, asked: str, countings: Sequence[Counting], flags: Sequence[str]) -> str:
    """Every part of transactions: owners, or those whom splits name where a rule asks for these."""
    if not _has_splits(countings):
        owners: tuple[Derived, ...] = (
            ("owner", Column(NOBODY)),
            ("person", Column(OWNS)),
            ("share", _WHOLE),
            ("is_owner", Literal(value=True)),
        )
        shown = (*kept(*(name for name in _PART if name not in ("owner", "person", "share"))), *owners, *kept(*flags))
        return stages.add("every_owner", Derive(asked, shown), "owners")
    names = (("part", "person"), ("part_share", "share"), ("nobody", "nobody"))
    split = Join(asked, split_parts(stages), (("splits_of", "of"),), names, keeps=True)
    source = stages.add("asked_parts", split, "with each part of it")
    is_whole = empty("splits_of")
    is_owner = every(present("part"), equal(Column("part"), Column(OWNS)))
    part: Mapping[str, Expression] = {
        "person": when(is_whole, Column(OWNS), Column("part")),
        "owner": when(is_whole, Column(NOBODY), first(Column("nobody"), Column(NOBODY))),
        "share": when(is_whole, _WHOLE, Column("part_share")),
    }
    told = tuple((name, part.get(name, Column(name))) for name in _PART)
    columns = (*told, ("is_owner", Call(F.OR, (is_whole, is_owner))), *kept(*flags))
    return stages.add("all_parts", Derive(source, columns), "every part: owners, or those whom splits name")


def _has_splits(countings: Sequence[Counting]) -> bool:
    return any(rule.to is To.SPLITS for counting in countings for rule in counting.rules)


def _reasons(countings: Sequence[Counting]) -> list[Derived]:
    found: list[Derived] = []
    for nth, counting in enumerate(countings, 1):
        day = Column(counting.dated_by)
        no_value = when(Call(F.EMPTY, (counting.value,)), Literal("no_value"))
        why = when(Call(F.EMPTY, (day,)), Literal("no_date"), no_value)
        condition = _condition(counting)
        if condition is not None:
            why = when(condition, why, Literal("not_counted"))
        found += [(f"why_{nth}", why), (f"day_{nth}", when(Call(F.EMPTY, (why,)), day))]
    return found


def _condition(counting: Counting) -> Expression | None:
    """What counts by the measure and by one of its rules."""
    rules = [rule.condition for rule in counting.rules]
    of_rules = [rule for rule in rules if rule is not None]
    found = [] if counting.condition is None else [counting.condition]
    if len(of_rules) == len(rules):
        found.append(of_rules[0] if len(of_rules) == 1 else Call(F.OR, tuple(of_rules)))
    return every(*found) if found else None


def _uncovered(stages: Stages, parts: str, counting: Counting, nth: int, held: Sequence[str]) -> str:
    """The parts that nobody is credited with by one way of counting; `code_<nth>`: counted but for its rate."""
    day, held_, code = f"day_{nth}", f"held_{nth}", f"code_{nth}"
    within = Within(day, "start", "end")
    found = parts
    if counting.currency is not None:
        found = stages.add("asked_rates", _with_rates(stages, found, counting, nth))
    joined = Join(found, _holders(stages, held), pairs("person"), ((held_, "start"),), within, keeps=True)
    found = stages.add("asked_held", joined)
    is_held: Expression = present(held_)
    if all(rule.to is To.OWNER for rule in counting.rules):
        is_held = every(is_held, Column("is_owner"))
    rated: Expression = Literal(value=True)
    missing: Expression = NULL
    if counting.currency is not None:
        rated, missing = _is_rated(nth), when(is_held, first(Column(f"rate_code_{nth}"), NO_RATE))
    left = stages.add("uncovered", Where(found, Call(F.NOT, (every(is_held, rated),))), "what it credits nobody with")
    without = [name for name in stages.columns(left) if name in (held_, f"rate_{nth}", f"rate_code_{nth}")]
    coded = stages.more("uncovered_coded", left, ((code, missing),), without)
    return stages.add("uncovered_once", Aggregate(coded, stages.columns(coded), ()), "each of them once")


def _holders(stages: Stages, held: Sequence[str]) -> str:
    holders = [stages.add("holders", Derive(one, kept("person", "start", "end"))) for one in dict.fromkeys(held)]
    all_ = holders[0] if len(holders) == 1 else stages.add("holders", Union(tuple(holders)))
    return stages.add("holders_once", Aggregate(all_, ("person", "start", "end"), ()), "who has a plan that counts so")


def _with_rates(stages: Stages, source: str, counting: Counting, nth: int) -> Join:
    rates = rates_into(stages, counting.rates, str(counting.currency), counting.calendar)
    on = (("currency", "currency"), (f"day_{nth}", "day"))
    return Join(source, rates, on, ((f"rate_{nth}", "rate"), (f"rate_code_{nth}", "code")), keeps=True)


def _is_rated(nth: int) -> Expression:
    return every(present(f"rate_{nth}"), empty(f"rate_code_{nth}"))


def _explained(stages: Stages, left: str, countings: Sequence[Counting]) -> str:
    """One code for each part that is left."""
    scan = _everybody(stages)
    own = (*kept("person", "plan", "start", "end"), ("there", Column("start")))
    there = stages.add("everybody_there", Derive(scan, own))
    within = Within("day", "start", "end")
    joined = Join(left, there, pairs("person"), pairs("plan", "there"), within, keeps=True)
    on_roster = stages.add("left_roster", joined, "whether they are on the roster")
    twice = Join(on_roster, plans_twice(stages), pairs("person", "plan"), (("twice", "since"),), keeps=True)
    listed = stages.add("plans_listed", Scan(inputs.PLANS, pairs(*inputs.PLAN_ROW)), "how every plan stands")
    given = (("listed", "start"), ("standing", "code"))
    standing = Join(
        stages.add("left_twice", twice), listed, pairs("plan"), given, Within("day", "start", "end"), keeps=True
    )
    asked = stages.add("left_standing", standing, "how those plans stand")
    is_here = every(present("listed"), empty("standing"))
    ranks = {
        "no_plan": present("there"),
        UNKNOWN_PLAN: present("plan"),
        PLAN_NOT_IN_FORCE: present("standing"),
        OTHER_CALENDAR: equal(Column("standing"), OTHER_CALENDAR),
        "not_in_plan": is_here,
        "overlapping_plans": every(is_here, present("twice")),
    }
    rank: Expression = number(0, count())
    for place, test in enumerate(ranks.values(), 1):
        rank = when(test, number(place, count()), rank)
    ranked = stages.more("left_ranked", asked, (("rank", rank),), ("plan", "there", "twice", "listed", "standing"))
    by = tuple(name for name in stages.columns(left) if name != "next")
    best = stages.add("left_best", Aggregate(ranked, by, (("rank", Aggregation.MAX, "rank"),)), "each part once")
    of_roster: Expression = Literal("not_a_participant")
    for place, code in enumerate(ranks, 1):
        of_roster = when(equal(Column("rank"), number(place, count())), Literal(code), of_roster)
    nobody = when(empty("owner"), Literal("no_owner"), Literal("owner_unknown"))
    counts = [present(f"day_{nth}") for nth in range(1, len(countings) + 1)]
    counted = when(Call(F.OR, tuple(counts)), when(empty("person"), nobody, of_roster)) if counts else NULL
    whys = [Column(f"why_{nth}") for nth in range(1, len(countings) + 1)]
    named = [
        when(Call(F.OR, tuple(equal(why, code) for why in whys)), Literal(code))
        for code in ("no_value", "no_date")
        if whys
    ]
    rates = [Column(f"code_{nth}") for nth in range(1, len(countings) + 1)]
    found = first(*rates, counted, *named, "not_counted")
    return stages.add(
        "gaps", Derive(best, (*kept(*GAP[:-1]), ("code", found))), "what nobody is credited with, and why"
    )
