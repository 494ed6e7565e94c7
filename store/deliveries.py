"""Deliveries as they are kept: what was previewed is what is sent, row by row, and what became of each row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, func, select, update

from domain.delivery import DeliveryState, RowState
from domain.errors import Refused
from domain.value import digest
from store.bulk import among, insert_rows, stream
from store.delivery_tables import delivery, delivery_job, delivery_row
from store.faults import write


@dataclass(frozen=True, slots=True)
class Delivery:
    """Committed results on their way; written `D3`.

    target   what `write_back` calls it, and `meaning` what that said when it was previewed
    place    which system, object and key that was; "" of deliveries of before it was kept
    digest   `delivery_digest`: what is approved
    reason   why it was dropped
    """

    id: int
    target: str
    pay_run: int
    meaning: str
    place: str
    digest: str
    rows: int
    state: DeliveryState
    previewed_by: str
    previewed_at: datetime
    approved_by: str | None = None
    ended_at: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A row: its key, its cells as JSON text, how often it was sent, by which job the last time, what was said."""

    position: int
    key: str
    cells: str
    state: RowState = RowState.WAITING
    tries: int = 0
    job: str | None = None
    code: str | None = None


def delivery_digest(target: str, pay_run: int, meaning: str, place: str, rows: Iterable[tuple[str, str]]) -> str:
    """Give the digest of a delivery: where it goes, and of each row, in their order, (key, cells)."""
    return digest(target, pay_run, meaning, place, list(rows))


@write("deliveries.preview")
def keep_delivery(tx: Connection, found: Delivery, rows: Sequence[DeliveryRow]) -> None:
    """Keep what would be sent, with its id already allocated."""
    values = {name: getattr(found, name) for name in Delivery.__slots__}
    tx.execute(delivery.insert().values({**values, "state": found.state.value}))
    names = ("delivery", *DeliveryRow.__slots__)
    insert_rows(
        tx, delivery_row, names,
        ((found.id, one.position, one.key, one.cells, one.state.value, one.tries, one.job, one.code) for one in rows),
    )  # fmt: skip


