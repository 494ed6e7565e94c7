"""Rows of earlier reads, looked at once more beside those of this one.

In: the relation `brought`, what was read now. Out: the view `sent`, that and what waits, and the table `tried_again` of
the keys that were not read now.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from pathlib import Path

from engine.facts import KnownFacts, facts_query
from engine.session import Session
from engine.state import fold_landed, key_of


class Which(Enum):
    """What of earlier reads is looked at."""

    SOME = auto()  #: what was set aside, by key
    UNKNOWN = auto()  #: that, and whatever is no fact
    ALL = auto()


def add_waiting(
    session: Session,
    files: Sequence[tuple[Path, int | None]],
    columns: Sequence[str],
    keys: Sequence[str],
    which: Which,
    waiting: Sequence[str] = (),
    known: KnownFacts | None = None,
) -> int:
    """Make `sent`; give how many rows cannot be looked at, for what was landed of them lacks one of `columns`.

    `files` are what was landed (`engine.state.fold_landed`), `waiting` the keys set aside.
    """
    asked = "_known_by IN (SELECT key FROM waiting)"
    session.run("CREATE OR REPLACE TABLE waiting AS SELECT unnest($1::VARCHAR[]) AS key", [sorted(waiting)])
    if which is Which.UNKNOWN and known is not None:
        asked = f"({asked} OR _known_by NOT IN (SELECT key FROM ({facts_query(known, {})})))"
    elif which is Which.ALL:
        asked = "true"
    condition = f"{asked} AND _known_by NOT IN (SELECT {key_of(keys)} FROM brought)"
    missed = fold_landed(session, "landed", files, columns, keys, condition)
    session.run("CREATE OR REPLACE VIEW sent AS FROM brought UNION ALL BY NAME FROM landed")
    session.run(f"CREATE OR REPLACE TABLE tried_again AS SELECT {key_of(keys)} AS key FROM landed")
    return missed
