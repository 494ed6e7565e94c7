"""What approved changes say of who is who: which links they make, and which they end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from domain.change import OPEN, Change, Kind
from store.changes import ChangeFilter, changes
from store.linking import Linking
from store.people import FIRST_SEEN, LinkRow, current_links, links_to
from syncd.configuration.settings import BY_HAND

_REPLACED = "another record of theirs took its place"
_ADDED = "added by hand: whether this record is them is asked like of any other"


class Relinking:
    """Whether the links that changes ask for still fit, and what is said of who is who where they are approved.

    A record that is proposed to be somebody takes the place of their others in that source. Somebody who is added by
    hand is no longer whom a run took a record to be: it is matched again.
    """

    def __init__(self, tx: Connection, chosen: Sequence[Change]) -> None:
        """Read the links of everyone concerned, once."""
        links = [change for change in chosen if change.kind is Kind.LINK]
        concerned = {change.person for change in (*links, *filter(_is_added_by_hand, chosen))}
        self._theirs: defaultdict[int, list[LinkRow]] = defaultdict(list)
        for row in current_links(tx, concerned) if concerned else ():
            self._theirs[row.person].append(row)
        self._taken: dict[tuple[str, str], int] = {}
        for source in {change.source or "" for change in links}:
            keys = {change.source_key or "" for change in links if change.source == source}
            self._taken |= {(source, key): row.person for key, row in links_to(tx, source, keys).items()}
        self._leaving = _leaving(tx, links, {change.id for change in chosen})

    def unfit(self, change: Change) -> str | None:
        """Say why a link cannot be made; None where it can, or where the change asks for none."""
        if change.kind is not Kind.LINK:
            return None
        if taken := self._taken.get(_record(change)):
            return f"{change.source}:{change.source_key} is P{taken} by now"
        if leaving := self._leaving.get((change.person, change.source)):
            return f"their earlier record says that they leave: decide on C{leaving} first"
        return None

    def take(self, change: Change) -> None:
        """Note that a link is made: the same record is nobody else."""
        if change.kind is Kind.LINK:
            self._taken[_record(change)] = change.person

    def said(self, fitting: Sequence[Change], by: str) -> Linking:
        """Give what approved changes say of who is who; `by` is who approved them."""
        made: list[LinkRow] = []
        ended: dict[int, LinkRow] = {}
        for change in fitting:
            theirs = self._theirs[change.person]
            if change.kind is Kind.LINK:
                made.append(LinkRow(*_record(change), change.person, by, f"approved as C{change.id}"))
                others = [one for one in theirs if one.source == change.source]
                ended |= {one.id: replace(one, ended_by=by, ended_why=_REPLACED) for one in others}
            elif _is_added_by_hand(change):
                others = [one for one in theirs if one.by == FIRST_SEEN]
                ended |= {one.id: replace(one, ended_by=by, ended_why=_ADDED) for one in others}
        return Linking(made=tuple(made), ended=tuple(ended.values()))


def _record(change: Change) -> tuple[str, str]:
    return change.source or "", change.source_key or ""


def _is_added_by_hand(change: Change) -> bool:
    return change.kind is Kind.ADD and change.feed == BY_HAND


def _leaving(tx: Connection, links: Sequence[Change], chosen: set[int]) -> dict[tuple[int, str | None], int]:
    """Give the endings that wait and are not among those decided now, by person and source."""
    if not links:
        return {}
    persons = {change.person for change in links}
    waiting = changes(tx, ChangeFilter(states=OPEN, kind=Kind.TERMINATION, participants=persons))
    return {(one.person, one.source): one.id for one in waiting if one.id not in chosen}
