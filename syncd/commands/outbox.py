"""`outbox list`, `outbox again`, `outbox drop`: what goes outside, and what a person says of what did not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from store.audit import Act, record
from store.database import reading, writing
from store.head import take_revision
from store.outbox import OPEN, EffectRecord, EffectState, drop, effect_of, effects, send_again
from syncd import show
from syncd.commands.acting import as_user
from syncd.documents import Document
from syncd.names import number
from syncd.options import as_json, reason, why
from syncd.outside.delivering import drop_with_effect
from syncd.world import actor, open_world

_SHOWN = 50


@click.group("outbox")
def outbox_command() -> None:
    """Effects outside: e-mails, webhooks, whatever is sent."""


@outbox_command.command("list")
@click.option("--all", "everything", is_flag=True, help="those that were sent or dropped, too")
@click.option("--limit", type=click.IntRange(1), default=_SHOWN, show_default=True, help="the newest so many")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], everything: bool, limit: int, as_json: bool) -> int:  # noqa: FBT001 - click's
    """List what waits, what is being sent, what did not go and what nobody knows of."""
    world = open_world(*place)
    with reading(world.database) as tx:
        found = effects(tx, tuple(EffectState) if everything else OPEN, limit)
    if as_json:
        show.answer([_document(one) for one in found])
        return 0
    rows = [
        (f"E{one.id}", one.kind, one.target, one.payload, one.state.value, one.attempts, one.code, one.reason)
        for one in found
    ]
    show.table("Outbox", ("id", "kind", "to", "about", "state", "tries", "code", "reason"), rows, empty="nothing waits")
    return 0


@outbox_command.command("again")
@click.argument("effect")
@reason(required=True)
@as_user
@as_json
@click.pass_obj
def again_command(place: tuple[Path, Any], effect: str, reason: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Send one that failed, or of which nobody knows, once more. It has the same key: who has it already can tell."""
    return _said(place, effect, reason, user, as_json=as_json, again=True)


@outbox_command.command("drop")
@click.argument("effect")
@reason(required=True)
@as_user
@as_json
@click.pass_obj
def drop_command(place: tuple[Path, Any], effect: str, reason: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - as above
    """Never send one (any more). A delivery that it would have sent is dropped with it."""
    return _said(place, effect, reason, user, as_json=as_json, again=False)


def _said(place: tuple[Path, Any], effect: str, reason: str, user: str | None, *, as_json: bool, again: bool) -> int:
    which, text, who, world = number(effect, "E", "effect"), why(reason), actor(user), open_world(*place)
    with writing(world.database) as tx:
        now, act = world.now(), "send effect again" if again else "drop effect"
        revision = take_revision(tx, now, act)
        (send_again if again else drop)(tx, which, who.name, text, now)
        acts = [Act(act, f"E{which}", reason=text)]
        found = None if again else effect_of(tx, which)
        if found is not None:
            acts += drop_with_effect(tx, found, text, now)
        record(
            tx, revision, acts, at=now, by=who.account, for_user=who.for_user, configuration=world.configuration_hash
        )
    state = EffectState.WAITING if again else EffectState.DROPPED
    if as_json:
        show.answer({"id": f"E{which}", "state": state.value})
    else:
        show.line(f"E{which} is {'sent again' if again else 'dropped'}.")
    return 0


def _document(one: EffectRecord) -> Document:
    return {
        "id": f"E{one.id}",
        "kind": one.kind,
        "to": one.target,
        "about": one.payload,
        "key": one.key,
        "state": one.state.value,
        "asked_at": one.asked_at.isoformat(),
        "not_before": one.not_before.isoformat() if one.state is EffectState.WAITING else None,
        "ended": one.ended_at.isoformat() if one.ended_at else None,
        "attempts": one.attempts,
        "receipt": one.receipt,
        "code": one.code,
        "by": one.by,
        "reason": one.reason,
    }
