"""What S3 says when it refuses, and what the caller must do about it.

An answer that is no success has a code (`AccessDenied`) in an XML document, or a status alone where it has no body (of
HEAD). Source: the list of error codes in the API reference of Amazon S3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from connectors.s3.settings import Settings
from domain.errors import FixAccess, SyncError, TryLater

#: Refusals that are over by themselves.
_SOON = frozenset(
    {
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "TooManyRequests",
    }
)
_BY_STATUS = {
    301: "PermanentRedirect",
    403: "AccessDenied",
    404: "NoSuchKey",
    409: "ConditionalRequestConflict",
    412: "PreconditionFailed",
    429: "TooManyRequests",
    501: "NotImplemented",
}
_ELSEWHERE = frozenset({"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "PermanentRedirect"})
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9]{0,60}")
_REGION = re.compile(r"[a-z0-9-]{1,60}")
_BUSY = 500

Element = etree._Element  # noqa: SLF001 - lxml has no other name for it


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success: S3's own word for it, and the region that it says the bucket lies in."""

    code: str
    region: str | None = None

    def error(self, settings: Settings, act: str, right: str) -> SyncError:
        """Say what to do; `act` is what was tried (`read out/w.csv`), `right` what a key needs for it.

        `TryLater` where it is over by itself, else `FixAccess`.
        """
        host, bucket = settings.endpoint, settings.bucket
        if self.code in _SOON:
            return TryLater(f"{host} is too busy to {act} ({self.code})")
        if self.code in _ELSEWHERE:
            where = f"it lies in {self.region}: correct `region`" if self.region else "correct `region` or `host`"
            return FixAccess(f"the bucket {bucket} is not in the region {settings.region} of {host}: {where}")
        said = {
            "AccessDenied": f"{host} does not let this key {act}: it needs {right} on {bucket}",
            "EntityTooLarge": f"{host} does not {act}: what is larger than 5 GB is not archived; leave `archive` out",
            "ExpiredToken": f"`session_token` is over at {host}: put a new one where the configuration names it",
            "InvalidAccessKeyId": f"{host} knows no such key: check `access_key_id`",
            "InvalidObjectState": f"{host} cannot {act}: it lies in an archive class; have it restored, then run again",
            "InvalidToken": f"`session_token` is none of {host}: put the one that was given with the key",
            "NoSuchBucket": f"{host} has no bucket {bucket}: make it, or correct `bucket`",
            "NotImplemented": f"{host} cannot {act} on a condition, so that two readers could have one file: leave "
            "`archive` out",
            "RequestTimeTooSkewed": f"the clock of this machine is not that of {host}: set it right, then run again",
            "SignatureDoesNotMatch": f"{host} does not accept the signature: check `secret_access_key`",
        }
        other = f"{host} refuses to {act} ({self.code}): look up there what it means by that"
        return FixAccess(said.get(self.code, other))


def refusal_of(status: int, body: bytes, region: str | None) -> Refusal:
    """Read an answer that is no success; `region` is what its header says of the bucket."""
    found = refusal_within(body)
    code = _BY_STATUS.get(status, "ServiceUnavailable" if status >= _BUSY else f"HTTP {status}")
    region = region or (found.region if found is not None else None)
    return Refusal(found.code if found is not None else code, region if _REGION.fullmatch(region or "") else None)


def refusal_within(body: bytes) -> Refusal | None:
    """Read an error that is the answer, whatever its status: a copy begins with a 200 and may still fail."""
    root = document(body)
    if root is None or etree.QName(root).localname != "Error":
        return None
    code, region = ((root.findtext(f"{{*}}{name}") or "").strip() for name in ("Code", "Region"))
    return Refusal(code if _CODE.fullmatch(code) else "InternalError", region or None)


def document(body: bytes) -> Element | None:
    """Read an XML document, and nothing that it names; None where it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
