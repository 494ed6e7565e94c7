"""Two participants turn out to be one person: proposed, approved, paid on, taken back."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.changes import stage
from tests.scenarios import closing
from tests.scenarios.closing import PLAN, SALES, PayWorld
from tests.scenarios.members import Members, member
from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.scenarios.test_answers import linked, whole
from tests.scenarios.test_links import link, unlink
from tests.scenarios.world import Answer, Document, World

ANN, BOB = "P1", "P2"


def merge(world: World, key: str = BOB, into: str = ANN, **options: str) -> Document:
    """Propose that somebody is somebody else."""
    said = tried(world, key, into, **options)
    assert said.code == 0, said.document
    return dict(said.document)


def tried(world: World, key: str = BOB, into: str = ANN, **options: str) -> Answer:
    """The same where it may be refused."""
    given = [word for name, value in options.items() for word in (f"--{name.rstrip('_')}", value)]
    return world.call("merge", key, into, "--reason", "the same badge", *given)


def merged(world: World, key: str = BOB, into: str = ANN, **options: str) -> Document:
    """Propose it and approve it."""
    change = merge(world, key, into, **options)
    said = world.approve(change["id"])
    assert (said.code, said["refused"]) == (0, []), said.document
    return change


def since(world: World, key: str = BOB) -> list[tuple[Any, ...]]:
    """The versions of somebody: days, status, whom they were merged into."""
    return world.history(key, "status", "merged_into")


# --- what it does


def test_nothing_happens_before_it_is_approved_and_what_would_is_said(company: World):
    said = merge(company)
    assert (said["kind"], said["state"], said["participant"], said["into"]) == ("merge", "pending", BOB, ANN)
    assert (said["links"], said["paid_until"], said["withdrawn"]) == (["hr:01002"], None, [])
    assert said["fields"] == {
        "merged_into": {"before": None, "after": ANN},
        "status": {"before": "active", "after": "terminated"},
    }
    assert linked(company, "hr:01002")[0]["participant"] == BOB
    assert company.run(COMPANY)["unchanged"] == 20


def test_records_and_ids_are_the_other_ones_and_history_stays(company: World):
    before, revision = company.history("P2", "name", "email"), company.revision()
    merged(company, from_="2026-03-01")
    ended, now = linked(company, "hr:01002")
    assert (ended["participant"], ended["ended"] is None) == (BOB, False)
    assert (now["participant"], now["why"]) == (ANN, "approved as C21")
    for key in ("01002", "hr:01002", "01001"):
        assert {one["participant"] for one in company.call("participants", "--history", key).document} == {ANN}
    first = before[0][0]
    assert since(company) == [(first, "2026-03-01", "active", None), ("2026-03-01", None, "terminated", ANN)]
    known_then = company.call("participants", "--history", BOB, "--known-at", str(revision))
    assert [one["attributes"]["status"] for one in known_then.document] == ["active"]
    assert "01002" in company.roster("2026-02-28")
    assert "01002" not in company.roster("2026-03-01")
    assert whole(company)


def test_the_next_run_compares_their_records_with_the_other_one(company: World):
    """Neither is missing, nobody is added; what differs is asked of P1, who may have the id from now on."""
    merged(company)
    said = company.run(COMPANY)
    assert (said["absent"], said["conflicts"], said["errors"]) == (0, 0, 0)
    asked = company.pending()
    assert {one["participant"] for one in asked} <= {ANN}
    assert all(one["kind"] != "add" for one in asked)
    assert company.approve().code == 0
    assert company.run(COMPANY)["pending"] == 0
    assert whole(company)


def test_whoever_is_named_by_an_id_of_before_is_the_other_one(company: World):
    """A new record with the id, a manager, a value typed in: all find P1."""
    company.use("manager")
    company.run(COMPANY)
    company.approve()
    merged(company)
    company.run([*COMPANY, someone("02001", manager="01002")])
    add = company.one(kind="add")
    assert add["fields"]["manager"]["after"] == ANN
    said = company.call("set", "01003", "manager=01002", "--from", "2026-02-01", "--reason", "moved")
    assert said["fields"]["manager"]["after"] == ANN
    taken = company.call("add", "employee_id=01002", "name=Zed", "--from", "2026-02-01", "--reason", "new")
    assert (taken.code, "belongs to P1" in taken.error["message"]) == (5, True)
    assert whole(company)


def test_a_new_record_with_an_id_of_before_is_a_link_to_the_other_one(world: World):
    world.mapping["key"] = "phone"
    world.save()
    people = [someone(f"0100{n}", phone=f"T{n}") for n in (1, 2, 3)]
    world.begin(people)
    merged(world)
    world.run([people[0], people[2], someone("01002", phone="T9")])
    assert [one["participant"] for one in world.changes("pending", kind="link")] == [ANN]


def test_what_waited_or_was_remembered_of_them_is_over_and_told(company: World):
    rows = with_cells(COMPANY, "01002", title="Head", team="North")
    company.run(rows)
    company.reject(company.one(), fields="title")
    company.call("override", "01002", "email=bob@elsewhere.test", "--reason", "asked")
    said = merge(company)
    waits = company.changes("pending", participant=BOB)
    others = [one["id"] for one in waits if one["id"] != said["id"]]
    assert (said["withdrawn"], said["forgotten"], said["ended"]) == (others, ["J1"], ["O1"])
    assert company.approve(said["id"]).code == 0
    assert {one["id"] for one in company.changes("withdrawn")} == set(others)
    (no,) = company.call("rejections", "--all").document
    assert no["ended"]
    assert company.call("override", "list").document == []
    assert whole(company)


def test_who_is_not_whom_is_said_of_the_other_one(company: World):
    """hr:02001 is not P2, so it is not P1; hr:01002 was said not to be P1, which the merge takes back."""
    company.run([*COMPANY, someone("02001")])
    link(company, "hr:02001", BOB)
    unlink(company, "hr:02001")
    link(company, "hr:02002", BOB)
    merged(company)
    apart = company.call("links", "--apart").document
    assert [(one["link"], one["participant"]) for one in apart] == [("hr:02001", ANN)]
    assert whole(company)


def test_nothing_is_done_any_more_to_who_was_merged(company: World):
    merged(company)
    for command in (
        ("set", BOB, "title=Head", "--from", "2026-02-01", "--reason", "no"),
        ("link", "hr:77777", BOB, "--reason", "no"),
        ("override", BOB, "title=Head", "--reason", "no"),
    ):
        said = company.call(*command)
        assert (said.code, "was merged into P1" in said.error["message"]) == (2, True), command


def test_three_who_are_one(company: World):
    """P3 into P2, P2 into P1: what named P3 names P1."""
    merged(company, "P3", BOB)
    merged(company)
    assert {one["participant"] for one in company.call("participants", "--history", "01003").document} == {ANN}
    assert linked(company, "hr:01003")[-1]["participant"] == ANN
    company.run(COMPANY)
    assert {one["participant"] for one in company.pending()} <= {ANN}
    assert whole(company)


# --- an id that is given on

ZED = someone("01002", name="Zed New", email="zed@example.com", hired="2026-01-04", title="Clerk")


def test_an_id_of_before_that_was_given_to_somebody_new_is_theirs_once_that_is_said(company: World):
    """The record is taken from who was merged, and answered to be somebody new: then the id is in nobody's way."""
    merged(company)
    company.run(COMPANY)
    company.approve()
    rows = [*without(COMPANY, "01002"), ZED]
    company.on("2026-02-01").run(rows)
    unlink(company, "hr:01002")
    company.run(rows)
    assert company.approve(company.one(participant=ANN)).code == 0, "their own id is theirs again"
    [question] = company.call("conflicts").document
    assert company.call("answer", question["id"], "--new", "--reason", "hired this year").code == 0
    company.run(rows)
    assert company.one()["kind"] == "add"
    said = company.approve()
    assert (said.code, said["refused"]) == (0, []), said.document
    who = {key: one["name"] for key, one in company.roster().items()}
    assert (who["01001"], who["01002"]) == ("Person 01001", "Zed New")
    named = {one["participant"] for one in company.call("participants", "--history", "01002").document}
    assert named == {"P21"}, "the key names who has it now"
    assert company.run(rows)["proposed"] == 0
    assert whole(company)


