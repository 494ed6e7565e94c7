"""Sent once in effect, whatever happens on the way: each fault once."""

from __future__ import annotations

from typing import Any

import pytest

from domain.delivery import TRIES
from domain.errors import LeaseLost
from store.outbox import EffectState
from syncd.outside import write_back
from syncd.outside.sending import Sending, send_next
from syncd.world import World as Opened
from syncd.world import open_world
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.server import Double
from tests.scenarios.closing import PayWorld
from tests.write_back.sent import FIELDS, OBJECT, WHOLE, approved, counted, effect, sent, there, versions


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
