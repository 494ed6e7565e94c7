"""Whose value counts."""

from __future__ import annotations

import pytest

from tests.scenarios.people import COMPANY, someone, with_cells
from tests.scenarios.world import World


def ours(world: World, **policy: str) -> None:
    """Say whose values of `phone` count."""
    world.use("phone")
    world.settings["attributes"] = {"phone": policy}
    world.save()


def test_i05_what_is_ours_is_never_proposed(company: World):
    """`local`: set here; whatever a source sends, to whomever, is no difference."""
    ours(company, mode="local")
    company.set("01001", "phone=+1", start="2026-01-05")
    said = company.run([*with_cells(COMPANY, phone="+2"), someone("02001", phone="+2")])
    assert (said["unchanged"], said["proposed"]) == (20, 1)
    assert "phone" not in company.one()["fields"]
    assert company.roster()["01001"]["phone"] == "+1"


def test_i06_a_seed_is_taken_once(company: World):
    """`seed`: part of the add; later values of the source are no difference."""
    ours(company, mode="seed")
    new = someone("02001", phone="+1")
    company.run([*COMPANY, new])
    assert company.one()["fields"]["phone"]["after"] == "+1"
    assert company.approve().code == 0
    assert company.run([*COMPANY, {**new, "phone": "+2"}])["proposed"] == 0


def test_i07_a_seed_that_was_cleared_here_stays_so(company: World):
    ours(company, mode="seed")
    rows = [*COMPANY, someone("02001", phone="+1")]
    company.run(rows)
    assert company.approve().code == 0
    company.set("02001", "phone=", start="2026-01-05")
    assert company.on("2026-01-06").run(rows)["proposed"] == 0
    assert "phone" not in company.roster()["02001"]


def test_i08_what_is_enforced_is_not_corrected_here(company: World):
    """A plain edit is refused and says where to correct it; the source's value is proposed as ever."""
    ours(company, mode="enforce")
    edited = company.call("set", "01001", "phone=+1", "--from", "2026-01-05", "--reason", "r")
    assert (edited.code, "phone" in edited.error["message"], "source" in edited.error["message"]) == (5, True, True)
    assert company.run(with_cells(COMPANY, "01001", phone="+2"))["proposed"] == 1


@pytest.mark.parametrize(("on_null", "asked"), [("keep", 0), ("clear", 1)])
def test_an_emptied_cell_clears_or_says_nothing(company: World, on_null: str, asked: int):
    ours(company, on_null=on_null)
    company.run(with_cells(COMPANY, phone="+1"))
    assert company.approve().code == 0
    said = company.run(with_cells(with_cells(COMPANY, phone="+1"), "01001", phone=""))
    assert (said["proposed"], said["unchanged"]) == (asked, 20 - asked)


def test_i17_a_correction_of_what_a_source_says_is_made_and_asked_about_again(company: World):
    """Without an override it is `set`: applied, and the next run proposes the source's value."""
    company.use("phone")
    rows = with_cells(COMPANY, "01001", phone="+1")
    company.run(rows)
    assert company.approve().code == 0
    company.set("01001", "phone=+9", start="2026-01-05")
    assert company.run(rows)["proposed"] == 1
    assert company.one()["fields"]["phone"] == {"before": "+9", "after": "+1"}


def test_another_mode_is_seen_at_once(company: World):
    """What changed nothing while it was ours is a difference when it is the source's again."""
    ours(company, mode="local")
    company.set("01001", "phone=+1", start="2026-01-05")
    rows = with_cells(COMPANY, phone="+2")
    assert company.run(rows)["proposed"] == 0
    ours(company, mode="propose")
    assert company.run(rows)["proposed"] == 20
