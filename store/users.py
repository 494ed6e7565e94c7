"""Users: who may log in, by which identities, with which roles. Passwords and tokens are kept as hashes alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select, update

from domain.rights import Grant, Population, PopulationKind, Role
from domain.user import folded_name
from store.bulk import insert_missing
from store.faults import write
from store.user_tables import known_user, user_identity, user_role


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in; `person` is who they are among the people that sources name."""

    id: int
    name: str
    person: int | None
    password: str | None
    made_at: datetime
    ended_at: datetime | None
    grants: tuple[Grant, ...] = ()


@write("users.insert")
def insert_user(tx: Connection, number: int, name: str, person: int | None, now: datetime) -> None:
    """Keep a new user; the database refuses a second one whose name reads the same."""
    row = {"id": number, "name": name, "folded": folded_name(name), "person": person, "made_at": now}
    tx.execute(known_user.insert().values(row))


@write("users.end")
def end_user(tx: Connection, number: int, now: datetime) -> int:
    """Let a user log in no more; gives how many, so a second time gives 0."""
    still = update(known_user).where(known_user.c.id == number, known_user.c.ended_at.is_(None))
    return tx.execute(still.values(ended_at=now)).rowcount


@write("users.set_password")
def set_password(tx: Connection, number: int, password: str | None, *, before: str | None = None) -> None:
    """Keep the hash of a password; None: no log-in by password. In place of `before`, only while it is that one."""
    mine = update(known_user).where(known_user.c.id == number)
    mine = mine if before is None else mine.where(known_user.c.password == before)
    tx.execute(mine.values(password=password))


@write("users.identify")
def identify(tx: Connection, number: int, issuer: str, subject: str, now: datetime) -> None:
    """Let an identity of a log-in provider be a user's; one that is somebody's already stays theirs."""
    insert_missing(tx, user_identity, [{"issuer": issuer, "subject": subject, "user": number, "made_at": now}])


@write("users.grant")
def grant(tx: Connection, number: int, given: Collection[Grant], now: datetime) -> None:
    """Give roles; those a user has stay as they are."""
    rows = [
        {"user": number, "role": one.role.value, "population": _written(one.population), "made_at": now}
        for one in given
    ]
    insert_missing(tx, user_role, rows)


@write("users.take_back")
def take_back(tx: Connection, number: int, taken: Collection[Grant]) -> int:
    """Take roles back; gives how many the user had."""
    count = 0
    for one in taken:
        same = (user_role.c.role == one.role.value, user_role.c.population == _written(one.population))
        count += tx.execute(delete(user_role).where(user_role.c.user == number, *same)).rowcount
    return count


def users(tx: Connection) -> list[User]:
    """Give all users, by id; those who may no longer log in, too."""
    return _users(tx, known_user.c.id.is_not(None))


def user_called(tx: Connection, name: str) -> User | None:
    """Give the user with a name, however it is spelled; None where there is none."""
    return next(iter(_users(tx, known_user.c.folded == folded_name(name))), None)


def user_of(tx: Connection, number: int) -> User | None:
    """Give a user by id."""
    return next(iter(_users(tx, known_user.c.id == number)), None)


def user_identified(tx: Connection, issuer: str, subject: str) -> User | None:
    """Give whose an identity of a log-in provider is; None where nobody said so."""
    mine = (user_identity.c.issuer == issuer, user_identity.c.subject == subject)
    number = tx.execute(select(user_identity.c.user).where(*mine)).scalar_one_or_none()
    return None if number is None else user_of(tx, number)


def _users(tx: Connection, which: ColumnElement[bool]) -> list[User]:
    columns = [known_user.c[name] for name in ("id", "name", "person", "password", "made_at", "ended_at")]
    rows = tx.execute(select(*columns).where(which).order_by(known_user.c.id)).all()
    given: dict[int, list[Grant]] = {row.id: [] for row in rows}
    roles = select(user_role).join(known_user, known_user.c.id == user_role.c.user).where(which)
    for row in tx.execute(roles.order_by(user_role.c.role, user_role.c.population)):
        given[row.user].append(Grant(Role(row.role), population_named(row.population)))
    return [
        User(row.id, row.name, row.person, row.password, row.made_at, row.ended_at, tuple(given[row.id]))
        for row in rows
    ]


def population_named(text: str) -> Population | None:
    """Read `business_unit=Nordics`; empty: everybody."""
    kind, equals, name = text.partition("=")
    return Population(PopulationKind(kind), name) if equals else None


def _written(population: Population | None) -> str:
    return "" if population is None else str(population)
