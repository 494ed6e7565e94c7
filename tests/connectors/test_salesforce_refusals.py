"""Whatever an org answers at whichever step: passed by, or told to whoever must act, and the cursor stays."""

import json

import pytest

from connectors.base import LooksUp
from connectors.opening import open_source, writer_of
from connectors.writing import Place, Writer
from domain.errors import FixAccess, ReadFailed, SyncError, TryLater
from tests.connectors.follower import change_some, shown
from tests.doubles.salesforce.world import settings

CODES = {
    "QUERY_TIMEOUT": TryLater,
    "INVALID_QUERY_LOCATOR": TryLater,
    "OPERATION_TOO_LARGE": FixAccess,
    "TXN_SECURITY_METERING_ERROR": FixAccess,
    "INVALID_FIELD": FixAccess,
    "MALFORMED_QUERY": FixAccess,
    "INVALIDENTITY": FixAccess,
}
STEPS = [("describe",), ("/updated/",), ("/deleted/",), ("/queryAll/?",)]
STEPS_OF_A_JOB = [("POST", "jobs/query"), ("GET", "jobs/query/"), ("results",)]
STEPS_OF_WRITING = [("describe",), ("POST", "ingest"), ("PUT", "batches"), ("PATCH", "ingest"), ("GET", "jobs/ingest")]


def refuse(double, words, code):
    """For ever."""
    body = json.dumps([{"errorCode": code, "message": "the value was SECRET"}]).encode()
    double.org.fail(*words, status=400, body=body, times=1000)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("words", STEPS)
def test_at_each_step_of_an_increment(salesforce, follower, words, code):
    change_some(salesforce, follower)
    before = follower.cursor
    refuse(salesforce, words, code)
    with pytest.raises(CODES[code], match=code) as told:
        follower.read()
    assert "SECRET" not in told.value.message
    assert follower.cursor == before
    salesforce.org.faults.clear()
    assert follower.read().known == shown(salesforce)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("words", STEPS_OF_A_JOB)
def test_at_each_step_of_a_job(salesforce, follower, words, code):
    refuse(salesforce, words, code)
    if (words, code) == (STEPS_OF_A_JOB[0], "INVALIDENTITY"):
        assert follower.full().known == shown(salesforce), "by queries"
        return
    with pytest.raises(CODES[code], match=code) as told:
        follower.full()
    assert "SECRET" not in told.value.message
    salesforce.org.faults.clear()
    assert follower.read().known == shown(salesforce)


def write(writer: Writer) -> None:
    place = Place("Result__c", "Key__c", ("Amount__c",))
    writer.check(place)
    job = writer.begin(place)
    writer.fill(job, place, [{"Key__c": "a", "Amount__c": "1"}])
    writer.release(job, place)
    writer.stands(job, place)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("words", STEPS_OF_WRITING)
def test_at_each_step_of_writing(salesforce, tmp_path, words, code):
    refuse(salesforce, words, code)
    with pytest.raises(SyncError, match=code) as told:
        write(writer_of("salesforce", settings(salesforce), (tmp_path,)))
    assert "SECRET" not in told.value.message


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("OPERATION_TOO_LARGE", "View All Data"),
        ("TXN_SECURITY_METERING_ERROR", "Exempt from Transaction Security"),
        ("INVALID_FIELD", "run again, which names it"),
        ("MALFORMED_QUERY", "leave it out of the mapping"),
    ],
)
def test_what_a_person_can_do_about_it_is_said(salesforce, follower, code, said):
    refuse(salesforce, ("/queryAll/?",), code)
    with pytest.raises(FixAccess, match=said):
        follower.read()


def test_what_is_asked_of_transaction_security_may_pass(salesforce, follower):
    change_some(salesforce, follower)
    salesforce.org.fail("/queryAll/?", status=400, body=b'[{"errorCode": "TXN_SECURITY_METERING_ERROR"}]')
    assert follower.read().known == shown(salesforce)


def test_an_empty_value_empties_the_field(salesforce, tmp_path):
    """An empty cell would leave what is there."""
    org = salesforce.org
    org.save("Result__c", Key__c="a", Amount__c="5")
    org.save("Result__c", Key__c="b", Amount__c="5")
    writer, place = (
        writer_of("salesforce", settings(salesforce), (tmp_path,)),
        Place("Result__c", "Key__c", ("Amount__c",)),
    )
    job = writer.begin(place)
    writer.fill(job, place, [{"Key__c": "a", "Amount__c": ""}, {"Key__c": "b", "Amount__c": None}])
    writer.release(job, place)
    for _ in range(5):
        writer.stands(job, place)
    assert {row["Key__c"]: row["Amount__c"] for row in org.rows("Result__c", deleted=False)} == {"a": None, "b": None}


def test_a_version_that_is_not_there_yet_is_a_guess(salesforce, follower):
    follower.more = {"api_version": "69.0"}
    with pytest.raises(FixAccess, match="api_version"):
        follower.full()


def test_one_record_that_cannot_be_asked_for_is_an_error(salesforce, follower):
    refuse(salesforce, ("/query/?",), "QUERY_TIMEOUT")
    source = open_source("salesforce", settings(salesforce), (follower.folder,))
    assert isinstance(source, LooksUp)
    with pytest.raises((TryLater, ReadFailed)):
        source.look_up("Opportunity", "Id", next(iter(follower.known)))
