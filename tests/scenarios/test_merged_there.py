"""Records that Salesforce merged: who they were about is not gone."""

from __future__ import annotations

import pytest

from syncd.changes import merged_there
from tests.connectors.conftest import _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.world import World


@pytest.fixture
def partners(world: World, salesforce: Double) -> list[str]:  # noqa: F811 - the fixture
    """Three partners are paid, P1 to P3; a fourth contact is nobody's. Gives their records."""
    org = salesforce.org
    org.make("Contact", "003", Field("Name"), Field("Email"), Field("Paid__c"), Field("MasterRecordId", "reference"))
    ids = [org.save("Contact", Name=f"Partner {nth}", Email=f"p{nth}@x.example", Paid__c="yes") for nth in (1, 2, 3)]
    ids.append(org.save("Contact", Name="Prospect", Email="p4@x.example", Paid__c="no"))
    org.pass_(3600)
    secret = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    auth = {"client_credentials": secret}
    crm = {"kind": "salesforce", "my_domain": salesforce.my_domain, "auth": auth, "daily_share": 100}
    world.settings["sources"] = {"crm": crm}
    world.feed.update(source="crm", stream="Contact", full=False)
    world.mapping["fields"] = {"name": "Name", "email": "Email"}
    world.mapping |= {"key": "Id", "where": "Paid__c == 'yes'"}
    del world.mapping["effective"]
    world.save()
    assert world.run().code == 0
    world.approve()
    world.on("2026-01-06")
    return ids


def merge(double: Double, winner: str, *losers: str) -> None:
    double.org.delete("Contact", *losers, master=winner)
    double.org.save("Contact", winner)
    double.org.pass_(3600)


def told(world: World) -> list[str]:
    """Run; give what is said of merged records."""
    return [one["message"] for one in world.run()["problems"] if one["code"] == "merged_there"]


def test_who_is_another_one_is_told_beside_the_end(world: World, salesforce: Double, partners: list[str]):  # noqa: F811
    """A winner that lost in turn leads to the last one; the end can be rejected, and both become one."""
    first, second, third, _ = partners
    merge(salesforce, second, third)
    merge(salesforce, first, second)
    says = [
        f"{key} was merged into {first} there: `merge {person} P1`, whose record that is, and reject the end of "
        f"{person}, unless they have left"
        for key, person in ((second, "P2"), (third, "P3"))
    ]
    assert sorted(told(world)) == sorted(says)
    found = {one["participant"]: (one["kind"], one["hint"]) for one in world.pending()}
    hint = {"possible": "duplicate", "participant": "P1"}
    assert found == {"P2": ("termination", hint), "P3": ("termination", hint)}


def test_who_has_the_other_record_too_does_not_end(world: World, salesforce: Double, partners: list[str]):  # noqa: F811
    _, second, _, other = partners
    assert world.call("link", f"crm:{other}", "P2", "--reason", "theirs too").code == 0
    salesforce.org.save("Contact", other, Paid__c="yes")
    merge(salesforce, other, second)
    assert told(world) == []
    assert "termination" not in {one["kind"] for one in world.pending()}


def test_of_a_record_that_is_nobodys_it_says_how_to_give_it(world: World, salesforce: Double, partners: list[str]):  # noqa: F811
    _, second, _, other = partners
    merge(salesforce, other, second)
    (says,) = told(world)
    assert f"`link crm:{other} P2`, as that is no participant's yet" in says
    assert world.one()["hint"] is None
    assert world.call("link", f"crm:{other}", "P2", "--reason", "merged there").document["moved_from"] == "P4"
    salesforce.org.save("Contact", other, Paid__c="yes")
    salesforce.org.pass_(3600)
    world.run()
    assert "termination" not in {one["kind"] for one in world.pending()}


def test_who_was_deleted_alone_ends(world: World, salesforce: Double, partners: list[str]):  # noqa: F811
    salesforce.org.delete("Contact", partners[1])
    salesforce.org.pass_(3600)
    assert told(world) == []
    assert (world.one()["kind"], world.one()["hint"]) == ("termination", None)


def test_who_came_and_was_merged_in_a_day_too(world: World, salesforce: Double, partners: list[str]):  # noqa: F811
    """Who is gone on the day they began was never there; a merge is told all the same."""
    world.on("2026-01-05")
    merge(salesforce, partners[0], partners[1])
    (says,) = told(world)
    assert "`merge P2 P1`" in says
    assert (world.one()["kind"], world.one()["hint"]) == ("rescission", {"possible": "duplicate", "participant": "P1"})


def test_a_full_read_does_not_have_them_either(world: World, salesforce: Double, partners: list[str]):  # noqa: F811
    merge(salesforce, partners[0], partners[1])
    world.feed.update(full=True)
    world.save()
    (says,) = told(world)
    assert "`merge P2 P1`" in says
    assert world.one()["hint"] == {"possible": "duplicate", "participant": "P1"}


def test_of_too_many_nobody_is_asked_for_and_it_says_so(
    world: World,
    salesforce: Double,  # noqa: F811
    partners: list[str],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(merged_there, "AT_MOST", 1)
    merge(salesforce, partners[0], *partners[1:3])
    report = world.run()
    (told,) = [one for one in report["problems"] if one["code"] == "not_asked_for"]
    assert told["message"] == "more than 1 are gone, too many to ask of each whether it was merged into another one"
    assert [one["hint"] for one in world.pending()] == [None, None]
