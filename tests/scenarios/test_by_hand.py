"""What a person does by hand, and what must not be lost or falsified by it."""

from __future__ import annotations

import shutil

import pytest

from tests.scenarios.people import crowd, someone, with_cells
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
