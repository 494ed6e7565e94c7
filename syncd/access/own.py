"""Nobody decides of themselves: who somebody is among the people, and what they leave to others.

On pages and in the API the log-in says who somebody is; at a command line the name they act under, and the account that
says so: each may be a user's, and a user may be one of the people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from domain.configured import of_who_is_paid
from domain.errors import Refused
from domain.policy import of_their_own
from domain.rights import Right, sight_of
from domain.user import folded_name, is_same_user
from store.named import named_by, numbers_of
from store.people import people_of
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
    raise Refused(_with_others(world, told, "comp_admin", _others(tx, world, {one for one in people if one})))


def must_not_be_paid(tx: Connection, world: World, who: Actor, unless: str | None = None) -> None:
    """Refuse what may raise anybody's pay to who is a participant, with who else may: it may raise their own.

    unless  the user who may not for another reason
    """
    by = _participant_named(tx, own_names(tx, who), (who.name, who.account))
    if by is None:
        return
    may = [
        one.name for one in users(tx)
        if one.ended_at is None and not is_same_user(one.name, unless)
        and sight_of(one.grants, Right.CONFIGURE, frozenset()) is not None
        and _participant_named(tx, {one.person: one.name} if one.person is not None else {}, (one.name,)) is None
    ]  # fmt: skip
    raise Refused(_with_others(world, of_who_is_paid(by), "approver", may))


def _participant_named(tx: Connection, own: Mapping[int, str], names: Collection[str]) -> str | None:
    """Give the name by which a user is a participant: said to be one, or called as the e-mail of one is."""
    known = people_of(tx, own.keys())
    found = [name for person, name in own.items() if known[person].participant_since is not None]
    for name in dict.fromkeys(names):
        rows = named_by(tx, {"email": folded_name(name)})
        found += [name for one, _ in rows if one.participant_since is not None]
    return next(iter(found), None)


def _with_others(world: World, told: str, role: str, others: Sequence[str]) -> str:
    """Say who else may, or which role that takes; nothing more where nobody logs in, and everybody may."""
    if world.workspace.log_in is None:
        return told
    named = f"{', '.join(others)} may" if others else f"nobody else may yet: `syncd users give NAME {role}`"
    return f"{told} ({named})"


def _others(tx: Connection, world: World, people: Collection[int]) -> list[str]:
    """Name the users who may answer for some people, and are none of them."""
    found = []
    for one in users(tx):
        sight = sight_of(one.grants, Right.ANSWER, frozenset())
        if one.ended_at is None and one.person not in people and sight is not None:
            found += [one.name] if persons_seen(tx, people, sight, world.today) >= set(people) else []
    return found
