"""Sends what waits in the outbox, one effect after the other.

Taken in one transaction, confirmed in a second right before it is sent, written down in a third. Killed between the
last two nobody knows whether it went: the next sender sends it again under the same key, by which whoever receives it
can tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.errors import FixAccess, FixFile, LeaseLost, Refused, SyncError, TryLater
from store.database import writing
from store.outbox import (
    EffectState,
    HeldEffect,
    confirm,
    finish_effect,
    give_up,
    put_off,
    take_effect,
)
from syncd.configuration.settings import Mail, Webhook
from syncd.outside.delivering import KIND
from syncd.outside.mail import send_mail
from syncd.outside.message import message_of
from syncd.outside.webhook import post
from syncd.outside.write_back import deliver_rows
from syncd.world import World, roots_of


@dataclass(frozen=True, slots=True)
class Sending:
    """What became of one effect; `code` is of what kept it from being sent."""

    held: HeldEffect
    state: EffectState | None
    code: str | None = None


def send_next(world: World, worker: str) -> Sending | None:
    """Send the effect that has waited longest; None where none is due. State None: another sender has taken it."""
    with writing(world.database) as tx:
        held = take_effect(tx, SENDERS, worker, world.now())
    if held is None:
        return None
    try:
        return _send(world, held)
    except LeaseLost as lost:
        return Sending(held, None, lost.code)


def _send(world: World, held: HeldEffect) -> Sending:
    try:
        deliver = SENDERS[held.asked.kind](world, held)
        with writing(world.database) as tx:
            confirm(tx, held, world.now())
        receipt = deliver()
    except LeaseLost:
        raise
    except SyncError as error:
        return Sending(held, _not_sent(world, held, error), error.code)
    except Exception:  # noqa: BLE001 - the outermost shell of what nobody watches: the next effect is sent all the same
        with writing(world.database) as tx:
            return Sending(held, put_off(tx, held, "fault", world.now()), "fault")
    with writing(world.database) as tx:
        finish_effect(tx, held, receipt, world.now())
    return Sending(held, EffectState.SENT)


def _not_sent(world: World, held: HeldEffect, error: SyncError) -> EffectState:
    with writing(world.database) as tx:
        if isinstance(error, TryLater | FixAccess):
            return put_off(tx, held, error.code, world.now())
        give_up(tx, held, error.code, world.now())
        return EffectState.FAILED


def _by_email(world: World, held: HeldEffect) -> Callable[[], str]:
    way = _way(world, held)
    if not isinstance(way, Mail):
        raise Refused(f"{held.asked.target} is no longer told by e-mail")
    message = message_of(world, held)
    password = way.password.read(roots_of(world)) if way.password else None
    return lambda: send_mail(way, password, message)


def _by_webhook(world: World, held: HeldEffect) -> Callable[[], str]:
    way = _way(world, held)
    if not isinstance(way, Webhook):
        raise Refused(f"{held.asked.target} is no longer told by webhook")
    message, secret = message_of(world, held), way.secret.read(roots_of(world))
    return lambda: post(way.url, secret, message, world.now())


def _way(world: World, held: HeldEffect) -> Mail | Webhook:
    channel = world.workspace.alerts.get(held.asked.target)
    if channel is None:
        raise FixFile(f"`alerts` no longer names {held.asked.target}")
    return channel.way


#: What makes an effect of each kind ready; what that gives sends it, and gives the receipt.
SENDERS: Mapping[str, Callable[[World, HeldEffect], Callable[[], str]]] = {
    "email": _by_email,
    "webhook": _by_webhook,
    KIND: deliver_rows,
}
