"""Whether other feeds sent anything else of somebody than before, without mapping it: 64 bits over records as sent.

In: the table `their_records` (`engine.said`) of the people who are looked at. Out: the table `heard` (person, digest,
several): what the records of each person come to, all other feeds together. Of `several` rows of one feed one alone
speaks, which may be another one tomorrow: of those people nothing can be told from what was sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.said import THEIRS, Saying
from engine.session import Session, quoted, read_files, text
from engine.state import key_of

HEARD = "heard"


@dataclass(frozen=True, slots=True)
class Sent:
    """What another feed sent: its newest segments, the oldest first; `keys` of its records, `reads` of its mapping."""

    source: str
    segments: Sequence[Path]
    keys: Sequence[str]
    reads: Sequence[str]


def find_sent(session: Session, feeds: Sequence[Sent]) -> None:
    """Make `heard` of records as sent."""
    parts = [_digests(nth, one) for nth, one in enumerate(feeds) if one.segments]
    counts = ", ".join(f"count(*) FILTER (nth = {nth})" for nth in range(len(feeds)))
    session.run(
        f"""CREATE OR REPLACE TABLE {HEARD} AS
            SELECT person, bit_xor(digest) AS digest, greatest({counts}) > 1 AS several
            FROM ({" UNION ALL ".join(parts)}) GROUP BY person"""
        if parts
        else f"CREATE OR REPLACE TABLE {HEARD} (person BIGINT, digest UBIGINT, several BOOLEAN)"
    )


def find_meant(session: Session, saying: Saying) -> None:
    """Make `heard` of what feeds say by now (`said`): of histories, and where it depends on the roster or on tables."""
    cells = ", ".join(map(quoted, ("engagement", *saying.columns)))
    session.run(
        f"""CREATE OR REPLACE TABLE {HEARD} AS
            SELECT person, bit_xor(hash({cells})) AS digest, false AS several FROM said GROUP BY person"""
    )


def _digests(nth: int, sent: Sent) -> str:
    key, cells = key_of(sent.keys), ", ".join(("_op", "_native", *map(quoted, sent.reads)))
    return f"""SELECT l.person, {nth} AS nth, r.digest
               FROM (SELECT {key} AS key, hash({nth}, {key}, {cells}) AS digest
                     FROM {read_files(sent.segments, "union_by_name = true")}) r
               JOIN {THEIRS} l ON l.source = {text(sent.source)} AND l.key = r.key"""
