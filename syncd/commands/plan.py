"""`plan check`, `diff`, `publish`, `approve`, `list`, `test`: how one can earn, and since when that counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from calc.pay_run import committed_periods
from domain.step import FOREVER
from store.database import reading
from store.pay_runs import pay_runs
from store.plans import PlanVersion, plan_versions
from syncd import show
from syncd.commands.acting import as_user
from syncd.configuration.document import Document
from syncd.documents import change_document
from syncd.options import DAY, as_json, day_of, why
from syncd.options import reason as reason_option
from syncd.plans.assigning import assign
from syncd.plans.examples import Example, Expected
from syncd.plans.files import PlanFile, parsed, published_plan, worked_examples
from syncd.plans.publishing import SHOWN, InForce, approve, check_plans, in_force, publish, waiting
from syncd.world import World, one_of_two, open_world

Json = dict[str, Any]


@click.group("plan")
def plan_command() -> None:
    """Plans: a file is checked, published by one person, approved by another, and holds from a day."""


@plan_command.command("check")
@as_json
@click.pass_obj
def check_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Read every plan file and list all mistakes."""
    world = open_world(*place)
    files = check_plans(world)
    if as_json:
        show.answer({"files": [one.path for one in files], "plans": [one.plan.plan for one in files]})
    elif files:
        show.line(f"No mistakes in {', '.join(one.path for one in files)}.")
    else:
        show.line("There are no plans: `plans: plans/*.yaml` in syncd.yaml says where they are.")
    return 0


@plan_command.command("list")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List what was published, by whom, who approved it, and when it holds."""
    world = open_world(*place)
    documents = list(_versions(world).values())
    if as_json:
        show.answer(documents)
        return 0
    names = ("version", "plan", "state", "from", "until", "published_by", "approved_by", "file")
    show.table("Plans", names, [[one[name] for name in names] for one in documents])
    return 0


@plan_command.command("publish")
@click.argument("file")
@click.option("--from", "start", type=DAY, help="the first day it holds (default: today)")
@reason_option(required=False)
@as_user
@as_json
@click.pass_obj
def publish_command(
    place: tuple[Path, Any],
    file: str,
    start: datetime | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Publish the text of a plan; it counts once somebody else has approved it."""
    world = open_world(*place)
    who = one_of_two(user, world)
    version = publish(world, file, day_of(start), reason, who)
    if as_json:
        show.answer(_versions(world)[version.id])
    else:
        show.line(
            f"V{version.id} of {version.plan} is published, from {version.start}: somebody else has to approve it"
        )
        show.line(f"  syncd plan approve {version.plan}@V{version.id}")
    return 0


