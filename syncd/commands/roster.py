"""`participants`, `quarantine`, `audit`: what is known, and how it came to be known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import click

from domain.errors import FixFile
from domain.posts import in_post
from domain.step import FOREVER
from domain.value import Value, plain
from store.audit import audit, has_head, head_of, verify
from store.database import reading
from store.erasing import erasures
from store.history import KnownVersion, history_of, roster
from store.problems import quarantine
from store.proof import findings, unproved_acts
from syncd import show
from syncd.changes.sayings import Of, Told, sayings
from syncd.commands.erase import erasure_document
from syncd.documents import Document, quarantine_document, version_document
from syncd.names import labels, shown
from syncd.options import DAY, as_json, as_known, day_of, feed_named, person_of, revision_named
from syncd.plans.lacking import Lack, Why, lacks
from syncd.world import World, open_world

_SHOWN = ("employee_id", "name", "status", "title", "team", "territory", "manager")
_FINDINGS_SHOWN = 100


@click.command("participants")
@click.option("--as-of", type=DAY, help="the day (default: today in the calendar's zone)")
@as_known
@click.option("--all", "everyone", is_flag=True, help="those who left, too")
@click.option("--history", "key", metavar="KEY", help="every version of one participant")
@click.option("--values", "sourced", is_flag=True, help="with what each source says now, and how old that is")
@click.option(
    "--lacking", "only_lacking", is_flag=True, help="who lacks what, and the feed that should have brought it"
)
@as_json
@click.pass_obj
def participants_command(
    place: tuple[Path, Any],
    as_of: datetime | None,
    known_at: str | None,
    everyone: bool,  # noqa: FBT001 - click passes options so
    key: str | None,
    sourced: bool,  # noqa: FBT001 - as above
    only_lacking: bool,  # noqa: FBT001 - as above
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """The roster of a day, or every version of one participant."""
    if key is not None and as_of is not None:
        raise FixFile("--history shows every day: leave out --as-of")
    if only_lacking and (key is not None or sourced or everyone):
        raise FixFile("--lacking is about who is employed on a day: leave out --history, --values and --all")
    world = open_world(*place)
    day = day_of(as_of) or world.today
    with reading(world.database) as tx:
        revision = revision_named(tx, known_at)
        if key is not None:
            found = history_of(tx, person_of(tx, key, of_before=True).id, revision)
        else:
            found = roster(tx, day, revision, everyone=everyone)
        names = labels(tx, (one.version.attributes for one in found))
    if only_lacking:
        return _tell_lacking(lacks(world, found, day), found, day, as_json=as_json)
    said = sayings(world, {one.version.person for one in found}) if sourced else None
    if as_json:
        documents = [_document(one) for one in found]
        show.answer([{**one, "sources": _sources(said, one)} if said is not None else one for one in documents])
        return 0
    if key is not None:
        show_history(key, found, names)
    else:
        show_roster(f"Roster of {day}", found, names)
    if said is not None:
        rows = [
            (
                in_post(f"P{person}", post),
                name,
                one.opinion.source,
                shown(one.opinion.value, names),
                one.read_on,
                one.is_stale or "",
            )
            for (person, post), by_name in said.items()
            for name, told in sorted(by_name.items())
            for one in told
        ]
        show.table("What the sources say", ("who", "attribute", "source", "value", "read on", "stale"), rows)
    return 0


def _tell_lacking(
    lacking: Mapping[int, Sequence[Lack]], found: Sequence[KnownVersion], day: date, *, as_json: bool
) -> int:
    those = [one for one in found if one.id in lacking]
    if as_json:
        show.answer([{**_document(one), "lacks": [_lack(lack) for lack in lacking[one.id]]} for one in those])
        return 0
    rows = [
        (f"P{one.version.person}", one.version.attributes.get("name"), lack.what, _told(lack))
        for one in those
        for lack in lacking[one.id]
    ]
    show.table(f"Lacking on {day}", ("who", "name", "lacks", "which feed should have brought it"), rows)
    return 0


def _lack(lack: Lack) -> Document:
    feeds = [
        {"feed": one.feed, "why": one.why.value, "change": f"C{one.change}" if one.change is not None else None}
        for one in lack.feeds
    ]
    return {"what": lack.what, "feeds": feeds}


def _told(lack: Lack) -> str:
    waits = {Why.WAITING: "waits as C{}", Why.SAYS_NOTHING: "says nothing", Why.NO_RECORD: "has no record of them"}
    told = [f"{one.feed}: {waits.get(one.why, 'has one that is not taken').format(one.change)}" for one in lack.feeds]
    return "; ".join(told) or "no feed brings it"


def _sources(said: Mapping[Of, Mapping[str, list[Told]]], version: Document) -> Document:
    """What each source says of each attribute, the one that counts first."""
    of = (int(version["participant"].removeprefix("P")), version["engagement"])
    return {
        name: [
            {
                "source": one.opinion.source,
                "value": plain(one.opinion.value),
                "read_on": one.read_on and one.read_on.isoformat(),
                "stale": one.is_stale,
            }
            for one in told
        ]
        for name, told in sorted(said.get(of, {}).items())
    }


@click.command("quarantine")
@click.argument("feed", required=False)
@as_json
@click.pass_obj
def quarantine_command(place: tuple[Path, Any], feed: str | None, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """List bad rows that no later read has brought right."""
    world = open_world(*place)
    kept = feed_named(world, feed).name if feed is not None else None
    with reading(world.database) as tx:
        found = quarantine(tx, kept)
    documents = [quarantine_document(one) for one in found]
    if as_json:
        show.answer(documents)
    else:
        names = ("feed", "key", "place", "message", "since_run")
        show.table("Quarantine", names, [[one[name] for name in names] for one in documents])
    return 0


@click.command("audit")
@click.argument("verb", type=click.Choice(["list", "verify", "head"]), default="list")
@click.option(
    "--head", metavar="ROW:CHAIN", help="of `verify`: what `audit head` said once, and somebody kept elsewhere"
)
@as_json
@click.pass_obj
def audit_command(place: tuple[Path, Any], verb: str, head: str | None, as_json: bool) -> int:  # noqa: FBT001 - as click passes options
    """Who did what, when and why; `verify` proves that neither it nor what was decided was edited or removed.

    `head` prints what is kept elsewhere, so that nobody can write all of it anew.
    """
    if head is not None and (verb != "verify" or re.fullmatch(r"[1-9][0-9]{0,17}:[0-9a-f]+", head) is None):
        raise FixFile("--head goes with `audit verify`, and is what `audit head` said: 120:9f86d081884c7d65")
    world = open_world(*place)
    if verb == "verify":
        return _verify(world, head, as_json=as_json)
    if verb == "head":
        with reading(world.database) as tx:
            newest = head_of(tx)
        told = f"{newest[0]}:{newest[1]}" if newest is not None else None
        if as_json:
            show.answer({"head": told})
        else:
            show.line(told or "Nothing was done yet.")
        return 0
    with reading(world.database) as tx:
        found = audit(tx)
    documents = [
        {
            "at": one.at.isoformat(),
            "revision": one.revision,
            "by": one.by,
            "for": one.for_user,
            "act": one.act,
            "about": one.about,
            "reason": one.reason,
            "digest": one.digest,
        }
        for one in found
    ]
    if as_json:
        show.answer(documents)
    else:
        rows = [
            (
                one.at.strftime("%Y-%m-%d %H:%M:%S"),
                one.revision,
                one.by if one.for_user is None else f"{one.for_user} (as {one.by})",
                one.act,
                one.about,
                one.reason,
            )
            for one in found
        ]
        show.table("Audit, times in UTC", ("at", "revision", "who", "act", "about", "reason"), rows)
    return 0


def show_roster(
    title: str, found: Sequence[KnownVersion], names: Mapping[str, str], *, limit: int | None = None
) -> None:
    """Show the roster of a day as a table; `names` say who the people are that values name."""
    rows = [
        (
            in_post(f"P{one.version.person}", one.version.engagement),
            *(_cell(one.version.attributes.get(name), names) for name in _SHOWN),
            str(one.version.start),
        )
        for one in found[:limit]
    ]
    people = len({one.version.person for one in found})
    show.table(f"{title}: {people:,} participants", ("id", *_SHOWN, "since"), rows)


def show_history(key: str, found: Sequence[KnownVersion], names: Mapping[str, str]) -> None:
    """Show a participant's versions, each with what it changed."""
    rows = []
    posts = {one.version.engagement for one in found}
    before: dict[str, Any] = {}
    post = None
    for one in found:
        before = before if one.version.engagement == post else {}
        post = one.version.engagement
        now = dict(one.version.attributes)
        changed = [
            f"{name} {shown(now.get(name), names)}"
            for name in sorted(now.keys() | before.keys())
            if now.get(name) != before.get(name)
        ]
        end = "" if one.version.end == FOREVER else str(one.version.end)
        which = (post,) if len(posts) > 1 else ()
        rows.append((*which, str(one.version.start), end, one.revision_from, ", ".join(changed)))
        before = now
    which = ("post",) if len(posts) > 1 else ()
    show.table(f"History of {key}", (*which, "from", "until (not on)", "revision", "what it changed"), rows)