# --- what cannot be


@pytest.mark.parametrize(
    ("key", "into", "told"),
    [
        (BOB, BOB, "P2 is P2"),
        (BOB, "P21", "P21 is no participant"),
    ],
)
def test_who_cannot_be_one(company: World, key: str, into: str, told: str):
    company.run([*COMPANY, someone("02001")])
    said = tried(company, key, into)
    assert (said.code, told in said.error["message"]) == (5, True), said.document


def test_two_who_were_merged_elsewhere_are_named_by_who_they_are(company: World):
    merged(company)
    for pair in ((BOB, "P3"), ("P3", BOB)):
        said = tried(company, *pair)
        assert (said.code, "P1" in said.error["message"]) == (2, True)


def test_a_source_of_which_two_records_never_are_one_person(company: World):
    company.settings["sources"]["hr"]["people"] = "one_record"
    company.save()
    said = tried(company)
    assert (said.code, "hr:01001 and hr:01002" in said.error["message"]) == (5, True)


def test_four_eyes_and_ones_own_record(company: World):
    """Who proposed it does not approve it."""
    company.settings["four_eyes"] = True
    company.save()
    change = merge(company, as_="ana")
    assert company.approve(change["id"], as_="ana").code == 5
    assert company.approve(change["id"], as_="ben").code == 0


