"""Who was merged into whom, and whom their names name of which days: as known at a revision."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from domain.attributes import NAMED_BY
from domain.merging import Merged, NameOf, merged_of, names_by_day
from domain.step import Step, known_at
from store.erasing import kept_names
from store.history import steps_of
from store.people import ever_merged, links_of, people_of


def merged_known(tx: Connection, revision: int) -> dict[int, Merged]:
    """Give who was merged, by person, as known at a revision."""
    persons = ever_merged(tx)
    if not persons:
        return {}
    theirs: defaultdict[int, list[Step]] = defaultdict(list)
    for (person, _), steps in steps_of(tx, persons, since=revision).items():
        theirs[person].extend(known_at(steps, revision))
    found = (merged_of(person, theirs[person]) for person in sorted(persons))
    return {one.person: one for one in found if one is not None}


def names_merged(tx: Connection, revision: int) -> list[NameOf]:
    """Give whom the ids and records of people who were merged name: those too by which facts name who was erased."""
    merged = merged_known(tx, revision)
    if not merged:
        return []
    names = {
        person: {f"{by}:{value}" for by in NAMED_BY if (value := getattr(row, by))}
        for person, row in people_of(tx, merged.keys()).items()
    }
    for owner, person in kept_names(tx, revision):
        if person in merged:
            names[person].add(owner)
    for person, one in merged.items():
        names[person] |= {row.name for row in links_of(tx, person) if row.revision_to == one.revision}
    return names_by_day(names, merged)
