"""Being let into an org, and what is told of who is not; no secret in any log."""

import json
import logging
from typing import Any

import pytest

from connectors.opening import open_source
from connectors.salesforce.tokens import instance
from domain.errors import FixAccess, FixFile
from tests.connectors.follower import COLUMNS, Follower, change_some, shown
from tests.doubles.salesforce.org import MOVED
from tests.doubles.salesforce.tokens import CLIENT_SECRET
from tests.doubles.salesforce.world import SANDBOX, by_key, deal, settings

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


@pytest.mark.parametrize(
    "place",
    [
        "https://acme.my.salesforce.com.evil.example.com",
        "https://acme.my.salesforce.com@evil.example.com",
        "https://evilsalesforce.com",
        "https://evil-my.salesforce.com",
        "https://login.salesforce.com",
        "https://acme.lightning.force.com",
        "http://acme.my.salesforce.com",
        "https://my.salesforce.com",
        "https://[::1]",
        "//acme.my.salesforce.com",
        "",
    ],
)
def test_a_place_that_is_no_org_s_is_never_followed(place):
    with pytest.raises(FixAccess, match="no host of an org"):
        instance(place)


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("https://ACME.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("https://evil.example.com@acme.my.salesforce.com:8443/x?y", "https://acme.my.salesforce.com:8443"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://acme--uat.sandbox.my.salesforce.com"),
        ("https://acme.my.salesforce.mil", "https://acme.my.salesforce.mil"),
    ],
)
def test_a_place_of_an_org_is_its_host_alone(said, place):
    assert instance(said) == place


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
