"""Logging in and out, what a browser is told, and what is refused."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import TestResponse

from api.app import create_app
from api.security import limiter
from domain.errors import FixFile
from store.database import open_database, reading
from store.users import user_called
from syncd.access import passwords
from syncd.cli import main
from tests.web.conftest import ADDRESS, PASSWORD, Office, Serve


def test_somebody_logs_in_and_out(office: Office) -> None:
    office.user("dana", "comp_admin")
    visitor = office.client()
    answer = visitor.get("/changes?kind=move")
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"then": ["/changes?kind=move"]}
    answer = visitor.post("/log-in", {"name": "DANA", "password": PASSWORD, "then": "/changes?kind=move"})
    assert answer.headers["Location"] == "/changes?kind=move"
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("syncd="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert visitor.get("/changes").status_code == 200
    assert visitor.post("/log-out").status_code == 302
    assert visitor.get("/changes").status_code == 302
    acts = [(one["by"], one["act"]) for one in office.world.call("audit").document][-2:]
    assert acts == [("dana", "log in"), ("dana", "log out")]


@pytest.mark.parametrize(
    ("name", "password"), [("dana", "wrong"), ("nobody", PASSWORD), ("dana", ""), ("gone", PASSWORD)]
)
def test_a_wrong_password_says_nothing_more_and_the_name_comes_back(office: Office, name: str, password: str) -> None:
    office.user("dana", "comp_admin")
    office.user("gone", "comp_admin")
    assert office.world.call("users", "end", "gone").code == 0
    answer = office.client().post("/log-in", {"name": name, "password": password})
    assert answer.status_code == 422
    assert "do not belong together" in answer.text
    assert f'value="{name}"' in answer.text
    assert office.world.call("audit")[-1]["act"] == "refuse log-in"


def test_a_password_is_hashed_anew_where_the_way_has_become_stronger(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    office.user("dana", "comp_admin")
    weak = kept_hash(office)
    assert "m=64,t=1,p=1" in weak
    office.client("dana")
    assert kept_hash(office) == weak, "it is as strong as ours"
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=2, memory_cost=128, parallelism=1))
    office.client().post("/log-in", {"name": "dana", "password": "wrong horse battery"})
    assert kept_hash(office) == weak, "only who knows it has it hashed anew"
    office.client("dana")
    strong = kept_hash(office)
    assert "m=128,t=2,p=1" in strong
    office.client("dana")
    assert kept_hash(office) == strong
    assert office.world.call("audit", "verify").code == 0


def test_a_password_that_was_changed_meanwhile_stays(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.user("dana", "comp_admin")

    def while_it_is_changed(_kept: str, password: str) -> str:
        office.password("dana", "another long sentence")
        return passwords.hashed(password)

    with monkeypatch.context() as patched:
        patched.setattr("syncd.access.signing_in.renewed", while_it_is_changed)
        office.client("dana")
    assert passwords.is_right(kept_hash(office), "another long sentence")


def kept_hash(office: Office) -> str:
    """What is kept of dana's password."""
    opened = open_database(office.world.database_url)
    with reading(opened) as tx:
        user = user_called(tx, "dana")
    opened.dispose()
    assert user is not None
    assert user.password is not None
    return user.password


def test_who_tries_too_often_waits(office: Office) -> None:
    office.user("dana", "comp_admin")
    visitor = office.client()
    limiter.enabled = True
    limiter.reset()
    found = [visitor.post("/log-in", {"name": "dana", "password": "wrong"}).status_code for _ in range(11)]
    other = visitor.post("/log-in", {"name": "dana2", "password": "wrong"}).status_code
    limiter.reset()
    limiter.enabled = False
    assert found == [422] * 10 + [429]
    assert other == 422, "who shares their address is not kept out"


@pytest.mark.parametrize("act", [("users", "logout", "dana"), ("users", "end", "dana")])
def test_a_session_ends_at_once_where_somebody_ends_it(office: Office, act: tuple[str, ...]) -> None:
    office.user("dana", "comp_admin")
    visitor = office.client("dana")
    assert visitor.get("/changes").status_code == 200
    assert office.world.call(*act).code == 0
    assert visitor.get("/changes").status_code == 302


def test_who_ends_the_sessions_of_somebody_is_in_the_audit(office: Office) -> None:
    office.user("dana", "comp_admin")
    assert office.world.call("users", "logout", "dana", "--as", "zoe").code == 0
    last = office.world.call("audit")[-1]
    assert (last["act"], last["about"], last["for"]) == ("log out", "user dana", "zoe")


def test_a_role_that_is_taken_back_is_gone_at_once(office: Office) -> None:
    office.user("dana", "comp_admin")
    visitor = office.client("dana")
    assert office.world.call("users", "take", "dana", "comp_admin").code == 0
    assert visitor.get("/changes").status_code == 403
    assert "without a role" in visitor.get("/").text


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "/\\evil.example", "evil"])
def test_nobody_is_led_to_another_site(office: Office, then: str) -> None:
    office.user("dana", "comp_admin")
    answer = office.client().post("/log-in", {"name": "dana", "password": PASSWORD, "then": then})
    assert answer.headers["Location"] == "/"


