"""Rules over who is mapped: who earns at all, who no longer does, and of whom alone anything is proposed."""

from __future__ import annotations

from tests.scenarios.people import COMPANY, crowd, someone, with_cells, without
from tests.scenarios.world import Document, World

INTERNS = crowd(3, first=3001, title="Intern")
RULE = "title != 'Intern'"


def ruled(world: World, **rules: str) -> World:
    """Say these rules."""
    world.mapping |= rules
    world.save()
    return world


def test_who_does_not_earn_is_not_proposed_and_counted(company: World):
    """They are known, so that they may lead others; nothing is asked of them however often they are sent."""
    ruled(company, eligible=RULE)
    for _ in range(2):
        said = company.on("2026-01-06").run([*COMPANY, *INTERNS])
        assert (said["excluded"], said["unchanged"], said["proposed"]) == (3, 20, 0)
    assert company.pending() == []
    promoted = company.run([*COMPANY, *with_cells(INTERNS, "03001", title="Rep")])
    assert (promoted["excluded"], promoted["proposed"]) == (2, 1)
    assert company.one()["fields"]["eligible"]["after"] == "true"


def test_who_no_longer_earns_is_proposed_to_be_ineligible_and_stays(company: World):
    """It is one change with what made it so; back again it is taken back."""
    ruled(company, eligible=RULE)
    company.run(with_cells(COMPANY, "01001", title="Intern"))
    change = company.one()
    assert {name: one["after"] for name, one in change["fields"].items()} == {"title": "Intern", "eligible": "false"}
    assert company.approve().code == 0
    assert company.run()["proposed"] == 0
    assert company.roster()["01001"]["eligible"] == "false"
    company.on("2026-01-07").run(COMPANY)
    assert company.one()["fields"]["eligible"] == {"before": "false", "after": "true"}


def test_a_new_rule_is_asked_of_everybody(company: World):
    """Nothing was sent that is new: who does not earn by it is proposed, and nobody else."""
    ruled(company, eligible="employee_id not in ['01002', '01003']")
    said = company.run(COMPANY)
    assert (said["mapping_changed"], said["proposed"], said["unchanged"]) == (True, 2, 18)
    assert {one["fields"]["eligible"]["after"] for one in company.pending()} == {"false"}


def test_of_what_cannot_be_read_a_rule_says_nothing(company: World):
    company.use("ote")
    ruled(company, eligible="number(ote) >= 10")
    company.run(with_cells(COMPANY, ote="20"))
    assert company.approve().code == 0
    company.run(with_cells(COMPANY, "01001", ote="many"))
    (wrong,) = company.call("quarantine").document
    assert (wrong["code"], [one["employee_id"] for one in company.pending()]) == (
        "not_a_number",
        [f"{number:05d}" for number in range(1002, 1021)],
    )


def test_outside_the_pilot_nothing_is_proposed_and_nobody_is_lost(world: World):
    """The rest is counted and said, known, and proposed as soon as the pilot is over."""
    ruled(world, pilot="team == 'East'")
    rows = [*crowd(2), *crowd(3, first=2001, team="West")]
    said = world.run(rows)
    assert (said["read"], said["excluded"], said["pending"]) == (5, 3, 2)
    (told,) = [one for one in said["problems"] if one["code"] == "outside_pilot"]
    assert (told["severity"], told["message"][:6]) == ("warning", "3 rows")
    assert world.approve().code == 0
    assert world.on("2026-01-06").run(with_cells(rows, title="Lead"))["excluded"] == 3
    del world.mapping["pilot"]
    world.save()
    assert sorted(one["kind"] for one in _proposed(world)) == ["add"] * 3 + ["update"] * 2


def test_of_a_participant_outside_the_pilot_nothing_is_proposed_for_now(company: World):
    """What waited is let go, and is there again afterwards; who is missing has left all the same."""
    rows = with_cells(COMPANY, "01001", title="Lead", team="West")
    company.run(rows)
    assert company.one()["employee_id"] == "01001"
    ruled(company, pilot="team == 'East'")
    company.run(rows)
    assert company.pending() == []
    company.run(without(rows, "01002"))
    assert company.one()["kind"] == "termination"


def test_a_rule_of_what_is_not_mapped_is_a_mistake(company: World):
    ruled(company, eligible="job_code == 'S1'", pilot="team = 'East'")
    said = company.call("check")
    assert said.code == 2
    told = " ".join(one["message"] for one in said.error["problems"])
    assert "job_code" in told
    assert len(said.error["problems"]) == 2


def _proposed(world: World) -> list[Document]:
    world.run()
    return world.pending()


def test_somebody_new_outside_the_pilot_who_looks_like_somebody_is_not_linked(company: World):
    """No link is proposed either."""
    ruled(company, pilot="team == 'East'")
    said = company.run([*COMPANY, someone("09001", email="p01001@example.com", team="West")])
    assert (said["excluded"], company.pending()) == (1, [])
