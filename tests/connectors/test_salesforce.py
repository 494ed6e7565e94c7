"""Reading Salesforce: nothing missed, nothing twice, whatever happens on the way. Each fault of the facts once."""

import json
import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Wanted
from connectors.opening import open_source
from connectors.salesforce import jobs
from connectors.salesforce.client import TRIES
from connectors.salesforce.cursor import cursor_from
from connectors.salesforce.forms import long_id, moment, written
from domain.errors import CursorExpired, FixAccess, FixFile, ReadFailed, TryLater
from tests.connectors.follower import COLUMNS, Follower, shown
from tests.doubles.salesforce.org import MOVED, Field
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.tokens import CLIENT_SECRET
from tests.doubles.salesforce.world import SANDBOX, by_key, deal, settings


@pytest.fixture
def follower(salesforce, tmp_path) -> Follower:
    """Ten deals, read once; a while later."""
    for number in range(10):
        deal(salesforce.org, f"Deal {number}")
        salesforce.org.pass_(1)
    salesforce.org.pass_(3600)
    found = Follower(salesforce, tmp_path).read()
    assert found.known == shown(salesforce)
    salesforce.org.pass_(600)
    salesforce.org.asked.clear()
    return found


def change_some(double: Double, follower: Follower) -> list[str]:
    """Three deals change, and one is new; a minute later."""
    changed = list(follower.known)[:3]
    for one in changed:
        double.org.save("Opportunity", one, Amount=Decimal("200.20"))
        double.org.pass_(1)
    changed.append(deal(double.org, "New"))
    double.org.pass_(60)
    return changed


# --- logging in


def test_a_key_of_our_own_lets_us_in(salesforce, tmp_path):
    deal(salesforce.org, "A")
    follower = Follower(salesforce, tmp_path, auth=by_key(salesforce, tmp_path)).read()
    assert follower.known == shown(salesforce)
    assert salesforce.org.count("token") == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda app: setattr(app, "approved", False), "pre-authorises"),
        (lambda app: setattr(app, "audience", "https://test.salesforce.com"), "kind of org"),
        (lambda app: setattr(app, "active", False), "inactive"),
    ],
)
def test_who_is_not_let_in_is_told_what_to_ask_for(salesforce, tmp_path, spoil, said):
    auth = by_key(salesforce, tmp_path)
    spoil(salesforce.app)
    with pytest.raises(FixAccess, match=said):
        Follower(salesforce, tmp_path, auth=auth).read()
    assert salesforce.org.count("token") == 1, "asked once: it would not help"


def test_a_clock_that_is_wrong_is_named(salesforce, tmp_path, monkeypatch):
    auth = by_key(salesforce, tmp_path)
    monkeypatch.setattr("connectors.salesforce.tokens.GOOD_FOR", -10)
    with pytest.raises(FixAccess, match="clock"):
        Follower(salesforce, tmp_path, auth=auth).read()


def test_another_key_is_refused(salesforce, tmp_path):
    auth = by_key(salesforce, tmp_path)
    (tmp_path / "crm.pem").write_text("no key", encoding="utf-8")
    with pytest.raises(FixAccess, match="no private RSA key"):
        Follower(salesforce, tmp_path, auth=auth).read()


def test_a_wrong_secret_and_an_app_without_run_as(salesforce, tmp_path, monkeypatch):
    salesforce.app.run_as = False
    with pytest.raises(FixAccess, match="Run As"):
        Follower(salesforce, tmp_path).read()
    monkeypatch.setenv("CRM_CLIENT_SECRET", "another")
    with pytest.raises(FixAccess, match="client_id"):
        Follower(salesforce, tmp_path).read()


@pytest.mark.parametrize("body", [b"<html>Down for maintenance</html>", b"", b"{}"])
def test_a_token_endpoint_that_is_down_is_tried_again(salesforce, tmp_path, body):
    deal(salesforce.org, "A")
    salesforce.org.fail("token", status=503, body=body)
    assert len(Follower(salesforce, tmp_path).read().known) == 1
    assert salesforce.org.count("token") == 2


def test_a_sandbox_s_users_log_in_elsewhere(salesforce, tmp_path):
    salesforce.app.audience = "https://test.salesforce.com"
    salesforce.org.instance = SANDBOX
    more: dict[str, Any] = {"auth": by_key(salesforce, tmp_path), "my_domain": f"{SANDBOX}:{salesforce.port}"}
    assert Follower(salesforce, tmp_path, **more).read().known == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("my_domain", "https://acme.my.salesforce.com"),
        ("my_domain", "login.salesforce.com"),
        ("my_domain", "acme.lightning.force.com"),
        ("api_version", "40.0"),
        ("api_version", "67"),
        ("daily_share", 0),
        ("daily_share", 101),
    ],
)
def test_settings_that_cannot_be_are_refused(salesforce, key, value):
    with pytest.raises(ValueError, match=key):
        settings(salesforce, **{key: value})


