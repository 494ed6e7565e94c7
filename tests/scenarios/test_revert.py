"""Decisions taken back: as if they had never been made, and decided like any change."""

from __future__ import annotations

from tests.scenarios.people import COMPANY, someone, with_cells
from tests.scenarios.world import Document, World

TOLD = ("title", "status", "termination_date")


def reverted(world: World, *ids: str) -> list[Document]:
    """What is proposed to take decisions back."""
    said = world.call("revert", *ids, "--reason", "a mistake")
    assert (said.code, said["refused"]) == (0, [])
    return list(said["proposed"])


def test_g19_an_approved_change_is_reversed_by_a_new_one_with_its_own_approval(company: World):
    company.on("2026-02-10")
    made = company.set("01002", "title=Lead", start="2026-02-01")
    company.set("01002", "title=Head", start="2026-05-01")
    opposite = reverted(company, made["id"])[0]
    assert (opposite["kind"], opposite["state"], opposite["effective"]) == ("update", "pending", "2026-02-01")
    assert opposite["fields"]["title"] == {"before": "Lead", "after": "Rep"}
    assert company.roster("2026-03-01")["01002"]["title"] == "Lead"
    assert company.approve(opposite).code == 0
    assert company.roster("2026-03-01")["01002"]["title"] == "Rep"
    assert company.roster("2026-05-01")["01002"]["title"] == "Head"
    assert [one["state"] for one in company.changes() if one["id"] in (made["id"], opposite["id"])] == ["applied"] * 2
    assert company.call("audit", "verify").code == 0


def test_what_was_bounded_beneath_shows_again_on_every_day(company: World):
    """A step that only says what held before would hide what another, bounded one goes back to."""
    company.on("2026-02-10")
    company.set("01002", "title=Acting", start="2026-02-01", to="2026-03-31")
    before = company.history("01002", *TOLD)
    made = company.set("01002", "title=Lead", start="2026-03-01")
    assert company.history("01002", *TOLD) != before
    assert company.approve(*reverted(company, made["id"])).code == 0
    assert company.history("01002", *TOLD) == before


def test_an_ending_is_taken_back_as_if_there_had_been_none(company: World):
    company.on("2026-02-10")
    before = company.history("01002", *TOLD)
    made = company.set("01002", "status=terminated", start="2026-02-05")
    opposite = reverted(company, made["id"])[0]
    assert opposite["kind"] == "reinstatement"
    assert company.approve(opposite).code == 0
    assert company.history("01002", *TOLD) == before


def test_a_batch_is_taken_back_as_one(company: World):
    """All who were added by one decision never began; whom the batch did not add stay."""
    company.on("2026-02-10")
    company.run([*COMPANY, someone("02001"), someone("02002")])
    batch = company.approve()["batch"]
    found = reverted(company, batch)
    assert sorted(one["kind"] for one in found) == ["rescission", "rescission"]
    assert company.approve(*found).code == 0
    assert company.roster().keys().isdisjoint({"02001", "02002"})
    assert len(company.roster()) == len(COMPANY)


def test_what_cannot_be_taken_back_says_why_and_what_to_do(company: World):
    company.on("2026-02-10")
    company.run(with_cells(COMPANY, "01003", title="Lead"))
    waiting = company.one()
    said = company.call("revert", waiting["id"], "C99999", "--reason", "r")
    told = {one["id"]: one["reason"] for one in said["refused"]}
    assert said.code == 5
    assert told == {
        waiting["id"]: "it is pending: only what was applied can be taken back",
        "C99999": "there is no such change",
    }
    company.approve(waiting)
    assert company.approve(*reverted(company, waiting["id"])).code == 0
    again = company.call("revert", waiting["id"], "--reason", "r")
    assert (again.code, "nothing of it holds any more" in again["refused"][0]["reason"]) == (5, True)


def test_what_is_asked_already_is_not_asked_twice(company: World):
    """Neither by another revert, nor where the same is proposed by hand."""
    company.on("2026-02-10")
    made = company.set("01002", "title=Lead", start="2026-02-01")
    (opposite,) = reverted(company, made["id"])
    said = company.call("revert", made["id"], "--reason", "once more")
    assert (said.code, said["proposed"]) == (5, [])
    assert said["refused"] == [
        {"id": made["id"], "reason": f"{opposite['id']} asks for exactly that: approve or reject it"}
    ]
    assert company.pending() == [company.one()]


def test_the_source_asks_again_for_what_was_taken_back(company: World):
    """A revert says nothing to the source: it differs, and that is proposed; a rejection is remembered."""
    company.on("2026-02-10")
    rows = with_cells(COMPANY, "01003", title="Lead")
    company.run(rows)
    made = company.one()
    company.approve(made)
    assert company.approve(*reverted(company, made["id"])).code == 0
    assert company.run(rows)["proposed"] == 1
    assert company.reject(reason="no leads").code == 0
    assert company.run(rows)["suppressed"] == 1


def test_what_moved_since_it_was_proposed_makes_a_revert_stale(company: World):
    company.on("2026-02-10")
    made = company.set("01002", "title=Lead", start="2026-02-01")
    opposite = reverted(company, made["id"])[0]
    company.set("01002", "title=Head", start="2026-02-01")
    said = company.approve(opposite)
    assert (said.code, said["refused"][0]["moved"]["title"]["now"]) == (5, "Head")