def _verify(world: World, head: str | None, *, as_json: bool) -> int:
    """Prove the audit's own rows, with a head that was kept elsewhere, then what they are about."""
    with reading(world.database) as tx:
        broken = verify(tx)
        row, _, chain = (head or "0:").partition(":")
        is_kept = head is None or has_head(tx, int(row), chain)
        found = list(islice(findings(tx), _FINDINGS_SHOWN + 1))
        unproved = unproved_acts(tx)
        erased = [one for one in erasures(tx) if one.revision is not None]
    is_whole = broken is None and is_kept and not found
    if as_json:
        told = [{"about": one.about, "message": one.message} for one in found[:_FINDINGS_SHOWN]]
        document = {
            "whole": is_whole,
            "first_broken": broken,
            "head_is_kept": is_kept,
            "findings": told,
            "unproved_acts": unproved,
        }
        show.answer({**document, "erased": [erasure_document(one) for one in erased]})
        return 0 if is_whole else 5
    if broken is not None:
        show.line(f"The audit is broken at row {broken}.")
    if not is_kept:
        show.line(f"Row {row} is not what was kept of it: the audit was written anew, or is that of an older copy.")
    if found:
        rows = [(one.about, one.message) for one in found[:_FINDINGS_SHOWN]]
        show.table("What is stored is not what was decided", ("about", "what is wrong"), rows)
        if len(found) > _FINDINGS_SHOWN:
            show.line(f"... and more: only the first {_FINDINGS_SHOWN} are shown")
    if is_whole:
        show.line("The audit is whole.")
    if erased:
        lines = [(f"P{one.person}", one.at, one.by, one.asked_by, one.reason) for one in erased]
        show.table("Erased, and proved without what was erased", ("who", "at", "by", "asked by", "why"), lines)
    if unproved:
        show.line(f"Of these acts only the chain is proved: {', '.join(unproved)}.")
    return 0 if is_whole else 5


def _document(one: KnownVersion) -> dict[str, Any]:
    version = one.version
    return version_document(
        version.person,
        version.engagement,
        (version.start, version.end),
        one.revision_from,
        version.attributes,
    )


def _cell(value: Value, names: Mapping[str, str]) -> str:
    return "" if value is None else shown(value, names)
