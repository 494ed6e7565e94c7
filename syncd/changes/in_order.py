"""The rows of a history are asked about day after day: what a later one says waits until the earlier one is decided.

A later row is compared with a roster that what an earlier one asks may change; judged now, it would ask again for what
is asked already, on another day. So the first row of a record that asks for something is the only one that does. The
others count as pending, and each run compares the whole history again, so that the next one is asked once this one is
approved. What is rejected lets the next one be asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.judge import Judgement, Standing
from engine.session import Row
from syncd.changes.cells import text_of
from syncd.changes.judging import Judge, JudgedRow


@dataclass(slots=True)
class InOrder:
    """Follows the rows of a read, which come by key, post and day; `at` says where their columns stand."""

    judge: Judge
    at: Mapping[str, int]
    _asked: tuple[str | None, str | None, int | None] | None = None

    def waiting(self, row: Row) -> JudgedRow | None:
        """Give the standing of a row that waits for an earlier one of its record; None for one that does not."""
        if self._asked is None or self._asked[:2] != self._record(row) or row[self.at["_op"]] != "upsert":
            return None
        number, place = self.judge.place_of(row)
        return JudgedRow(Judgement(Standing.PENDING), number, place, self.judge.key_of(row), self._asked[2])

    def note(self, row: Row, found: JudgedRow) -> JudgedRow:
        """Remember whether a row asks for something, and give what was found of it."""
        if found.judgement.asked and found.key is not None:
            self._asked = (*self._record(row), found.person)
        return found

    def _record(self, row: Row) -> tuple[str | None, str | None]:
        return self.judge.key_of(row), text_of(row[self.at["_engagement"]])
