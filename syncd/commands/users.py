"""`users`: who may log in, what they may do, and the tokens by which programs act for them."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from domain.errors import FixFile
from domain.rights import Grant, PopulationKind, Right, Role
from store.database import reading
from store.signed_in import Token, tokens
from store.users import User, population_named
from store.users import users as all_users
from syncd import show
from syncd.access.signing_in import LONGEST, end_token, log_out, make_token
from syncd.access.users import (
    add_user,
    change_password,
    end,
    give_roles,
    grant_text,
    link_identity,
    named,
    take_roles,
)
from syncd.commands.acting import as_user
from syncd.documents import Document
from syncd.names import number
from syncd.options import as_json
from syncd.world import actor, open_world

_ROLES = click.Choice([role.value for role in Role])
_FOR = "for the people of a population: " + ", ".join(f"{kind.value}=NAME" for kind in PopulationKind)


@click.group("users")
def users_command() -> None:
    """Who may log in, and what they may do. Everybody's acts are in the audit."""


@users_command.command("list")
@as_json
@click.pass_obj
def list_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List users with their roles."""
    world = open_world(*place)
    with reading(world.database) as tx:
        found = all_users(tx)
    if as_json:
        show.answer([_document(one) for one in found])
        return 0
    rows = [
        (
            one.name,
            f"P{one.person}" if one.person else "",
            "; ".join(grant_text(given) for given in one.grants) or "none",
            "yes" if one.password else "",
            one.ended_at.date().isoformat() if one.ended_at else "",
        )
        for one in found
    ]
    show.table("Users", ("name", "participant", "roles", "password", "ended"), rows)
    return 0


@users_command.command("add")
@click.argument("name")
@click.option("--participant", "key", metavar="KEY", help="who they are among the people: P12, an id, an e-mail")
@as_user
@as_json
@click.pass_obj
def add_command(place: tuple[Path, Any], name: str, key: str | None, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Let somebody log in; what they may do, `users give` says."""
    return _answer(add_user(open_world(*place), name, key, actor(user)), "is added", as_json=as_json)


