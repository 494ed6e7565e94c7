"""Doing once what is asked twice: a program that heard no answer sends its request again, with the same key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection

from domain.errors import Refused
from store.answered import Asked, begin_answer, finish_answer, give_up_answer
from store.database import writing
from syncd.access.signing_in import SignedIn
from syncd.world import World

#: How long an answer is kept.
KEPT = timedelta(days=2)
#: A request that takes longer than this has lost its process.
LONGEST = timedelta(minutes=10)

#: Keeps an answer's text in the transaction of what it tells of.
Keeping = Callable[[Connection, str], None]


def once(
    world: World, who: SignedIn, route: str, key: str, body: bytes, do: Callable[[], tuple[int, str]]
) -> tuple[int, str]:
    """Do what is asked, or give the answer (status and text) of the first time.

    `Refused` where the key came with something else before, or the first request is still being done. One that was
    refused or failed is forgotten, and may be sent again; so may one whose process ended over it, after `LONGEST`:
    what was decided twice has one effect, and what has not keeps its answer with it (`keeping`).
    """
    asked = _asked(who, route, key, body)
    with writing(world.database) as tx:
        kept = begin_answer(tx, asked, world.now(), world.now() - KEPT)
    if kept is not None:
        if kept.body != asked.body:
            raise Refused("this Idempotency-Key came with another body before: use a new key for a new request")
        if kept.status is not None and kept.answer is not None:
            return kept.status, kept.answer
        if world.now() < kept.at + LONGEST:
            raise Refused("a request with this Idempotency-Key is still being done: ask again in a moment")
    try:
        status, answer = do()
    except BaseException:
        with writing(world.database) as tx:
            give_up_answer(tx, asked)
        raise
    with writing(world.database) as tx:
        finish_answer(tx, asked, status, answer)
    return status, answer


def keeping(who: SignedIn, route: str, key: str, body: bytes) -> Keeping:
    """Give how an answer is kept with what it tells of: both are written, or neither.

    `Refused` where the same request was answered meanwhile: what it would do a second time is not done.
    """
    asked = _asked(who, route, key, body)

    def keep(tx: Connection, answer: str) -> None:
        if not finish_answer(tx, asked, 200, answer):
            raise Refused("a request with this Idempotency-Key was answered meanwhile: ask again")

    return keep


def _asked(who: SignedIn, route: str, key: str, body: bytes) -> Asked:
    return Asked(who.user.id, route, key, hashlib.sha256(body).hexdigest())