def test_with_other_changes_of_theirs_it_is_decided_apart(company: World):
    company.run(with_cells(COMPANY, "01002", title="Head"))
    merge(company)
    said = company.approve()
    assert [one["id"] for one in said["refused"]] == ["C21"]
    assert since(company)[-1][3] == ANN
    assert whole(company)


# --- taken back


def test_taken_back_both_are_as_before(company: World):
    before = {key: company.call("participants", "--history", key).document for key in ("P1", "P2")}
    change = merged(company)
    said = company.call("revert", change["id"], "--reason", "two after all")
    assert said.code == 0, said.document
    (opposite,) = said["proposed"]
    assert (opposite["kind"], opposite["fields"]["merged_into"]) == ("merge", {"before": ANN, "after": None})
    assert company.approve(opposite["id"]).code == 0
    after = {key: company.call("participants", "--history", key).document for key in ("P1", "P2")}
    names = ("valid_from", "valid_to", "attributes")
    assert [[one[name] for name in names] for one in after["P2"]] == [
        [one[name] for name in names] for one in before["P2"]
    ]
    assert after["P1"] == before["P1"]
    assert linked(company, "hr:01002")[-1]["participant"] == BOB
    assert company.run(COMPANY)["unchanged"] == 20
    assert {one["participant"] for one in company.call("participants", "--history", "01002").document} == {BOB}
    assert whole(company)


def test_it_is_not_taken_back_while_the_other_one_goes_by_the_id(company: World):
    change = merged(company)
    company.run(COMPANY)
    company.approve()
    assert company.roster()["01002"]["employee_id"] == "01002"
    (opposite,) = company.call("revert", change["id"], "--reason", "two after all")["proposed"]
    said = company.approve(opposite["id"])
    assert (said.code, "employee_id 01002 is P1's by now" in said["refused"][0]["reason"]) == (5, True)


# --- pay


def deals(*more: tuple[str, str, str, str]) -> tuple[tuple[str, str, str, str], ...]:
    """Two people who sell; E2 is paid by facts that name E2."""
    return (("X1", "2026-01-05", "E1", "400.00"), ("X3", "2026-01-07", "E2", "500.00"), *more)


