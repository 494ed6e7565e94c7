"""Ask the source for whom a full read does not have, one by one, before anybody counts as missing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from connectors.base import LooksUp
from domain.errors import FixAccess, ReadFailed, TryLater
from domain.problem import Problem, Severity
from mapping.rules import key_columns
from syncd.feeds.pull import note_budget, open_for
from syncd.feeds.work import Work

#: How many are asked for in one run: where more are missing the limit of endings is there for it.
AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """Keys that are not missing after all, or of which nobody knows; a warning for each."""

    keys: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()


def ask_for(work: Work, keys: Collection[str]) -> Asked:
    """Ask for each of some keys, where the source can be asked and its key is one column.

    Who is there is not missing; of whom the answer is an error nobody knows, so they are not missing either.
    """
    columns = key_columns(work.feed.mapping)
    if not keys or len(columns) != 1:
        return Asked()
    source = open_for(work)
    if not isinstance(source, LooksUp):
        return Asked()
    if len(keys) > AT_MOST:
        message = f"{len(keys):,} are missing, too many to ask the source for each ({AT_MOST}): look before they end"
        return Asked(problems=(Problem(None, "not_asked_for", message, Severity.WARNING),))
    try:
        found = dict(_answers(work, source, sorted(keys), columns[0]))
    finally:
        note_budget(work, source)
    return Asked(frozenset(found), tuple(found.values()))


def _answers(work: Work, source: LooksUp, keys: Sequence[str], column: str) -> Iterator[tuple[str, Problem]]:
    """Give whom an answer keeps from being missing, with why."""
    for number, key in enumerate(keys, 1):
        work.heart.check()
        work.progress.count(f"{work.feed.name}: asked for who is missing", number, len(keys))
        try:
            is_there = source.look_up(work.feed.stream, column, key)
        except (ReadFailed, TryLater, FixAccess) as error:
            message = f"{key} is not in the read, and the source could not be asked for it ({error.message}): unknown"
            yield key, Problem(None, "look_up_failed", message, Severity.WARNING, key=key)
            continue
        if is_there:
            message = f"{key} is not in the read, and is there when asked for: the read was not whole; run it again"
            yield key, Problem(None, "found_again", message, Severity.WARNING, key=key)
