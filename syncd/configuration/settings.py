"""What a workspace's YAML becomes: frozen values, made by `syncd.configuration.workspace`, used by the whole shell.

```yaml
# syncd.yaml
version: 1
calendars:
  main: {timezone: America/New_York, pay: monthly, year_starts: 01-01, year_named_by: end}
currency: USD
sources:
  hr: {kind: file, path: inbox/workers*.csv}
feeds:
  workers:
    source: hr
    into: participants
    mapping: mappings/workers.yaml
    owns_roster: true
    full: true
    limits: {ending: 20%, errors: 40%}
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from calc.period import PayCalendar
from connectors.secret import Secret
from domain.alert import AlertKind
from domain.attributes import STANDARD, AttributeType
from domain.delivery import Word
from domain.facts import FactKind
from domain.hold import Limits
from domain.membership import MembershipRule
from domain.policy import Policy
from domain.schedule import Missed, Schedule
from domain.whose import Whose
from mapping.rules import Table, day_columns, post_columns, table_of
from mapping.spec import Mapping as FieldMapping

#: The feed of what people propose themselves.
BY_HAND = "by hand"


class Into(StrEnum):
    """What a feed feeds."""

    PARTICIPANTS = "participants"
    TRANSACTIONS = "transactions"
    CREDITS = "credits"
    SCORES = "scores"
    RATES = "rates"
    TABLES = "tables"
    UNITS = "units"
    MEMBERSHIPS = "memberships"
    QUOTAS = "quotas"

    @property
    def facts(self) -> FactKind | None:
        """What kind of facts; None: people."""
        return None if self is Into.PARTICIPANTS else FactKind(self.value)


@dataclass(frozen=True, slots=True)
class Calendar:
    """How time is cut into pay periods, and the zone that decides which day it is."""

    cuts: PayCalendar
    timezone: ZoneInfo

    @property
    def name(self) -> str:
        """What plans and people call it."""
        return self.cuts.name


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """A configured system: its kind names the connector's folder, `settings` are that connector's own.

    one_record  two of its records are never one person
    """

    name: str
    kind: str
    settings: Any
    one_record: bool = False


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """One stream of one source, and what is made of it.

    name   what it was called first (`was`): by that it is kept, and facts name it, for ever
    full   True: every read is the whole population; False: increments only; a schedule: increments, and a full
           read that often
    timezone  whose clocks the schedule means; None: those of the calendar that says which day it is
    table  which table a feed of tables feeds
    history  its rows of one key are that record's history: a row is known by key and day
    """

    name: str
    source: SourceSettings
    into: Into
    mapping: FieldMapping
    mapping_path: str
    stream: str | None = None
    owns_roster: bool = False
    full: bool | Schedule = True
    schedule: Schedule | None = None
    timezone: ZoneInfo | None = None
    missed: Missed = Missed.CATCH_UP
    keep: timedelta = timedelta(days=90)
    limits: Limits = Limits()
    protected: tuple[str, ...] = ()
    erased: tuple[str, ...] = ()  #: the records of people who were erased, found when it runs; protected, too
    approve: tuple[Policy, ...] = ()
    begins: date | None = None
    table: str | None = None
    history: bool = False

    @property
    def has_days(self) -> bool:
        """Whether the rows of one person are their history, a row for each day from which something held."""
        return self.history and self.into is Into.PARTICIPANTS

    @property
    def posts(self) -> tuple[str, ...]:
        """The columns that tell several posts of one key apart."""
        return post_columns(self.mapping)

    @property
    def days(self) -> tuple[str, ...]:
        """The columns that tell the rows of a history apart; none of a feed that sends none."""
        return day_columns(self.mapping) if self.has_days else ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server, and whom to write to by it; `is_tls`: secret from the start, else by STARTTLS."""

    to: tuple[str, ...]
    sender: str
    server: str
    port: int
    is_tls: bool
    user: str | None
    password: Secret | None


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where to post, and what it is signed with."""

    url: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Channel:
    """Who is told by which way, of which kinds of alerts, and when of what waits for a decision."""

    way: Mail | Webhook
    of: tuple[AlertKind, ...]
    digest: Schedule | None


@dataclass(frozen=True, slots=True)
class WriteBack:
    """Where committed results are written: an object of a source, the field of their key, and what fills the others.

    parent  the field by which rows are sorted: writing a row locks its parent
    """

    name: str
    source: SourceSettings
    object: str
    key: str
    fields: Mapping[str, Word]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class ConfigurationText:
    """One file as it was read; kept by its hash when a run used it."""

    path: str
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class Provider:
    """Who says who somebody is: an OpenID Connect provider, and how we are known there."""

    issuer: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True)
class LogIn:
    """Where people find the pages (scheme, host and port), how long a session lasts, who says who they are."""

    address: str
    lasts: timedelta
    provider: Provider | None = None

    @property
    def is_on_this_machine(self) -> bool:
        """Tell whether the pages are for this machine alone, without TLS."""
        return self.address.startswith("http://")


@dataclass(frozen=True, slots=True)
class Workspace:
    """Everything the configuration says, checked as a whole; feeds by what they are called now."""

    folder: Path
    calendars: Mapping[str, Calendar]
    feeds: Mapping[str, FeedSettings]
    texts: tuple[ConfigurationText, ...]
    currency: str = "USD"
    allow_today: bool = False
    four_eyes: bool = False  #: nobody approves what they proposed, or a change of their own record
    log_in: LogIn | None = None  #: None: nobody can log in, and there are no pages
    custom_attributes: Mapping[str, AttributeType] = field(default_factory=dict)
    plans: str | None = None  #: where the files of plans are: a pattern relative to the folder
    required: tuple[str, ...] | None = None  #: what every participant should have; None: what is usual
    whose: Mapping[str, Whose] = field(default_factory=dict)  #: of the attributes of which it is said
    alerts: Mapping[str, Channel] = field(default_factory=dict)
    write_back: Mapping[str, WriteBack] = field(default_factory=dict)
    memberships: tuple[MembershipRule, ...] = ()

    @property
    def attributes(self) -> dict[str, AttributeType]:
        """Every attribute a mapping may fill, with its type."""
        return {**STANDARD, **self.custom_attributes}

    def feed_named(self, name: str) -> FeedSettings | None:
        """Give the feed that is called so, or was called so first; None where there is none."""
        return self.feeds.get(name) or next((one for one in self.feeds.values() if one.name == name), None)

    @property
    def in_order(self) -> list[str]:
        """The names of all feeds: tables before what looks them up, people before what names them, then as written."""
        first = (Into.TABLES, Into.PARTICIPANTS)
        return sorted(self.feeds, key=lambda name: (*first, self.feeds[name].into).index(self.feeds[name].into))

    @property
    def owners(self) -> list[FeedSettings]:
        """The feeds that say who joins and leaves, each of its own population, as written."""
        return [one for one in self.feeds.values() if one.owns_roster]

    @property
    def roster_sources(self) -> tuple[str, ...]:
        """The sources of these feeds, as written."""
        return tuple(dict.fromkeys(one.source.name for one in self.owners))

    @property
    def spoken_of(self) -> frozenset[str]:
        """The attributes of people of which some feed says what holds; all others are managed here."""
        mapped = {name for one in self.feeds.values() if one.into.facts is None for name in one.mapping.fields}
        return frozenset(name for name in mapped if name not in self.whose or not self.whose[name].is_ours)

    @property
    def source_names(self) -> dict[str, str]:
        """The source of each feed, by the feed's name."""
        return {name: feed.source.name for name, feed in self.feeds.items()}

    @property
    def tables(self) -> dict[str, Table]:
        """The tables that mappings can look up."""
        return {feed.table: table_of(feed.mapping) for feed in self.feeds.values() if feed.table is not None}

    @property
    def calendar(self) -> Calendar:
        """The calendar that says which day it is: `main`, or the only one."""
        return self.calendars.get("main") or next(iter(self.calendars.values()))

    @property
    def var(self) -> Path:
        """Where our own files are."""
        return self.folder / "var"
