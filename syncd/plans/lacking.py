"""Who lacks what on a day, and which feed should have brought it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection

from domain.attributes import MEMBER, QUOTA
from domain.change import OPEN, Change
from domain.facts import MEMBER_KINDS, FactKind
from domain.lacking import ANY_QUOTA, USUAL, attributes_of, lacking
from domain.whose import PLAIN
from mapping.compile import compile_mapping
from mapping.spec import FieldRule
from store.changes import ChangeFilter, changes
from store.database import reading
from store.history import KnownVersion
from store.plans import plan_versions
from syncd.changes.sayings import sayings
from syncd.configuration.settings import FeedSettings, Workspace
from syncd.plans.files import published_plan
from syncd.plans.publishing import in_force
from syncd.world import World


class Why(StrEnum):
    """Why a feed has not brought it."""

    WAITING = "waiting"  #: it has, and nobody has decided yet
    SAYS_NOTHING = "says_nothing"  #: its record of them has no value
    NO_RECORD = "no_record"  #: it has no record of them
    NOT_TAKEN = "not_taken"  #: it has a value that is not taken: rejected, or another source's counts


@dataclass(frozen=True, slots=True)
class Missing:
    """One feed that maps what is lacking, and why it is not there; `change` where one waits."""

    feed: str
    why: Why
    change: int | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """What somebody lacks; `feeds` in the order in which their word counts, none where nobody maps it."""

    what: str
    feeds: tuple[Missing, ...]


def lacks(world: World, found: Sequence[KnownVersion], day: date) -> dict[int, tuple[Lack, ...]]:
    """Say what each of some versions lacks on a day, by the version's id; who lacks nothing is left out."""
    workspace = world.workspace
    bringing = _bringing(workspace)
    with reading(world.database) as tx:
        measures = _measures(tx, day)
        required = workspace.required or _usual(bringing, has_plans=bool(measures))
        missed = {
            one.id: tuple(lacking(one.version.attributes, required, _asked_of(one, measures), day)) for one in found
        }
        among = {one.version.person for one in found if missed[one.id]}
        waiting = _waiting(tx, among)
    if not among:
        return {}
    said = sayings(world, among)
    result: dict[int, tuple[Lack, ...]] = {}
    for one in found:
        of = (one.version.person, one.version.engagement)
        there: dict[str, set[str]] = {}
        for name, many in said.get(of, {}).items():
            for told in many:
                there.setdefault(told.opinion.source, set()).update([name] if told.opinion.value is not None else [])
        result[one.id] = tuple(
            Lack(what, tuple(_missing(feed, what, waiting.get(of, ()), there) for feed in _of(what, bringing)))
            for what in missed[one.id]
        )
    return {number: some for number, some in result.items() if some}


def _missing(feed: FeedSettings, what: str, waiting: Sequence[Change], there: Mapping[str, set[str]]) -> Missing:
    names, of_quota = attributes_of(what), what.startswith(QUOTA)
    for change in waiting:
        dated = f"{what}:" if of_quota else f"{MEMBER}{what}:"
        brings = any(name in names or name.startswith(dated) for name in change.after)
        if change.feed == feed.name and brings:
            return Missing(feed.name, Why.WAITING, change.id)
    if of_quota or feed.into.facts is not None or feed.source.name not in there:
        return Missing(feed.name, Why.NO_RECORD)
    is_said = not there[feed.source.name].isdisjoint(names)
    return Missing(feed.name, Why.NOT_TAKEN if is_said else Why.SAYS_NOTHING)


def _bringing(workspace: Workspace) -> dict[str, list[FeedSettings]]:
    """Give the feeds that bring each attribute, memberships and quotas too, in the order in which their word counts."""
    found: defaultdict[str, list[FeedSettings]] = defaultdict(list)
    for feed in workspace.feeds.values():
        if feed.into.facts is None:
            form = compile_mapping(feed.mapping, workspace.attributes, None, workspace.tables)
            for name in form.attributes:
                found[name].append(feed)
        elif feed.into.facts is FactKind.QUOTAS:
            found[ANY_QUOTA].append(feed)
        elif feed.into.facts is FactKind.MEMBERSHIPS:
            rule = feed.mapping.fields["kind"]
            always = rule.value if isinstance(rule, FieldRule) else None
            for name in (always,) if always else MEMBER_KINDS:
                found[name].append(feed)
    for name, feeds in found.items():
        whose = workspace.whose.get(name, PLAIN)
        feeds.sort(key=lambda feed: (whose.rank(feed.source.name), feed.name))
    return dict(found)


def _of(what: str, bringing: Mapping[str, list[FeedSettings]]) -> list[FeedSettings]:
    names = [ANY_QUOTA] if what.startswith(QUOTA) else attributes_of(what)
    return list({feed.name: feed for name in names for feed in bringing.get(name, ())}.values())


def _usual(bringing: Mapping[str, object], *, has_plans: bool) -> tuple[str, ...]:
    """Give what is usually required and comes from anywhere; plan and quota wherever there are plans."""
    return tuple(
        name
        for name in USUAL
        if any(one in bringing for one in attributes_of(name)) or (has_plans and name in ("plan", ANY_QUOTA))
    )


def _measures(tx: Connection, day: date) -> dict[str, frozenset[str]]:
    """Give the measures of which each plan in force on a day asks for a quota."""
    found = {}
    for one in in_force(plan_versions(tx)):
        if one.start <= day < one.end:
            plan = published_plan(one.version)
            found[plan.plan] = plan.asks_quota_of
    return found


def _asked_of(one: KnownVersion, measures: Mapping[str, frozenset[str]]) -> frozenset[str]:
    held = one.version.attributes.get("plans") or ()
    plans = {*(held if isinstance(held, tuple) else (held,)), one.version.attributes.get("plan")}
    return frozenset[str]().union(*(measures.get(str(plan), frozenset()) for plan in plans))


def _waiting(tx: Connection, persons: set[int]) -> dict[tuple[int, str], list[Change]]:
    found: defaultdict[tuple[int, str], list[Change]] = defaultdict(list)
    for change in changes(tx, ChangeFilter(states=OPEN, participants=persons)) if persons else ():
        found[change.person, change.engagement].append(change)
    return found
