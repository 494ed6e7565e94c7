"""Nobody decides of themselves: who somebody is among the people, and what they leave to others.

On pages and in the API the log-in says who somebody is; at a command line the name they act under, and the account that
says so: each may be a user's, and a user may be one of the people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from domain.errors import Refused
from domain.policy import of_their_own
from domain.rights import Right, sight_of
from store.named import numbers_of
from store.sight import persons_seen
from store.users import user_called, users
from syncd.world import Actor, World


def own_names(tx: Connection, who: Actor) -> Mapping[int, str]:
    """Give who somebody is among the people: person -> the user's name by which they are; mostly none.

    Who was merged into somebody is both, and so is whoever they were merged into.
    """
    known: dict[int, str] = {}
    if who.is_logged_in:
        known = {} if who.person is None else {who.person: who.name}
    else:
        found = (user_called(tx, name) for name in {who.account: None, who.name: None})
        known = {user.person: user.name for user in found if user is not None and user.person is not None}
    return {number: name for one, name in known.items() for number in numbers_of(tx, one)} | known


def own_name(own: Mapping[int, str], people: Collection[int | None]) -> str | None:
    """Give the name by which somebody is one of some people; None where they are none of them."""
    return next((name for one in people if one is not None and (name := own.get(one)) is not None), None)


def must_be_of_others(
    tx: Connection, world: World, who: Actor, people: Collection[int | None], act: str, about: str
) -> None:
    """Refuse what somebody would do at once to their own record, with who else may: it is what they are paid by.

    act    what it is, as somebody else has to do it: `link it`
    about  what it is done to: `hr:00282`
    """
    by = own_name(own_names(tx, who), people)
    if by is None:
        return
    told = of_their_own(by, act, about)
    if world.workspace.log_in is None:
        raise Refused(told)
    others = _others(tx, world, {one for one in people if one is not None})
    named = f"{', '.join(others)} may" if others else "nobody else may yet: `syncd users give NAME comp_admin`"
    raise Refused(f"{told} ({named})")


def _others(tx: Connection, world: World, people: Collection[int]) -> list[str]:
    """Name the users who may answer for some people, and are none of them."""
    found = []
    for one in users(tx):
        sight = sight_of(one.grants, Right.ANSWER, frozenset())
        if one.ended_at is None and one.person not in people and sight is not None:
            found += [one.name] if persons_seen(tx, people, sight, world.today) >= set(people) else []
    return found
