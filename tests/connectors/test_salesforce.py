"""Reading Salesforce: nothing missed, nothing twice, whatever happens on the way. Each fault of the facts once."""

from datetime import timedelta

import pytest

from connectors.base import LooksUp, Wanted
from connectors.opening import open_source
from connectors.salesforce.client import TRIES
from connectors.salesforce.cursor import cursor_from
from domain.errors import CursorExpired, FixAccess, FixFile, ReadFailed, TryLater
from tests.connectors.follower import COLUMNS, Follower, change_some, shown
from tests.doubles.salesforce.world import deal, settings

# --- what passes by itself

STEPS = ("describe", "/updated/", "jobs/query", "GET jobs", "results")


@pytest.mark.parametrize(
    "words", [("describe",), ("/updated/",), ("POST", "jobs"), ("GET", "jobs/query"), ("results",)]
)
@pytest.mark.parametrize("status", [503, 429])
def test_a_blip_at_each_step_of_a_full_read(salesforce, tmp_path, words, status):
    for number in range(7):
        deal(salesforce.org, f"Deal {number}")
    salesforce.org.pass_(60)
    salesforce.org.piece = 3
    salesforce.org.fail(*words, status=status, body=b"<html>busy</html>")
    follower = Follower(salesforce, tmp_path).read()
    assert follower.known == shown(salesforce)
    assert len(salesforce.org.jobs) == 1, "no blip begins a second job"
    assert len(follower.ids) == 7


@pytest.mark.parametrize(
    "words", [("describe",), ("/updated/",), ("/deleted/",), ("/query/?",), ("/queryAll/?",), ("/query/01g",)]
)
def test_a_blip_at_each_step_of_an_increment(salesforce, follower, words):
    change_some(salesforce, follower)
    salesforce.org.fail(*words, status=502)
    assert follower.read().known == shown(salesforce)


SLOW = [
    ("describe",),
    ("/updated/",),
    ("/deleted/",),
    ("/queryAll/?",),
    ("POST", "jobs"),
    ("GET", "jobs/query/"),
    ("results",),
]


@pytest.mark.parametrize("stalls", [False, True])
@pytest.mark.parametrize("words", SLOW)
def test_an_answer_that_breaks_off_or_never_ends_is_asked_for_again(salesforce, follower, monkeypatch, words, stalls):
    changed = change_some(salesforce, follower)
    monkeypatch.setattr("connectors.https.SILENCE", 0.2)
    is_of_a_job = "jobs" in words[-1] or "results" in words
    salesforce.org.fail(*words, cut=10, stalls=stalls)
    (follower.full if is_of_a_job else follower.read)()
    assert follower.known == shown(salesforce)
    assert [follower.ids.count(one) for one in changed] == [1, 1, 1, 1]
    assert not salesforce.org.faults


def test_what_stays_down_is_for_later_and_moves_nothing(salesforce, follower):
    change_some(salesforce, follower)
    before = follower.cursor
    salesforce.org.fail("describe", status=503, times=1000)
    with pytest.raises(TryLater, match="503"):
        follower.read()
    assert salesforce.org.count("describe") == TRIES
    assert follower.cursor == before
    salesforce.org.faults.clear()
    assert follower.read().known == shown(salesforce)


LIMIT = b'[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "%s"}]'


def test_the_day_s_limit_is_not_tried_again(salesforce, follower):
    salesforce.org.fail("/updated/", status=403, body=LIMIT % b"TotalRequests Limit exceeded.", times=1000)
    with pytest.raises(TryLater, match="no more requests of the org today"):
        follower.read()
    assert salesforce.org.count("/updated/") == 1


def test_too_many_long_requests_at_once_are_waited_for(salesforce, follower):
    start = salesforce.org.now
    salesforce.org.fail("/updated/", status=403, body=LIMIT % b"ConcurrentPerOrgLongTxn Limit exceeded.", times=2)
    follower.read()
    assert salesforce.org.count("/updated/") == 3
    assert salesforce.org.now > start


def test_a_read_takes_its_share_and_no_more(salesforce, follower):
    org = salesforce.org
    for number in range(60):
        deal(org, f"More {number}")
        org.pass_(1)
    org.pass_(60)
    org.used, org.total = 0, 100
    follower.more = {"daily_share": 10}
    org.asked.clear()
    with pytest.raises(TryLater, match="daily_share"):
        follower.read()
    assert len(org.asked) == 10
    kept = len(follower.known)
    assert 10 < kept < 70, "what came is kept, and the next read goes on from there"
    follower.more = {"daily_share": 100}
    assert follower.read().known == shown(salesforce)


def test_a_fifth_of_the_day_is_left_to_others(salesforce, follower):
    salesforce.org.used, salesforce.org.total = 80, 100
    with pytest.raises(TryLater, match="left to others"):
        follower.read()
    assert salesforce.org.used == 81


# --- nothing missed


def test_what_is_committed_late_is_read_later(salesforce, follower):
    org = salesforce.org
    late = deal(org, "late", commit=org.now + timedelta(seconds=90))
    org.pass_(10)
    seen = deal(org, "seen")
    org.pass_(10)
    follower.read()
    assert seen in follower.known
    assert late not in follower.known
    org.pass_(300)
    assert follower.read().known == shown(salesforce)
    assert late in follower.known


def test_three_thousand_rows_of_one_second(salesforce, follower):
    org = salesforce.org
    org.page_sizes = [2000, 700, 90]
    many = [deal(org, f"many {number}") for number in range(3000)]
    org.pass_(300)
    follower.read()
    assert follower.known == shown(salesforce)
    assert sorted(one for one in follower.ids if one in set(many)) == sorted(many), "each once"


