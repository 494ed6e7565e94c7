"""Pay runs, their ledger entries and adjustments by hand, held against the audit (see `store.proof`).

Yields (about, message) of everything that does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from calc.pay_run import Act, leads_to
from store import tables
from store.adjustments import DECIDING, Adjustment, AdjustmentState, adjustment_digest, adjustments
from store.bulk import NO_ROWS, AnyRow, stream
from store.ledger import entry_digests
from store.pay_runs import about, act_name, pay_run_digest, pay_runs

_PROPOSE = "adjust"
_CLOSING = {act_name(act): leads_to(act) for act in Act}
_GONE = "the audit says so, and what it is about is not stored"
_NO_ACT = "nothing in the audit says so"

#: The acts whose content is proved here.
PROVED = (_PROPOSE, *DECIDING.values(), *_CLOSING)


def ledger_faults(tx: Connection) -> Iterator[tuple[str, str]]:
    """Yield what does not fit of pay runs with their entries, and of adjustments by hand."""
    yield from _pay_runs(tx)
    yield from _adjustments(tx)


def _pay_runs(tx: Connection) -> Iterator[tuple[str, str]]:
    """Hold each pay run against its last act: what it is now, and every entry of it."""
    last: dict[str, AnyRow] = {act.about: act for act in _acts(tx, *_CLOSING)}
    entries = entry_digests(tx)
    for run in pay_runs(tx):
        act = last.pop(about(run), None)
        if act is None:
            yield about(run), f"it is {run.state.value}: {_NO_ACT}"
        elif _CLOSING[act.act] is not run.state:
            yield about(run), f"it is {run.state.value}: the audit says that it is {_CLOSING[act.act].value}"
        elif pay_run_digest(run, entries.get(run.id, NO_ROWS)) != act.digest:
            yield about(run), "the pay run, or a ledger entry of it, is not what was written down"
    yield from ((name, _GONE) for name in sorted(last))


def _adjustments(tx: Connection) -> Iterator[tuple[str, str]]:
    proposed = {act.about: act for act in _acts(tx, _PROPOSE)}
    decided = {act.about: act for act in _acts(tx, *DECIDING.values())}
    for one in adjustments(tx):
        name = f"A{one.id}"
        said, done = proposed.pop(name, None), decided.pop(name, None)
        if said is None:
            yield name, f"it was proposed: {_NO_ACT}"
        elif said.digest != adjustment_digest(one):
            yield name, "it is not what was proposed"
        if message := _wrong_decision(one, done):
            yield name, message
    yield from ((name, _GONE) for name in sorted({*proposed, *decided}))


def _wrong_decision(one: Adjustment, act: AnyRow | None) -> str | None:
    if one.state is AdjustmentState.PROPOSED:
        return None if act is None else f"it waits for a decision: the audit has `{act.act}`"
    if act is None:
        return f"it is {one.state.value}: {_NO_ACT}"
    written = (DECIDING[one.state], one.decided_by, one.decided_reason, one.decided_revision)
    if written != (act.act, act.for_user or act.by, act.reason, act.revision):
        return "who decided it, how, when or why is not what the audit says"
    return None


def _acts(tx: Connection, *names: str) -> Iterator[AnyRow]:
    audit = tables.audit
    yield from stream(tx, select(audit).where(audit.c.act.in_(names)).order_by(audit.c.id))
