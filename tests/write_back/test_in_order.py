"""One delivery after the other: what is there is never written over by what is older."""

from __future__ import annotations

from sqlalchemy import text

from store.database import writing
from store.outbox import Asked, EffectState, ask
from syncd.world import World as Opened
from syncd.world import open_world
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import PayWorld
from tests.scenarios.test_links import link
from tests.scenarios.test_merging import merged
from tests.write_back.sent import FIELDS, OBJECT, WHOLE, approved, reads_users, sent, there, versions


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
