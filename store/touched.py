"""Whether anything that a calculation may read became known after a revision: asked before looking closer."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, or_, select

from store import tables
from store.fact_tables import fact_generation, fact_segment
from store.ledger_tables import adjustment, ledger_entry
from store.pay_tables import plan_approval, plan_version


def is_touched(tx: Connection, revision: int) -> bool:
    """Tell whether people, links, versions, facts, plans, adjustments or the ledger have anything newer."""
    link, version = tables.link, tables.version
    newer: tuple[ColumnElement[bool], ...] = (
        tables.person.c.changed > revision,
        or_(link.c.revision_from > revision, link.c.revision_to > revision),
        or_(version.c.revision_from > revision, version.c.revision_to > revision),
        fact_generation.c.revision > revision,
        fact_segment.c.revision > revision,
        plan_version.c.revision > revision,
        plan_approval.c.revision > revision,
        adjustment.c.decided_revision > revision,
        ledger_entry.c.revision > revision,
    )
    return any(tx.execute(select(1).where(one).limit(1)).scalar() is not None for one in newer)
