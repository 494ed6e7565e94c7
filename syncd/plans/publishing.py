"""Plans: published by one person, approved by another, in force from a day. Saving a file changes nobody's pay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from calc.check import lasting_ids as ids_of_versions
from calc.plan import Plan
from domain.errors import FixFile, Refused
from domain.member import plans_named
from domain.step import FOREVER
from domain.user import is_same_user
from formula.parse import suggestion
from store.audit import Act, record
from store.database import reading, writing
from store.head import allocate, take_revision
from store.history import versions_of
from store.plans import PlanApproval, PlanVersion, approve_version, plan_versions, publish_version, version_digest
from syncd.access.own import own_name, own_names
from syncd.plans.files import PlanFile, plan_file, plan_files, published_plan
from syncd.world import Actor, World

#: How much of the hash of a text is shown, and how much of it names one.
SHOWN, _HASH = 12, 8


@dataclass(frozen=True, slots=True)
class InForce:
    """A plan version over the days `[start, end)` on which it holds."""

    version: PlanVersion
    start: date
    end: date


def check_plans(world: World) -> tuple[PlanFile, ...]:
    """Read every plan file. Raises `FixFile` with every mistake of every one."""
    with reading(world.database) as tx:
        known = plan_versions(tx)
    return plan_files(world.workspace, texts_of(known))


def publish(world: World, path: str, start: date | None, reason: str | None, actor: Actor) -> PlanVersion:
    """Keep the text of a plan, to be in force from a day (today where none is said) once it is approved.

    The same text for the same day is published once. Errors: `FixFile` with every mistake of the file.
    """
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "publish plan")
        known = plan_versions(tx)
        file = plan_file(world.workspace, path, texts_of(known))
        version = PlanVersion(
            0, file.plan.plan, file.path, file.document.text, file.hash, start or world.today,
            actor.account, world.now(), revision, actor.for_user, reason,
        )  # fmt: skip
        newest = _newest(known, version.plan)
        if newest is not None and (newest.hash, newest.start) == (version.hash, version.start):
            return newest
        version = replace(version, id=allocate(tx, "plan_version"))
        publish_version(tx, version)
        _record(tx, world, revision, "publish plan", version, reason, actor)
    return version


def approve(world: World, named: str, reason: str | None, actor: Actor) -> PlanVersion:
    """Let a published text count: `reseller` where one waits, `reseller@V3` or by its hash where several do.

    The second time it only says so. Errors: `FixFile` where nothing is published under that name, or several wait;
    `Refused` for who published it, for who is paid by it, and for one that an approved one has followed.
    """
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), "approve plan")
        version = _meant(plan_versions(tx), named)
        if version.approval is not None:
            return version
        if is_same_user(actor.name, version.publisher):
            raise Refused(f"{actor.name} published V{version.id} of {version.plan}: somebody else has to approve it")
        if (paid := _paid_by(tx, actor, version)) is not None:
            raise Refused(f"{paid} is paid by {version.plan}: somebody else has to approve it")
        approval = PlanApproval(version.id, actor.account, world.now(), revision, actor.for_user, reason)
        approve_version(tx, approval)
        _record(tx, world, revision, "approve plan", version, reason, actor)
    return replace(version, approval=approval)


def waiting(known: Iterable[PlanVersion], plan: str) -> list[PlanVersion]:
    """Give the texts of a plan that may be approved, the oldest first: those published after the last approved one."""
    own = [one for one in known if one.plan == plan]
    last = max((one.id for one in own if one.approval is not None), default=0)
    return [one for one in own if one.id > last]


def in_force(versions: Iterable[PlanVersion]) -> tuple[InForce, ...]:
    """Give the approved versions, each over the days on which it holds, by plan and day.

    A version holds from its day until the day of the next one, whichever was approved first; of two for the same day
    the one approved later. One that never holds is left out.
    """
    found: dict[tuple[str, date], tuple[int, PlanVersion]] = {}
    for one in versions:
        if one.approval is not None:
            key, approved = (one.plan, one.start), (one.approval.revision, one)
            found[key] = max(found.get(key, approved), approved, key=lambda pair: pair[0])
    ordered = [found[key][1] for key in sorted(found)]
    following: list[PlanVersion | None] = [*ordered[1:], None]
    return tuple(
        InForce(one, one.start, after.start if after is not None and after.plan == one.plan else FOREVER)
        for one, after in zip(ordered, following, strict=False)
    )


def texts_of(versions: Iterable[PlanVersion]) -> dict[str, tuple[Plan, ...]]:
    """Give what was published of each plan and counts, or may come to count, the oldest first."""
    found: dict[str, list[Plan]] = {}
    newest = {one.plan: one.id for one in versions}
    for one in versions:
        if one.approval is not None or newest[one.plan] == one.id:
            found.setdefault(one.plan, []).append(published_plan(one))
    return {plan: tuple(plans) for plan, plans in found.items()}


def lasting_ids(plans: Sequence[Plan]) -> Mapping[str, str]:
    """Give the id that each component of the last of some texts has had for ever, whatever it is called now."""
    return ids_of_versions(plans)[-1] if plans else {}


def _meant(known: Sequence[PlanVersion], named: str) -> PlanVersion:
    plan, _, which = named.partition("@")
    newest, wait = _newest(known, plan), waiting(known, plan)
    if newest is None:
        published = tuple(dict.fromkeys(one.plan for one in known))
        raise FixFile(f"no plan '{plan}' is published{suggestion(plan, published)}: `plan publish FILE` does that")
    if not which:
        if len(wait) > 1:
            raise FixFile(f"several texts of {plan} wait: {_listed(wait)}; say which, as {plan}@V{newest.id}")
        return wait[0] if wait else newest
    found = [one for one in known if one.plan == plan and _is_called(one, which)]
    if len(found) != 1:
        told = f"no text of {plan} is called '{which}'" if not found else f"several are: {_listed(found)}"
        raise FixFile(f"{told}; name one by its number, as {plan}@V{newest.id}")
    if found[0].approval is None and found[0] not in wait:
        raise Refused(
            f"V{found[0].id} of {plan} was followed by one that is approved: publish it again if it is to hold"
        )
    return found[0]


def _paid_by(tx: Connection, actor: Actor, version: PlanVersion) -> str | None:
    """Give the name by which who acts is a participant who is on the plan on a day from which this text counts."""
    own = own_names(tx, actor)
    on_it = (
        person
        for (person, _), post in (versions_of(tx, own.keys()) if own else {}).items()
        for one in post
        if one.version.end > version.start and version.plan in plans_named(one.version.attributes)
    )
    return own_name(own, list(on_it))


def _is_called(version: PlanVersion, which: str) -> bool:
    return which in (f"V{version.id}", f"{version.id}") or (len(which) >= _HASH and version.hash.startswith(which))


def _listed(versions: Iterable[PlanVersion]) -> str:
    return ", ".join(
        f"V{one.id} from {one.start} by {one.publisher} ({one.hash[:SHOWN]})" for one in versions
    )  # fmt: skip


def _newest(known: Iterable[PlanVersion], plan: str) -> PlanVersion | None:
    return max((one for one in known if one.plan == plan), key=lambda one: one.id, default=None)


def _record(
    tx: Connection, world: World, revision: int, act: str, version: PlanVersion, reason: str | None, actor: Actor
) -> None:
    about = f"V{version.id}"
    record(
        tx, revision, [Act(act, about, version_digest(version), reason)], at=world.now(), by=actor.account,
        for_user=actor.for_user, configuration=world.configuration_hash,
    )  # fmt: skip
