"""The review queue: what is shown, what is decided, and what is refused."""

from __future__ import annotations

import re

import pytest

from domain.rights import Right
from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.web.conftest import Office, Visitor

MOVED = with_cells(COMPANY, "01001", title="Director", team="West")


@pytest.fixture
def reviewed(office: Office) -> Office:
    """Two changes wait (a move of 01001, an add of 02001), and dana reviews."""
    office.world.on("2026-02-01")
    office.user("dana", "comp_admin")
    assert office.world.run([*MOVED, someone("02001")]).code == 0
    return office


def ids(page: str) -> list[str]:
    return re.findall(r'name="id" value="(C\d+)"', page)


def state_of(office: Office, change: str) -> str:
    return str(next(one["state"] for one in office.world.changes() if one["id"] == change))


def test_only_what_differs_is_shown_old_beside_new(reviewed: Office) -> None:
    page = reviewed.client("dana").get("/changes").text
    row = page[page.index("Director") - 600 : page.index("Director")]
    assert "<del>" in row
    assert "2 to decide" in page
    assert "hire date" not in page[page.index("01001") : page.index("Director")]


NARROWED = [
    ("kind=move", 1), ("text=02001", 1), ("text=no-such", 0), ("feed=people", 2), ("run=R2", 2), ("run=R1", 0),
    ("key=01001", 1),
]  # fmt: skip


@pytest.mark.parametrize(("narrowed", "found"), NARROWED)
def test_the_queue_is_narrowed(reviewed: Office, narrowed: str, found: int) -> None:
    page = reviewed.client("dana").get(f"/changes?{narrowed}").text
    assert len(ids(page)) == found
    assert ("Nothing that waits matches" in page) == (found == 0)


