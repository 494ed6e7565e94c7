"""Somebody agrees to a connection: sent to the other side, back with an answer that only we can have asked for."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from connectors.opening import consent_of
from connectors.sealing import seal, unseal
from domain.errors import FixFile, Refused
from domain.value import digest
from store.audit import Act
from store.connections import Agreement, answer_agreement, ask_agreement
from store.database import writing
from syncd.access.noting import begin_act, note
from syncd.configuration.settings import SourceSettings
from syncd.connecting.keeper import keep_first
from syncd.world import Actor, World, roots_of

#: How long somebody may take to agree.
LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where somebody is sent to agree to the connection of a source."""

    source: str
    address: str


def begin_connection(world: World, name: str, actor: Actor) -> Asked:
    """Send somebody to agree. `FixFile`: there is no such source, or its `auth` needs nobody to."""
    source, state = _source_named(world, name), secrets.token_urlsafe(32)
    begun = consent_of(source.kind).begin(source.settings, roots_of(world), state)
    sealed = seal(json.dumps({"verifier": begun.verifier}))
    now = world.now()
    with writing(world.database) as tx:
        ask_agreement(tx, Agreement(digest(state), source.name, sealed, actor.name, now + LASTS), now)
    return Asked(source.name, begun.address)


def finish_connection(world: World, name: str, answer: str, actor: Actor) -> str:
    """Keep the tokens that somebody's agreement gives; `answer` is the address that the browser was sent back to.

    `Refused` where nobody was sent who comes back with this, or somebody else was, or they did not agree.
    Errors: `FixAccess`, `TryLater` of the other side.
    """
    source, said = _source_named(world, name), _read(answer)
    if "state" not in said:
        raise FixFile("that is no address that a browser comes back to: copy all of it, from https:// on")
    with writing(world.database) as tx:
        asked = answer_agreement(tx, digest(said["state"]), world.now())
    if asked is None or (asked.source, asked.by) != (source.name, actor.name):
        raise Refused(
            f"nobody who agrees to {source.name} now was sent out with this: begin again with `syncd connect "
            f"{source.name}`, and come back within {LASTS.seconds // 60} minutes"
        )
    if "code" not in said:
        raise Refused(f"{source.name} was not agreed to: begin again with `syncd connect {source.name}`")
    verifier = json.loads(unseal(asked.sealed))["verifier"]
    kept = consent_of(source.kind).finish(source.settings, roots_of(world), said["code"], verifier)
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "connect")
        keep_first(tx, world, source.name, kept, actor.name)
        note(tx, world, revision, Act("connect source", f"source {source.name}"), actor)
    return source.name


def _source_named(world: World, name: str) -> SourceSettings:
    found = {one.source.name: one.source for one in world.workspace.feeds.values()}
    found |= {one.source.name: one.source for one in world.workspace.write_back.values()}
    if name not in found:
        raise FixFile(f"nothing reads or writes a source '{name}'; there is {', '.join(sorted(found))}")
    return found[name]


def _read(answer: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.strip()).query).items()}
