"""A copy of an installation as open files, made while it runs, and put back into an empty place.

    manifest.json       what it is, of which revision, and the SHA-256 of everything else; written last
    tables/NAME.jsonl   a table, a JSON object a row: of one moment (`store.open_form`)
    var/...             exactly the files that those rows name, each compared with the digest in its row
    workspace/...       the files of the configuration, as they were

The database is read first. A file that it names and that changed or is gone fails the copy. A copy without its manifest
is none. Putting it back checks every digest before anything is written; the files come first and the database last, in
one transaction: killed anywhere, the same command goes on.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from domain.errors import FixFile, Refused
from store.audit import Act, record
from store.database import HEAD, migrate, migration_of, open_database, reading, writing
from store.epochs import begin_epoch, cursors
from store.head import current_revision, take_revision
from store.jobs import Act as JobAct
from store.jobs import enqueue
from store.named_files import named_files
from store.open_form import clear, columns_of, finish, is_untouched, put, rows_of, table_names
from store.outbox import doubt_all
from syncd.configuration.workspace import WORKSPACE_FILE, load_workspace
from syncd.world import Actor, World, on_its_day, url_of

MANIFEST = "manifest.json"
_FORM = "syncd copy 1"
#: Folders under var/ of which a copy has files; the others hold caches and scratch.
_KEPT = ("landing", "facts", "results")


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds: its revision, rows and files, and its digest."""

    revision: int
    rows: int
    files: int
    digest: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What was begun from a copy.

    cursors   where each feed goes on
    doubted   how many effects waited, of which nobody knows whether they were sent since
    asked     the jobs by which sources are caught up with
    """

    copied: Copied
    epoch: int | None
    cursors: dict[str, tuple[str | None, int | None]]
    doubted: int
    asked: tuple[int, ...]


def write_copy(world: World, target: Path) -> Copied:
    """Write a copy into a folder that is not there yet, or empty."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FixFile(f"{target} is not empty: name a folder that is, or that is not there yet")
    (target / "tables").mkdir(parents=True)
    with reading(world.database) as tx:
        tables = [_write_table(tx, target, name) for name in table_names()]
        named, revision = named_files(tx), current_revision(tx)
    files = []
    for one in named:
        source = world.workspace.var / one.path
        if not source.is_file():
            raise Refused(f"var/{one.path} is gone: give the command again; if it stays so, `syncd audit verify`")
        if _copy(source, target / "var" / one.path) != one.sha256:
            raise Refused(f"var/{one.path} is not what was written: put it back from an earlier copy")
        files.append({"path": f"var/{one.path}", "sha256": one.sha256})
    files += _write_configuration(world, target / "workspace")
    manifest = {
        "form": _FORM,
        "made": world.now().isoformat(),
        "program": _version(),
        "tables": tables,
        "files": files,
        "migration": HEAD,
        "revision": revision,
    }
    content = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
    _write(target / MANIFEST, content)
    return Copied(revision, sum(one["rows"] for one in tables), len(files), hashlib.sha256(content).hexdigest())


def put_back(folder: Path, source: Path, actor: Actor, *, is_restored: bool) -> tuple[World, Begun]:
    """Put a copy into an empty workspace.

    `is_restored`: time has gone by since it was made, so that a new epoch begins, nothing that waited is sent, and
    every feed is caught up with; otherwise it goes on as it was. `Refused` where the place is not empty.
    """
    manifest, digest = _manifest(source)
    if not (folder / WORKSPACE_FILE).is_file():
        for one in _under(manifest["files"], "workspace"):
            _copy(source / one, folder / Path(one).relative_to("workspace"))
    workspace = load_workspace(folder)
    _refuse_other_files(workspace.var, manifest)
    workspace.var.mkdir(exist_ok=True)
    database = open_database(url_of(workspace))
    try:
        _refuse_touched(database)
        migrate(database)
        for one in _under(manifest["files"], "var"):
            _copy(source / one, folder / one)
        world = on_its_day(workspace, database, None)
        with writing(database) as tx:
            clear(tx)
            for table in manifest["tables"]:
                put(tx, table["name"], table["columns"], _rows(source, table))
            finish(tx, *_pay_runs(source, manifest))
            begun = _begin(tx, world, manifest, digest, actor, is_restored=is_restored)
    except BaseException:
        database.dispose()
        raise
    return world, begun


