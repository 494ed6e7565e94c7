"""Several posts of one person: which one is the primary one, and what of the person follows it.

Each post has all its values of its own, as its record says them. What somebody has once (`SINGLE`: by what they are
known) is that of the primary post. Where none is said to be primary it is that of the one that began first; where
several are, nothing follows until a person or a source has said which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from domain.attributes import PRIMARY, SINGLE
from domain.change import ends
from domain.record import Conflict, Known, MappedRecord
from domain.step import FOREVER, MAIN, Version, on


def in_post(who: str, post: str) -> str:
    """Say which post of somebody is meant, where it has a name."""
    return who if post == MAIN else f"{who} [{post}]"


def two_primary(record: MappedRecord, known: Known) -> Conflict:
    """Ask which of several posts is the primary one."""
    return Conflict(
        "two_primary",
        f"P{known.person}: the posts {record.rivals} are each flagged as primary: flag one alone in the source",
        record.key, record.row, record.place, known.person,
    )  # fmt: skip


def without_single(record: MappedRecord) -> MappedRecord:
    """Give a record that says nothing of what follows the primary post, nor which one that is."""
    return replace(
        record, values={name: said for name, said in record.values.items() if name not in (PRIMARY, *SINGLE)}
    )


def primary_of(posts: Mapping[str, Sequence[Version]]) -> Version | None:
    """Give the newest version of the primary one of somebody's posts; None where several are said to be.

    `posts` has their versions, by engagement. A post that is over counts where no other one goes on.
    """
    newest = [max(versions, key=lambda one: one.start) for versions in posts.values() if versions]
    chosen = [one for one in newest if goes_on(one)] or newest
    flagged = [one for one in chosen if one.attributes.get(PRIMARY) == "true"]
    if len(flagged) > 1:
        return None
    return min(flagged or chosen, key=lambda one: (one.opened, one.engagement), default=None)


def leading_on(versions: Iterable[Version], day: date) -> Version | None:
    """Give the version by which somebody is shown on a day: that of the primary one of the posts held then.

    Where none, or several, are said to be primary it is that of the one that began first; where no post is held, the
    newest version that has begun, else the first that will. None of nobody.
    """
    known = sorted(versions, key=lambda one: (one.start, one.engagement))
    begun = [one for one in known if one.start <= day]
    held = [one for one in begun if day < one.end and not ends(one.attributes)]
    flagged = [one for one in held if one.attributes.get(PRIMARY) == "true"]
    if held:
        return min(flagged or held, key=lambda one: (one.opened, one.engagement))
    return next(iter(begun[-1:] or known), None)


def goes_on(newest: Version) -> bool:
    """Tell whether a post has no end yet, by its newest version."""
    is_stated = newest.attributes.get("termination_date") is not None
    return newest.end == FOREVER and not is_stated and not ends(newest.attributes)


def meant(posts: Mapping[str, Sequence[Version]], day: date) -> tuple[str, ...]:
    """Give the posts that an act on a day may be about, in order: those held then; where none is, all there are."""
    then = {post: on(versions, day) for post, versions in posts.items() if versions}
    held = [post for post, version in then.items() if version and not ends(version.attributes)]
    return tuple(sorted(held or [post for post, version in then.items() if version] or then))


def ended_people(ended: Iterable[tuple[int, str]], left: Iterable[tuple[int, str]]) -> frozenset[int]:
    """Give the people of whom no post goes on beside those that end: `left` are the posts that have no end yet."""
    gone = frozenset(ended)
    staying = {person for person, post in left if (person, post) not in gone}
    return frozenset(person for person, _ in gone) - staying
