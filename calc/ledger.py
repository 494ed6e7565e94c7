"""What is booked: retroactive adjustments, what a commit is checked by, and whether the books agree.

In: results of a calculation, and everything booked before. Out: results to post, and what does not tie out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from calc.result import LedgerKey, Result, ResultKind
from domain.value import digest

#: How many participants are calculated a second time, in another way, before a commit.
SAMPLE = 100
#: Why what is due is nothing: another pay run has paid it.
PAID_ALREADY = "paid_already"
_NOTHING = Decimal(0)

#: Amounts by legal entity and currency.
Totals = Mapping[tuple[str | None, str], Decimal]


@dataclass(frozen=True, slots=True)
class Owed:
    """Who owes what to whom: a ledger key, the legal entity that pays, the payee (None: the participant)."""

    key: LedgerKey
    legal_entity: str | None
    payee: str | None


@dataclass(frozen=True, slots=True)
class Booked:
    """What was earned and adjusted so far under one `Owed`, in all pay runs; what people adjusted by hand is apart.

    entry  the newest ledger entry of it: what an adjustment follows
    """

    owed: Owed
    amount: Decimal
    plan_amount: Decimal
    plan_currency: str
    plan_version: str
    pay_group: str | None
    earned_from: date
    earned_until: date
    entry: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The days `[start, end)` of an earned period that something is missing for; `is_due`: in the pay run itself."""

    person: int
    start: date
    end: date
    is_due: bool


def is_unknown(unknown: Iterable[Unknown], earned_from: date, earned_until: date) -> bool:
    """Tell whether nothing of a person's earned period is recomputed: what is not known is not taken back.

    `unknown` is of that person: an earned period that shares a day with it, or anything that is due in the pay run.
    """
    return any(one.is_due or (one.start < earned_until and earned_from < one.end) for one in unknown)


def adjustments(
    recomputed: Iterable[Result], booked: Iterable[Booked], pay_period: str, *, pay_group: str | None = None
) -> tuple[Result, ...]:
    """Give what earlier earned periods still owe: recomputed less all booked, nothing where that is nothing.

    recomputed  what some people earned, as known now, in earned periods whose pay run is committed
    booked      of the same people: what is no longer earned at all is taken back
    pay_group   give only what this pay group pays: the one a line is earned in, else the one it was booked in
    """
    found = _by_owed(recomputed)
    standing = {one.owed: one for one in booked}
    gone = (_taken_back(one, pay_period) for owed, one in standing.items() if owed not in found)
    changed = (_adjustment(now, standing.get(owed), pay_period) for owed, now in found.items())
    mine = (one for one in (*gone, *changed) if pay_group is None or one.pay_group == pay_group)
    return tuple(sorted((one for one in mine if one.amount), key=order))


def still_due(
    own: Iterable[Result],
    others: Iterable[Result],
    booked: Mapping[Owed, Booked],
    lines: Collection[str],
    pay_period: str,
) -> tuple[Result, ...]:
    """Give what a pay run owes of what is due in it, where others have paid for the same earned periods before it.

    What is booked is what the others pay, and no line of ours: then ours are owed as they are. Else somebody moved from
    their pay group into ours, and we owe the difference; one that is nothing says so.

    own, others     what is due of some people by this pay run, and by pay runs of other pay groups that are committed
    booked, lines   what any pay run has booked for these earned periods, and the ids of the lines that were earned
    """
    beside = _by_owed(others)
    found: list[Result] = []
    for owed, now in _by_owed(own).items():
        paid, before = beside.get(owed, ()), booked.get(owed)
        is_as_booked = sum((one.amount for one in paid), _NOTHING) == (before.amount if before else _NOTHING)
        if is_as_booked and not any(one.id in lines for one in now):
            found += now
        else:
            difference = _adjustment(now, before, pay_period, paid)
            found.append(difference if difference.amount else replace(difference, reason=PAID_ALREADY))
    return tuple(sorted(found, key=order))


