"""Killed while users are kept, log in, or are answered: each act is whole or was never begun, and is done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Refused
from domain.rights import Grant, Right, Role
from store import faults
from store.database import reading
from store.user_tables import (
    answered_request,
    known_user,
    user_identity,
    user_role,
    user_session,
    user_token,
)
from store.users import User
from syncd.access import users
from syncd.access.once import LONGEST, once
from syncd.access.signing_in import SignedIn, begin, end_token, log_out, make_token
from syncd.world import Actor, World, open_world
from tests.faults.story import Killed, points
from tests.scenarios.world import World as Played

WRITES = (
    *("users.insert", "users.end", "users.set_password", "users.identify", "users.grant", "users.take_back"),
    *("signed_in.begin_session", "signed_in.end_sessions", "signed_in.insert_token", "signed_in.end_tokens"),
    *("answered.begin", "answered.finish", "answered.give_up"),
)
ADMIN = Actor("root", "root")
OMAR = frozenset({Grant(Role.AUDITOR)})
TABLES = (answered_request, known_user, user_identity, user_role, user_session, user_token)

Act = Callable[[World], object]


def _ask(world: World, do: Callable[[], tuple[int, str]]) -> object:
    with reading(world.database) as tx:
        dana = users.named(tx, "dana")
    return once(world, SignedIn(dana), "POST /x", "key", b"body", do)


def _fails() -> tuple[int, str]:
    raise ZeroDivisionError


def _given_up(world: World) -> object:
    with pytest.raises(ZeroDivisionError):
        _ask(world, _fails)
    return None


#: Killed at these, a request is begun and not answered: whether it was done nobody knows until it took too long.
BEGUN = ("answered.finish", "answered.give_up")


def _dana(world: World) -> User:
    with reading(world.database) as tx:
        return users.named(tx, "dana")


def _token(world: World) -> object:
    return make_token(world, "dana", {Right.SYNC}, world.now() + timedelta(days=1), ADMIN)


#: What each write is made by, in a world in which dana is a user with a role, a session and a token.
ACTS: dict[str, Act] = {
    "users.insert": lambda world: users.add_user(world, "omar", None, ADMIN),
    "users.end": lambda world: users.end(world, "dana", ADMIN),
    "users.set_password": lambda world: users.change_password(world, "dana", None, ADMIN),
    "users.identify": lambda world: users.link_identity(world, "dana", "https://id", "7", ADMIN),
    "users.grant": lambda world: users.give_roles(world, "dana", OMAR, ADMIN),
    "users.take_back": lambda world: users.take_roles(world, "dana", {Grant(Role.COMP_ADMIN)}, ADMIN),
    "signed_in.begin_session": lambda world: begin(world, _dana(world), "password", timedelta(hours=1)),
    "signed_in.end_sessions": lambda world: log_out(world, _dana(world), None, Actor("dana", "dana")),
    "signed_in.insert_token": _token,
    "signed_in.end_tokens": lambda world: end_token(world, 1, ADMIN),
    "answered.begin": lambda world: _ask(world, lambda: (200, "{}")),
    "answered.finish": lambda world: _ask(world, lambda: (200, "{}")),
    "answered.give_up": _given_up,
}


def kept(world: World) -> dict[str, int]:
    """How many rows of each table there are, how many of them ended, and how many acts the audit has."""
    found: dict[str, Any] = {}
    with reading(world.database) as tx:
        for table in TABLES:
            rows = tx.execute(table.select()).mappings().all()
            found[table.name] = sorted(str({name: value is not None for name, value in row.items()}) for row in rows)
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A user with everything that can be ended."""
    played = Played(tmp_path / "world")
    opened = open_world(played.folder, None)
    users.add_user(opened, "dana", None, ADMIN)
    users.give_roles(opened, "dana", {Grant(Role.COMP_ADMIN)}, ADMIN)
    users.change_password(opened, "dana", "correct horse battery", ADMIN)
    begin(opened, _dana(opened), "password", timedelta(hours=1))
    _token(opened)
    yield opened
    faults.disarm()
    opened.database.dispose()


def test_every_write_has_its_act() -> None:
    assert ACTS.keys() == set(WRITES)


@pytest.mark.parametrize("point", points(WRITES))
def test_killed_there_and_done_again_it_is_as_if_never_broken(world: World, point: str) -> None:
    act, before, passed = ACTS[point.removesuffix(" done")], kept(world), list[str]()

    def die(name: str) -> None:
        if name == point and not passed:
            passed.append(name)
            raise Killed(name)

    faults.arm(die)
    with pytest.raises(Killed):
        act(world)
    assert passed == [point]
    if not point.startswith(BEGUN):
        assert kept(world) == before
        act(world)
        assert kept(world) != before
        return
    with pytest.raises(Refused, match="still being done"):
        _ask(world, lambda: (200, "again"))
    later = replace(world, now=lambda: datetime.now(UTC) + LONGEST)
    assert _ask(later, lambda: (200, "again")) == (200, "again")
    assert _ask(later, lambda: (200, "not asked")) == (200, "again")
