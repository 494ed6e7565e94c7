"""Which configuration counts: where four eyes are on, the one that a second person approved.

A file of the configuration can raise somebody's pay: by a mapping, a policy, whose value counts. So what stands in the
files counts once one person published it and another approved it; until then nothing reads by it. The files with which
four eyes begin count as they are: with them people are set up, and to turn four eyes off again takes two, too.

Whose pay a file raises nobody can work out. So nobody who is paid approves files, whoever published them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.user import is_same_user


class Said(StrEnum):
    """What may be said of some files; the words of the audit."""

    BEGUN = "begin configuration"
    PUBLISHED = "publish configuration"
    APPROVED = "approve configuration"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a configuration as they were at one moment, by path.

    meanings   a digest of what each says that may bear on pay: not of comments, nor of when feeds run
    texts      by what hash its text is kept
    four_eyes  whether they ask for two people
    """

    meanings: Mapping[str, str]
    texts: Mapping[str, str]
    four_eyes: bool

    def differing(self, other: Files) -> tuple[str, ...]:
        """Name the files that say something else in two configurations, or are in one of them alone."""
        paths = self.meanings.keys() | other.meanings.keys()
        return tuple(sorted(path for path in paths if self.meanings.get(path) != other.meanings.get(path)))


@dataclass(frozen=True, slots=True)
class FilesSaid:
    """That somebody said something of some files, which are kept under a hash."""

    said: Said
    files: str
    by: str
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Which files count, and which were published since and wait for a second person."""

    counts: FilesSaid | None = None
    waits: FilesSaid | None = None


def standing(said: Iterable[FilesSaid]) -> Standing:
    """Give how it stands after all that was said, in its order."""
    counts = waits = None
    for one in said:
        if one.said is Said.PUBLISHED:
            waits = one
        else:
            counts, waits = one, None
    return Standing(counts, waits)


def not_counting(counted: Files, present: Files) -> tuple[str, ...]:
    """Name the files for which the present configuration does not count; none where nobody asks for two people."""
    return counted.differing(present) if counted.four_eyes or present.four_eyes else ()


def refusal_to_approve(now: Standing, published: Files | None, present: Files, who: str) -> str | None:
    """Say why somebody cannot approve the present files; None where they can."""
    if now.waits is None or published is None:
        return "nothing waits to be approved: `configuration publish` says that the files are meant so"
    if changed := published.differing(present):
        return f"{', '.join(changed)} changed since {now.waits.by} published it: publish it again"
    if is_same_user(now.waits.by, who):
        return f"{who} published it: somebody else has to approve it"
    return None


def of_who_is_paid(user: str) -> str:
    """Say that who is a participant approves no files, and what to do."""
    return (
        f"{user} is a participant, and what changed may raise what participants are paid: somebody who is none has to "
        "approve it"
    )
