"""Mass-change safeguards."""

from __future__ import annotations

from tests.scenarios.people import crowd
from tests.scenarios.world import World


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
