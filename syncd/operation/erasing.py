"""Erases what is personal of somebody who has left; every amount stays, and so does the proof of what was decided.

Landed files are written anew without the rows of that person, beside those in use; then one transaction empties the
database, names the new files and writes down what was emptied; then the old files and the copies of the roster go.
Killed in between, files are left that no row names: the next run of the feed sweeps them. Given again, the command
erases what came since. Where four eyes are on the first person only asks, and a second one does it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from connectors.file.settings import Settings as FileSettings
from domain.attributes import NAMED_BY
from domain.erase import in_the_way, names_held, still_here
from domain.errors import Refused
from domain.merging import Merged
from domain.step import Version
from domain.user import is_same_user
from engine.forgetting import some_keys, without_keys, without_texts
from engine.session import Session, open_session
from mapping.rules import key_columns
from store.adjustments import AdjustmentState, adjustments
from store.audit import Act, record
from store.changes import open_changes
from store.conflicts import conflicts
from store.database import reading, writing
from store.erasing import (
    Emptied,
    Erasure,
    Rewritten,
    ask,
    empty,
    erasure_digest,
    erasures,
    is_at_work,
    keep,
    names_kept_of,
    personal_texts,
    replace_segments,
    unsent_deliveries,
)
from store.erasure_proof import ASKED, ERASED
from store.facts import feeds_with_facts
from store.head import current_revision, take_revision
from store.history import every_version_of, versions_of
from store.landing import segments
from store.people import PersonRow, links_of, links_to, people_of, sources_linked
from syncd.configuration.settings import FeedSettings
from syncd.configured import must_count
from syncd.feeds.naming import facts_name_by
from syncd.merged import merged_known
from syncd.options import person_of
from syncd.pay.due import due_to
from syncd.world import Actor, World

#: How many keys of a landed file are looked up to see whether they are its records' keys at all.
_SOME = 200


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of it.

    emptied  how many things in the database give another digest now; `rows` of landed files are gone
    left     what may still name the person, and is not ours to change, in words
    """

    erasure: Erasure
    emptied: int = 0
    rows: int = 0
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Landed:
    """A landed file without somebody's rows, the one whose place it takes, and how many rows went."""

    rewritten: Rewritten
    before: Path
    gone: int


def erase(world: World, key: str, reason: str, who: Actor) -> Erased:
    """Erase somebody, or ask for it where that takes two. `Refused` while they are there, or something is undecided."""
    with reading(world.database) as tx:
        person = person_of(tx, key, of_before=True)
        versions = [one.version for found in versions_of(tx, [person.id]).values() for one in found]
        keys = _keys(tx, world, person)
        merged = merged_known(tx, current_revision(tx)).values()
        waiting = _may(tx, world, person, versions, who)
    with open_session(world.workspace.var) as session:
        if held := due_to(world, session, person.id, versions):
            raise Refused(f"P{person.id} cannot be erased: {held}")
        if waiting is None and _takes_two(world):
            return _ask(world, person, reason, who)
        landed, searched = _rewrite(world, session, person, keys)
    try:
        done, what = _erase(world, person, keys, landed, reason, who)
    except BaseException:
        for one in landed:
            (world.workspace.var / one.rewritten.path).unlink(missing_ok=True)
        raise
    for path in (*(one.before for one in landed), *(world.workspace.var / "mirror").glob("*.parquet")):
        path.unlink(missing_ok=True)
    left = (*_once(merged, person), *_left(world, keys, searched))
    return Erased(done, len(what), sum(one.gone for one in landed), left)


def _may(
    tx: Connection, world: World, person: PersonRow, versions: Sequence[Version], who: Actor
) -> Erasure | None:  # fmt: skip
    """Give the erasure that waits for a second person, if one does. `Refused` with what is in the way."""
    waits = [one.id for one in open_changes(tx, None, [person.id])]
    asked = [
        one.id
        for one in conflicts(tx)
        if one.conflict.person == person.id or any(other.person == person.id for other in one.conflict.candidates)
    ]
    undecided = (AdjustmentState.PROPOSED,)
    adjusted = [one.id for one in adjustments(tx) if one.person == person.id and one.state in undecided]
    unsent = unsent_deliveries(tx, person.id)
    if why := still_here(versions, world.today) or in_the_way(waits, asked, adjusted, unsent):
        raise Refused(f"P{person.id} cannot be erased: {why}")
    waiting = next((one for one in erasures(tx, person.id) if one.revision is None), None)
    if waiting is not None and _takes_two(world) and is_same_user(waiting.asked_by, who.name):
        raise Refused(f"{waiting.asked_by} asked to erase P{person.id}: somebody else has to give the same command")
    return waiting


