"""A look at what the sources have before anything is read from them for good: connection, columns, mapped fields."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from domain.attributes import AttributeType
from domain.errors import FixAccess, FixFile, ReadFailed, TryLater
from engine.landing import land
from engine.mapped import map_rows, note_rows
from engine.population import name_people
from engine.profile import ColumnProfile, column_profiles, repeated_keys, unknown_people
from engine.session import Session, open_session
from engine.state import gather
from mapping.compile import MappingForm, compile_mapping
from mapping.facts import prefix_of
from mapping.problems import Note, problem_of
from mapping.rules import missing_columns, read_columns
from syncd.configuration.settings import FeedSettings
from syncd.connecting.keeper import opened
from syncd.facts.lookups import load_tables
from syncd.feeds.pull import wanted_by
from syncd.mirror import load_roster
from syncd.show import Progress
from syncd.world import World


@dataclass(frozen=True, slots=True)
class Unusable:
    """Values of a mapped field that cannot be used, for one reason; `first` is said of the first of them."""

    field: str
    code: str
    rows: int
    first: str
    place: str


@dataclass(slots=True)
class Look:
    """What one feed's source has now.

    message   why it could not be read; then there is nothing else
    missing   columns that the mapping reads and the source has not
    unused    columns that nothing reads
    repeated  keys that several rows have
    people    fields that name people: how many they name, and how many of them nobody knows
    """

    feed: str
    source: str
    rows: int = 0
    unreadable: int = 0
    message: str | None = None
    columns: list[ColumnProfile] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    unusable: list[Unusable] = field(default_factory=list)
    repeated: int = 0
    people: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def is_broken(self) -> bool:
        """Tell whether a run would fail."""
        return self.message is not None or bool(self.missing)


@dataclass(frozen=True, slots=True)
class Sent:
    """What was read just now: its columns, rows, and how many of them cannot be read."""

    columns: tuple[str, ...]
    rows: int
    unreadable: int


def look_at(world: World, feed: FeedSettings, progress: Progress) -> Look:
    """Read a feed's source in full into a folder that goes again; nothing is kept, and nothing is taken away."""
    look = Look(feed.name, feed.source.name)
    tmp = world.workspace.var / "tmp"
    with (
        progress.step(f"{feed.name}: looking at {feed.source.name}"),
        tempfile.TemporaryDirectory(dir=tmp) as scratch,
        open_session(world.workspace.var) as session,
    ):
        try:
            read = read_now(world, feed, session, Path(scratch))
        except (ReadFailed, TryLater, FixAccess, FixFile) as error:
            look.message = str(error)
            return look
        look.rows, look.unreadable = read.rows, read.unreadable
        look.columns = column_profiles(session, "landed", read.columns)
        look.missing = missing_columns(feed.mapping, read.columns)
        look.unused = tuple(name for name in read.columns if name not in read_columns(feed.mapping))
        if not look.missing:
            _map(world, feed, session, Path(scratch), look)
    return look


def read_now(world: World, feed: FeedSettings, session: Session, scratch: Path) -> Sent:
    """Make `landed` of all that a feed's source has, in a folder that goes again. Errors: those of `Source.read`."""
    source = opened(world, feed.source)
    never = frozenset(feed.mapping.never)
    landed = [
        land(session, page, scratch / "landed", wanted=None, never=never)
        for page in source.read(feed.stream, None, scratch, replace(wanted_by(feed), rest=True))
    ]
    columns = tuple(dict.fromkeys(name for one in landed for name in one.columns))
    gather(session, "landed", [segment.path for one in landed for segment in one.segments], columns)
    return Sent(columns, sum(one.rows for one in landed), sum(one.rejected for one in landed))


def _map(world: World, feed: FeedSettings, session: Session, scratch: Path, look: Look) -> None:
    workspace = world.workspace
    form = compile_mapping(feed.mapping, workspace.attributes, feed.into.facts, workspace.tables)
    load_tables(world, session, form)
    map_rows(session, form, "landed", "mapped")
    look.unusable = _unusable(note_rows(session, form, "landed", "mapped"), form)
    known_by = ("_key", "_engagement") if feed.into.facts is None else ("_key",)
    look.repeated = 0 if feed.history else repeated_keys(session, "mapped", known_by)
    load_roster(world, session, scratch)
    name_people(session)
    for name in form.attributes:
        rule = form.rules[name]
        if rule.type is AttributeType.PARTICIPANT:
            by = prefix_of(rule, workspace.source_names)
            look.people[name] = unknown_people(session, "mapped", name, by)


def _unusable(notes: Iterable[Note], form: MappingForm) -> list[Unusable]:
    counted: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Note] = {}
    for note in notes:
        key = (note.field, note.code)
        counted[key] += 1
        first.setdefault(key, note)
    return [
        Unusable(*key, counted[key], problem_of(first[key], form).message, first[key].place) for key in sorted(counted)
    ]
