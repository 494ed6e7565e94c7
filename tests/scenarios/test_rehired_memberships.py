"""Somebody left and is hired again: what they were in before ends with the rehire, seen and decided, or comes anew."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from syncd.changes import applying, proposals
from tests.scenarios.closing import PEOPLE, Deal, PayWorld
from tests.scenarios.members import ANN, Members, held, member
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.test_answers import whole
from tests.scenarios.world import Document, World

GOLD, T1, WEST = "member:club:gold", "member:team:T1", "member:territory:west"
LEFT = with_cells(COMPANY, ANN, left="2026-01-31")
AGAIN = with_cells(COMPANY, ANN, hired="2026-05-01")


def leave(world: World) -> None:
    """Let Ann have left on the last of January."""
    world.on("2026-02-02").run(LEFT)
    assert world.approve(world.one(kind="termination")).code == 0


def come_back(world: World) -> Document:
    """Let her be proposed to be hired again in May."""
    world.on("2026-05-04").run(AGAIN)
    return world.one(kind="rehire")


def lost(change: Document) -> Mapping[str, str]:
    """The memberships that a change lists as ended, with what they were."""
    fields = change["fields"].items()
    return {name: one["before"] for name, one in fields if name.startswith("member:") and one["after"] is None}


def every_version(world: World) -> list[tuple[str, Document]]:
    """Each version of hers: from when, which values."""
    versions = world.call("participants", "--history", ANN).document
    return [(one["valid_from"], one["attributes"]) for one in versions]


@pytest.fixture
def member_of(company: World) -> World:
    """Ann is in a club and leads a team, and is to get a territory in July: all by hand, none with an end."""
    company.set(ANN, f"{GOLD}=in", start="2026-01-05")
    company.set(ANN, f"{T1}=lead 60%", start="2026-01-10")
    company.set(ANN, f"{WEST}=in", start="2026-07-01")
    return company


def test_a_rehire_lists_what_it_ends_and_nothing_of_before_comes_back(member_of: World):
    leave(member_of)
    left = member_of.roster("2026-03-01", everyone=True)[ANN]
    assert {GOLD, T1} <= left.keys(), "what still falls due is paid by what is on file"
    change = come_back(member_of)
    assert lost(change) == {GOLD: "- - 2026-01-05..", T1: "lead 60% 2026-01-10..", WEST: "- - 2026-07-01.."}
    assert member_of.approve(change).code == 0
    assert [held(member_of, day) for day in ("2026-05-01", "2026-07-01", "2027-01-01")] == [{}, {}, {}]
    assert held(member_of, "2026-01-20").keys() == {"club:gold", "team:T1"}
    assert member_of.run(AGAIN)["proposed"] == 0
    assert member_of.set(ANN, f"{GOLD}=in", start="2026-05-01")["fields"], "whoever wants it decides it"
    assert held(member_of, "2026-06-01") == {"club:gold": "- - 2026-05-01.."}
    assert whole(member_of)


def test_taken_back_a_rehire_gives_back_what_it_ended(member_of: World):
    leave(member_of)
    before = [
        (one["valid_from"], one["attributes"]) for one in member_of.call("participants", "--history", ANN).document
    ]
    change = come_back(member_of)
    member_of.approve(change)
    (back,) = member_of.call("revert", change["id"], "--reason", "not her")["proposed"]
    assert member_of.approve(back["id"]).code == 0
    assert every_version(member_of) == before
    assert whole(member_of)


def test_a_leave_and_a_return_end_nothing(member_of: World):
    member_of.set(ANN, "status=on_leave", start="2026-02-01", to="2026-03-31")
    for day in ("2026-03-01", "2026-04-01"):
        assert held(member_of, day).keys() == {"club:gold", "team:T1"}
    assert held(member_of, "2026-07-01").keys() == {"club:gold", "team:T1", "territory:west"}


def test_a_reinstatement_is_as_if_it_had_never_ended(member_of: World):
    leave(member_of)
    member_of.on("2026-05-04").run(COMPANY)
    change = member_of.one(kind="reinstatement")
    assert lost(change) == {}
    member_of.approve(change)
    for day in ("2026-02-01", "2026-03-15", "2026-06-01"):
        assert held(member_of, day).keys() == {"club:gold", "team:T1"}
    assert held(member_of, "2026-07-01").keys() == {"club:gold", "team:T1", "territory:west"}


@pytest.mark.parametrize("refused", [False, True])
def test_what_a_feed_still_sends_is_proposed_again_from_the_day_of_the_rehire(company: World, refused: bool):
    """Of the days before nothing is asked; a no is remembered as any."""
    crm = Members(company)
    rows = [member(1), member(2, "T2", To="2026-12-31"), member(3, Who="01002")]
    crm.have(*rows)
    leave(company)
    assert crm.run(*rows)["unchanged"] == 3
    company.approve(come_back(company))
    assert held(company, "2026-05-04") == {}
    assert crm.run(*rows)["pending"] == 2
    asked = company.pending()
    assert {(one["effective"], one["until"], *one["fields"]) for one in asked} == {
        ("2026-05-01", None, T1), ("2026-05-01", "2027-01-01", "member:team:T2"),
    }  # fmt: skip
    assert all(said["before"] is None for one in asked for said in one["fields"].values())
    if refused:
        for one in asked:
            company.reject(one)
        assert (crm.run(*rows)["suppressed"], held(company, "2026-06-01")) == (2, {})
    else:
        company.approve()
        assert crm.run(*rows)["unchanged"] == 3
        assert held(company, "2026-06-01").keys() == {"team:T1", "team:T2"}
        assert held(company, "2027-01-01").keys() == {"team:T1"}
    assert company.pending() == []


@pytest.mark.parametrize("together", [False, True])
def test_what_was_decided_for_the_new_employment_stays(member_of: World, together: bool):
    """Decided after they had left, from the day of the rehire on: it is not of the one before."""
    crm = Members(member_of)
    crm.have(member(1, "T5"))
    leave(member_of)
    crm.run(member(1, "T5", "2026-05-01", Role="member"), member(2, "T9", "2026-05-01"))
    if not together:
        member_of.approve()
    ended = {GOLD: "- - 2026-01-05..", T1: "lead 60% 2026-01-10..", WEST: "- - 2026-07-01.."}
    assert lost(come_back(member_of)) == {**ended, **({"member:team:T5": "- - 2026-01-05.."} if together else {})}
    said = member_of.approve()
    assert (said.code, said["refused"]) == (0, [])
    begun = {"team:T5": "member - 2026-05-01..", "team:T9": "- - 2026-05-01.."}
    assert [held(member_of, day) for day in ("2026-05-01", "2026-07-01")] == [begun, begun]
    assert whole(member_of)


def test_plans_and_units_that_no_feed_says_end_too_and_those_a_feed_says_are_its(company: World):
    """`plans` is managed here; `team` comes with the row."""
    company.set(ANN, "plans=reseller;spiff", start="2026-01-06")
    leave(company)
    change = come_back(company)
    assert change["fields"]["plans"] == {
        "before": ["reseller", "spiff"], "after": None, "added": [], "removed": ["reseller", "spiff"],
    }  # fmt: skip
    assert "team" not in change["fields"]
    company.approve(change)
    values = company.roster("2026-05-04")[ANN]
    assert ("plans" in values, values["team"]) == (False, "East")


def test_a_plan_that_the_feed_says_goes_on(world: World):
    world.use("plans")
    rows = with_cells(COMPANY, plans="reseller")
    world.begin(rows)
    world.on("2026-02-02").run(with_cells(rows, ANN, left="2026-01-31"))
    world.approve()
    world.on("2026-05-04").run(with_cells(rows, ANN, hired="2026-05-01"))
    change = world.one()
    assert (change["kind"], "plans" in change["fields"], change["goes_on"]) == ("rehire", False, [])
    world.approve()
    assert world.roster()[ANN]["plans"] == ["reseller"]


def test_what_nobody_says_otherwise_goes_on_and_is_told(member_of: World):
    """Values that are managed here, quotas, and what an override hides: an admin sees them before approving."""
    member_of.set(ANN, "ote=120000", start="2026-01-06")
    quota = "1000 USD 2026-01-01..2027-01-01"
    member_of.set(ANN, "quota:revenue=1000 USD", start="2026-01-01", to="2026-12-31")
    member_of.call("override", ANN, "title=Lead", "--reason", "agreed")
    member_of.approve()
    leave(member_of)
    change = come_back(member_of)
    assert change["goes_on"] == [
        {"attribute": "ote", "value": "120000", "override": None},
        {"attribute": "quota:revenue", "value": quota, "override": None},
        {"attribute": "title", "value": "Lead", "override": "O1"},
    ]
    member_of.approve(change)
    now = member_of.roster("2026-05-04")[ANN]
    assert (now["ote"], now["quota:revenue"], now["title"]) == ("120000", quota, "Lead")
    assert member_of.changes("applied", kind="rehire")[0]["goes_on"] == []


def test_a_membership_decided_since_of_days_before_is_not_taken_along_unseen(member_of: World):
    """It was not in what was looked at: refused, and listed by the next run."""
    leave(member_of)
    change = come_back(member_of)
    Members(member_of).run(member(1, "T9", "2026-01-20"))
    assert member_of.approve(member_of.one(feed="crm")).code == 0
    said = member_of.approve(change)
    reason = said["refused"][0]["reason"] if said.code else ""
    assert (said.code, "member:team:T9 of the employment before" in reason) == (5, True), said.document
    assert "the next run lists it as ended" in reason
    member_of.run()
    assert "member:team:T9" in lost(member_of.one(kind="rehire"))
    assert member_of.approve(member_of.one(kind="rehire")).code == 0
    assert held(member_of, "2026-05-04") == {}


@pytest.mark.parametrize("hired", ["2026-04-15", "2026-05-20"])
def test_a_corrected_first_day_of_the_rehire_brings_nothing_back(member_of: World, hired: str):
    crm = Members(member_of)
    crm.have(member(1, "T8", "2026-04-20"))
    leave(member_of)
    member_of.approve(come_back(member_of))
    member_of.run(with_cells(COMPANY, ANN, hired=hired))
    assert member_of.approve(member_of.one()).code == 0
    employed = member_of.history(ANN, "status", GOLD, T1, WEST, "member:team:T8")
    since = [one[3:] for one in employed if one[0] >= hired]
    assert since
    assert {value for one in since for value in one} == {None}
    assert [one[:3] for one in employed][-1] == (hired, None, "active")


@pytest.mark.parametrize("hired", ["2026-04-15", "2026-05-20"])
def test_a_corrected_first_day_of_the_rehire_ends_nothing_that_was_decided_for_it(company: World, hired: str):
    """Of one of them something else was to hold from that day on before they left; of T2 none is decided."""
    company.set(ANN, "member:team:T2=in", start="2026-01-10", to="2026-04-28")
    company.set(ANN, f"{T1}=lead 60%", start="2026-01-10")
    company.set(ANN, f"{WEST}=in", start="2026-05-01")
    leave(company)
    company.approve(come_back(company))
    company.set(ANN, f"{T1}=lead 50%", start="2026-05-01")
    company.set(ANN, f"{WEST}=member", start="2026-05-01")
    again = {"team:T1": "lead 50% 2026-05-01..", "territory:west": "member - 2026-05-01.."}
    assert held(company, "2026-06-01") == again
    company.run(with_cells(COMPANY, ANN, hired=hired))
    assert company.approve(company.one()).code == 0
    assert [held(company, day) for day in ("2026-05-20", "2027-01-01")] == [again, again]
    if hired < "2026-05-01":
        assert held(company, "2026-04-20") == {}
    assert whole(company)


@pytest.mark.parametrize("day", ["2026-04-15", "2026-06-01"])
def test_a_rehire_is_approved_for_another_day_and_ends_the_same(member_of: World, day: str):
    leave(member_of)
    assert member_of.approve(come_back(member_of), effective=day).code == 0
    employed = member_of.history(ANN, "status", GOLD, T1, WEST)
    assert [one[2:] for one in employed if one[0] >= day] == [("active", None, None, None)]
    assert employed[-1][0] == day


def test_what_only_another_day_would_take_along_is_refused_with_what_ends_it(member_of: World):
    """It is over by the day that the source says, so no run lists it."""
    Members(member_of).have(member(1, "T8", To="2026-04-20"))
    leave(member_of)
    change = come_back(member_of)
    (told,) = member_of.approve(change, effective="2026-04-15")["refused"]
    assert told["reason"].endswith("before: `set P1 'member:team:T8=' --from 2026-04-15` ends it"), told
    member_of.set(ANN, "member:team:T8=", start="2026-04-15")
    assert member_of.approve(change, effective="2026-04-15").code == 0
    assert held(member_of, "2026-04-15") == {}


def test_hired_again_twice_each_lists_what_there_is(member_of: World):
    leave(member_of)
    member_of.approve(come_back(member_of))
    member_of.set(ANN, f"{GOLD}=in", start="2026-05-10")
    member_of.on("2026-06-02").run(with_cells(COMPANY, ANN, hired="2026-05-01", left="2026-05-31"))
    member_of.approve()
    member_of.on("2026-08-03").run(with_cells(COMPANY, ANN, hired="2026-08-01"))
    change = member_of.one(kind="rehire")
    assert lost(change) == {GOLD: "- - 2026-05-10.."}
    member_of.approve(change)
    assert held(member_of, "2026-08-03") == {}


def test_a_history_sent_at_once_is_approved_at_once(member_of: World):
    """Left, hired again, left and hired again, in one read: each rehire lists what would go on."""
    member_of.feed["history"] = True
    member_of.save()
    ann = COMPANY[0]
    past = [
        {**ann, "from": "2025-01-01"},
        {**ann, "from": "2026-02-01", "left": "2026-01-31"},
        {**ann, "from": "2026-03-01", "hired": "2026-03-01"},
        {**ann, "from": "2026-04-01", "hired": "2026-03-01", "left": "2026-03-31"},
        {**ann, "from": "2026-05-01", "hired": "2026-05-01"},
    ]
    others = [{**one, "from": "2025-01-01"} for one in COMPANY[1:]]
    member_of.on("2026-05-04").run([*past, *others])
    rehires = member_of.changes("pending", kind="rehire")
    assert [(one["effective"], sorted(lost(one))) for one in rehires] == [
        ("2026-03-01", [GOLD, T1, WEST]), ("2026-05-01", []),
    ]  # fmt: skip
    said = member_of.approve()
    assert (said.code, said["refused"]) == (0, [])
    assert member_of.run()["proposed"] == 0
    assert [held(member_of, day) for day in ("2026-03-15", "2026-05-04", "2026-07-01")] == [{}, {}, {}]


# --- pay

DEALS: tuple[Deal, ...] = (("X1", "2026-01-07", "E3", "700.00"), ("X2", "2026-05-07", "E3", "300.00"))


def paid_by_membership(paid: PayWorld) -> PayWorld:
    """Cid is on the plan by hand alone, has left, and is hired again in May."""
    people = [{**one, **({"plans": ""} if one["id"] == "E3" else {})} for one in PEOPLE]
    fields = paid.mapping["fields"]
    fields["termination_date"] = {"from": "left", "type": "date", "format": "%Y-%m-%d"}
    del fields["plans"]
    paid.save()
    for nth in (1, 2, 3):
        paid.set(f"E{nth}", "plans=", start="2025-06-01")
        paid.set(f"E{nth}", "member:plan:reseller=in", start="2025-06-01")
    columns = ("id", "name", "entity", "group", "paid_in", "hired", "left", "from")

    def send(**cells: str) -> None:
        rows = [{**one, **(cells if one["id"] == "E3" else {})} for one in people]
        lines = [",".join(columns), *(",".join(one.get(name, "") for name in columns) for one in rows)]
        paid.write("inbox/people.csv", "\n".join(lines) + "\n")
        assert paid.call("run", "people").code == 0

    paid.on("2026-03-01")
    send(left="2026-02-15")
    assert paid.approve().code == 0
    paid.sell(*DEALS)
    paid.on("2026-06-01")
    send(hired="2026-05-01")
    return paid


def test_pay_goes_by_what_was_decided_and_is_seen_before(paid: PayWorld):
    change = paid_by_membership(paid).one(kind="rehire")
    assert lost(change) == {"member:plan:reseller": "- - 2025-06-01.."}
    seen = paid.call("calculate", "2026-05", "--as-if", change["id"])
    assert seen.code in (0, 1), seen.document
    paid.approve(change)
    paid.calculate("2026-05")
    assert not any(who == "P3" and amount != "0.00" for (who, *_), amount in paid.amounts("2026-05").items())
    assert {one["code"]: one["rows"] for one in paid.calculate("2026-05")["uncredited"]} == {"no_plan": 1}
    paid.set("E3", "member:plan:reseller=in", start="2026-05-01")
    paid.calculate("2026-05")
    assert ("P3", "earned", "2026-05") in paid.amounts("2026-05")


def test_a_rehire_that_was_decided_before_goes_on_paying_as_it_did(
    paid: PayWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an earlier version of the program decided it: nothing is taken back, and nothing is asked again."""
    with monkeypatch.context() as earlier:
        earlier.setattr(proposals, "with_what_ends", lambda _, found: list(found))
        earlier.setattr(applying, "left_over", lambda *_: {})
        change = paid_by_membership(paid).one(kind="rehire")
        assert lost(change) == {}
        assert paid.approve(change).code == 0
    paid.calculate("2026-05")
    amounts = paid.amounts("2026-05")
    assert amounts["P3", "earned", "2026-05"] != "0.00"
    assert paid.call("run", "people")["runs"][0]["proposed"] == 0
    paid.calculate("2026-05")
    assert paid.amounts("2026-05") == amounts
