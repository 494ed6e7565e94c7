"""What a person does by hand, and what must not be lost or falsified by it."""

from __future__ import annotations

import shutil

import pytest

from tests.scenarios.people import COMPANY, crowd, someone, with_cells
from tests.scenarios.world import World
from tests.servers import Database


def test_a_last_day_set_by_hand_is_the_one_that_is_kept(company: World):
    """The ending counts from the day after; another first day beside it is refused, never reinterpreted."""
    company.on("2026-02-10")
    wrong = company.call("set", "01002", "termination_date=2026-03-31", "--from", "2026-02-20", "--reason", "leaves")
    assert (wrong.code, "--from 2026-04-01" in wrong.error["message"]) == (2, True)
    company.set("01002", "termination_date=2026-03-31", start="2026-04-01")
    assert company.roster("2026-03-31")["01002"]["termination_date"] == "2026-03-31"
    assert "01002" not in company.roster("2026-04-01")


def test_an_ending_has_no_end(company: World):
    company.on("2026-02-10")
    said = company.call(
        "set", "01003", "status=terminated", "--from", "2026-03-01", "--to", "2026-03-10", "--reason", "away"
    )
    assert (said.code, "on_leave" in said.error["message"]) == (2, True)


def test_an_id_is_claimed_once_in_a_batch(company: World):
    """Two changes that give one id: the first is applied, the second refused, and later approvals go on."""
    company.on("2026-02-10")
    for key in ("01004", "01005"):
        company.set(key, "employee_id=99999", start="2026-02-10", approved=False)
    said = company.approve(all=True)
    assert (said.code, len(said["decided"]), len(said["refused"])) == (5, 1, 1)
    assert "belongs to" in said["refused"][0]["reason"]
    taken = company.call("set", "01006", "employee_id=01007", "--from", "2026-02-10", "--reason", "typo")
    assert taken.code == 5


def test_the_last_day_there_is_means_no_end(world: World):
    """9999-12-31 as a last day is no last day; as a first day it is a bad row that stops nobody else."""
    people = crowd(12)
    said = world.run([*with_cells(people, "01001", left="9999-12-31"), someone("2000", hired="9999-12-31")])
    assert (said.code, said["errors"], said["pending"]) == (1, 1, 12)
    assert world.approve(all=True).code == 0
    assert "termination_date" not in world.roster()["01001"]


def test_a_release_ends_when_something_else_was_read(world: World):
    """The same broken export months later is held again."""
    people = crowd(20)
    world.begin(people)
    world.on("2026-02-15")
    first = world.run(people[8:])
    assert first.code == 3
    assert world.call("hold", "release", first["run"], "--reason", "seen").code == 0
    assert world.run(people[8:]).code == 0
    assert world.on("2026-03-15").run(people).code == 0
    assert world.on("2026-07-15").run(people[8:]).code == 3


def test_a_new_database_beside_what_another_one_landed_is_refused(
    company: World, database: Database, monkeypatch: pytest.MonkeyPatch
):
    """Nobody begins anew unasked: rejections and decisions would be forgotten with exit 0."""
    for path in company.folder.joinpath("var").glob("syncd.db*"):
        path.unlink()
    landed = sorted(company.folder.glob("var/landing/*/*"))
    if url := database.fresh():
        monkeypatch.setenv("SYNCD_DATABASE_URL", url)
    said = company.call("participants")
    assert (said.code, "restore" in said.error["message"]) == (5, True)
    assert sorted(company.folder.glob("var/landing/*/*")) == landed
    shutil.rmtree(company.folder / "var")
    assert company.call("participants").code == 0


def test_a_renamed_feed_does_not_ask_twice(world: World):
    """What is pending under the old name is not proposed again under the new one."""
    people = crowd(5)
    world.run(people)
    feeds = world.settings["feeds"]
    feeds["folks"] = feeds.pop("people")
    world.save()
    said = world.call("run")
    assert said.code == 0
    assert len(world.pending()) == 5


