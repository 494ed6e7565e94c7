"""Somebody who was erased, and who comes after them with the same id: what was paid stays paid."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import text

from store.erasing import unsent_deliveries
from store.ledger import ledger_entries
from store.outbox import Asked, ask
from tests.scenarios.closing import PEOPLE, SALES, PayWorld, corrected
from tests.scenarios.leaving import COLUMNS, LEFT, VALUES, people
from tests.scenarios.people import Row
from tests.scenarios.sheets import Sheets, quota
from tests.scenarios.tampering import owning
from tests.scenarios.test_erasing import erased, found
from tests.scenarios.world import Document

CORRECTED = [{"currency": "USD", "amount": "10.00"}]


HIRED = {**LEFT, "name": "Ann Again", "email": "again@example.com", "left": "", "hired": "2026-03-25"}


def sent(world: PayWorld, ann: Row) -> Document:
    """Let a people file arrive with a row of E1 as it is now; give its run."""
    rows = [",".join(COLUMNS), *(",".join(row.get(name, "") for name in COLUMNS) for row in (ann, *PEOPLE[1:]))]
    world.write("inbox/people.csv", "\n".join(rows) + "\n")
    return dict(world.call("run", "people")["runs"][0])


def counted(world: PayWorld) -> object:
    return world.calculate("2026-03")["totals"]


def second_source(world: PayWorld) -> None:
    """A source beside hr that names people and owns no roster; it has Ann and Bob."""
    world.settings["sources"]["crm2"] = {"kind": "file", "path": "inbox/crm.csv"}
    world.settings["feeds"]["crm2"] = {
        "source": "crm2", "into": "participants", "mapping": "mappings/crm.yaml", "full": True,
    }  # fmt: skip
    fields = {"employee_id": "eid", "name": "name", "email": "email"}
    world.write("mappings/crm.yaml", json.dumps({"key": "cid", "fields": fields}))
    world.write("inbox/crm.csv", "cid,eid,name,email\n7,E1,Ann Hide-Me,ann.secret@example.com\n8,E2,Bob,b@x.com\n")
    world.save()
    assert world.call("run", "crm2").code == 0


def test_a_stranger_with_the_same_id_takes_nothing_back(left: PayWorld) -> None:
    erased(left)
    left.sell(*corrected(("X6", "2026-02-10", "E1", "150.00")))
    assert counted(left) == CORRECTED
    second_source(left)
    assert found(left, *VALUES), "the second source has brought somebody with that id"
    assert counted(left) == CORRECTED


def test_nobody_becomes_a_participant_with_an_id_that_still_names_what_was_paid(left: PayWorld) -> None:
    erased(left)
    left.sell(*corrected(("X6", "2026-02-10", "E1", "150.00")))
    people(left, {**LEFT, "left": "", "hired": "2026-03-20"})
    assert left.call("unlink", "hr:E1", "--reason", "she is back").code == 0
    assert left.call("run", "people").code == 0
    [add] = left.pending()
    said = left.approve(as_="ana")
    assert "P1, who was erased" in str(said.document), said.document
    assert [one["id"] for one in left.pending()] == [add["id"]]
    assert counted(left) == CORRECTED
    said = left.call("set", "P2", "employee_id=E1", "--from", "2026-03-20", "--reason", "swapped")
    assert (said.code, "P1, who was erased" in said.error["message"]) == (5, True)
    people(left, {**LEFT, "id": "E1b", "left": "", "hired": "2026-03-20"})
    known = left.call("participants", "--as-of", "2026-03-20").document
    assert "E1b" in [one["attributes"].get("employee_id") for one in known], "with another id nothing is in the way"
    assert counted(left) == CORRECTED
    assert left.call("audit", "verify").code == 0


def test_a_record_by_which_deals_name_somebody_erased_is_not_taken_from_them(left: PayWorld) -> None:
    left.settings["feeds"]["sales2"] = {**left.settings["feeds"]["sales"], "mapping": "mappings/sales2.yaml"}
    left.write("mappings/sales2.yaml", SALES.replace("by: employee_id", "by: people"))
    left.save()
    erased(left)
    for command in (("unlink", "hr:E1"), ("link", "hr:E1", "P2")):
        said = left.call(*command, "--reason", "seen")
        assert (said.code, "P1, who was erased" in said.error["message"]) == (5, True), said.document


def test_quotas_of_somebody_erased_are_left_out_and_ask_nothing(left: PayWorld) -> None:
    sheets = Sheets(left, full=True)
    sheets.run([quota(1, "E1", "1000"), quota(2, "E2", "1000")])
    assert left.approve(as_="ana").code == 0
    before = left.history("P1", "quota:revenue")
    erased(left)
    later = [quota(1, "E1", "1000"), quota(2, "E2", "1000"), quota(3, "E1", "2000", Line="second")]
    for rows in (later, later[1:2]):
        said = sheets.run(rows)
        assert (said.code, said["errors"], said["pending"], left.pending()) == (0, 0, 0, []), said.document
    assert left.history("P1", "quota:revenue") == before
    assert any(told for *_, told in before)


def test_a_delivery_of_theirs_that_is_not_sent_is_in_the_way(left: PayWorld) -> None:
    """Previewed, or approved and waiting in the outbox; one that went out is not, nor one of others."""
    insert = "INSERT INTO delivery_row(delivery, position, key, cells, state, tries) VALUES (1, :n, :key, '{}', :s, 0)"
    with owning(left.database_url) as tx:
        [theirs] = {one.line for one in ledger_entries(tx, person=1) if one.pay_run == 1}
        [other, *_] = [one for one in ledger_entries(tx, pay_run=1) if one.key.person == 2]
        tx.execute(
            text(
                "INSERT INTO delivery(id, target, pay_run, meaning, digest, rows, state, previewed_by, previewed_at) "
                "VALUES (1, 'crm', 1, 'm', 'd', 2, 'previewed', 'ana', '2026-03-01T00:00:00.000000Z')"
            )
        )
        tx.execute(text(insert), {"n": 1, "key": f"{other.line}-1", "s": "waiting"})
        assert unsent_deliveries(tx, 1) == []
        tx.execute(text(insert), {"n": 2, "key": f"{theirs}-1", "s": "waiting"})
        tx.commit()
    said = left.call("erase", "E1", "--reason", "asked")
    assert (said.code, "D1 is neither sent nor dropped" in said.error["message"]) == (5, True), said.document
    with owning(left.database_url) as tx:
        now = datetime(2026, 3, 1, tzinfo=UTC)
        ask(tx, Asked("write_back", "crm", "delivery:1", "delivery:1"), now)
        tx.execute(text("UPDATE delivery SET state = 'approved'"))
        assert unsent_deliveries(tx, 1) == [1]
        tx.execute(text("UPDATE effect SET state = 'sent', ended_at = asked_at"))
        assert unsent_deliveries(tx, 1) == []
        tx.commit()
    assert any("delivery_row" in one for one in erased(left)["left"])


def test_what_a_feed_landed_that_is_gone_is_searched(left: PayWorld) -> None:
    second_source(left)
    assert left.approve(as_="ana").code == 0
    del left.settings["feeds"]["crm2"], left.settings["sources"]["crm2"]
    left.save()
    assert any("landed files of feed crm2" in one for one in erased(left)["left"])
    assert found(left, *VALUES) == []
    assert found(left, "b@x.com"), "the others' rows stay"
    assert left.call("audit", "verify").code == 0


def test_rows_go_though_the_source_has_another_name(left: PayWorld) -> None:
    left.settings["sources"]["hr2"] = left.settings["sources"].pop("hr")
    left.feed["source"] = "hr2"
    left.save()
    erased(left)
    assert found(left, *VALUES) == []
    assert found(left, "Bob")


def test_rows_go_though_the_key_is_another_column(left: PayWorld) -> None:
    left.mapping["key"] = "name"
    left.save()
    assert any("landed files of feed people" in one for one in erased(left)["left"])
    assert found(left, *VALUES) == []
    assert found(left, "Bob")


# --- who is back, or has what was theirs


def test_a_record_of_somebody_erased_that_has_somebody_employed_is_told(left: PayWorld) -> None:
    """Each time it is read; of one who has left there is nothing to say."""
    erased(left)
    assert sent(left, LEFT)["problems"] == []
    for _ in range(2):
        run = sent(left, HIRED)
        assert (run["excluded"], run["proposed"], left.pending()) == (1, 0, [])
        [told] = run["problems"]
        assert (told["code"], told["severity"], told["key"]) == ("erased_record", "warning", "E1")
        assert "`link hr:E1 P1`" in told["message"]
        assert "`unlink hr:E1`" in told["message"]


def test_who_was_erased_and_is_back_goes_on_under_the_same_number_and_id(left: PayWorld) -> None:
    """What was paid stays theirs, what they sell is paid again, quotas are heard; and they are erased again."""
    erased(left)
    left.sell(*corrected(("X6", "2026-02-10", "E1", "150.00"), ("X9", "2026-03-26", "E1", "500.00")))
    before = counted(left)
    said = left.call("link", "hr:E1", "P1", "--reason", "hired again")
    assert (said.code, said["already"]) == (0, False), said.document
    assert sent(left, HIRED)["problems"] == []
    [change] = left.pending()
    assert (change["kind"], change["participant"], change["effective"]) == ("rehire", "P1", "2026-03-25")
    assert left.approve(as_="ana").code == 0
    assert left.roster("2026-03-26")["E1"]["name"] == "Ann Again"
    assert counted(left) != before
    assert ("P1", "earned", "2026-03") in left.amounts("2026-03")
    assert left.amounts("2026-03")["P1", "retro", "2026-02"] == "10.00"
    assert Sheets(left, full=True).run([quota(1, "E1", "1000")])["pending"] == 1
    left.approve(as_="ana")
    assert left.call("audit", "verify").code == 0
    assert sent(left, HIRED)["proposed"] == 0
    people(left.on("2026-04-05"), {**HIRED, "left": "2026-04-01"})
    left.close("2026-03")
    assert sent(left, {**HIRED, "left": "2026-04-01"})["proposed"] == 0


def test_who_was_taken_for_a_stranger_and_is_back_is_linked_then(left: PayWorld) -> None:
    """The message of the refusal names the way, and it is one."""
    erased(left)
    left.sell(*corrected(("X6", "2026-02-10", "E1", "150.00")))
    assert left.call("unlink", "hr:E1", "--reason", "given on").code == 0
    sent(left, HIRED)
    assert "`link SOURCE:KEY P1`" in left.approve(as_="ana")["refused"][0]["reason"]
    assert left.call("link", "hr:E1", "P1", "--reason", "it is her after all").code == 0
    assert left.pending() == []
    sent(left, HIRED)
    assert [(one["kind"], one["participant"]) for one in left.pending()] == [("rehire", "P1")]
    assert left.approve(as_="ana").code == 0
    assert counted(left) == CORRECTED


def test_somebody_else_with_another_id_is_paid_by_it(left: PayWorld) -> None:
    """The other way that the refusal names: another id in the source, and on their facts."""
    erased(left)
    sent(left, {**HIRED, "id": "E1b"})
    assert left.approve(as_="ana").code == 0
    left.sell(*corrected(("X6", "2026-02-10", "E1", "150.00"), ("X9", "2026-03-26", "E1b", "500.00")))
    left.calculate("2026-03")
    assert left.amounts("2026-03") == {("P1", "retro", "2026-02"): "10.00", ("P4", "earned", "2026-03"): "50.00"}


def test_a_key_that_was_given_on_is_somebody_elses_where_facts_name_people_otherwise(left: PayWorld) -> None:
    """No deal names anybody by the employee id: nothing keeps it."""
    left.write("mappings/sales.yaml", SALES.replace("by: employee_id", "by: email"))
    erased(left)
    assert left.call("unlink", "hr:E1", "--reason", "given on").code == 0
    sent(left, HIRED)
    assert left.one()["kind"] == "add"
    assert left.approve(as_="ana").code == 0
    assert left.roster("2026-03-26")["E1"]["name"] == "Ann Again"