@write("deliveries.move")
def move_delivery(
    tx: Connection,
    number: int,
    before: DeliveryState,
    after: DeliveryState,
    *,
    by: str | None = None,
    ended_at: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Put a delivery where an act leads. `Refused` where somebody else has moved it meanwhile."""
    still = update(delivery).where(delivery.c.id == number, delivery.c.state == before.value)
    values: dict[str, object] = {"state": after.value, "ended_at": ended_at, "reason": reason}
    if by is not None:
        values["approved_by"] = by
    if tx.execute(still.values(values)).rowcount != 1:
        raise Refused(f"D{number} is no longer {before.value}: look at it again")


@write("deliveries.begin_job")
def begin_job(tx: Connection, number: int, job: str, positions: Collection[int], now: datetime) -> None:
    """Keep the id of a job before it has any rows, and which rows it will have."""
    tx.execute(delivery_job.insert().values(job=job, delivery=number, begun_at=now))
    mine = (delivery_row.c.delivery == number, among(tx, delivery_row.c.position, positions))
    tx.execute(update(delivery_row).where(*mine).values(job=job, tries=delivery_row.c.tries + 1))


@write("deliveries.end_job")
def end_job(
    tx: Connection, number: int, job: str, became: Mapping[str, tuple[RowState, str | None]], now: datetime
) -> None:
    """Keep what became of the rows of a job, once; of one that came to nothing, nothing."""
    ended = update(delivery_job).where(delivery_job.c.job == job, delivery_job.c.ended_at.is_(None))
    if tx.execute(ended.values(ended_at=now)).rowcount != 1:
        return
    groups: dict[tuple[RowState, str | None], list[str]] = {}
    for key, outcome in became.items():
        groups.setdefault(outcome, []).append(key)
    for (state, code), keys in groups.items():
        mine = (delivery_row.c.delivery == number, among(tx, delivery_row.c.key, keys))
        tx.execute(update(delivery_row).where(*mine).values(state=state.value, code=code))


@write("deliveries.let_wait")
def let_wait(tx: Connection, number: int) -> int:
    """Let the rows that were refused be sent again, as somebody has put that right; gives how many."""
    refused = (delivery_row.c.delivery == number, delivery_row.c.state == RowState.REFUSED.value)
    return tx.execute(update(delivery_row).where(*refused).values(state=RowState.WAITING.value, tries=0)).rowcount


def delivery_of(tx: Connection, number: int) -> Delivery | None:
    """Give one delivery."""
    row = tx.execute(select(delivery).where(delivery.c.id == number)).mappings().one_or_none()
    return None if row is None else _read(row)


def deliveries(tx: Connection) -> list[Delivery]:
    """Give all deliveries, in the order in which they were previewed."""
    return [_read(row) for row in tx.execute(select(delivery).order_by(delivery.c.id)).mappings()]


def deliveries_to(tx: Connection, target: str, pay_run: int) -> list[Delivery]:
    """Give the deliveries of a pay run to one target, in the order in which they were previewed."""
    mine = (delivery.c.target == target, delivery.c.pay_run == pay_run)
    return [_read(row) for row in tx.execute(select(delivery).where(*mine).order_by(delivery.c.id)).mappings()]


def rows_of_delivery(tx: Connection, number: int, *states: RowState, limit: int | None = None) -> list[DeliveryRow]:
    """Give rows of a delivery (in some states), the first `limit` of them."""
    query = select(delivery_row).where(delivery_row.c.delivery == number).order_by(delivery_row.c.position).limit(limit)
    if states:
        query = query.where(delivery_row.c.state.in_([one.value for one in states]))
    return [_row(row) for row in tx.execute(query).mappings()]


def rows_of_job(tx: Connection, number: int, job: str) -> list[DeliveryRow]:
    """Give the rows that a job took the last."""
    query = select(delivery_row).where(delivery_row.c.delivery == number, delivery_row.c.job == job)
    return [_row(row) for row in tx.execute(query).mappings()]


def open_job(tx: Connection, number: int) -> str | None:
    """Give the job of a delivery of which nobody knows yet what it came to."""
    query = select(delivery_job.c.job).where(delivery_job.c.delivery == number, delivery_job.c.ended_at.is_(None))
    return tx.execute(query.order_by(delivery_job.c.begun_at.desc()).limit(1)).scalar_one_or_none()


def count_rows(tx: Connection, number: int) -> dict[RowState, int]:
    """Count the rows of a delivery by what became of them."""
    query = select(delivery_row.c.state, func.count()).where(delivery_row.c.delivery == number)
    return {RowState(state): count for state, count in tx.execute(query.group_by(delivery_row.c.state))}


def written_cells(tx: Connection, target: str, place: str, pay_run: int) -> dict[str, str]:
    """Give what was written last under each key of a pay run, by deliveries to the same target, at the same place.

    They are written in the order of their ids (`domain.delivery.stands_in_the_way`). Of a row that was given to a job
    and of which nobody knows what became, nobody knows what is there.
    """
    is_known = delivery_row.c.state == RowState.WRITTEN.value
    was_sent = (delivery_row.c.state == RowState.WAITING.value) & delivery_row.c.job.is_not(None)
    query = (
        select(delivery_row.c.key, delivery_row.c.cells, delivery_row.c.state)
        .join(delivery, delivery.c.id == delivery_row.c.delivery)
        .where(delivery.c.target == target, delivery.c.place == place, delivery.c.pay_run == pay_run)
        .where(is_known | was_sent)
        .order_by(delivery.c.id)
    )
    last = {row.key: row for row in stream(tx, query)}
    return {key: row.cells for key, row in last.items() if row.state == RowState.WRITTEN.value}


def _read(row: RowMapping) -> Delivery:
    return Delivery(**{**row, "state": DeliveryState(row["state"])})


def _row(row: RowMapping) -> DeliveryRow:
    values = {name: value for name, value in row.items() if name != "delivery"}
    return DeliveryRow(**{**values, "state": RowState(row["state"])})
