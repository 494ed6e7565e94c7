"""The entries of a pay run: what its results become in the ledger, a thousand at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from calc.ledger import Owed
from calc.pay_run import PayRun
from calc.result import Result, ResultKind
from domain.errors import Refused
from store.adjustments import approved_adjustments
from store.ledger import booked, newest_of_lines, post, posted_since

#: How many entries one statement writes.
AT_ONCE = 1_000


def post_results(
    tx: Connection, run: PayRun, batches: Iterable[Sequence[Result]], *, pinned: int, revision: int
) -> int:
    """Write the entries of a pay run's results, which were calculated at the revision `pinned`; give how many.

    `Refused` where something was posted since then for what one of them is about: its amount does not know of it. What
    is nothing is not written.
    """
    newer = {owed.key for owed in posted_since(tx, run.calendar, pinned)}
    corrected = _corrected(tx, run, pinned)
    count = 0
    for batch in batches:
        if late := next((one for one in batch if one.kind is not ResultKind.MANUAL and one.key in newer), None):
            raise Refused(
                f"something was committed for P{late.key.person} {late.key.component} {late.key.earned_period} after "
                f"{run} was calculated: `return` it, calculate it again"
            )
        for start in range(0, len(batch), AT_ONCE):
            owed = [one for one in batch[start : start + AT_ONCE] if one.amount]
            post(tx, run, owed, _reverses(tx, run, owed, corrected, revision), revision)
            count += len(owed)
    return count


def _corrected(tx: Connection, run: PayRun, pinned: int) -> dict[str, int]:
    """Give the entries that adjustments by hand correct, by the cause of their results."""
    named = {
        one.cause: one.line
        for one in approved_adjustments(tx, run.calendar, run.period, known_at=pinned)
        if one.line is not None
    }
    entries = newest_of_lines(tx, set(named.values()))
    return {cause: entries[line] for cause, line in named.items() if line in entries}


def _reverses(
    tx: Connection, run: PayRun, results: Sequence[Result], corrected: dict[str, int], revision: int
) -> dict[str, int]:
    """Give the entry that each result corrects, by the result's id: of an adjustment the newest of the same key."""
    persons = {one.key.person for one in results if one.kind is ResultKind.RETRO}
    before = booked(tx, run.calendar, known_at=revision - 1, persons=persons) if persons else ()
    newest = {one.owed: one.entry for one in before}
    found = {
        one.id: newest.get(Owed(one.key, one.legal_entity, one.payee))
        if one.kind is ResultKind.RETRO
        else corrected.get(one.cause or "")
        for one in results
        if one.kind is not ResultKind.EARNED
    }
    return {line: entry for line, entry in found.items() if entry is not None}