@pytest.mark.parametrize("by", ["run", "kind", "team"])
def test_pages_of_the_queue_together_are_all_of_it(reviewed: Office, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is grouped by: none twice, none left out, and the groups' numbers add up."""
    assert reviewed.world.run([*MOVED, *(someone(f"03{n:03}", team=f"T{n % 3}") for n in range(12))]).code in (0, 3)
    monkeypatch.setattr("api.review._PAGE", 7)
    visitor, address, found = reviewed.client("dana"), f"/changes?by={by}", []
    while address:
        page = visitor.get(address).text
        found += ids(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    pending = [one["id"] for one in reviewed.world.pending()]
    assert len(pending) > 7
    assert sorted(found) == sorted(pending)


@pytest.mark.parametrize(("asked", "status"), [("after=1&group=", 200), ("after=1", 200), ("after=1&group=x", 422)])
def test_an_address_typed_by_hand_is_no_fault_of_ours(reviewed: Office, asked: str, status: int) -> None:
    assert reviewed.client("dana").get(f"/changes?{asked}").status_code == status


def test_ticked_changes_are_approved(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    chosen = ids(visitor.get("/changes?kind=move").text)
    page = visitor.done("/changes/decide", {"id": chosen, "verdict": "approve", "reason": "HR says so"})
    assert "1 approved (B2)" in page
    assert reviewed.world.roster("2026-02-01")["01001"]["title"] == "Director"
    act = next(one for one in reviewed.world.call("audit").document if one["about"] == chosen[0])
    assert (act["by"], act["for"], act["reason"]) == ("dana", None, "HR says so")
    assert reviewed.world.call("audit", "verify").code == 0


def test_some_fields_on_another_day(reviewed: Office) -> None:
    visitor, change = reviewed.client("dana"), reviewed.world.one(kind="move")["id"]
    visitor.done(f"/changes/{change}/decide", {"field": "team", "verdict": "approve", "effective": "2026-03-01"})
    assert reviewed.world.roster("2026-02-15")["01001"]["team"] != "West"
    assert reviewed.world.roster("2026-03-01")["01001"]["team"] == "West"
    assert list(reviewed.world.one(participant="01001")["fields"]) == ["title"]


def test_all_that_match_are_decided_and_none_that_came_later(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    page = visitor.get("/changes").text
    up_to = re.search(r'name="up_to" value="(\d+)"', page)
    assert up_to
    reviewed.world.set("01002", "title=Later", start="2026-02-01", approved=False)
    page = visitor.done("/changes/decide", {"all": "1", "up_to": up_to[1], "verdict": "approve"})
    assert "2 approved" in page
    assert list(reviewed.world.one()["fields"]) == ["title"]


def test_a_rejection_with_reason_and_scope_is_remembered_and_undone(reviewed: Office) -> None:
    visitor, change = reviewed.client("dana"), reviewed.world.one(kind="add")["id"]
    form = {"id": change, "verdict": "reject", "reason": "Paid elsewhere", "scope": "until", "until": "2026-06-30"}
    assert "1 rejected" in visitor.done("/changes/decide", form)
    assert "Paid elsewhere" in (page := visitor.get("/rejections").text)
    assert "until Jun 30, 2026" in page
    assert "is forgotten" in visitor.done("/rejections/J1/forget", {"reason": "mistaken"})
    assert "No rejection is remembered" in visitor.get("/rejections").text
    reviewed.world.run()
    assert reviewed.world.one(kind="add")["state"] == "pending"


def test_why_a_change_came_back_is_said(reviewed: Office) -> None:
    reviewed.world.reject(reviewed.world.one(kind="add"), reason="Not hired yet")
    reviewed.world.run([*MOVED, someone("02001", hired="2026-01-20")])
    page = reviewed.client("dana").get("/changes?kind=add").text
    assert "Back again: rejected Feb 1, 2026" in page
    assert re.search(r"since then changed: hire date \w{3} \d+, \d{4}\xa0→ Jan 20, 2026\.", page)
    assert "Not hired yet" in page


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"verdict": "reject"}, "Say why"),
        ({"verdict": "reject", "reason": "  "}, "Say why"),
        ({"verdict": "reject", "reason": "no", "scope": "until"}, "until which day"),
        ({"verdict": "reject", "reason": "no", "scope": "until", "until": "2026-01-31"}, "is over"),
        ({"verdict": "approve", "effective": "soon"}, "is no day"),
        ({"verdict": "perhaps"}, "approve, or reject"),
    ],
)
def test_what_cannot_be_meant_changes_nothing_and_says_why(reviewed: Office, form: dict[str, str], told: str) -> None:
    change = reviewed.world.one(kind="add")["id"]
    page = reviewed.client("dana").refused("/changes/decide", {"id": change, **form})
    assert told in page
    assert re.search(rf'value="{change}" checked', page), "what was ticked"
    assert f'value="{form["reason"]}"' in page if form.get("reason", "").strip() else True
    assert state_of(reviewed, change) == "pending"


def test_nothing_ticked_decides_nothing(reviewed: Office) -> None:
    page = reviewed.client("dana").refused("/changes/decide", {"verdict": "approve", "reason": "as agreed"})
    assert "tick the changes" in page
    assert 'value="as agreed"' in page
    assert len(reviewed.world.pending()) == 2


def test_a_change_s_own_page_comes_back_with_what_was_typed(reviewed: Office) -> None:
    visitor, change = reviewed.client("dana"), reviewed.world.one(kind="move")["id"]
    form = {"verdict": "reject", "reason": "not <yet>", "scope": "until", "field": "team"}
    page = visitor.refused(f"/changes/{change}/decide", dict(form))
    assert 'value="not &lt;yet&gt;"' in page
    assert 'value="until" selected' in page
    assert 'value="team" checked' in page
    assert 'value="title" checked' not in page
    visitor.done("/changes/decide", {"id": change, "verdict": "approve"})
    assert "Say why" in visitor.refused(f"/changes/{change}/revert", {"reason": " "})


