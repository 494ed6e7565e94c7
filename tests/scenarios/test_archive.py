"""Files that are read once: claimed, read, and moved into an archive when all they said is kept."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.file.claims import claim_of
from domain.errors import FixAccess
from syncd import pipeline, settle
from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.scenarios.world import ROOT, World, table


@pytest.fixture
def tidy(company: World) -> World:
    """The company, whose files go into an archive from now on."""
    company.settings["sources"]["hr"] |= {"path": "inbox/people*.csv", "archive": "done"}
    company.save()
    for path in (company.folder / "inbox").iterdir():
        path.unlink()
    return company


def inbox(world: World) -> list[str]:
    return sorted(path.name for path in (world.folder / "inbox").iterdir())


def archived(world: World) -> list[str]:
    folder = world.folder / "done"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_goes_into_the_archive_once_its_run_has_completed(tidy: World):
    """And the next run has nothing to read: nothing is proposed, nobody is missing, what was proposed waits on."""
    said = tidy.run(with_cells(COMPANY, "01001", title="Lead"))
    assert (said.code, said["pending"], inbox(tidy), archived(tidy)) == (0, 1, [], ["people.csv"])
    again = tidy.run()
    assert (again.code, again["outcome"], again["read"], again["absent"]) == (0, "completed", 0, 0)
    assert again["message"] == "nothing waits to be read"
    assert tidy.one()["fields"] == {"title": {"before": "Rep", "after": "Lead"}}
    assert len(tidy.roster()) == 20


def test_files_of_one_name_stand_beside_each_other_in_the_archive(tidy: World):
    """The second and the third with the run that read them; none is written over."""
    for title in ("Rep", "Lead", "Rep"):
        assert tidy.run(with_cells(COMPANY, title=title)).code == 0
    assert archived(tidy) == ["people.R3.csv", "people.R4.csv", "people.csv"]
    assert "Lead" in (tidy.folder / "done" / "people.R3.csv").read_text()


def test_a_read_that_failed_or_is_held_and_a_dry_run_leave_their_files(tidy: World):
    """Somebody has to look at them; after the release the same file is read, and goes."""
    tidy.send(with_cells(COMPANY, hired="soon"))
    assert (tidy.run().code, tidy.run(dry=True).code, inbox(tidy), archived(tidy)) == (4, 4, ["people.csv"], [])
    held = tidy.run(COMPANY[:10])
    assert (held.code, inbox(tidy), archived(tidy)) == (3, ["people.csv"], [])
    assert tidy.call("hold", "release", held["run"], "--reason", "we are ten").code == 0
    assert (tidy.run(dry=True).code, inbox(tidy)) == (0, ["people.csv"])
    assert (tidy.run().code, inbox(tidy), archived(tidy)) == (0, [], ["people.csv"])


def test_k02_the_same_bytes_under_another_name_are_archived_with_the_first(tidy: World):
    """Read once; both are out of the way."""
    tidy.send(COMPANY)
    tidy.send(COMPANY, name="people-2.csv")
    said = tidy.run()
    assert (said.code, said["read"], said["proposed"], inbox(tidy)) == (0, 20, 0, [])
    assert archived(tidy) == ["people-2.csv", "people.csv"]


def test_files_that_are_older_than_the_newest_go_with_it(tidy: World):
    """Or the next run would take the second newest for the newest, and turn the clock back."""
    tidy.settings["sources"]["hr"]["each"] = "newest"
    tidy.save()
    tidy.send(with_cells(COMPANY, title="Trainee"), name="people-1.csv")
    tidy.send(with_cells(COMPANY, title="Lead"), name="people-2.csv")
    assert tidy.run()["pending"] == 20
    assert (inbox(tidy), archived(tidy)) == ([], ["people-1.csv", "people-2.csv"])
    assert {one["fields"]["title"]["after"] for one in tidy.pending()} == {"Lead"}


def test_a_file_that_came_while_another_of_its_name_was_read_is_not_archived_unread(
    tidy: World, monkeypatch: pytest.MonkeyPatch
):
    """It is another file: it waits for the next run."""

    def late(*args: Any) -> None:
        settle.end(*args)
        tidy.send(with_cells(COMPANY, "01002", title="Lead"))

    tidy.send(with_cells(COMPANY, "01001", title="Lead"))
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "end", late)
        said = tidy.run()
    assert (said.code, inbox(tidy), archived(tidy)) == (0, ["people.csv"], [])
    assert [(one["code"], one["severity"]) for one in said["problems"]] == [("not_archived", "warning")]
    assert (tidy.run()["pending"], archived(tidy)) == (1, ["people.csv"])
    assert tidy.one()["employee_id"] == "01002"


def test_what_waits_for_somebody_is_tried_again_though_no_file_came(tidy: World):
    """A sale of a newcomer: its file is in the archive when they become known."""
    tidy.settings["sources"]["deals"] = {"kind": "file", "path": "inbox/deals.csv", "archive": "done"}
    tidy.settings["feeds"]["deals"] = {"source": "deals", "into": "transactions", "mapping": "mappings/deals.yaml"}
    fields = "date: Day, owner: {from: Rep, by: employee_id}, amount: {from: Sum, type: money, currency: {value: USD}}"
    tidy.write("mappings/deals.yaml", f"key: No\nfields: {{{fields}}}\n")
    tidy.save()
    tidy.write("inbox/deals.csv", "No,Day,Rep,Sum\n1,2026-01-05,02001,5\n")
    said = tidy.call("run", "deals")["runs"][0]
    assert (said["quarantined"], archived(tidy)) == (1, ["deals.csv"])
    assert tidy.run([*COMPANY, someone("02001")]).code == 0
    said = tidy.call("run", "deals")["runs"][0]
    assert (said["loaded"], said["quarantined"]) == (1, 0)


def test_a_run_with_nothing_to_read_forgets_no_day(tidy: World):
    """A file of an earlier day than the last one is refused, however many runs found nothing in between."""
    tidy.settings["sources"]["hr"]["as_of"] = {"from": "name", "pattern": r"people-(\d{8})", "format": "%Y%m%d"}
    tidy.save()
    tidy.send(COMPANY, name="people-20260131.csv")
    assert [tidy.run().code for _ in range(3)] == [0, 0, 0]
    tidy.send(with_cells(COMPANY, title="Trainee"), name="people-20251231.csv")
    said = tidy.run()
    assert (said.code, said["problems"][0]["code"], inbox(tidy)) == (4, "older", ["people-20251231.csv"])
    assert tidy.call("run", "people", "--accept-older").code == 0
    assert inbox(tidy) == []


def test_one_source_that_is_archived_feeds_one_feed(company: World):
    """The second would never see a file."""
    company.settings["sources"]["hr"]["archive"] = "done"
    company.settings["feeds"]["others"] = {"source": "hr", "into": "participants", "mapping": "mappings/people.yaml"}
    company.save()
    said = company.call("check")
    assert said.code == 2
    assert "takes its files away once `people` has read them" in said.error["problems"][0]["message"]


@pytest.mark.parametrize("folder", ["../done", "/done", "link", "done*", ""])
def test_an_archive_outside_the_workspace_is_a_mistake(tidy: World, folder: str):
    (tidy.folder / "link").symlink_to(tidy.folder.parent)
    tidy.settings["sources"]["hr"]["archive"] = folder
    tidy.save()
    tidy.send(COMPANY)
    assert tidy.run().code == 2
    assert inbox(tidy) == ["people.csv"]


# --- two readers


def claimed_by(world: World, process: int, *, host: str | None = None, ago: timedelta = timedelta(0)) -> str:
    """Let another reader have claimed the file."""
    at = (datetime.now(UTC) - ago).isoformat()
    said = {"host": host or socket.gethostname(), "process": process, "by": "another", "at": at}
    world.write(claim_of("inbox/people.csv"), json.dumps(said))
    return json.dumps(said)


def a_dead_process() -> int:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_file_that_another_reader_has_is_left_to_it(tidy: World):
    """Not even the others are read: together they are one read."""
    tidy.send(COMPANY)
    tidy.send(COMPANY[:5], name="people-1.csv")
    theirs = claimed_by(tidy, os.getppid())
    said = tidy.run()
    assert (said.code, said["outcome"]) == (4, "failed")
    assert f"is being read by process {os.getppid()}" in said["message"]
    assert (tidy.folder / claim_of("inbox/people.csv")).read_text() == theirs
    assert inbox(tidy) == [".people.csv.claim", "people-1.csv", "people.csv"]
    assert tidy.run(dry=True)["read"] == 25, "a dry run takes nothing away"


@pytest.mark.parametrize("left_by", ["dead", "old", "broken"])
def test_the_claim_of_a_killed_run_is_taken_over(tidy: World, left_by: str):
    tidy.send(COMPANY)
    match left_by:
        case "dead":
            claimed_by(tidy, a_dead_process())
        case "old":
            claimed_by(tidy, 1, host="elsewhere", ago=timedelta(hours=2))
        case _:
            tidy.write(claim_of("inbox/people.csv"), '{"host": "elsewh')
    assert (tidy.run().code, inbox(tidy), archived(tidy)) == (0, [], ["people.csv"])


def test_a_claim_of_another_machine_holds_for_an_hour(tidy: World):
    tidy.send(COMPANY)
    claimed_by(tidy, 1, host="elsewhere", ago=timedelta(minutes=59))
    assert tidy.run().code == 4


# --- killed

KILL = """
import os, sys
from syncd import pipeline
there = pipeline.{name}
def killed(*args, **named):
    if {after}:
        there(*args, **named)
    os._exit(9)
