"""One thin wrapper around `simple_salesforce.Salesforce`, in its ready-token mode.

What the library leaves open is closed here: a time-out on every call and a checked address (`connectors.https`), one
new token and one replay where the old one is over, a few more tries where that may help (by class, see `failing`),
another host where the org has moved, and the org's limits, of which we take our share of a day and no more. Numbers
come as the text that was sent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.format import quote_soql_value
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from connectors.base import Budget
from connectors.connecting import Keeper, Kept
from connectors.https import chunks, session_to
from connectors.salesforce import consent
from connectors.salesforce.failing import Class, Failure, failure_of
from connectors.salesforce.settings import HOSTS, Settings
from connectors.salesforce.tokens import Token, ask
from domain.errors import FixAccess, SyncError, TryLater

#: How often a call is tried, and how long we wait between two tries, in seconds.
TRIES = 5
SOON, SLOWLY = wait_random_exponential(multiplier=1, max=30), wait_random_exponential(multiplier=15, max=120)
#: Percent of the org's requests of a day that are left to others whatever our share is.
LEFT = 20
_ERROR, _ABSENT = 300, 404

T = TypeVar("T")
Headers = MutableMapping[str, str]
Judged = Callable[[Failure], bool]

# at DEBUG it writes down paths and bodies, as those do that `consent` has silenced
logging.getLogger("simple_salesforce").setLevel(max(logging.INFO, logging.getLogger("simple_salesforce").level))


def pause(seconds: float) -> None:
    """Wait; tests let a clock of their own go on."""
    time.sleep(seconds)


class Failed(Exception):
    """An answer that is no success, for who asked to judge."""

    def __init__(self, failure: Failure) -> None:
        """Keep what it was."""
        super().__init__(failure.named)
        self.failure = failure


class _AgainSoon(Exception):
    """Try again; `error` is what is said when that did not help either."""

    def __init__(self, error: SyncError, *, slowly: bool = False) -> None:
        super().__init__(error.message)
        self.error, self.slowly = error, slowly


def quoted(value: str | list[str]) -> str:
    """Write a text, or several in brackets, as a query has them."""
    return str(quote_soql_value(value))


class Client:
    """An org's API. Nothing is sent before something is asked."""

    def __init__(self, settings: Settings, roots: tuple[Path, ...]) -> None:
        """Connect to nothing yet; `roots` are where files with secrets may lie."""
        self._settings, self._roots = settings, roots
        self._session: requests.Session | None = None
        self._org: Salesforce | None = None
        self._kept: Kept | None = None
        self.keeper: Keeper | None = None
        self.before = Budget(0, 0, 0)  #: of the last 24 hours: what others of ours have sent, what was allowed
        self._mine = self._used = self._total = 0  #: requests: ours, the org's of the day, and how many those may be
        self.now = datetime.now(UTC)  #: Salesforce's own clock, as of its last answer

    def get(self, path: str, about: str, *, absent_is_known: bool = False, **params: str) -> Any:  # noqa: ANN401 - a JSON document
        """Give the document at a path below the version (`sobjects/User/describe`).

        `Failed` only where that it is absent is something to know.
        """
        return self._do(lambda org: org.restful(path, params), about, _is_absent if absent_is_known else None)

    def query(self, soql: str, about: str, *, deleted: bool = False) -> Any:  # noqa: ANN401
        """Give the first page of a query, of deleted records too where asked. `Failed` for who asked to judge."""
        return self._do(lambda org: org.query(soql, include_deleted=deleted), about, _is_too_much)

    def more(self, url: str, about: str) -> Any:  # noqa: ANN401
        """Give the page that the one before named. `Failed` for who asked to judge."""
        return self._do(lambda org: org.query_more(url, identifier_is_url=True), about, _is_too_much)

    def records(self, soql: str, about: str, *, deleted: bool = False) -> Iterator[dict[str, Any]]:
        """Give what a query finds, page by page. `Failed` as `query` has it."""
        said = self.query(soql, about, deleted=deleted)
        yield from said["records"]
        while not said["done"]:
            said = self.more(said["nextRecordsUrl"], about)
            yield from said["records"]

    def create(self, path: str, body: dict[str, str], about: str, *, other_way_is_known: bool = False) -> Any:  # noqa: ANN401
        """Create what may exist twice without harm (a job).

        `Failed` only where the object cannot be had in this way, and whoever asks knows another.
        """
        judged = _has_another_way if other_way_is_known else None
        return self._do(lambda org: org.restful(path, method="POST", json=body), about, judged)

    def download(self, path: str, params: dict[str, str], target: Path, about: str) -> Headers:
        """Write an answer into a file, whole or not at all, without NUL bytes; gives its headers."""

        def fetch(org: Salesforce) -> Headers:
            headers = {**org.headers, "Accept": "text/csv"}
            with self._opened().get(f"{org.base_url}{path}", params=params, headers=headers, stream=True) as answer:
                if answer.status_code >= _ERROR:
                    raise SalesforceError(path, answer.status_code, path, cast("bytes", _document(answer)))
                _save(chunks(answer), target)
                return answer.headers

        return self._do(fetch, about)

    def send(self, method: str, path: str, content: bytes, kind: str, about: str) -> None:
        """Send content to a path below the version."""

        def put(org: Salesforce) -> None:
            headers = {**org.headers, "Content-Type": kind}
            answer = self._opened().request(method, f"{org.base_url}{path}", data=content, headers=headers)
            if answer.status_code >= _ERROR:
                raise SalesforceError(path, answer.status_code, path, cast("bytes", _document(answer)))

        self._do(put, about)

    # --- trying

    def _do(self, call: Callable[[Salesforce], T], about: str, judged: Judged | None = None) -> T:
        """Call, again where that may help. Errors: `Failed` where who asked judges it, else what a person must do."""
        tries = Retrying(
            retry=retry_if_exception_type(_AgainSoon),
            wait=_wait,
            stop=stop_after_attempt(TRIES),
            sleep=lambda seconds: pause(seconds),  # noqa: PLW0108 - tests replace it
            reraise=True,
        )
        try:
            return cast("T", tries(self._once, call, about, judged or _never))
        except _AgainSoon as gave_up:
            raise gave_up.error from None

    def _once(self, call: Callable[[Salesforce], T], about: str, judged: Judged) -> T:
        for is_replay in (False, True):
            try:
                self._keep_share()
                return call(self._connected())
            except SalesforceError as error:
                failure = failure_of(error.status, error.content)
                kind = failure.kind
                if kind is Class.LOGIN and not is_replay:
                    self._org = None
                    continue
                if kind in {Class.SOON, Class.SLOWLY}:
                    raise _AgainSoon(failure.error(about), slowly=kind is Class.SLOWLY) from None
                if judged(failure):
                    raise Failed(failure) from None
                raise failure.error(about) from None
            except _Spent:
                raise
            except TryLater as error:
                raise _AgainSoon(error) from None
            except ValueError:
                raise _AgainSoon(TryLater(f"Salesforce answered about {about} with no document; run again")) from None
        raise AssertionError  # pragma: no cover - the second round returns or raises

    def _connected(self) -> Salesforce:
        if self._org is None:
            token = self._token()
            self._org = Salesforce(
                session_id=token.access,
                instance_url=token.instance_url,
                version=self._settings.api_version,
                session=self._opened(),
                parse_float=str,
                object_pairs_hook=None,
            )
        return self._org

    def _token(self) -> Token:
        """Give what opens the org; of a connection that a person agreed to, other tokens than the last time."""
        if self._settings.auth.web_server is None:
            return ask(self._settings, self._roots, self._opened())
        if self.keeper is None:
            raise FixAccess("tokens of this source are kept, and nobody has said where: run it by `syncd`")
        spent = self._kept
        if spent is None:
            self._kept = self.keeper.kept()
        else:
            self._kept = self.keeper.renewed(spent, lambda one: consent.renew(self._settings, self._roots, one))
        return Token(self._kept.access, self._kept.place)

    def _opened(self) -> requests.Session:
        if self._session is None:
            self._session = session_to(HOSTS)
            self._session.hooks["response"].append(self._hear)
        return self._session

    # --- limits and clock

    def _hear(self, answer: requests.Response, *_: object, **__: object) -> None:
        """Note what every answer says beside what was asked."""
        self._mine += 1
        if said := answer.headers.get("Sforce-Limit-Info"):
            usage = Salesforce.parse_api_usage(said).get("api-usage")
            if usage is not None:
                self._used, self._total = usage.used, usage.total
        if said := answer.headers.get("Date"):
            self.now = parsedate_to_datetime(said)

    def budget(self) -> Budget | None:
        """Give our requests, those of the whole org of a day, and how many those may be, as of the last answer."""
        return Budget(self._mine, self._used, self._total) if self._total else None

    def _keep_share(self) -> None:
        """Send nothing once our share is used, or what is left to others is reached."""
        total, sent = self._total or self.before.allowed, self.before.sent + self._mine
        if total and (sent >= total * self._settings.daily_share // 100 or self._used >= total * (100 - LEFT) // 100):
            raise _Spent(
                f"we have sent {sent} requests within a day, and {self._used} of the org's {total} of a day are "
                f"used: `daily_share` is {self._settings.daily_share} percent, and {LEFT} percent are left to others. "
                "Run later"
            )


def _never(_: Failure) -> bool:
    return False


def _is_absent(failure: Failure) -> bool:
    return failure.status == _ABSENT


def _is_too_much(failure: Failure) -> bool:
    return failure.kind in {Class.LESS, Class.LOST}


def _has_another_way(failure: Failure) -> bool:
    return failure.kind is Class.OTHERWISE


class _Spent(TryLater):
    """The share is used: nothing is tried again now."""


def _wait(state: RetryCallState) -> float:
    failed = state.outcome.exception() if state.outcome else None
    return (SLOWLY if isinstance(failed, _AgainSoon) and failed.slowly else SOON)(state)


def _document(answer: requests.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def _save(pieces: Iterable[bytes], target: Path) -> None:
    with target.open("wb") as file:
        for piece in pieces:
            file.write(piece.replace(b"\0", b""))