def test_what_was_paid_stays_and_what_comes_is_the_other_ones(pay: PayWorld):
    """January is committed to both; February of E2 counts for P1, on P1's own attainment, and nothing is taken back."""
    pay.begin_pay(deals=deals(("X7", "2026-02-03", "E2", "600.00")))
    pay.close("2026-01")
    before = pay.act("results", "2026-01").document
    change = merge(pay)
    assert (change["effective"], change["paid_until"]) == ("2026-02-01", "2026-02-01")
    assert pay.approve(change["id"]).code == 0
    pay.close("2026-02")
    # P1 has 400 of January and 600 of February: all at 10 %
    assert pay.amounts("2026-02") == {(ANN, "earned", "2026-02"): "60.00"}
    assert pay.act("results", "2026-01").document == before
    assert pay.call("audit", "verify").code == 0


def test_who_was_never_paid_is_the_other_one_from_the_beginning(pay: PayWorld):
    pay.begin_pay(deals=deals(("X7", "2026-02-03", "E2", "600.00")))
    merged(pay)
    pay.close("2026-01")
    assert pay.amounts("2026-01") == {(ANN, "earned", "2026-01"): "90.00"}


def test_an_amount_as_known_before_is_as_it_was(pay: PayWorld):
    pay.begin_pay(deals=deals())
    revision = pay.revision()
    merged(pay)
    said = pay.act("calculate", "2026-01", known_at=str(revision), dry_run=True)
    assert said["totals"] == [{"currency": "USD", "amount": "90.00"}]
    pay.calculate("2026-01", known_at=str(revision))
    assert pay.amounts("2026-01") == {(ANN, "earned", "2026-01"): "40.00", (BOB, "earned", "2026-01"): "50.00"}


def test_parts_of_a_deal_are_the_other_ones_from_the_day_on(pay: PayWorld):
    """Both had a part of the same deals: of January each their own, of February P1 has the whole."""
    pay.settings["feeds"]["sales"]["mapping"] = "mappings/sales.yaml"
    mapping = """\
key: id
fields:
  kind: {value: deal}
  date: {from: day, type: date, format: '%Y-%m-%d'}
  splits: {from: rep, type: set, by: employee_id, separator: ;}
  amount: {from: amount, type: money, currency: {value: USD}}
"""
    pay.write("mappings/sales.yaml", mapping)
    shared = "E1=60%;E2=40%"
    plan = PLAN.replace("to: owner", "to: splits")
    pay.begin_pay(deals=(("X1", "2026-01-05", shared, "500.00"), ("X2", "2026-02-05", shared, "500.00")), plan=plan)
    pay.close("2026-01")
    assert pay.amounts("2026-01") == {(ANN, "earned", "2026-01"): "30.00", (BOB, "earned", "2026-01"): "20.00"}
    merged(pay)
    pay.close("2026-02")
    assert pay.amounts("2026-02") == {(ANN, "earned", "2026-02"): "50.00"}


def test_the_pay_effect_is_seen_before_the_click(pay: PayWorld):
    pay.begin_pay(deals=deals())
    change = merge(pay)
    said = pay.act("calculate", "2026-01", as_if=change["id"])
    assert said["totals"] == [{"currency": "USD", "amount": "90.00"}]
    pay.approve(change["id"])
    pay.calculate("2026-01")
    assert pay.amounts("2026-01") == {(ANN, "earned", "2026-01"): "90.00"}


def test_not_from_a_day_that_was_paid(pay: PayWorld):
    pay.begin_pay(deals=deals())
    pay.close("2026-01")
    said = tried(pay, from_="2026-01-15")
    assert (said.code, "can be somebody else from 2026-02-01 on" in said.error["message"]) == (5, True)
    change = merge(pay)
    refused = pay.approve(change["id"], effective="2026-01-15")
    assert (refused.code, "stays booked" in refused["refused"][0]["reason"]) == (5, True)


def test_not_while_a_pay_run_is_being_closed(pay: PayWorld):
    pay.begin_pay(deals=deals())
    change = merge(pay)
    pay.calculate("2026-01")
    pay.submit("2026-01")
    refused = pay.approve(change["id"])
    assert (refused.code, "2026-01 is approved: `commit` it, or `return` it" in refused["refused"][0]["reason"]) == (
        5,
        True,
    )


