"""`run`: pull and stage feeds now."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from domain.change import State
from domain.errors import FixFile
from domain.problem import Severity
from store.database import reading
from store.people import people_of
from store.runs import RunState
from syncd import show
from syncd.daemon.asking import ask_runs
from syncd.documents import Document, change_about, problem_document
from syncd.facts.known import must_have_feeds
from syncd.feeds.report import RunReport
from syncd.options import as_json, feed_named
from syncd.periods import must_cut_as_paid
from syncd.pipeline import sync
from syncd.world import World, actor, open_world

_PROBLEMS_SHOWN = 40


@click.command("run")
@click.argument("feeds", nargs=-1)
@click.option("--dry-run", is_flag=True, help="compare and show; write nothing down")
@click.option("--by-worker", is_flag=True, help="let a worker do it: the feeds' jobs wait from now on")
@click.option("--accept-older", is_flag=True, help="read a file though it speaks of an earlier day than the last one")
@as_json
@click.pass_obj
def run_command(
    place: tuple[Path, Any],
    feeds: tuple[str, ...],
    dry_run: bool,  # noqa: FBT001 - click passes options so
    accept_older: bool,  # noqa: FBT001 - as above
    by_worker: bool,  # noqa: FBT001 - as above
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """Pull and stage feeds now: all of them, or those named."""
    world = open_world(*place)
    chosen = [feed_named(world, name) for name in feeds or world.workspace.in_order]
    if by_worker:
        if dry_run or accept_older:
            raise FixFile("--by-worker asks for an ordinary run: leave --dry-run and --accept-older out")
        return _ask(world, [feed.name for feed in chosen], as_json=as_json)
    with reading(world.database) as tx:
        must_have_feeds(tx, world)
        must_cut_as_paid(tx, world.workspace)
    progress = show.Progress(quiet=as_json)
    reports = []
    for feed in chosen:
        reports.append(sync(world, feed, progress, dry=dry_run, accept_older=accept_older))
        if not as_json:
            show_report(reports[-1], dry=dry_run)
    if as_json:
        show.answer({"runs": [report_document(world, report, dry=dry_run) for report in reports]})
    return worst(report.exit_code for report in reports)


def _ask(world: World, names: Iterable[str], *, as_json: bool) -> int:
    """Let a job wait for each feed; where one does already that will do."""
    found = ask_runs(world, names, actor(None))
    if as_json:
        show.answer({"jobs": [{"feed": name, "job": f"T{job}" if job else None} for name, job in found.items()]})
        return 0
    for name, job in found.items():
        show.line(f"{name}: T{job} waits for a worker" if job else f"{name}: a job waits already")
    return 0


def worst(codes: Iterable[int]) -> int:
    """Give the exit code of several: the first of 2, 4, 3, 5, 1 that is among them."""
    found = set(codes)
    return next((code for code in (2, 4, 3, 5, 1) if code in found), 0)


def report_document(world: World, report: RunReport, *, dry: bool) -> Document:
    """One run as the contract writes it."""
    document: Document = {
        "run": f"R{report.run}",
        "feed": report.feed,
        "outcome": report.state.value,
        **{name: report.counters[name] for name in report.counted},
        "problems": [problem_document(one) for one in report.problems],
        "hold": _hold_document(world, report),
        "mapping_changed": report.mapping_changed,
        "message": report.message,
    }
    if dry:
        document["changes"] = change_documents(world, report)
    return document


def change_documents(world: World, report: RunReport) -> list[Document]:
    """The changes of a run, with the names of whom they are about."""
    with reading(world.database) as tx:
        known = people_of(tx, {change.person for change in report.changes})
    return [change_about(change, known.get(change.person)) for change in report.changes]


def show_report(report: RunReport, *, dry: bool = False) -> None:
    """Show a run to a person: what it read, what it found, what is wrong, what is held."""
    counters = report.counters
    show.line("")
    kind = "dry run" if dry else f"run R{report.run}"
    show.line(
        f"{report.feed}: {kind} {report.state.value.replace('_', ' ')}" + (", nothing was written down" if dry else "")
    )
    if report.message and not any(one.message == report.message for one in report.problems):
        show.line(f"  {report.message}")
    if counters["read"] or report.state is not RunState.FAILED:
        show.table("Rows", report.counted, [[counters[name] for name in report.counted]])
    _show_kinds(report)
    _show_problems(report)
    if report.hold:
        reason, _, since = report.hold
        show.line(f"HELD: {reason}")
        show.line(f"  Look at it with `syncd changes --state held`; then `syncd hold release R{since} --reason ...`,")
        show.line("  or put the source right and run again.")
    for state, number in report.let_go.items():
        if number:
            show.line(f"{number:,} earlier changes are {state.value}: the source no longer asks for them.")
    if counters["pending"] and not dry and report.state is not RunState.HELD:
        show.line(
            "Decide with `syncd changes --state pending`, `syncd approve ID...` and `syncd reject ID... --reason ...`."
        )
    found = report.new or counters["pending"] or counters["loaded"] or report.let_go.total()
    if report.state is RunState.COMPLETED and not found:
        show.line("Nothing changed.")


def _show_kinds(report: RunReport) -> None:
    states = (State.PENDING, State.HELD, State.APPLIED, State.SUPPRESSED)
    kinds = sorted({kind for kind, _ in report.new})
    rows = [[kind.value, *(report.new[kind, state] for state in states)] for kind in kinds]
    if rows:
        show.table("New in this run", ("kind", *(state.value for state in states)), rows)


def _show_problems(report: RunReport) -> None:
    rows = [
        [
            "error" if one.severity is Severity.ERROR else "warning",
            one.place or "",
            one.key or "",
            one.message,
        ]
        for one in report.problems[:_PROBLEMS_SHOWN]
    ]
    if rows:
        show.table("Problems", ("", "where", "key", "what, and what to do"), rows)
    if len(report.problems) > _PROBLEMS_SHOWN:
        show.line(f"... and {len(report.problems) - _PROBLEMS_SHOWN:,} more: use --json to see all")


def _hold_document(world: World, report: RunReport) -> Document | None:
    if report.hold is None:
        return None
    reason, affected, since = report.hold
    with reading(world.database) as tx:
        known = people_of(tx, {person for person, _ in affected})
    return {
        "reason": reason,
        "affected": [
            {
                "participant": f"P{person}",
                "employee_id": known[person].employee_id if person in known else None,
                "why": why,
            }
            for person, why in affected
        ],
        "since_run": f"R{since}",
    }
