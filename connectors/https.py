"""Https to other systems: one maker of sessions that every connector uses, and libraries on its behalf.

A session goes to hosts that its connector declares or the operator allows, and to exactly the address that was looked
at (`connectors.reaching`): a name that is changed meanwhile leads nowhere else, while name and certificate stay those
of the host. It takes nothing from this machine's environment but SYNCD_CA_FILE, follows no redirect, keeps no cookies,
never waits for ever, and reads no answer at once that is larger than it was told to expect.

What fails on the way is one of our errors, whichever library asked: `TryLater` where the other side does not answer
or breaks off, `FixAccess` where it may not be reached, is not who it says it is, or sends us elsewhere, `ReadFailed`
where an answer is too large.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from time import monotonic
from typing import cast
from urllib.parse import urlsplit

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.exceptions import HTTPError, SSLError

from connectors.reaching import address_of
from domain.errors import FixAccess, ReadFailed, TryLater

#: Seconds to connect, and seconds that the other side may say nothing, where the caller does not say.
CONNECT, SILENCE = 10.0, 120.0
#: Seconds within which an answer that is read at once has come, however slowly it drips.
WITHIN = 600.0
#: Bytes, decoded, of an answer that is read at once.
MOST = 64 << 20
CHUNK = 1 << 16
HTTPS = 443
_NOT_TRUSTED = ("CERTIFICATE_VERIFY_FAILED", "doesn't match")


def session_to(declared: tuple[str, ...], most: int = MOST, within: float = WITHIN) -> requests.Session:
    """Give a session to hosts of these patterns (`*.my.salesforce.com`) and to those that the operator allows.

    An answer may have `most` bytes and take `within` seconds; one asked for with `stream=True` is not read here, see
    `chunks`. Not safe to share between threads. Errors: `FixAccess` where SYNCD_CA_FILE holds no certificates.
    """
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.adapters.clear()
    session.mount("https://", _Checked(declared, most, within))
    session.mount("", _Nothing())
    return session


def chunks(response: requests.Response, most: int | None = None) -> Iterator[bytes]:
    """Yield the bytes of an answer asked for with `stream=True`, as they come, and hang up at the end.

    Errors: `TryLater` where it breaks off before its end, `ReadFailed` where it has more than `most` bytes.
    """
    host = str(urlsplit(response.url).hostname)
    read = 0
    with response, _told(host):
        for chunk in response.iter_content(CHUNK):
            read += len(chunk)
            if most is not None and read > most:
                raise ReadFailed(f"{host} sends more than {most >> 20} MB: read less at once")
            yield chunk


class _Nothing(HTTPAdapter):
    """Where no session goes: whatever is not https."""

    def send(self, request: requests.PreparedRequest, *_: object, **__: object) -> requests.Response:
        raise FixAccess(f"{urlsplit(request.url or '').hostname} is reached by https alone: write its address so")


class _Checked(HTTPAdapter):
    """Sends to the checked address of a host, under the host's own name."""

    def __init__(self, declared: tuple[str, ...], most: int, within: float) -> None:
        self._declared, self._most, self._within = declared, most, within
        self._trusted = _trusted()
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the form is the library's
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,  # noqa: ARG002, FBT001, FBT002 - who is trusted is not for the caller to say
        cert: object = None,
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - what a proxy looks up nobody has checked
    ) -> requests.Response:
        """Send, and give an answer that is no redirect."""
        host, port = _place(request)
        until = monotonic() + self._within
        request.headers["Host"] = host if port == HTTPS else f"{host}:{port}"
        with _told(host):
            response = super().send(request, stream=stream, timeout=_waits(timeout), cert=cast("None", cert))
        if response.is_redirect:
            response.close()
            other = urlsplit(response.headers["location"]).hostname or host
            raise FixAccess(f"{host} sends us on to {other}, and nobody follows: name the right host")
        if not stream:
            response.raw = _Bounded(response.raw, host, self._most, until)
        return response

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,  # noqa: ARG002, FBT001 - see `send`
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002
        cert: object = None,  # noqa: ARG002
    ) -> HTTPConnectionPool:
        """Give the connections to the address that a host has now and may have."""
        host, port = _place(request)
        named = {"server_hostname": host, "assert_hostname": host, "ssl_context": self._trusted}
        address = address_of(host, port, self._declared)
        return cast("HTTPConnectionPool", self.poolmanager.connection_from_host(address, port, "https", named))

    def cert_verify(self, *_: object) -> None:
        """Leave the connections as they are: they trust whom `_trusted` trusts."""


class _Bounded:
    """The body of an answer that is read at once: of a bounded size, in a bounded time."""

    def __init__(self, raw: HTTPResponse, host: str, most: int, until: float) -> None:
        self._raw, self._host, self._most, self._until = raw, host, most, until

    def stream(self, size: int, decode_content: bool = True) -> Iterator[bytes]:  # noqa: FBT001, FBT002
        """Yield what comes as it comes, unzipped."""
        read = 0
        with _told(self._host):
            while chunk := self._raw.read1(size, decode_content=decode_content):
                read += len(chunk)
                if read > self._most:
                    raise ReadFailed(f"{self._host} answers with more than {self._most >> 20} MB: ask for less at once")
                if monotonic() > self._until:
                    raise TryLater(f"{self._host} answers too slowly")
                yield chunk

    def close(self) -> None:
        """Hang up."""
        self._raw.close()

    def release_conn(self) -> None:
        """Let another request have the connection."""
        self._raw.release_conn()


@contextmanager
def _told(host: str) -> Iterator[None]:
    """Say what fails in our words; addresses, paths and headers stay out of them."""
    try:
        yield
    except (requests.exceptions.SSLError, SSLError) as error:
        if not any(said in str(error) for said in _NOT_TRUSTED):
            raise TryLater(f"{host} broke off: no TLS connection") from None
        raise FixAccess(
            f"the certificate of {host} is not one that is trusted here: if it is that of your own authority, the "
            "operator names it in SYNCD_CA_FILE"
        ) from None
    except requests.Timeout:
        raise TryLater(f"{host} does not answer in time") from None
    except (requests.RequestException, HTTPError, OSError) as error:
        raise TryLater(f"{host} broke off: {type(error).__name__}") from None


def _place(request: requests.PreparedRequest) -> tuple[str, int]:
    parts = urlsplit(request.url or "")
    return str(parts.hostname), parts.port or HTTPS


def _waits(timeout: float | tuple[float | None, float | None] | None) -> tuple[float, float]:
    connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    return connect or CONNECT, read or SILENCE


def _trusted() -> ssl.SSLContext:
    """Trust the usual authorities, and those of SYNCD_CA_FILE."""
    context = ssl.create_default_context(cafile=certifi.where())
    if further := os.environ.get("SYNCD_CA_FILE"):
        try:
            context.load_verify_locations(cafile=further)
        except OSError:
            raise FixAccess(f"SYNCD_CA_FILE names {further}, which holds no certificates that can be read") from None
    return context