def _takes_two(world: World) -> bool:
    return world.workspace.four_eyes or world.workspace.log_in is not None


def _ask(world: World, person: PersonRow, reason: str, who: Actor) -> Erased:
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), ASKED)
        must_count(tx, world, revision)
        if any(one.revision is None for one in erasures(tx, person.id)):
            raise Refused(f"somebody else has asked to erase P{person.id} meanwhile: give the command again")
        asked = ask(tx, person.id, who.name, reason, revision)
        _note(tx, world, revision, Act(ASKED, f"P{person.id}", reason=reason), who)
    return Erased(asked)


def _erase(
    world: World,
    person: PersonRow,
    keys: dict[str, tuple[str, ...]],
    landed: Sequence[_Landed],
    reason: str,
    who: Actor,
) -> tuple[Erasure, list[Emptied]]:
    with writing(world.database) as tx:
        revision = take_revision(tx, world.now(), ERASED)
        must_count(tx, world, revision)
        if is_at_work(tx):
            raise Refused("something is being run, and reads what is to go: give the command again when it is done")
        versions = [one.version for found in versions_of(tx, [person.id]).values() for one in found]
        waiting = _may(tx, world, person, versions, who)
        if waiting is None and _takes_two(world):
            raise Refused(f"P{person.id} was erased meanwhile")
        if keys != _keys(tx, world, person) or not _are_newest(tx, world, landed):
            raise Refused("what was landed of them is not what it was: give the command again")
        begun = waiting or ask(tx, person.id, who.name, reason, revision)
        known = people_of(tx, [person.id])[person.id]
        now = {name: getattr(known, name) for name in NAMED_BY}
        names = names_held(every_version_of(tx, person.id), now, _named_by(world))
        what = empty(tx, person.id, keys, revision)
        replace_segments(tx, [one.rewritten for one in landed])
        done = replace(begun, by=who.name, reason=reason, at=world.now(), revision=revision)
        keep(tx, done, what, names)
        act = Act(ERASED, f"P{person.id}", erasure_digest(person.id, what, names), reason)
        _note(tx, world, revision, act, who)
    return done, what


def _note(tx: Connection, world: World, revision: int, act: Act, who: Actor) -> None:
    record(
        tx, revision, [act], at=world.now(), by=who.account, for_user=who.for_user,
        configuration=world.configuration_hash,
    )  # fmt: skip


def _named_by(world: World) -> frozenset[str]:
    return facts_name_by(world.workspace) & frozenset(NAMED_BY)


# --- what was landed


def _feeds(world: World) -> list[FeedSettings]:
    return [feed for feed in world.workspace.feeds.values() if feed.into.facts is None]