# --- a token that is over


@pytest.mark.parametrize(
    "body",
    [b'[{"errorCode": "INVALID_SESSION_ID", "message": "x"}]', b'{"message": "x"}', b"<html>401</html>", b""],
)
def test_one_new_token_and_one_replay(salesforce, follower, body):
    changed = change_some(salesforce, follower)
    salesforce.org.fail("/queryAll/", status=401, body=body)
    follower.read()
    assert set(changed) <= set(follower.ids)
    assert follower.known == shown(salesforce)
    assert salesforce.org.count("token") == 2


def test_a_token_that_is_never_accepted_ends(salesforce, follower):
    before = follower.cursor
    change_some(salesforce, follower)
    salesforce.org.fail("/services/data", status=401, times=1000)
    with pytest.raises(FixAccess, match="does not accept the token"):
        follower.read()
    assert salesforce.org.count("token") == 2
    assert salesforce.org.count("describe") == 2
    assert follower.cursor == before


def test_an_org_that_moved_is_followed_within_its_hosts(salesforce, follower):
    changed = change_some(salesforce, follower)
    salesforce.org.instance = MOVED
    follower.read()
    assert set(changed) <= set(follower.ids)
    salesforce.org.instance = "evil.example.com"
    with pytest.raises(FixAccess, match=r"evil\.example\.com"):
        follower.read()


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


# --- what a person must do


def test_a_version_that_is_gone(salesforce, tmp_path):
    salesforce.org.fail("describe", status=410, body=b'[{"errorCode": "UNSUPPORTED_API_VERSION", "message": "x"}]')
    with pytest.raises(FixFile, match="api_version"):
        Follower(salesforce, tmp_path).read()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("API_DISABLED_FOR_ORG", "API Enabled"),
        ("INSUFFICIENT_ACCESS", "read access"),
        ("SOMETHING_NEW", "administrator"),
    ],
)
def test_a_right_that_is_missing_is_named(salesforce, tmp_path, code, said):
    salesforce.org.fail("describe", status=403, body=json.dumps([{"errorCode": code, "message": "x"}]).encode())
    with pytest.raises(FixAccess, match=said):
        Follower(salesforce, tmp_path).read()


def test_an_object_that_is_not_there_or_not_readable(salesforce, tmp_path):
    with pytest.raises(FixAccess, match="Oportunity"):
        Follower(salesforce, tmp_path, "Oportunity").read()
    salesforce.org.objects["Opportunity"].readable = False
    with pytest.raises(FixAccess, match="read access"):
        Follower(salesforce, tmp_path).read()


@pytest.mark.parametrize("stream", [None, "User/../x", "Opportunity WHERE", ""])
def test_a_stream_is_the_name_of_an_object(salesforce, tmp_path, stream):
    with pytest.raises(FixFile, match="stream: Opportunity"):
        next(open_source("salesforce", settings(salesforce), (tmp_path,)).read(stream, None, tmp_path))
    assert not salesforce.org.asked


def test_a_field_that_is_hidden_or_misspelled_is_named(salesforce, follower):
    org = salesforce.org
    before = follower.cursor
    org.objects["Opportunity"].fields["Amount"].hidden = True
    with pytest.raises(FixAccess, match="cannot see Amount"):
        follower.read()
    assert follower.cursor == before
    org.objects["Opportunity"].fields["Amount"].hidden = False
    assert follower.read().known == shown(salesforce)
    follower.columns = (*COLUMNS, "Amounts", "Account.Name")
    with pytest.raises(FixAccess, match=r"Amounts.*did you mean 'Amount'.*Account\.Name"):
        follower.read()


def test_an_administrator_and_a_user_who_does_not_see_everything_are_named(salesforce, tmp_path):
    salesforce.org.rights["PermissionsModifyAllData"] = True
    assert "administrator" in Follower(salesforce, tmp_path / "1").read().warnings[0]
    salesforce.org.rights = {"PermissionsModifyAllData": False, "PermissionsViewAllData": False}
    assert "View All" in Follower(salesforce, tmp_path / "2").read().warnings[0]
    salesforce.org.rights["PermissionsViewAllData"] = True
    assert Follower(salesforce, tmp_path / "3").read().warnings == []


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
    org.delete("Opportunity", merged, master=kept)
    org.undelete("Opportunity", back)
    org.purge("Opportunity", purged)
    org.pass_(60)
    follower.read()
    assert follower.known == shown(salesforce)
    assert back in follower.known
    assert not {deleted, merged, purged} & follower.known.keys()


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


