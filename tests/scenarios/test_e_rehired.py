"""Somebody hired again under a new record key, and the old record that stays in the source for ever."""

from __future__ import annotations

import pytest

from tests.scenarios.people import someone
from tests.scenarios.test_answers import links, whole
from tests.scenarios.world import World

STAYING = [someone(f"0100{n}", phone=f"T{n}") for n in (2, 3)]
BEFORE = someone("01001", phone="T1")
LEFT = {**BEFORE, "left": "2026-01-31"}
AGAIN = {**BEFORE, "phone": "T9", "hired": "2026-05-01", "title": "Lead"}


@pytest.fixture
def left(world: World) -> World:
    """Somebody has left on the last of January; by May the source has a second record with the same worker id."""
    world.mapping["key"] = "phone"
    world.save()
    world.begin([BEFORE, *STAYING])
    world.run([LEFT, *STAYING])
    assert world.approve().code == 0
    return world.on("2026-05-04")


def rehire(world: World) -> None:
    """The link, then the rehire that the new record asks for."""
    world.run([LEFT, *STAYING, AGAIN])
    assert world.approve(world.one(kind="link")).code == 0
    world.run()
    assert world.approve(world.one(kind="rehire")).code == 0


def test_e19_a_new_record_of_somebody_who_left_is_linked_and_rehires_them(left: World):
    """One participant, with a gap: out in March, back in May with what the new record says."""
    said = left.run([LEFT, *STAYING, AGAIN])
    assert (said["errors"], said["pending"], left.one()["kind"]) == (0, 1, "link")
    left.approve()
    assert links(left) == {"hr:T2": "P2", "hr:T3": "P3", "hr:T9": "P1"}
    said = left.run()
    assert (said["pending"], said["unchanged"]) == (1, 3)
    change = left.one()
    assert (change["kind"], change["participant"], change["effective"]) == ("rehire", "P1", "2026-05-01")
    left.approve()
    assert "01001" not in left.roster("2026-03-15")
    assert left.roster("2026-05-01")["01001"]["title"] == "Lead"


def test_e19_the_old_record_does_not_end_them_again(left: World):
    """It is sent every day, says that they left, and is nobody's question."""
    rehire(left)
    for day in ("2026-05-05", "2026-06-01"):
        said = left.on(day).run()
        assert (said["proposed"], said["pending"], said["conflicts"], said["unchanged"]) == (0, 0, 0, 4)
    assert left.roster()["01001"]["status"] == "active"
    assert whole(left)


def test_e19_nor_where_the_new_record_was_linked_by_hand(left: World):
    """Then both records are theirs: the newer one speaks for them."""
    left.run([LEFT, *STAYING, {**AGAIN, "id": "", "email": ""}])
    assert left.call("link", "hr:T9", "01001", "--reason", "back from the sea").code == 0
    left.run([LEFT, *STAYING, AGAIN])
    left.approve(left.one(kind="rehire"))
    assert left.run()["unchanged"] == 4
    assert links(left, "01001") == {"hr:T1": "P1", "hr:T9": "P1"}
    said = left.run([{**LEFT, "title": "Clerk"}, *STAYING, AGAIN])
    assert (said["proposed"], said["conflicts"], left.roster()["01001"]["title"]) == (0, 0, "Lead")


@pytest.mark.parametrize("by_hand", [False, True], ids=["approved", "by hand"])
def test_who_has_only_the_old_record_left_is_missing(left: World, by_hand: bool):
    """The new record vanishes: the old one does not stand for them."""
    rehire(left)
    if by_hand:
        left.call("link", "hr:T1", "P1", "--reason", "theirs too")
        left.call("link", "hr:T9", "P2", "--reason", "so that it can be linked after that")
        left.call("link", "hr:T9", "P1", "--reason", "the newer one")
    said = left.run([LEFT, *STAYING])
    assert said["absent"] == 1
    assert (left.one()["kind"], left.one()["ending"], left.one()["source_key"]) == ("termination", "absence", "T9")


def test_an_old_record_that_leaves_the_scope_says_nothing(left: World):
    """Both records are theirs: out of scope is the older one alone. It does not stand for them either."""
    left.mapping["where"] = "team != 'Ops'"
    left.save()
    rehire(left)
    left.call("link", "hr:T1", "P1", "--reason", "theirs too")
    left.call("link", "hr:T9", "P2", "--reason", "so that it can be linked after that")
    left.call("link", "hr:T9", "P1", "--reason", "the newer one")
    elsewhere = {**LEFT, "team": "Ops"}
    said = left.run([elsewhere, *STAYING, AGAIN])
    assert (said["proposed"], said["absent"], said["excluded"]) == (0, 0, 1)
    assert left.run([elsewhere, *STAYING])["absent"] == 1


def test_an_old_record_that_is_active_again_is_proposed_to_be_theirs(left: World):
    """The source goes back to it, and the new one is gone."""
    rehire(left)
    said = left.run([BEFORE, *STAYING])
    assert (said["absent"], said["pending"]) == (0, 1)
    assert (left.one()["kind"], left.one()["source_key"], left.one()["participant"]) == ("link", "T1", "P1")


def test_a_link_waits_until_the_ending_of_the_old_record_is_decided(world: World):
    """Both in one read: the ending must not be lost, so it comes first, or with it."""
    world.mapping["key"] = "phone"
    world.save()
    world.begin([BEFORE, *STAYING])
    world.on("2026-05-04").run([LEFT, *STAYING, AGAIN])
    ending, link = world.one(kind="termination"), world.one(kind="link")
    said = world.approve(link)
    assert (said.code, f"decide on {ending['id']} first" in said["refused"][0]["reason"]) == (5, True)
    assert world.approve().code == 0
    world.run()
    assert (world.one()["kind"], world.one()["effective"]) == ("rehire", "2026-05-01")
