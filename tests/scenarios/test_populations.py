"""Several feeds say who joins and leaves, each of its own population: who goes from one to the other is transferred."""

from __future__ import annotations

import json

import pytest

from tests.scenarios.people import COMPANY, Row, crowd, someone, with_cells, without
from tests.scenarios.world import Document, World, mapping, table

#: Twelve contractors beside the company of twenty.
CONTRACTORS = crowd(12, first=2001, title="Contractor")
WHO = "02001"


@pytest.fixture
def two(world: World) -> World:
    """Employees and contractors, each with a feed that says who joins and leaves; all were approved."""
    world.settings["sources"]["agency"] = {"kind": "file", "path": "inbox/contractors.csv"}
    world.settings["feeds"]["contractors"] = {
        "source": "agency", "into": "participants", "mapping": "mappings/contractors.yaml", "owns_roster": True,
    }  # fmt: skip
    world.write("mappings/contractors.yaml", json.dumps(mapping()))
    world.save()
    world.begin(COMPANY)
    tell(world, CONTRACTORS)
    assert world.approve().code == 0
    return world.on("2026-01-06")


def tell(world: World, rows: list[Row]) -> Document:
    """Let the agency send this, and read it."""
    world.write("inbox/contractors.csv", table(rows))
    return dict(world.call("run", "contractors")["runs"][0])


def kinds(world: World, state: str = "pending") -> list[tuple[str, str]]:
    return sorted((one["kind"], one["feed"]) for one in world.changes(state))


def hired(*cells: str, key: str = WHO) -> list[Row]:
    """The company with somebody who was a contractor, hired on a day."""
    return [*COMPANY, someone(key, hired=cells[0] if cells else "2026-01-06")]


def test_each_population_is_read_in_peace(two: World):
    """Nobody is missing from a feed that another one brings, and each says whose they are."""
    assert two.run(COMPANY)["absent"] == 0
    assert tell(two, CONTRACTORS)["unchanged"] == 12
    roster = two.roster()
    assert (roster["01001"]["population"], roster[WHO]["population"]) == ("people", "contractors")
    assert two.pending() == []


@pytest.mark.parametrize("first", ["people", "contractors"])
def test_e35_who_leaves_one_population_and_enters_another_is_transferred(two: World, first: str):
    """Whichever is read first: no ending waits, the record is linked, and one change takes them over without a gap."""
    two.write("inbox/people.csv", table(hired()))
    two.write("inbox/contractors.csv", table(without(CONTRACTORS, WHO)))
    second = "contractors" if first == "people" else "people"
    assert two.call("run", first, second).code == 0
    assert kinds(two) == [("link", "people")]
    assert two.approve().code == 0
    two.run()
    moved = two.one(kind="transfer")
    assert moved["fields"]["population"] == {"before": "contractors", "after": "people"}
    assert (moved["effective"], moved["fields"]["title"]["after"]) == ("2026-01-06", "Rep")
    assert kinds(two) == [("transfer", "people")]
    assert two.approve().code == 0
    for day in ("2026-01-07", "2026-01-08"):
        two.on(day).run()
        assert tell(two, without(CONTRACTORS, WHO))["absent"] == 0
    assert two.pending() == []
    assert two.history(WHO, "population", "hire_date", "status") == [
        ("2025-01-01", "2026-01-06", "contractors", "2025-01-01", "active"),
        ("2026-01-06", None, "people", "2026-01-06", "active"),
    ]


def moved_over(world: World, day: str = "2026-01-06") -> None:
    """Somebody was hired on a day, and is transferred."""
    tell(world, without(CONTRACTORS, WHO))
    for _ in range(2):
        world.run(hired(day))
        assert world.approve().code == 0


def test_a_termination_of_the_first_says_nothing_beside_the_second(two: World):
    """The agency sends the last day; the day after, they are an employee."""
    left = with_cells(CONTRACTORS, WHO, left="2026-01-05")
    two.run(hired())
    assert two.approve().code == 0
    tell(two, left)
    assert two.pending() == []
    two.run()
    assert kinds(two) == [("transfer", "people")]


def test_with_a_gap_it_is_an_ending_and_a_rehire(two: World):
    two.run(hired("2026-02-01"))
    assert two.approve().code == 0
    tell(two, with_cells(CONTRACTORS, WHO, left="2026-01-10"))
    assert kinds(two) == [("termination", "contractors")]
    assert two.approve().code == 0
    two.on("2026-02-01").run()
    assert kinds(two) == [("rehire", "people")]
    assert two.approve().code == 0
    assert two.roster()[WHO]["population"] == "people"
    assert WHO not in two.roster("2026-01-20")


def test_who_is_hired_later_stays_in_the_first_until_then(two: World):
    """E22 over two populations: entered now, effective in three weeks, asked once."""
    two.run(hired("2026-01-27"))
    assert two.approve().code == 0
    two.run()
    assert two.one()["effective"] == "2026-01-27"
    assert two.approve().code == 0
    two.on("2026-01-10").run()
    tell(two, CONTRACTORS)
    assert two.pending() == []
    assert two.roster("2026-01-26")[WHO]["population"] == "contractors"
    assert two.roster("2026-01-27")[WHO]["population"] == "people"


