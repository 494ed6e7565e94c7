"""What programs send and get: the documents of the contract as models, from which the OpenAPI document is made."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.attributes import UnitKind
from domain.change import GroupedBy, Kind, State
from domain.rejection import Scope
from syncd.seen.results import By

#: How many items a page has at most.
MOST = 500
_LONG = 500
_SHORT = 200


class Sent(BaseModel):
    """What a program sends: nothing that has no meaning."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _holds_no_nul(cls, given: Any) -> Any:  # noqa: ANN401 - whatever was sent
        """Refuse a character that PostgreSQL keeps in no text."""
        if _has_nul(given):
            raise ValueError("a text holds a NUL character: leave it out")
        return given


def _has_nul(given: object) -> bool:
    if isinstance(given, str):
        return "\0" in given
    if isinstance(given, dict):
        return any(_has_nul(one) for pair in given.items() for one in pair)
    return isinstance(given, list) and any(map(_has_nul, given))


class Paged(Sent):
    """Which page: the items after the one named, at most `limit`."""

    after: int = Field(0, ge=0, lt=2**53)
    limit: int = Field(100, ge=1, le=MOST)


class ChangesAsked(Paged):
    """Which changes; without `state` all of them."""

    state: State | None = None
    kind: Kind | None = None
    feed: str | None = None
    run: int | None = Field(None, ge=0, lt=2**53)
    participant: str | None = None
    text: str | None = None


class GroupsAsked(Sent):
    """By what the changes that wait are grouped, and which are asked for."""

    by: GroupedBy = GroupedBy.RUN
    kind: Kind | None = None
    feed: str | None = None
    run: int | None = Field(None, ge=0, lt=2**53)
    participant: str | None = None
    text: str | None = None


class Chosen(Sent):
    """Which changes are decided: those named, or `all` pending ones that match the filters."""

    ids: list[str] = Field(default_factory=list, max_length=10_000)
    all: bool = False
    kind: Kind | None = None
    feed: str | None = None
    run: int | None = Field(None, ge=0, lt=2**53)
    participant: str | None = None
    text: str | None = None
    fields: list[str] = Field(default_factory=list)
    job: bool = Field(default=False, description="Let a job decide them: answered with it, and 202")


class Answered(Sent):
    """Where the browser of somebody who agreed to a connection was sent back to, all of it."""

    answer: str = Field(max_length=10_000)


class ToApprove(Chosen):
    """How changes are approved."""

    effective: date | None = None
    into_committed: bool = False
    atomic: bool = False
    reason: str | None = Field(None, max_length=_LONG)


class ToReject(Chosen):
    """How changes are rejected."""

    reason: str = Field(min_length=1, max_length=_LONG)
    scope: Scope = Scope.CHANGE
    until: date | None = None


class Reason(Sent):
    """Why."""

    reason: str = Field(min_length=1, max_length=_LONG)


class ToRevert(Reason):
    """Which applied changes are taken back, and why."""

    ids: list[str] = Field(min_length=1, max_length=10_000)


class ToTry(Sent):
    """Of which pending changes the pay effect is asked; without `period` of the pay period that is paid next."""

    ids: list[str] = Field(min_length=1, max_length=500)
    period: str | None = Field(None, max_length=100)


class ToAnswer(Reason):
    """What is said to a question: one of `is` (a key), `new`, `never`, `value`."""

    is_: str | None = Field(None, alias="is")
    new: bool = False
    never: bool = False
    value: str | None = None


class NewestFirst(Sent):
    """Which page of what comes newest first: those before the one named, at most `limit`."""

    before: int | None = Field(None, ge=1, lt=2**53)
    limit: int = Field(50, ge=1, le=MOST)


class ParticipantsAsked(Paged):
    """Of which day, as known when; `all`: those who left, too."""

    as_of: date | None = None
    known_at: str | None = None
    all: bool = False
    text: str | None = None


class UnitAsked(Sent):
    """Who sees not everybody sees the units of a day; as known when."""

    as_of: date | None = None
    known_at: str | None = None


