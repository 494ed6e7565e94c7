"""Users of an org: who manages whom, who is inactive, frozen, or of a partner."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cursors.org import People
from tests.doubles.salesforce.org import Field

YES_NO = {"type": "yes_no"}


@pytest.fixture
def users(people: People) -> dict[str, str]:
    """A manager, one of the team, and one of a partner, as the feed `people` reads them; and their log-ins."""
    org = people.org
    fields = org.objects["User"].fields
    for name, kind in (("IsActive", "boolean"), ("UserType", "picklist"), ("Hired__c", "date")):
        fields[name] = Field(name, kind)
    fields["AccountId"] = Field("AccountId", "reference", parents=("Account",), relationship="Account")
    person = Field("UserId", "reference", parents=("User",), relationship="User")
    logins = (person, Field("IsFrozen", "boolean"), Field("LastModifiedDate", "datetime"))
    org.make("UserLogin", "0Yw", *logins, lacks=("SystemModstamp", "IsDeleted"))
    people.feed.update(stream="User", owns_roster=True, full="weekly on sunday")
    people.mapping["fields"] = {
        "employee_id": "EmployeeNumber", "name": "Name", "team": "UserRole.Name", "firm": "Account.Name",
        "manager": {"from": "Manager.EmployeeNumber", "type": "participant", "by": "employee_id"},
        "status": {"from": "IsActive", "values": {"true": "active", "false": "terminated"}},
        "kind": {"from": "UserType", "values": {"Standard": "employee", "PowerPartner": "partner_contact"}},
        "hire_date": {"from": "Hired__c", "type": "date", "format": "%Y-%m-%d"},
    }  # fmt: skip
    people.settings["custom_attributes"] |= {"frozen": YES_NO, "firm": {"type": "text"}}
    people.settings["feeds"]["logins"] = {
        "source": "crm", "stream": "UserLogin", "into": "participants", "mapping": "mappings/logins.yaml", "full": True
    }  # fmt: skip
    people.write(
        "mappings/logins.yaml", '{"key": "UserId", "fields": {"frozen": {"from": "IsFrozen", "type": "yes_no"}}}'
    )
    people.save()
    east, firm = org.save("UserRole", Name="East"), org.save("Account", Name="Nordwind")
    usual: dict[str, Any] = {"IsActive": True, "UserType": "Standard", "Hired__c": "2025-01-01", "UserRoleId": east}
    ann = org.save("User", Name="Ann", EmployeeNumber="01001", **usual)
    bob = org.save("User", Name="Bob", EmployeeNumber="01002", ManagerId=ann, **usual)
    pat = org.save("User", Name="Pat", EmployeeNumber="01003", AccountId=firm, **usual | {"UserType": "PowerPartner"})
    found = {"ann": ann, "bob": bob, "pat": pat}
    found |= {f"{name}'s log-in": org.save("UserLogin", UserId=one, IsFrozen=False) for name, one in found.items()}
    people.later(600)
    for feed in ("people", "logins"):
        assert people.call("run", feed).code == 0
        assert people.approve().code == 0
    people.later(600)
    return found


def test_managers_roles_and_partners_are_who_they_are(people: People, users: dict[str, str]):
    roster = people.roster()
    assert (roster["01002"]["manager"], roster["01002"]["team"], roster["01002"]["kind"]) == ("P1", "East", "employee")
    assert (roster["01003"]["kind"], roster["01003"]["firm"]) == ("partner_contact", "Nordwind")
    assert {one["frozen"] for one in roster.values()} == {"false"}


def test_one_who_is_frozen_is_told_by_the_log_in_and_one_who_is_inactive_leaves(people: People, users: dict[str, str]):
    """Nothing moves on a user who is frozen; and a user is never deleted."""
    people.org.save("UserLogin", users["bob's log-in"], IsFrozen=True)
    people.org.save("User", users["pat"], IsActive=False)
    people.later(600)
    assert people.call("run", "people")["runs"][0]["proposed"] == 1
    assert people.call("run", "logins")["runs"][0]["proposed"] == 1
    frozen, left = people.one(kind="update"), people.one(kind="termination")
    assert (frozen["employee_id"], frozen["fields"]) == ("01002", {"frozen": {"before": "false", "after": "true"}})
    assert left["employee_id"] == "01003"
    assert people.approve().code == 0
    people.later(600)
    assert [one["proposed"] for one in people.call("run")["runs"]] == [0, 0]
