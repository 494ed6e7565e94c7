"""Who did what, for whom, at which revision: ids and digests only, each row chained to the one before.

A row's chain is the digest of the chain before it and of everything in the row; `head` holds the last one. So
a row that was edited, removed or put in between shows, also the last.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select, update

from store import tables
from store.bulk import Plain, insert_rows, stream
from store.columns import instant_text
from store.faults import write
from store.head import allocate


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done: `about` names what (`C12`, `Q3`, `link hr:W17`), `digest` covers its values."""

    act: str
    about: str
    digest: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An act as it is kept; `by` acted for `for_user` where that is somebody else."""

    id: int
    revision: int
    at: datetime
    by: str
    for_user: str | None
    act: str
    about: str
    reason: str | None
    configuration: str | None
    digest: str
    chain: str


_COLUMNS = tuple(field.name for field in fields(AuditRow))
_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@write("audit.record")
def record(
    tx: Connection,
    revision: int,
    acts: Sequence[Act],
    *,
    at: datetime,
    by: str,
    for_user: str | None = None,
    configuration: str | None = None,
) -> None:
    """Write down acts, in their order. The transaction must have taken the revision: that locks the chain."""
    if not acts:
        return
    chain = tx.execute(select(tables.head.c.chain)).scalar_one()
    first = allocate(tx, "audit", len(acts))
    rows, moment = [], instant_text(at)
    for number, act in enumerate(acts, first):
        content = (
            *(number, revision, moment, by, for_user, act.act, act.about, act.reason),
            *(configuration, act.digest),
        )
        chain = _chained(chain, content)
        rows.append((*content, chain))
    insert_rows(tx, tables.audit, _COLUMNS, rows)
    tx.execute(update(tables.head).values(chain=chain))


def audit(tx: Connection, *, about: str | None = None, after: int = 0, limit: int | None = None) -> list[AuditRow]:
    """Give acts (about one thing) in their order, those with a greater id than `after`, at most `limit`."""
    query = _rows().where(tables.audit.c.id > after).limit(limit)
    if about is not None:
        query = query.where(tables.audit.c.about == about)
    return [AuditRow(*row) for row in tx.execute(query)]


def verify(tx: Connection) -> int | None:
    """Give the id of the first row that is not what was written, or is missing; None where all is whole."""
    chain, last = "", 0
    for kept in stream(tx, _rows()):
        row = AuditRow(*kept)
        content = (
            *(
                row.id,
                row.revision,
                instant_text(row.at),
                row.by,
                row.for_user,
                row.act,
                row.about,
                row.reason,
            ),
            *(row.configuration, row.digest),
        )
        chain = _chained(chain, content)
        if row.chain != chain:
            return min(row.id, last + 1)
        last = row.id
    return None if chain == tx.execute(select(tables.head.c.chain)).scalar_one() else last + 1


def head_of(tx: Connection) -> tuple[int, str] | None:
    """Give the newest row and its chain, for somebody to keep elsewhere; None where nothing was done yet."""
    newest = select(tables.audit.c.id, tables.audit.c.chain).order_by(tables.audit.c.id.desc()).limit(1)
    row = tx.execute(newest).one_or_none()
    return (row.id, row.chain) if row is not None else None


def has_head(tx: Connection, row: int, chain: str) -> bool:
    """Tell whether a row has the chain that it had when somebody kept it: whoever writes all anew has another."""
    return tx.execute(select(tables.audit.c.chain).where(tables.audit.c.id == row)).scalar() == chain


def is_head_last(tx: Connection) -> bool:
    """Tell whether the newest row is the one that the head of the chain speaks of: a look, where `verify` proves."""
    newest = tx.execute(select(tables.audit.c.chain).order_by(tables.audit.c.id.desc()).limit(1)).scalar()
    return bool((newest or "") == tx.execute(select(tables.head.c.chain)).scalar_one())


def _rows() -> Select[*tuple[Any, ...]]:
    return select(*(tables.audit.c[name] for name in _COLUMNS)).order_by(tables.audit.c.id)


def _chained(chain: str, content: tuple[Plain, ...]) -> str:
    return hashlib.blake2b((chain + _text(content)).encode(), digest_size=16).hexdigest()
