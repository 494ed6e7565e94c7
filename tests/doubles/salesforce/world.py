"""What tests share: the running double as a fixture, settings that lead to it, and an org with people and deals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.salesforce import client
from connectors.salesforce.settings import Auth, ClientCredentials, Jwt, Settings
from connectors.secret import Secret
from tests.doubles.salesforce.org import MOVED, MY_DOMAIN, Field, Org
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.tokens import CLIENT_ID, CLIENT_SECRET, USER
from tests.doubles.tls import name_hosts

SANDBOX = "acme--uat.sandbox.my.salesforce.com"


@contextmanager
def reached(double: Double, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    """Let the double be an empty org that can be reached, and waiting be its clock going on."""
    double.renew()
    people_and_deals(double.org)
    monkeypatch.setenv("SYNCD_CA_FILE", str(double.authority))
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("CRM_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("CRM_CLIENT_SECRET", CLIENT_SECRET)
    name_hosts(monkeypatch, MY_DOMAIN, MOVED, SANDBOX)
    monkeypatch.setattr(client, "pause", lambda seconds: double.org.pass_(seconds))  # noqa: PLW0108 - of the org that is there then
    yield double


def people_and_deals(org: Org) -> None:
    """The objects of an ordinary org, without records."""
    org.make("UserRole", "00E", Field("Name"), lacks=("IsDeleted",))
    org.make("Territory", "04T", Field("Name"), tells_changes=False, in_bulk=False)
    role = Field("UserRoleId", "reference", parents=("UserRole",), relationship="UserRole")
    manager = Field("ManagerId", "reference", parents=("User",), relationship="Manager")
    org.make(
        "User",
        "005",
        Field("Name"),
        Field("Email"),
        Field("EmployeeNumber"),
        Field("Title"),
        role,
        manager,
        lacks=("IsDeleted",),
    )
    owner = Field("OwnerId", "reference", parents=("Group", "User"), relationship="Owner")
    org.make("Group", "00G", Field("Name"))
    amounts = Field("Amount", "currency"), Field("CloseDate", "date"), Field("Won__c", "datetime")
    formula = Field("Expected__c", "currency", calculated=True)
    text = Field("Name"), Field("StageName", "picklist"), Field("MasterRecordId", "reference")
    org.make("Opportunity", "006", *text, *amounts, formula, owner)
    org.make("Result__c", "a00", Field("Key__c", external=True), Field("Amount__c", "currency"))


def settings(double: Double, **more: Any) -> Settings:
    """Settings of a source that logs in with the app's secret."""
    secret = ClientCredentials(Secret(env="CRM_CLIENT_ID"), Secret(env="CRM_CLIENT_SECRET"))
    return Settings(**{"my_domain": double.my_domain, "auth": Auth(client_credentials=secret), **more})


def by_key(double: Double, folder: Path) -> Auth:
    """The other way to log in: by a key of our own."""
    (folder / "crm.pem").write_text(double.app.private, encoding="utf-8")
    return Auth(jwt=Jwt(Secret(env="CRM_CLIENT_ID"), USER, Secret(file="crm.pem")))


def deal(org: Org, name: str, amount: str | None = "100.10", **values: Any) -> str:
    """Save an opportunity."""
    return org.save("Opportunity", Name=name, Amount=None if amount is None else Decimal(amount), **values)
