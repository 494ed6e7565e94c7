"""Why earlier earned periods owe something else now: what counted when they were booked, against what counts today.

In: adjustments, what was booked of the same people, what was found now. Out: the same adjustments, each with its cause.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from calc.cause import Counted, Ground, cause
from calc.ledger import Booked, Owed
from calc.pay_run import EVERYBODY
from calc.period import pay_period, span_of
from calc.plan import Span
from calc.result import LedgerKey, Result
from domain.attributes import is_paid_by
from engine.booked import CountedBy, counted_before, counted_now
from engine.found import Findings
from formula.meaning import Cell
from store.calculations import Calculation, calculation_of
from store.database import reading
from store.grounds import Decided, calculations_of, decided_of
from syncd.pay.pinned import Pinned
from syncd.pay.stored_lines import line_files
from syncd.world import World

_ONE = timedelta(1)
#: What is earned, whoever owes it in whatever currency: person, engagement, plan, component, earned period.
_Earning = tuple[int, str, str, str, str]
#: Why an adjustment takes everything back (`calc.ledger`).
GONE = "no_longer_earned"


def with_causes(
    world: World, found: Findings, pinned: Pinned, booked: Iterable[Booked], adjusted: Sequence[Result]
) -> tuple[Result, ...]:
    """Say of each adjustment what made it."""
    if not adjusted:
        return ()
    persons = {one.key.person for one in adjusted}
    entries = {one.owed: one for one in booked if one.owed.key.person in persons}
    with reading(world.database) as tx:
        of_entries = calculations_of(tx, [one.entry for one in entries.values()])
        never = (_committed(pinned, one) for one in adjusted if _owed(one) not in entries)
        numbers = {*of_entries.values(), *(number for number in never if number is not None)}
        known = {number: one for number in sorted(numbers) if (one := calculation_of(tx, number)) is not None}
        decided = decided_of(tx, persons, known_at=pinned.revision)
    lines = {number: line_files(world, one) for number, one in known.items()}
    counted = {
        number: counted_before(found.session, files, persons)
        for number, files in lines.items()
        if all(path.is_file() for path in (*files.lines, *files.tallies))
    }
    owed: defaultdict[_Earning, set[Owed]] = defaultdict(set)
    for each in (*entries, *map(_owed, adjusted)):
        owed[_earning(each.key)].add(each)
    from_ = {(one["plan"], one["component"], one["earned_from"]): one["counted_from"] for one in pinned.spans}
    grounds = _Grounds(
        pinned, entries, owed, of_entries, known, counted, counted_now(found, persons), decided, from_
    )  # fmt: skip
    return tuple(replace(one, cause=grounds.cause(one)) for one in adjusted)


@dataclass(frozen=True, slots=True)
class _Grounds:
    """What explains differences.

    owed          by earning, under which keys it is booked or adjusted
    of_entries    the calculation that each booked entry was committed from
    before, now   what counted for the people, by calculation; what counts now
    decided       changes of the people
    counted_from  the first day that counts up to an earned period, by plan, component and its first day
    """

    pinned: Pinned
    entries: Mapping[Owed, Booked]
    owed: Mapping[_Earning, Collection[Owed]]
    of_entries: Mapping[int, int]
    calculations: Mapping[int, Calculation]
    before: Mapping[int, CountedBy]
    now: CountedBy
    decided: Mapping[int, Sequence[Decided]]
    counted_from: Mapping[tuple[Cell, Cell, Cell], Cell]

    def cause(self, result: Result) -> str:
        """Say why an adjustment is made."""
        booked = self.entries.get(_owed(result))
        earlier = self._earlier(result)
        since = earlier.revision if earlier is not None else 0
        changes = tuple(
            f"C{one.change} ({one.kind}, from {one.effective})"
            for one in self.decided.get(result.key.person, ())
            if one.revision > since and one.effective < result.earned_until and _is_of_pay(one)
        )
        counted = self._counted(self.before.get(earlier.run, {}) if earlier is not None else {}, result)
        version = None if result.reason == GONE else result.plan_version
        return cause(
            Ground(counted, booked.plan_version if booked is not None else None),
            Ground(self._counted(self.now, result), version, changes, self._is_moved(result)),
        )

    def _earlier(self, result: Result) -> Calculation | None:
        """Give the calculation that the earned period was booked from last, whoever owed it; else that of its pay run.

        All that is owed for it was what it should be then.
        """
        entries = [self.entries[owed].entry for owed in self.owed.get(_earning(result.key), ()) if owed in self.entries]
        number = self.of_entries[max(entries)] if entries else _committed(self.pinned, result)
        return self.calculations.get(number or 0)

    def _is_moved(self, result: Result) -> bool:
        """Tell whether all of an amount is booked, or owed now, under another key of the same earning."""
        is_whole = result.reason == GONE or _owed(result) not in self.entries
        return is_whole and len(self.owed.get(_earning(result.key), ())) > 1

    def _counted(self, by: CountedBy, result: Result) -> tuple[Counted, ...]:
        """Give what counted up to the end of the earned period."""
        key = result.key
        first = self.counted_from.get((key.plan, key.component, result.earned_from))
        if not isinstance(first, date):  # no version of the plan has the component any more
            first = span_of(self.pinned.scope.calendar, Span.YEAR, result.earned_from).start
        every = by.get((key.person, key.plan, key.component), ())
        return tuple(one for one in every if first <= one.day < result.earned_until)


def _owed(result: Result) -> Owed:
    return Owed(result.key, result.legal_entity, result.payee)


def _earning(key: LedgerKey) -> _Earning:
    return key.person, key.engagement, key.plan, key.component, key.earned_period


def _committed(pinned: Pinned, result: Result) -> int | None:
    """Give the calculation that the pay run of an earned period was committed with."""
    paid = pay_period(pinned.scope.calendar, result.earned_until - _ONE)
    runs = [
        run
        for run in pinned.settling.committed
        if run.period == paid.label and run.pay_group in (EVERYBODY, result.pay_group)
    ]  # fmt: skip
    return runs[-1].calculation if runs else None


def _is_of_pay(one: Decided) -> bool:
    return any(map(is_paid_by, one.fields))
