"""The endpoint itself: who may use it, what is answered when it goes wrong, and that its secret is nowhere."""

from __future__ import annotations

import json
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import text
from werkzeug.test import Client, TestResponse

import syncd.outbound.receiving
from api import outbound
from api.outbound import STRANGERS
from api.security import UNKEPT, headers_of
from connectors.salesforce.messages import LARGEST
from domain.errors import TryLater
from tests.doubles.salesforce.org import long
from tests.doubles.salesforce.outbound import acknowledges
from tests.outbound.conftest import Told
from tests.outbound.test_told import rows


def waiting(told: Told) -> bytes:
    """A message about somebody who has moved, which nobody has sent yet."""
    first, *_ = told.crowd(2)
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    return told.sender.message(told.sender.waiting)


def is_fault(answer: object, status: int) -> bool:
    data = getattr(answer, "data", b"")
    return getattr(answer, "status_code", 0) == status and b"soapenv:Fault" in data and not acknowledges(data)


# --- the secret path


def test_a_path_is_128_bits_shown_once_and_kept_as_a_digest(told: Told):
    secret = told.address.rpartition("/")[2]
    assert len(secret) == 22
    assert told.path() != told.address
    kept = json.dumps(told.listed())
    with told._reading() as tx:
        for table in ("outbound_path", "audit", "outbound_message"):
            kept += str(tx.execute(text(f"SELECT * FROM {table}")).all())  # noqa: S608 - names of our own
    assert "W1" in kept
    assert secret not in kept


def test_two_paths_are_good_while_one_is_replaced_and_never_a_third(told: Told):
    body = waiting(told)
    second = told.path()
    refused = told.call("outbound", "add", "crm")
    assert (refused.code, "syncd outbound end W1" in refused.error["message"]) == (5, True)
    assert acknowledges(told.post(body).data)
    assert acknowledges(told.post(body, second).data)
    assert [(one["id"], one["messages"]) for one in told.listed()["paths"]] == [("W1", 1), ("W2", 1)]
    assert told.call("outbound", "end", "W1").document == {"ended": "W1"}
    assert is_fault(told.post(body), 403)
    assert acknowledges(told.post(body, second).data)
    assert told.call("outbound", "end", "W1").code == 5
    assert told.call("outbound", "end", "W9").code == 2
    assert told.path() != second
    acts = [(one["act"], one["about"]) for one in told.call("audit").document if "outbound" in one["act"]]
    assert acts == [
        ("make outbound path", "W1"),
        ("make outbound path", "W2"),
        ("refuse outbound add", "outbound add"),
        ("end outbound path", "W1"),
        ("refuse outbound end", "W1"),
        ("make outbound path", "W3"),
    ]
    assert told.call("audit", "verify").code == 0


def test_a_path_is_for_a_source_that_expects_messages_where_there_is_a_web(told: Told):
    assert told.call("outbound", "add", "nobody").code == 2
    del told.settings["sources"]["crm"]["outbound"]
    told.save()
    assert "outbound: {organization" in told.call("outbound", "add", "crm").error["message"]
    del told.settings["log_in"]
    told.save()
    assert "log_in" in told.call("outbound", "add", "crm").error["message"]


def test_a_source_that_expects_none_any_more_takes_none(told: Told):
    body = waiting(told)
    assert acknowledges(told.post(body).data)
    del told.settings["sources"]["crm"]["outbound"]
    told.save()
    assert is_fault(told.post(body), 403)


def test_a_stranger_is_refused_before_anything_of_the_message_is_read(told: Told, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbound, "receive", None)
    assert is_fault(told.post(b"x" * 1000, "/outbound/nobody"), 403)
    assert (rows(told), told.listed()["messages"]) == ([], [])


@pytest.mark.parametrize("body", [None, b"?", b" " * 20_000_000])
def test_a_path_that_has_ended_is_a_stranger_s_at_once_in_a_process_that_knew_it(told: Told, body: bytes | None):
    good = waiting(told)
    assert acknowledges(told.post(good).data)
    assert told.call("outbound", "end", "W1").code == 0
    before = (rows(told), told.listed()["messages"], told.jobs())
    for sent in (body or good, good, b"?"):
        assert is_fault(told.post(sent), 403)
        assert told.log == ""
    assert (rows(told), told.listed()["messages"], told.jobs()) == before


def test_of_another_org_nothing_is_kept_by_a_path_that_has_ended(told: Told):
    assert acknowledges(told.post(told.sender.message([])).data)
    told.sender.organization = long("00D5f000009zzzz")
    assert told.call("outbound", "end", "W1").code == 0
    assert is_fault(told.post(told.sender.message([])), 403)
    assert [one["state"] for one in told.listed()["messages"]] == ["kept"]


def test_strangers_are_slowed_down_and_who_knows_the_path_is_not(told: Told):
    body, client = waiting(told), told.app.test_client()
    answers = [client.post("/outbound/nobody", data=b"").status_code for _ in range(130)]
    assert (set(answers[:STRANGERS]), set(answers)) == ({403}, {403, 429})  # a minute may end meanwhile
    assert 0 < int(client.post("/outbound/nobody", data=b"").headers.get("Retry-After", "60")) <= 60
    with redirect_stderr(StringIO()):
        elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
        sent = {client.post(told.address, data=body, environ_overrides=elsewhere).status_code for _ in range(70)}
    assert sent == {200}


