"""The files of the configuration, and whether they count: what two people say of them is `syncd.access.configuring`.

What reads by them (a run, a calculation, an approval) asks `must_count` in the transaction in which it begins.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from domain.configured import Files, Said, not_counting, standing
from domain.errors import Refused
from domain.problem import Mistake
from domain.value import digest
from store.audit import Act, record
from store.configured import ABOUT, LIST, files_kept, files_said, files_text
from store.head import take_revision
from store.landing import keep_configuration
from syncd.configuration.settings import Workspace
from syncd.configuration.workspace import WORKSPACE_FILE
from syncd.configuration.yaml_files import read_text
from syncd.world import Actor, World, actor

#: What of `syncd.yaml` bears on nobody's pay; of each feed when it runs, and how long its rows are kept.
_SILENT = ("alerts",)
_SILENT_OF_FEEDS = ("schedule", "timezone", "missed", "keep")


def files_of(workspace: Workspace) -> Files:
    """Give the files of a workspace as they are."""
    return Files(
        {one.path: _meaning(one.path, one.text) for one in workspace.texts},
        {one.path: digest(one.path, one.text) for one in workspace.texts},
        workspace.four_eyes,
    )


def must_count(tx: Connection, world: World, revision: int | None = None) -> None:
    """Refuse what would read by files that do not count; where four eyes begin, say that these do.

    `revision`: what the transaction has taken, where it has.
    """
    said = files_said(tx)
    if not said and world.workspace.four_eyes:
        say(tx, world, Said.BEGUN, files_of(world.workspace), None, actor(None), revision)
    if told := not_counting_yet(tx, world):
        raise Refused(told)


def not_counting_yet(tx: Connection, world: World) -> str | None:
    """Say which files do not count, and what to do; None where all do."""
    counts = standing(files_said(tx)).counts
    if counts is None or not (changed := not_counting(files_kept(tx, counts.files), files_of(world.workspace))):
        return None
    return (
        f"the configuration is not the one that counts since {counts.at:%Y-%m-%d}, {', '.join(changed)} changed: "
        "`configuration show` says how; `configuration publish` and then somebody else's `configuration approve` make "
        "it count"
    )


def say(
    tx: Connection, world: World, said: Said, files: Files, reason: str | None, who: Actor, revision: int | None
) -> None:
    """Write down that somebody says something of some files, and keep them; `revision` where one is taken."""
    revision = take_revision(tx, world.now(), said.value) if revision is None else revision
    for one in world.workspace.texts:
        keep_configuration(tx, one.path, one.text, world.now())
    kept = keep_configuration(tx, LIST, files_text(files), world.now())
    record(
        tx, revision, [Act(said.value, ABOUT, kept, reason)], at=world.now(), by=who.account, for_user=who.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip


def _meaning(path: str, text: str) -> str:
    """Give the digest of what a file says that may bear on pay."""
    mistakes: list[Mistake] = []
    said: Any = read_text(path, text.encode(), mistakes).data
    if path == WORKSPACE_FILE:
        feeds = {
            name: {key: value for key, value in feed.items() if key not in _SILENT_OF_FEEDS}
            for name, feed in said["feeds"].items()
        }
        said = {key: value for key, value in {**said, "feeds": feeds}.items() if key not in _SILENT}
    return digest(said)
