"""Several feeds say who joins and leaves, each of its own population: where a record stands beside theirs (design 6.8).

Who leaves one population for another is transferred: no ending by the one, no add by the other. Whom two have on one
day is a question. Whose population somebody is in, the roster says (`population`); of whom it does not, for they were
added when there was only one, it is that of the record which was linked first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.attributes import POPULATION
from domain.change import ends
from domain.posts import in_post
from domain.record import Conflict, Known, MappedRecord
from domain.speaking import OneOf, beside_others
from domain.step import Version
from domain.value import as_day

#: The kind of a conflict that asks in which population somebody is.
TWO_POPULATIONS = "population"


@dataclass(frozen=True, slots=True)
class Presence:
    """A record that another feed has of somebody, in scope there.

    feed  whose population that is; `rank` its place among all of them
    link  None: it is only proposed to be theirs
    """

    feed: str
    rank: int
    one: OneOf

    @property
    def age(self) -> tuple[bool, int, int]:
        """Its place among the records of somebody: the one that was linked first comes first."""
        return self.one.link is None, self.one.link or 0, self.rank


@dataclass(frozen=True, slots=True)
class Place:
    """How a record stands beside other populations.

    is_silent  it is over, or gone, and another population has them: it says nothing any more
    goes_on    another population has them where it ends, so that its ending is none
    enters     they come from another population
    clash      the feed in whose population they are on the same day
    """

    is_silent: bool = False
    goes_on: bool = False
    enters: bool = False
    clash: str | None = None


HOME = Place()


def population_of(version: Version | None, populations: Collection[str]) -> str | None:
    """Give the population the roster says of somebody; None where it says none, or one that there is no longer."""
    said = version.attributes.get(POPULATION) if version else None
    return said if isinstance(said, str) and said in populations else None


def place_of(
    own: Presence, said: str | None, others: Sequence[Presence], today: date, *, is_participant: bool = True
) -> Place:
    """Say how a record of somebody stands beside those that other populations have of them.

    `said` is whose population they are in as the roster has it (`population_of`).
    """
    going = [other.one for other in others if other.one.end(today) >= today]
    theirs = beside_others(own.one, going, today)
    if own.one.end(today) < today:
        has_gone = said is not None and said != own.feed
        return Place(is_silent=has_gone or theirs.speaks is not None or theirs.goes_on)
    home = said or _first(own, others, today, is_participant=is_participant)
    if home == own.feed:
        return Place(goes_on=theirs.goes_on)
    has_begun = own.one.begins is None or own.one.begins <= today
    if has_begun and any(other.feed == home and _is_there(other.one, today) for other in others):
        return Place(clash=home)
    return Place(goes_on=theirs.goes_on, enters=True)


def entering(record: MappedRecord, known: Known) -> tuple[MappedRecord, Known] | None:
    """Let a record of who comes from another population hold from the day they were hired there.

    Where that lies in the version it is compared with. None: the roster says something else from that day on already,
    so that nothing is to be said before. Who did not earn by a word of the population they leave is asked about anew.
    """
    version, hired = known.version, as_day(record.values.get("hire_date"))
    if version is not None and version.attributes.get("eligible") == "false":
        record = replace(record, values={"eligible": None, **record.values})
    if version is None or record.effective or hired is None or ends(version.attributes) or hired < version.start:
        return record, known
    if hired >= version.end:
        return None
    return replace(record, effective=hired), replace(known, day=hired)


def clashing(record: MappedRecord, person: int, own: str, home: str) -> Conflict:
    """Ask where somebody belongs whom two populations have on one day."""
    whose = in_post(f"P{person}", record.engagement)
    question = (
        f"{whose} is sent by {own} and by {home}, each of which says who joins and leaves: where do they belong? "
        f"Nothing is proposed of what {own} says before one of the two no longer sends them"
    )
    return Conflict(
        kind=TWO_POPULATIONS, question=question, source_key=record.key, row=record.row, place=record.place,
        person=person, engagement=record.engagement, values=(("feed", own), ("feed", home)),
    )  # fmt: skip


def _first(own: Presence, others: Sequence[Presence], today: date, *, is_participant: bool) -> str:
    """Give the population whose record was linked first; of who is no participant yet, of those who are there now."""
    older = [one for one in others if one.age < own.age and (is_participant or _is_there(one.one, today))]
    return min(older, key=lambda one: one.age).feed if older else own.feed


def _is_there(one: OneOf, today: date) -> bool:
    return (one.begins is None or one.begins <= today) and one.end(today) >= today
