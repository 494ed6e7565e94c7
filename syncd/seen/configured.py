"""How the configuration stands, for whoever looks at it: does it count, what differs from the one that does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

from sqlalchemy import Connection

from domain.configured import Files, FilesSaid, Standing, not_counting, standing
from store.configured import configuration_text, files_kept, files_said
from store.database import reading
from syncd.catalogue import Said, told
from syncd.configured import files_of
from syncd.documents import Document
from syncd.world import World

_OF_ONE = told("The files count as they are: nobody asks for two people (`four_eyes: true` in syncd.yaml does).")
_FROM_NOW = told("The files count as they are from the next run on; changes of them then take two people.")
_SINCE = told("The files count as they are, since {} by {}.")
_PUBLISHED = told("{} changed and was published by {}: somebody else has to approve it.")
_NEITHER = told("{} changed and does not count: `configuration publish`, then somebody else's `configuration approve`.")


@dataclass(frozen=True, slots=True)
class FileDifference:
    """How a file differs from the one that counts: the lines of a unified diff; of a file that is new or gone all."""

    path: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class SeenConfiguration:
    """How the configuration stands.

    differing   the files for which it does not count; none where it does
    is_waiting  exactly the present files were published, and wait for a second person
    """

    standing: Standing
    four_eyes: bool
    differing: Sequence[FileDifference]
    is_waiting: bool

    @property
    def counts(self) -> bool:
        """Tell whether the files count as they are."""
        return not self.differing


def seen_configuration(world: World) -> SeenConfiguration:
    """Give how the configuration stands, and what differs from the one that counts."""
    present = files_of(world.workspace)
    with reading(world.database) as tx:
        now = standing(files_said(tx))
        counted = files_kept(tx, now.counts.files) if now.counts else None
        waiting = files_kept(tx, now.waits.files) if now.waits else None
        changed = not_counting(counted, present) if counted else ()
        differing = [_difference(tx, world, path, counted) for path in changed if counted]
    is_waiting = waiting is not None and not waiting.differing(present)
    asks = present.four_eyes or (counted is not None and counted.four_eyes)
    return SeenConfiguration(now, asks, differing, is_waiting)


def said_before(world: World) -> list[FilesSaid]:
    """Give what was said of the configuration, in its order."""
    with reading(world.database) as tx:
        return files_said(tx)


def configuration_document(seen: SeenConfiguration) -> Document:
    """Give how the configuration stands as JSON has it."""
    return {
        "four_eyes": seen.four_eyes,
        "counts": seen.counts,
        "is_waiting": seen.is_waiting,
        **standing_document(seen.standing),
        "differing": [{"path": one.path, "lines": list(one.lines)} for one in seen.differing],
    }


def stands(seen: SeenConfiguration) -> Said:
    """Say how the configuration stands, in a sentence."""
    if not seen.four_eyes:
        return Said(_OF_ONE)
    if seen.standing.counts is None:
        return Said(_FROM_NOW)
    if seen.counts:
        return Said(_SINCE, (seen.standing.counts.at.date(), seen.standing.counts.by))
    names = ", ".join(one.path for one in seen.differing)
    if seen.is_waiting and seen.standing.waits:
        return Said(_PUBLISHED, (names, seen.standing.waits.by))
    return Said(_NEITHER, (names,))


def standing_document(now: Standing) -> Document:
    """Give who said what of the files that count, and of those that wait."""
    return {
        "counting": said_document(now.counts) if now.counts else None,
        "waiting": said_document(now.waits) if now.waits else None,
    }


def said_document(one: FilesSaid) -> Document:
    """Give what somebody said of some files."""
    return {
        "act": one.said.value, "files": one.files, "by": one.by, "at": one.at.isoformat(), "reason": one.reason,
    }  # fmt: skip


def _difference(tx: Connection, world: World, path: str, counted: Files) -> FileDifference:
    texts = {one.path: one.text for one in world.workspace.texts}
    before = configuration_text(tx, counted.texts[path]) if path in counted.texts else ""
    lines = unified_diff(
        before.splitlines(), texts.get(path, "").splitlines(), f"{path}, which counts", f"{path}, as it is", "", "",
        lineterm="",
    )  # fmt: skip
    return FileDifference(path, list(lines)[2:])  # which two texts these are is said