def _keys(tx: Connection, world: World, person: PersonRow) -> dict[str, tuple[str, ...]]:
    """Give the keys that somebody's records have or had, by feed of people; not of records that are others' now.

    Those of a source that no feed reads any more may stand in every feed whose source has no record of theirs: it may
    have had another name, and in what feeds landed that are gone.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for link in links_of(tx, person.id):
        found[link.source].add(link.key)
    for source, theirs in found.items():
        theirs -= {key for key, now in links_to(tx, source, theirs).items() if now.person != person.id}
    feeds, read = _feeds(world), {feed.source.name for feed in world.workspace.feeds.values()}
    old = {key for source in found.keys() - read for key in found[source]}
    keys = {}
    for feed in feeds:
        source = feed.source.name
        keys[feed.name] = found.get(source) or old - links_to(tx, source, old).keys()
    keys |= dict.fromkeys(_gone(tx, world), old)
    return {feed: tuple(sorted(theirs)) for feed, theirs in keys.items() if theirs}


def _gone(tx: Connection, world: World) -> set[str]:
    """Name the feeds of people (or quotas) that have landed files and are not configured any more."""
    landed = {one.feed for one in segments(tx)} - world.workspace.feeds.keys()
    return landed - feeds_with_facts(tx)


def _rewrite(
    world: World, session: Session, person: PersonRow, keys: dict[str, tuple[str, ...]]
) -> tuple[list[_Landed], set[str]]:
    """Write landed files of people anew without the rows of somebody; name the feeds whose keys do not tell theirs.

    In those the rows go that have a name, an e-mail or an id of theirs as a cell.
    """
    var, done, searched = world.workspace.var, [], set()
    feeds = {feed.name: feed for feed in _feeds(world)}
    with reading(world.database) as tx:
        texts = personal_texts(tx, person.id) | {owner.partition(":")[2] for owner in names_kept_of(tx, person.id)}
        gone = _gone(tx, world)
        landed = [one for one in segments(tx) if (one.feed in feeds or one.feed in gone) and (var / one.path).exists()]
    for one in landed:
        feed, path = feeds.get(one.feed), var / one.path
        theirs = keys.get(one.feed) if feed is not None else None
        found = without_keys(session, path, key_columns(feed.mapping), theirs) if feed is not None and theirs else None
        if found is None and not (feed is not None and _is_told_by_key(world, session, feed, path)):
            searched.add(one.feed)
            found = without_texts(session, path, texts)
        if found is not None:
            rewritten = Rewritten(
                one.id, str(found.path.resolve().relative_to(var.resolve())), found.digest, found.rows, found.size
            )
            done.append(_Landed(rewritten, path, found.gone))
    return done, searched


def _is_told_by_key(world: World, session: Session, feed: FeedSettings, path: Path) -> bool:
    """Tell whether a landed file has the keys by which records are known: the mapping may say others by now.

    It has not where none of them is anybody's; of a source that was named otherwise, under the name of before.
    """
    some = some_keys(session, path, key_columns(feed.mapping), _SOME)
    if some is None:
        return False
    with reading(world.database) as tx:
        read = {one.source.name for one in world.workspace.feeds.values()}
        sources = {feed.source.name, *(sources_linked(tx) - read)}
        return not some or any(links_to(tx, source, some) for source in sources)


def _are_newest(tx: Connection, world: World, landed: Sequence[_Landed]) -> bool:
    """Tell whether the files that were written anew are still those that are in use."""
    named = {world.workspace.var / one.path for one in segments(tx)}
    return all(one.before in named for one in landed)


def _once(merged: Collection[Merged], person: PersonRow) -> list[str]:
    """Name those who are the same person: what is kept of them is erased apart."""
    same = {one.person for one in merged if one.into == person.id} | ({person.merged_into or person.id} - {person.id})
    return [f"P{other}, who is the same person: `erase P{other}`" for other in sorted(same)]


def _left(world: World, keys: Collection[str], searched: Collection[str]) -> list[str]:
    """Say what may still name somebody and is not reached, or is the company's own."""
    left = ["copies made before: backups, exports, support bundles, what was sent outside, files of payroll"]
    sources = {name: one.source for name, one in world.workspace.feeds.items() if name in keys}
    for source in {one.name: one for one in sources.values()}.values():
        where = "what it has, and sends again"
        if isinstance(source.settings, FileSettings):
            archive = source.settings.archive
            where = f"the files in {source.settings.path}" + (f" and those archived in {archive}" if archive else "")
        left.append(f"source {source.name}: {where}")
    left += [
        f"landed files of feed {name}, which its keys do not tell apart: rows with their name, e-mail or an id as a "
        "cell are gone; what says them otherwise is not found"
        for name in sorted(searched)
    ]
    ids = "".join(f", {one}" for one in sorted(_named_by(world)))
    left.append(f"keys of the record in links and in facts{ids}; texts that people wrote: reasons, comments")
    left.append("rows of deliveries, as they were written elsewhere: the key of their record there (`delivery_row`)")
    left.append("what the database has freed and not written over yet: `VACUUM` (SQLite), `VACUUM FULL` (PostgreSQL)")
    left.append("their user, where they could log in: `users end`")
    return left
