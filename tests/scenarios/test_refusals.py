"""What somebody is refused at a command line is in the audit: which command, of what, who, and why."""

from __future__ import annotations

import getpass

import pytest
from sqlalchemy import Connection

import syncd.world
from domain.errors import Refused
from syncd.configured import must_count
from tests.scenarios.closing import PLAN, PayWorld
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.world import Answer, Document, World


def last(world: World) -> Document:
    """The newest act; the chain of all of them holds."""
    assert world.call("audit", "verify").code == 0
    return dict(world.call("audit")[-1])


def must_be_noted(world: World, said: Answer, act: str, about: str, by: str) -> None:
    """It is refused, and the audit says of which, to whom and why, as they were told."""
    found = last(world)
    assert said.code == 5, said.document
    assert (found["act"], found["about"], found["for"]) == (f"refuse {act}", about, by)
    assert found["reason"] == said.error["message"]


def test_of_changes_each(company: World) -> None:
    assert company.run(with_cells(COMPANY, "01001", title="Lead")).code == 0
    change = company.one()["id"]
    assert company.approve(change, as_="ann").code == 0
    for verdict, told in (("reject", "it is applied"), ("revert", "")):
        said = company.call(verdict, change, "C999", "--reason", "no", "--as", "ben")
        assert said.code == 5
        found = [one for one in company.call("audit").document if one["act"] == f"refuse {verdict}"]
        assert found[-1]["reason"] == "there is no such change"
        assert {one["for"] for one in found} == {"ben"}
        if told:
            assert {one["about"] for one in found} == {change, "C999"}
            assert told in next(one["reason"] for one in found if one["about"] == change)
    last(company)


def test_of_changes_of_earlier_parts_where_a_later_one_is_refused_as_a_whole(
    company: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many are decided part by part: what was refused in a part stays noted, whatever becomes of the next."""
    assert company.call("users", "add", "ann", "--participant", "01001").code == 0
    rows = with_cells(with_cells(COMPANY, "01001", title="Lead"), "01002", title="Lead")
    assert company.run(with_cells(rows, "01003", title="Lead")).code == 0
    asked = []

    def refuse_the_third(tx: Connection, world: syncd.world.World, revision: int) -> None:
        asked.append(revision)
        if len(asked) == 3:
            raise Refused("the files changed")
        must_count(tx, world, revision)

    monkeypatch.setattr("syncd.changes.decide.AT_ONCE", 1)
    monkeypatch.setattr("syncd.changes.decide.must_count", refuse_the_third)
    said = company.call("approve", "--all", "--as", "ann")
    assert (said.code, said.error["message"]) == (5, "the files changed")
    changes = {one["participant"]: one for one in company.call("changes", "--kind", "update").document}
    assert [changes[one]["state"] for one in ("P1", "P2", "P3")] == ["pending", "applied", "pending"]
    acts = [(one["act"], one["about"], one["for"]) for one in company.call("audit").document]
    own = acts.index(("refuse approve", changes["P1"]["id"], "ann"))
    assert own < acts.index(("approve", changes["P2"]["id"], "ann")) < len(acts) - 1
    assert last(company)["reason"] == "the files changed"


def test_of_changes_where_all_or_none_was_asked(company: World) -> None:
    assert company.run(with_cells(COMPANY, "01001", title="Lead")).code == 0
    change = company.one()["id"]
    said = company.call("approve", change, "C999", "--atomic", "--as", "ann")
    must_be_noted(company, said, "approve", f"{change} C999", "ann")
    assert company.one()["state"] == "pending"


def test_of_a_close(paid: PayWorld) -> None:
    must_be_noted(paid, paid.act("submit", "2026-01", as_="ana"), "submit", "2026-01", "ana")
    paid.calculate("2026-01")
    assert paid.act("submit", "2026-01", as_="ana").code == 0
    must_be_noted(paid, paid.act("approve-results", "2026-01", as_="ana"), "approve-results", "2026-01", "ana")
    must_be_noted(paid, paid.act("commit", "2026-01", as_="ana"), "commit", "2026-01", "ana")
    assert paid.act("approve-results", "2026-01", as_="ben").code == 0
    assert paid.act("commit", "2026-01", as_="ana").code == 0
    for command in ("return", "reopen"):
        said = paid.act(command, "2026-01", as_="ben", reason="late")
        must_be_noted(paid, said, command, "2026-01", "ben")


def test_of_a_plan_and_of_amounts_by_hand(paid: PayWorld) -> None:
    paid.write("plans/reseller.yaml", PLAN.replace("20%", "30%"))
    assert paid.call("plan", "publish", "plans/reseller.yaml", "--from", "2026-02-01", "--as", "ana").code == 0
    said = paid.call("plan", "approve", "reseller", "--as", "ana")
    must_be_noted(paid, said, "plan approve", "plan approve", "ana")
    paid.close("2026-01")
    wanted = ("--component", "commission", "--reason", "x", "--as", "ana")
    said = paid.call("adjust", "E1", "2026-01", "5.00", "USD", *wanted)
    must_be_noted(paid, said, "adjust propose", "2026-01", "ana")
    assert paid.call("adjust", "E1", "2026-02", "5.00", "USD", *wanted).code == 0
    said = paid.call("approve", "A1", "--as", "ana")
    found = last(paid)
    assert (said.code, found["act"], found["about"]) == (5, "refuse approve adjustment", "A1")


def test_of_who_is_only_named_where_people_log_in(company: World) -> None:
    company.settings["log_in"] = {"address": "http://127.0.0.1"}
    company.settings["four_eyes"] = True
    company.save()
    said = company.call("set", "ann@example.com", "title=Lead", "--from", "2026-02-01", "--reason", "x", "--as", "ben")
    must_be_noted(company, said, "set", "set", "ben")
    assert last(company)["by"] == getpass.getuser()


def test_not_what_was_never_meant(company: World) -> None:
    """A mistake in what was typed is told, and is no refusal."""
    before = last(company)
    assert company.call("approve", "C1", "--all").code == 2
    assert company.call("set", "nobody", "title=Lead", "--from", "2026-02-01", "--reason", "x").code == 2
    assert last(company) == before
