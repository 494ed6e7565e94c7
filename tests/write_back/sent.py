"""What tests of write-back do and look at: a delivery approved, sent, and what the org has then."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from store.database import writing
from syncd.outside.sending import Sending, send_next
from syncd.world import World as Opened
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import PayWorld
from tests.scenarios.world import Document

OBJECT = "Commission_Result__c"
FIELDS = {
    "Rep__c": "record",
    "Who__c": "participant",
    "Amount__c": "amount",
    "CurrencyIsoCode": "currency",
    "Period__c": "pay_period",
    "Reason__c": "reason",
}


def approved(paid: PayWorld) -> None:
    assert paid.call("write-back", "preview", "results", "2026-01", "--as", "ana").code == 0
    assert paid.call("write-back", "approve", "D1", "--as", "ben").code == 0


def sent(opened: Opened) -> Sending:
    """Let a worker send what waits, however long it would wait before that."""
    with writing(opened.database) as tx:
        tx.execute(text("UPDATE effect SET not_before = asked_at, lease_until = asked_at WHERE state <> 'sent'"))
    done = send_next(opened, "worker")
    assert done is not None
    return done


def there(double: Double) -> dict[str, Any]:
    """What the org has of whom, each once."""
    rows = double.org.rows(OBJECT, deleted=False)
    assert len({row["Line__c"] for row in rows}) == len(rows)
    return {row["Who__c"]: row["Amount__c"] for row in rows}


WHOLE = {"P1": "140.00", "P2": "50.00", "P3": "70.00"}


def versions(double: Double) -> int:
    """How often records of the object were written."""
    return sum(len(found) for (name, _), found in double.org.records.items() if name == OBJECT)


def reads_users(paid: PayWorld) -> None:
    """People have records in the org, too."""
    paid.settings["feeds"]["users"] = {
        "source": "crm", "stream": "User", "into": "participants", "mapping": "mappings/users.yaml"
    }  # fmt: skip
    paid.write("mappings/users.yaml", '{"key": "Id", "fields": {"employee_id": "EmployeeNumber", "name": "Name"}}')
    paid.save()


def counted(paid: PayWorld) -> dict[str, int]:
    return dict(paid.call("write-back", "show", "D1")["counted"])


def effect(paid: PayWorld) -> Document:
    (found,) = paid.call("outbox", "list", "--all").document
    return dict(found)