@users_command.command("end")
@click.argument("name")
@as_user
@as_json
@click.pass_obj
def end_command(place: tuple[Path, Any], name: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """Let somebody log in no more, at once."""
    return _answer(end(open_world(*place), name, actor(user)), "may not log in any more", as_json=as_json)


@users_command.command("give")
@click.argument("name")
@click.argument("role", type=_ROLES)
@click.option("--for", "populations", multiple=True, help=f"{_FOR}; without it for everybody")
@as_user
@as_json
@click.pass_obj
def give_command(
    place: tuple[Path, Any],
    name: str,
    role: str,
    populations: tuple[str, ...],
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Give somebody a role."""
    given = _grants(role, populations)
    return _answer(give_roles(open_world(*place), name, given, actor(user)), "has the role", as_json=as_json)


@users_command.command("take")
@click.argument("name")
@click.argument("role", type=_ROLES)
@click.option("--for", "populations", multiple=True, help=f"the one {_FOR}; without it the one for everybody")
@as_user
@as_json
@click.pass_obj
def take_command(
    place: tuple[Path, Any],
    name: str,
    role: str,
    populations: tuple[str, ...],
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Take a role back, at once."""
    taken = _grants(role, populations)
    return _answer(take_roles(open_world(*place), name, taken, actor(user)), "has that role no more", as_json=as_json)


@users_command.command("password")
@click.argument("name")
@click.option("--none", "is_none", is_flag=True, help="no log-in by password any more")
@as_user
@as_json
@click.pass_obj
def password_command(
    place: tuple[Path, Any],
    name: str,
    is_none: bool,  # noqa: FBT001 - click passes options so
    user: str | None,
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """Let somebody log in by a password: asked for, or the first line of standard input."""
    given = None if is_none else _password()
    told = "logs in by password no more" if is_none else "logs in by password"
    return _answer(change_password(open_world(*place), name, given, actor(user)), told, as_json=as_json)


@users_command.command("link")
@click.argument("name")
@click.argument("issuer")
@click.argument("subject")
@as_user
@as_json
@click.pass_obj
def link_command(
    place: tuple[Path, Any],
    name: str,
    issuer: str,
    subject: str,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Let an identity of the log-in provider be somebody's; its page says issuer and subject when they log in."""
    found = link_identity(open_world(*place), name, issuer, subject, actor(user))
    return _answer(found, f"logs in by {issuer}", as_json=as_json)


@users_command.command("logout")
@click.argument("name")
@as_user
@as_json
@click.pass_obj
def logout_command(place: tuple[Path, Any], name: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """End all sessions of somebody, at once."""
    world, who = open_world(*place), actor(user)
    with reading(world.database) as tx:
        found = named(tx, name)
    ended = log_out(world, found, None, who)
    if as_json:
        show.answer({"user": found.name, "ended": ended})
    else:
        show.line(f"{found.name} is logged out ({ended} sessions)")
    return 0


@users_command.command("token")
@click.argument("name")
@click.option("--scope", "scope", multiple=True, type=click.Choice([one.value for one in Right]), help="what it is for")
@click.option("--days", type=click.IntRange(1, LONGEST), default=90, show_default=True, help="how long it lasts")
@as_user
@as_json
@click.pass_obj
def token_command(
    place: tuple[Path, Any],
    name: str,
    scope: tuple[str, ...],
    days: int,
    user: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Make a token by which a program acts for somebody. It is shown once."""
    world = open_world(*place)
    until = world.now() + timedelta(days=days)
    one, text = make_token(world, name, frozenset(Right(each) for each in scope), until, actor(user))
    if as_json:
        show.answer({**_token_document(one, name), "token": text})
    else:
        show.line(f"K{one.id}, until {one.until.date()}. It is shown this once:")
        show.line(text)
    return 0


@users_command.command("tokens")
@as_json
@click.pass_obj
def tokens_command(place: tuple[Path, Any], as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List tokens: whose, for what, until when."""
    world = open_world(*place)
    with reading(world.database) as tx:
        names = {one.id: one.name for one in all_users(tx)}
        documents = [_token_document(one, names[one.user]) for one in tokens(tx)]
    if as_json:
        show.answer(documents)
    else:
        columns = ("id", "user", "scope", "until", "ended")
        show.table("Tokens", columns, [[" ".join(one[name]) if name == "scope" else one[name] for name in columns]
                                       for one in documents])  # fmt: skip
    return 0


@users_command.command("revoke")
@click.argument("token")
@as_user
@as_json
@click.pass_obj
def revoke_command(place: tuple[Path, Any], token: str, user: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """End a token, at once."""
    wanted = number(token, "K", "token")
    end_token(open_world(*place), wanted, actor(user))
    if as_json:
        show.answer({"ended": f"K{wanted}"})
    else:
        show.line(f"K{wanted} is ended")
    return 0


def _answer(user: User, told: str, *, as_json: bool) -> int:
    if as_json:
        show.answer(_document(user))
    else:
        show.line(f"{user.name} {told}")
    return 0


def _document(user: User) -> Document:
    return {
        "user": user.name,
        "participant": f"P{user.person}" if user.person else None,
        "roles": [
            {"role": one.role.value, "for": str(one.population) if one.population else None} for one in user.grants
        ],
        "password": user.password is not None,
        "ended": user.ended_at.isoformat() if user.ended_at else None,
    }


def _token_document(one: Token, name: str) -> Document:
    return {
        "id": f"K{one.id}",
        "user": name,
        "scope": sorted(right.value for right in one.scope),
        "until": one.until.isoformat(),
        "ended": one.ended_at.isoformat() if one.ended_at else None,
    }


def _grants(role: str, populations: tuple[str, ...]) -> frozenset[Grant]:
    try:
        found = {Grant(Role(role), population_named(text)) for text in populations}
    except ValueError:
        raise FixFile(f"--for names no population: {_FOR}") from None
    if any(one.population is None for one in found):
        raise FixFile(f"--for names no population: {_FOR}")
    return frozenset(found or {Grant(Role(role))})


def _password() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")
