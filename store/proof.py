"""What was decided, held against the audit: every row has its act, and its content still gives the digest.

The chain (`store.audit.verify`) proves that nobody changed the audit; this proves that nobody changed what the audit
is about, past the guards of the database. Everything is read once, in order, and each is told as a value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, Text, and_, case, cast, literal, null, select

from domain.change import State
from store import tables
from store.bulk import NO_ROWS, AnyRow, stream
from store.change_rows import change_of
from store.decisions import Batch, Verdict, batch_digest, decision_digest
from store.delivery_proof import PROVED as PROVED_OF_DELIVERIES
from store.delivery_proof import delivery_faults
from store.erasure_proof import PROVED as PROVED_OF_ERASURES
from store.erasure_proof import erasure_faults
from store.history import STEP_COLUMNS, unfolded
from store.ledger_proof import PROVED as PROVED_OF_PAY
from store.ledger_proof import ledger_faults
from store.linking import said_by_revision
from store.linking_proof import PROVED as PROVED_OF_LINKING
from store.linking_proof import linking_faults
from store.overrides import override_digest, overrides
from store.plan_proof import PROVED as PROVED_OF_PLANS
from store.plan_proof import plan_faults
from store.proof_rows import Restated, digests_by_revision, restated
from store.rejections import REJECTION_COLUMNS
from store.said_tables import override


@dataclass(frozen=True, slots=True)
class Finding:
    """Something stored that is not as the audit says; `about` names it (`C12`, `B3`, `R4`)."""

    about: str
    message: str


#: What a decision made of a change, and how the audit calls it.
_ACTS = {Verdict.APPROVED: "approve", Verdict.REJECTED: "reject"}
_STATES = {Verdict.APPROVED.value: State.APPLIED.value, Verdict.REJECTED.value: State.REJECTED.value}
_BY_HAND = ("set", "add", "revert", "merge")
_GONE = "the audit says so, and what it is about is not stored"
_NO_ACT = "nothing in the audit says so"

_decision, _change, _audit = tables.decision, tables.change, tables.audit


def findings(tx: Connection) -> Iterator[Finding]:
    """Yield everything that does not fit, at one moment; nothing where all is as it was decided."""
    for proof in PROOFS:
        yield from proof(tx)


def unproved_acts(tx: Connection) -> list[str]:
    """Give the kinds of acts that the audit has and of which nothing but their chain is proved.

    Not what somebody was refused: that changed nothing, so the chain is all there is to prove.
    """
    others = (_audit.c.act.not_in(PROVED), _audit.c.act.not_like("refuse %"))
    query = select(_audit.c.act).where(*others).distinct().order_by(_audit.c.act)
    return list(tx.execute(query).scalars())


def _decisions(tx: Connection) -> Iterator[Finding]:
    """Hold each decision against its act, and against the change as it is stored."""
    act = case(*((_decision.c.verdict == verdict.value, name) for verdict, name in _ACTS.items()), else_=null())
    its_act = and_(
        _audit.c.about == _about("C", _decision.c.change),
        _audit.c.revision == _decision.c.revision,
        _audit.c.act == act,
    )
    query = (
        select(*_named("decision", _decision), *_change.c, *_named("audit", _audit))
        .join(_change, _change.c.id == _decision.c.change)
        .outerjoin(_audit, its_act)
        .order_by(_decision.c.id)
    )
    told = restated(tx)
    for row in stream(tx, query):
        if message := _wrong_decision(row, told):
            yield Finding(f"C{row.decision_change}", message)
    missing = (
        select(_audit.c.about)
        .outerjoin(
            _decision,
            and_(_about("C", _decision.c.change) == _audit.c.about, _decision.c.revision == _audit.c.revision),
        )
        .where(_audit.c.act.in_(_ACTS.values()), _audit.c.about.like("C%"), _decision.c.id.is_(None))
        .order_by(_audit.c.id)
    )
    yield from (Finding(row.about, _GONE) for row in stream(tx, missing))


def _wrong_decision(row: AnyRow, told: Restated) -> str | None:
    if row.audit_id is None:
        return f"decided at revision {row.decision_revision}: {_NO_ACT}"
    fingerprint = told.original(f"C{row.decision_change}", change_of(row).fingerprint)
    if decision_digest(fingerprint, row.decision_effective) != row.audit_digest:
        return "it is not what was decided: its content does not give the digest in the audit"
    if (row.state, row.batch, row.effective) != (
        _STATES.get(row.decision_verdict), row.decision_batch, row.decision_effective,
    ):  # fmt: skip
        return f"decided is that it is {row.decision_verdict} from {row.decision_effective} in B{row.decision_batch}"
    said = [(getattr(row, f"decision_{name}"), getattr(row, f"audit_{name}")) for name in ("by", "for_user", "reason")]
    if any(one != other for one, other in said):
        return "who decided it, or why, is not what the audit says"
    return None


def _batches(tx: Connection) -> Iterator[Finding]:
    """Hold each transaction of decisions against its act: the batch, the steps and the rejections it wrote."""
    batches = {
        row.id: Batch(row.id, row.act, row.by, row.at, row.for_user, row.reason)
        for row in stream(tx, select(tables.batch))
    }
    written = digests_by_revision(tx, tables.step, STEP_COLUMNS)
    refused = digests_by_revision(tx, tables.rejection, REJECTION_COLUMNS, "revision")
    ended: defaultdict[int, list[int]] = defaultdict(list)
    step = tables.step
    for row in stream(tx, select(step.c.id, step.c.revision_to).where(step.c.revision_to.is_not(None))):
        ended[row.revision_to].append(row.id)
    linked = {revision: one.digest for revision, one in said_by_revision(tx).items()}
    wanting = set(batches)
    for act in stream(tx, _acts(*_ACTS.values()).where(_audit.c.about.like("B%"))):
        number, revision = int(act.about.removeprefix("B")), act.revision
        wanting.discard(number)
        what = (written.pop(revision, NO_ROWS), ended.pop(revision, []), refused.pop(revision, NO_ROWS))
        said = linked.get(revision, "") if act.act == _ACTS[Verdict.APPROVED] else ""
        if number not in batches:
            yield Finding(act.about, _GONE)
        elif (
            batch_digest(batches[number], steps=what[0], ended=what[1], rejections=what[2], linking=said) != act.digest
        ):
            yield Finding(
                act.about, f"the batch, or what it wrote at revision {revision}, is not what was written down"
            )
    yield from (Finding(f"B{number}", _NO_ACT) for number in sorted(wanting))
    for revision in sorted({*written, *ended, *refused}):
        yield Finding(f"revision {revision}", f"steps or rejections begin or end there: {_NO_ACT}")


def _by_hand(tx: Connection) -> Iterator[Finding]:
    """Hold what was proposed by hand and not decided yet against its act; what was decided stands in that act."""
    query = (
        select(*_named("audit", _audit), *_change.c, _decision.c.id.label("decided"))
        .outerjoin(_change, _about("C", _change.c.id) == _audit.c.about)
        .outerjoin(_decision, _decision.c.change == _change.c.id)
        .where(_audit.c.act.in_(_BY_HAND))
        .order_by(_audit.c.id)
    )
    told = restated(tx)
    for row in stream(tx, query):
        if row.id is None:
            yield Finding(row.audit_about, _GONE)
        elif row.decided is None and told.original(row.audit_about, change_of(row).fingerprint) != row.audit_digest:
            yield Finding(row.audit_about, "it is not what was proposed: its content does not give the digest")


def _forgotten(tx: Connection) -> Iterator[Finding]:
    """Hold rejections that somebody ended against the acts that say so."""
    kept = tables.rejection
    ended = {(f"J{row.id}", row.ended_revision): row for row in stream(tx, select(kept)) if row.ended_by is not None}
    for act in stream(tx, _acts("forget").where(_audit.c.about.like("J%"))):
        row = ended.pop((act.about, act.revision), None)
        if row is None or (row.ended_by, row.ended_why) != (act.for_user or act.by, act.reason):
            yield Finding(act.about, "it was ended by somebody: the rejection does not say so, or says otherwise")
    yield from (Finding(about, f"ended by {row.ended_by}: {_NO_ACT}") for (about, _), row in ended.items())


def _overrides(tx: Connection) -> Iterator[Finding]:
    """Hold overrides, and the ends that people made of them, against their acts."""
    kept = {(f"O{one.id}", one.revision): one for one in overrides(tx)}
    told = restated(tx)
    for act in stream(tx, _acts("override")):
        one = kept.pop((act.about, act.revision), None)
        if one is None:
            yield Finding(act.about, _GONE)
        elif told.original(act.about, override_digest(one)) != act.digest or one.by != (act.for_user or act.by):
            yield Finding(act.about, "it is not what was said: its content does not give the digest")
    yield from (Finding(about, f"by {one.by}: {_NO_ACT}") for (about, _), one in kept.items())
    ended = select(override).where(override.c.ended_by.is_not(None))
    over = {(f"O{row.id}", row.ended_revision): row for row in stream(tx, ended)}
    for act in stream(tx, _acts("end override")):
        row = over.pop((act.about, act.revision), None)
        if row is None or (row.ended_by, row.ended_why) != (act.for_user or act.by, act.reason):
            yield Finding(act.about, "somebody ended it: it does not say so, or says otherwise")
    yield from (Finding(about, f"ended by {row.ended_by}: {_NO_ACT}") for (about, _), row in over.items())


def _releases(tx: Connection) -> Iterator[Finding]:
    """Hold released runs against the acts that released their content."""
    run = tables.run
    held = list(stream(tx, select(run).where(run.c.released_at.is_not(None)).order_by(run.c.id)))
    acts = {(act.digest, act.for_user or act.by, act.reason): act for act in stream(tx, _acts("release hold"))}
    told = {(row.hold_digest, row.released_by, row.released_reason) for row in held}
    yield from (
        Finding(act.about, "the hold it released is not stored so") for key, act in acts.items() if key not in told
    )
    for row in held:
        if (row.hold_digest, row.released_by, row.released_reason) not in acts:
            yield Finding(f"R{row.id}", f"released by {row.released_by}: {_NO_ACT}")


def _versions(tx: Connection) -> Iterator[Finding]:
    """Hold the versions against the fold of the steps, at every revision at which either changed."""
    for person, engagement, revision in unfolded(tx):
        which = "" if engagement == "main" else f", {engagement}"
        yield Finding(f"P{person}{which}", f"its versions at revision {revision} are not the fold of its steps")


def _who_is_who(tx: Connection) -> Iterator[Finding]:
    """Hold links that people made or ended, who is not whom, and answers against their acts."""
    yield from (Finding(about, message) for about, message in linking_faults(tx))


def _pay(tx: Connection) -> Iterator[Finding]:
    """Hold plans, pay runs, their ledger entries and adjustments by hand against their acts."""
    yield from (Finding(about, message) for about, message in (*plan_faults(tx), *ledger_faults(tx)))


def _erasures(tx: Connection) -> Iterator[Finding]:
    """Hold what was erased against the acts that say by whom, why and what."""
    yield from (Finding(about, message) for about, message in erasure_faults(tx))


def _deliveries(tx: Connection) -> Iterator[Finding]:
    """Hold what is written into other systems against what was approved."""
    yield from (Finding(about, message) for about, message in delivery_faults(tx))


def _about(letter: str, column: Column[int]) -> ColumnElement[str]:
    return literal(letter).concat(cast(column, Text))


def _acts(*names: str) -> Select[Any]:
    return select(_audit).where(_audit.c.act.in_(names)).order_by(_audit.c.id)


def _named(prefix: str, table: Table) -> list[ColumnElement[Any]]:
    return [column.label(f"{prefix}_{column.name}") for column in table.c]


#: What is proved, in the order in which it is told.
PROOFS: tuple[Callable[[Connection], Iterator[Finding]], ...] = (
    _decisions, _batches, _by_hand, _forgotten, _overrides, _releases, _versions, _who_is_who, _pay, _erasures,
    _deliveries,
)  # fmt: skip
#: Acts whose content one of them proves.
PROVED = (
    *(*_ACTS.values(), *_BY_HAND, "forget", "override", "end override", "release hold"),
    *(*PROVED_OF_LINKING, *PROVED_OF_PLANS, *PROVED_OF_PAY, *PROVED_OF_ERASURES, *PROVED_OF_DELIVERIES),
)
