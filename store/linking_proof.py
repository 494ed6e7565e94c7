"""Links, who is not whom, and answers to questions, held against the audit (see `store.proof`).

Yields (about, message) of everything that does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from store import tables
from store.bulk import AnyRow, stream
from store.conflicts import ConflictState, KeptConflict, answer_digest, conflicts
from store.linking import Linking, said_by_revision
from store.proof_rows import Restated, restated

LINKED, UNLINKED, ANSWERED, FORGOTTEN = "link", "unlink", "answer", "forget"
_GONE = "the audit says so, and what it is about is not stored"
_NO_ACT = "nothing in the audit says so"
_OTHERWISE = "the links, or who is not whom, are not what was written down"

#: The acts whose content is proved here.
PROVED = (LINKED, UNLINKED, ANSWERED)


def linking_faults(tx: Connection) -> Iterator[tuple[str, str]]:
    """Yield what does not fit of who is who as people said it; what an approval said stands in that of its batch."""
    yield from _links(tx)
    yield from _answers(tx)


def _links(tx: Connection) -> Iterator[tuple[str, str]]:
    said = said_by_revision(tx)
    for act in _acts(tx, LINKED, UNLINKED, FORGOTTEN):
        if act.act == FORGOTTEN and not act.about.startswith("X"):
            continue
        found = said.pop(act.revision, None)
        if found is None:
            yield act.about, _GONE
        elif found.digest != act.digest:
            yield act.about, _OTHERWISE
    approved = {row.revision for row in _acts(tx, "approve")}
    yield from (
        (name, f"said at revision {revision}: {_NO_ACT}")
        for revision, found in said.items()
        if revision not in approved
        for name in _names(found)
    )


def _answers(tx: Connection) -> Iterator[tuple[str, str]]:
    answered = {f"Q{one.id}": one for one in conflicts(tx, state=ConflictState.ANSWERED)}
    told = restated(tx)
    for act in _acts(tx, ANSWERED):
        one = answered.pop(act.about, None)
        if one is None:
            yield act.about, "it was answered by somebody: the question does not say so"
        elif message := _wrong_answer(one, act, told):
            yield act.about, message
    yield from ((name, f"answered by {one.by}: {_NO_ACT}") for name, one in answered.items())


def _wrong_answer(one: KeptConflict, act: AnyRow, told: Restated) -> str | None:
    if told.original(act.about, answer_digest(one)) != act.digest:
        return "the question, or its answer, is not what was written down"
    if (one.by, one.reason, one.revision) != (act.for_user or act.by, act.reason, act.revision):
        return "who answered it, when or why is not what the audit says"
    return None


def _names(said: Linking) -> list[str]:
    links, pairs = (*said.made, *said.ended), (*said.apart, *said.together)
    return sorted({*(one.name for one in links), *(one.name for one in pairs)})


def _acts(tx: Connection, *names: str) -> Iterator[AnyRow]:
    audit = tables.audit
    yield from stream(tx, select(audit).where(audit.c.act.in_(names)).order_by(audit.c.id))
