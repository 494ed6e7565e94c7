"""Doing once what is asked twice: a program that heard no answer sends its request again, with the same key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

from domain.errors import Refused
from store.answered import Asked, begin_answer, finish_answer, give_up_answer
from store.database import writing
from syncd.access.signing_in import SignedIn
from syncd.world import World

#: How long an answer is kept.
KEPT = timedelta(days=2)
#: A request that takes longer than this has lost its process.
LONGEST = timedelta(minutes=10)


def once(
    world: World, who: SignedIn, route: str, key: str, body: bytes, do: Callable[[], tuple[int, str]]
) -> tuple[int, str]:
    """Do what is asked, or give the answer (status and text) of the first time.

    `Refused` where the key came with something else before, or the first request is still being done. One that was
    refused or failed is forgotten, and may be sent again; so may one whose process ended over it, after `LONGEST`:
    what was decided twice has one effect.
    """
    asked = Asked(who.user.id, route, key, hashlib.sha256(body).hexdigest())
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
