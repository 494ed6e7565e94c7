"""Mass-change safeguards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import syncd.world
from tests.scenarios.people import Row, crowd, with_cells
from tests.scenarios.world import World


def test_b04_one_more_than_the_count_holds_before_any_is_applied(world: World):
    """500 of 100,000 in small: 5 of 100 may go, 6 vanish; held as a whole though nobody would have to decide."""
    world.feed["approve"] = [{"kind": "termination"}]
    people = _limited(world, ending=5)
    said = world.run(people[6:])
    assert (said.code, said["outcome"], said["applied"], said["absent"]) == (3, "held", 0, 6)
    assert len(world.roster()) == len(people)
    assert (world.approve()["decided"], len(world.roster())) == ([], len(people))
    assert world.run(people[5:])["outcome"] == "completed"


def test_b06_a_third_of_nine_people_may_vanish(world: World):
    """9 linked, 3 vanish (33 %): not held, below the smallest population."""
    people = crowd(9)
    world.begin(people)
    said = world.run(people[3:])
    assert (said.code, said["outcome"], said["absent"], said["hold"]) == (0, "completed", 3, None)
    assert [one["kind"] for one in world.pending()] == ["termination"] * 3


def test_b08_endings_of_every_cause_count_together(world: World):
    """100 linked: 12 explicit terminations, 9 absences and 1 disable are 22: held."""
    world.use("status")
    people = crowd(100, status="active")
    world.begin(people)
    leaving = [{**one, "left": "2026-01-31"} for one in people[:12]]
    disabled = [{**people[12], "status": "left"}]
    said = world.run([*leaving, *disabled, *people[22:]])
    assert (said.code, said["outcome"], said["absent"]) == (3, "held", 9)
    assert "22 of 100" in said["hold"]["reason"]
    why = [one["why"] for one in said["hold"]["affected"]]
    assert (why.count("ended by the source"), why.count("no longer sent")) == (13, 9)


def test_b10_the_base_is_who_is_active_in_our_store(world: World):
    """100 linked of whom 30 have left; 15 of the 70 active vanish (21.4 %): held."""
    people = [*crowd(70), *crowd(30, first=2001, left="2025-06-30")]
    world.begin(people)
    assert len(world.roster()) == 70
    said = world.run(people[15:])
    assert (said.code, said["outcome"]) == (3, "held")
    assert "15 of 70" in said["hold"]["reason"]
    assert world.run(people[14:])["outcome"] == "completed"


def test_b12_a_release_does_not_carry_over_to_other_content(world: World):
    """A hold on 21 missing was released; the next run shows 35 missing: a new hold."""
    people = crowd(100)
    world.begin(people)
    first = world.run(people[21:])
    assert first.code == 3
    released = world.call("hold", "release", first["run"], "--reason", "the branch was sold")
    assert (released.code, released["pending"]) == (0, 21)
    assert world.run()["outcome"] == "completed"
    second = world.run(people[35:])
    assert (second.code, second["hold"]["since_run"]) == (3, second["run"])
    assert [one["run"] for one in world.call("hold", "list").document] == [second["run"]]


def test_b15_endings_add_up_over_the_days_of_the_limit(world: World):
    """15 % vanish in each of three reads, none approved: the second is held (30 %), as is the third."""
    people = _limited(world, ending="20%", within="7 days")
    assert world.run(people[15:])["outcome"] == "completed"
    second = world.run(people[30:])
    assert (second["outcome"], "30 of 100" in second["hold"]["reason"]) == ("held", True)
    assert world.run(people[45:])["outcome"] == "held"


def test_what_was_approved_counts_until_the_days_are_over(world: World, monkeypatch: pytest.MonkeyPatch):
    """15 % approved, then 15 % more: held with `within`, of those who were there when it began; later it is not."""
    people = _limited(world, ending="20%", within="7 days")
    world.run(people[15:])
    assert world.approve().code == 0
    held = world.run(people[30:])
    assert held["outcome"] == "held"
    assert (
        "30 of 100 active participants would end (15 no longer sent, 15 applied in the last 7 days)"
        in (held["hold"]["reason"])
    )
    monkeypatch.setattr(syncd.world, "clock", lambda: datetime.now(UTC) + timedelta(days=8))
    assert world.run(people[30:])["outcome"] == "completed"


def test_who_came_back_within_the_days_has_not_ended(world: World):
    people = _limited(world, ending="20%", within="7 days")
    world.run(people[15:])
    assert world.approve().code == 0
    world.run(people)
    assert world.approve().code == 0
    assert world.run(people[:85])["outcome"] == "completed"


def test_b17_a_limit_of_one_attribute(world: World):
    """`manager: 25%`; 26 of 100 managers change, 60 titles change: held because of the managers alone."""
    world.use("manager")
    people = _limited(world, attributes={"manager": "25%"}, manager="01001")
    retitled = with_cells(people, *(one["id"] for one in people[40:]), title="Lead")
    assert world.run(retitled)["outcome"] == "completed"
    moved = with_cells(retitled, *(one["id"] for one in people[2:28]), manager="01002")
    said = world.run(moved)
    assert (said.code, said["outcome"]) == (3, "held")
    assert said["hold"]["reason"] == ("changes of manager: 26 changes of manager beside 100 active; the limit is 25%")
    fewer = with_cells(retitled, *(one["id"] for one in people[2:27]), manager="01002")
    assert world.run(fewer)["outcome"] == "completed"


def test_b22_a_count_of_changes(world: World):
    """Limit 5 on changes; 4 people change: not held, all 4 wait. Of 6 the run is held."""
    people = _limited(world, changing=5)
    said = world.run(with_cells(people, *(one["id"] for one in people[:4]), title="Lead"))
    assert (said["outcome"], len(world.pending())) == ("completed", 4)
    assert world.run(with_cells(people, *(one["id"] for one in people[:6]), title="Lead"))["outcome"] == "held"


def _limited(world: World, *, manager: str | None = None, **limits: object) -> list[Row]:
    """A hundred people (with a manager) in a feed with limits."""
    people = crowd(100)
    world.begin(people)
    if manager:
        people = with_cells(people, *(one["id"] for one in people[2:]), manager=manager)
        world.run(people)
        assert world.approve().code == 0
    world.feed["limits"] = limits
    world.save()
    return people
