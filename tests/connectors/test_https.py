"""Https: to the checked address under the host's own name, no further, for a bounded time and size."""

import gzip
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors import https
from connectors.https import chunks, session_to
from domain.errors import FixAccess, ReadFailed, TryLater
from tests.doubles.tls import Authority, Handler, name_hosts, serving

HOST = "acme.my.salesforce.com"
DECLARED = ("*.my.salesforce.com",)
SEEN: list[dict[str, str]] = []


class Answers(Handler):
    def asked(self) -> None:
        SEEN.append(dict(self.headers))
        name = self.path.partition("?")[0].strip("/")
        getattr(self, name)()

    def plain(self) -> None:
        self.body()
        self.answer(200, b"hello", Set_Cookie="a=b; Path=/")

    def elsewhere(self) -> None:
        self.answer(302, location="https://evil.example.com/token?secret=1")

    def choice(self) -> None:
        self.answer(300, b"[]")

    def large(self) -> None:
        self.answer(200, b"x" * 5_000_000)

    def zipped(self) -> None:
        self.answer(200, gzip.compress(b"x" * 5_000_000), Content_Encoding="gzip")

    def silent(self) -> None:
        time.sleep(2)

    def drips(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"only this")
        self.close_connection = True

    def in_pieces(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def port(authority: Authority) -> Iterator[int]:
    with serving(Answers, authority.context(HOST, "other.my.salesforce.com", "files.example.com")) as found:
        yield found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, authority: Authority) -> None:
    SEEN.clear()
    monkeypatch.setenv("SYNCD_CA_FILE", str(authority.file))
    name_hosts(monkeypatch, HOST, "files.example.com", "wrong.my.salesforce.com", "evil.example.com")


@pytest.fixture
def url(names: None, port: int) -> str:
    return f"https://{HOST}:{port}"


def test_a_declared_host_is_reached_under_its_own_name(url, port):
    with session_to(DECLARED) as session:
        assert session.get(f"{url}/plain").text == "hello"
        assert session.post(f"{url}/plain", data=b"body").text == "hello"
    assert SEEN[0]["Host"] == f"{HOST}:{port}"
    assert "Cookie" not in SEEN[1]


def test_another_host_is_not_unless_the_operator_allows_it(monkeypatch, url, port):
    with session_to(DECLARED) as session:
        with pytest.raises(FixAccess, match="SYNCD_ALLOWED_HOSTS"):
            session.get(f"https://files.example.com:{port}/plain")
        monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1,files.example.com")
        assert session.get(f"https://files.example.com:{port}/plain").ok


def test_loopback_is_reached_only_where_the_operator_allows_it(monkeypatch, url):
    monkeypatch.delenv("SYNCD_ALLOWED_HOSTS")
    with session_to(DECLARED) as session, pytest.raises(FixAccess, match="not public"):
        session.get(f"{url}/plain")
    assert not SEEN


def test_each_send_looks_the_name_up_once_and_goes_to_what_was_found(monkeypatch, url):
    """A name that stands for another address a moment later leads nowhere else."""
    asked: list[str] = []
    found = socket.getaddrinfo

    def rebound(host: Any, *args: Any, **more: Any) -> Any:
        asked.append(host)
        if asked.count(HOST) > 1 and host == HOST:
            return found("10.9.9.9", *args, **more)
        return found(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    with session_to(DECLARED) as session:
        assert session.get(f"{url}/plain").ok
    assert asked.count(HOST) == 1
    assert set(asked) == {HOST, "127.0.0.1"}


@pytest.mark.parametrize(
    "url", ["http://acme.my.salesforce.com/", "HTTP://127.0.0.1/", "ftp://acme.my.salesforce.com/"]
)
def test_nothing_but_https(names, url):
    with session_to(DECLARED) as session, pytest.raises(FixAccess, match="https alone"):
        session.get(url)


def test_the_certificate_is_that_of_the_host(names, port):
    with session_to(DECLARED) as session, pytest.raises(FixAccess, match="certificate of wrong"):
        session.get(f"https://wrong.my.salesforce.com:{port}/plain")


def test_a_stranger_s_certificate_is_refused_whatever_the_caller_says(monkeypatch, url):
    monkeypatch.delenv("SYNCD_CA_FILE")
    with session_to(DECLARED) as session:
        session.verify = False
        with pytest.raises(FixAccess, match="SYNCD_CA_FILE"):
            session.get(f"{url}/plain", verify=False)
    assert not SEEN


def test_an_authority_that_cannot_be_read_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SYNCD_CA_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(FixAccess, match="SYNCD_CA_FILE"):
        session_to(DECLARED)


def test_nobody_follows_a_redirect_and_its_host_is_named(url):
    with session_to(DECLARED) as session:
        session.headers["Authorization"] = "Bearer secret"
        for follows in (True, False):
            with pytest.raises(FixAccess, match=r"sends us on to evil\.example\.com") as told:
                session.get(f"{url}/elsewhere", allow_redirects=follows)
            assert "secret" not in told.value.message
        assert session.get(f"{url}/choice").status_code == 300
    assert len(SEEN) == 3


@pytest.mark.parametrize("name", ["large", "zipped"])
def test_an_answer_read_at_once_is_bounded(url, name):
    with session_to(DECLARED, most=1 << 20) as session, pytest.raises(ReadFailed, match="more than 1 MB"):
        session.get(f"{url}/{name}")


@pytest.mark.parametrize("name", ["large", "zipped"])
def test_a_large_one_is_streamed(url, name):
    with session_to(DECLARED, most=1 << 20) as session:
        assert sum(map(len, chunks(session.get(f"{url}/{name}", stream=True)))) == 5_000_000
        with pytest.raises(ReadFailed, match="more than 2 MB"):
            list(chunks(session.get(f"{url}/{name}", stream=True), 2 << 20))


def test_pieces_of_unknown_length_come_whole(url):
    with session_to(DECLARED) as session:
        assert session.get(f"{url}/in_pieces").text == "abcde"


def test_a_call_without_a_time_out_has_one(monkeypatch, url):
    monkeypatch.setattr(https, "SILENCE", 0.2)
    with session_to(DECLARED) as session, pytest.raises(TryLater, match="in time"):
        session.get(f"{url}/silent")


def test_a_caller_s_time_out_holds(url):
    with session_to(DECLARED) as session, pytest.raises(TryLater, match="in time"):
        session.get(f"{url}/silent", timeout=0.2)


def test_an_answer_that_drips_ends_too(url):
    with session_to(DECLARED, within=0.3) as session, pytest.raises(TryLater, match="too slowly"):
        session.get(f"{url}/drips")


def test_an_answer_that_breaks_off_is_none(url):
    with session_to(DECLARED) as session:
        with pytest.raises(TryLater, match="broke off"):
            session.get(f"{url}/cut")
        with pytest.raises(TryLater, match="broke off"):
            list(chunks(session.get(f"{url}/cut", stream=True)))


def test_where_nobody_listens_later(names):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with session_to(DECLARED) as session, pytest.raises(TryLater, match="broke off"):
            session.get(f"https://{HOST}:{taken.getsockname()[1]}/plain")


def test_the_environment_changes_nothing(monkeypatch, url, tmp_path: Path):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    (tmp_path / ".netrc").write_text(f"machine {HOST} login a password b\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with session_to(DECLARED) as session:
        assert session.get(f"{url}/plain").ok
    assert "Authorization" not in SEEN[0]


def test_a_session_is_a_session_of_requests(names):
    with session_to(DECLARED) as session:
        assert isinstance(session, requests.Session)