# --- jobs


def test_a_process_that_is_killed_goes_on_with_its_job(salesforce, tmp_path):
    org = salesforce.org
    for number in range(7):
        deal(org, f"Deal {number}")
    org.pass_(60)
    org.piece = 3
    follower = Follower(salesforce, tmp_path).read(pages=1)
    assert (follower.ids, len(org.jobs)) == ([], 1)
    follower.read(pages=2)
    follower.read()
    assert follower.known == shown(salesforce)
    assert len(org.jobs) == 1
    assert all(page.full for page in follower.pages)
    assert follower.pages[-1].total == 7


@pytest.mark.parametrize("how", ["aborted", "gone", "another mapping", "another version", "old"])
def test_a_job_that_cannot_go_on_is_begun_anew(salesforce, tmp_path, how):
    org = salesforce.org
    deal(org, "A")
    org.pass_(60)
    follower = Follower(salesforce, tmp_path).read(pages=1)
    (job,) = org.jobs.values()
    if how == "aborted":
        job.state = "Aborted"
    elif how == "gone":
        org.jobs[job.id[:-3] + "BBB"] = org.jobs.pop(job.id)
    elif how == "old":
        org.pass_(90_000)
    elif how == "another mapping":
        follower.columns = ("Id", "Name")
    else:
        follower.more = {"api_version": "66.0"}
    follower.read()
    assert follower.known == shown(salesforce, columns=follower.columns)
    assert len(org.jobs) == 2


def test_a_job_that_fails_says_so_and_the_next_read_begins_another(salesforce, tmp_path):
    org = salesforce.org
    deal(org, "A")
    org.pass_(60)
    follower = Follower(salesforce, tmp_path).read(pages=1)
    next(iter(org.jobs.values())).message = "QUERY_TIMEOUT: Your query request was running for too long."
    with pytest.raises(TryLater, match="QUERY_TIMEOUT"):
        follower.read()
    assert follower.read().known == shown(salesforce)


def test_a_result_that_is_cut_is_fetched_again(salesforce, tmp_path):
    org = salesforce.org
    for number in range(50):
        deal(org, f"Deal {number}")
    org.pass_(60)
    org.fail("results", cut=700)
    follower = Follower(salesforce, tmp_path).read()
    assert follower.known == shown(salesforce)
    assert len(follower.ids) == 50


def test_a_result_without_its_count_is_none(salesforce, tmp_path):
    deal(salesforce.org, "A")
    salesforce.org.fail("results", headers={"Sforce-NumberOfRecords": "many"})
    with pytest.raises(ReadFailed, match="how many"):
        Follower(salesforce, tmp_path).read()


def test_a_result_that_turns_in_a_circle_is_none(salesforce, tmp_path, monkeypatch):
    for number in range(7):
        deal(salesforce.org, f"Deal {number}")
    salesforce.org.piece = 2
    salesforce.org.fail("results", headers={"Sforce-Locator": "2"}, times=1000)
    with pytest.raises(ReadFailed, match="again and again"):
        Follower(salesforce, tmp_path).read()


def test_a_job_that_never_ends_is_gone_on_with_later(salesforce, tmp_path, monkeypatch):
    deal(salesforce.org, "A")
    salesforce.org.pass_(60)
    salesforce.org.job_looks = 40
    monkeypatch.setattr(jobs, "PATIENCE", 120.0)
    follower = Follower(salesforce, tmp_path)
    with pytest.raises(TryLater, match="goes on with it"):
        follower.read()
    salesforce.org.job_looks = 0
    assert follower.read().known == shown(salesforce)
    assert len(salesforce.org.jobs) == 1


def test_an_object_that_tells_nothing_and_is_in_no_job_is_read_whole_by_queries(salesforce, tmp_path):
    org = salesforce.org
    for number in range(7):
        org.save("Territory", Name=f"T{number}")
    follower = Follower(salesforce, tmp_path, "Territory")
    follower.columns = ("Name", "Id")
    for _ in range(2):
        follower.read()
        assert follower.known == shown(salesforce, "Territory", ("Id", "Name"))
        assert follower.pages[-1].total == 7
        assert follower.cursor is None
        org.save("Territory", Name="another")
        org.purge("Territory", next(iter(follower.known)))


# --- values and shapes


