"""The main job on the bundled example: six files of AdventureWorks people, decided as its admin decides, and their pay.

`./dev run` calls this. The first call makes the workspace and plays the story to its end; a second one finds that
nothing changed. The exit code is 0 when the example shows exactly the problems it declares.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from domain.change import Kind, State
from domain.errors import SyncError
from store.changes import ChangeFilter, changes
from store.database import reading
from store.head import current_revision
from store.history import history_of, roster
from store.named import find_person
from syncd import show
from syncd.changes.decide import Approval, Rejecting, approve, reject
from syncd.commands.roster import show_history, show_roster
from syncd.commands.run import show_report
from syncd.commands.workspace import EXAMPLES, copy_example
from syncd.configuration.workspace import read_plain
from syncd.demo_pay import pay_again, play_pay
from syncd.feeds.report import RunReport
from syncd.names import labels
from syncd.pipeline import sync
from syncd.world import World, actor, open_world

EXAMPLE = "adventureworks"
#: Whose timeline is shown: moved from Canada to the United Kingdom.
SOMEBODY = "00282"
_ROWS_SHOWN = 12


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the example, or show that nothing changed since it was played."""
    options = argparse.ArgumentParser(prog="./dev run", description=__doc__)
    options.add_argument("--workspace", type=Path, default=Path("var/demo"), help="where to play")
    options.add_argument("--again", action="store_true", help="forget what was played, and start anew")
    chosen = options.parse_args(arguments)
    folder: Path = chosen.workspace
    if chosen.again:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        return _play(folder)
    except SyncError as error:
        show.line(f"syncd: {error.message}")
        return 2


def _play(folder: Path) -> int:
    story = read_plain(EXAMPLES / EXAMPLE / "decisions.yaml")
    expected = {one["snapshot"]: one for one in read_plain(EXAMPLES / EXAMPLE / "expected.yaml")}
    if not (folder / "syncd.yaml").exists():
        copy_example(EXAMPLE, folder)
    done = folder / "var" / "played"
    if done.exists():
        return _nothing_changed(folder, story[-1])
    surprises = [surprise for chapter in story for surprise in _chapter(folder, chapter, expected)]
    _look_back(folder, story)
    surprises += play_pay(folder, EXAMPLES / EXAMPLE)
    for surprise in surprises:
        show.line(f"NOT AS DECLARED: {surprise}")
    if surprises:
        return 1
    done.touch()
    show.line("Everything is as the example declares. A second ./dev run finds that nothing changed.")
    return 0


def _chapter(folder: Path, chapter: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    """Let one file arrive, run, and decide; give what is not as declared."""
    name, today = str(chapter["snapshot"]), date.fromisoformat(chapter["today"])
    show.line("")
    show.line(f"=== {today}: the file {name}/people.csv arrives")
    shutil.copyfile(folder / "snapshots" / name / "people.csv", folder / "inbox" / "people.csv")
    world = open_world(folder, today)
    report = _run(world)
    for decision in chapter["decisions"]:
        for verb, wanted in decision.items():
            _decide(world, str(verb), wanted, str(chapter["as"]))
    return _compared(name, report, expected[name])


def _run(world: World) -> RunReport:
    report = sync(world, world.workspace.feeds["people"], show.Progress(quiet=False))
    show_report(report)
    return report


def _decide(world: World, verb: str, wanted: dict[str, Any], user: str) -> None:
    with reading(world.database) as tx:
        key = wanted.get("participant")
        person = find_person(tx, key)[0].id if key else None
        kind = Kind(wanted["kind"]) if "kind" in wanted else None
        found = changes(tx, ChangeFilter(states=(State.PENDING,), kind=kind, participant=person))
    ids = [change.id for change in found]
    reason = wanted.get("reason")
    if verb == "approve":
        outcome = approve(world, ids, Approval(reason), actor(user))
    else:
        outcome = reject(world, ids, Rejecting(str(reason)), actor(user))
    about = " ".join(f"{name} {wanted[name]}" for name in ("kind", "participant") if name in wanted) or "all"
    show.line(f"{user}: {verb} {about}: {len(outcome.decided)} decided" + (f" ({reason})" if reason else ""))


def _compared(name: str, report: RunReport, expected: dict[str, Any]) -> list[str]:
    """Give every difference between a run and what the example declares of it."""
    surprises = []
    if report.state.value != expected["outcome"]:
        surprises.append(f"{name}: outcome {report.state.value}, declared {expected['outcome']}")
    for counter, number in expected["counters"].items():
        if report.counters[counter] != number:
            surprises.append(f"{name}: {counter} {report.counters[counter]}, declared {number}")
    found = sorted(((one.row or 0, one.column) for one in report.problems), key=str)
    declared = sorted(((one["row"], one["column"]) for one in expected["problems"]), key=str)
    if found != declared:
        surprises.append(f"{name}: problems at {found}, declared at {declared}")
    return surprises


def _look_back(folder: Path, story: list[dict[str, Any]]) -> None:
    """Show the roster of two days, and one participant's timeline."""
    world = open_world(folder, date.fromisoformat(story[-1]["today"]))
    with reading(world.database) as tx:
        revision = current_revision(tx)
        days = [date.fromisoformat(story[number]["today"]) for number in (0, -1)]
        rosters = [(day, roster(tx, day, revision, everyone=False)) for day in days]
        (person,) = find_person(tx, SOMEBODY)
        versions = history_of(tx, person.id, revision)
        names = labels(
            tx, (one.version.attributes for found in (versions, *(some for _, some in rosters)) for one in found)
        )
    show.line("")
    for day, found in rosters:
        sellers = [one for one in found if one.version.attributes.get("territory")]
        show_roster(f"Roster of {day}, those with a territory", sellers, names, limit=_ROWS_SHOWN + 8)
    show_history(f"{SOMEBODY} {person.name}", versions, names)


def _nothing_changed(folder: Path, last: dict[str, Any]) -> int:
    """Read every file once more: nothing is proposed, loaded or adjusted a second time."""
    report = _run(open_world(folder, date.fromisoformat(last["today"])))
    surprises = [f"people: {number} changes are proposed"] if (number := report.counters["proposed"]) else []
    surprises += pay_again(folder, EXAMPLES / EXAMPLE)
    for surprise in surprises:
        show.line(f"NOT AS BEFORE: {surprise}")
    show.line("The example has been played; `./dev run --again` plays it anew. Look around with")
    show.line(f"  .venv/bin/syncd --workspace {folder} participants --as-of 2018-07-31")
    show.line(f"  .venv/bin/syncd --workspace {folder} explain 00276 2020-02")
    return 1 if surprises else report.exit_code


if __name__ == "__main__":
    sys.exit(main())
