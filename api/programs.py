"""What every route of the JSON API does alike: once for a key, a reason, an id."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import request
from werkzeug.exceptions import NotFound

from api.asking import asked_by, world
from domain.errors import FixFile
from syncd.access.once import Keeping, keeping, once
from syncd.documents import Document
from syncd.names import number

_KEY_LENGTH = 200


#: What is answered: a document, or a job that is to do what was asked, with its status.
Answer = Document | tuple[Document, int]
_DONE = 200
#: The status of what a job is to do.
ACCEPTED = 202


def done_once(do: Callable[[], Answer]) -> Answer:
    """Do something; with an Idempotency-Key only once."""

    def answered() -> tuple[int, str]:
        found = do()
        document, status = found if isinstance(found, tuple) else (found, _DONE)
        return status, as_text(document)

    key, by = request.headers.get("Idempotency-Key"), asked_by()
    if key is not None and not 0 < len(key) <= _KEY_LENGTH:
        raise FixFile(f"an Idempotency-Key has 1 to {_KEY_LENGTH} characters")
    if key is None or by is None:
        return do()
    status, text = once(world(), by, f"{request.method} {request.path}", key, request.get_data(), answered)
    document: Document = json.loads(text)
    return document if status == _DONE else (document, status)


def answer_kept() -> Keeping | None:
    """Give how this request's answer is kept with what it does; None where it carries no key."""
    key, by = request.headers.get("Idempotency-Key"), asked_by()
    if key is None or by is None:
        return None
    return keeping(by, f"{request.method} {request.path}", key, request.get_data())


def as_text(document: Document) -> str:
    """Write a document as it is answered."""
    return json.dumps(document, ensure_ascii=False)


def why(reason: str) -> str:
    """Give a reason. `FixFile` where it is blank."""
    if not reason.strip():
        raise FixFile("reason: say why, in a few words")
    return reason.strip()


def read_id(text: str, letter: str) -> int:
    """Give the number of an id; what is none is not there."""
    try:
        found = number(text, letter, "such thing")
    except FixFile:
        raise NotFound from None
    if found >= 2**53:
        raise NotFound
    return found
