"""Where a source may reach out to: what a connector declares or the operator allows, never the inside by accident."""

import socket
from typing import Any

import pytest

from connectors.reaching import address_of
from domain.errors import FixAccess, TryLater

NAMES = {
    "sftp.example.com": ["93.184.215.14"],
    "rebound.example.com": ["93.184.215.14", "10.0.0.5"],
    "inside.example.com": ["10.1.2.3"],
    "metadata.example.com": ["169.254.169.254"],
    "s3.eu-west-1.amazonaws.com": ["52.218.0.1"],
}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names as they are there; an address stands for itself."""

    def looked_up(host: str, port: int, **_: Any) -> list[Any]:
        if host == "nowhere.example.com":
            raise socket.gaierror
        return [(None, None, None, "", (address, port)) for address in NAMES.get(host.lower(), [host])]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)


def allow(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", hosts)


@pytest.mark.parametrize(
    ("allowed", "host", "address"),
    [
        ("sftp.example.com", "sftp.example.com", "93.184.215.14"),
        ("other.com, SFTP.Example.com", "sftp.example.com", "93.184.215.14"),
        ("*.example.com", "sftp.example.com", "93.184.215.14"),
        ("sftp.example.com", "SFTP.example.com", "93.184.215.14"),
        ("inside.example.com,10.1.0.0/16", "inside.example.com", "10.1.2.3"),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.0/8", "127.0.0.1", "127.0.0.1"),
    ],
)
def test_what_the_operator_allows_is_reached(monkeypatch, allowed, host, address):
    allow(monkeypatch, allowed)
    assert address_of(host, 22) == address


def test_what_a_connector_declares_is_reached(monkeypatch):
    allow(monkeypatch, "")
    assert address_of("s3.eu-west-1.amazonaws.com", 443, ("*.amazonaws.com",)) == "52.218.0.1"


@pytest.mark.parametrize(
    ("allowed", "host", "message"),
    [
        ("", "sftp.example.com", "the operator allows it in SYNCD_ALLOWED_HOSTS"),
        ("example.com", "sftp.example.com", "the operator allows it"),
        ("*.example.com", "sftp.example.com.evil.com", "the operator allows it"),
        ("*.example.com", "inside.example.com", "its address 10.1.2.3 is not public"),
        ("*.example.com", "rebound.example.com", "its address 10.0.0.5 is not public"),
        ("*", "127.0.0.1", "its address 127.0.0.1 is not public"),
        ("*", "::1", "its address ::1 is not public"),
        ("*", "::ffff:10.0.0.1", "its address 10.0.0.1 is not public"),
        ("*,0.0.0.0/0", "metadata.example.com", "its address 169.254.169.254 is one that nothing outside may use"),
        ("*,::/0", "fd00:ec2::254", "is one that nothing outside may use"),
        ("*,0.0.0.0/0", "100.100.100.200", "is one that nothing outside may use"),
        ("*,0.0.0.0/0", "0.0.0.0", "is one that nothing outside may use"),  # noqa: S104 - what is refused
    ],
)
def test_all_else_is_refused_before_anything_is_sent(monkeypatch, allowed, host, message):
    allow(monkeypatch, allowed)
    with pytest.raises(FixAccess) as raised:
        address_of(host, 22)
    assert message in raised.value.message


def test_a_name_without_an_address_is_tried_later(monkeypatch):
    allow(monkeypatch, "*.example.com")
    with pytest.raises(TryLater, match="has no address"):
        address_of("nowhere.example.com", 22)
