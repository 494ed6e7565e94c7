"""What is said outside of an alert: names, numbers, codes, and what to do; never a value of a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.alert import AlertKind, text_of, title_of
from domain.errors import Refused
from store.alerts import alert_of
from store.database import reading
from store.outbox import HeldEffect
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Message:
    """What one alert says; `key` is the same however often it is sent."""

    key: str
    kind: AlertKind
    about: str
    facts: Mapping[str, str | int]
    since: datetime

    @property
    def title(self) -> str:
        """Say it in a line."""
        return title_of(self.kind, self.about)

    @property
    def text(self) -> str:
        """Say it with what is known and what to do."""
        return text_of(self.kind, self.about, self.facts)


def message_of(world: World, held: HeldEffect) -> Message:
    """Give what an effect about an alert says. `Refused` where the alert is gone."""
    number = held.asked.payload.removeprefix("alert:")
    with reading(world.database) as tx:
        found = alert_of(tx, int(number))
    if found is None:
        raise Refused(f"the alert {number} is gone")
    return Message(held.asked.key, found.kind, found.about, found.facts, found.since)