def test_a_value_is_the_same_text_whichever_way_it_comes(salesforce, tmp_path):
    org = salesforce.org
    user = org.save("User", Name="Ann", Email="a@x", EmployeeNumber="00123")
    first = deal(
        org,
        'A "b"\nc\0d, é 山',
        "1.2E+7",
        CloseDate="2026-03-01",
        Won__c=org.now,
        OwnerId=user,
        Expected__c=Decimal("0.0"),
    )
    deal(org, "", None)
    deal(org, "1E5", "-1.25E-3")
    org.pass_(60)
    follower = Follower(salesforce, tmp_path)
    follower.columns = (*COLUMNS, "CloseDate", "Won__c", "Expected__c", "OwnerId", "Owner.EmployeeNumber")
    bulk = dict(follower.read().known)
    org.pass_(600)
    org.silently("Opportunity", first)
    for one in bulk:
        org.save("Opportunity", one)
    org.pass_(60)
    assert follower.read().known == bulk
    assert bulk[first]["Won__c"] == "2026-03-01T12:00:00.000Z"
    assert (bulk[first]["Amount"], bulk[first]["Expected__c"]) == ("12000000", "0.0")
    assert ("1E5", "-0.00125") in {(row.get("Name"), row.get("Amount")) for row in bulk.values()}, "a text stays"
    assert (bulk[first]["Owner.EmployeeNumber"], bulk[first]["Name"]) == ("00123", 'A "b"\ncd, é 山')
    assert follower.pages[0].silent == ("Expected__c", "Owner.EmployeeNumber")


def test_a_parent_of_a_parent_and_one_that_is_not_there(salesforce, tmp_path):
    org = salesforce.org
    boss = org.save("User", Name="Boss", UserRoleId=org.save("UserRole", Name="Sales"))
    org.save("User", Name="Ann", ManagerId=boss)
    follower = Follower(salesforce, tmp_path, "User")
    follower.columns = ("Id", "Name", "Manager.UserRole.Name")
    org.pass_(600)
    assert {row["Name"]: row.get("Manager.UserRole.Name") for row in follower.read().known.values()} == {
        "Boss": None,
        "Ann": "Sales",
    }
    for one in follower.known:
        org.save("User", one)
    org.pass_(60)
    assert {row["Name"]: row.get("Manager.UserRole.Name") for row in follower.read().known.values()} == {
        "Boss": None,
        "Ann": "Sales",
    }


def test_all_fields_are_asked_for_where_all_are_landed(salesforce, follower):
    follower.rest = True
    follower.full()
    assert set(follower.pages[0].columns) == set(salesforce.org.objects["Opportunity"].fields)


def test_a_field_that_is_read_and_changes_its_kind_lets_all_be_read_again(salesforce, follower):
    org = salesforce.org
    org.objects["Opportunity"].fields["Name"].calculated = True
    assert follower.read().pages[0].full
    follower.columns = (*COLUMNS, "StageName")
    assert follower.read().pages[0].full, "a column that was not read before"
    follower.columns = COLUMNS
    assert not follower.read().pages[0].full


def test_another_field_that_appears_is_an_event(salesforce, follower):
    salesforce.org.objects["Opportunity"].fields["Extra__c"] = Field("Extra__c")
    assert "sees other fields of Opportunity" in follower.read().warnings[0]
    assert follower.read().warnings == []
    follower.rest = True
    follower.full()
    salesforce.org.objects["Opportunity"].fields["More__c"] = Field("More__c")
    assert follower.read().pages[0].full, "with `land: all` its old values are read too"


def test_more_fields_than_an_address_holds(salesforce, follower):
    for number in range(400):
        name = f"A_field_with_quite_a_long_name_{number}__c"
        salesforce.org.objects["Opportunity"].fields[name] = Field(name)
    follower.rest = True
    follower.full()
    with pytest.raises(FixFile, match="more than Salesforce takes"):
        follower.read()


@pytest.mark.parametrize(
    ("short", "long"),
    [("001A0000006Vm9r", "001A0000006Vm9rIAC"), ("005000000000001", "005000000000001AAA")],
)
def test_an_id_of_15_is_that_of_18(short, long):
    assert long_id(short) == long
    assert long_id(long) == long
    assert long_id("no id") == "no id"


def test_both_forms_of_a_moment_are_one():
    assert moment("2024-09-24T03:26:07.000+0000") == moment("2024-09-24T03:26:07.000Z")
    assert written(moment("2024-09-24T05:26:07.120+0200")) == "2024-09-24T03:26:07.120Z"
    with pytest.raises(ValueError, match="zone"):
        moment("2024-09-24T03:26:07")


def test_no_log_holds_a_token_or_a_secret(salesforce, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    deal(salesforce.org, "A")
    salesforce.org.fail("describe", status=401)
    follower = Follower(salesforce, tmp_path, auth=by_key(salesforce, tmp_path)).read()
    follower.more = {}
    follower.read()
    for secret in (CLIENT_SECRET, *salesforce.org.tokens, "assertion", "Bearer"):
        assert secret not in caplog.text
    assert len(salesforce.org.tokens) == 3
