"""The configuration on its page and by the API: one publishes what changed, another approves it."""

from __future__ import annotations

from typing import Any

import pytest

from domain.rights import Right
from tests.scenarios.people import COMPANY
from tests.web.conftest import Office

PAGE = "/configuration"


@pytest.fixture
def changed(office: Office) -> Office:
    """An office with four eyes, in which somebody lets a policy through what no one has looked at."""
    office.world.settings["four_eyes"] = True
    office.world.save()
    office.world.begin(COMPANY)
    for name, role in (("dana", "comp_admin"), ("eve", "approver"), ("ops", "operator"), ("nora", "comp_admin plan=x")):
        office.user(name, role)
    let_through(office)
    return office


def let_through(office: Office) -> None:
    office.world.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    office.world.save()


def test_what_changed_is_shown_published_and_approved_by_another(changed: Office) -> None:
    dana, eve = changed.client("dana"), changed.client("eve")
    page = dana.get(PAGE).text
    assert "syncd.yaml changed and does not count" in page
    assert "<ins>+" in page
    assert "Say why" in dana.refused(f"{PAGE}/publish")
    assert "somebody else has to approve it" in dana.done(f"{PAGE}/publish", {"reason": "titles follow HR"})
    assert "somebody else has to approve it" in dana.refused(f"{PAGE}/approve")
    assert changed.world.run(COMPANY).code == 5
    page = eve.done(f"{PAGE}/approve", {"reason": "as agreed"})
    assert "The files count as they are" in page
    assert "titles follow HR" in page
    assert changed.world.run(COMPANY).code == 0


def test_whoever_has_a_role_for_some_alone_only_looks_or_not_even_that(changed: Office) -> None:
    ops, nora = changed.client("ops"), changed.client("nora")
    assert "Publish" not in ops.get(PAGE).text
    assert ops.post(f"{PAGE}/publish", {"reason": "mine"}).status_code == 403
    assert nora.post(f"{PAGE}/publish", {"reason": "mine"}).status_code == 403


def test_who_is_paid_approves_nothing_on_the_page_or_by_a_program(changed: Office) -> None:
    """Each role that may approve, as somebody who is one of the participants: who else may is told."""
    for name, role in (("ann", "comp_admin"), ("bob", "approver")):
        changed.user(name, role, key={"ann": "01001", "bob": "01002"}[name])
    changed.client("dana").done(f"{PAGE}/publish", {"reason": "titles follow HR"})
    for name in ("ann", "bob"):
        told = f"{name} is a participant, and what changed may raise what participants are paid"
        page = changed.client(name).refused(f"{PAGE}/approve", {"reason": "as agreed"})
        assert told in page
        assert "(eve may)" in page, "dana published it, ops and nora may not"
        assert "as agreed" in page, "what was typed comes back"
        answer = changed.program(changed.token(name, Right.CONFIGURE)).post(f"{PAGE}/approve", {"reason": "as agreed"})
        assert (answer.status_code, told in str(answer.json)) == (409, True)
        told_of = [one for one in changed.world.call("audit").document if one["by"] == name and "refuse" in one["act"]]
        assert [(one["act"], told in one["reason"]) for one in told_of] == [("refuse configure", True)] * 2
    assert changed.world.call("users", "end", "eve").code == 0
    page = changed.client("ann").refused(f"{PAGE}/approve")
    assert "nobody else may yet: `syncd users give NAME approver`" in page.replace("&#39;", "'")
    assert changed.world.run(COMPANY).code == 5


def test_who_is_paid_publishes_what_somebody_else_approves(changed: Office) -> None:
    changed.user("ann", "comp_admin", key="01001")
    changed.client("ann").done(f"{PAGE}/publish", {"reason": "titles follow HR"})
    assert "The files count as they are" in changed.client("eve").done(f"{PAGE}/approve")


def test_programs_do_what_the_page_does(changed: Office) -> None:
    scope = (Right.SEE_RUNS, Right.CONFIGURE)
    dana, eve = (changed.program(changed.token(name, *scope)) for name in ("dana", "eve"))
    found = dana.read(PAGE)
    assert (found["counts"], [one["path"] for one in found["differing"]]) == (False, ["syncd.yaml"])
    published: Any = dana.post(f"{PAGE}/publish", {"reason": "titles follow HR"}).json
    assert published["waiting"]["by"] == "dana"
    assert dana.post(f"{PAGE}/approve", {"reason": "mine"}).status_code == 409
    assert eve.post(f"{PAGE}/approve", {"reason": "as agreed"}).status_code == 200
    assert eve.read(PAGE)["counts"] is True


def test_what_waits_is_not_approved_on_the_queue_meanwhile(changed: Office) -> None:
    del changed.world.feed["approve"]
    changed.world.save()
    changed.world.run([{**row, "title": "Lead"} for row in COMPANY[:1]] + list(COMPANY[1:]))
    one = changed.world.one()["id"]
    let_through(changed)
    dana = changed.client("dana")
    page = dana.refused(f"/changes/{one}/decide", {"verdict": "approve"})
    assert "the configuration is not the one that counts" in page
