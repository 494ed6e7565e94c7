"""Erasures, held against the audit, and against what is stored of whom they are about (see `store.proof`).

Yields (about, message) of everything that does not fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, or_, select

from domain.attributes import NAMED_BY
from domain.erase import Name
from store import tables
from store.bulk import AnyRow, stream
from store.erasing import Emptied, Erasure, erasure_digest, erasures
from store.erasure_tables import emptied, kept_name

ASKED, ERASED = "ask to erase", "erase"
_GONE = "the audit says so, and what it is about is not stored"
_NO_ACT = "nothing in the audit says so"

#: The acts whose content is proved here.
PROVED = (ASKED, ERASED)


def erasure_faults(tx: Connection) -> Iterator[tuple[str, str]]:
    """Yield what does not fit of erasures: who, why, everything that was emptied, and that it is empty."""
    what: defaultdict[int, list[Emptied]] = defaultdict(list)
    for row in stream(tx, select(emptied).order_by(emptied.c.id)):
        what[row.erasure].append(Emptied(row.about, row.before, row.after))
    names: defaultdict[int, list[Name]] = defaultdict(list)
    for row in stream(tx, select(kept_name).order_by(kept_name.c.id)):
        names[row.erasure].append(Name(row.owner, row.revision_from, row.revision_to))
    acts = {(act.act, act.about, act.revision): act for act in _acts(tx)}
    for one in erasures(tx):
        name = f"P{one.person}"
        asked = acts.pop((ASKED, name, one.asked_revision), None)
        done = acts.pop((ERASED, name, one.revision), None)
        if message := _wrong(one, asked, done, what.pop(one.id, []), names.pop(one.id, [])):
            yield name, message
        if one.revision is not None and _holds_again(tx, one.person, one.revision):
            yield name, "what was erased of them is there again"
    yield from ((about, f"{act}: {_GONE}") for act, about, _ in acts)
    yield from ((f"erasure {number}", "what it emptied: nothing says whom it was about") for number in {*what, *names})


def _wrong(
    one: Erasure, asked: AnyRow | None, done: AnyRow | None, what: list[Emptied], names: list[Name]
) -> str | None:  # fmt: skip
    if one.asked_revision != one.revision:
        if asked is None:
            return f"{one.asked_by} asked to erase: {_NO_ACT}"
        if (asked.for_user or asked.by, asked.reason) != (one.asked_by, one.asked_reason):
            return "who asked to erase, or why, is not what the audit says"
    if one.revision is None:
        return None if not (what or names) else f"it was emptied: {_NO_ACT}"
    if done is None:
        return f"erased by {one.by}: {_NO_ACT}"
    if (done.for_user or done.by, done.reason) != (one.by, one.reason):
        return "who erased, or why, is not what the audit says"
    if done.digest != erasure_digest(one.person, what, names):
        return "what was emptied is not what was written down"
    return None


def _holds_again(tx: Connection, person: int, revision: int) -> bool:
    """Tell whether anything that was written before the erasure holds personal values; what came later may."""
    known, version = tables.person, tables.version
    named = or_(*(known.c[name].is_not(None) for name in ("name", *NAMED_BY)))
    looks = (
        select(known.c.id).where(known.c.id == person, named, known.c.changed <= revision),
        *(
            select(one.c.id).where(one.c.person == person, one.c.personal.is_not(None), at <= revision)
            for one, at in (
                (tables.step, tables.step.c.revision_from),
                (version, version.c.revision_from),
                (tables.rejection, tables.rejection.c.revision),
            )
        ),
    )
    return any(tx.execute(one.limit(1)).scalar() is not None for one in looks)


def _acts(tx: Connection) -> Iterator[AnyRow]:
    audit = tables.audit
    yield from stream(tx, select(audit).where(audit.c.act.in_(PROVED)).order_by(audit.c.id))
