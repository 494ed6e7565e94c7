"""Published plans and their approvals, held against the audit (see `store.proof`).

Yields (about, message) of everything that does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from store import tables
from store.bulk import AnyRow, stream
from store.plans import PlanApproval, PlanVersion, plan_versions, version_digest

_PUBLISH, _APPROVE = "publish plan", "approve plan"
_GONE = "the audit says so, and what it is about is not stored"
_NO_ACT = "nothing in the audit says so"

#: The acts whose content is proved here.
PROVED = (_PUBLISH, _APPROVE)


def plan_faults(tx: Connection) -> Iterator[tuple[str, str]]:
    """Yield what does not fit of plan versions: their text, from when they hold, who published and approved them."""
    audit = tables.audit
    acts = {(act.act, act.about): act for act in stream(tx, select(audit).where(audit.c.act.in_(PROVED)))}
    for version in plan_versions(tx):
        name = f"V{version.id}"
        for act, said in ((_PUBLISH, version), (_APPROVE, version.approval)):
            found = acts.pop((act, name), None)
            if said is not None and (message := _wrong(version, said, found)):
                yield name, message
            if said is None and found is not None:
                yield name, f"{act}: {_GONE}"
    yield from ((about, f"{act}: {_GONE}") for act, about in sorted(acts))


def _wrong(version: PlanVersion, said: PlanVersion | PlanApproval, act: AnyRow | None) -> str | None:
    if act is None:
        return f"{'approved' if isinstance(said, PlanApproval) else 'published'} by {said.by}: {_NO_ACT}"
    if act.digest != version_digest(version):
        return "it is not what was published: its text, or its first day, does not give the digest in the audit"
    if (said.by, said.for_user, said.reason, said.revision) != (act.by, act.for_user, act.reason, act.revision):
        return "who published or approved it, or why, is not what the audit says"
    return None
