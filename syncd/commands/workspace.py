"""`init`, `check`, `db`: a workspace, its files, its database."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from connectors.opening import open_source
from domain.errors import FixFile
from syncd import show
from syncd.commands.online import show_look
from syncd.configuration.document import all_of
from syncd.configuration.settings import Workspace
from syncd.configuration.workspace import WORKSPACE_FILE, load_workspace
from syncd.configuration.yaml_files import read_file
from syncd.documents import Document
from syncd.online import Look, look_at
from syncd.options import as_json
from syncd.seen.looks import look_document
from syncd.world import open_world, roots_beside

#: The examples that come with the program.
EXAMPLES = Path(__file__).parents[2] / "examples"

_START = {
    "syncd.yaml": """\
# A folder with this file is a workspace. `syncd check` lists every mistake in it.
version: 1
calendars:
  main: {timezone: UTC, pay: monthly}
currency: USD
sources:
  hr: {kind: file, path: inbox/people.csv}
feeds:
  people:
    source: hr
    into: participants
    mapping: mappings/people.yaml
    owns_roster: true
    full: true
""",
    "mappings/people.yaml": """\
# From the columns of inbox/people.csv to our words.
key: Employee ID
fields:
  employee_id: Employee ID
  name: Name
  email: Email
  title: Title
  hire_date: {from: Hired, type: date, format: '%Y-%m-%d'}
  termination_date: {from: Last Day, type: date, format: '%Y-%m-%d'}
""",
}


@click.command("init")
@click.option("--example", metavar="NAME", help="a copy of an example that comes with the program")
@as_json
@click.pass_obj
def init_command(place: tuple[Path, Any], example: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Make a workspace, or a copy of an example."""
    folder = place[0]
    if (folder / "syncd.yaml").exists():
        raise FixFile(f"{folder / 'syncd.yaml'} exists: this is a workspace already")
    if example is None:
        for name, text in _START.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (folder / "inbox").mkdir(exist_ok=True)
    else:
        copy_example(example, folder)
    if as_json:
        show.answer({"workspace": str(folder), "example": example})
    else:
        show.line(f"{folder} is a workspace. Put a file where syncd.yaml says (`path`), then:")
        show.line(f"  syncd --workspace {folder} check")
        show.line(f"  syncd --workspace {folder} run")
    return 0


@click.command("check")
@click.option("--online", is_flag=True, help="look at what every source has, too: columns, values that cannot be used")
@as_json
@click.pass_obj
def check_command(place: tuple[Path, Any], online: bool, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Read every file of the workspace and list all mistakes."""
    workspace = load_workspace(place[0])
    _must_be_inside(workspace)
    files = [text.path for text in workspace.texts]
    document: Document = {"files": files, "feeds": list(workspace.feeds)}
    if not as_json:
        show.line(f"No mistakes in {', '.join(files)}.")
    looks: list[Look] = []
    if online:
        world = open_world(*place)
        progress = show.Progress(quiet=as_json)
        looks = [look_at(world, feed, progress) for feed in world.workspace.feeds.values()]
        document["online"] = [look_document(one) for one in looks]
    if as_json:
        show.answer(document)
    else:
        for look in looks:
            show_look(look)
    broken = any(one.is_broken for one in looks)
    return 4 if broken else 1 if any(one.unusable or one.unreadable for one in looks) else 0


def _must_be_inside(workspace: Workspace) -> None:
    """Refuse files of sources that lie where none may be read. `FixFile` with all of them, as a run would have one."""
    document, mistakes = read_file(workspace.folder, WORKSPACE_FILE, []), []
    for source in {feed.source.name: feed.source for feed in workspace.feeds.values()}.values():
        if source.kind != "file":
            continue  # where those of others lie, only they know
        try:
            open_source(source.kind, source.settings, roots_beside(workspace.folder))
        except FixFile as wrong:
            mistakes += [document.mistake(("sources", source.name, *one.path), one.message) for one in wrong.mistakes]
    if mistakes:
        raise all_of(mistakes)


@click.group("db")
def db_command() -> None:
    """The database."""


@db_command.command("upgrade")
@click.pass_obj
def upgrade_command(place: tuple[Path, Any]) -> int:
    """Bring the database to the newest tables."""
    open_world(*place)
    show.line("The database has the newest tables.")
    return 0


def copy_example(name: str, folder: Path) -> None:
    """Copy an example's workspace. `FixFile` where there is none of that name."""
    source = EXAMPLES / name / "workspace"
    if not source.is_dir():
        known = ", ".join(sorted(path.parent.name for path in EXAMPLES.glob("*/workspace")))
        raise FixFile(f"there is no example {name!r}; there is {known}")
    shutil.copytree(source, folder, dirs_exist_ok=True)