pipeline.{name} = killed
from syncd.cli import main
main(sys.argv[1:])
"""


def killed(world: World, name: str, *, after: bool = False) -> None:
    """Run the feed in a process that is gone at a function of the pipeline, before or after what it does."""
    program = KILL.format(name=name, after=after)
    options = ["--workspace", str(world.folder), "--today", str(world.today)]
    done = subprocess.run([sys.executable, "-c", program, *options, "run", "people"], cwd=ROOT, check=False)
    assert done.returncode == 9


@pytest.mark.parametrize(("name", "after"), [("end", False), ("end", True), ("archive", False), ("release", False)])
def test_a_run_that_is_killed_loses_no_file_and_reads_none_for_nothing(
    tidy: World, name: str, after: bool, monkeypatch: pytest.MonkeyPatch
):
    """Before its outcome is written down the file is there; after it, it is there too, and brings nothing new."""
    tidy.send(with_cells(without(COMPANY, "01020"), "01001", title="Lead"))
    killed(tidy, name, after=after)
    is_archived = name == "release"
    assert (archived(tidy) == ["people.csv"]) is is_archived
    monkeypatch.setattr("syncd.world.clock", lambda: datetime.now(UTC) + timedelta(minutes=2))  # its lease is over
    said = tidy.run()
    assert (said.code, archived(tidy)) == (0, ["people.csv"])
    assert sorted(one["kind"] for one in tidy.pending()) == ["termination", "update"]
    assert [name for name in inbox(tidy) if name != ".people.csv.claim"] == []


def test_a_file_that_may_not_be_moved_is_told_and_nothing_is_lost(tidy: World, monkeypatch: pytest.MonkeyPatch):
    def refused(*_: object) -> bool:
        raise FixAccess("the archive is full")

    tidy.send(with_cells(COMPANY, "01001", title="Lead"))
    with monkeypatch.context() as patch:
        patch.setattr("connectors.file.folder.Folder.move", refused)
        said = tidy.run()
    assert (said.code, said["pending"], inbox(tidy)) == (0, 1, ["people.csv"])
    assert "could not be archived: the archive is full" in said["problems"][0]["message"]
    assert tidy.run()["pending"] == 1


def test_a_claim_that_cannot_be_taken_back_ends_no_run(tidy: World, monkeypatch: pytest.MonkeyPatch):
    """What the run came to stands; whoever comes within the hour waits."""

    def refused(*_: object) -> None:
        raise FixAccess("the folder is read-only now")

    tidy.send(COMPANY)
    with monkeypatch.context() as patch:
        patch.setattr("connectors.file.folder.Folder.remove", refused)
        said = tidy.run()
    assert (said.code, archived(tidy), inbox(tidy)) == (0, ["people.csv"], [".people.csv.claim"])


def test_a_file_without_an_archive_is_read_again_each_time(company: World):
    """As ever: nothing claims it, nothing moves it."""
    assert (company.run(COMPANY)["unchanged"], company.run()["unchanged"]) == (20, 20)
    assert inbox(company) == ["people.csv"]
    assert table(COMPANY) == (company.folder / "inbox" / "people.csv").read_text()
