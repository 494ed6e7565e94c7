"""Bring the roster into the engine as columns, and keep the Parquet copy near the newest revision."""

from __future__ import annotations

import csv
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import Connection

from engine import mirror as columns
from engine.merged import load_merged_names
from engine.session import Session, row_count
from store.database import reading, writing
from store.erasing import kept_names
from store.head import current_revision
from store.mirror import Mirror, keep_mirror, mirrors
from store.mirror import attributes as attribute_names
from store.people import links_changed_since, people_changed_since, versions_changed_since
from syncd.merged import names_merged
from syncd.world import World

#: A copy is written anew when the rows after it pass this share of it, and are many.
SHARE = 5
MANY = 10_000

_CHANGED = {
    columns.PEOPLE: people_changed_since,
    columns.LINKS: links_changed_since,
    columns.VERSIONS: versions_changed_since,
}


def load_roster(
    world: World, session: Session, scratch: Path, *, known_at: int | None = None, tried: Connection | None = None
) -> int:
    """Make `people`, `all_links` and `versions` as they are now, or were known at a revision; give that revision.

    What the database holds beyond the copies is read in one moment, so the three belong together. With `tried` as they
    would be after what that transaction has written.
    """
    with reading(world.database) if tried is None else nullcontext(tried) as tx:
        revision = current_revision(tx)
        looks_back = known_at is not None and known_at < revision
        bases = {name: base for name, base in mirrors(tx).items() if (world.workspace.var / base.path).exists()}
        attributes = attribute_names(tx)
        asked = revision if known_at is None else known_at
        names, merged = kept_names(tx, asked), names_merged(tx, asked)
        newer = {}
        for table in columns.TABLES:
            since = bases[table.name].revision if table.name in bases else 0
            newer[table] = _write(tx, table, since, scratch / f"{table.name}.csv")
        later = {
            table: _write(tx, table, known_at or 0, scratch / f"{table.name}-later.csv")
            for table in (columns.LINKS, columns.VERSIONS)
            if looks_back
        }
    columns.load_kept_names(session, names)
    for table in columns.TABLES:
        base = world.workspace.var / bases[table.name].path if table.name in bases else None
        count = columns.load(session, table, base, newer[table], attributes)
        if tried is None and count > MANY and count * SHARE > (row_count(session, base) if base else 0):
            _rewrite(world, session, table, revision)
    if looks_back and known_at is not None:
        for table, path in later.items():
            columns.look_back(session, table, path, known_at, attributes)
        columns.look_back_at_people(session, known_at)
        revision = known_at
    load_merged_names(session, merged)
    return revision


def _write(tx: Connection, table: columns.MirrorTable, since: int, path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")  # with the usual one no value may hold a line break
        writer.writerows(_CHANGED[table](tx, since))
    return path


def _rewrite(world: World, session: Session, table: columns.MirrorTable, revision: int) -> None:
    """Write a copy and name it in the database; what is no longer named is swept (a run may still be reading it)."""
    name = f"mirror/{table.name}-{revision}.parquet"
    columns.rewrite(session, table, world.workspace.var / name)
    with writing(world.database) as tx:
        keep_mirror(tx, Mirror(table.name, name, revision))
