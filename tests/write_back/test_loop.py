"""What we write does not come back, and a target that cannot be is said in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from store.outbox import EffectState
from syncd.outside import sending
from syncd.world import World as Opened
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import PayWorld
from tests.write_back.sent import OBJECT, approved, sent


def test_what_we_write_does_not_come_back(crm: Double, paid: PayWorld, opened: Opened) -> None:
    """People are read from the same org, and their records are moved by what we write: nothing is proposed."""
    org = crm.org
    org.objects["User"].fields["Total__c"] = Field("Total__c", "currency")
    for number in ("E1", "E2", "E3"):
        org.save("User", Name={"E1": "Ann", "E2": "Bob", "E3": "Cid"}[number], EmployeeNumber=number)
    paid.settings["feeds"]["users"] = {
        "source": "crm", "stream": "User", "into": "participants", "mapping": "mappings/users.yaml",
        "full": "weekly on sunday",
    }  # fmt: skip
    paid.write("mappings/users.yaml", '{"key": "Id", "fields": {"employee_id": "EmployeeNumber", "name": "Name"}}')
    paid.save()
    assert paid.call("run", "users").code == 0
    paid.approve()
    org.pass_(600)
    approved(paid)
    assert sent(opened).state is EffectState.SENT
    records = {row["Rep__c"] for row in org.rows(OBJECT, deleted=False)}
    assert records == {row["Id"] for row in org.rows("User", deleted=False)}
    for record in records:  # a roll-up there counts what came, by our own user
        org.save("User", record, Total__c="1")
    org.pass_(600)
    said = paid.call("run", "users")["runs"][0]
    assert (said["proposed"], said["pending"], said["unchanged"]) == (0, 0, 3)


@pytest.mark.parametrize(("source", "stream"), [("crm", OBJECT), ("other", OBJECT), ("crm", OBJECT.lower())])
def test_what_is_written_is_not_read(crm: Double, paid: PayWorld, source: str, stream: str) -> None:
    """Under another name of the same org neither; capitals say nothing in Salesforce."""
    paid.settings["sources"]["other"] = dict(paid.settings["sources"]["crm"])
    paid.settings["feeds"]["back"] = {
        "source": source, "stream": stream, "into": "transactions", "mapping": "mappings/sales.yaml",
    }  # fmt: skip
    paid.save()
    said = paid.call("check")
    assert (said.code, "would come back" in str(said.document)) == (2, True)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"object": "Opportunity"}, "custom object of their own"),
        ({"source": "erp"}, "no source 'erp'"),
        ({"parent": "Rank__c"}, "the parent is one of them"),
        ({"fields": {}}, "nothing to write"),
        ({"fields": {"Line__c": "line"}, "parent": None}, "written by itself"),
        ({"fields": {"a b": "line"}, "parent": None}, "no field's name"),
        ({"fields": {"Amount__c": "name"}, "parent": None}, "amount"),
        ({"source": "hr"}, "only read"),
    ],
)
def test_a_wrong_target_is_said_in_plain_words(crm: Double, paid: PayWorld, changed: dict[str, Any], told: str) -> None:
    paid.settings["write_back"]["results"] |= changed
    paid.save()
    said = paid.call("write-back", "preview", "results", "2026-01")
    assert (said.code, told in str(said.document)) == (2, True), said.document


def test_a_kind_of_effect_that_nobody_sends_would_be_noticed() -> None:
    assert set(sending.SENDERS) == {"email", "webhook", "write_back"}
