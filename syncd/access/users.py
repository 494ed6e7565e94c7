"""Users: added, ended, given roles and identities by somebody who may; each act is in the audit."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from domain.errors import FixFile, Refused
from domain.rights import Grant, lack_of_deciders
from domain.user import user_named
from store.audit import Act
from store.database import reading, writing
from store.head import allocate
from store.signed_in import end_sessions, end_tokens
from store.users import (
    User,
    end_user,
    grant,
    identify,
    insert_user,
    set_password,
    take_back,
    user_called,
    user_identified,
    users,
)
from syncd.access.noting import begin_act, note
from syncd.access.passwords import hashed
from syncd.options import person_of
from syncd.world import Actor, World


def add_user(world: World, name: str, key: str | None, who: Actor) -> User:
    """Let somebody log in; `key` names who they are among the people. `Refused` where the name is taken."""
    spelled = user_named(name)
    if spelled is None:
        raise FixFile(f"{name!a} is no user's name: write it in letters that are seen")
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "add user")
        if user_called(tx, spelled) is not None:
            raise Refused(f"there is a user {spelled} already: see `syncd users list`")
        person = person_of(tx, key).id if key else None
        insert_user(tx, allocate(tx, "user"), spelled, person, world.now())
        about = f"P{person}" if person else ""
        note(tx, world, revision, Act("add user", f"user {spelled}", about), who)
        return named(tx, spelled)


def end(world: World, name: str, who: Actor) -> User:
    """Let somebody log in no more: sessions and tokens end with it. `Refused` where that was done before."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "end user")
        user = named(tx, name)
        if not end_user(tx, user.id, world.now()):
            raise Refused(f"{user.name} may not log in any more as it is")
        end_sessions(tx, user.id, world.now())
        end_tokens(tx, user.id, world.now())
        note(tx, world, revision, Act("end user", f"user {user.name}"), who)
        return named(tx, name)


def give_roles(world: World, name: str, given: Collection[Grant], who: Actor) -> User:
    """Give somebody roles."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "give role")
        user = named(tx, name)
        grant(tx, user.id, given, world.now())
        for one in sorted(given, key=str):
            note(tx, world, revision, Act("give role", f"user {user.name}", grant_text(one)), who)
        return named(tx, name)


def take_roles(world: World, name: str, taken: Collection[Grant], who: Actor) -> User:
    """Take roles back, at once. `Refused` where they have none of them."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "take role")
        user = named(tx, name)
        if not take_back(tx, user.id, taken):
            raise Refused(f"{user.name} has no such role: see `syncd users list`")
        for one in sorted(taken, key=str):
            note(tx, world, revision, Act("take role", f"user {user.name}", grant_text(one)), who)
        return named(tx, name)


def change_password(world: World, name: str, password: str | None, who: Actor) -> User:
    """Let somebody log in by a password, or no longer by any; whoever is logged in as them is logged out."""
    kept = hashed(password) if password is not None else None
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "set password")
        user = named(tx, name)
        set_password(tx, user.id, kept)
        end_sessions(tx, user.id, world.now())
        note(tx, world, revision, Act("set password" if kept else "end password", f"user {user.name}"), who)
        return named(tx, name)


def link_identity(world: World, name: str, issuer: str, subject: str, who: Actor) -> User:
    """Let an identity of the log-in provider be somebody's. `Refused` where it is another user's."""
    with writing(world.database) as tx:
        revision = begin_act(tx, world, "link user")
        user = named(tx, name)
        identify(tx, user.id, issuer, subject, world.now())
        holder = user_identified(tx, issuer, subject)
        if holder is None or holder.id != user.id:
            raise Refused(f"that identity is {holder.name if holder else 'nobody'}'s")
        note(tx, world, revision, Act("link user", f"user {user.name}", f"{issuer} {subject}"), who)
        return named(tx, name)


def undecided(world: World) -> str | None:
    """Say of whom nobody may decide what is proposed; nothing where nobody logs in, and everybody may."""
    if world.workspace.log_in is None:
        return None
    with reading(world.database) as tx:
        told = lack_of_deciders(one.grants for one in users(tx) if one.ended_at is None)
    return f"{told}: it waits until `syncd users give NAME comp_admin` says who may" if told else None


def named(tx: Connection, name: str) -> User:
    """Give the user with a name. `FixFile` where there is none."""
    found = user_called(tx, name)
    if found is None:
        raise FixFile(f"there is no user {name!r}: see `syncd users list`, or add one with `syncd users add`")
    return found


def grant_text(one: Grant) -> str:
    """Write a role as a person does: `comp_admin business_unit=Nordics`."""
    return f"{one.role.value} {one.population}" if one.population else one.role.value
