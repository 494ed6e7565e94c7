"""What is proposed and what was decided, as the documents of the contract: the same by command line and by API."""

from __future__ import annotations

from collections.abc import Sequence

from calc.pay_run import PayRun, committed_periods
from domain.change import Change
from domain.value import plain
from store.people import PersonRow
from syncd.changes.answering import Answered, ValueAnswered
from syncd.changes.decide import Outcome
from syncd.changes.holding import HeldRun
from syncd.changes.rehiring import GoingOn
from syncd.changes.reverting import Reverting
from syncd.documents import Document, change_about, change_document
from syncd.names import shown

#: So many refusals are told: as many as a reader bears.
TOLD = 5


def listed_document(
    change: Change, person: PersonRow | None, runs: Sequence[PayRun], goes_on: Sequence[GoingOn] = ()
) -> Document:
    """One change, with the committed pay periods it reaches into: what it moves there is adjusted later.

    And (`goes_on`) of a rehire what of before holds on, because nobody says otherwise.
    """
    closed = committed_periods(runs, change.effective, change.until)
    return {
        **change_about(change, person),
        "affects": {"committed_periods": list(closed)},
        "goes_on": [
            {
                "attribute": one.attribute,
                "value": plain(one.value),
                "override": f"O{one.override}" if one.override else None,
            }
            for one in goes_on
        ],
    }


def outcome_document(outcome: Outcome) -> Document:
    """What became of changes that were to be decided."""
    return {
        "decided": [{"id": f"C{change}", "state": state.value} for change, state in outcome.decided],
        "refused": [
            {
                "id": f"C{one.change}",
                "reason": one.reason,
                "moved": {name: {"then": plain(then), "now": plain(now)} for name, (then, now) in one.moved.items()},
            }
            for one in outcome.refused
        ],
        "batch": f"B{outcome.told}" if outcome.told else None,
    }


def outcome_lines(outcome: Outcome, done: str, *, with_values: bool) -> tuple[str | None, list[str]]:
    """What was decided, in words, None where that is nothing; and why the rest was not, as far as a reader bears.

    with_values  what moved under a change is told with the values that it had and has: not where it is kept, for some
                 may be personal
    """
    told = f"{len(outcome.decided):,} {done}{outcome.batches}." if outcome.decided else None
    lines = []
    for one in outcome.refused[:TOLD]:
        moved = "; ".join(
            f"{name} was {shown(then, {})} and is {shown(now, {})} now" if with_values else name
            for name, (then, now) in one.moved.items()
        )
        lines.append(f"C{one.change} was not {done}: {one.reason}." + (f" What moved: {moved}." if moved else ""))
    if (more := len(outcome.refused) - TOLD) > 0:
        lines.append(f"{more:,} more were not {done}.")
    return told, lines


def reverted_document(found: Reverting) -> Document:
    """What is proposed to take changes back, and which are left as they are."""
    return {
        "proposed": [change_document(one, None, None) for one in found.proposed],
        "refused": [{"id": f"C{one}", "reason": why} for one, why in found.refused],
    }


def held_document(held: HeldRun) -> Document:
    """One held run, and whom it is about."""
    return {
        "run": f"R{held.run.id}",
        "feed": held.run.feed,
        "reason": held.run.hold_reason,
        "affected": [
            {"participant": f"P{number}", "employee_id": person.employee_id if person else None, "why": why}
            for number, person, why in held.affected
        ],
    }


def answered_document(found: Answered) -> Document:
    """What somebody said of who a record is."""
    return {
        "answered": f"Q{found.question}",
        "answer": found.answer.value,
        "link": found.record,
        "participant": f"P{found.person}",
        "apart": [f"X{one}" for one in found.apart],
        "already": not found.is_news,
    }


def value_answered_document(found: ValueAnswered) -> Document:
    """Which value somebody said holds."""
    return {
        "question": f"Q{found.question}",
        "participant": f"P{found.person}",
        "attribute": found.attribute,
        "value": plain(found.value),
        "news": found.is_news,
    }
