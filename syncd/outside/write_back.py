"""Sends an approved delivery: job after job of the other side, each known by its id before it has a row.

Killed anywhere, the next sender asks about the job that it finds by its id: one that only gathers is given up, as
nothing of it is done; one that is at work is waited for; of one that has ended is read what became of which row. Rows
that failed in passing, or that were not looked at, are sent again, and no others.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from connectors.writing import JobStands, Place, Writer
from domain.delivery import DeliveryState, RowState, after_job
from domain.errors import FixFile, Refused, SyncError, TryLater
from store.database import reading, writing
from store.deliveries import (
    Delivery,
    begin_job,
    count_rows,
    delivery_of,
    end_job,
    let_wait,
    move_delivery,
    open_job,
    rows_of_delivery,
    rows_of_job,
)
from store.delivery_proof import is_as_approved
from store.outbox import HeldEffect, confirm
from syncd.connecting.keeper import pause
from syncd.outside.delivering import approved_beside, delivery_about, meaning_of, opened_writer, place_of, target_named
from syncd.world import World

#: Rows of one job: at 2 kB each it stays below what an upload may have (100 MB).
AT_ONCE = 50_000
#: Seconds between two looks at a job, at first and at most, and for how long one is looked at in one turn.
FIRST, MOST, PATIENCE = 1.0, 15.0, 120.0


def deliver_rows(world: World, held: HeldEffect) -> Callable[[], str]:
    """Make a delivery ready to be sent. `Refused` where it is not what was approved, or a newer one is.

    `FixFile` where `write_back` means something else by now.
    """
    number = delivery_about(held.asked.payload)
    with reading(world.database) as tx:
        found = delivery_of(tx, number)
        is_right = found is not None and is_as_approved(tx, found)
        newer = max(approved_beside(tx, found), default=0) if found is not None else 0
    if found is None or found.state not in (DeliveryState.APPROVED, DeliveryState.DONE):
        raise Refused(f"D{number} is not approved")
    if newer > number and found.state is DeliveryState.APPROVED:
        raise Refused(f"D{newer} of the same amounts was approved after D{number}: it would be written over")
    if not is_right:
        raise Refused(f"D{number} is not what was approved: `audit verify` says what is not as it was written down")
    target = target_named(world, found.target)
    if meaning_of(target) != found.meaning:
        raise FixFile(f"`write_back` says something else of {found.target} than when D{number} was approved")
    sending = _Sending(world, held, found, opened_writer(world, target), place_of(target))
    return sending.all


class _Sending:
    """One turn at one delivery."""

    def __init__(self, world: World, held: HeldEffect, found: Delivery, writer: Writer, place: Place) -> None:
        self._world, self._held, self._found = world, held, found
        self._writer, self._place = writer, place

    def all(self) -> str:
        """Send what waits; gives how many rows are written. `TryLater` where some wait, `Refused` where none may."""
        number = self._found.id
        with reading(self._world.database) as tx:
            job = open_job(tx, number)
        if job is not None:
            self._go_on(job)
        self._begin_again()
        if self._next():
            self._writer.check(self._place)  # a job with a field that is gone would end without a word about any row
        while rows := self._next():
            self._send(rows)
            with reading(self._world.database) as tx:
                if any(one.tries for one in rows_of_delivery(tx, number, RowState.WAITING, limit=AT_ONCE)):
                    raise TryLater(f"some rows of D{number} could not be written now: they are sent again")
        with writing(self._world.database) as tx:
            counted = count_rows(tx, number)
            if counted.get(RowState.REFUSED):
                raise Refused(
                    f"{counted[RowState.REFUSED]} rows of D{number} are refused: `write-back show D{number}` says why; "
                    "put that right there, then `outbox again`"
                )
            if self._found.state is DeliveryState.APPROVED:
                move_delivery(tx, number, self._found.state, DeliveryState.DONE, ended_at=self._world.now())
        return f"{counted.get(RowState.WRITTEN, 0)} written"

    def _begin_again(self) -> None:
        """Where a person has let it be sent again, what was refused is sent again, too."""
        if self._held.attempts > 1 or self._held.is_again:
            return
        with writing(self._world.database) as tx:
            let_wait(tx, self._found.id)

    def _next(self) -> list[tuple[int, dict[str, str | None]]]:
        with reading(self._world.database) as tx:
            waiting = rows_of_delivery(tx, self._found.id, RowState.WAITING, limit=AT_ONCE)
        return [(one.position, json.loads(one.cells)) for one in waiting]

    def _send(self, rows: list[tuple[int, dict[str, str | None]]]) -> None:
        self._ours()
        job = self._writer.begin(self._place)
        with writing(self._world.database) as tx:
            confirm(tx, self._held, self._world.now())
            begin_job(tx, self._found.id, job, [position for position, _ in rows], self._world.now())
        try:
            self._writer.fill(job, self._place, [cells for _, cells in rows])
            self._ours()
            self._writer.release(job, self._place)
        except SyncError:
            self._go_on(job)  # what was done of it is for the job itself to say
            raise
        self._go_on(job)

    def _go_on(self, job: str) -> None:
        """Bring a job to its end, and keep what became of its rows."""
        stands, wait, waited = self._writer.stands(job, self._place), FIRST, 0.0
        while stands is JobStands.WORKING:
            if waited >= PATIENCE:
                raise TryLater(f"the other side still works on D{self._found.id}: it is asked again")
            self._ours()
            pause(wait)
            waited, wait = waited + wait, min(wait * 2, MOST)
            stands = self._writer.stands(job, self._place)
        codes: dict[str, str | None] = {}
        if stands is JobStands.GATHERING:
            self._ours()
            self._writer.give_up(job, self._place)
        if stands is JobStands.ENDED:
            with tempfile.TemporaryDirectory(dir=self._world.workspace.var / "tmp") as scratch:
                codes = self._writer.became(job, self._place, Path(scratch))
        with writing(self._world.database) as tx:
            confirm(tx, self._held, self._world.now())
            sent = {one.key: one.tries for one in rows_of_job(tx, self._found.id, job)}
            end_job(tx, self._found.id, job, after_job(codes, sent), self._world.now())

    def _ours(self) -> None:
        """Make sure that nobody else has taken it over. `LeaseLost` where somebody has."""
        with writing(self._world.database) as tx:
            confirm(tx, self._held, self._world.now())