def test_not_while_an_amount_by_hand_is_undecided(pay: PayWorld):
    pay.begin_pay(deals=deals())
    pay.calculate("2026-01")
    adjusted = pay.call(
        *("adjust", BOB, "2026-01", "50", "USD", "--component", "commission", "--reason", "late", "--as", "ana")
    )
    assert adjusted.code == 0, adjusted.document
    said = tried(pay)
    assert (said.code, "A1, by hand for P2" in said.error["message"]) == (5, True)


def test_what_is_explained_of_both_ends_at_their_own_rows(pay: PayWorld):
    pay.begin_pay(deals=deals(("X7", "2026-02-03", "E2", "600.00")))
    pay.close("2026-01")
    merged(pay)
    pay.close("2026-02")
    for key, period, amount in ((ANN, "2026-02", "60.00"), (BOB, "2026-01", "50.00")):
        said = pay.call("explain", key, period)
        assert (said.code, [one["amount"] for one in said["amounts"]]) == (0, [amount]), said.document
    explained = pay.call("explain", ANN, "2026-02", "--transaction", "X7")
    assert explained.code == 0, explained.document


def test_both_are_erased_and_every_amount_stays(left: PayWorld):
    """Ann has left; Bob was she, and was paid. Each is erased apart, which is said; facts go on naming them."""
    left.on("2026-03-01")
    merged(left, BOB, ANN)
    before = {period: left.act("results", period).document for period in ("2026-01", "2026-02")}
    left.on("2026-06-01")
    said = left.call("erase", BOB, "--reason", "asked")
    assert (said.code, said["left"][0]) == (0, "P1, who is the same person: `erase P1`"), said.document
    other = left.call("erase", ANN, "--reason", "asked")
    assert (other.code, other["left"][0]) == (0, "P2, who is the same person: `erase P2`"), other.document
    after = {period: left.act("results", period).document for period in ("2026-01", "2026-02")}
    assert after == before
    left.calculate("2026-03")
    assert not [one for one in left.results("2026-03") if one["participant"] in (ANN, BOB)]
    assert left.call("audit", "verify").code == 0


# --- whoever else comes to have a name or a record of somebody merged


def test_a_record_that_is_somebody_elses_by_now_pays_that_one(pay: PayWorld):
    """hr:E2 turns out to be Cid: of days before the merge it was Bob, of those since it is Cid, and never Ann."""
    pay.write("mappings/sales.yaml", SALES.replace("by: employee_id", "by: people"))
    pay.begin_pay(deals=deals(("X7", "2026-02-03", "E2", "600.00")))
    pay.close("2026-01")
    merged(pay)
    pay.calculate("2026-02")
    assert pay.amounts("2026-02") == {(ANN, "earned", "2026-02"): "60.00"}
    unlink(pay, "hr:E2")
    assert pay.calculate("2026-02")["totals"] == []
    link(pay, "hr:E2", "P3")
    pay.calculate("2026-02")
    assert pay.amounts("2026-02") == {("P3", "earned", "2026-02"): "60.00"}
    assert pay.call("audit", "verify").code == 0


