"""`secrets new-key`, `secrets seal`, `secrets seal-again`: what is kept sealed, and with which key."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from connectors.sealing import new_key
from store.audit import Act
from store.database import writing
from syncd import show
from syncd.access.noting import begin_act, note
from syncd.commands.acting import as_user
from syncd.connecting.sealing_again import seal_everything, seal_file
from syncd.options import as_json
from syncd.world import actor, open_world


@click.group("secrets")
def secrets_command() -> None:
    """Secrets at rest: sealed with the keys in SYNCD_SECRET_KEY, or in the file that SYNCD_SECRET_KEY_FILE names."""


@secrets_command.command("new-key")
@as_json
def new_key_command(as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Print a key that nobody has yet. It is kept nowhere: put it first in SYNCD_SECRET_KEY."""
    if as_json:
        show.answer({"key": new_key()})
    else:
        show.line(new_key())
    return 0


@secrets_command.command("seal")
@click.argument("path")
@as_json
@click.pass_obj
def seal_command(place: tuple[Path, Any], path: str, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Keep what comes on standard input sealed in PATH (secrets/crm.sealed), for `{file: PATH}` in a configuration."""
    secret = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    written = seal_file(open_world(*place), path, secret)
    if as_json:
        show.answer({"file": written})
    else:
        show.line(f"{written} holds it, sealed.")
    return 0


@secrets_command.command("seal-again")
@as_user
@as_json
@click.pass_obj
def seal_again_command(place: tuple[Path, Any], user: str | None, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Seal everything again with the first key; the keys behind it can then be taken away."""
    world, who = open_world(*place), actor(user)
    done = seal_everything(world)
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "seal again")
        note(tx, world, revision, Act("seal secrets again", "secrets"), who)
    if as_json:
        show.answer({"connections": list(done.connections), "files": list(done.files)})
    else:
        show.line(f"Sealed again: {len(done.connections)} connections, {len(done.files)} files.")
    return 0
