"""An override hides what the sources say, until its day, until it is ended, or until they say the same."""

from __future__ import annotations

import pytest

from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.tampering import must_name, owning
from tests.scenarios.world import Answer, World

LEAD = with_cells(COMPANY, "01001", title="Lead")


def override(world: World, *words: str, approved: bool = True) -> Answer:
    said = world.call("override", *words, "--reason", "agreed")
    if approved and said.code == 0 and said["change"]:
        assert world.approve(said["change"]).code == 0
    return said


def listed(world: World) -> list[tuple[str, str, str | None]]:
    """Every override: which, where it stands, why it is over."""
    return [(one["id"], one["state"], one["ended"]) for one in world.call("override", "list", "--all").document]


def test_i10_it_holds_until_its_day_and_the_difference_is_proposed_from_then_on(company: World):
    override(company, "01001", "title=Head", "--to", "2026-06-30")
    for day in ("2026-02-01", "2026-06-30"):
        assert company.on(day).run(LEAD)["proposed"] == 0
        assert company.roster()["01001"]["title"] == "Head"
    assert company.on("2026-07-01").run(LEAD)["proposed"] == 1
    assert company.one()["fields"]["title"] == {"before": "Rep", "after": "Lead"}
    assert listed(company) == [("O1", "over", None)]


def test_it_ends_by_itself_when_the_source_says_the_same(company: World):
    override(company, "01001", "title=Head")
    assert company.on("2026-01-06").run(with_cells(COMPANY, "01001", title="Head"))["proposed"] == 0
    assert listed(company) == [("O1", "over", "the source says the same")]
    assert company.on("2026-01-07").run(LEAD)["proposed"] == 1


def test_ended_by_a_person_the_source_is_heard_again(company: World):
    override(company, "01001", "title=Head")
    assert company.run(LEAD)["proposed"] == 0
    assert company.call("override", "end", "O1", "--reason", "moved")["state"] == "over"
    assert company.run(LEAD)["proposed"] == 1
    again = company.call("override", "end", "O1", "--reason", "twice")
    assert (again.code, "moved" in again.error["message"]) == (5, True)


def test_what_is_so_already_is_hidden_at_once(company: World):
    """Nothing changes, so nobody has to approve it."""
    assert override(company, "01001", "title=Rep")["change"] is None
    assert company.run(LEAD)["proposed"] == 0


@pytest.mark.parametrize("approved", [False, True])
def test_it_hides_nothing_before_it_is_approved(company: World, approved: bool):
    said = override(company, "01001", "title=Head", approved=False)
    if approved:
        company.approve(said["change"])
    else:
        company.reject(said["change"])
    assert company.run(LEAD)["proposed"] == (0 if approved else 1)


def test_other_people_and_attributes_are_heard(company: World):
    override(company, "01001", "title=Head")
    said = company.run(with_cells(with_cells(LEAD, "01002", title="Lead"), "01001", team="West", title="Lead"))
    assert said["proposed"] == 2
    assert {tuple(one["fields"]) for one in company.pending()} == {("team",), ("title",)}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("01001", "title=Head", "--to", "2026-01-01"), 2, "is over"),
        (("01001", "status=terminated"), 5, "not overridden: use `set`"),
        (("01001", "titel=Head"), 2, "did you mean 'title'"),
        (("09999", "title=Head"), 2, "09999"),
    ],
)
def test_what_cannot_be_overridden_is_refused(company: World, words: tuple[str, ...], code: int, told: str):
    said = override(company, *words)
    assert (said.code, told in said.error["message"]) == (code, True), said.document


@pytest.mark.parametrize(("mode", "told"), [("enforce", "correct it there"), ("local", "use `set`")])
def test_where_the_configuration_says_whose_value_counts_it_is_refused(company: World, mode: str, told: str):
    company.settings["attributes"] = {"title": {"mode": mode}}
    company.save()
    said = override(company, "01001", "title=Head")
    assert (said.code, told in said.error["message"]) == (5, True)


def test_a_second_one_is_refused_while_the_first_holds(company: World):
    override(company, "01001", "title=Head")
    said = override(company, "01001", "title=Chief")
    assert (said.code, "O1 overrides title of P1" in said.error["message"]) == (5, True)


def test_the_audit_proves_it_and_its_end(company: World):
    override(company, "01001", "title=Head")
    override(company, "01002", "title=Head")
    company.call("override", "end", "O2", "--reason", "moved")
    assert company.call("audit", "verify")["unproved_acts"] == []
    tampered = {
        "UPDATE override SET value = '\"Boss\"' WHERE id = 1": ("O1", "it is not what was said"),
        "UPDATE override SET ended_by = 'eve' WHERE id = 2": ("O2", "somebody ended it"),
        "UPDATE override SET ended_by = 'eve', ended_revision = 9 WHERE id = 1": ("O1", "ended by eve"),
        "DELETE FROM override WHERE id = 2": ("O2", "is not stored"),
    }
    with owning(company.database_url) as tx:
        must_name(tx, tampered)
