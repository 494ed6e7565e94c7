"""Who should be on which plan, by the rules of `memberships`: proposed, decided and remembered like any change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from domain.change import Change, Difference, State
from domain.errors import FixFile
from domain.membership import PLANS, MembershipRule, asked_values
from domain.value import Values
from formula.expression import columns_of
from formula.meaning import Cell, meaning_of
from formula.parse import parse, suggestion
from store.audit import Act, record
from store.changes import ChangeFilter, asked_as, changes, insert_changes
from store.database import writing
from store.head import allocate, take_revision
from store.history import KnownVersion, roster
from store.rejections import rejections_of
from syncd.changes.by_hand import change_by_hand
from syncd.changes.differences import differences
from syncd.world import Actor, World


def assign(world: World, plans: Collection[str], start: date, reason: str, who: Actor) -> tuple[list[Change], int]:
    """Propose what the rules (of some plans) ask for of everybody on the roster of a day; and how much waits already.

    `FixFile` where there is no rule of a plan.
    """
    rules = _chosen(world, plans)
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "assign")
        asked = _asked(tx, world, rules, roster(tx, start, revision, everyone=False), start, reason)
        waiting = asked_as(tx, [one.fingerprint for one in asked])
        fresh = [one for one in asked if one.fingerprint not in waiting]
        first = allocate(tx, "change", len(fresh)) if fresh else 0
        proposed = [
            replace(one, id=number, baseline=revision, state=State.PENDING) for number, one in enumerate(fresh, first)
        ]
        if proposed:
            insert_changes(tx, None, proposed, author=who.name)
            acts = [Act("assign", f"C{one.id}", one.fingerprint, reason) for one in proposed]
            record(
                tx, revision, acts, at=world.now(), by=who.account, for_user=who.for_user,
                configuration=world.configuration_hash,
            )  # fmt: skip
    return proposed, len(waiting)


def _chosen(world: World, plans: Collection[str]) -> list[MembershipRule]:
    rules = world.workspace.memberships
    known = [one.plan for one in rules]
    for plan in plans:
        if plan not in known:
            raise FixFile(f"there is no rule of the plan {plan!r} under `memberships`{suggestion(plan, tuple(known))}")
    if not rules:
        raise FixFile("there is no rule of who is on which plan: say it under `memberships` in syncd.yaml")
    return [one for one in rules if not plans or one.plan in plans]


def _asked(
    tx: Connection, world: World, rules: list[MembershipRule], people: list[KnownVersion], start: date, reason: str
) -> list[Change]:
    conditions = {one.plan: parse(one.who)[0] for one in rules}
    fits = {plan: (meaning_of(condition), columns_of(condition)) for plan, condition in conditions.items()}
    refused = _refused(tx, [one.version.person for one in people], world.today)
    asked = []
    for known in people:
        version = known.version
        values = version.attributes
        fitting = [plan for plan, (meaning, names) in fits.items() if meaning(_row(values, names))]
        wanted = asked_values(values, rules, fitting, refused.get((version.person, version.engagement), ()))
        if wanted:
            found = differences(values, wanted, wanted)
            asked.append(change_by_hand(version.person, version, found, start, None, reason))
    return asked


def _refused(tx: Connection, people: Collection[int], today: date) -> dict[tuple[int, str], list[Difference]]:
    """Give what was refused of the plans of people, by person and post, as long as the rejection is in force."""
    memory = [one for some in rejections_of(tx, people).values() for one in some]
    held = {one.change for one in memory if PLANS in one.values and one.in_force(today)}
    found: dict[tuple[int, str], list[Difference]] = {}
    for change in changes(tx, ChangeFilter(ids=held)) if held else ():
        found.setdefault((change.person, change.engagement), []).extend(change.differences)
    return found


def _row(values: Values, names: Collection[str]) -> Mapping[str, Cell]:
    return {name: value if isinstance(value := values.get(name), str) else None for name in names}