def test_all_that_match_stays_what_it_was_when_the_form_comes_back(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    found = re.search(r'name="up_to" value="(\d+)"', visitor.get("/changes").text)
    assert found
    reviewed.world.set("01002", "title=Later", start="2026-02-01", approved=False)
    page = visitor.refused("/changes/decide", {"all": "1", "up_to": found[1], "verdict": "reject"})
    assert f'name="up_to" value="{found[1]}"' in page
    assert "all 2 that match" in page


def test_a_stale_page_says_what_moved(reviewed: Office) -> None:
    visitor, change = reviewed.client("dana"), reviewed.world.one(kind="move")["id"]
    visitor.get("/changes")
    reviewed.world.set("01001", "title=Chief", start="2026-01-20")
    page = visitor.done("/changes/decide", {"id": change, "verdict": "approve"})
    assert f"{change} was not approved" in page
    assert "is Chief now" in page
    assert state_of(reviewed, change) == "stale"


def test_a_decision_sent_twice_has_one_effect(reviewed: Office) -> None:
    visitor, change = reviewed.client("dana"), reviewed.world.one(kind="move")["id"]
    first = visitor.done("/changes/decide", {"id": change, "verdict": "approve"})
    again = visitor.done("/changes/decide", {"id": change, "verdict": "approve"})
    assert ("1 approved (B2)" in first, "1 approved (B2)" in again) == (True, True)


def test_nobody_approves_what_they_proposed(reviewed: Office) -> None:
    """Whoever is logged in: also where four eyes are not asked of the command line."""
    reviewed.world.call("set", "01003", "title=Chief", "--from", "2026-02-01", "--reason", "x", "--as", "Dana")
    change = reviewed.world.one(participant="01003")["id"]
    page = reviewed.client("dana").done("/changes/decide", {"id": change, "verdict": "approve"})
    assert "dana proposed it: somebody else has to approve it" in page
    assert state_of(reviewed, change) == "pending"
    assert (last := reviewed.world.call("audit")[-1])["act"] == "refuse approve"
    assert last["about"] == change


@pytest.mark.parametrize("verdict", ["approve", "reject"])
def test_nobody_decides_on_their_own_record(reviewed: Office, verdict: str) -> None:
    reviewed.user("omar", "comp_admin", key="01001")
    change = reviewed.world.one(kind="move")["id"]
    form = {"id": change, "verdict": verdict, "reason": "mine"}
    page = reviewed.client("omar").done("/changes/decide", form)
    assert "own record: somebody else has to" in page
    assert state_of(reviewed, change) == "pending"


def test_as_somebody_is_no_second_person_once_people_log_in(reviewed: Office) -> None:
    reviewed.world.settings["four_eyes"] = True
    reviewed.world.save()
    refused = [
        reviewed.world.approve(as_="omar"),
        reviewed.world.call("set", "01003", "title=x", "--from", "2026-02-01", "--reason", "x", "--as", "omar"),
        reviewed.world.call("submit", "2026-01", "--as", "omar"),
    ]
    assert [(one.code, one.error["code"]) for one in refused] == [(5, "refused")] * 3
    del reviewed.world.settings["log_in"]
    reviewed.world.save()
    assert reviewed.world.approve(as_="omar").code == 0


def test_what_a_policy_approved_is_listed(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    assert "No policy has approved anything" in visitor.get("/changes/by-policy").text
    reviewed.world.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    reviewed.world.save()
    reviewed.world.run([*with_cells(MOVED, "01004", title="Lead"), someone("02001")])
    page = visitor.get("/changes/by-policy").text
    assert "Lead" in page
    assert "policy of feed people" in page


def test_what_was_approved_can_be_proposed_back(reviewed: Office) -> None:
    visitor, change = reviewed.client("dana"), reviewed.world.one(kind="move")["id"]
    visitor.done("/changes/decide", {"id": change, "verdict": "approve"})
    page = visitor.done(f"/changes/{change}/revert", {"reason": "too early"})
    assert "is proposed, which takes" in page
    assert reviewed.world.one(participant="01001")["fields"]["title"]["after"] != "Director"


def test_what_was_approved_together_can_be_proposed_back_together(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    visitor.done("/changes/decide", {"all": "1", "verdict": "approve"})
    change = ids_decided(reviewed)[0]
    assert 'href="/batches/B2"' in visitor.get(f"/changes/{change}").text
    page = visitor.get("/batches/B2").text
    assert "2 decided together, 2 approved" in page
    assert "Say why" in visitor.refused("/batches/B2/revert", {"reason": " "})
    page = visitor.done("/batches/B2/revert", {"reason": "the wrong file"})
    assert "2 changes are proposed, which take B2 back" in page
    assert len(reviewed.world.pending()) == 2
    assert "asks for exactly that" in visitor.done("/batches/B2/revert", {"reason": "the wrong file"})
    assert visitor.get("/batches/B99").status_code == 404
    reviewed.user("nora", "approver business_unit=Nordics")
    assert reviewed.client("nora").get("/batches/B2").status_code == 404, "nobody of it is in sight"


def ids_decided(office: Office) -> list[str]:
    return [str(one["id"]) for one in office.world.changes("applied") if one["run"] == "R2"]


def test_a_held_run_is_shown_and_released(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    assert "No run is held" in visitor.get("/holds").text
    assert reviewed.world.run(without(COMPANY, *(row["id"] for row in COMPANY[5:]))).code == 3
    page = visitor.get("/holds").text
    assert "15 people" in page
    assert "more are held" in visitor.get("/changes").text
    held = reviewed.world.changes("held")[0]
    said = visitor.post("/changes/decide", {"id": held["id"], "verdict": "approve"})
    assert said.status_code == 409
    assert "held with" in said.text
    assert "R3: Say why" in visitor.refused("/holds/R3/release", {"reason": " "})
    page = visitor.done("/holds/R3/release", {"reason": "they did leave"})
    assert "R3 is released" in page
    assert len(reviewed.world.pending()) == 15
    assert "R3 is not held" in visitor.refused("/holds/R3/release", {"reason": "again"})
    last = reviewed.world.call("audit")[-1]
    assert (last["by"], last["act"], last["about"]) == ("dana", "refuse release", "POST /holds/<run>/release R3")
    program = reviewed.program(reviewed.token("dana", Right.RELEASE))
    assert program.post("/holds/R3/release", {"reason": "again"}).status_code == 409
    last = reviewed.world.call("audit")[-1]
    assert (last["act"], last["about"]) == ("refuse release", "POST /api/v1/holds/<run_id>/release R3")
    assert "R3 is not held" in last["reason"]


def test_empty_pages_say_what_to_do_next(office: Office) -> None:
    office.user("dana", "comp_admin")
    visitor = office.client("dana")
    for address, told in (("/changes", "Nothing waits for a decision"), ("/questions", "Nothing is asked"),
                          ("/quarantine", "No row is set aside"), ("/rejections", "No rejection")):  # fmt: skip
        assert told in visitor.get(address).text


def test_runs_add_up_and_name_what_is_wrong_with_their_rows(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    assert reviewed.world.run(with_cells(COMPANY, "01001", hired="soon")).code == 1
    page = visitor.get("/runs").text
    assert "completed with errors" in page
    page = visitor.get("/runs/R3").text
    assert "they add up" in page
    assert "inbox/people.csv:2" in page
    assert "is not a date written as" in page
    reviewed.user("ops", "operator")
    page = reviewed.client("ops").get("/runs/R3").text
    assert "soon" not in page, "an operator sees no values"
    assert "inbox/people.csv:2" in page


def test_sync_now_lets_a_job_wait(reviewed: Office) -> None:
    visitor = reviewed.client("dana")
    assert "T1 waits for a worker" in visitor.done("/feeds/people/sync")
    assert "a job waits already" in visitor.done("/feeds/people/sync")
    assert [(one["feed"], one["asked_by"]) for one in reviewed.world.call("jobs").document] == [("people", "dana")]


def test_a_participant_s_page_says_where_everything_comes_from(reviewed: Office) -> None:
    visitor: Visitor = reviewed.client("dana")
    reviewed.world.approve()
    reviewed.world.call("override", "01001", "title=Acting", "--reason", "stands in")
    page = visitor.get("/participants/01001").text
    for told in ("Timeline", "Director", "inbox/people.csv:2", "B2", "hr:01001", "Acting", "stands in", "first seen"):
        assert told in page, told
    assert visitor.get("/participants/P999").status_code == 404


def test_all_values_now_are_those_of_today(reviewed: Office) -> None:
    """Not those of a day to come; of who has not begun yet those they begin with."""
    reviewed.world.set("01002", "title=Lead", start="2026-02-03")
    for day, title in (("2026-02-02", "Rep"), ("2026-02-03", "Lead"), ("2024-12-31", "Rep")):
        then = Office(reviewed.world.on(day))
        assert f"<dt>title</dt><dd>{title}</dd>" in then.client("dana").get("/participants/01002").text, day
        then.close()