def _begin(
    tx: Connection, world: World, manifest: dict[str, Any], digest: str, actor: Actor, *, is_restored: bool
) -> Begun:
    now = world.now()
    act = "restore" if is_restored else "import"
    revision = take_revision(tx, now, act)
    epoch, doubted, asked = None, 0, []
    if is_restored:
        made = datetime.fromisoformat(manifest["made"])
        epoch = begin_epoch(tx, manifest["revision"], made, actor.name, now)
        doubted = doubt_all(tx, now)
        for name in world.workspace.in_order:
            number = enqueue(tx, JobAct.RUN, world.workspace.feeds[name].name, by=act, now=now)
            asked += [number] if number is not None else []
    record(
        tx, revision, [Act(act, f"copy of revision {manifest['revision']}", digest)], at=now, by=actor.account,
        for_user=actor.for_user, configuration=world.configuration_hash,
    )  # fmt: skip
    rows = sum(table["rows"] for table in manifest["tables"])
    copied = Copied(manifest["revision"], rows, len(manifest["files"]), digest)
    return Begun(copied, epoch, cursors(tx), doubted, tuple(asked))


# --- writing


def _write_table(tx: Connection, target: Path, name: str) -> dict[str, Any]:
    path, rows, hashed = f"tables/{name}.jsonl", 0, hashlib.sha256()
    with (target / path).open("wb") as file:
        for row in rows_of(tx, name):
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            file.write(line)
            hashed.update(line)
            rows += 1
        os.fsync(file.fileno())
    return {"name": name, "path": path, "columns": columns_of(name), "rows": rows, "sha256": hashed.hexdigest()}


def _write_configuration(world: World, target: Path) -> list[dict[str, str]]:
    folder, pattern = world.workspace.folder, world.workspace.plans
    texts = {one.path: one.text.encode() for one in world.workspace.texts}
    for path in sorted(folder.glob(pattern)) if pattern else ():
        texts[path.relative_to(folder).as_posix()] = path.read_bytes()
    for name, content in texts.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        _write(target / name, content)
    return [
        {"path": f"workspace/{name}", "sha256": hashlib.sha256(content).hexdigest()} for name, content in texts.items()
    ]


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        os.fsync(file.fileno())


def _copy(source: Path, target: Path) -> str:
    """Copy a file and give the digest of what was written; a file that is there already is written anew."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file, source.open("rb") as read:
        shutil.copyfileobj(read, file, 1 << 20)
        os.fsync(file.fileno())
    return _digest(target)


def _version() -> str:
    try:
        return importlib.metadata.version("syncd")
    except importlib.metadata.PackageNotFoundError:
        return "of this source tree"


# --- reading


def _manifest(source: Path) -> tuple[dict[str, Any], str]:
    """Give the manifest of a copy and its digest, everything that it names looked at."""
    path = source / MANIFEST
    if not path.is_file():
        raise FixFile(f"{source} holds no {MANIFEST}: it is no copy, or one that was never finished")
    content = path.read_bytes()
    try:
        manifest: dict[str, Any] = json.loads(content)
    except ValueError:
        raise FixFile(f"{path} cannot be read: use another copy") from None
    if manifest.get("form") != _FORM:
        raise FixFile(f"{path} is of another form: use the program that made it")
    if manifest["migration"] != HEAD:
        raise Refused(
            f"the copy has tables {manifest['migration']}, this program {HEAD}: put it back with the program that "
            f"made it ({manifest['program']}), then upgrade"
        )
    for one in (*manifest["tables"], *manifest["files"]):
        place = source / one["path"]
        if ".." in Path(one["path"]).parts or Path(one["path"]).is_absolute():
            raise FixFile(f"{path} names {one['path']}, which lies outside of the copy")
        if not place.is_file() or _digest(place) != one["sha256"]:
            raise FixFile(f"{one['path']} is not what the copy says it is: use another copy")
    return manifest, hashlib.sha256(content).hexdigest()


def _pay_runs(source: Path, manifest: dict[str, Any]) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    table = next(one for one in manifest["tables"] if one["name"] == "pay_run")
    return table["columns"], _rows(source, table)


def _rows(source: Path, table: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    columns = table["columns"]
    with (source / table["path"]).open(encoding="utf-8", newline="\n") as file:
        for line in file:
            row = json.loads(line)
            yield tuple(row[column] for column in columns)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _under(files: Sequence[dict[str, str]], folder: str) -> list[str]:
    return [one["path"] for one in files if one["path"].startswith(f"{folder}/")]


# --- whether the place is empty


def _refuse_touched(database: Engine) -> None:
    if migration_of(database) is None:
        return
    with reading(database) as tx:
        if not is_untouched(tx):
            raise Refused("the database is not empty: a copy is put into a place where nothing has happened yet")


def _refuse_other_files(var: Path, manifest: dict[str, Any]) -> None:
    ours = {Path(one).relative_to("var").as_posix() for one in _under(manifest["files"], "var")}
    for name in _KEPT:
        for path in (var / name).rglob("*"):
            if path.is_file() and path.relative_to(var).as_posix() not in ours:
                raise Refused(f"{path} is there already: put a copy into a workspace whose var/ is empty")
