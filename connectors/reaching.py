"""Which other machines may be reached: hosts that a connector declares, or that the operator allows.

`SYNCD_ALLOWED_HOSTS` lists names (`sftp.example.com`, `*.example.com`), addresses and networks (`10.1.0.0/16`), with
commas between them. Every address that a name stands for is looked at before anything is sent: one that is not public
must be allowed as an address itself, and those that machines keep for themselves (metadata, link-local) never are.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from domain.errors import FixAccess, TryLater

#: What clouds tell their machines about themselves, secrets too, outside the link-local networks.
METADATA = frozenset(map(ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")))


def address_of(host: str, port: int, declared: Iterable[str] = ()) -> str:
    """Give an address of a host that may be reached, to connect to that and no other.

    Errors: `FixAccess` where the host or one of its addresses is not allowed, `TryLater` where it has none.
    """
    allowed = _allowed()
    name = host.lower().rstrip(".")
    if not any(fnmatchcase(name, one) for one in (*declared, *allowed)) and not _is_listed(name, allowed):
        raise FixAccess(f"{host} may not be reached: the operator allows it in SYNCD_ALLOWED_HOSTS")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        raise TryLater(f"{host} has no address: check its name, or the network") from None
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        _check(host, ip_address(address.partition("%")[0]), allowed)
    return addresses[0]


def _allowed() -> list[str]:
    listed = os.environ.get("SYNCD_ALLOWED_HOSTS", "").lower().split(",")
    return [one.strip() for one in listed if one.strip()]


def _check(host: str, address: IPv4Address | IPv6Address, allowed: list[str]) -> None:
    plain = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
    never = plain.is_link_local or plain.is_multicast or plain.is_unspecified or plain in METADATA
    if never or not (plain.is_global or _is_listed(str(plain), allowed)):
        reason = "is one that nothing outside may use" if never else "is not public"
        remedy = "" if never else ": the operator allows the address, or its network, in SYNCD_ALLOWED_HOSTS"
        raise FixAccess(f"{host} may not be reached: its address {plain} {reason}{remedy}")


def _is_listed(address: str, allowed: list[str]) -> bool:
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    return any(asked in network for network in map(_network, allowed) if network is not None)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
