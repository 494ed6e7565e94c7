"""Plan versions: texts that somebody published and a second person approved; neither is ever changed."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from domain.value import digest
from store.faults import write
from store.pay_tables import plan_approval, plan_version


@dataclass(frozen=True, slots=True)
class PlanApproval:
    """That a plan version counts: who said so, for whom where that is somebody else, made known by which revision."""

    version: int
    by: str
    at: datetime
    revision: int
    for_user: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A published text of a plan, written `V3`; in force from `start` once it is approved.

    path      the file it was published from, relative to the workspace
    hash      sha256 of the text
    approval  None: nobody's pay follows from it yet
    """

    id: int
    plan: str
    path: str
    text: str
    hash: str
    start: date
    by: str
    at: datetime
    revision: int
    for_user: str | None = None
    reason: str | None = None
    approval: PlanApproval | None = None

    @property
    def publisher(self) -> str:
        """Who published it: four eyes compare names."""
        return self.for_user or self.by


def version_digest(version: PlanVersion) -> str:
    """Give what the audit covers of a published text: the text itself, of which plan, from which day."""
    return digest(version.id, version.plan, version.path, version.text, version.hash, version.start)


_VERSION = tuple(field.name for field in fields(PlanVersion) if field.name != "approval")
_APPROVAL = tuple(field.name for field in fields(PlanApproval))


@write("plans.publish")
def publish_version(tx: Connection, version: PlanVersion) -> None:
    """Insert a published text, with its id already allocated."""
    tx.execute(plan_version.insert().values({name: getattr(version, name) for name in _VERSION}))


@write("plans.approve")
def approve_version(tx: Connection, approval: PlanApproval) -> None:
    """Let a published text count; the database refuses a second approval of it."""
    tx.execute(plan_approval.insert().values({name: getattr(approval, name) for name in _APPROVAL}))


def plan_versions(tx: Connection, plan: str | None = None, *, known_at: int | None = None) -> list[PlanVersion]:
    """Give the published texts (of one plan) in the order they were published, with what was approved by a revision."""
    until = known_at is not None
    approved = plan_approval.c.version == plan_version.c.id
    if until:
        approved = and_(approved, plan_approval.c.revision <= known_at)
    query = (
        select(*(plan_version.c[name] for name in _VERSION), *(plan_approval.c[name] for name in _APPROVAL))
        .select_from(plan_version.outerjoin(plan_approval, approved))
        .order_by(plan_version.c.id)
    )
    if plan is not None:
        query = query.where(plan_version.c.plan == plan)
    if until:
        query = query.where(plan_version.c.revision <= known_at)
    return [_version(row) for row in tx.execute(query)]


def _version(row: Row[Any]) -> PlanVersion:
    own, approval = row[: len(_VERSION)], row[len(_VERSION) :]
    approved = None if approval[0] is None else PlanApproval(*approval)
    return replace(PlanVersion(*own), approval=approved)
