"""The secret paths by which messages of a source come: 128 bits, shown once, kept as a digest.

Two may be good at the same time, so that one can be replaced while messages come by the other.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

from connectors.salesforce.settings import Outbound, Settings
from domain.errors import FixFile, Refused
from store.audit import Act
from store.database import asking, writing
from store.head import allocate
from store.outbound import OutboundPath, end_path, good_path, insert_path, outbound_paths
from syncd.access.noting import begin_act, note
from syncd.configuration.settings import FeedSettings
from syncd.world import Actor, World

_BYTES = 16
#: Good paths of one source at the same time.
_GOOD = 2


def make_path(world: World, source: str, who: Actor) -> tuple[OutboundPath, str]:
    """Let messages of a source come by a new path; gives it, and the address to show once.

    Errors: `FixFile` where the source says nothing of messages, or there is no web; `Refused` where two are good.
    """
    if world.workspace.log_in is None:
        raise FixFile("messages come to the web (`syncd web`): say `log_in: {address: ...}` in syncd.yaml")
    _expected(world, source)
    secret = secrets.token_urlsafe(_BYTES)
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "make outbound path")
        good = [one for one in outbound_paths(tx) if one.source == source and one.ended_at is None]
        if len(good) >= _GOOD:
            raise Refused(
                f"{source} has {_GOOD} good paths already: end one of them first, `syncd outbound end W{good[0].id}`"
            )
        made = OutboundPath(allocate(tx, "outbound_path"), source, digest_of(secret), world.now())
        insert_path(tx, made)
        note(tx, world, revision, Act("make outbound path", f"W{made.id}", source), who)
    return made, f"{world.workspace.log_in.address}/outbound/{secret}"


def end(world: World, number: int, who: Actor) -> None:
    """Let no message come by a path any more, at once. `FixFile` where there is none, `Refused` where that was done."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "end outbound path")
        if not end_path(tx, number, world.now()):
            if all(one.id != number for one in outbound_paths(tx)):
                raise FixFile(f"there is no path W{number}: see `syncd outbound list`")
            raise Refused(f"W{number} has ended as it is")
        note(tx, world, revision, Act("end outbound path", f"W{number}"), who)


class KnownPaths:
    """The paths that messages come by, each asked for once: whether one has ended is asked where a message is kept."""

    def __init__(self) -> None:
        """Know none yet."""
        self._known: dict[str, OutboundPath] = {}

    def shown(self, world: World, secret: str) -> OutboundPath | None:
        """Give the path that a secret opens, or opened when it was last asked for; None where it opens none."""
        digest = digest_of(secret)
        if (known := self._known.get(digest)) is not None:
            return known
        with asking(world.database) as tx:
            found = good_path(tx, digest)
        if found is not None:
            self._known[digest] = found
        return found

    def forget(self, path: OutboundPath) -> None:
        """Ask for a path again: it has ended."""
        self._known.pop(path.digest, None)


def digest_of(secret: str) -> str:
    """Give what is kept of a secret; it is random enough that nothing slower is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def expecting(world: World) -> Mapping[str, Outbound]:
    """Give the sources whose messages are expected, with what they say of them."""
    found: dict[str, Outbound] = {}
    for feed in world.workspace.feeds.values():
        settings = feed.source.settings
        if isinstance(settings, Settings) and settings.outbound is not None:
            found[feed.source.name] = settings.outbound
    return found


def feeds_about(world: World, source: str, objects: frozenset[str | None]) -> list[FeedSettings]:
    """Give the feeds that read one of the objects; where one is not known (None), every feed of the source.

    Names of objects are the same in small and capital letters.
    """
    of_source = [one for one in world.workspace.feeds.values() if one.source.name == source]
    named = {one.lower() for one in objects if one is not None}
    return [one for one in of_source if None in objects or (one.stream or "").lower() in named]


def _expected(world: World, source: str) -> Outbound:
    found = expecting(world).get(source)
    if found is None:
        known = ", ".join(sorted(expecting(world))) or "none does"
        raise FixFile(
            f"{source!r} is no source whose messages are expected ({known}): say `outbound: {{organization: 00D.., "
            "actions: [04k..]}` of a Salesforce source that a feed reads"
        )
    return found