@pytest.mark.parametrize(
    ("values", "start", "told"),
    [
        (["manager=01002"], "2026-02-10", "nobody is their own manager"),
        (["hire_date=2206-01-05"], "2026-02-10", "hire_date 2206-01-05 is no day on which anybody began"),
        (["hire_date=1025-01-01"], "2026-02-10", "hire_date 1025-01-01 is no day"),
        (["hire_date=2026-03-01"], "2026-02-10", "employed on 2026-02-10, before the hire date 2026-03-01"),
        (["original_hire_date=2025-06-01"], "2026-02-10", "2025-06-01 is later than the hire date 2025-01-01"),
        (["termination_date=2024-12-31"], "2025-01-01", "its last day is 2024-12-31, before the start on 2025-01-01"),
        (["name="], "2026-02-10", "name cannot be empty"),
        (["status="], "2026-02-10", "status cannot be empty"),
        (["employee_id="], "2026-02-10", "employee_id is the only id they have"),
    ],
)
def test_what_cannot_be_so_is_not_proposed_by_hand(company: World, values: list[str], start: str, told: str):
    """A mistake of whoever typed it: refused with what is wrong, and nothing waits for a decision."""
    company.on("2026-02-10")
    said = company.call("set", "01002", *values, "--from", start, "--reason", "typed")
    assert (said.code, told in said.error["message"]) == (2, True), said.document
    assert (company.pending(), company.changes("rejected")) == ([], [])


def test_everything_that_cannot_be_so_is_said_at_once(company: World):
    company.on("2026-02-10")
    said = company.call(
        "set", "01002", "manager=01002", "name=", "employee_id=", "--from", "2026-02-10", "--reason", "x"
    )
    assert [part in said.error["message"] for part in ("own manager", "only id", "name cannot be empty")] == [True] * 3


def test_who_has_left_is_not_brought_back_by_a_correction(company: World):
    """An ending stands until the source says otherwise; a title of somebody who left may still be corrected."""
    company.on("2026-02-10").set("01002", "termination_date=2026-02-28", start="2026-03-01")
    said = company.call("set", "01002", "status=active", "--from", "2026-03-05", "--reason", "back")
    assert (said.code, "an ending is not taken back" in said.error["message"]) == (2, True)
    assert company.set("01002", "title=Lead", start="2026-03-05")["kind"] == "update"


def test_what_can_be_so_is_proposed_by_hand(company: World):
    """Another manager, an earlier hire date, an emptied title, another id beside the first."""
    company.on("2026-02-10")
    for number, value in enumerate(("manager=01003", "hire_date=2024-12-01", "title=", "partner_id=P-1")):
        company.set(f"0101{number}", value, start="2026-02-10")
    assert company.roster()["01010"]["manager"] == "P3"
    company.set("01013", "employee_id=", start="2026-02-11")


@pytest.mark.parametrize(
    ("values", "start", "told"),
    [
        (["name=Zoe"], "2206-02-01", "first day 2206-02-01 is no day on which anybody began"),
        (["name=Zoe", "hire_date=2026-03-01"], "2026-02-01", "begin on 2026-02-01, before the hire date 2026-03-01"),
        (["name=Zoe", "termination_date=2026-01-31"], "2026-02-01", "last day is 2026-01-31, before they begin"),
        (["title=Rep"], "2026-02-01", "nobody could tell who it is"),
        (["name=Zoe", "hire_date=2026-01-01", "original_hire_date=2026-01-15"], "2026-02-01", "is later than"),
    ],
)
def test_nobody_is_added_who_cannot_be(company: World, values: list[str], start: str, told: str):
    said = company.call("add", *values, "--from", start, "--reason", "typed")
    assert (said.code, told in said.error["message"]) == (2, True), said.document
    assert company.pending() == []


def test_a_source_may_send_what_is_refused_by_hand(world: World):
    """Who leads a company is sent as the own manager: that is for the source to say."""
    world.mapping["fields"]["manager"] = {"from": "team", "type": "participant", "by": "employee_id"}
    world.save()
    world.begin([{**row, "team": "01001"} for row in COMPANY])
    world.on("2026-02-10").run([{**row, "team": "01001"} for row in COMPANY])
    world.approve()
    assert world.roster()["01001"]["manager"] == world.roster()["01002"]["manager"]
