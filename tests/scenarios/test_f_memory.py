"""Remembered decisions."""

from __future__ import annotations

import pytest

from tests.scenarios.people import COMPANY, crowd, someone, with_cells, without
from tests.scenarios.world import World

NEWCOMER = someone("02001")


def test_f01_a_rejected_add_stays_rejected(company: World):
    """10 further identical runs: never pending; listed as suppressed with date, user and reason."""
    company.run([*COMPANY, NEWCOMER])
    company.reject(reason="paid by the agency", as_="dana")
    for day in range(6, 16):
        said = company.on(f"2026-01-{day:02}").run()
        assert (said["proposed"], said["pending"], said["suppressed"]) == (0, 0, 1)
    kept_back = company.one("suppressed")
    assert kept_back["earlier"] == {
        "rejected_on": "2026-01-05", "by": "dana", "reason": "paid by the agency", "changed": [],
    }  # fmt: skip
    assert [one["suppressed"] for one in company.call("rejections").document] == [1]
    assert "02001" not in company.roster()


def test_of_fifty_rejected_together_the_one_who_becomes_eligible_comes_back(company: World):
    """50 who earn nothing are rejected in bulk; ten further syncs propose none, whatever else of them changes."""
    company.mapping["fields"]["eligible"] = "status"  # a column that this file has, and nothing else reads
    company.save()
    interns = crowd(50, 3001, status="no")
    said = company.run([*COMPANY, *interns])
    assert (said["proposed"], said["pending"]) == (50, 50)
    company.reject(reason="interns earn nothing", as_="dana")
    assert company.pending() == []
    for nth in range(10):
        rows = [*COMPANY, *with_cells(interns, title=f"Intern {nth}")]
        said = company.on(f"2026-01-{6 + nth:02}").run(rows if nth % 2 else rows[::-1])
        assert (said["proposed"], said["pending"], said["suppressed"]) == (0, 0, 50), nth
    said = company.on("2026-02-01").run([*COMPANY, *with_cells(interns, "03017", status="yes")])
    assert (said["proposed"], said["pending"], said["suppressed"]) == (1, 1, 49)
    change = company.one()
    assert (change["employee_id"], change["kind"]) == ("03017", "add")
    assert change["earlier"] == {
        "rejected_on": "2026-01-05", "by": "dana", "reason": "interns earn nothing",
        "changed": ["eligible false -> true"],
    }  # fmt: skip
    assert company.approve().code == 0
    assert company.run()["proposed"] == 0


def test_a_rejected_add_comes_back_when_it_changes_materially(company: World):
    """Another title is cosmetic; another hire date is not, and the change says what was rejected."""
    company.run([*COMPANY, NEWCOMER])
    company.reject(reason="starts with the agency")
    assert company.run([*COMPANY, {**NEWCOMER, "title": "Lead", "email": "new@example.com"}])["pending"] == 0
    assert company.run([*COMPANY, {**NEWCOMER, "hired": "2026-02-01"}])["pending"] == 1
    earlier = company.one()["earlier"]
    assert earlier["reason"] == "starts with the agency"
    assert earlier["changed"] == ["hire_date 2025-01-01 -> 2026-02-01"]


def test_f07_a_rejection_until_a_day_holds_through_that_day(company: World):
    """Rejected for 90 days: silent up to day 90, pending in the first run after it."""
    company.run([*COMPANY, NEWCOMER])
    company.reject(until="2026-04-05")
    assert company.on("2026-04-05").run()["suppressed"] == 1
    said = company.on("2026-04-06").run()
    assert (said["suppressed"], said["pending"]) == (0, 1)
    assert company.one()["earlier"]["rejected_on"] == "2026-01-05"


def test_a_rejection_for_good_is_never_asked_again(company: World):
    """Not even when it changes materially."""
    company.run([*COMPANY, NEWCOMER])
    company.reject(for_good=True)
    assert company.run([*COMPANY, {**NEWCOMER, "hired": "2026-02-01"}])["suppressed"] == 1
    assert company.call("rejections")[0]["scope"] == "good"


def test_f12_a_new_absence_is_a_new_question(company: World):
    """A termination by absence was rejected; the record returns, later is absent again: proposed, with history."""
    absent = without(COMPANY, "01001")
    company.run(absent)
    company.reject(reason="on parental leave")
    assert company.on("2026-01-06").run()["suppressed"] == 0
    assert company.on("2026-01-07").run(COMPANY)["unchanged"] == 20
    assert company.call("rejections").document == []
    assert company.on("2026-01-08").run(absent)["proposed"] == 1
    again = company.one()
    assert (again["kind"], again["effective"]) == ("termination", "2026-01-08")
    assert again["earlier"]["reason"] == "on parental leave"


