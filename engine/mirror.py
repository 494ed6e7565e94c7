"""The roster as columns: a Parquet copy up to a revision, plus the few rows the database holds after it.

A cache, nothing more: it can be thrown away and is then written anew. Rows of the database enter through a CSV file,
because a million rows of Python objects do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.session import Session, quoted, text, write_whole


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
        ("employee_id", "VARCHAR"), ("partner_id", "VARCHAR"), ("vendor_id", "VARCHAR"), ("email", "VARCHAR"),
        ("hire_date", "VARCHAR"), ("feed", "VARCHAR"), ("changed", "BIGINT"),
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
#: Attributes that have a column even before anybody has them.
ALWAYS = ("status", "ended_by")
TABLES = (PEOPLE, LINKS, VERSIONS)


def load(session: Session, table: MirrorTable, base: Path | None, newer: Path, attributes: tuple[str, ...]) -> int:
    """Make a view of a mirrored table: the base less what newer rows replace, and those; give the newer rows' number.

    `newer` is a CSV without header in the table's columns; a row that no longer holds only takes the base's away.
    `attributes` become a column each, wherever a table packs values.
    """
    columns = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in table.columns)
    session.run(
        f"""CREATE OR REPLACE TABLE {table.name}_newer AS SELECT * FROM read_csv({text(str(newer))},
            header = false, auto_detect = false, delim = ',', quote = '"', escape = '"', nullstr = '',
            max_line_size = 16777216, columns = {{{columns}}})"""
    )
    current = f"SELECT {_unpacked(table, attributes)} FROM {table.name}_newer WHERE {table.holds}"
    if base is not None:
        kept = f"""SELECT b.* FROM read_parquet({text(str(base))}) b
                   ANTI JOIN {table.name}_newer n ON n.id = b.id"""
        current = f"{kept} UNION ALL BY NAME {current}"
    session.run(f"CREATE OR REPLACE VIEW {table.name} AS {current}")
    return session.number(f"SELECT count(*) FROM {table.name}_newer")


def rewrite(session: Session, table: MirrorTable, target: Path) -> None:
    """Write a mirrored table as it stands into a new file, whole or not at all, and read it from there."""
    write_whole(session, f"SELECT * FROM {table.name} ORDER BY {table.sorted_by}", target)
    session.run(f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM read_parquet({text(str(target))})")


def links_of(session: Session, source: str) -> None:
    """Make the view `links` of one source."""
    session.run(f"CREATE OR REPLACE VIEW links AS SELECT key, person FROM all_links WHERE source = {text(source)}")


def _unpacked(table: MirrorTable, attributes: tuple[str, ...]) -> str:
    if table is PEOPLE:
        return "id, id AS person, kind, participant_since IS NOT NULL AS participant, * EXCLUDE (id, kind, changed)"
    if table is LINKS:
        return "id, source, key, person"
    names = sorted({*attributes, *ALWAYS})
    paths = ((quoted(name), text(f'$."{name}"')) for name in names)
    values = "".join(
        f", coalesce(json_extract_string(attributes, {path}), json_extract_string(personal, {path})) AS {name}"
        for name, path in paths
    )
    return f'id, person, engagement, start, "end", opened{values}'
