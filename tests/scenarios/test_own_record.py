"""Nobody decides of themselves, nor at a command line: a user who is a participant, by name or by account."""

from __future__ import annotations

import getpass

import pytest

from store.database import reading
from syncd.access.own import own_names
from syncd.world import Actor, open_world
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.test_answers import ANN, ASKING, BOB
from tests.scenarios.test_answers import say as answer
from tests.scenarios.test_links import link, unlink
from tests.scenarios.world import Answer, World

LEAD = with_cells(COMPANY, "01001", title="Lead")


@pytest.fixture
def known(company: World) -> World:
    """Ann is 01001 (P1)."""
    assert company.call("users", "add", "ann", "--participant", "01001").code == 0
    return company


def must_be_refused(world: World, said: Answer, act: str, told: str, by: str = "ann") -> None:
    """It is refused, with what to do; nothing is done, and that it was refused is in the audit."""
    message = str(said.error["message"])
    assert (said.code, told in message) == (5, True), message
    assert f"{by}'s own record: somebody else has to" in message
    last = world.call("audit")[-1]
    assert (last["act"], last["reason"]) == (f"refuse {act}", message)
    assert world.call("audit", "verify").code == 0


def live(world: World) -> dict[str, str]:
    return {one["link"]: one["participant"] for one in world.call("links").document if one["ended"] is None}


@pytest.mark.parametrize("name", ["ann", "ANN", " Ann "])
def test_nobody_says_that_a_record_is_theirs(known: World, name: str) -> None:
    before = live(known)
    said = link(known, "hr:77777", "01001", as_=name)
    must_be_refused(known, said, "link", "hr:77777 is about ann's own record: somebody else has to link it")
    said = link(known, "hr:01002", "01001", as_=name)
    must_be_refused(known, said, "link", "hr:01002")
    assert live(known) == before
    assert link(known, "hr:77777", "01001", as_="ben").code == 0
    assert link(known, "hr:88888", "01002", as_=name).code == 0, "of others it is theirs to say"


def test_nor_that_one_is_not_theirs_or_somebody_else_s(known: World) -> None:
    before = live(known)
    must_be_refused(known, unlink(known, "hr:01001", as_="ann"), "unlink", "has to unlink it")
    must_be_refused(known, link(known, "hr:01001", "01002", as_="ann"), "link", "has to link it")
    assert live(known) == before
    assert unlink(known, "hr:01001", as_="ben").code == 0
    said = known.call("forget", "X1", "--reason", "it is me", "--as", "ann")
    must_be_refused(known, said, "forget", "X1 is about")
    assert known.call("forget", "X1", "--reason", "it is her", "--as", "ben").code == 0


def test_nor_ends_an_override_of_theirs(known: World) -> None:
    assert known.call("override", "01001", "title=Head", "--reason", "agreed", "--as", "ann").code == 0
    assert known.approve(as_="ben").code == 0
    said = known.call("override", "end", "O1", "--reason", "I want the source's", "--as", "ann")
    must_be_refused(known, said, "override end", "O1 is about ann's own record: somebody else has to end it")
    assert known.call("override", "list")[0]["state"] == "active"
    assert known.call("override", "end", "O1", "--reason", "moved", "--as", "ben").code == 0


def test_nor_makes_one_that_would_hold_at_once(known: World) -> None:
    """Of a value that is so already nothing is proposed: nobody would decide it."""
    title = known.roster()["01001"]["title"]
    said = known.call("override", "01001", f"title={title}", "--reason", "keep it", "--as", "ann")
    must_be_refused(known, said, "override propose", "title of P1")
    assert known.call("override", "list", "--all").document == []
    assert known.call("override", "01001", f"title={title}", "--reason", "keep it", "--as", "ben").code == 0


def test_nor_approves_or_rejects_a_change_of_their_own(known: World) -> None:
    assert known.run([*with_cells(LEAD, "01002", title="Lead")]).code == 0
    said = known.approve(as_="ann")
    assert [(one["reason"][:24], said.code) for one in said["refused"]] == [("it is of ann's own recor", 5)]
    assert len(said["decided"]) == 1
    assert known.reject(as_="ann").code == 5
    assert known.one()["participant"] == "P1"
    assert known.approve(as_="ben").code == 0


def test_whoever_acts_for_somebody_else_is_still_who_they_are(company: World) -> None:
    """The account is that of the operating system: `--as ben` does not make ann somebody else."""
    account = getpass.getuser()
    assert company.call("users", "add", account, "--participant", "01001").code == 0
    said = link(company, "hr:77777", "01001", as_="ben")
    must_be_refused(company, said, "link", "hr:77777", by=account)
    company.run(LEAD)
    assert account in company.approve(as_="ben")["refused"][0]["reason"]


def test_who_else_may_is_told_where_people_log_in(known: World) -> None:
    known.settings["log_in"] = {"address": "http://127.0.0.1"}
    known.save()
    told = str(link(known, "hr:77777", "01001", as_="ann").error["message"])
    assert told.endswith("(nobody else may yet: `syncd users give NAME comp_admin`)")
    for name, role in (("ann", "comp_admin"), ("dana", "comp_admin"), ("vera", "approver"), ("omar", "comp_admin")):
        if name != "ann":
            assert known.call("users", "add", name).code == 0
        assert known.call("users", "give", name, role).code == 0
    assert known.call("users", "add", "nora").code == 0
    assert known.call("users", "give", "nora", "comp_admin", "--for", "business_unit=Nordics").code == 0
    assert known.call("users", "end", "omar").code == 0
    told = str(link(known, "hr:77777", "01001", as_="ann").error["message"])
    assert told.endswith("somebody else has to link it (dana may)"), told


def test_who_was_merged_into_somebody_is_that_one(known: World) -> None:
    """The user is still said to be P1, whose record is P2's now."""
    assert known.call("merge", "P1", "P2", "--reason", "one person").code == 0
    assert known.approve(as_="ben").code == 0
    change = known.set("01002", "title=Head", start="2026-02-01", approved=False)
    (told,) = known.approve(change, as_="ann")["refused"]
    assert told["reason"].startswith("it is of ann's own record")
    said = unlink(known, "hr:01002", as_="ann")
    must_be_refused(known, said, "unlink", "hr:01002")
    assert known.approve(change, as_="ben").code == 0


def test_whoever_was_merged_into_somebody_is_theirs_too(known: World) -> None:
    assert known.call("merge", "P2", "P1", "--reason", "one person").code == 0
    assert known.approve(as_="ben").code == 0
    opened = open_world(known.folder, known.today)
    with reading(opened.database) as tx:
        assert own_names(tx, Actor("ann", "ann")) == {1: "ann", 2: "ann"}
    opened.database.dispose()


def test_nor_answers_whose_a_record_is(world: World) -> None:
    world.mapping["key"] = "phone"
    world.save()
    world.begin([ANN, BOB])
    world.run([ANN, BOB, ASKING])
    assert world.call("users", "add", "ann", "--participant", "P1").code == 0
    must_be_refused(world, answer(world, "--is", "P1", as_="ann"), "answer", "Q1 is about ann's own record")
    assert answer(world, "--is", "P1", as_="ben").code == 0
