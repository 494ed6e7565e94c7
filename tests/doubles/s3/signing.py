"""Signature version 4, as who receives a request checks it; written from Amazon's description, not from a library."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote

SAFE = "-_.~"


def signature(
    secret: str, method: str, path: str, query: str, signed: Mapping[str, str], when: str, region: str, payload: str
) -> str:
    """What the signature of a request must be; `signed` are its signed headers by small name, `path` as sent."""
    pairs = sorted((quote(k, SAFE), quote(v, SAFE)) for k, v in parse_qsl(query, keep_blank_values=True))
    canonical = "\n".join(
        [
            method,
            quote(unquote(path), f"/{SAFE}"),
            "&".join(f"{name}={value}" for name, value in pairs),
            *(f"{name}:{' '.join(signed[name].split())}" for name in sorted(signed)),
            "",
            ";".join(sorted(signed)),
            payload,
        ]
    )
    day = when[:8]
    key = f"AWS4{secret}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{when}\n{day}/{region}/s3/aws4_request\n{digest}"
    return hmac.new(key, text.encode(), "sha256").hexdigest()
