"""Requests to a bucket: signed, sent, tried again where that may help.

`requests-aws4auth` signs; everything goes the way of all others (`connectors.https`): to a checked address, no redirect
followed. A request says what it is for and which right it needs, so that a refusal can say both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast
from urllib.parse import quote, urlencode

import requests
from requests_aws4auth import AWS4Auth
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from connectors.https import CONNECT, chunks, session_to
from connectors.s3.failing import Refusal, refusal_of, refusal_within
from connectors.s3.settings import HOSTS, Settings
from domain.errors import ReadFailed, SyncError, TryLater

#: Seconds that the other side may say nothing.
PATIENCE = 60
#: How often a request is sent before it is given up, and how long we wait between two of them, in seconds.
TRIES = 4
SOON = wait_random_exponential(multiplier=1, max=20)
#: Bytes of an answer that is no file: a thousand keys of 1,024 bytes, each written as %XX, and what stands around them.
MOST = 8 << 20
_ERROR = 300
#: What stands in an address as it is in a key.
UNQUOTED = "/-_.~"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a bucket.

    key    of the object; empty: the bucket itself
    act    what it is for, as a person says it (`read out/w.csv`)
    right  what the access key needs for it (`s3:GetObject`)
    """

    method: str
    key: str
    act: str
    right: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the bytes, and which content of the object it was about."""

    body: bytes
    version: str | None


class Refused(Exception):
    """An answer that is no success, for who asked to judge; `error` is what a person must do."""

    def __init__(self, refusal: Refusal, error: SyncError) -> None:
        """Keep both."""
        super().__init__(refusal.code)
        self.code, self.error = refusal.code, error


class _Again(Exception):
    """Send it again; `error` is what is said when that did not help either."""

    def __init__(self, error: SyncError) -> None:
        super().__init__(error.message)
        self.error = error


def pause(seconds: float) -> None:
    """Wait between two tries; tests do not."""
    time.sleep(seconds)


class Client:
    """One bucket. Nothing is sent before something is asked. Not safe to share between threads."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        """Connect to nothing yet; `roots` are where files with secrets may lie."""
        self._settings, self._roots = settings, roots
        self._session: requests.Session | None = None

    def ask(self, request: Request) -> Answer:
        """Send, and give the whole answer. Errors: `Refused`, `FixAccess`, `TryLater`, `ReadFailed`."""

        def once() -> Answer:
            response = self._sent(request, stream=False)
            self._check(request, refusal_within(response.content) if request.method == "PUT" else None)
            return Answer(response.content, response.headers.get("ETag"))

        return self._tried(once)

    def save(self, request: Request, target: Path, most: int) -> str:
        """Send, and write the answer into a file, cut behind `most` bytes; give its version. Errors as of `ask`."""

        def once() -> str:
            response = self._sent(request, stream=True)
            size = 0
            with target.open("wb") as output:
                for chunk in chunks(response):
                    size += output.write(chunk)
                    if size > most:
                        break
            return self._version(response)

        return self._tried(once)

    def close(self) -> None:
        """Hang up."""
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _tried(self, once: Callable[[], T]) -> T:
        tries = Retrying(
            retry=retry_if_exception_type(_Again),
            wait=SOON,
            stop=stop_after_attempt(TRIES),
            sleep=lambda seconds: pause(seconds),  # noqa: PLW0108 - tests replace it
            reraise=True,
        )

        def act() -> T:
            try:
                return once()
            except TryLater as error:
                raise _Again(error) from None

        try:
            return tries(act)
        except _Again as gave_up:
            raise gave_up.error from None

    def _sent(self, request: Request, *, stream: bool) -> requests.Response:
        """Send once, and give an answer that is a success, its body not read where it is to be streamed."""
        query = f"?{urlencode(request.query, quote_via=quote, safe='-_.~')}" if request.query else ""
        response = self._opened().request(
            request.method,
            f"{self._settings.root}{quote(request.key, safe=UNQUOTED)}{query}",
            headers={**request.headers, "Accept-Encoding": "identity"},
            data=request.content,
            stream=stream,
            timeout=(CONNECT, PATIENCE),
        )
        if response.status_code >= _ERROR:
            body = b"".join(chunks(response, MOST)) if stream else response.content
            region = response.headers.get("x-amz-bucket-region")
            self._check(request, refusal_of(response.status_code, body, region))
        return response

    def _check(self, request: Request, refusal: Refusal | None) -> None:
        if refusal is None:
            return
        error = refusal.error(self._settings, request.act, request.right)
        if isinstance(error, TryLater):
            raise error
        raise Refused(refusal, error)

    def _version(self, response: requests.Response) -> str:
        version = response.headers.get("ETag")
        if not version:
            raise ReadFailed(f"{self._settings.endpoint} names no ETag, by which one content is told from the next")
        return version

    def _opened(self) -> requests.Session:
        if self._session is None:
            said = self._settings
            token = said.session_token.read(self._roots) if said.session_token is not None else None
            key, secret = said.access_key_id.read(self._roots), said.secret_access_key.read(self._roots)
            session = session_to(HOSTS, MOST)
            session.auth = cast("requests.auth.AuthBase", AWS4Auth(key, secret, said.region, "s3", session_token=token))
            self._session = session
        return self._session
