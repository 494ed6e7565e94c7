"""Is the read complete?"""

from __future__ import annotations

import pytest

from tests.scenarios.people import COMPANY, crowd, someone, with_cells
from tests.scenarios.world import World, table


def test_a02_a_read_that_ends_normally_and_brings_less_than_half_is_held(world: World):
    """Of 500 people 200 arrive, and the source states no total: held, nothing approvable."""
    people = crowd(500)
    world.begin(people)
    said = world.run(people[:200])
    assert (said.code, said["outcome"], said["absent"], said["pending"]) == (3, "held", 300, 0)
    assert "300 of 500" in said["hold"]["reason"]
    assert len(said["hold"]["affected"]) == 300
    held = world.changes("held")
    assert len(held) == 300
    assert world.approve(held[0]).code == 3
    assert world.approve().document == {"decided": [], "refused": [], "batch": None}
    assert len(world.roster()) == 500


@pytest.mark.parametrize(("bad", "code", "outcome"), [(40, 1, "completed_with_errors"), (41, 4, "failed")])
def test_a10_up_to_two_fifths_of_the_rows_may_be_bad(world: World, bad: int, code: int, outcome: str):
    """100 rows, exactly 40 fail, the limit is 40 %: completed with errors. 41 fail the run."""
    said = world.run([*crowd(bad, hired="soon"), *crowd(100 - bad, first=2001)])
    assert (said.code, said["outcome"], said["read"], said["errors"]) == (code, outcome, 100, bad)
    assert len([one for one in said["problems"] if one["code"] == "not_a_date"]) == bad
    assert len(world.pending()) == (100 - bad if code == 1 else 0)


def test_a12_a_part_that_may_not_be_read_any_more_is_named_in_the_hold(world: World):
    """The source's user loses access to a region, and 60 of 100 rows return, without an error."""
    world.mapping["fields"]["region"] = "phone"
    world.save()
    world.begin([*crowd(60, phone="South"), *crowd(38, first=2001, phone="North"), *crowd(2, first=3001, phone="Alps")])
    said = world.run([*crowd(60, phone="South")])
    assert (said.code, said["outcome"], said["absent"]) == (3, "held", 40)
    assert said["hold"]["reason"].endswith(
        "by region: North 38 of 38, Alps 2 of 2; may the source still be read there?"
    )
    assert world.call("hold", "list")[0]["reason"] == said["hold"]["reason"]


def test_a13_a_narrowed_scope_filter_is_held_and_named_as_such(world: World):
    """The admin narrows the filter, and 40 of 100 fall outside: held; "out of scope", not "deleted in source"."""
    world.begin([*crowd(60), *crowd(40, first=2001, team="West")])
    world.mapping["where"] = "team != 'West'"
    world.save()
    said = world.run()
    assert (said.code, said["outcome"], said["excluded"], said["absent"]) == (3, "held", 40, 0)
    assert {one["why"] for one in said["hold"]["affected"]} == {"out of scope"}
    assert "out of scope" in said["hold"]["reason"]
    assert "no longer sent" not in said["hold"]["reason"]


def test_a14_a_file_that_is_cut_mid_row_is_refused(company: World):
    """35 % fewer rows and the last one cut: never terminate now and re-add in the next run."""
    text = table(COMPANY)
    company.write("inbox/people.csv", text[: int(len(text) * 0.65)])
    said = company.run()
    assert (said.code, said["outcome"]) == (4, "failed")
    assert said["problems"][0]["code"] == "unterminated"
    assert said["problems"][0]["row"] is None
    assert company.pending() == []
    again = company.run(COMPANY)
    assert (again.code, again["unchanged"], again["proposed"]) == (0, 20, 0)


@pytest.mark.parametrize("broken", ["cut", "bad"])
def test_j10_a_failed_run_adds_nothing_of_participants_to_the_audit(company: World, broken: str):
    """Nor a change, a question, or a row of anybody: what is known is as it was before it, and the next run goes on."""
    rows = with_cells(COMPANY, "01001", title="Lead")
    text = table([*(with_cells(rows, hired="soon") if broken == "bad" else rows), someone("09999")])
    company.write("inbox/people.csv", text[:-9] if broken == "cut" else text)
    before = {name: found for name, found in company.kept().items() if name not in ("quarantine", "hold")}
    said = company.run()
    assert (said.code, said["outcome"], company.changes()) == (4, "failed", before["changes"])
    after = {name: found for name, found in company.kept().items() if name in before}
    assert after == before
    assert company.run([*rows, someone("09999")])["proposed"] == 2


def test_a_row_that_failed_mapping_is_present(company: World):
    """Bad rows end nobody: they are errors, not absences."""
    said = company.run(with_cells(COMPANY, "01001", "01002", hired="soon"))
    assert (said["errors"], said["absent"], said["proposed"]) == (2, 0, 0)
    assert len(company.roster()) == 20


def test_a15_one_source_of_three_is_down(company: World):
    """The other two complete; whoever only the broken one brings is as before."""
    for name in ("crm", "sheet"):
        company.settings["sources"][name] = {"kind": "file", "path": f"inbox/{name}.csv"}
        company.settings["feeds"][name] = {**company.feed, "source": name, "owns_roster": False}
    company.save()
    header, *lines = (company.folder / "inbox/people.csv").read_text().splitlines(keepends=True)
    company.write("inbox/crm.csv", header + "".join(lines[:3]).replace("Rep", "Lead"))
    before = company.roster()
    said = company.call("run")
    outcomes = {one["feed"]: one["outcome"] for one in said["runs"]}
    assert (said.code, outcomes) == (4, {"people": "completed", "crm": "completed", "sheet": "failed"})
    assert company.roster() == before
    assert {one["feed"] for one in company.pending()} == {"crm"}
