"""Quotas from a system that is read after a cursor: an increment says something of some, nothing of the others."""

import json
from typing import Any

import pytest

from tests.cursors.crm import Crm
from tests.scenarios.people import COMPANY
from tests.scenarios.world import Answer, Document

COUNTED = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
MAPPING = {
    "key": "id",
    "fields": {
        "participant": {"from": "rep", "by": "employee_id"},
        "measure": {"value": "revenue"},
        "from": "first",
        "until": "until",
        "amount": "amount",
        "currency": {"value": "USD"},
    },
}


class Quotas:
    """The quotas of a system, beside people from a file."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm
        crm.settings["sources"] = {
            "hr": {"kind": "file", "path": "inbox/people.csv"},
            "crm": {"kind": "tests.connectors.scripted", "script": "crm.json"},
        }
        crm.feed.update(source="hr", full=True)
        crm.settings["feeds"]["quotas"] = {
            "source": "crm", "into": "quotas", "mapping": "mappings/quotas.yaml", "full": False,
            "limits": {"errors": "90%"},
        }  # fmt: skip
        crm.write("mappings/quotas.yaml", json.dumps(MAPPING))
        crm.save()
        crm.script["columns"] = ["id", "rep", "first", "until", "amount"]
        crm.begin(COMPANY)

    def says(self, stamp: int, key: str, rep: str, amount: str, quarter: int = 1) -> None:
        """Let the system say that a record is somebody's quota of a quarter."""
        first, until = (f"2026-{month:02}-01" for month in (quarter * 3 - 2, quarter * 3 + 1))
        row = {"id": key, "rep": rep, "first": first, "until": until, "amount": amount}
        self.crm.script["events"].append({"stamp": stamp, "row": row})

    def read(self, now: int) -> Answer:
        """Read what came since, every row counted once."""
        self.crm.write("crm.json", json.dumps({**self.crm.script, "now": now}))
        said = self.crm.call("run", "quotas")
        one = Answer(said.code, said["runs"][0])
        assert sum(one[name] for name in COUNTED) == one["read"], one.document
        return one

    def pending(self) -> list[tuple[str, Any, Any]]:
        """Whose, and what before and after, of each change that waits."""
        return [(one["employee_id"], *_values(one)) for one in self.crm.pending()]


def _values(change: Document) -> list[str | None]:
    item = change["fields"]["quota:revenue"]
    return [value and value.split(" ")[0] for value in (item["before"], item["after"])]


@pytest.fixture
def quotas(crm: Crm) -> Quotas:
    return Quotas(crm)


def test_an_increment_leaves_what_waits_and_it_says_nothing_of(quotas: Quotas):
    """Of one person a corrected quota comes: the one of another quarter goes on waiting."""
    quotas.says(900, "A", "01001", "100")
    quotas.says(900, "B", "01001", "200", 2)
    quotas.says(900, "C", "01002", "300")
    assert quotas.read(1000)["proposed"] == 3
    quotas.says(1100, "A", "01001", "150")
    assert quotas.read(1200)["proposed"] == 1
    assert quotas.pending() == [("01001", None, "200"), ("01002", None, "300"), ("01001", None, "150")]
    assert [one["state"] for one in quotas.crm.changes("superseded")] == ["superseded"]
    quotas.crm.approve()
    quotas.says(1300, "B", "01001", "200", 2)
    assert quotas.read(1400)["unchanged"] == 1


def test_a_deleted_record_is_proposed_to_be_taken_back(quotas: Quotas):
    quotas.says(900, "A", "01001", "100")
    quotas.says(900, "B", "01001", "200", 2)
    quotas.read(1000)
    quotas.crm.approve()
    quotas.crm.deletes(1100, "A", "never known")
    run = quotas.read(1200)
    assert (run.code, run["read"], run["pending"], run["unchanged"], run["absent"]) == (0, 2, 1, 1, 0)
    assert quotas.pending() == [("01001", "100", None)]
    assert quotas.crm.reject(quotas.crm.one()).code == 0
    quotas.crm.deletes(1300, "A")
    assert quotas.read(1400)["suppressed"] == 1
    quotas.crm.call("forget", "J1", "--reason", "it is right")
    quotas.crm.deletes(1500, "A")
    assert quotas.read(1600)["pending"] == 1
    assert quotas.crm.approve().code == 0
    quotas.crm.deletes(1700, "A")
    assert quotas.read(1800)["unchanged"] == 1


def test_a_quota_of_somebody_nobody_knows_is_tried_again_with_each_increment(quotas: Quotas):
    quotas.says(900, "A", "01001", "100")
    quotas.says(900, "B", "01021", "100")
    assert quotas.read(1000)["errors"] == 1
    assert quotas.read(1100)["errors"] == 1
    people = [*COMPANY, {**COMPANY[0], "id": "01021", "name": "Person 01021", "email": "p01021@example.com"}]
    assert quotas.crm.run(people)["proposed"] == 1
    run = quotas.read(1200)
    assert (run["errors"], run["pending"], quotas.crm.call("quarantine").document) == (0, 1, [])
