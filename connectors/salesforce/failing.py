"""What an answer of Salesforce that is no success means: by its status and error code, never by its wording alone.

Sources: facts 1.5. The error codes are Salesforce's own; messages hold no values of records, as we never pass theirs on
where they might.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from domain.errors import CursorExpired, FixAccess, FixFile, SyncError, TryLater

_CODE = re.compile(r"[A-Za-z_]{3,60}")


class Class(Enum):
    """What to do about it."""

    LOGIN = auto()  #: ask for a new token, then try once more
    SOON = auto()  #: try again in seconds
    SLOWLY = auto()  #: too much at the same time: try again in a minute
    LATER = auto()  #: the day's requests are used up: another run
    LESS = auto()  #: it was too much at once
    LOST = auto()  #: where we were in a result is forgotten: begin it again
    OTHERWISE = auto()  #: the Bulk API does not do it: ask by query
    EXPIRED = auto()  #: it no longer knows what happened then
    NEVER = auto()  #: a person must do something


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that is no success."""

    status: int
    code: str
    message: str

    @property
    def kind(self) -> Class:
        """Say what to do about it."""
        if self.code in _BY_CODE:
            return _BY_CODE[self.code]
        if self.code == "REQUEST_LIMIT_EXCEEDED":
            return Class.SLOWLY if "oncurrent" in self.message else Class.LATER
        if self.code == "API_ERROR" and "restriction" in self.message:
            return Class.OTHERWISE
        if self.status == _UNAUTHORIZED or self.code in {"INVALID_SESSION_ID", "InvalidSessionId"}:
            return Class.LOGIN
        return Class.SOON if self.status in _TRANSIENT or self.status >= _SERVER else Class.NEVER

    def error(self, about: str) -> SyncError:
        """Say it to whoever must act; `about` is what we asked for (`Opportunity`)."""
        kind = self.kind
        if self.code in _NEVER_BY_ITSELF:
            return FixAccess(f"Salesforce refuses {about} ({self.named}): {_NEVER_BY_ITSELF[self.code]}")
        if kind in {Class.SOON, Class.SLOWLY}:
            return TryLater(f"Salesforce could not answer about {about} ({self.named}); nothing is lost, run again")
        if kind is Class.LATER:
            return TryLater(
                f"Salesforce takes no more requests of the org today ({self.named}): run later, or ask its "
                "administrator what uses them up"
            )
        if kind in {Class.LESS, Class.LOST}:
            return TryLater(f"Salesforce could not give {about} in one piece ({self.named}); run again")
        if kind is Class.EXPIRED:
            return CursorExpired(f"Salesforce no longer knows what happened to {about} since then ({self.named})")
        if kind is Class.LOGIN:
            return FixAccess(f"Salesforce does not accept the token it has just given us ({self.named}): {_SESSION}")
        if self.code in {"UNSUPPORTED_API_VERSION", "InvalidVersion"} or self.status == _GONE:
            return FixFile("Salesforce no longer has that version of its API: raise `api_version`")
        remedy = _REMEDIES.get(self.code, "ask the org's administrator what the integration user may not do")
        return FixAccess(f"Salesforce refuses {about} ({self.named}): {remedy}")

    @property
    def named(self) -> str:
        """The status and the code."""
        return f"{self.status} {self.code}".strip()


def failure_of(status: int, content: object) -> Failure:
    """Read the body of an answer, which may be a list, a document, HTML or nothing."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return Failure(status, "", "")
    code = str(first.get("errorCode") or first.get("exceptionCode") or first.get("error") or "")
    message = str(first.get("message") or first.get("exceptionMessage") or first.get("error_description") or "")
    return Failure(status, code if _CODE.fullmatch(code) else "", message)


_UNAUTHORIZED, _GONE, _SERVER = 401, 410, 500
_TRANSIENT = frozenset({406, 408, 420, 429})
_BY_CODE = {
    "SERVER_UNAVAILABLE": Class.SOON,
    "TXN_SECURITY_METERING_ERROR": Class.SOON,
    "UNABLE_TO_LOCK_ROW": Class.SOON,
    "LIMIT_EXCEEDED": Class.LATER,
    "QUERY_TIMEOUT": Class.LESS,
    "OPERATION_TOO_LARGE": Class.LESS,
    "INVALID_QUERY_LOCATOR": Class.LOST,
    "INVALIDENTITY": Class.OTHERWISE,
    "InvalidEntity": Class.OTHERWISE,
    "INVALID_REPLICATION_DATE": Class.EXPIRED,
    "EXCEEDED_ID_LIMIT": Class.EXPIRED,
}
#: What was tried again, or asked for in smaller pieces, and is refused all the same.
_NEVER_BY_ITSELF = {
    "TXN_SECURITY_METERING_ERROR": "ask the administrator for the permission `Exempt from Transaction Security` for "
    "the integration user",
    "OPERATION_TOO_LARGE": "its records are about too many others for one who does not see everything: ask the "
    "administrator for `View All Data` for the integration user",
}
_SESSION = "ask the administrator whether the app, or the integration user's log-in, is restricted by address or policy"
_REMEDIES = {
    "API_DISABLED_FOR_ORG": "ask the administrator for the permission `API Enabled` for the integration user",
    "API_CURRENTLY_DISABLED": "ask the administrator for the permission `API Enabled` for the integration user",
    "INSUFFICIENT_ACCESS": "ask the administrator for read access to that object for the integration user",
    "INSUFFICIENT_ACCESS_OR_READONLY": "ask the administrator for read access to that object for the integration user",
    "INVALID_TYPE": "there is no such object, or the integration user may not read it: check the name, "
    "or ask the administrator for read access to it",
    "NOT_FOUND": "there is no such object, the integration user may not read it, or the org has no such version of the "
    "API yet: check the name and `api_version`, or ask the administrator for read access to it",
    "INVALIDENTITY": "the Bulk API does not do that object: name another one",
    "InvalidEntity": "the Bulk API does not do that object: name another one",
    "INVALID_FIELD": "a field is gone or hidden since it was described: run again, which names it",
    "MALFORMED_QUERY": "a field cannot be asked for in this way: leave it out of the mapping",
}
