"""What is previewed and approved is what is sent, and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from store.database import writing
from store.outbox import EffectState
from syncd.outside.sending import send_next
from syncd.world import World as Opened
from syncd.world import open_world
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import PayWorld
from tests.scenarios.tampering import must_name, owning, unguard
from tests.scenarios.test_links import link
from tests.write_back.sent import FIELDS, OBJECT, WHOLE, approved, effect, reads_users, sent, there


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