def test_a_process_that_is_killed_between_pages_of_one_second(salesforce, follower):
    org = salesforce.org
    for number in range(9):
        deal(org, f"same second {number}")
    org.pass_(300)
    follower.read(pages=2)
    assert follower.read().known == shown(salesforce)


def test_a_row_that_moves_between_pages_is_read_by_the_next(salesforce, follower):
    org = salesforce.org
    change_some(salesforce, follower)
    last = list(follower.known)[-1]
    org.save("Opportunity", last, Name="last of its page")
    org.pass_(60)
    source = open_source("salesforce", settings(salesforce), (follower.folder,))
    scratch = follower.folder / "by hand"
    scratch.mkdir()
    cursor = follower.cursor
    for page in source.read("Opportunity", cursor, scratch, Wanted(COLUMNS, rest=False)):
        cursor = page.cursor or cursor
        org.pass_(1)
        org.save("Opportunity", last, Name="moved on")
    follower.cursor = cursor
    org.pass_(300)
    follower.read()
    assert follower.known[last]["Name"] == "moved on"


def test_a_result_that_is_forgotten_is_asked_for_again_where_it_broke_off(salesforce, follower):
    changed = change_some(salesforce, follower)
    org = salesforce.org
    org.fail("/query/01g", status=400, body=b'[{"errorCode": "INVALID_QUERY_LOCATOR", "message": "x"}]')
    follower.read()
    assert follower.known == shown(salesforce)
    assert [follower.ids.count(one) for one in changed] == [1, 1, 1, 1], "nothing twice"


def test_too_much_at_once_is_halved(salesforce, follower):
    org = salesforce.org
    changed = change_some(salesforce, follower)
    org.fail("/queryAll/", status=400, body=b'[{"errorCode": "QUERY_TIMEOUT", "message": "x"}]', times=3)
    org.asked.clear()
    follower.read()
    assert follower.known == shown(salesforce)
    assert [follower.ids.count(one) for one in changed] == [1, 1, 1, 1]
    assert org.count("queryAll") > 4


def test_what_was_halved_grows_again(salesforce, follower):
    """A week of changes, of which only ten minutes may be asked for at once for a while."""
    org = salesforce.org
    for _ in range(7 * 24):
        org.pass_(3600)
        deal(org, "one more")
    org.fail("/queryAll/", status=400, body=b'[{"errorCode": "QUERY_TIMEOUT", "message": "x"}]', times=10)
    org.asked.clear()
    assert follower.read().known == shown(salesforce)
    assert org.count("GET", "/queryAll/") < 30


def test_too_much_for_ever_is_for_later(salesforce, follower):
    salesforce.org.fail("/queryAll/", status=400, body=b'[{"errorCode": "QUERY_TIMEOUT", "message": "x"}]', times=1000)
    with pytest.raises(TryLater, match="in one piece"):
        follower.read()


def test_more_ids_than_it_lists_does_not_stop_an_increment(salesforce, follower):
    change_some(salesforce, follower)
    salesforce.org.id_limit = 0
    assert follower.read().known == shown(salesforce)
    assert cursor_from(str(follower.cursor)).at < salesforce.org.now - timedelta(minutes=9)


# --- deletions


def test_what_is_deleted_merged_undeleted_and_deleted_for_good(salesforce, follower):
    org = salesforce.org
    deleted, merged, back, purged, kept = list(follower.known)[:5]
    org.delete("Opportunity", deleted, back)
    org.pass_(60)
    follower.read()
    assert follower.known == shown(salesforce)
    assert sorted(filter(None, follower.ids)) == sorted((deleted, back)), "by the log and by their stamps, yet once"
    org.delete("Opportunity", merged, master=kept)
    org.undelete("Opportunity", back)
    org.purge("Opportunity", purged)
    org.pass_(60)
    follower.read()
    assert follower.known == shown(salesforce)
    assert back in follower.known
    assert not {deleted, merged, purged} & follower.known.keys()


def test_one_record_is_asked_for(salesforce, tmp_path, follower):
    """Whom a full read does not have: there, deleted, or never there; where nobody can tell it is an error."""
    source = open_source("salesforce", settings(salesforce), (tmp_path,))
    assert isinstance(source, LooksUp)
    there, deleted = list(follower.known)[:2]
    salesforce.org.delete("Opportunity", deleted)
    asked = [source.look_up("Opportunity", "Id", key) for key in (there, deleted, "it's \\ none")]
    assert asked == [True, False, False]
    with pytest.raises(ReadFailed, match="no field"):
        source.look_up("Opportunity", "Id) OR (Id", there)
    with pytest.raises((FixAccess, FixFile, ReadFailed)):
        source.look_up("Opportunity", "Nowhere__c", there)


def test_a_log_of_deletions_that_begins_too_late_is_told(salesforce, follower):
    org = salesforce.org
    org.purge("Opportunity", next(iter(follower.known)))
    org.pass_(7200)
    org.keeps = timedelta(hours=1)
    source = open_source("salesforce", settings(salesforce), (follower.folder,))
    with pytest.raises(CursorExpired):
        list(source.read("Opportunity", follower.cursor, follower.folder))
    assert follower.read().known == shown(salesforce)


def test_a_cursor_of_another_kind_of_source_is_none(salesforce, follower):
    for cursor in ("12", "{}", '{"at": "soon", "deleted": "x"}', '{"at": "2026-03-01T00:00:00Z", "surplus": 1}'):
        follower.cursor = cursor
        assert follower.read().pages[0].full