def test_in_two_populations_on_one_day_is_a_question(two: World):
    """It is asked once, proposes nothing of who enters, and closes by itself."""
    two.run(hired())
    assert two.approve().code == 0
    for _ in range(2):
        assert two.run()["conflicts"] == 1
        assert tell(two, CONTRACTORS)["proposed"] == 0
        (asked,) = two.call("conflicts").document
        assert (asked["kind"], two.pending()) == ("population", [])
    tell(two, without(CONTRACTORS, WHO))
    two.run()
    assert two.call("conflicts").document == []
    assert kinds(two) == [("transfer", "people")]


def test_who_is_still_sent_by_the_first_after_the_transfer_is_asked_about(two: World):
    moved_over(two)
    assert tell(two, CONTRACTORS)["conflicts"] == 1
    assert two.pending() == []


def test_the_second_says_when_they_leave(two: World):
    """Once transferred, absence from the second ends them, whatever the first sends."""
    moved_over(two)
    tell(two.on("2026-01-08"), without(CONTRACTORS, WHO))
    assert two.run(COMPANY)["absent"] == 1
    assert kinds(two) == [("termination", "people")]


def test_a_link_that_was_refused_ends_them_after_all(two: World):
    """Who was said not to be the new record has left the first population."""
    tell(two, without(CONTRACTORS, WHO))
    two.run(hired())
    assert kinds(two) == [("link", "people")]
    two.reject()
    tell(two, without(CONTRACTORS, WHO))
    assert kinds(two) == [("termination", "contractors")]


def test_all_of_a_population_may_be_taken_over(two: World):
    """A held read of nobody is let go when the other population has them; limits count each population's own."""
    everyone = [one["id"] for one in CONTRACTORS]
    tell(two, [])
    assert two.call("hold", "list").document != []
    for _ in range(2):
        two.run([*COMPANY, *(someone(key, hired="2026-01-06") for key in everyone)])
        assert two.approve().code == 0
        said = tell(two, [])
        assert (said["outcome"], said["absent"]) == ("completed", 0)
    assert two.call("hold", "list").document == []
    assert {one["population"] for one in two.roster().values()} == {"people"}


def test_limits_count_the_people_of_one_population(two: World):
    """Three of twelve contractors are more than 20 %, three of 32 were not."""
    assert tell(two, CONTRACTORS[3:])["outcome"] == "held"
    assert two.run(COMPANY[3:])["outcome"] == "completed"


def test_one_file_may_hold_two_populations(world: World):
    """Each feed has its own `where`; who goes from one to the other is out of scope of neither."""
    world.settings["feeds"]["others"] = world.settings["feeds"]["people"] | {"mapping": "mappings/others.yaml"}
    world.write("mappings/others.yaml", json.dumps(mapping() | {"where": "team == 'Agency'"}))
    world.mapping["where"] = "team != 'Agency'"
    world.save()
    rows = [*COMPANY, *with_cells(CONTRACTORS, team="Agency")]
    world.send(rows)
    for _ in range(2):
        world.call("run", "people", "others")
        world.approve()
    assert (len(world.roster()), world.pending()) == (32, [])
    world.on("2026-01-06").send(with_cells(rows, WHO, team="East"))
    world.call("run", "others", "people")
    assert kinds(world) == [("transfer", "people")]
    assert world.approve().code == 0
    world.call("run", "others", "people")
    assert world.pending() == []


def test_who_was_there_before_a_second_population_is_not_asked_about(company: World):
    """Of twenty who were approved under one feed nothing is proposed when a second one says it of others."""
    company.settings["sources"]["agency"] = {"kind": "file", "path": "inbox/contractors.csv"}
    company.settings["feeds"]["contractors"] = company.feed | {"source": "agency"}
    company.save()
    assert company.run(COMPANY)["unchanged"] == 20
    tell(company, CONTRACTORS)
    assert {one["kind"] for one in company.pending()} == {"add"}


def test_a_population_that_is_given_up_holds_nobody_back(two: World):
    """The second feed is gone: whom it had, and the first one has too, is missing there like anybody."""
    tell(two, without(CONTRACTORS, WHO))
    two.run(hired())
    assert two.approve().code == 0
    assert two.roster()[WHO]["population"] == "contractors"
    del two.settings["feeds"]["contractors"], two.settings["sources"]["agency"]
    two.save()
    assert two.on("2026-01-08").run(COMPANY)["absent"] == 1
    assert kinds(two) == [("termination", "people")]


def test_what_a_rule_of_the_population_they_leave_said_is_asked_about_anew(two: World):
    """An intern who earned nothing becomes a contractor, about whom no rule says anything."""
    who = "01001"
    two.mapping["eligible"] = "title != 'Intern'"
    two.save()
    two.run(with_cells(COMPANY, who, title="Intern"))
    two.approve()
    assert two.roster()[who]["eligible"] == "false"
    rows = [*CONTRACTORS, someone(who, hired="2026-01-07", title="Rep")]
    two.on("2026-01-07").run(without(COMPANY, who))
    tell(two, rows)
    two.approve()
    two.run(without(COMPANY, who))
    tell(two, rows)
    change = two.one()
    assert (change["kind"], change["fields"]["eligible"]["after"]) == ("transfer", None)
    two.approve()
    assert two.roster()[who].get("eligible") is None
