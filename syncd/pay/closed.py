"""The documents of the close: a pay run after an act, and adjustments by hand."""

from __future__ import annotations

from store.adjustments import Adjustment
from store.database import reading
from store.ledger import count_entries
from syncd.documents import Document
from syncd.pay import calculated
from syncd.pay.adjust import Decided, adjusted_in
from syncd.pay.close import Closed
from syncd.pay.documents import missing_document, uncredited_documents
from syncd.world import World


def closed_document(world: World, done: Closed) -> Document:
    """A pay run after an act, with what it pays and what it does not."""
    run, found = done.run, done.calculation
    with reading(world.database) as tx:
        entries = count_entries(tx, run.id)
        by_hand = adjusted_in(tx, run, known_at=found.revision)
    return {
        "calendar": run.calendar,
        "period": run.period,
        "group": run.pay_group or None,
        "state": run.state.value,
        "run": f"R{run.calculation}",
        "digest": run.digest,
        "revision": found.revision,
        "submitted_by": run.submitted_by,
        "approved_by": run.approved_by,
        "reason": run.reason,
        "committed": run.committed,
        "entries": entries,
        "totals": [
            {"legal_entity": entity, "currency": currency, "amount": str(amount)}
            for (entity, currency), amount in sorted(
                calculated.totals(world, found).items(), key=lambda item: (item[0][0] or "", item[0][1])
            )
        ],
        **missing_document(calculated.missing(world, found)),
        "uncredited": uncredited_documents(found),
        "adjustments": [adjustment_document(one) for one in by_hand],
    }


def adjustment_document(one: Adjustment) -> Document:
    """One adjustment by hand."""
    return {
        "id": f"A{one.id}",
        "state": one.state.value,
        "participant": f"P{one.person}",
        "engagement": one.engagement,
        "pay_period": one.pay_period,
        "plan": one.plan,
        "component": one.component,
        "earned_period": one.earned_period,
        "amount": str(one.amount),
        "currency": one.currency,
        "line": one.line,
        "reason": one.reason,
        "proposed_by": one.proposed_by,
        "decided_by": one.decided_by,
        "decided_reason": one.decided_reason,
    }


def decided_document(outcome: Decided) -> Document:
    """What became of adjustments that were to be decided."""
    return {
        "decided": [{"id": f"A{one}", "state": state.value} for one, state in outcome.decided],
        "refused": [{"id": f"A{one}", "reason": told, "moved": {}} for one, told in outcome.refused],
        "batch": None,
    }
