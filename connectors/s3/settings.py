"""What the YAML of an S3 source may say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from connectors.file.pickup import has_pattern
from connectors.file.settings import Settings as FileSettings
from connectors.secret import Secret

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(FileSettings):
    """Files in a bucket of Amazon's, or of a store that speaks like it; the other keys are those of a file source.

    sources:
      hr:
        kind: s3
        bucket: example-hr
        region: eu-west-1
        endpoint: https://store.example.com    # of another store; the operator allows it in SYNCD_ALLOWED_HOSTS
        access_key: {env: HR_S3_ACCESS_KEY}
        secret_key: {env: HR_S3_SECRET_KEY}
        session_token: {env: HR_S3_TOKEN}      # of keys that are lent for a while
        path: out/workers*.csv                 # prefix and name; a pattern in its last part alone
        archive: done
    """

    bucket: str
    region: str
    access_key: Secret
    secret_key: Secret
    session_token: Secret | None = None
    endpoint: str | None = None

    def __post_init__(self) -> None:
        """Refuse a bucket or an endpoint that cannot be."""
        FileSettings.__post_init__(self)
        if not _BUCKET.fullmatch(self.bucket):
            raise ValueError("`bucket` is the name of a bucket: small letters, digits, `.` and `-`")
        if not _REGION.fullmatch(self.region):
            raise ValueError("`region` is the region of the bucket, such as eu-west-1")
        if self.endpoint is not None and not _is_endpoint(self.endpoint):
            raise ValueError("`endpoint` is `https://HOST`, and a port where it needs one")
        if not self.path.strip("/") or self.path.startswith("/") or has_pattern(str(PurePosixPath(self.path).parent)):
            raise ValueError("`path` is a name in the bucket, without `/` before it, a pattern in its last part alone")


def _is_endpoint(text: str) -> bool:
    """Tell whether a text is a host behind TLS; on this machine itself it may do without."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username or parts.path.strip("/") or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
