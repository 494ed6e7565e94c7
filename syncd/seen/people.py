"""Participants as a user sees them: who is there on a day, and everything about one, with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from domain.change import OPEN, Change
from domain.posts import leading_on
from domain.rights import Sight
from domain.step import FOREVER, Step, Version
from domain.value import Value, plain
from store.changes import ChangeFilter, changes
from store.database import reading
from store.grounds import Ground, grounds_of
from store.head import current_revision, moments_of
from store.history import KnownVersion, history_of, roster, steps_of
from store.named import find_person
from store.overrides import Override, overrides
from store.people import LinkRow, PersonRow, links_of, people_of
from store.sight import persons_seen
from syncd.documents import Document, change_about, link_document, override_document, version_document
from syncd.names import labels
from syncd.options import revision_named
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Moment:
    """One version on the timeline: what it changed, known since when, and the decisions that it comes from."""

    known: KnownVersion
    changed: Mapping[str, tuple[Value, Value]]
    since: datetime | None
    grounds: Sequence[Ground]

    @property
    def end(self) -> date | None:
        """The first day it no longer holds; None: it has no end."""
        return None if self.known.version.end == FOREVER else self.known.version.end


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything a page shows of one person. What is not theirs to see is empty."""

    person: PersonRow
    timeline: Sequence[Moment]
    pending: Sequence[Change]
    overrides: Sequence[Override]
    links: Sequence[LinkRow]
    moments: Mapping[int, datetime]
    names: Mapping[str, str]
    today: date

    @property
    def current(self) -> Version | None:
        """The version by which they are shown today, of all their posts; None where there is no timeline."""
        return leading_on((one.known.version for one in self.timeline), self.today)


def participants(
    world: World, sight: Sight, day: date, *, known_at: str | None = None, everyone: bool = False,
    text: str | None = None,
) -> list[KnownVersion]:  # fmt: skip
    """Give who is employed on a day (`everyone`: those who left, too), as known at a revision or a moment."""
    with reading(world.database) as tx:
        found = roster_seen(tx, world, sight, day, revision_named(tx, known_at), everyone=everyone)
    like = text.strip().casefold() if text else ""
    names = ("name", "employee_id", "email", "team")
    return [
        one
        for one in found
        if not like or any(like in str(one.version.attributes.get(name) or "").casefold() for name in names)
    ]


def roster_seen(
    tx: Connection, world: World, sight: Sight, day: date, revision: int, *, everyone: bool
) -> list[KnownVersion]:
    """Give the versions of a day that somebody sees."""
    found = roster(tx, day, revision, everyone=everyone)
    if sight.everybody:
        return found
    seen = persons_seen(tx, {one.version.person for one in found}, sight, world.today)
    return [one for one in found if one.version.person in seen and _is_shown(one, sight)]


def portrait(world: World, sight: Sight, key: str) -> Portrait | None:
    """Give everything about one person; None where a key names nobody, or nobody they see."""
    with reading(world.database) as tx:
        found = find_person(tx, key)
        seen = persons_seen(tx, {one.id for one in found}, sight, world.today)
        person = next((one for one in found if one.id in seen), None)
        if person is None:
            return None
        known = [one for one in history_of(tx, person.id, current_revision(tx)) if _is_shown(one, sight)]
        is_narrow = not (sight.everybody or sight.populations)
        timeline = _timeline(tx, person.id, known)
        return Portrait(
            person=person,
            timeline=timeline,
            pending=[] if is_narrow else changes(tx, ChangeFilter(states=OPEN, participant=person.id)),
            overrides=[] if is_narrow else overrides(tx, [person.id]),
            links=[] if is_narrow else (links := links_of(tx, person.id)),
            moments={} if is_narrow else moments_of(tx, _revisions(links)),
            names=labels(tx, (one.version.attributes for one in known)),
            today=world.today,
        )


def participant_documents(found: Sequence[KnownVersion]) -> list[Document]:
    """Versions as the contract writes them."""
    return [
        version_document(
            one.version.person, one.version.engagement, (one.version.start, one.version.end), one.revision_from,
            one.version.attributes,
        )
        for one in found
    ]  # fmt: skip


def portrait_document(world: World, found: Portrait) -> Document:
    """Everything that is shown of one person; `changed` is beside the version before, of the same post."""
    person = found.person
    return {
        "participant": f"P{person.id}",
        "name": person.name,
        "is_participant": person.participant_since is not None,
        "timeline": [
            {
                **version,
                "known_since": _text(one.since),
                "changed": {
                    name: {"before": plain(was), "after": plain(now)} for name, (was, now) in one.changed.items()
                },
                "decisions": [
                    {
                        "change": f"C{ground.change}",
                        "batch": f"B{ground.batch}",
                        "by": ground.by,
                        "at": _text(ground.at),
                        "reason": ground.reason,
                        "feed": ground.feed,
                        "source_key": ground.source_key,
                        "place": ground.place,
                    }
                    for ground in one.grounds
                ],
            }
            for one, version in zip(
                found.timeline, participant_documents([one.known for one in found.timeline]), strict=True
            )
        ],
        "pending": [change_about(one, person) for one in found.pending],
        "overrides": [override_document(one, world.today) for one in found.overrides],
        "links": [link_document(one, found.moments) for one in found.links],
    }


def names_of(world: World, sight: Sight, persons: set[int]) -> dict[int, PersonRow]:
    """Give those of some people whom somebody sees."""
    with reading(world.database) as tx:
        return people_of(tx, persons_seen(tx, persons, sight, world.today))


def _revisions(links: Sequence[LinkRow]) -> set[int]:
    """Give the revisions by which links were made or ended."""
    return {each for one in links for each in (one.revision_from, one.revision_to) if each is not None}


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _is_shown(one: KnownVersion, sight: Sight) -> bool:
    """Whether a version is theirs to see: a manager sees those of the days on which the team was theirs."""
    if sight.everybody or sight.populations or one.version.person in sight.own:
        return True
    return one.version.attributes.get("manager") in {f"P{number}" for number in sight.team_of}


def _timeline(tx: Connection, person: int, known: Sequence[KnownVersion]) -> list[Moment]:
    steps = steps_of(tx, [person])
    grounds = grounds_of(tx, {step.decision for several in steps.values() for step in several})
    moments = moments_of(tx, {one.revision_from for one in known})
    found: list[Moment] = []
    before: dict[str, Value] = {}
    post = None
    for one in known:
        version = one.version
        before = before if version.engagement == post else {}
        post, now = version.engagement, dict(version.attributes)
        changed = {
            name: (before.get(name), now.get(name))
            for name in sorted(now.keys() | before.keys())
            if now.get(name) != before.get(name)
        }
        made = [step for step in steps.get((person, post), ()) if _made(step, one)]
        found.append(
            Moment(one, changed, moments.get(one.revision_from), [grounds[step.decision] for step in made])
        )  # fmt: skip
        before = now
    return found


def _made(step: Step, one: KnownVersion) -> bool:
    """Whether a version begins where a step does, or where its end lets show what is beneath."""
    return one.version.start in (step.start, step.end)
