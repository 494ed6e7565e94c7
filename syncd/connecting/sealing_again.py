"""Everything that is sealed, sealed again with the first key: afterwards the keys behind it are of no use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from connectors.sealing import seal, sealed_again
from connectors.secret import SEALED
from domain.errors import FixFile, TryLater
from store.connections import ConnectionRecord, connections, seal_again
from store.database import reading, writing
from syncd.world import World

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed again: connections by their source, files by their path in the workspace."""

    connections: tuple[str, ...]
    files: tuple[str, ...]


def seal_everything(world: World) -> Sealed:
    """Seal tokens and files again. `FixAccess` where one cannot be opened: nothing of that one has changed."""
    with reading(world.database) as tx:
        kept = connections(tx)
    for one in kept:
        _seal_connection(world, one)
    folder, files = world.workspace.folder, []
    for path in sorted(folder.rglob(f"*{SEALED}")):
        if not path.is_relative_to(world.workspace.var):
            _write(path, sealed_again(path.read_text(encoding="utf-8").strip()))
            files.append(path.relative_to(folder).as_posix())
    return Sealed(tuple(one.source for one in kept), tuple(files))


def seal_file(world: World, name: str, secret: str) -> str:
    """Keep a secret sealed in a file of the workspace; gives its path. `FixFile` where it may not be there."""
    folder = world.workspace.folder.resolve()
    path = (folder / name).resolve()
    if path.suffix != SEALED or not path.is_relative_to(folder):
        raise FixFile(f"a sealed secret lies in the workspace, and its name ends with {SEALED}: secrets/crm{SEALED}")
    if not secret:
        raise FixFile("there is no secret: give it on standard input")
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, seal(secret))
    return path.relative_to(folder).as_posix()


def _seal_connection(world: World, seen: ConnectionRecord) -> None:
    """Seal tokens again; those that were renewed meanwhile are sealed with the first key as they are."""
    for _ in range(_TRIES):
        with writing(world.database) as tx:
            if seal_again(tx, seen, sealed_again(seen.sealed)):
                return
        with reading(world.database) as tx:
            seen = next((one for one in connections(tx) if one.source == seen.source), seen)
    raise TryLater(f"the tokens of {seen.source} are renewed again and again: try it later")


def _write(path: Path, content: str) -> None:
    """Write a file whole or not at all, for nobody else to read."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
