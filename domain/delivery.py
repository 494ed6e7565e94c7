"""Deliveries: committed results that are written into another system, looked at by one person and approved before.

previewed -> approved -> done                 every row is written, or refused for good
                      -> approved             some were refused: once that is put right there, they are sent again
previewed -> dropped                          by a person, with a reason
approved  -> dropped                          its effect is dropped: what is written by then stays written
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from domain.user import is_same_user


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    PREVIEWED = "previewed"
    APPROVED = "approved"
    DONE = "done"
    DROPPED = "dropped"


class RowState(StrEnum):
    """What became of one row."""

    WAITING = "waiting"  #: to be sent, or sent again
    WRITTEN = "written"  #: the other side has it
    REFUSED = "refused"  #: the other side will not take it as it is


class Word(StrEnum):
    """What of a committed amount may be written."""

    LINE = "line"  #: the result's lasting id
    KIND = "kind"
    PARTICIPANT = "participant"  #: our id of who earned it, `P12`
    RECORD = "record"  #: the key of their record in the system that is written to
    ENGAGEMENT = "engagement"
    PLAN = "plan"
    COMPONENT = "component"
    EARNED_PERIOD = "earned_period"
    PAY_PERIOD = "pay_period"
    AMOUNT = "amount"
    CURRENCY = "currency"
    PLAN_AMOUNT = "plan_amount"
    PLAN_CURRENCY = "plan_currency"
    LEGAL_ENTITY = "legal_entity"
    REASON = "reason"


#: What the other side says of a row that may go another time.
PASSING = frozenset(
    ("UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "TXN_SECURITY_METERING_ERROR")
)
#: How often a row is sent before it counts as refused.
TRIES = 5


def refusal_to_approve(state: DeliveryState, previewed_by: str, who: str, *, four_eyes: bool) -> str | None:
    """Say why somebody may not approve a delivery; None where they may."""
    if state is not DeliveryState.PREVIEWED:
        return f"it is {state.value} already"
    if four_eyes and is_same_user(previewed_by, who):
        return f"{who} previewed it: somebody else has to approve it"
    return None


def stands_in_the_way(number: int, approved: Mapping[int, DeliveryState]) -> int | None:
    """Give the delivery that forbids that one is approved; None where none does.

    approved  those to the same target, of the same pay run, that somebody has approved, whatever became of them

    One that is approved is on its way; a newer one may be there already, and an older one would write over it.
    """
    others = {one: state for one, state in approved.items() if one != number}
    return max((one for one in others if one > number or others[one] is DeliveryState.APPROVED), default=None)


def after_job(codes: Mapping[str, str | None], sent: Mapping[str, int]) -> dict[str, tuple[RowState, str | None]]:
    """Say what became of the rows of a job, by their keys, with the code of what the other side said of them.

    codes  of the rows that the job speaks of: None, it is written; "", it was not looked at; else a code
    sent   every row of the job, with how often it was sent, this time too

    A row of which the job says nothing may have been written or not: under its key it is written again all the same.
    """
    found: dict[str, tuple[RowState, str | None]] = {}
    for key, times in sent.items():
        code = codes.get(key, "")
        if code is None:
            found[key] = (RowState.WRITTEN, None)
        elif code and (code not in PASSING or times >= TRIES):
            found[key] = (RowState.REFUSED, code)
        else:
            found[key] = (RowState.WAITING, code or None)
    return found
