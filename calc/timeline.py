"""Dated tables put together: who has which component on which days, and what is in force on each.

Out come tables without overlaps: for one tally every day lies in one row at most. They are small beside the
transactions, so that these need a single join with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from calc import inputs
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
    plus,
    present,
    times,
    when,
)
from formula.expression import Call, Column, Expression, Function, Literal
from formula.quantity import count
from formula.relation import Aggregate, Aggregation, Derive, Join, Overlap, Running, Scan, Union, Where

F = Function
#: What counts up for one participant: of each there is one tally.
TALLY = ("person", "engagement", "plan", "component")
#: Why a quota cannot be used: there is none, in another currency (or in none), not above zero.
NO_QUOTA = "no_quota"
QUOTA_CURRENCY = "quota_currency"
NOT_POSITIVE = "quota_not_positive"
#: What of a row of the roster comes along, besides its days.
ROSTER = ("person", "engagement", "plan", "since", "until", "legal_entity", "pay_currency", "pay_group", "payee")
#: What there is of a quota: its amount, the first and last of its lines' currencies by name, the number of its lines
#: and of those with a currency.
IN_FORCE = ("quota", "quota_currency", "other_currency", "lines", "currencies")
_EDGES = ("start", "end")
#: More days than a calendar has.
_DAYS = 4_000_000


def roster_of(stages: Stages) -> str:
    """Write the stages of who has which plan when, without those who have one twice on a day."""
    rows = _planned(stages)
    asked = Join(rows, plans_twice(stages), pairs("person", "plan"), (("twice", "since"),), keeps=True)
    once = stages.add("roster_once", Where(stages.add("roster_asked", asked), empty("twice")))
    return stages.more("who_has_what", once, (), ("twice",), "who has which plan when")


def plans_twice(stages: Stages) -> str:
    """Write the stages of who has a plan twice on a day: `person`, `plan`, `since`."""
    by = ("person", "plan", *_EDGES)
    held = stages.add("plans_held", Aggregate(_planned(stages), by, (("rows", Aggregation.COUNT, "engagement"),)))
    following = _followed(stages, held, ("person", "plan"), _EDGES)
    again = Call(F.LESS, (Column("next_start"), Column("end")))
    several = Call(F.LESS, (number(1, count()), Column("rows")))
    clash = stages.add("clashes", Where(following, Call(F.OR, (again, several))))
    from_ = stages.more("clashes_from", clash, (("since", when(several, Column("start"), Column("next_start"))),))
    whom = Aggregate(from_, ("person", "plan"), (("since", Aggregation.MIN, "since"),))
    return stages.add("plans_twice", whom, "who has a plan twice on a day")


def terms_of(stages: Stages, terms: str, columns: Sequence[str]) -> str:
    """Write the stage of the terms that plan versions have, on the days on which they hold."""
    return stages.add("terms", Scan(terms, pairs("plan", "component", *_EDGES, *columns)), "terms of the plan versions")


def tallies_of(stages: Stages, terms: Sequence[str]) -> tuple[str, str]:
    """Write the stages of who has which plan when, with the `component`s there are of it and the number of its `tally`.

    And that of every `tally`, with what it is of (`TALLY`). What counts up for one participant, engagement, plan and
    component has one number, in all versions of the plan.
    """
    own = [stages.add("plan_components", Aggregate(one, ("plan", "component"), ())) for one in terms]
    all_ = stages.add("components", Aggregate(together(stages, "components", own), ("plan", "component"), ()))
    roster = roster_of(stages)
    whose = stages.add("plan_holders", Aggregate(roster, TALLY[:3], ()))
    named = stages.more(
        "tally_names", stages.add("tally_rows", Join(whose, all_, pairs("plan"), pairs("component"))), (("one", ONE),)
    )
    numbered = stages.add(
        "tallies", Running(named, (), TALLY, (("tally", "one"),)), "what counts up for whom, numbered"
    )
    joined = Join(roster, numbered, pairs(*TALLY[:3]), pairs("component", "tally"))
    return stages.add("roster_tallies", joined, "who has which component when"), numbered


def assigned_of(stages: Stages, roster: str, terms: str) -> str:
    """Write the stage of who has which terms when: rows of `tallies_of`, each cut where a version of its plan ends."""
    added = [name for name in stages.columns(terms) if name not in ("plan", "component", *_EDGES)]
    overlap = Overlap(roster, terms, pairs("plan", "component"), pairs(*added))
    return stages.add("assigned", overlap, "who has which terms when")


def tally_of(stages: Stages, source: str, start: str) -> tuple[str, str]:
    """Number what counts up together in one period, by its first day; give the stage, and the name of the number.

    To put rows together by one number takes an engine two thirds of the time that it takes by a number and a day.
    """
    name = f"tally of {start}"
    period = Call(F.DAYS, (Literal(date.min), Column(start)))
    numbered = plus(times(Column("tally"), number(_DAYS, count())), period)
    return stages.more(f"by_{start}", source, ((name, numbered),)), name


def together(stages: Stages, name: str, sources: Sequence[str]) -> str:
    """Write the union of some stages, or give the only one."""
    sources = tuple(dict.fromkeys(sources))
    return sources[0] if len(sources) == 1 else stages.add(name, Union(sources))


def quotas_of(stages: Stages) -> str:
    """Write the stages of the quota in force on each day, its lines added up.

    Columns: `person, engagement, measure, start, end` and `IN_FORCE`.
    """
    key = ("person", "engagement", "measure")
    lines = quota_lines(stages)
    edges = [stages.add("quota_edges", Derive(lines, (*kept(*key), ("day", Column(edge))))) for edge in _EDGES]
    days = stages.add("quota_days", Aggregate(stages.add("quota_edges", Union(tuple(edges))), (*key, "day"), ()))
    cuts = stages.add(
        "quota_cuts", Derive(days, (*kept(*key), ("start", Column("day")))), "days on which quotas change"
    )
    following = _followed(stages, cuts, key, ("start",))
    spans: tuple[Derived, ...] = (*kept(*key, "start"), ("end", Column("next_start")))
    changed = stages.add("quota_changes", Where(following, present("next_start")))
    between = stages.add("quota_spans", Derive(changed, spans), "days between two changes")
    there = stages.add("quota_parts", Overlap(between, lines, pairs(*key), pairs("amount", "currency")))
    sums = (
        ("quota", Aggregation.SUM, "amount"),
        ("quota_currency", Aggregation.MIN, "currency"),
        ("other_currency", Aggregation.MAX, "currency"),
        ("lines", Aggregation.COUNT, "amount"),
        ("currencies", Aggregation.COUNT, "currency"),
    )
    return stages.add(
        "quotas_in_force", Aggregate(there, (*key, *_EDGES), sums), "the quota in force, its lines added up"
    )


def quota_lines(stages: Stages) -> str:
    """Write the stage of decided quotas, each line on the days on which it is in force."""
    return stages.add("quota_lines", Scan(inputs.QUOTAS, pairs(*inputs.QUOTA)), "decided quotas")


def with_quotas(stages: Stages, assigned: str) -> str:
    """Write the stages of the terms of each day with the quota in force on it (`IN_FORCE`), nulls where none is."""
    key = ("person", "engagement", "measure")
    columns = ("tally", *key, *_EDGES)
    timeline = _laid_over(stages, stages.add("held_days", Derive(assigned, kept(*columns))), quotas_of(stages), key)
    rest = [name for name in stages.columns(assigned) if name not in columns]
    on = (("tally", "tally"), ("own_start", "start"))
    return stages.add("quota_of_day", Join(timeline, assigned, on, pairs(*rest)), "every day, with the quota in force")


def _laid_over(stages: Stages, left: str, right: str, on: Sequence[str]) -> str:
    """Every day of the left rows, with what the right rows have on it; `own_start`: of the left row.

    Left rows are told apart by `tally` and `start`; right rows of one kind share no day.
    """
    rest = [name for name in stages.columns(left) if name not in _EDGES]
    marked = stages.more("laid_marked", left, (("own_start", Column("start")), ("own_end", Column("end"))))
    pieces = stages.add("laid_pieces", Overlap(marked, right, pairs(*on), pairs(*IN_FORCE)), "days that both have")
    nothing: tuple[Derived, ...] = tuple((name, NULL) for name in IN_FORCE)
    before = (*kept(*rest), ("start", Column("own_start")), ("end", Column("own_start")), *kept("own_start", "own_end"))
    begun = stages.add("laid_begins", Derive(marked, (*before, *nothing)), "where each begins")
    ends = stages.add("laid_ends", Union((pieces, begun)))
    following = _followed(stages, ends, ("tally", "own_start"), ("start", "end"))
    hole = (
        *kept(*rest, "own_start"),
        ("start", Column("end")),
        ("end", first(Column("next_start"), Column("own_end"))),
    )
    holes = stages.add("laid_holes", Derive(following, (*hole, *nothing)))
    missing = stages.add("laid_missing", Where(holes, Call(F.LESS, (Column("start"), Column("end")))), "days without")
    covered = stages.add("laid_covered", Derive(pieces, kept(*rest, "own_start", *_EDGES, *IN_FORCE)))
    return stages.add("timeline", Union((covered, missing)), "every day, with what is in force on it")


def quota_code(currency: str | None) -> Expression:
    """Say why what is `IN_FORCE` cannot be compared with what is counted; null where it can."""
    if currency is None:
        right: Expression = empty("quota_currency")
    else:
        alike = (equal(Column(name), currency) for name in ("quota_currency", "other_currency"))
        right = every(*alike, equal(Column("lines"), Column("currencies")))
    positive = Call(F.LESS, (number(0, count()), Column("quota")))
    usable = when(right, when(positive, NULL, Literal(NOT_POSITIVE)), Literal(QUOTA_CURRENCY))
    return when(empty("quota"), Literal(NO_QUOTA), usable)


def spans_of(stages: Stages, days: str, span: str) -> str:
    """Write the stages of the months, quarters, halves or years of a calendar: `start`, `end`; `from`, `to` too."""
    by = (f"{span}_start", f"{span}_end")
    once = stages.add("spans", Aggregate(days, by, ()))
    names = (("start", by[0]), ("end", by[1]), ("from", by[0]), ("to", by[1]))
    return stages.add("periods", Derive(once, tuple((name, Column(of)) for name, of in names)), f"each {span}")


def _planned(stages: Stages) -> str:
    scanned = Scan(inputs.ROSTER, pairs(*inputs.ROSTER_ROW))
    everybody = stages.add("everybody", scanned, "participants, with the plans they have")
    planned = stages.add("planned", Where(everybody, Call(F.NOT, (empty("plan"),))), "those with a plan")
    own: tuple[Derived, ...] = (
        *kept("person", "engagement", "plan", *_EDGES),
        ("since", Column("start")),
        ("until", Column("end")),
        *kept("legal_entity", "pay_currency", "pay_group", "payee"),
    )
    return stages.add("roster_rows", Derive(planned, own))


def _followed(stages: Stages, source: str, by: Sequence[str], order: Sequence[str]) -> str:
    """Put beside each row the start of the next one of its kind in an order (`next_start`), null for the last."""
    one = stages.more(f"{source}_one", source, (("one", ONE),))
    nth = stages.add(f"{source}_nth", Running(one, tuple(by), tuple(order), (("nth", "one"),)))
    asked = stages.more(f"{source}_asked", nth, (("next_nth", plus(Column("nth"), ONE)),), ("one", "nth"))
    on = (*pairs(*by), ("next_nth", "nth"))
    return stages.add(f"{source}_next", Join(asked, nth, on, (("next_start", "start"),), keeps=True))
