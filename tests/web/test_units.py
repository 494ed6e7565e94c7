"""Units on pages and by the API: of a day and over time, with who is in them, as far as somebody sees."""

from __future__ import annotations

import json

import pytest

from domain.rights import Right
from tests.facts.test_units import UNITS
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.world import World
from tests.web.conftest import Office

ORG = """Row,Id,Kind,Name,Up,Up Kind,From,To
1,West,team,West Coast,AM,business_unit,2025-01-01,2026-01-31
2,West,team,Pacific,AM,business_unit,2026-02-01,
3,AM,business_unit,Americas,,,,
4,East,team,,EU,business_unit,,
5,EU,business_unit,Europe,,,,
6,Seat/1,position,Area lead,West,team,,
"""


def describe_units(world: World) -> None:
    """Let a feed describe units."""
    world.settings["sources"]["org_file"] = {"kind": "file", "path": "inbox/org.csv"}
    world.settings["feeds"]["org"] = {"source": "org_file", "into": "units", "mapping": "mappings/org.yaml"}
    world.write("mappings/org.yaml", json.dumps(UNITS))
    world.write("inbox/org.csv", ORG)
    world.save()
    assert world.call("run", "org").code == 0


def with_org(world: World) -> None:
    """Let a feed describe units; 01001 is in the team West, everybody else in East; 01002 leads West, too."""
    world.use("plans", "manager")
    rows = with_cells(COMPANY, "01001", team="West", plans="nord", manager="01003")
    world.begin(rows)
    world.on("2026-02-01")
    describe_units(world)
    world.set("01002", "member:team:West=lead 60%; target=50000", start="2026-02-01")


@pytest.fixture
def staffed(office: Office) -> Office:
    with_org(office.world)
    office.user("dana", "comp_admin")
    office.user("nora", "comp_admin plan=nord")
    office.user("rep", "participant", key="01001")
    office.user("boss", "manager", key="01003")
    return office


def test_units_of_a_day_with_what_is_above_them_and_who_is_in_them(staffed: Office) -> None:
    dana = staffed.client("dana")
    page = dana.get("/units").text
    assert "5 on Feb 1, 2026" in page
    assert all(text in page for text in ("Pacific", "Americas", "and 16 more", "vacant"))
    assert "West Coast" not in page
    assert "West Coast" in dana.get("/units?as_of=2026-01-31").text
    assert "1 on" in dana.get("/units?text=europe").text
    assert "2 on" in dana.get("/units?kind=team").text
    one = dana.get("/units/team/West").text
    assert all(text in one for text in ("Pacific", "West Coast", "Americas", "60%", "target 50000", "Person 01001"))
    assert "Person 01003" not in one
    assert "Right below it" in one
    before = dana.get("/units/team/West?as_of=2026-01-31").text
    assert ("Person 01001" in before, "60%" in before) == (True, False)
    assert "Area lead" in dana.get("/units/position/Seat/1").text
    for address in ("/units/team/Nowhere", "/units/gang/West"):
        assert dana.get(address).status_code == 404
    assert "is no day" in dana.get("/units?as_of=soon").text


def test_they_are_in_danish_with_days_shares_and_numbers_as_a_dane_writes_them(staffed: Office) -> None:
    rep = staffed.client("rep")
    page = rep.get("/units?lang=da").text
    assert all(text in page for text in ("Enheder", "2 den 1. feb. 2026", ">team</td>", "forretningsenhed"))
    assert "Ingen enhed, du kan se, passer." in rep.get("/units?text=zzz").text
    assert "der er ingen sådan enhed blandt dem, du kan se den dag" in rep.get("/units/team/East").text
    page = staffed.client("dana").get("/units/team/West?lang=da").text
    for text in ("team West den 1. feb. 2026", "Overliggende", ">60 %<", "Vilkår", "1. jan. 2025", "Lige under"):
        assert text in page, text


def test_the_api_gives_what_the_command_prints(staffed: Office) -> None:
    program = staffed.program(staffed.token("dana", *Right))
    said = staffed.world.call("units", "--as-of", "2026-02-01").document
    assert program.read("/units")["items"] == said
    assert program.read("/units?kind=team")["items"] == [one for one in said if one["kind"] == "team"]
    pages = [program.read(f"/units?limit=3&after={after}") for after in (0, 3)]
    assert [*pages[0]["items"], *pages[1]["items"]] == said
    assert [one["next"] for one in pages] == [3, None]
    history = staffed.world.call("units", "--history", "West").document
    assert program.read("/units/team/West")["items"] == history
    before = staffed.world.call("units", "--as-of", "2026-02-01", "--known-at", "5").document
    assert program.read("/units?known_at=5")["items"] == before != said
    assert program.get("/units?kind=gang").status_code == 422
    assert program.get("/units/team/Nowhere").status_code == 404


def test_units_and_people_in_them_are_those_in_sight(staffed: Office) -> None:
    """A role for a plan, a participant, a manager, all of 01001 alone: the team West with 01001, and what is above."""
    for name in ("nora", "rep", "boss"):
        visitor = staffed.client(name)
        page = visitor.get("/units").text
        assert "2 on Feb 1, 2026" in page, name
        assert ("Pacific" in page, "Americas" in page, "East" in page) == (True, True, False), name
        one = visitor.get("/units/team/West").text
        assert ("Person 01001" in one, "Person 01002" in one, "60%" in one) == (True, False, False), name
        for address in ("/units/team/East", "/units/position/Seat/1", "/units/business_unit/EU"):
            assert visitor.get(address).status_code == 404, (name, address)
    program = staffed.program(staffed.token("nora", "see_people"))
    found = {one["unit"]: one["members"] for one in program.read("/units")["items"]}
    assert found == {"AM": [], "West": ["P1"]}
    assert program.get("/units/team/East").status_code == 404


def test_a_manager_sees_units_on_the_days_on_which_they_led(staffed: Office) -> None:
    staffed.world.set("01001", "manager=01004", start="2026-03-01")
    visitor = staffed.client("boss")
    assert "Pacific" in visitor.get("/units?as_of=2026-02-28").text
    assert "Pacific" not in visitor.get("/units?as_of=2026-03-01").text
    assert visitor.get("/units/team/West?as_of=2026-03-01").status_code == 404


def test_a_membership_stands_on_the_timeline_and_among_the_values(staffed: Office) -> None:
    page = staffed.client("dana").get("/participants/01002").text
    assert '<span class="field">team West as a member</span>' in page
    assert "<dt>team West as a member</dt><dd>lead 60% 2026-02-01..; target=50000</dd>" in page
    assert "by hand" in page


def test_a_program_is_told_who_is_in_a_unit_and_with_which_terms(staffed: Office) -> None:
    program = staffed.program(staffed.token("dana", Right.SEE_PEOPLE))
    found = program.read("/members/team/West")["items"]
    assert [(one["participant"], one["role"], one["share"], one["terms"]) for one in found] == [
        ("P1", None, None, {}),
        ("P2", "lead", "60%", {"target": "50000"}),
    ]
    assert found[1]["valid_from"] == "2026-02-01"
    page = program.read("/members/team/West?limit=1")
    assert ([one["participant"] for one in page["items"]], page["next"]) == (["P1"], 1)
    assert program.get("/members/team/Nowhere").status_code == 404
    nora = staffed.program(staffed.token("nora", Right.SEE_PEOPLE))
    assert [one["participant"] for one in nora.read("/members/team/West")["items"]] == ["P1"]
    assert [one["unit"] for one in program.read("/units?text=pacif")["items"]] == ["West"]
