"""Every object in which deals and people are found is a stream by its API name, in full and then by changes."""

from decimal import Decimal
from typing import Any

import pytest

from tests.connectors.follower import Follower
from tests.doubles.salesforce.org import Field, Org

DEAL = Field("OpportunityId", "reference", parents=("Opportunity",), relationship="Opportunity")
WHO = Field("UserId", "reference", parents=("User",), relationship="User")
ALL: dict[str, Any] = {"tells_changes": True}
#: Objects with their prefix, fields, traits, a record's values and a change; what is None is the deal or the person.
STREAMS: dict[str, tuple[str, tuple[Field, ...], dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "User": (
        "005", (Field("Name"), Field("EmployeeNumber"), Field("UserType", "picklist"), Field("IsActive", "boolean"),
                Field("ManagerId", "reference", parents=("User",), relationship="Manager"),
                Field("ContactId", "reference", parents=("Contact",), relationship="Contact"),
                Field("AccountId", "reference", parents=("Account",), relationship="Account")),
        {"tells_changes": True, "lacks": ("IsDeleted",)},
        {"Name": "Pat of Nordwind", "UserType": "PowerPartner", "IsActive": True, "ManagerId": None,
         "ContactId": "003000000000001AAA", "AccountId": "001000000000001AAA"},
        {"IsActive": False},
    ),
    "UserRole": (
        "00E", (Field("Name"), Field("ParentRoleId", "reference", parents=("UserRole",), relationship="ParentRole")),
        {"tells_changes": True, "lacks": ("IsDeleted",)},
        {"Name": "East", "ParentRoleId": "00E000000000001AAA"}, {"Name": "North East"},
    ),
    "Opportunity": (
        "006", (Field("Name"), Field("StageName", "picklist"), Field("Amount", "currency"), Field("CloseDate", "date"),
                Field("CurrencyIsoCode", "picklist"),
                Field("OwnerId", "reference", parents=("User",), relationship="Owner")), ALL,
        {"Name": "A", "StageName": "Closed Won", "Amount": Decimal("1000.50"), "CloseDate": "2026-02-28",
         "CurrencyIsoCode": "EUR", "OwnerId": None},
        {"StageName": "Negotiation"},
    ),
    "Account": (
        "001", (Field("Name"), Field("IsPartner", "boolean")), ALL,
        {"Name": "Nordwind", "IsPartner": True}, {"Name": "Nordwind AG"},
    ),
    "Contact": (
        "003", (Field("LastName"), Field("Email", "email")), ALL, {"LastName": "Fox", "Email": "f@x"}, {"Email": "x@f"},
    ),
    "OpportunitySplit": (
        "1a0", (DEAL, Field("SplitOwnerId", "reference", parents=("User",), relationship="SplitOwner"),
                Field("SplitPercentage", "percent"), Field("SplitAmount", "currency", calculated=True)), ALL,
        {"OpportunityId": None, "SplitOwnerId": None, "SplitPercentage": Decimal("62.5")},
        {"SplitPercentage": Decimal("37.5")},
    ),
    "OpportunityLineItem": (
        "00k", (DEAL, Field("Quantity", "double"), Field("TotalPrice", "currency")), ALL,
        {"OpportunityId": None, "Quantity": Decimal("3.0"), "TotalPrice": Decimal("99.90")},
        {"Quantity": Decimal("4.0")},
    ),
    "OpportunityTeamMember": (
        "00q", (DEAL, WHO, Field("TeamMemberRole", "picklist")), ALL,
        {"OpportunityId": None, "UserId": None, "TeamMemberRole": "Sales Rep"}, {"TeamMemberRole": "Account Manager"},
    ),
    "OpportunityHistory": (
        "008", (DEAL, Field("StageName"), Field("Amount", "currency"), Field("CloseDate", "date")), ALL,
        {"OpportunityId": None, "StageName": "Closed Won", "Amount": Decimal("10.00"), "CloseDate": "2026-02-28"},
        {"StageName": "Closed Lost"},
    ),
    "OpportunityFieldHistory": (
        "017", (DEAL, Field("CreatedDate", "datetime"), Field("Field", "picklist"), Field("NewValue", "anyType")),
        {"tells_changes": True, "lacks": ("SystemModstamp",)},
        {"OpportunityId": None, "Field": "StageName", "NewValue": "Closed Won"}, {},
    ),
    "Task": (
        "00T", (Field("Subject"), Field("ActivityDate", "date"), Field("IsArchived", "boolean")), ALL,
        {"Subject": "Call", "ActivityDate": "2026-02-28", "IsArchived": False}, {"Subject": "Called"},
    ),
    "Event": (
        "00U", (Field("Subject"), Field("StartDateTime", "datetime"), Field("IsArchived", "boolean")), ALL,
        {"Subject": "Demo", "IsArchived": False}, {"Subject": "Demonstration"},
    ),
    "DatedConversionRate": (
        "04w", (Field("IsoCode"), Field("ConversionRate", "double"), Field("StartDate", "date"),
                Field("NextStartDate", "date")), {"tells_changes": True, "lacks": ("IsDeleted",)},
        {"IsoCode": "DKK", "ConversionRate": Decimal("7.461500"), "StartDate": "2026-02-01"},
        {"ConversionRate": Decimal("7.461600")},
    ),
    "Territory2": (
        "0MI", (Field("Name"), Field("ParentTerritory2Id", "reference")), ALL, {"Name": "EMEA"}, {"Name": "Europe"},
    ),
    "UserTerritory2Association": (
        "0MJ", (WHO, Field("RoleInTerritory2"), Field("IsActive", "boolean")),
        {"tells_changes": False, "in_bulk": False},
        {"UserId": None, "RoleInTerritory2": "Owner", "IsActive": True}, {"IsActive": False},
    ),
    "ObjectTerritory2Association": (
        "0MK", (Field("ObjectId", "reference"), Field("Territory2Id", "reference")), {"tells_changes": False},
        {"Territory2Id": "0MI000000000001AAA"}, {"Territory2Id": "0MI000000000002AAA"},
    ),
    "UserLogin": (
        "0Yw", (WHO, Field("IsFrozen", "boolean"), Field("LastModifiedDate", "datetime")),
        {"tells_changes": True, "lacks": ("SystemModstamp", "IsDeleted")},
        {"UserId": None, "IsFrozen": False}, {"IsFrozen": True},
    ),
    "Quota__c": (
        "a01", (WHO, Field("Goal__c", "currency")), ALL, {"UserId": None, "Goal__c": "1.00"}, {"Goal__c": "2.00"},
    ),
}  # fmt: skip


#: Those that do not tell what changed, or not all of it.
WHOLE = {"UserTerritory2Association", "ObjectTerritory2Association", "UserLogin"}


def text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def created(org: Org, fields: tuple[Field, ...]) -> dict[str, Any]:
    return {one.name: org.now for one in fields if one.name in ("CreatedDate", "LastModifiedDate")}


def without(one: str, known: dict[str, Any]) -> dict[str, Any]:
    return {key: row for key, row in known.items() if key != one}


@pytest.mark.parametrize("stream", STREAMS)
def test_an_object_is_a_stream_by_its_name(salesforce, tmp_path, stream):
    prefix, fields, traits, values, change = STREAMS[stream]
    org = salesforce.org
    org.make(stream, prefix, *fields, **traits)
    ann = org.save("User", Name="Ann", EmployeeNumber="00123")
    named = {one.name: one.parents for one in fields if one.name in values and values[one.name] is None}
    leads = {name: ann if "User" in parents else org.save("Opportunity", Name="A") for name, parents in named.items()}
    first = org.save(stream, **{**values, **leads}, **created(org, fields))
    org.pass_(600)
    follower = Follower(salesforce, tmp_path, stream)
    people = tuple(f"{one.relationship}.EmployeeNumber" for one in fields if "User" in one.parents)
    follower.columns = ("Id", *values, *people)
    sent = {"Id": first, **values, **leads, **dict.fromkeys(people, "00123")}
    assert without(ann, follower.read().known) == {first: {name: text(one) for name, one in sent.items()}}
    org.pass_(600)
    org.save(stream, first, **change)
    second = org.save(stream, **{**values, **leads}, **created(org, fields))
    org.pass_(600)
    found = without(ann, follower.read().known)
    assert found.keys() == {first, second}
    assert {name: found[first][name] for name in change} == {name: text(one) for name, one in change.items()}
    assert follower.pages[0].full is (stream in WHOLE), "what tells no changes is read whole again"
    org.delete(stream, second)
    if "IsDeleted" in traits.get("lacks", ()):
        org.purge(stream, second)  # there is no bin for it
    org.pass_(600)
    assert without(ann, follower.read().known).keys() == {first}


@pytest.mark.parametrize("in_bulk", [True, False])
def test_activities_that_were_archived_are_read_and_deleted_ones_are_not(salesforce, tmp_path, in_bulk):
    org = salesforce.org
    org.make("Task", "00T", Field("Subject"), Field("IsArchived", "boolean"), in_bulk=in_bulk)
    old = org.save("Task", Subject="Call", IsArchived=True)
    org.delete("Task", org.save("Task", Subject="Wrong", IsArchived=False))
    org.pass_(600)
    follower = Follower(salesforce, tmp_path, "Task")
    follower.columns = ("Id", "Subject")
    assert follower.read().known == {old: {"Id": old, "Subject": "Call"}}
