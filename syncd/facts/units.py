"""Units as their feeds describe them, as known at a revision."""

from __future__ import annotations

from sqlalchemy import Connection

from domain.facts import FactKind
from domain.units import Unit
from engine.session import open_session
from engine.units import known_units
from syncd.facts.known import facts_as_known
from syncd.world import World


def units_as_known(tx: Connection, world: World, revision: int) -> list[Unit]:
    """Give everything that feeds say of units, by kind, id and day."""
    facts = [one for one in facts_as_known(tx, world, revision) if one.kind is FactKind.UNITS]
    if not facts:
        return []
    with open_session(world.workspace.var) as session:
        return list(known_units(session, facts))
