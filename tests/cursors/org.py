"""A workspace whose people are the contacts of a Salesforce org, read through the command line like anything else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.salesforce import client
from store import faults
from tests.cursors.crm import Crm, Killed
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.world import Answer, World

NAMES = {"employee_id": "Number__c", "name": "Name", "email": "Email", "title": "Title"}


class People(Crm):
    """A world whose feed `people` reads contacts; `org` is what happens there."""

    def __init__(self, folder: Path, double: Double) -> None:
        World.__init__(self, folder)
        self.double, self.org = double, double.org
        fields = [Field(name) for name in ("Number__c", "Name", "Email", "Title", "Shirt__c")]
        account = Field("AccountId", "reference", parents=("Account",), relationship="Account")
        self.org.make("Account", "001", Field("Name"))
        self.org.make("Contact", "003", *fields, Field("Hired__c", "date"), Field("Rank__c", calculated=True), account)
        credentials = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
        self.settings["sources"] = {
            "crm": {
                "kind": "salesforce",
                "my_domain": double.my_domain,
                "auth": {"client_credentials": credentials},
                "daily_share": 100,
            }
        }
        self.feed.update(source="crm", stream="Contact", full=False)
        self.mapping: dict[str, Any] = {"key": "Id", "fields": dict(NAMES)}
        self.mapping["fields"]["hire_date"] = {"from": "Hired__c", "type": "date", "format": "%Y-%m-%d"}
        self.save()

    def joins(self, number: str, **values: Any) -> str:
        """Let somebody be in the org; gives the id."""
        usual = {"Name": f"Person {number}", "Email": f"p{number}@example.com", "Title": "Rep"}
        return self.org.save("Contact", **{"Number__c": number, "Hired__c": "2025-01-01", **usual, **values})

    def crowd(self, size: int) -> list[str]:
        """Let so many join, be read and approved; some minutes later."""
        found = [self.joins(f"{number:05d}") for number in range(1001, 1001 + size)]
        self.later(600)
        assert self.run().code == 0
        assert self.approve().code == 0
        self.later(600)
        return found

    def moves(self, contact: str, **values: Any) -> None:
        self.org.save("Contact", contact, **values)

    def later(self, seconds: float) -> None:
        self.org.pass_(seconds)

    def after(self, seconds: float) -> Answer:
        """Run some time later."""
        self.later(seconds)
        return self.run()

    def late(self, seconds: float) -> Any:
        """Until when a transaction that begins now runs."""
        return self.org.now + timedelta(seconds=seconds)

    def killed(self, point: str) -> None:
        """Run, and be killed at a write."""

        def kill(name: str) -> None:
            if name == point:
                raise Killed

        faults.arm(kill)
        with pytest.raises(Killed):
            self.run()
        faults.disarm()

    def killed_waiting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Run, and be killed while a job is waited for."""

        def kill(seconds: float) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(client, "pause", kill)
            with pytest.raises(Killed):
                self.run()
