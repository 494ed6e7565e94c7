"""Committed results in another system: previewed, approved, sent once in effect, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from domain.delivery import TRIES
from domain.errors import LeaseLost
from store import faults
from store.database import writing
from store.outbox import Asked, EffectState, ask
from syncd.outside import sending, write_back
from syncd.outside.sending import Sending, send_next
from syncd.world import World as Opened
from syncd.world import open_world
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import PayWorld
from tests.scenarios.conftest import _companies, _Copying, _migrated  # noqa: F401 - fixtures
from tests.scenarios.tampering import must_name, owning, unguard
from tests.scenarios.test_links import link
from tests.scenarios.test_merging import merged
from tests.scenarios.world import Document
from tests.servers import Database

OBJECT = "Commission_Result__c"
FIELDS = {
    "Rep__c": "record",
    "Who__c": "participant",
    "Amount__c": "amount",
    "CurrencyIsoCode": "currency",
    "Period__c": "pay_period",
    "Reason__c": "reason",
}


@pytest.fixture
def paid(
    tmp_path: Path,
    database: Database,
    _migrated: Path,  # noqa: F811 - the fixture
    _companies: dict[str, Path],  # noqa: F811 - as above
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> PayWorld:
    """Who is paid, January committed."""

    def begin(folder: Path) -> None:
        world = PayWorld(folder)
        world.begin_pay()
        world.close("2026-01")

    make = _Copying("closed", database, _migrated, _companies, tmp_path_factory, monkeypatch)
    return PayWorld(make.copy(tmp_path / "workspace", begin))


@pytest.fixture
def crm(paid: PayWorld, salesforce: Double, monkeypatch: pytest.MonkeyPatch) -> Double:  # noqa: F811 - the fixture
    """January is committed: 140 of Ann, 50 of Bob, 70 of Cid; the org has an object for it."""
    monkeypatch.setattr(write_back, "pause", salesforce.org.pass_)
    org = salesforce.org
    key = Field("Line__c", external=True)
    org.make(
        OBJECT, "a01", key, *(Field(name) for name in FIELDS if name != "Amount__c"), Field("Amount__c", "currency")
    )
    credentials = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    paid.settings["sources"]["crm"] = {
        "kind": "salesforce",
        "my_domain": salesforce.my_domain,
        "auth": {"client_credentials": credentials},
        "daily_share": 100,
    }
    paid.settings["write_back"] = {
        "results": {"source": "crm", "object": OBJECT, "key": "Line__c", "parent": "Who__c", "fields": FIELDS}
    }
    paid.save()
    return salesforce


@pytest.fixture
def opened(crm: Double, paid: PayWorld) -> Iterator[Opened]:
    found = open_world(paid.folder, None)
    yield found
    faults.disarm()
    found.database.dispose()


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


# --- previewed, approved, sent


def test_nothing_is_sent_before_somebody_has_looked_and_approved(crm: Double, paid: PayWorld, opened: Opened) -> None:
    said = paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
    assert (said["id"], said["rows"], said["new"], said["same"], said["state"]) == ("D1", 3, 3, 0, "previewed")
    assert {one["Who__c"]: one["Amount__c"] for one in said["cells"]} == WHOLE
    assert send_next(opened, "worker") is None
    assert crm.org.count("jobs") == 0
    assert paid.call("write-back", "approve", "D1", "--as", "ben")["approved_by"] == "ben"
    assert sent(opened).state is EffectState.SENT
    assert there(crm) == WHOLE
    assert {row["Rep__c"] for row in crm.org.rows(OBJECT, deleted=False)} == {None}  # nobody is known there by a record
    (listed,) = paid.call("write-back", "list").document
    assert (listed["state"], effect(paid)["receipt"]) == ("done", "3 written")
    acts = [one["act"] for one in paid.call("audit").document if one["about"] == "D1"]
    assert acts == ["preview delivery", "approve delivery"]
    assert paid.call("audit", "verify").code == 0


def test_rows_go_sorted_by_their_parent(crm: Double, paid: PayWorld, opened: Opened) -> None:
    """Not in the order in which they were committed."""
    reads_users(paid)
    paid.settings["write_back"]["results"]["parent"] = "Rep__c"
    paid.save()
    for record, person in (("U9", "P1"), ("U5", "P2"), ("U1", "P3")):
        link(paid, f"crm:{record}", person)
    approved(paid)
    changed = open_world(paid.folder, None)
    assert sent(changed).state is EffectState.SENT
    changed.database.dispose()
    (job,) = [one for one in crm.org.jobs.values() if one.operation == "upsert"]
    assert [(row["Rep__c"], row["Who__c"]) for row in job.done] == [("U1", "P3"), ("U5", "P2"), ("U9", "P1")]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE delivery_row SET cells = replace(cells, '140.00', '999.00') WHERE cells LIKE '%140.00%'",
        "UPDATE delivery_row SET key = 'L9' WHERE position = 1",
        "DELETE FROM delivery_row WHERE position = 1",
        "UPDATE delivery SET digest = 'another'",
        "UPDATE delivery SET meaning = 'another'",
    ],
)
def test_what_is_not_what_was_approved_is_never_sent(
    crm: Double, paid: PayWorld, opened: Opened, tampering: str
) -> None:
    approved(paid)
    with writing(opened.database) as tx:
        assert tx.execute(text(tampering)).rowcount == 1
    assert sent(opened).state is EffectState.FAILED
    assert (effect(paid)["code"], crm.org.jobs) == ("refused", {})


def test_the_audit_proves_deliveries(crm: Double, paid: PayWorld, opened: Opened) -> None:
    """Previewed, dropped, approved, sent; and whoever writes to them past us is found."""
    for _ in range(2):
        assert paid.call("write-back", "preview", "results", "2026-01", "--as", "ana").code == 0
    assert paid.call("write-back", "approve", "D2", "--as", "ben").code == 0
    assert sent(opened).state is EffectState.SENT
    said = paid.call("audit", "verify")
    assert (said.code, [one for one in said["unproved_acts"] if "delivery" in one]) == (0, [])
    rows, who = "a row of it, is not what was previewed", "who previewed or approved it"
    tampered = {
        "UPDATE delivery_row SET cells = replace(cells, '140.00', '999.00') WHERE delivery = 2 AND position = 1": rows,
        "DELETE FROM delivery_row WHERE delivery = 2 AND position = 2": rows,
        "UPDATE delivery SET digest = 'another' WHERE id = 2": rows,
        "UPDATE delivery SET target = 'another' WHERE id = 2": rows,
        "UPDATE delivery SET place = 'another' WHERE id = 2": rows,
        "UPDATE delivery SET approved_by = 'ana' WHERE id = 2": who,
        "UPDATE delivery SET previewed_by = 'eve' WHERE id = 2": who,
        "UPDATE delivery SET approved_by = NULL WHERE id = 2": "whether it was approved",
        "UPDATE delivery SET state = 'dropped' WHERE id = 2": "whether it was dropped",
        "UPDATE audit SET about = 'D7' WHERE act = 'preview delivery' AND about = 'D2'": "previewed by ana",
    }
    with owning(paid.database_url) as tx:
        unguard(tx, "audit", against=("update",))
        must_name(tx, {statement: ("D2", words) for statement, words in tampered.items()})
        must_name(tx, {"UPDATE delivery SET state = 'done' WHERE id = 1": ("D1", "whether it was approved")})


def test_where_four_eyes_are_on_nobody_approves_what_they_previewed(crm: Double, paid: PayWorld) -> None:
    paid.settings["four_eyes"] = True
    paid.save()
    paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
    said = paid.call("write-back", "approve", "D1", "--as", "Ana")
    assert (said.code, "somebody else" in said.error["message"]) == (5, True)
    paid.call("calculate", "2026-02")  # from here on the files count as they are
    paid.settings["four_eyes"] = False
    paid.save()
    said = paid.call("write-back", "approve", "D1", "--as", "Ana")
    assert (said.code, "the configuration is not the one that counts" in said.error["message"]) == (5, True)
    paid.settings["four_eyes"] = True
    paid.save()
    assert paid.call("write-back", "approve", "D1", "--as", "ben").code == 0
    assert paid.call("write-back", "approve", "D1", "--as", "ben").code == 0  # twice has one effect
    assert paid.call("write-back", "approve", "D1", "--as", "cid").code == 5


def test_only_what_is_committed_and_not_there_yet_is_written(crm: Double, paid: PayWorld, opened: Opened) -> None:
    assert paid.call("write-back", "preview", "results", "2026-02").code == 5
    assert paid.call("write-back", "preview", "elsewhere", "2026-01").code == 2
    approved(paid)
    sent(opened)
    again = paid.call("write-back", "preview", "results", "2026-01")
    assert (again.code, "there as they are here" in again.error["message"]) == (5, True)
    paid.settings["write_back"]["results"]["fields"] = {**FIELDS, "Plan__c": "plan"}
    paid.save()
    crm.org.objects[OBJECT].fields["Plan__c"] = Field("Plan__c")
    said = paid.call("write-back", "preview", "results", "2026-01")
    assert (said["id"], said["rows"], said["new"]) == ("D2", 3, 0)
    assert paid.call("write-back", "drop", "D2", "--reason", "not yet")["state"] == "dropped"
    assert paid.call("write-back", "approve", "D2").code == 5


def test_a_delivery_whose_effect_is_dropped_is_dropped_with_it(crm: Double, paid: PayWorld, opened: Opened) -> None:
    """What was written of it by then is known: only the rest is previewed again."""
    approved(paid)
    crm.org.stops_after = 2
    assert sent(opened).state is EffectState.WAITING
    assert paid.call("outbox", "drop", "E1", "--reason", "not this way").code == 0
    (listed,) = paid.call("write-back", "list").document
    assert (listed["state"], listed["reason"], listed["ended"] is not None) == ("dropped", "not this way", True)
    acts = [(one["act"], one["reason"]) for one in paid.call("audit").document if one["about"] == "D1"]
    assert acts[-1] == ("drop delivery", "not this way")
    said = paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
    assert (said["id"], said["rows"], said["same"]) == ("D2", 1, 2)


def test_approved_is_approved_for_what_it_meant(crm: Double, paid: PayWorld, opened: Opened) -> None:
    paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
    paid.settings["write_back"]["results"]["fields"] = {**FIELDS, "Amount__c": "plan_amount"}
    paid.save()
    assert "something else" in paid.call("write-back", "approve", "D1", "--as", "ben").error["message"]


def test_a_place_that_is_not_there_is_said_before_anything_is_kept(crm: Double, paid: PayWorld) -> None:
    crm.org.objects[OBJECT].fields["Reason__c"].hidden = True
    crm.org.objects[OBJECT].fields["Period__c"].readonly = True
    said = paid.call("write-back", "preview", "results", "2026-01")
    assert (said.code, "Period__c, Reason__c" in said.error["message"]) == (4, True)
    crm.org.objects[OBJECT].fields["Reason__c"].hidden = crm.org.objects[OBJECT].fields["Period__c"].readonly = False
    crm.org.objects[OBJECT].rights = ("createable",)
    assert (
        f"may not edit records of {OBJECT}" in paid.call("write-back", "preview", "results", "2026-01").error["message"]
    )
    crm.org.objects[OBJECT].rights = ()
    assert "may not create and edit" in paid.call("write-back", "preview", "results", "2026-01").error["message"]
    crm.org.objects[OBJECT].rights = ("createable", "updateable")
    crm.org.objects[OBJECT].fields["Line__c"].external = False
    assert "no external id" in paid.call("write-back", "preview", "results", "2026-01").error["message"]
    assert paid.call("write-back", "list").document == []


def test_approved_is_approved_for_one_org(crm: Double, paid: PayWorld, opened: Opened) -> None:
    """Under the same name another org is another place, and what was written to the first is not in it."""
    approved(paid)
    source = paid.settings["sources"]["crm"]
    home = source["my_domain"]
    source["my_domain"] = "another.my.salesforce.com"
    paid.save()
    moved = open_world(paid.folder, None)
    assert (sent(moved).code, crm.org.jobs) == ("mistake", {})
    moved.database.dispose()
    source["my_domain"] = home
    paid.save()
    assert paid.call("outbox", "again", "E1", "--reason", "it is back").code == 0
    assert sent(opened).state is EffectState.SENT
    with writing(opened.database) as tx:
        assert tx.execute(text("UPDATE delivery SET place = 'another org'")).rowcount == 1
    said = paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
    assert (said["rows"], said["new"]) == (3, 3)


# --- one after the other


def test_a_new_preview_takes_the_place_of_the_one_before(crm: Double, paid: PayWorld, opened: Opened) -> None:
    for _ in range(2):
        assert paid.call("write-back", "preview", "results", "2026-01", "--as", "ana").code == 0
    listed = paid.call("write-back", "list").document
    assert [(one["state"], one["reason"]) for one in listed] == [
        ("dropped", "D2 was previewed after it"), ("previewed", None),
    ]  # fmt: skip
    assert paid.call("write-back", "approve", "D1", "--as", "ben").code == 5
    assert paid.call("write-back", "approve", "D2", "--as", "ben").code == 0
    said = paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
    assert (said.code, "D2 is approved and has not ended" in said.error["message"]) == (5, True)
    assert sent(opened).state is EffectState.SENT
    assert there(crm) == WHOLE


def test_an_older_delivery_never_writes_over_a_newer_one(crm: Double, paid: PayWorld, opened: Opened) -> None:
    """Not once it is approved (by an earlier version of ours), and not when it is sent again."""
    for _ in range(2):
        assert paid.call("write-back", "preview", "results", "2026-01", "--as", "ana").code == 0
    assert paid.call("write-back", "approve", "D2", "--as", "ben").code == 0
    assert sent(opened).state is EffectState.SENT

    def put(state: str, by: str | None) -> None:
        with writing(opened.database) as tx:
            moved = text("UPDATE delivery SET state = :state, approved_by = :by WHERE id = 1")
            assert tx.execute(moved, {"state": state, "by": by}).rowcount == 1
            if by is not None:
                assert ask(tx, Asked("write_back", "results", "delivery:1", "delivery:1"), opened.now()) is not None

    put("previewed", None)
    said = paid.call("write-back", "approve", "D1", "--as", "ben")
    assert (said.code, "D2 of the same amounts" in said.error["message"]) == (5, True)
    put("approved", "ben")
    assert sent(opened).state is EffectState.FAILED
    assert paid.call("outbox", "again", "E2", "--reason", "once more").code == 0
    assert sent(opened).state is EffectState.FAILED
    assert (len(crm.org.jobs), versions(crm)) == (1, 3)


def test_nobody_knows_what_is_there_of_a_row_whose_job_was_left_alone(
    crm: Double, paid: PayWorld, opened: Opened
) -> None:
    """D1 is written, D2 given up while the org works at it: that D1 is there still is not believed."""
    approved(paid)
    assert sent(opened).state is EffectState.SENT
    with_plan, crm.org.objects[OBJECT].fields["Plan__c"] = {**FIELDS, "Plan__c": "plan"}, Field("Plan__c")
    paid.settings["write_back"]["results"]["fields"] = with_plan
    paid.save()
    assert paid.call("write-back", "preview", "results", "2026-01", "--as", "ana").code == 0
    assert paid.call("write-back", "approve", "D2", "--as", "ben").code == 0
    crm.org.job_looks = 25
    changed = open_world(paid.folder, None)
    assert sent(changed).state is EffectState.WAITING
    changed.database.dispose()
    assert paid.call("outbox", "drop", "E2", "--reason", "it takes too long").code == 0
    paid.settings["write_back"]["results"]["fields"] = FIELDS
    paid.save()
    assert paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")["rows"] == 3


def test_each_of_two_who_were_merged_has_their_own_record(crm: Double, paid: PayWorld) -> None:
    """As long as that is who they are now; else the one of theirs that was linked last."""
    reads_users(paid)

    def records() -> dict[str, str]:
        said = paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
        assert said.code == 0, said.document
        return {one["Who__c"]: one["Rep__c"] for one in said["cells"]}

    link(paid, "crm:U9", "P1")
    link(paid, "crm:U5", "P2")
    assert records() == {"P1": "U9", "P2": "U5", "P3": None}
    merged(paid)
    assert records() == {"P1": "U9", "P2": "U5", "P3": None}
    link(paid, "crm:U1", "P1")
    assert records() == {"P1": "U1", "P2": "U5", "P3": None}
    link(paid, "crm:U5", "P3")
    assert records() == {"P1": "U1", "P2": "U1", "P3": "U5"}


# --- what breaks, each once


def test_what_is_empty_empties_the_field(crm: Double, paid: PayWorld, opened: Opened) -> None:
    approved(paid)
    sent(opened)
    record = crm.org.rows(OBJECT, deleted=False)[0]["Id"]
    crm.org.save(OBJECT, record, Reason__c="typed in by hand")
    paid.settings["write_back"]["results"]["fields"] = {**FIELDS, "Plan__c": "plan"}
    crm.org.objects[OBJECT].fields["Plan__c"] = Field("Plan__c")
    paid.save()
    paid.call("write-back", "preview", "results", "2026-01", "--as", "ana")
    paid.call("write-back", "approve", "D2", "--as", "ben")
    changed = open_world(paid.folder, None)
    assert sent(changed).state is EffectState.SENT
    changed.database.dispose()
    assert crm.org.row(OBJECT, record)["Reason__c"] is None


def test_only_rows_that_failed_in_passing_are_sent_again(crm: Double, paid: PayWorld, opened: Opened) -> None:
    approved(paid)
    key = next(one["key"] for one in paid.call("write-back", "show", "D1")["lines"] if one["cells"]["Who__c"] == "P2")
    crm.org.refuses[key] = ["UNABLE_TO_LOCK_ROW", "UNABLE_TO_LOCK_ROW"]
    assert sent(opened).state is EffectState.WAITING
    assert counted(paid) == {"waiting": 1, "written": 2}
    assert sent(opened).state is EffectState.WAITING
    assert sent(opened).state is EffectState.SENT
    assert (there(crm), versions(crm)) == (WHOLE, 3)
    assert [len(one.done) + len(one.failed) for one in crm.org.jobs.values()] == [3, 1, 1]


def test_a_row_that_fails_in_passing_again_and_again_is_refused(crm: Double, paid: PayWorld, opened: Opened) -> None:
    approved(paid)
    key = paid.call("write-back", "show", "D1")["lines"][0]["key"]
    crm.org.refuses[key] = ["UNABLE_TO_LOCK_ROW"] * TRIES
    for _ in range(TRIES - 1):
        assert sent(opened).state is EffectState.WAITING
    assert sent(opened).state is EffectState.FAILED
    assert counted(paid) == {"refused": 1, "written": 2}


def test_what_is_refused_is_told_and_sent_again_once_a_person_says_so(
    crm: Double, paid: PayWorld, opened: Opened
) -> None:
    approved(paid)
    key = paid.call("write-back", "show", "D1")["lines"][0]["key"]
    crm.org.refuses[key] = ["FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    assert sent(opened).state is EffectState.FAILED
    (refused,) = [one for one in paid.call("write-back", "show", "D1")["lines"] if one["state"] == "refused"]
    assert (refused["key"], refused["code"]) == (key, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert paid.call("outbox", "again", "E1", "--reason", "the rule is changed").code == 0
    assert sent(opened).state is EffectState.SENT
    assert (there(crm), versions(crm)) == (WHOLE, 3)


def test_rows_that_were_not_looked_at_are_sent_again(crm: Double, paid: PayWorld, opened: Opened) -> None:
    approved(paid)
    crm.org.stops_after = 2
    assert sent(opened).state is EffectState.WAITING
    assert (counted(paid), versions(crm)) == ({"waiting": 1, "written": 2}, 2)
    assert sent(opened).state is EffectState.SENT
    assert (there(crm), versions(crm)) == (WHOLE, 3)


UNAVAILABLE, OVER = {"status": 503, "body": b"<html>"}, {"status": 401, "body": b"[]"}


@pytest.mark.parametrize(
    ("words", "how"),
    [
        (("POST", "ingest"), UNAVAILABLE),
        (("POST", "ingest"), {"cut": 0}),
        (("PUT", "batches"), UNAVAILABLE),
        (("PUT", "batches"), {"cut": 0}),
        (("PATCH", "ingest"), OVER),
        (("PATCH", "ingest"), {"cut": 0}),
        (("GET", "jobs/ingest"), UNAVAILABLE),
        (("GET", "failedResults"), {"cut": 5}),
    ],
)
def test_a_blip_at_each_step_costs_nothing(
    crm: Double, paid: PayWorld, opened: Opened, words: tuple[str, str], how: dict[str, Any]
) -> None:
    """The answer may be lost after it was done: what came is not sent twice, a job that runs is waited for."""
    approved(paid)
    crm.org.fail(*words, **how)
    if sent(opened).state is not EffectState.SENT:
        assert sent(opened).state is EffectState.SENT
    assert (there(crm), versions(crm)) == (WHOLE, 3)


def test_a_job_that_takes_long_is_asked_about_and_not_begun_again(crm: Double, paid: PayWorld, opened: Opened) -> None:
    approved(paid)
    crm.org.job_looks = 25
    assert sent(opened).state is EffectState.WAITING
    assert (counted(paid), there(crm)) == ({"waiting": 3}, {})
    while sent(opened).state is EffectState.WAITING:
        pass
    assert (there(crm), len(crm.org.jobs)) == (WHOLE, 1)


def test_a_job_that_somebody_aborted_is_begun_again(crm: Double, paid: PayWorld, opened: Opened) -> None:
    approved(paid)
    crm.org.job_looks = 25
    assert sent(opened).state is EffectState.WAITING
    (job,) = crm.org.jobs.values()
    job.state, crm.org.job_looks = "Aborted", 2
    assert sent(opened).state is EffectState.SENT
    assert (there(crm), len(crm.org.jobs)) == (WHOLE, 2)


def test_more_rows_than_one_job_has_go_in_several(
    crm: Double, paid: PayWorld, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_back, "AT_ONCE", 2)
    approved(paid)
    assert sent(opened).state is EffectState.SENT
    assert (there(crm), [len(one.done) for one in crm.org.jobs.values()]) == (WHOLE, [2, 1])


def test_a_field_that_is_gone_since_it_was_approved_is_named_and_no_job_begun(
    crm: Double, paid: PayWorld, opened: Opened
) -> None:
    approved(paid)
    crm.org.objects[OBJECT].fields["Reason__c"].hidden = True
    assert sent(opened).state is EffectState.WAITING
    assert (effect(paid)["code"], counted(paid), crm.org.jobs) == ("no_access", {"waiting": 3}, {})
    assert "Reason__c" in paid.call("write-back", "preview", "results", "2026-01").error["message"]
    crm.org.objects[OBJECT].fields["Reason__c"].hidden = False
    assert sent(opened).state is EffectState.SENT
    assert there(crm) == WHOLE


def test_tries_are_bounded_and_then_a_person_looks(crm: Double, paid: PayWorld, opened: Opened) -> None:
    approved(paid)
    crm.org.fail("POST", "ingest", status=403, body=b'[{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]', times=99)
    states = [sent(opened).state for _ in range(8)]
    assert states == [EffectState.WAITING] * 7 + [EffectState.FAILED]
    assert send_next(opened, "worker") is None


def test_a_sender_that_was_silent_too_long_sends_nothing_more(
    crm: Double, paid: PayWorld, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has begun a job and filled it; another sender takes over, and does it all; the first releases nothing."""
    approved(paid)
    real = write_back._Sending._send
    taken: list[Sending] = []

    def slow(self: Any, rows: Any) -> None:
        monkeypatch.setattr(write_back._Sending, "_send", real)
        fill = self._writer.fill

        def filled(*given: Any) -> None:
            fill(*given)
            taken.append(sent(opened))

        self._writer.fill = filled
        with pytest.raises(LeaseLost):
            real(self, rows)
        raise LeaseLost("as it was")

    monkeypatch.setattr(write_back._Sending, "_send", slow)
    assert sent(opened).state is None
    assert taken[0].state is EffectState.SENT
    assert taken[0].held.is_again
    assert (there(crm), versions(crm)) == (WHOLE, 3)


# --- the loop


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
