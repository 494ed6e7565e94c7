"""Options that several commands share: which changes are meant, who acts, and how a person is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import click
from sqlalchemy import Connection

from domain.change import Kind, State
from domain.errors import FixFile
from domain.posts import meant
from domain.step import MAIN, Version
from formula.parse import suggestion
from store.changes import ChangeFilter
from store.head import current_revision, revision_at
from store.named import find_person
from store.people import PersonRow
from syncd.configuration.settings import BY_HAND, FeedSettings
from syncd.world import World

_F = TypeVar("_F", bound=Callable[..., Any])

DAY = click.DateTime(["%Y-%m-%d"])


def day_of(value: datetime | None) -> date | None:
    """Give the day that an option named. `FixFile` for the last day there is: leave an end out instead."""
    if value is not None and value.date() == date.max:
        raise FixFile(f"no day is as late as {date.max}: leave it out where there is no end")
    return value.date() if value is not None else None


def as_json(command: _F) -> _F:
    """Add `--json`: one document on standard output and nothing else."""
    return click.option("--json", "as_json", is_flag=True, help="print one JSON document")(command)


def reason(*, required: bool) -> Callable[[_F], _F]:
    """Add `--reason R`."""
    return click.option("--reason", required=required, help="why; kept with the act")


def post(command: _F) -> _F:
    """Add `--engagement`."""
    told = "which post of theirs, where they have several"
    return click.option("--engagement", "post", metavar="NAME", help=told)(command)


def as_known(command: _F) -> _F:
    """Add `--known-at`."""
    told = "as known at a revision, or at a moment such as 2026-03-31T17:00Z"
    return click.option("--known-at", help=told)(command)


def filters(command: _F) -> _F:
    """Add the filters of `changes`."""
    for option in (
        click.option("--participant", "key", metavar="KEY", help="P12, an id, source:key or an e-mail"),
        click.option("--feed", help="only of this feed"),
        click.option("--kind", type=click.Choice([kind.value for kind in Kind]), help="only of this kind"),
    ):
        command = option(command)
    return command


def filter_of(
    tx: Connection,
    world: World,
    *,
    kind: str | None,
    feed: str | None,
    key: str | None,
    states: tuple[State, ...] | None = None,
) -> ChangeFilter:
    """Give the filter that the options ask for. `FixFile`: no feed is called so, the key names nobody or several."""
    if feed not in (None, BY_HAND):
        feed = feed_named(world, feed).name
    return ChangeFilter(
        states=states,
        kind=Kind(kind) if kind else None,
        feed=feed,
        participant=person_of(tx, key, of_before=True).id if key else None,
    )


def feed_named(world: World, name: str) -> FeedSettings:
    """Give the feed that is called so, or was called so first. `FixFile`: there is none, and which there are."""
    found = world.workspace.feed_named(name)
    if found is None:
        raise FixFile(f"there is no feed {name!r}{suggestion(name, tuple(world.workspace.feeds))}")
    return found


def person_of(tx: Connection, key: str, *, of_before: bool = False) -> PersonRow:
    """Give the one person that a key names. `FixFile` where it names nobody, or several: they are listed.

    Who was merged into somebody is named by the number alone, and only `of_before`: nothing is done to them any more.
    """
    found = find_person(tx, key)
    if len(found) == 1:
        if found[0].merged_into is not None and not of_before:
            raise FixFile(f"{key} was merged into P{found[0].merged_into}: name that one, or take the merge back")
        return found[0]
    if not found:
        raise FixFile(f"nobody is known as {key!r}; name a person as P12, by an id, as source:key or by e-mail")
    people = ", ".join(f"P{one.id} ({one.name or 'no name'})" for one in found)
    raise FixFile(f"{key!r} names several people: {people}; say which one by P and number")


def post_meant(person: int, posts: Mapping[str, Sequence[Version]], post: str | None, day: date) -> str:
    """Give the post that is meant on a day; `main` of who has none. `FixFile` where several are, and none is named."""
    if post is not None and post not in posts:
        raise FixFile(f"P{person} has no post {post!r}: there is {', '.join(sorted(posts)) or 'none'}")
    found = (post,) if post is not None else meant(posts, day)
    if len(found) > 1:
        raise FixFile(f"P{person} has several posts on {day}: {', '.join(found)}; say which one with --engagement")
    return found[0] if found else MAIN


def why(text: str | None) -> str:
    """Give a reason. `FixFile` where there is none: a decision that is remembered says why."""
    if text is None or not text.strip():
        raise FixFile("a reason is required: --reason 'why, in a few words'")
    return text.strip()


def revision_named(tx: Connection, known_at: str | None) -> int:
    """Give the revision that `--known-at` means; the newest where it is left out. `FixFile` where it means none."""
    if known_at is None:
        return current_revision(tx)
    if known_at.isdigit():
        if int(known_at) > (newest := current_revision(tx)):
            raise FixFile(f"--known-at {known_at}: the newest revision is {newest}")
        return int(known_at)
    try:
        moment = datetime.fromisoformat(known_at)
    except ValueError:
        raise FixFile(
            f"--known-at {known_at}: write a revision such as 17, or a moment such as 2026-03-31T17:00Z"
        ) from None
    if moment.tzinfo is None:
        raise FixFile(f"--known-at {known_at}: say the zone, as in {known_at}Z or {known_at}-05:00")
    return revision_at(tx, moment)


class ProposedUnlessNamed(click.Group):
    """Commands of their own (`adjust list`); whatever else stands first is whom something is proposed for."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Give the command that is meant."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["propose", *args])
