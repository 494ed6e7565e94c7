"""`backup`, `restore`, `export`, `import`, `tidy`: copies of an installation, and what need not be kept any longer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from syncd import show
from syncd.commands.acting import for_user
from syncd.documents import Document
from syncd.operation.copying import Begun, Copied, put_back, write_copy
from syncd.operation.tidying import Tidied, tidy
from syncd.options import as_json
from syncd.world import actor, open_world

_F = TypeVar("_F", bound=Callable[..., Any])


def _folder(command: _F) -> _F:
    return click.argument("folder", type=click.Path(path_type=Path, file_okay=False))(command)


@click.command("backup")
@_folder
@as_json
@click.pass_obj
def backup_command(place: tuple[Path, Any], folder: Path, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Copy everything that is kept into an empty folder, while it runs: the database first, then the files it names."""
    return _written(place, folder, as_json=as_json)


@click.command("export")
@_folder
@as_json
@click.pass_obj
def export_command(place: tuple[Path, Any], folder: Path, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Write the same open files for another installation, or another program; stop what runs here first."""
    return _written(place, folder, as_json=as_json)


@click.command("restore")
@_folder
@for_user
@as_json
@click.pass_obj
def restore_command(place: tuple[Path, Any], folder: Path, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Begin anew from a backup in an empty place: nothing that waited is sent, every feed is caught up with."""
    return _put_back(place, folder, user, as_json=as_json, is_restored=True)


@click.command("import")
@_folder
@for_user
@as_json
@click.pass_obj
def import_command(place: tuple[Path, Any], folder: Path, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Go on from an export in an empty place, on whichever database, as if nothing had happened."""
    return _put_back(place, folder, user, as_json=as_json, is_restored=False)


@click.command("tidy")
@click.option("--dry-run", is_flag=True, help="only say what would go")
@as_json
@click.pass_obj
def tidy_command(place: tuple[Path, Any], dry_run: bool, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Remove what need not be kept any longer: landed rows of people, old jobs, bad values, scratch."""
    found = tidy(open_world(*place), dry=dry_run)
    if as_json:
        show.answer(_tidied(found))
    else:
        megabytes = found.bytes / (1 << 20)
        verb = "would go" if dry_run else "are gone"
        show.line(
            f"{found.segments:,} segments ({megabytes:.1f} MB), {found.jobs:,} jobs, {found.effects:,} effects, "
            f"{found.values:,} values of problems and {found.folders:,} folders of scratch {verb}."
        )
    return 0


def _written(place: tuple[Path, Any], folder: Path, *, as_json: bool) -> int:
    found = write_copy(open_world(*place), folder)
    if as_json:
        show.answer(_copied(found))
    else:
        show.line(f"{folder} holds revision {found.revision}: {found.rows:,} rows and {found.files:,} files.")
    return 0


def _put_back(place: tuple[Path, Any], folder: Path, user: str | None, *, as_json: bool, is_restored: bool) -> int:
    world, begun = put_back(place[0], folder, actor(user), is_restored=is_restored)
    world.database.dispose()
    if as_json:
        show.answer(_begun(begun))
        return 0
    copied = begun.copied
    show.line(f"{place[0]} goes on from revision {copied.revision}: {copied.rows:,} rows, {copied.files:,} files.")
    if is_restored:
        rows = [(feed, cursor, revision) for feed, (cursor, revision) in begun.cursors.items()]
        show.table("Where each feed goes on", ("feed", "cursor", "since revision"), rows, empty="no feed has run")
        show.line(f"{begun.doubted} effects waited, and may have been sent since: `syncd outbox list`.")
        show.line(f"{len(begun.asked)} jobs wait for a worker, to catch up with the sources.")
    return 0


def _copied(one: Copied) -> Document:
    return {"revision": one.revision, "rows": one.rows, "files": one.files, "digest": one.digest}


def _begun(one: Begun) -> Document:
    return {
        **_copied(one.copied),
        "epoch": one.epoch,
        "cursors": [
            {"feed": feed, "cursor": cursor, "since_revision": revision}
            for feed, (cursor, revision) in one.cursors.items()
        ],
        "unsure_effects": one.doubted,
        "jobs": [f"T{number}" for number in one.asked],
    }


def _tidied(one: Tidied) -> Document:
    return {
        "segments": one.segments,
        "bytes": one.bytes,
        "jobs": one.jobs,
        "effects": one.effects,
        "values": one.values,
        "messages": one.messages,
        "folders": one.folders,
    }
