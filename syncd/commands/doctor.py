"""`doctor`: what an operator checks first; readiness for a container's probe; a bundle for who is asked for help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from domain.errors import FixFile, Refused
from syncd import show
from syncd.documents import Document
from syncd.operation.bundle import finding_documents, write_bundle
from syncd.operation.doctor import Finding, State, installation, program, readiness, sources
from syncd.options import as_json
from syncd.world import World, found_world

_WRONG, _WARNED = 5, 1


@click.command("doctor")
@click.option("--ready", is_flag=True, help="only whether work can be done here now, for a probe")
@click.option("--online", is_flag=True, help="read every source once, too")
@click.option("--bundle", type=click.Path(path_type=Path, dir_okay=False), help="write a zip for who is asked for help")
@as_json
@click.pass_obj
def doctor_command(place: tuple[Path, Any], ready: bool, online: bool, bundle: Path | None, as_json: bool) -> int:  # noqa: FBT001 - click's
    """Look at the installation, change nothing, say what to do. Exit code 1: with warnings; 5: something is wrong."""
    found = list(program()) if not ready else []
    world = _world(place[0], found)
    if world is not None:
        found += readiness(world) if ready else installation(world)
        if online and not _is_wrong(found):
            found += sources(world, show.Progress(quiet=as_json))
    written = _bundle(world, found, bundle) if bundle is not None else None
    if as_json:
        document: Document = {"checks": finding_documents(found), "ready": not _is_wrong(found)}
        show.answer({**document, **({"bundle": written} if written is not None else {})})
    else:
        show.table("Doctor", ("check", "", "found", "what to do"), [_row(one) for one in found])
        if written is not None:
            show.line(f"{bundle} holds {', '.join(written)}, and no value of a record.")
    if _is_wrong(found):
        return _WRONG
    return _WARNED if not ready and any(one.state is State.WARNING for one in found) else 0


def _world(folder: Path, found: list[Finding]) -> World | None:
    try:
        world = found_world(folder)
    except FixFile as error:
        what = f"{len(error.mistakes) or 1} mistakes in files"
        found.append(Finding("configuration", State.WRONG, what, "`syncd check` lists them"))
        return None
    found.append(Finding("configuration", State.OK, f"{len(world.workspace.texts)} files, no mistakes"))
    return world


def _bundle(world: World | None, found: list[Finding], bundle: Path) -> list[str]:
    if world is None or any(one.check == "database" and one.state is State.WRONG for one in found):
        raise Refused("there is no bundle without configuration and database: mend what `syncd doctor` finds first")
    return write_bundle(world, found, bundle)


def _is_wrong(found: list[Finding]) -> bool:
    return any(one.state is State.WRONG for one in found)


def _row(one: Finding) -> tuple[str, str, str, str | None]:
    return (one.check, "ok" if one.state is State.OK else one.state.value.upper(), one.what, one.remedy)