def _by_owed(results: Iterable[Result]) -> dict[Owed, list[Result]]:
    found: defaultdict[Owed, list[Result]] = defaultdict(list)
    for result in results:
        found[Owed(result.key, result.legal_entity, result.payee)].append(result)
    return dict(found)


def _adjustment(
    now: Collection[Result], before: Booked | None, pay_period: str, beside: Collection[Result] = ()
) -> Result:
    """Give the difference of what is earned now (and beside it) and what was booked, described as the last of it is."""
    last, every = max(now, key=lambda one: (one.earned_until, one.segment or "")), (*now, *beside)
    return replace(
        last, kind=ResultKind.RETRO, pay_period=pay_period,
        amount=sum((one.amount for one in every), _NOTHING) - (before.amount if before else _NOTHING),
        plan_amount=sum((one.plan_amount for one in every), _NOTHING) - (before.plan_amount if before else _NOTHING),
        earned_from=min(one.earned_from for one in now), segment=None,
    )  # fmt: skip


def _taken_back(before: Booked, pay_period: str) -> Result:
    owed = before.owed
    return Result(
        ResultKind.RETRO, owed.key, pay_period, before.earned_from, before.earned_until,
        -before.amount, -before.plan_amount, before.plan_currency, before.plan_version,
        payee=owed.payee, legal_entity=owed.legal_entity, pay_group=before.pay_group, reason="no_longer_earned",
    )  # fmt: skip


def order(result: Result) -> tuple[object, ...]:
    """Give what results are sorted by: by participant, then by what they are about."""
    key = result.key
    return (
        key.person, key.engagement, key.plan, key.component, result.earned_from, key.earned_period, key.currency,
        result.kind.value, result.segment or "", result.legal_entity or "", result.payee or "", result.cause or "",
    )  # fmt: skip


def sampled(people: Iterable[int], calculation: str, count: int = SAMPLE) -> frozenset[int]:
    """Choose whom to calculate a second time: by a calculation's digest, so that nobody can know it before."""
    return frozenset(sorted(people, key=lambda person: (digest(calculation, person), person))[:count])


def totals(results: Iterable[Result]) -> dict[tuple[str | None, str], Decimal]:
    """Add up amounts by legal entity and currency."""
    found: defaultdict[tuple[str | None, str], Decimal] = defaultdict(Decimal)
    for result in results:
        found[result.legal_entity, result.key.currency] += result.amount
    return dict(found)


def untied(books: Mapping[str, Totals]) -> tuple[str, ...]:
    """Say where books that must agree do not, for each legal entity and currency; nothing where they do.

    `books` names each: `{"ledger": .., "results": .., "statements": ..}`. What one of them lacks is nothing there.
    """
    every = {each for book in books.values() for each in book}
    return tuple(
        f"{entity or 'no legal entity'}, {currency}: " + ", ".join(f"{name} {amount}" for name, amount in found.items())
        for entity, currency in sorted(every, key=lambda each: (each[0] or "", each[1]))
        if len(set((found := {n: book.get((entity, currency), _NOTHING) for n, book in books.items()}).values())) > 1
    )


def unlike(stored: Iterable[Result], again: Iterable[Result]) -> tuple[str, ...]:
    """Say where a second calculation of some people differs from the first; nothing where it does not."""
    first, second = ({one.id: one for one in several} for several in (stored, again))
    return tuple(
        f"P{one.key.person} {one.key.component} {one.key.earned_period}: {_amount(first.get(each))}, "
        f"a second calculation says {_amount(second.get(each))}"
        for each in sorted(first.keys() | second.keys())
        if _said(first.get(each)) != _said(second.get(each))
        for one in [first.get(each) or second[each]]
    )


def _said(result: Result | None) -> object:
    return result and (result.amount, result.plan_amount, result.plan_version, result.legal_entity, result.payee)


def _amount(result: Result | None) -> str:
    return f"{result.amount} {result.key.currency}" if result else "nothing"