def test_f13_a_stated_last_day_is_more_than_an_absence(company: World):
    """A termination by absence was rejected; the authority then states a termination date: proposed."""
    company.run(without(COMPANY, "01001"))
    company.reject()
    assert company.run(with_cells(COMPANY, "01001", left="2026-01-31"))["pending"] == 1
    change = company.one()
    assert (change["kind"], change["ending"], change["effective"]) == ("termination", "source", "2026-02-01")


def test_f18_only_the_rejected_field_is_remembered(world: World):
    """One record changes title and quota; quota rejected, title approved."""
    world.use("ote")
    world.begin(crowd(3, ote="100"))
    rows = with_cells(crowd(3, ote="100"), "01001", title="Lead", ote="200")
    world.run(rows)
    assert world.reject(world.one(), fields="ote").code == 0
    rest = world.one()
    assert list(rest["fields"]) == ["title"]
    assert world.approve(rest).code == 0
    said = world.run(rows)
    assert (said["suppressed"], said["pending"]) == (1, 0)
    assert list(world.one("suppressed")["fields"]) == ["ote"]
    assert (world.roster()["01001"]["title"], world.roster()["01001"]["ote"]) == ("Lead", "100")
    assert world.call("rejections")[0]["fields"] == {"ote": "200"}


def test_f22_another_mapping_of_the_same_values_brings_nothing_back(company: World):
    """The mapping changes without changing a mapped value: no rejection comes back."""
    rows = [*with_cells(COMPANY, "01001", title="Lead"), NEWCOMER]
    company.run(rows)
    company.reject()
    company.mapping["fields"]["title"]["values"] = {"Rep": "Rep", "Lead": "Lead"}
    company.save()
    said = company.run()
    assert (said["mapping_changed"], said["suppressed"], said["pending"]) == (True, 2, 0)


@pytest.mark.parametrize("reason", [(), ("--reason", ""), ("--reason", "  ")])
def test_f24_a_rejection_without_a_reason_is_refused(company: World, reason: tuple[str, ...]):
    """A reason is required."""
    company.run([*COMPANY, NEWCOMER])
    change = company.one()
    said = company.call("reject", change["id"], *reason)
    assert said.code == 2
    assert "reason" in said.error["message"]
    assert company.one()["id"] == change["id"]


def test_a_forgotten_rejection_is_asked_again(company: World):
    """`forget` needs a reason too; the next run asks, and says what was rejected before."""
    company.run([*COMPANY, NEWCOMER])
    company.reject(reason="a mistake")
    rejection = company.call("rejections")[0]["id"]
    assert company.call("forget", rejection).code == 2
    assert company.call("forget", rejection, "--reason", "was one of ours").code == 0
    assert company.call("forget", rejection, "--reason", "twice").code == 5
    assert company.call("rejections").document == []
    assert [one["ended"] for one in company.call("rejections", "--all").document] == [True]
    assert company.run()["pending"] == 1
    assert company.one()["earlier"]["reason"] == "a mistake"


def test_a_rejected_value_is_forgotten_once_source_and_store_agree(company: World):
    """The source takes it back; when it says it again later, that is a new question."""
    changed = with_cells(COMPANY, "01001", title="Lead")
    company.run(changed)
    company.reject()
    assert company.run()["suppressed"] == 1
    company.run(COMPANY)
    assert company.call("rejections").document == []
    assert company.run(changed)["pending"] == 1


def test_a_rejected_link_is_not_asked_again(company: World):
    """A record under a new key is not that person, the admin says: suppressed from then on."""
    company.mapping["key"] = "phone"
    company.save()
    rows = [{**one, "phone": f"T{one['id']}"} for one in COMPANY]
    company.run(rows)
    link = company.pending()[0]
    assert link["kind"] == "link"
    assert company.reject(link, reason="somebody else").code == 0
    said = company.run()
    assert (said["proposed"], said["suppressed"], said["pending"], said["absent"]) == (0, 1, 19, 0)
    assert company.one("suppressed")["earlier"]["reason"] == "somebody else"


def test_until_and_for_good_do_not_go_together(company: World):
    """A mistake, exit 2."""
    company.run([*COMPANY, NEWCOMER])
    assert company.reject(until="2026-04-05", for_good=True).code == 2
    assert company.one()["state"] == "pending"


def test_another_value_of_a_rejected_field_is_asked(company: World):
    """Lead was refused; Chief was not."""
    company.run(with_cells(COMPANY, "01001", title="Lead"))
    company.reject()
    assert company.run(with_cells(COMPANY, "01001", title="Chief"))["pending"] == 1
    assert company.one()["earlier"]["reason"] == "not ours"
