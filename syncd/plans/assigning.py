"""Who should be on which plan, by the rules of `memberships`: proposed, decided and remembered like any change."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
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


@dataclass(frozen=True, slots=True)
class Assigned:
    """What rules asked for: changes that are new, how many waited already, and who else would have been asked about.

    outside_pilot  people of whom nothing is proposed while a plan is tried out
    """

    proposed: list[Change]
    waiting: int
    outside_pilot: int


def assign(world: World, plans: Collection[str], start: date, reason: str, who: Actor) -> Assigned:
    """Propose what the rules (of some plans) ask for of everybody on the roster of a day.

    `FixFile` where there is no rule of a plan.
    """
    rules = _chosen(world, plans)
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "assign")
        people = roster(tx, start, revision, everyone=False)
        asked, outside = _asked(tx, world, rules, people, start, reason)
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
    return Assigned(proposed, len(waiting), outside)


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
) -> tuple[list[Change], int]:
    """Give what rules ask for, and of how many people something would be asked were nothing tried out."""
    fits = {one.plan: _condition(one.who) for one in rules}
    pilots = {one.plan: _condition(one.pilot) for one in rules if one.pilot is not None}
    refused = _refused(tx, [one.version.person for one in people], world.today)
    asked, outside = [], set[int]()
    for known in people:
        version = known.version
        values, noes = version.attributes, refused.get((version.person, version.engagement), ())
        fitting = [plan for plan, condition in fits.items() if condition(values)]
        tried = [one for one in rules if one.plan not in pilots or pilots[one.plan](values)]
        wanted = asked_values(values, tried, [plan for plan in fitting if plan in {one.plan for one in tried}], noes)
        if wanted:
            found = differences(values, wanted, wanted)
            asked.append(change_by_hand(version.person, version, found, start, None, reason))
        if len(tried) < len(rules) and asked_values(values, rules, fitting, noes) != wanted:
            outside.add(version.person)
    return asked, len(outside)


def _condition(text: str) -> Callable[[Values], bool]:
    condition = parse(text)[0]
    meaning, names = meaning_of(condition), columns_of(condition)
    return lambda values: bool(meaning(_row(values, names)))


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