def test_it_is_asked_by_post_alone(told: Told):
    answer = told.app.test_client().get(told.address)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_every_answer_has_the_headers_of_every_answer_and_no_cookie(told: Told):
    pages = told.app.test_client().get("/healthz").headers
    for answer in (told.post(waiting(told)), told.post(b"?"), told.post(b"", "/outbound/nobody")):
        for name in (*headers_of(told.app.extensions["syncd"].log_in), *UNKEPT):
            assert answer.headers.getlist(name) == [pages[name]], name
        assert "Set-Cookie" not in answer.headers


def test_the_secret_is_in_no_log_no_metric_and_no_audit(told: Told):
    """What a server logs of a request it takes from its environment: the path is gone from there."""
    body, secret = waiting(told), told.address.rpartition("/")[2]
    environ: dict[str, object] = {}

    def server(given: dict[str, object], start: object) -> object:
        given["RAW_URI"] = given["REQUEST_URI"] = told.address
        environ.update(dict.fromkeys(given))
        answer = told.app.wsgi_app(given, start)  # type: ignore[arg-type] # a server's own
        environ.update(given)
        return answer

    log = StringIO()
    with redirect_stderr(log):
        assert Client(server).post(told.address, data=body).status_code == 200  # type: ignore[arg-type] # as above
        assert Client(server).post(told.address, data=b"?").status_code == 500  # type: ignore[arg-type] # as above
    assert "outbound.kept source=crm path=W1 message=1 new=1" in log.getvalue()
    assert "outbound.failed why=read_failed" in log.getvalue()
    logged = {name: str(environ[name]) for name in ("PATH_INFO", "RAW_URI", "REQUEST_URI")}
    assert set(logged.values()) == {"/outbound/-"}
    metrics = told.app.test_client().get("/metrics").text
    audit = json.dumps(told.call("audit").document)
    assert secret not in log.getvalue() + metrics + audit
    for file in (told.folder / "var").rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file


# --- what cannot be kept is not acknowledged


def test_what_cannot_be_stored_is_a_fault_and_comes_again(told: Told, monkeypatch: pytest.MonkeyPatch):
    body = waiting(told)

    def busy(*_: object) -> None:
        raise TryLater("the database is busy")

    with monkeypatch.context() as patch:
        patch.setattr(syncd.outbound.receiving, "keep_message", busy)
        assert is_fault(told.post(body), 500)
    assert (rows(told), told.jobs()) == ([], [])
    assert acknowledges(told.post(body).data)


@pytest.mark.parametrize("body", [b"", b"<a/>", b"{}", b"<!DOCTYPE a><a/>"])
def test_what_is_no_message_is_a_fault_and_nothing_is_kept(told: Told, body: bytes):
    assert is_fault(told.post(body), 500)
    assert (rows(told), told.listed()["messages"]) == ([], [])


def test_a_message_of_several_megabytes_is_taken_and_a_larger_one_is_not(told: Told):
    body = waiting(told)
    many = body.replace(b"Rep", b"x" * 8_000_000).replace(b"Lead", b"x" * 8_000_000)
    assert 8_000_000 < len(many) < 16_000_000
    assert acknowledges(told.post(many).data)
    assert is_fault(told.post(body.replace(b"Lead", b"x" * 9_000_000) + b" " * 9_000_000), 500)


def test_a_message_in_pieces_is_bounded_as_well(told: Told):
    """Its length is not known before: one that is too large is said to be so, and the part that was read is nothing."""
    body = waiting(told)

    def server(given: dict[str, object], start: object) -> object:
        given["wsgi.input_terminated"] = True  # as servers do that read pieces
        given.pop("CONTENT_LENGTH", None)
        return told.app.wsgi_app(given, start)  # type: ignore[arg-type] # a server's own

    def sent(content: bytes) -> TestResponse:
        with redirect_stderr(StringIO()):
            return Client(server).post(told.address, data=content)  # type: ignore[arg-type] # as above

    half = (LARGEST - len(body)) // 2
    full = body.replace(b"Lead", b"x" * (4 + half)).replace(b"Person", b"x" * (6 + LARGEST - len(body) - half))
    assert len(full) == LARGEST
    for large in (full + b" ", full + b" " * 5_000_000, body + b"x" * LARGEST):
        answer = sent(large)
        assert is_fault(answer, 500)
        assert f"at most {LARGEST} bytes" in answer.text
    assert (rows(told), told.jobs()) == ([], [])
    assert acknowledges(sent(full).data)
    assert len(rows(told)) == 1


def test_the_samples_of_others_are_answered(told: Told, shared: Path):
    folder = shared / "fixtures" / "salesforce"
    sample = (folder / "om_phparsenal_DiscountRule.xml").read_bytes()
    assert is_fault(told.post(sample), 403)
    told.settings["sources"]["crm"]["outbound"] = {
        "organization": "00DD0000000muCU",
        "actions": ["04k57000000TOUIAA4"],
    }
    told.save()
    assert acknowledges(told.post(sample).data)
    assert rows(told) == [("04l570000176YSmAAM", "DiscountRule__c", "a025700000OPgOjAAL")]
    empty = (folder / "om_aspnet_empty_notifications.xml").read_bytes()
    assert is_fault(told.post(empty), 403)  # it does not say of which org it is