def test_a_form_without_its_token_or_of_another_site_is_refused(office: Office) -> None:
    office.user("dana", "comp_admin")
    visitor = office.client("dana")
    assert visitor.client.post("/log-out").status_code == 400
    form = {"csrf_token": visitor.token}
    assert visitor.client.post("/log-out", data=form, headers={"Origin": "https://evil.example"}).status_code == 403
    assert visitor.client.post("/log-out", data=form, headers={"Origin": ADDRESS}).status_code == 302


def test_every_answer_has_the_headers(office: Office) -> None:
    for address in ("/log-in", "/nothing", "/static/syncd.css", "/api/v1/changes"):
        headers = office.client().get(address).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_over_tls_cookies_are_for_tls_alone(office: Office) -> None:
    office.address = "https://pay.example.com"
    office.open()
    office.user("dana", "comp_admin")
    client = office.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/log-in", base_url=office.address).text)
    assert token
    form = {"name": "dana", "password": PASSWORD, "csrf_token": token[1]}
    answer = client.post("/log-in", data=form, base_url=office.address)
    cookies = answer.headers.getlist("Set-Cookie")
    assert answer.status_code == 302
    assert all(one.startswith("__Host-") and "Secure" in one for one in cookies), cookies
    assert answer.headers["Strict-Transport-Security"]


def test_too_much_at_once_is_refused(office: Office) -> None:
    office.user("dana", "comp_admin")
    visitor = office.client("dana")
    assert visitor.post("/changes/decide", {"reason": "x" * 2_000_000}).status_code == 413


def test_without_log_in_there_are_no_pages(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    del office.world.settings["log_in"]
    office.world.save()
    assert main(["--workspace", str(office.world.folder), "web"]) == 2
    assert "log_in" in capsys.readouterr().err
    with pytest.raises(FixFile, match="log_in"):
        create_app(str(office.world.folder))


@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # the provider uses parts of Authlib that are on their way out
def test_the_provider_says_who_it_is_and_never_by_e_mail(
    office: Office, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subject is nobody here until somebody has said who; then they are logged in."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "true")
    monkeypatch.setenv("OIDC_SECRET", "shown to the provider")
    issuer = serve(_provider())
    office.world.settings["log_in"] = {
        "address": ADDRESS,
        "provider": {"issuer": issuer, "client_id": "syncd", "client_secret": {"env": "OIDC_SECRET"}},
    }
    office.world.save()
    office.user("dana", "comp_admin", key="01001", password=False)
    assert "Nobody has said yet" in (first := _by_provider(office, issuer)).text
    assert first.status_code == 403
    assert office.world.call("users", "link", "dana", issuer, "dana@example.com").code == 0
    assert _by_provider(office, issuer).headers["Location"] == "/"
    assert office.world.call("audit")[-1]["by"] == "dana"
    assert office.world.call("users", "end", "dana").code == 0
    assert _by_provider(office, issuer).status_code == 403


#: What a provider may say beside the subject: an e-mail that was verified, that was not, or of which it says neither.
CLAIMED = [
    {"email": "dana@example.com", "email_verified": True},
    {"email": "dana@example.com", "email_verified": False},
    {"email": "dana@example.com"},
    {"email": "DANA@example.com", "email_verified": True, "preferred_username": "dana@example.com", "name": "dana"},
    {"email": "ann@example.com", "email_verified": True},
    {},
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as above
@pytest.mark.parametrize("claims", CLAIMED)
def test_an_e_mail_that_is_somebody_else_s_name_is_not_them(
    office: Office, serve: Serve, monkeypatch: pytest.MonkeyPatch, claims: dict[str, object]
) -> None:
    """A user who is called so, one who is that participant, and who is linked by another subject: nobody logs in."""
    import oidc_provider_mock

    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "true")
    monkeypatch.setenv("OIDC_SECRET", "shown to the provider")
    monkeypatch.setattr("oidc_provider_mock._app._STANDARD_CLAIMS", frozenset())  # says what nobody asked for
    thief = oidc_provider_mock.User(sub="mallory", claims=claims)
    issuer = serve(oidc_provider_mock.app(user_claims=[thief]))
    provider = {"issuer": issuer, "client_id": "syncd", "client_secret": {"env": "OIDC_SECRET"}}
    office.world.settings["log_in"] = {"address": ADDRESS, "provider": provider}
    office.world.save()
    office.user("dana@example.com", "comp_admin", password=False)
    office.user("dana", "comp_admin", key="01001", password=False)
    assert office.world.call("users", "link", "dana@example.com", issuer, "dana").code == 0
    assert office.world.call("users", "link", "dana", "https://other.example", "mallory").code == 0
    answer = _by_provider(office, issuer, "mallory")
    assert (answer.status_code, f"users link NAME {issuer} mallory" in answer.text) == (403, True)
    assert not [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("syncd=")]
    assert office.world.call("users", "link", "dana", issuer, "mallory").code == 0
    assert _by_provider(office, issuer, "mallory").status_code == 302
    assert office.world.call("audit")[-1]["by"] == "dana"


def _provider() -> Flask:
    import oidc_provider_mock

    found: Flask = oidc_provider_mock.app()
    return found


def _by_provider(office: Office, issuer: str, subject: str = "dana@example.com") -> TestResponse:
    client = office.app.test_client()
    there = client.get("/log-in/provider").headers["Location"]
    assert there.startswith(issuer)
    assert "code_challenge_method=S256" in there
    back = requests.post(there, data={"sub": subject}, allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")
