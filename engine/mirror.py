"""The roster as columns: a Parquet copy up to a revision, plus the few rows the database holds after it.

A cache, nothing more: it can be thrown away and is then written anew. Rows of the database enter through a CSV file,
because a million rows of Python objects do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.attributes import MEMBER, NAMED_BY, PRIMARY, QUOTA, is_dated
from engine.session import Session, quoted, read_files, text, write_whole


@dataclass(frozen=True, slots=True)
class MirrorTable:
    """One mirrored table: the columns its rows arrive with (the first is its id), and which rows still hold."""

    name: str
    columns: tuple[tuple[str, str], ...]
    holds: str = "revision_to IS NULL"
    sorted_by: str = "person"


PEOPLE = MirrorTable(
    "people",
    (
        ("id", "BIGINT"), ("kind", "VARCHAR"), ("participant_since", "BIGINT"), ("name", "VARCHAR"),
        ("employee_id", "VARCHAR"), ("partner_id", "VARCHAR"), ("vendor_id", "VARCHAR"),
        ("universal_id", "VARCHAR"), ("email", "VARCHAR"), ("hire_date", "VARCHAR"), ("feed", "VARCHAR"),
        ("changed", "BIGINT"),
    ),
    holds="true",
)  # fmt: skip
LINKS = MirrorTable(
    "all_links",
    (
        ("id", "BIGINT"), ("source", "VARCHAR"), ("key", "VARCHAR"), ("person", "BIGINT"),
        ("revision_from", "BIGINT"), ("revision_to", "BIGINT"),
    ),
    sorted_by="key",
)  # fmt: skip
VERSIONS = MirrorTable(
    "versions",
    (
        ("id", "BIGINT"), ("person", "BIGINT"), ("engagement", "VARCHAR"), ("start", "DATE"), ("end", "DATE"),
        ("opened", "DATE"), ("attributes", "VARCHAR"), ("personal", "VARCHAR"),
        ("revision_from", "BIGINT"), ("revision_to", "BIGINT"),
    ),
)  # fmt: skip
#: The column with all quotas of a version, a map from attribute to value: a line may have any name, and many there are.
QUOTAS = "_quotas"
#: The same of memberships.
MEMBERS = "_members"
#: Attributes that have a column even before anybody has them.
ALWAYS = ("status", "ended_by")
TABLES = (PEOPLE, LINKS, VERSIONS)
#: The table of what facts name people by who were erased.
KEPT_NAMES = "kept_names"


def load(session: Session, table: MirrorTable, base: Path | None, newer: Path, attributes: tuple[str, ...]) -> int:
    """Make a view of a mirrored table: the base less what newer rows replace, and those; give the newer rows' number.

    `newer` is a CSV without header in the table's columns; a row that no longer holds only takes the base's away.
    `attributes` become a column each, wherever a table packs values; quotas, and memberships, one column together.
    """
    _read(session, table, "newer", newer)
    current = f"SELECT {_unpacked(table, attributes)} FROM {table.name}_newer WHERE {table.holds}"
    if base is not None:
        kept = f"""SELECT b.* FROM {read_files([base])} b
                   ANTI JOIN {table.name}_newer n ON n.id = b.id"""
        current = f"{kept} UNION ALL BY NAME {current}"
    session.run(f"CREATE OR REPLACE VIEW {table.name}_current AS {current}")
    session.run(f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM {table.name}_current")
    return session.number(f"SELECT count(*) FROM {table.name}_newer")


def look_back(session: Session, table: MirrorTable, later: Path, revision: int, attributes: tuple[str, ...]) -> None:
    """Make the view of a loaded table what was known at an earlier revision.

    `later` has every row that began or ended after it, as `load` takes them.
    """
    _read(session, table, "later", later)
    known = f"revision_from <= {revision} AND coalesce(revision_to > {revision}, true)"
    session.run(
        f"""CREATE OR REPLACE VIEW {table.name} AS
            SELECT c.* FROM {table.name}_current c ANTI JOIN {table.name}_later l ON l.id = c.id
            UNION ALL BY NAME SELECT {_unpacked(table, attributes)} FROM {table.name}_later WHERE {known}"""
    )


def look_back_at_people(session: Session, revision: int) -> None:
    """Make of `people` only those participants who were so at an earlier revision, under the ids they had then.

    After `versions` was looked back. Somebody who was no participant yet has the ids of today; of several posts the
    primary one says them.
    """
    has = session.columns("versions")
    leads = f"coalesce({quoted(PRIMARY)} = 'true', false)" if PRIMARY in has else "false"
    own = [name if name in has else f"NULL::VARCHAR AS {name}" for name in NAMED_BY]
    then = ", ".join(f"CASE WHEN k.person IS NULL THEN c.{name} ELSE k.{name} END AS {name}" for name in NAMED_BY)
    session.run(
        f"""CREATE OR REPLACE VIEW people AS
            SELECT c.* REPLACE (coalesce(c.participant_since <= {revision}, false) AS participant, {then})
            FROM people_current c LEFT JOIN (
                SELECT person, {", ".join(own)} FROM versions
                QUALIFY row_number() OVER (PARTITION BY person ORDER BY {leads} DESC, start DESC, engagement) = 1
            ) k ON k.person = c.person"""
    )


def load_kept_names(session: Session, names: Sequence[tuple[str, int]]) -> None:
    """Make the table `kept_names`: (owner, person) of people who were erased, by what facts go on naming them."""
    session.run(f"CREATE OR REPLACE TABLE {KEPT_NAMES} (owner VARCHAR, person BIGINT)")
    owners, people = [owner for owner, _ in names], [person for _, person in names]
    session.run(f"INSERT INTO {KEPT_NAMES} SELECT unnest($1::VARCHAR[]), unnest($2::BIGINT[])", [owners, people])


def rewrite(session: Session, table: MirrorTable, target: Path) -> None:
    """Write a mirrored table as it stands into a new file, whole or not at all, and read it from there."""
    write_whole(session, f"SELECT * FROM {table.name} ORDER BY {table.sorted_by}", target)
    session.run(f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM {read_files([target])}")


def _read(session: Session, table: MirrorTable, which: str, path: Path) -> None:
    columns = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in table.columns)
    session.run(
        f"""CREATE OR REPLACE TABLE {table.name}_{which} AS SELECT * FROM read_csv({text(str(path))},
            header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '',
            max_line_size = 16777216, columns = {{{columns}}})"""
    )


def links_of(session: Session, source: str) -> None:
    """Make the view `links` of one source; of two the one that was made later has the greater id."""
    session.run(f"CREATE OR REPLACE VIEW links AS SELECT id, key, person FROM all_links WHERE source = {text(source)}")


def _unpacked(table: MirrorTable, attributes: tuple[str, ...]) -> str:
    if table is PEOPLE:
        return "id, id AS person, kind, participant_since IS NOT NULL AS participant, * EXCLUDE (id, kind, changed)"
    if table is LINKS:
        return "id, source, key, person"
    names = sorted({*(name for name in attributes if not is_dated(name)), *ALWAYS})
    paths = ((quoted(name), text(f'$."{name}"')) for name in names)
    values = "".join(
        f", coalesce(json_extract_string(attributes, {path}), json_extract_string(personal, {path})) AS {name}"
        for name, path in paths
    )
    return (
        f'id, person, engagement, start, "end", opened{values}, {_all(QUOTA)} AS {QUOTAS}, {_all(MEMBER)} AS {MEMBERS}'
    )


def _all(prefix: str) -> str:
    """Pick those of a kind out of the packed values; nothing where there are none, as of most people."""
    every = "map_entries(attributes::JSON::MAP(VARCHAR, VARCHAR))"
    chosen = f"map_from_entries(list_filter({every}, lambda one: starts_with(one.key, {text(prefix)})))"
    return f"CASE WHEN contains(attributes, {text(chr(34) + prefix)}) THEN {chosen} END"
