"""Deliveries and their rows, held against the audit (see `store.proof`).

Yields (about, message) of everything that does not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, select

from domain.delivery import DeliveryState
from store import tables
from store.audit import audit
from store.bulk import AnyRow, stream
from store.deliveries import Delivery, deliveries, delivery_digest, rows_of_delivery
from store.delivery_tables import delivery_row

PREVIEW, APPROVE, DROP = "preview delivery", "approve delivery", "drop delivery"
_SENT = (DeliveryState.APPROVED, DeliveryState.DONE)
_GONE = "the audit says so, and what it is about is not stored"
_NO_ACT = "nothing in the audit says so"

#: The acts whose content is proved here.
PROVED = (PREVIEW, APPROVE, DROP)


def is_as_approved(tx: Connection, one: Delivery) -> bool:
    """Tell whether a delivery is, row by row, what somebody approved."""
    approved = [act.digest for act in audit(tx, about=f"D{one.id}") if act.act == APPROVE]
    rows = ((row.key, row.cells) for row in rows_of_delivery(tx, one.id))
    return bool(approved) and _digest(one, rows) == one.digest == approved[-1]


def delivery_faults(tx: Connection) -> Iterator[tuple[str, str]]:
    """Yield what does not fit of deliveries: who previewed and approved them, and every row of them."""
    kept = tables.audit
    query = select(kept).where(kept.c.act.in_(PROVED)).order_by(kept.c.id)
    acts: dict[tuple[str, str], AnyRow] = {(act.about, act.act): act for act in stream(tx, query)}
    known = {one.id: one for one in deliveries(tx)}
    digests = _digests(tx, known)
    for one in known.values():
        name = f"D{one.id}"
        said = {act: acts.pop((name, act), None) for act in PROVED}
        if message := _wrong(one, said, digests.get(one.id)):
            yield name, message
    yield from ((about, f"{act}: {_GONE}") for about, act in acts)


def _wrong(one: Delivery, said: Mapping[str, AnyRow | None], content: str | None) -> str | None:
    previewed, approved, dropped = (said[act] for act in PROVED)
    if previewed is None:
        return f"previewed by {one.previewed_by}: {_NO_ACT}"
    if (approved is None) is not (one.approved_by is None) or (approved is None and one.state in _SENT):
        return f"it is {one.state.value}: the audit says otherwise of whether it was approved"
    if (dropped is None) is (one.state is DeliveryState.DROPPED) or (dropped and dropped.reason != one.reason):
        return f"it is {one.state.value}: the audit says otherwise of whether it was dropped, or why"
    told = ((previewed, one.previewed_by), (approved, one.approved_by))
    if any(act is not None and (act.for_user or act.by) != who for act, who in told):
        return "who previewed or approved it is not what the audit says"
    if {content, one.digest, *(act.digest for act in said.values() if act is not None)} != {one.digest}:
        return "the delivery, or a row of it, is not what was previewed and approved"
    return None


def _digests(tx: Connection, known: Mapping[int, Delivery]) -> dict[int, str]:
    """Give what the rows of each delivery give as its digest."""
    columns = (delivery_row.c.delivery, delivery_row.c.key, delivery_row.c.cells)
    rows = stream(tx, select(*columns).order_by(delivery_row.c.delivery, delivery_row.c.position))
    found = {}
    for number, its in groupby(rows, itemgetter(0)):
        if one := known.get(number):
            found[number] = _digest(one, ((row.key, row.cells) for row in its))
    return found


def _digest(one: Delivery, rows: Iterable[tuple[str, str]]) -> str:
    return delivery_digest(one.target, one.pay_run, one.meaning, one.place, rows)