@plan_command.command("assign")
@click.argument("plans", nargs=-1, metavar="[PLAN...]")
@click.option("--from", "start", type=DAY, help="the first day it holds (default: today)")
@reason_option(required=False)
@as_user
@as_json
@click.pass_obj
def assign_command(
    place: tuple[Path, Any],
    plans: tuple[str, ...],
    start: datetime | None,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Propose who is on which plan, by the rules under `memberships`, of everybody on the roster of that day."""
    text, world = why(reason), open_world(*place)
    who = one_of_two(user, world, of_changes=True)
    found = assign(world, plans, day_of(start) or world.today, text, who)
    if as_json:
        told = [change_document(one, None, None) for one in found.proposed]
        show.answer({"proposed": told, "waiting": found.waiting, "outside_pilot": found.outside_pilot})
    else:
        show.line(f"{len(found.proposed):,} are proposed, {found.waiting:,} waited already: approve or reject them")
        if found.outside_pilot:
            show.line(f"{found.outside_pilot:,} others are outside the pilot group: nothing is proposed of them")
    return 0


@plan_command.command("approve")
@click.argument("plan", metavar="PLAN[@VERSION]")
@reason_option(required=False)
@as_user
@as_json
@click.pass_obj
def approve_command(
    place: tuple[Path, Any],
    plan: str,
    reason: str | None,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Approve a published text of a plan: from its day on it counts. Never by who published it.

    Where several texts wait, say which: `reseller@V3`, or the beginning of its hash in place of V3.
    """
    world = open_world(*place)
    who = one_of_two(user, world)
    version = approve(world, plan, reason, who)
    found = _versions(world)[version.id]
    if as_json:
        show.answer(found)
        return 0
    what = f"V{version.id} of {version.plan} ({version.hash[:SHOWN]}, published by {version.publisher}) is approved"
    if found["state"] == "replaced":
        show.line(f"{what}, and holds on no day: see `plan list`")
    else:
        until = f" until {found['until']} (not on)" if found["until"] else ""
        show.line(f"{what}: it holds from {found['from']}{until}")
    if periods := found["affects"]["committed_periods"]:
        show.line(f"It reaches into what is committed: {', '.join(periods)}; the next pay run adjusts these")
    return 0


@plan_command.command("diff")
@click.argument("plan", required=False)
@as_json
@click.pass_obj
def diff_command(place: tuple[Path, Any], plan: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Compare plan files with what was last published of them."""
    world = open_world(*place)
    documents = [one for one in _differences(world) if plan in (None, one["plan"])]
    if as_json:
        show.answer(documents)
        return 0
    rows = [
        (one["plan"], one["version"] or "not published", item["path"], item["published"], item["file"])
        for one in documents
        for item in one["differences"]
    ]
    show.table("Plans that differ from what is published", ("plan", "version", "what", "published", "file"), rows)
    return 0


@plan_command.command("test")
@click.argument("plan", required=False)
@as_json
@click.pass_obj
def test_command(place: tuple[Path, Any], plan: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Work the examples beside plan files (NAME.test.yaml), by the plans as they are saved."""
    world = open_world(*place)
    documents = [
        _example_document(file, example, read.outcome())
        for file in check_plans(world)
        if plan in (None, file.plan.plan)
        for example, read in worked_examples(world.workspace, file)
    ]
    if as_json:
        show.answer(documents)
    else:
        failed = [one for one in documents if not one["passed"]]
        show.line(f"{len(documents):,} examples, {len(failed):,} do not come out")
        for one in failed:
            names = ("who", "component", "period", "expected", "found", "reason")
            rows = [[item[name] for name in names] for item in one["differences"]]
            show.table(f"{one['plan']}: {one['about']}", names, rows)
    return 0 if all(one["passed"] for one in documents) else 1


def _example_document(file: PlanFile, example: Example, outcome: list[Expected]) -> Json:
    return {
        "plan": file.plan.plan,
        "about": example.about,
        "passed": all(one.holds for one in outcome),
        "amounts": len(outcome),
        "differences": [
            {
                "who": one.who,
                "component": one.component,
                "period": one.period,
                "expected": str(one.expected),
                "found": None if one.found is None else str(one.found),
                "expected_reason": one.expected_reason,
                "reason": one.reason,
            }
            for one in outcome
            if not one.holds
        ],
    }


def _differences(world: World) -> Iterator[Json]:
    """Yield each plan with what differs; a file that was never published differs as a whole."""
    with reading(world.database) as tx:
        newest = {one.plan: one for one in plan_versions(tx)}
    for file in check_plans(world):
        version = newest.get(file.plan.plan)
        yield {
            "plan": file.plan.plan,
            "file": file.path,
            "version": f"V{version.id}" if version else None,
            "differences": _between(_flat(parsed(version)) if version else {}, _flat(file.document)),
        }


def _between(before: Mapping[str, str], after: Mapping[str, str]) -> list[Json]:
    return [
        {"path": path, "published": before.get(path), "file": after.get(path)}
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    ]


def _flat(document: Document) -> dict[str, str]:
    """Give every single value of a document by its path, as it is written."""
    return {
        ".".join(str(step) for step in path): place.scalar.value
        for path, place in document.places.items()
        if place.scalar is not None
    }


def _versions(world: World) -> dict[int, Json]:
    """Give everything that was published, by id."""
    with reading(world.database) as tx:
        found, runs = plan_versions(tx), pay_runs(tx)
    holding = {one.version.id: one for one in in_force(found)}
    wait = {one.id for plan in {one.plan for one in found} for one in waiting(found, plan)}
    documents = {one.id: _version_document(one, holding.get(one.id), waits=one.id in wait) for one in found}
    for one in found:
        calendar = published_plan(one).calendar or world.workspace.calendar.name
        of = [run for run in runs if run.calendar == calendar]
        holds = holding.get(one.id) or (InForce(one, one.start, FOREVER) if one.id in wait else None)
        periods = committed_periods(of, holds.start, holds.end) if holds else ()
        documents[one.id]["affects"] = {"committed_periods": list(periods)}
    return documents


def _version_document(version: PlanVersion, holds: InForce | None, *, waits: bool) -> Json:
    approval = version.approval
    state = "approved" if approval else "published" if waits else "superseded"
    until = holds.end.isoformat() if holds and holds.end != FOREVER else None
    return {
        "version": f"V{version.id}",
        "plan": version.plan,
        "state": state if approval is None or holds else "replaced",
        "from": version.start.isoformat(),
        "until": until,
        "file": version.path,
        "hash": version.hash,
        "published_by": version.publisher,
        "published_at": version.at.isoformat(),
        "approved_by": (approval.for_user or approval.by) if approval else None,
        "approved_at": approval.at.isoformat() if approval else None,
        "reason": version.reason,
    }
