"""The form of `syncd.yaml`: what may stand where. What it means together is checked in `syncd.configuration.meaning`.

The loader validates a parsed document straight into these dataclasses. Keys that the contract names and this version
does not have stand in `LATER`: they get an answer of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Literal

from calc.period import NamedBy, Pay
from connectors.secret import Secret
from domain.alert import KINDS, AlertKind
from domain.attributes import AttributeType
from domain.change import Kind
from domain.delivery import Word
from domain.schedule import Missed
from domain.whose import Mode, OnNull
from syncd.configuration.settings import Into

_STRICT: dict[str, str | Callable[[str], str]] = {"extra": "forbid"}
_FROM: dict[str, str | Callable[[str], str]] = {"extra": "forbid", "alias_generator": lambda name: name.rstrip("_")}


class People(StrEnum):
    """How the records of a source stand to people."""

    ONE_RECORD = "one_record"  #: two records are never one person


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarForm:
    """`main: {timezone: America/New_York, pay: monthly, year_starts: 01-01, year_named_by: end}`.

    `{timezone: UTC, pay: biweekly, pay_starts: 2026-01-05}`: and every two weeks from there, both ways.
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    timezone: str
    pay: Pay = Pay.MONTHLY
    year_starts: str = "01-01"
    year_named_by: NamedBy = NamedBy.END
    pay_starts: str | None = None  #: a day on which a weekly or biweekly pay period begins; a Monday without it


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceForm:
    """What every source has, beside the keys of its kind: `hr: {kind: file, path: inbox/workers*.csv}`."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    kind: str
    people: People | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsForm:
    """`limits: {ending: 20%, errors: 40%, adding: 500, changing: 10%, attributes: {manager: 25%}, within: 7 days}`.

    Shares of the active participants, or counts; `within`: together with what was applied in those days.
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    ending: int | str | None = None
    errors: int | str | None = None
    adding: int | str | None = None
    changing: int | str | None = None
    attributes: dict[str, int | str] = field(default_factory=dict)
    within: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyForm:
    """`approve: [{kind: update, attributes: [title], values: {title: [Rep]}, no_pay_effect: true}]`: need no person."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    kind: Kind
    attributes: tuple[str, ...] = ()
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)  #: what they may become
    no_pay_effect: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedForm:
    """One stream of one source, and what is made of it.

    ```yaml
    workers:
      source: hr
      stream: Worker                  # of a source with several
      into: participants
      mapping: mappings/workers.yaml
      owns_roster: true
      full: true                      # or false, or how often a full read is made: weekly on sunday
      schedule: daily at 02:00        # hourly [at :MM], {weekly on DAY, monthly on N | last day} [at HH:MM], cron EXPR
      timezone: Europe/Berlin         # whose clocks that means; without it those of the calendar
      missed: catch_up                # or skip: what becomes of times at which no clock ran
      limits: {ending: 20%, errors: 40%}
      protected: ['00001']
      approve: [{kind: update, attributes: [title]}]
      begins: '2026-01-01'            # from when a first load holds where the source gives no date
      keep: 90 days                   # how long landed rows stay that a later full read has replaced
    sales:   {source: deals, into: transactions, mapping: mappings/sales.yaml}
    orders:  {source: shop, into: transactions, mapping: mappings/orders.yaml, was: web}    # it is kept as `web`
    regions: {source: sheets, into: tables, mapping: mappings/regions.yaml, table: regions}
    quotas:  {source: sheets, into: quotas, mapping: mappings/quotas.yaml, history: true}
    ```
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    source: str
    into: Into
    mapping: str
    stream: str | None = None
    owns_roster: bool = False
    full: bool | str = True
    schedule: str | None = None
    timezone: str | None = None
    missed: Missed | None = None
    limits: LimitsForm = LimitsForm()
    protected: tuple[str, ...] = ()
    approve: tuple[PolicyForm, ...] = ()
    begins: str | None = None
    table: str | None = None  #: of a feed of tables: which one
    history: bool = False  #: of people and quotas: the rows of one key are its history
    keep: str = "90 days"  #: of people: how long landed rows stay that a later full read has replaced
    was: str | None = None  #: what it was called first: a feed is kept by that name for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeForm:
    """`title: {sources: [hr], mode: propose, on_null: clear}`: whose value counts."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    sources: tuple[str, ...] = ()
    mode: Mode = Mode.PROPOSE
    on_null: OnNull = OnNull.CLEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomAttributeForm:
    """`shirt_size: {type: text}`: an attribute of the company's own."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    type: AttributeType


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipForm:
    """`reseller: {who: title == 'Rep' and team == 'East', terms: {ote: 100000}}`: who is on a plan, and with what."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    who: str
    terms: dict[str, str] = field(default_factory=dict)
    pilot: str | None = None  #: of whom alone anything is proposed


class Security(StrEnum):
    """How the way to a mail server is kept from others."""

    STARTTLS = "starttls"  #: it begins open and is made secret before anything is said
    TLS = "tls"  #: it is secret from the start


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailForm:
    """`{to: [ops@example.com], from: syncd@example.com, server: smtp.example.com, user: x, password: {env: MAIL}}`."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _FROM

    to: tuple[str, ...]
    from_: str
    server: str
    port: int | None = None  #: 587, or 465 of `tls`
    security: Security = Security.STARTTLS
    user: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookForm:
    """`{url: .., secret: {env: HOOK_SECRET}}`: what is posted there, by https, is signed with the secret."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    url: str
    secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertForm:
    """`ops: {email: {to: [..], from: .., server: ..}, of: [failed, held], digest: daily at 08:00}`."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    email: EmailForm | None = None
    webhook: WebhookForm | None = None
    of: tuple[AlertKind, ...] = KINDS
    digest: str | None = None  #: when, in the calendar's zone, what waits for a decision is told


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderForm:
    """`{issuer: ADDRESS, client_id: syncd, client_secret: {env: OIDC_SECRET}}`: who says who it is."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    issuer: str
    client_id: str
    client_secret: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInForm:
    """`log_in: {address: ADDRESS, hours: 12}`: where people find the pages, and how they log in."""

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    address: str
    hours: int = 12  #: how long a session lasts
    provider: ProviderForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBackForm:
    """Committed results, written into a custom object of a source that can be written to.

    ```yaml
    results:
      source: crm
      object: Commission_Result__c
      key: Line__c                     # its external id: text, unique
      parent: Rep__c                   # rows of one parent are sent together: writing them locks it
      fields: {Rep__c: record, Amount__c: amount, CurrencyIsoCode: currency, Period__c: pay_period, Plan__c: plan}
    ```
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    source: str
    object: str
    key: str
    fields: dict[str, Word]
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceForm:
    """`syncd.yaml`: where people come from, and what is made of it.

    ```yaml
    version: 1
    calendars:                        # or for one, paid monthly: calendar: {timezone: America/New_York}
      main: {timezone: America/New_York, pay: monthly, year_starts: 01-01, year_named_by: end}
    currency: USD
    allow_today: false                # true lets `--today` pretend another day, for trials
    sources:
      hr: {kind: file, path: inbox/workers*.csv}
    feeds:
      workers: {source: hr, into: participants, mapping: mappings/workers.yaml, owns_roster: true}
    plans: plans/*.yaml
    required: [plan, ote, team, quota, manager]
    attributes:
      title: {sources: [hr], mode: propose, on_null: clear}
    custom_attributes:
      shirt_size: {type: text}
    memberships:
      reseller: {who: title == 'Rep', terms: {ote: 100000}}
    alerts:
      ops: {email: {to: [ops@example.com], from: syncd@example.com, server: smtp.example.com}, of: [failed, held]}
    ```
    """

    __pydantic_config__: ClassVar[dict[str, str | Callable[[str], str]]] = _STRICT

    version: Literal[1]
    sources: dict[str, dict[str, Any]]  #: a `SourceForm` and the keys of its kind
    feeds: dict[str, FeedForm]
    calendars: dict[str, CalendarForm] = field(default_factory=dict)
    calendar: CalendarForm | None = None
    currency: str = "USD"
    allow_today: bool = False
    four_eyes: bool = False
    log_in: LogInForm | None = None  #: pages and API are there where it is said
    plans: str | None = None  #: where the files of plans are
    required: tuple[str, ...] | None = None  #: what every participant should have
    attributes: dict[str, AttributeForm] = field(default_factory=dict)
    custom_attributes: dict[str, CustomAttributeForm] = field(default_factory=dict)
    memberships: dict[str, MembershipForm] = field(default_factory=dict)  #: by plan: who is on it
    alerts: dict[str, AlertForm] = field(default_factory=dict)
    write_back: dict[str, WriteBackForm] = field(default_factory=dict)  #: where committed results are written


#: Keys and words that the contract has and this version has not.
LATER: dict[type, frozenset[str]] = {
    AttributeForm: frozenset(("dated",)),
    Into: frozenset(("adjustments", "opening_balances")),
}

#: What stands in for a key that is missing, so that all the rest of a file can be looked at.
NEEDED: dict[str, Any] = {
    "version": 1,
    "sources": {},
    "feeds": {},
    "source": "",
    "into": "participants",
    "mapping": "",
    "timezone": "UTC",
    "type": "text",
    "key": "-",
    # of a plan
    "plan": "-",
    "currency": "USD",
    "measures": {},
    "credit": [],
    "to": "owner",
    "measure": "-",
    "earned": "month",
    "tiers": [{"rate": "0%"}],
    "rate": "0%",
    "at": "100%",
    "amount": "0",
    "per": "month",
    "feed": "-",
    # of what is written
    "object": "Result__c",
    "fields": {"Amount__c": "amount"},
    # of an alert
    "from": "-",
    "server": "-",
    "url": "https://-",
    "secret": {"env": "-"},
    # of log-in
    "address": "http://127.0.0.1",
    "issuer": "https://127.0.0.1",
    "client_id": "-",
    "client_secret": {"env": "-"},
}