class UnitsAsked(Paged):
    """Units of which day and kind, as known when."""

    as_of: date | None = None
    known_at: str | None = None
    kind: UnitKind | None = None
    text: str | None = None


class MembersAsked(Paged):
    """Who is in a unit on which day, as known when."""

    as_of: date | None = None
    known_at: str | None = None


class Everything(Sent):
    """`all`: those that ended, too."""

    all: bool = False


class OfFeed(Sent):
    """Of one feed alone."""

    feed: str | None = None


class ResultsAsked(Paged):
    """Which results of a pay period."""

    period: str = Field(max_length=_SHORT)
    group: str | None = Field(None, max_length=_SHORT)
    participant: str | None = Field(None, max_length=_SHORT)
    team: str | None = Field(None, max_length=_SHORT)
    plan: str | None = Field(None, max_length=_SHORT)
    component: str | None = Field(None, max_length=_SHORT)


class SumsAsked(ResultsAsked):
    """By what results are added up."""

    by: By = By.PARTICIPANT


class OfGroup(Sent):
    """Of the people of one pay group; without it of everybody."""

    group: str | None = Field(None, max_length=_SHORT)


class PaymentsAsked(Paged):
    """Which payments: of one pay group's pay run, or that of everybody."""

    group: str | None = Field(None, max_length=_SHORT)


class ExplainAsked(Sent):
    """Of one transaction alone: its key, or `feed:key`."""

    transaction: str | None = Field(None, max_length=_SHORT)


class ToClose(Sent):
    """Which pay run."""

    period: str = Field(max_length=_SHORT)
    group: str | None = Field(None, max_length=_SHORT)


class ToPass(ToClose):
    """Which pay run is submitted or approved; `digest`: the results that were looked at, and no others."""

    digest: str = Field(min_length=1, max_length=_SHORT)


class ToReturn(ToClose):
    """Which pay run goes back, and why."""

    reason: str = Field(min_length=1, max_length=_LONG)


class AdjustmentsAsked(Paged):
    """Of one pay period alone."""

    period: str | None = Field(None, max_length=_SHORT)


class ToAdjust(Reason):
    """An amount by hand: of whom, in which pay period, for which component or line."""

    participant: str = Field(max_length=_SHORT)
    period: str = Field(max_length=_SHORT)
    amount: str = Field(max_length=_SHORT)
    currency: str = Field(max_length=_SHORT)
    component: str | None = Field(None, max_length=_SHORT)
    line: str | None = Field(None, max_length=_SHORT)
    engagement: str | None = Field(None, max_length=_SHORT)


class ToDecideAdjustments(Sent):
    """What becomes of adjustments; a rejection says why."""

    ids: list[str] = Field(min_length=1, max_length=1_000)
    verdict: Literal["approve", "reject"]
    reason: str | None = Field(None, max_length=_LONG)


class Change(BaseModel):
    """One proposed change, as `syncd changes --json` has it."""

    id: str
    kind: Kind
    corrected: bool
    participant: str | None
    name: str | None
    employee_id: str | None
    source_key: str | None
    engagement: str
    feed: str
    run: str | None
    state: State
    effective: date
    until: date | None
    source_effective: date | None
    dated_by: str
    ending: str | None
    found_by_full_read: bool
    fields: dict[str, dict[str, Any]]
    earlier: dict[str, Any] | None
    hint: dict[str, Any] | None
    also_from: list[str]
    affects: dict[str, list[str]]
    goes_on: list[dict[str, Any]]


class Changes(BaseModel):
    """A page of changes; `next` is the `after` of the following one."""

    items: list[Change]
    next: int | None


class Items(BaseModel):
    """A page of documents as the command of the same name prints them with `--json`."""

    items: list[dict[str, Any]]
    next: int | None = None


class Item(BaseModel):
    """One such document."""

    model_config = ConfigDict(extra="allow")


class Decided(BaseModel):
    """What became of changes that were to be decided."""

    decided: list[dict[str, str]]
    refused: list[dict[str, Any]]
    batch: str | None


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None
