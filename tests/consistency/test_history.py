"""After any story the history is what was decided, each view of it says the same, and every row was counted."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, or_, select

import syncd.mirror
from domain.step import Version, fold, known_at
from engine.session import Session, open_session
from store import tables
from store.database import reading
from store.head import current_revision
from store.history import history_of, steps_of
from store.proof import findings
from syncd.mirror import load_roster
from tests.consistency.conftest import Opened
from tests.consistency.stories import Company, Day, few, prepare, shell_of, stories, tell
from tests.scenarios.world import World

Known = dict[tuple[int, str], tuple[Version, ...]]
COUNTED = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")


@few
@given(story=stories, forced=st.booleans(), policy=st.booleans())
def test_after_any_story_everything_agrees(opened: Opened, story: tuple[Day, ...], forced: bool, policy: bool):
    """Versions are the fold of the steps at every revision; what was known stays known, and is what was decided; the
    mirror is the database."""
    world, company = opened(), Company()
    prepare(world)
    if policy:
        world.feed["approve"] = [{"kind": "update", "attributes": ["title", "ote"]}, {"kind": "move"}]
        world.save()
    past: dict[int, Known] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syncd.mirror, "MANY", 0 if forced else syncd.mirror.MANY)
        for day in story:
            said = tell(world, company, day)
            assert sum(said[name] for name in COUNTED) == said["read"], said.document
            with shell_of(world) as shell, reading(shell.database) as tx:
                newest = current_revision(tx)
                past[newest] = _versions(tx, newest)
        said, waiting = world.run(), world.pending()
        again = world.run()
        assert (again["proposed"], world.pending()) == (0, waiting)
        counted = [{name: one[name] for name in ("read", *COUNTED, "absent")} for one in (said, again)]
        assert policy or counted[0] == counted[1]
        _history_is_the_fold(world, past)
        _mirror_is_the_database(world)
        _mirror_looks_back(world, past)
        for path in (world.folder / "var" / "mirror").iterdir():
            path.unlink()
        _mirror_is_the_database(world)


def _history_is_the_fold(world: World, past: dict[int, Known]) -> None:
    with shell_of(world) as shell, reading(shell.database) as tx:
        everyone = list(tx.execute(select(tables.person.c.id)).scalars())
        steps = steps_of(tx, everyone, since=0)
        for revision in range(current_revision(tx) + 1):
            folded = {key: fold(known_at(mine, revision)) for key, mine in steps.items()}
            assert _versions(tx, revision) == {key: versions for key, versions in folded.items() if versions}
        for revision, known in past.items():
            assert _versions(tx, revision) == known
        assert list(findings(tx)) == []


def _versions(tx: Connection, revision: int) -> Known:
    found: defaultdict[tuple[int, str], list[Version]] = defaultdict(list)
    for person in tx.execute(select(tables.version.c.person).distinct().order_by("person")).scalars():
        for one in history_of(tx, person, revision):
            found[person, one.version.engagement].append(one.version)
    return {key: tuple(versions) for key, versions in found.items()}


def _mirror_is_the_database(world: World) -> None:
    """Compare people, links and versions as the engine sees them with what the tables say."""
    with (
        shell_of(world) as shell,
        reading(shell.database) as tx,
        open_session(shell.workspace.var) as session,
    ):
        revision = load_roster(shell, session, shell.workspace.var / "tmp")
        assert revision == current_revision(tx)
        assert _people(session) == _people_of(tx)
        assert _links(session) == _links_of(tx)
        assert _mirrored(session) == _as_columns(_versions(tx, revision))


def _mirror_looks_back(world: World, past: dict[int, Known]) -> None:
    """At each revision the engine sees the versions and links that were known at it."""
    with (
        shell_of(world) as shell,
        reading(shell.database) as tx,
        open_session(shell.workspace.var) as session,
    ):
        for revision, known in past.items():
            assert load_roster(shell, session, shell.workspace.var / "tmp", known_at=revision) == revision
            assert _links(session) == _links_of(tx, revision)
            assert _mirrored(session) == _as_columns(known)
            began = tables.person.c.participant_since <= revision
            participants = set(tx.execute(select(tables.person.c.id).where(began)).scalars())
            assert {row[0] for row in session.rows("SELECT person FROM people WHERE participant")} == participants


def _people(session: Session) -> list[Any]:
    return session.rows(
        """SELECT person, kind, participant, name, employee_id, partner_id, vendor_id, universal_id, email,
                  hire_date, feed
           FROM people ORDER BY person"""
    )


def _people_of(tx: Connection) -> list[Any]:
    rows = tx.execute(select(tables.person).order_by(tables.person.c.id)).mappings()
    return [
        (
            *(row["id"], row["kind"], row["participant_since"] is not None, row["name"], row["employee_id"]),
            *(row["partner_id"], row["vendor_id"], row["universal_id"], row["email"]),
            *(row["hire_date"].isoformat() if row["hire_date"] else None, row["feed"]),
        )
        for row in rows
    ]


def _links(session: Session) -> list[Any]:
    return session.rows("SELECT source, key, person FROM all_links ORDER BY ALL")


def _links_of(tx: Connection, revision: int = 10**9) -> list[Any]:
    link = tables.link
    query = select(link.c.source, link.c.key, link.c.person).where(
        link.c.revision_from <= revision, or_(link.c.revision_to.is_(None), link.c.revision_to > revision)
    )
    return sorted(tuple(row) for row in tx.execute(query))


def _as_columns(known: Known) -> set[Any]:
    return {
        (person, engagement, one.start, one.end, one.opened, tuple(sorted(_written(one).items())))
        for (person, engagement), versions in known.items()
        for one in versions
    }


def _mirrored(session: Session) -> set[Any]:
    names = session.columns("versions")
    fixed = ("person", "engagement", "start", "end", "opened")
    found = set()
    for row in session.rows("SELECT * FROM versions"):
        cells = dict(zip(names, row, strict=True))
        values = {name: cells[name] for name in names if name not in ("id", *fixed) and cells[name] is not None}
        found.add((*(cells[name] for name in fixed), tuple(sorted(values.items()))))
    return found


def _written(version: Version) -> dict[str, str]:
    """Values as a column holds them: a set is compact JSON."""
    return {
        name: json.dumps(list(value), separators=(",", ":"), ensure_ascii=False) if isinstance(value, tuple) else value
        for name, value in version.attributes.items()
        if value is not None
    }