@pytest.mark.parametrize("is_paid", [True, False])
def test_an_address_that_is_given_to_somebody_new_pays_that_one(
    pay: PayWorld, monkeypatch: pytest.MonkeyPatch, is_paid: bool
):
    """Bob's address is Zed's now: from the merge on, also where Bob was merged as a whole."""
    monkeypatch.setattr(closing, "PEOPLE_COLUMNS", (*closing.PEOPLE_COLUMNS, "mail"))
    pay.mapping["fields"]["email"] = "mail"
    pay.save()
    pay.write("mappings/sales.yaml", SALES.replace("by: employee_id", "by: email"))
    people = [{**one, "mail": f"{one['id'].lower()}@x.test"} for one in closing.PEOPLE]
    sold = deals(("X7", "2026-02-03", "E2", "600.00"))
    pay.begin_pay(people, [(key, day, f"{rep.lower()}@x.test", amount) for key, day, rep, amount in sold])
    if is_paid:
        pay.close("2026-01")
    merged(pay)
    pay.send_people([people[0], people[2], {**people[1], "id": "E9", "name": "Zed", "mail": "e2@x.test"}])
    pay.call("run", "people")
    pay.approve(pay.one(kind="add")["id"], as_="ana")
    if not is_paid:
        pay.calculate("2026-01")
        assert pay.amounts("2026-01") == {
            (ANN, "earned", "2026-01"): "40.00", ("P4", "earned", "2026-01"): "50.00",
        }  # fmt: skip
        return
    pay.calculate("2026-02")
    assert pay.amounts("2026-02") == {("P4", "earned", "2026-02"): "60.00"}


def test_whoever_was_merged_stays_ended_in_an_employment_to_come(pay: PayWorld):
    """Bob has left, and his return in June is approved: merged from March, he does not come back."""
    pay.begin_pay(deals=deals())
    pay.call("set", BOB, "status=terminated", "--from", "2026-02-01", "--reason", "left")
    pay.approve(as_="ana")
    people = [{**one, "hired": "2026-06-01"} if one["id"] == "E2" else one for one in closing.PEOPLE]
    pay.send_people(people)
    pay.call("run", "people")
    assert pay.approve(as_="ana").code == 0
    assert since(pay)[-1][0] == "2026-06-01"
    merged(pay, from_="2026-03-01")
    assert {one[2:] for one in since(pay) if one[0] >= "2026-03-01"} == {("terminated", ANN)}
    pay.on("2026-07-01")
    assert BOB not in [one["participant"] for one in pay.call("participants").document]


def test_four_eyes_are_those_of_neither_of_them(company: World):
    """Whose e-mail is that of the one merged into does not approve it either."""
    company.settings["four_eyes"] = True
    company.save()
    change = merge(company, as_="ana")
    for key in (ANN, BOB):
        own = company.call("participants", "--history", key).document[-1]["attributes"]["email"]
        said = company.approve(change["id"], as_=own)
        assert (said.code, "own record" in said["refused"][0]["reason"]) == (5, True), said.document
    assert company.approve(change["id"], as_="ben").code == 0


def test_rows_that_name_somebody_merged_and_erased_are_the_other_ones(left: PayWorld):
    crm = Members(left)
    left.on("2026-03-01")
    merged(left, BOB, ANN)
    left.on("2026-06-01")
    assert left.call("erase", BOB, "--reason", "asked").code == 0
    said = crm.run({**member(1, "C2", "2026-01-01", Kind="club"), "Who": "E2"})
    assert (said["errors"], said["pending"]) == (0, 1), said.document
    assert [one["participant"] for one in left.pending()] == [ANN]


def test_what_a_run_asks_that_began_before_the_merge_is_not_approved(
    company: World, monkeypatch: pytest.MonkeyPatch
):  # fmt: skip
    """It asks of P2, who is P1 by then: it is stale, and the next run asks it of P1."""
    change = merge(company, from_="2026-02-01")
    real: Any = getattr(stage, "load_roster")  # noqa: B009 - it is another module's

    def meanwhile(*given: Any, **named: Any) -> Any:
        found = real(*given, **named)
        if company.changes("pending", kind="merge"):
            assert company.approve(change["id"]).code == 0
        return found

    monkeypatch.setattr(stage, "load_roster", meanwhile)
    rows = with_cells(COMPANY, "01002", title="Head")
    company.run(rows)
    late = company.one(participant=BOB)
    said = company.approve(late["id"])
    assert (said.code, said["refused"][0]["reason"]) == (
        5,
        "P2 was merged into P1: the next run asks it of P1",
    )
    assert [one["id"] for one in company.changes("stale")] == [late["id"]]
    company.run(rows)
    assert {one["participant"] for one in company.pending()} == {ANN}
    assert whole(company)
