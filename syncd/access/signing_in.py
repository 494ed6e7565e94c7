"""Logging in and out, and tokens: what a browser or a program shows is a secret of which only the digest is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from domain.errors import FixFile, Refused
from domain.rights import Right, Sight, sight_of
from store.audit import Act
from store.database import reading, writing
from store.head import allocate
from store.named import numbers_of
from store.signed_in import Token, begin_session, end_sessions, end_tokens, insert_token, session_user, tokens
from store.users import User, set_password, user_called, user_identified, user_of
from syncd.access.noting import begin_act, note, note_alone
from syncd.access.passwords import is_right, renewed
from syncd.access.users import named
from syncd.configuration.settings import Provider
from syncd.world import Actor, World, roots_of

#: How a token begins: `syncd_PREFIX_SECRET`.
_MARK = "syncd"
#: How long a token may last, in days.
LONGEST = 400


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who asks: a user, by a session or a token; `scope` is what the token is for.

    persons  the numbers that they have themselves, where they are one of the people
    """

    user: User
    persons: frozenset[int] = frozenset()
    scope: frozenset[Right] = frozenset(Right)
    token: int | None = None

    @property
    def actor(self) -> Actor:
        """Who acts."""
        name = self.user.name
        return Actor(name, name, self.user.person, is_logged_in=True)

    def sight(self, right: Right) -> Sight | None:
        """Give whom they may do that to; None where they may not."""
        return sight_of(self.user.grants, right, self.persons, self.scope)


def log_in_by_password(world: World, name: str, password: str) -> User | None:
    """Give who that is; None, and a row of the audit, where the password is not theirs.

    One that was hashed otherwise than it would be now is hashed anew: only at this moment it is known.
    """
    with reading(world.database) as tx:
        user = user_called(tx, name)
    if user is not None and user.ended_at is not None:
        user = None
    if is_right(user.password if user else None, password):
        if user is not None and user.password is not None and (better := renewed(user.password, password)):
            with writing(world.database) as tx:
                set_password(tx, user.id, better, before=user.password)
        return user
    known = Actor(user.name, user.name) if user else Actor("nobody", "nobody")
    note_alone(world, Act("refuse log-in", f"user {known.name}"), known)
    return None


def log_in_by_identity(world: World, issuer: str, subject: str) -> User | None:
    """Give whose an identity is; None where nobody said so, or they may no longer log in."""
    with reading(world.database) as tx:
        user = user_identified(tx, issuer, subject)
    if user is not None and user.ended_at is not None:
        note_alone(world, Act("refuse log-in", f"user {user.name}"), Actor(user.name, user.name))
    return user if user is not None and user.ended_at is None else None


def begin(world: World, user: User, how: str, lasts: timedelta) -> str:
    """Begin a session; gives the secret that the browser shows from now on."""
    secret = secrets.token_urlsafe(32)
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "log in")
        begin_session(tx, digest_of(secret), user.id, how, world.now(), world.now() + lasts)
        note(tx, world, revision, Act("log in", f"user {user.name}", how), Actor(user.name, user.name))
    return secret


def log_out(world: World, user: User, secret: str | None, who: Actor) -> int:
    """End the session of a secret, or (None) all of a user's; gives how many."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "log out")
        ended = end_sessions(tx, user.id, world.now(), digest_of(secret) if secret is not None else None)
        note(tx, world, revision, Act("log out", f"user {user.name}"), who)
    return ended


def by_session(world: World, secret: str) -> SignedIn | None:
    """Give who shows a session's secret; None where it has ended."""
    with reading(world.database) as tx:
        number = session_user(tx, digest_of(secret), world.now())
        user = user_of(tx, number) if number is not None else None
        return signed_in(tx, user) if user is not None else None


def by_token(world: World, shown: str) -> SignedIn | None:
    """Give who shows a token; None where it is none, or has ended."""
    mark, _, rest = shown.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != _MARK or not secret:
        return None
    with reading(world.database) as tx:
        found = next(iter(tokens(tx, prefix=prefix)), None)
        if found is None or not secrets.compare_digest(found.digest, digest_of(secret)):
            return None
        user = user_of(tx, found.user)
        who = signed_in(tx, user) if user is not None else None
    if who is None or found.ended_at is not None or found.until <= world.now():
        return None
    return replace(who, scope=found.scope, token=found.id)


def signed_in(tx: Connection, user: User) -> SignedIn | None:
    """Give a user as who asks; None where they may no longer."""
    if user.ended_at is not None:
        return None
    return SignedIn(user, numbers_of(tx, user.person) if user.person is not None else frozenset())


def make_token(world: World, name: str, scope: Collection[Right], until: datetime, who: Actor) -> tuple[Token, str]:
    """Make a token; gives it with its text, which is never seen again. `FixFile` for a scope or a day that is none."""
    if not scope:
        raise FixFile("say what the token is for: --scope see_changes, and more with further --scope")
    if not world.now() < until <= world.now() + timedelta(days=LONGEST):
        raise FixFile(f"a token ends within {LONGEST} days, and not before now")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "make token")
        user = named(tx, name)
        one = Token(
            allocate(tx, "token"), user.id, prefix, digest_of(secret), frozenset(scope), world.now(), until
        )  # fmt: skip
        insert_token(tx, one)
        note(tx, world, revision, Act("make token", f"K{one.id}", f"user {user.name} {' '.join(sorted(scope))}"), who)
    return one, f"{_MARK}_{prefix}_{secret}"


def end_token(world: World, number: int, who: Actor) -> None:
    """End a token, at once. `Refused` where there is none, or it has ended."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "end token")
        found = next(iter(tokens(tx, ids=[number])), None)
        if found is None or not end_tokens(tx, found.user, world.now(), [number]):
            raise Refused(f"K{number} is no token that could be ended: see `syncd users tokens`")
        note(tx, world, revision, Act("end token", f"K{number}"), who)


def provider_secret(world: World, provider: Provider) -> str:
    """Give the secret that we show the log-in provider. `FixAccess` where it is not there."""
    return provider.client_secret.read(roots_of(world))


def digest_of(secret: str) -> str:
    """Give what is kept of a secret: long random ones need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
