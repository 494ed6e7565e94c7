"""The workspace that ships for Salesforce, with the double in place of an org: from users and deals to pay and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import yaml

from syncd.outside import write_back
from syncd.outside.sending import send_next
from syncd.world import open_world
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.world import World


def demo(double: Double) -> dict[str, str]:
    """An org with two who sell, three deals, one of them shared and one still open, and somebody who is no person."""
    org = double.org
    for name in ("UserType", "Commission_Plan__c"):
        org.objects["User"].fields[name] = Field(name)
    org.objects["User"].fields["IsActive"] = Field("IsActive", "boolean")
    org.objects["User"].fields["Hire_Date__c"] = Field("Hire_Date__c", "date")
    link = Field("OpportunityId", "reference", parents=("Opportunity",), relationship="Opportunity")
    owner = Field("SplitOwnerId", "reference", parents=("User",), relationship="SplitOwner")
    org.make("OpportunitySplit", "0Fn", link, owner, Field("SplitAmount", "currency"))
    fields = [Field(name) for name in ("Rep__c", "Period__c", "Plan__c", "Reason__c")]
    line = Field("Line__c", external=True)
    org.make("Commission_Result__c", "a01", line, *fields, Field("Amount__c", "currency"))
    east = org.save("UserRole", Name="East")
    usual: dict[str, Any] = {"UserType": "Standard", "IsActive": True, "UserRoleId": east, "Hire_Date__c": "2025-06-01"}
    plan: dict[str, Any] = {"Commission_Plan__c": "account_executive"}
    ann = org.save("User", Name="Ann", Email="ann@acme.com", EmployeeNumber="00001", **usual, **plan)
    bob = org.save("User", Name="Bob", Email="bob@acme.com", EmployeeNumber="00002", **usual, **plan)
    org.save("User", Name="Automated", UserType="AutomatedProcess", IsActive=True)
    for name, stage, shares in (
        ("A", "Closed Won", {ann: "90000"}),
        ("B", "Closed Won", {ann: "30000", bob: "10000"}),
        ("C", "Negotiation", {bob: "70000"}),
    ):
        of: dict[str, Any] = {"OwnerId": next(iter(shares)), "Amount": sum(map(Decimal, shares.values()))}
        deal = org.save("Opportunity", Name=name, StageName=stage, CloseDate="2026-01-20", **of)
        for who, amount in shares.items():
            org.save("OpportunitySplit", OpportunityId=deal, SplitOwnerId=who, SplitAmount=Decimal(amount))
    org.pass_(600)
    return {"ann": ann, "bob": bob}


def begin(world: World, double: Double, **deals: object) -> dict[str, str]:
    """The example as `init` copies it, with the double's name; people are approved, the plan holds, deals are there."""
    for name in ("syncd.yaml", "mappings/people.yaml"):
        (world.folder / name).unlink()
    assert world.call("init", "--example", "salesforce").code == 0
    told = yaml.safe_load((world.folder / "syncd.yaml").read_text())
    told["sources"]["crm"] |= {"my_domain": double.my_domain, "daily_share": 100}
    told["feeds"]["deals"] |= deals
    told["allow_today"] = True
    (world.folder / "syncd.yaml").write_text(yaml.safe_dump(told))
    who = demo(double)
    world.on("2026-02-02")
    said = world.call("run", "people")
    assert (said.code, said["runs"][0]["problems"], said["runs"][0]["excluded"]) == (0, [], 1)
    assert world.approve().code == 0
    said = world.call("run", "deals")
    assert (said.code, said["runs"][0]["quarantined"], said["runs"][0]["problems"]) == (0, 0, [])
    plan = ("plans/account_executive.yaml", "--from", "2026-01-01")
    assert world.call("plan", "publish", *plan, "--as", "dana").code == 0
    assert world.call("plan", "approve", "account_executive", "--as", "omar").code == 0
    return who


def january(world: World) -> dict[str, str]:
    """What January comes to, by participant."""
    assert world.call("calculate", "2026-01").code in (0, 1)
    return {one["participant"]: one["amount"] for one in world.call("results", "2026-01").document}


def test_the_example_goes_from_users_and_deals_to_pay_and_back(
    world: World,
    salesforce: Double,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ann won 130,000: 8 % of 100,000 and 12 % of the rest. What is committed is then seen in the org."""
    who = begin(world, salesforce)
    assert world.call("check", "--online").code == 0
    assert world.roster()["00001"]["team"] == "East"
    assert january(world) == {"P1": "11600.00"}
    for act, name in (("submit", "dana"), ("approve-results", "omar"), ("commit", "dana")):
        assert world.call(act, "2026-01", "--as", name).code == 0
    assert world.call("write-back", "preview", "results", "2026-01", "--as", "dana").code == 0
    assert world.call("write-back", "approve", "D1", "--as", "omar").code == 0
    monkeypatch.setattr(write_back, "pause", salesforce.org.pass_)
    opened = open_world(world.folder, None)
    done = send_next(opened, "worker")
    opened.database.dispose()
    assert done is not None
    assert done.code is None
    rows = salesforce.org.rows("Commission_Result__c", deleted=False)
    assert {row["Rep__c"]: row["Amount__c"] for row in rows} == {who["ann"]: "11600.00"}
    salesforce.org.pass_(600)
    assert world.call("run", "people")["runs"][0]["proposed"] == 0


def test_a_deal_that_reopens_is_taken_back_and_shared_ones_are_split(
    world: World,
    salesforce: Double,  # noqa: F811 - the fixture
) -> None:
    begin(world, salesforce, stream="OpportunitySplit", mapping="mappings/splits.yaml", full=True)
    assert january(world) == {"P1": "10400.00", "P2": "800.00"}
    deal = next(row for row in salesforce.org.rows("Opportunity", deleted=False) if row["Name"] == "B")
    salesforce.org.save("Opportunity", deal["Id"], StageName="Negotiation")
    salesforce.org.pass_(600)
    assert world.call("run", "deals").code == 0
    assert january(world) == {"P1": "7200.00"}
