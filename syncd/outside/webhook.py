"""Posts a message as JSON, signed, to an https address that the operator allows.

    Syncd-Timestamp: 1767614400
    Syncd-Signature: v1=<HMAC-SHA256, hex, of "1767614400." and the body, with the secret>
    Idempotency-Key: alert:7:ops

Who receives it computes the signature over the bytes as they came, compares in constant time, and refuses a timestamp
that is more than `WINDOW` seconds away from its own clock; a key that it has seen is the same message again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime

from connectors.https import session_to
from domain.errors import FixAccess, TryLater
from syncd.outside.message import Message

#: Seconds for which a signature is good; and that the other side may say nothing.
WINDOW = 300
SILENCE = 20.0
_ANSWER = 1 << 16  # bytes
_PASSING = (408, 425, 429)


def post(url: str, secret: str, message: Message, now: datetime) -> str:
    """Post a message; gives the answer's status. `TryLater` and `FixAccess` as connectors raise them."""
    body = json.dumps(_document(message), ensure_ascii=False, sort_keys=True).encode()
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": message.key,
        "Syncd-Timestamp": timestamp,
        "Syncd-Signature": signature(secret, timestamp, body),
    }
    with session_to((), most=_ANSWER, within=SILENCE) as session:
        answer = session.post(url, data=body, headers=headers, timeout=SILENCE)
    if answer.ok:
        return str(answer.status_code)
    if answer.status_code in _PASSING or answer.status_code >= 500:  # noqa: PLR2004 - its own fault
        raise TryLater(f"the webhook answers {answer.status_code}")
    raise FixAccess(f"the webhook answers {answer.status_code}")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Give what a message is signed with."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _document(message: Message) -> dict[str, object]:
    return {
        "key": message.key,
        "kind": message.kind.value,
        "about": message.about,
        "title": message.title,
        "facts": dict(message.facts),
        "since": message.since.isoformat(),
    }
