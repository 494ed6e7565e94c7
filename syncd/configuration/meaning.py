"""What `syncd.yaml` means as a whole: the mistakes that no single key shows, and the workspace it becomes.

`faults` is asked first and may be asked of a part: what did not fit its form is left out of it, and only
named. When there are none, and none elsewhere, `workspace` gives the workspace.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.attributes import DECISIVE, DERIVED, POPULATION, STANDARD, AttributeType
from domain.facts import PROPOSED, FactKind
from domain.lacking import ANY_QUOTA
from domain.member import is_member
from domain.quota import is_quota
from domain.schedule import Missed
from domain.whose import Whose
from formula.parse import suggestion
from mapping.spec import FieldRule
from mapping.spec import Mapping as FieldMapping
from syncd.configuration.alerts import channels_of, faults_of_alerts
from syncd.configuration.calendars import calendar_of, faults_of_calendars, faults_of_zone, is_day, meant
from syncd.configuration.forms import FeedForm, WorkspaceForm
from syncd.configuration.limits import days_of, faults_of_limits, limits_of
from syncd.configuration.log_in import faults_of_log_in, log_in_of
from syncd.configuration.memberships import faults_of_memberships, memberships_of
from syncd.configuration.policies import faults_of_policies, policies_of
from syncd.configuration.schedules import faults_of_schedules, schedule_of
from syncd.configuration.settings import (
    ConfigurationText,
    FeedSettings,
    SourceSettings,
    Workspace,
)
from syncd.configuration.wording import Fault
from syncd.configuration.wording import Path as Keys
from syncd.configuration.write_back import faults_of_write_back, write_back_of

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CURRENCY = re.compile(r"[A-Z]{3}")


def faults(form: WorkspaceForm, named: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """Yield every mistake in what fits its form.

    `named` has the names in each section, whether they fit or not, and under "" those of the sections.
    """
    attributes = {*STANDARD, *named["custom_attributes"]} - DERIVED
    types = {name: kind for name, kind in {**STANDARD, **custom_attributes(form)}.items() if name not in DERIVED}
    yield from faults_of_calendars(form, named)
    if not _CURRENCY.fullmatch(form.currency):
        yield Fault(("currency",), f"'{form.currency}' is no currency: write its three capitals, such as `USD`")
    for section, what in (("sources", "source"), ("feeds", "feed"), ("calendars", "calendar")):
        for name in named[section]:
            if not _NAME.fullmatch(name):
                yield Fault(
                    (section, name),
                    f"a {what}'s name has letters, digits, `_` and `-`, a letter first: rename '{name}'",
                    of_key=True,
                )
    yield from _of_custom_attributes(named["custom_attributes"])
    for name, policy in form.attributes.items():
        path = ("attributes", name)
        if wrong := _no_attribute(name, attributes):
            yield Fault(path, wrong, of_key=True)
        for position, source in enumerate(policy.sources):
            if source not in named["sources"]:
                yield Fault((*path, "sources", position), _no_source(source, named["sources"]))
        if name in DECISIVE and Whose(policy.mode).is_ours:
            message = f"'{name}' tells who it is, or whether they are employed: only sources say that; leave `mode` out"
            yield Fault((*path, "mode"), message)
    for position, name in enumerate(form.required or ()):
        if name != ANY_QUOTA and (wrong := _no_attribute(name, attributes)):
            yield Fault(("required", position), wrong)
    if "feeds" in named[""] and not named["feeds"]:
        yield Fault(("feeds",), "there is no feed: name at least one", of_key=True)
    for name, feed in form.feeds.items():
        yield from _of_feed(("feeds", name), feed, named["sources"], types, attributes)
        yield from _of_facts(("feeds", name), feed)
    yield from _of_renamed(form, named["feeds"])
    yield from faults_of_log_in(form.log_in)
    yield from _of_tables(form)
    yield from faults_of_alerts(form, named["alerts"])
    yield from faults_of_write_back(form, named["write_back"], named["sources"])
    yield from faults_of_memberships(form, types)


def workspace(
    folder: Path,
    form: WorkspaceForm,
    sources: Mapping[str, SourceSettings],
    mappings: Mapping[str, FieldMapping],
    texts: tuple[ConfigurationText, ...],
) -> Workspace:
    """Give the workspace of a form without faults; `mappings` are by the names that the form has for them."""
    calendars = {"main": form.calendar} if form.calendar else form.calendars
    types = {**STANDARD, **custom_attributes(form)}
    return Workspace(
        folder=folder,
        calendars={name: calendar_of(name, one) for name, one in calendars.items()},
        feeds={
            name: _feed(name, feed, sources[feed.source], _mapping(name, form, mappings), types)
            for name, feed in form.feeds.items()
        },
        texts=texts,
        currency=form.currency,
        allow_today=form.allow_today,
        four_eyes=form.four_eyes,
        log_in=log_in_of(form.log_in),
        custom_attributes=custom_attributes(form),
        plans=form.plans,
        required=form.required,
        whose={name: Whose(one.mode, one.on_null, one.sources) for name, one in form.attributes.items()},
        alerts=channels_of(form),
        write_back=write_back_of(form, sources),
        memberships=memberships_of(form, types),
    )


def custom_attributes(form: WorkspaceForm) -> dict[str, AttributeType]:
    """Give the attributes of the company's own with their types."""
    return {name: one.type for name, one in form.custom_attributes.items()}


#: What the columns of a comparison are called besides the attributes.
RESERVED = frozenset(
    """person id start end opened engagement attributes personal revision_from revision_to participant
    participant_since feed changed source key link row place run""".split()  # noqa: SIM905 - a list of words
)
_OURS = ("v_", "r_", "p_", "n_", "q_")


def _of_custom_attributes(names: Collection[str]) -> Iterator[Fault]:
    for name in names:
        path = ("custom_attributes", name)
        if name in STANDARD:
            yield Fault(path, f"'{name}' is a standard attribute already: leave it out, or rename it", of_key=True)
        elif name in RESERVED or name.startswith(_OURS):
            yield Fault(path, f"'{name}' is a word of syncd's own: rename it", of_key=True)
        elif not _ATTRIBUTE.fullmatch(name) or "__" in name:
            yield Fault(
                path,
                f"a name here has small letters, digits and single `_`, a letter first: rename '{name}'",
                of_key=True,
            )


def _of_feed(
    path: Keys,
    feed: FeedForm,
    sources: Collection[str],
    types: Mapping[str, AttributeType],
    attributes: Collection[str],
) -> Iterator[Fault]:
    if feed.source not in sources:
        yield Fault((*path, "source"), _no_source(feed.source, sources))
    yield from faults_of_schedules(path, feed)
    if feed.timezone is not None:
        yield from faults_of_zone((*path, "timezone"), feed.timezone)
    yield from faults_of_limits(path, feed, attributes)
    for position, key in enumerate(feed.protected):
        if not key.strip():
            yield Fault((*path, "protected", position), "an empty key protects nobody: leave it out")
    if feed.into.facts in PROPOSED:
        wrong = _no_quota if feed.into.facts is FactKind.QUOTAS else _no_membership
        yield from faults_of_policies(path, feed, {}, wrong)
    else:
        yield from faults_of_policies(path, feed, types, lambda name: _no_attribute(name, attributes))
    if feed.begins is not None and not is_day(feed.begins):
        yield Fault((*path, "begins"), f"'{feed.begins}' is no day: write it like `2026-01-31`")


#: Keys of a feed that say something of people alone, and what stands there when nothing is said.
_OF_PEOPLE = {"owns_roster": False, "protected": (), "approve": (), "begins": None}
#: Those that say something of memberships and quotas too: they are proposed and decided.
_OF_PROPOSED = frozenset(("protected", "approve"))


def _of_facts(path: Keys, feed: FeedForm) -> Iterator[Fault]:
    """Yield what means nothing for what a feed feeds."""
    kind = feed.into.facts
    if feed.history and kind is not None and kind not in PROPOSED:
        yield Fault((*path, "history"), f"`history` means nothing for {feed.into.value}: leave it out", of_key=True)
    if feed.table is not None and kind is not FactKind.TABLES:
        yield Fault((*path, "table"), "`table` means something for `into: tables` alone: leave it out", of_key=True)
    if kind is FactKind.TABLES and feed.table is None:
        yield Fault((*path, "into"), "says nothing of which table it is: add `table: NAME`")
    if kind is None:
        return
    for key, usual in _OF_PEOPLE.items():
        if getattr(feed, key) != usual and not (kind in PROPOSED and key in _OF_PROPOSED):
            yield Fault((*path, key), f"`{key}` means nothing for {feed.into.value}: leave it out", of_key=True)
    for key in ("ending", "adding", "changing", "attributes", "within"):
        means_something = kind in PROPOSED and key not in ("adding", "attributes")
        if getattr(feed.limits, key) and not means_something:
            message = f"`{key}` means nothing for {feed.into.value}: leave it out"
            yield Fault((*path, "limits", key), message, of_key=True)


def _of_tables(form: WorkspaceForm) -> Iterator[Fault]:
    fed: dict[str, str] = {}
    for name, feed in form.feeds.items():
        table = feed.table
        if table is None or feed.into.facts is not FactKind.TABLES:
            continue
        if not _NAME.fullmatch(table):
            message = f"a table's name has letters, digits, `_` and `-`, a letter first: rename '{table}'"
            yield Fault(("feeds", name, "table"), message)
        elif table in fed:
            yield Fault(("feeds", name, "table"), f"'{fed[table]}' feeds the table '{table}' already: rename it")
        fed.setdefault(table, name)


def _of_renamed(form: WorkspaceForm, names: Collection[str]) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for name, feed in form.feeds.items():
        if feed.was is None:
            continue
        path = ("feeds", name, "was")
        if not _NAME.fullmatch(feed.was):
            yield Fault(path, f"'{feed.was}' was never the name of a feed: it has letters, digits, `_` and `-`")
        elif feed.was == name:
            yield Fault(path, "names the feed itself; it says what the feed was called first")
        elif feed.was in names:
            yield Fault(path, f"'{feed.was}' is a feed still: two cannot have had one name")
        elif feed.was in first:
            yield Fault(path, f"'{first[feed.was]}' was '{feed.was}' already: two cannot have had one name")
        first.setdefault(feed.was, name)


def _no_source(name: str, sources: Collection[str]) -> str:
    return f"there is no source '{name}' under `sources`{suggestion(name, sources)}"


def _no_quota(attribute: str) -> str:
    """Say why a feed of quotas sets no such attribute; nothing where it may."""
    how = "write `quota:revenue`, or `quota:revenue:ramp` of a line"
    return "" if is_quota(attribute) else f"'{attribute}' is no quota, which is all that such a feed sets: {how}"


def _no_membership(attribute: str) -> str:
    """Say why a feed of memberships sets no such attribute; nothing where it may."""
    how = "write `member:team:T1`, or `member:plan:reseller`"
    return "" if is_member(attribute) else f"'{attribute}' is no membership, which is all that such a feed sets: {how}"


def _no_attribute(name: str, attributes: Collection[str]) -> str:
    """Say why there is no such attribute of people; nothing where there is."""
    if name in attributes:
        return ""
    if is_quota(name):
        return f"'{name}' is a quota, which a feed `into: quotas` sets: say it there"
    if is_member(name):
        return f"'{name}' is a membership, which a feed `into: memberships` sets: say it there"
    help_ = meant(name, attributes) or "; one of your own is declared under `custom_attributes`"
    return f"there is no attribute '{name}'{help_}"


def owners_of(form: WorkspaceForm) -> list[str]:
    """Name the feeds that say who joins and leaves."""
    return [name for name, feed in form.feeds.items() if feed.owns_roster and feed.into.facts is None]


def _mapping(name: str, form: WorkspaceForm, mappings: Mapping[str, FieldMapping]) -> FieldMapping:
    """Give the mapping of a feed; where several say who joins and leaves, each says whose population it is."""
    feed, owners = form.feeds[name], owners_of(form)
    found = mappings[feed.mapping]
    if name not in owners or len(owners) == 1:
        return found
    return replace(found, fields={**found.fields, POPULATION: FieldRule(value=feed.was or name)})


def _feed(
    name: str,
    form: FeedForm,
    source: SourceSettings,
    mapping: FieldMapping,
    types: Mapping[str, AttributeType],
) -> FeedSettings:
    return FeedSettings(
        name=form.was or name,
        source=source,
        into=form.into,
        mapping=mapping,
        mapping_path=form.mapping,
        stream=form.stream,
        owns_roster=form.owns_roster,
        full=schedule_of(form.full) if isinstance(form.full, str) else form.full,
        schedule=schedule_of(form.schedule) if form.schedule is not None else None,
        timezone=ZoneInfo(form.timezone) if form.timezone is not None else None,
        missed=form.missed or Missed.CATCH_UP,
        keep=days_of(form.keep) or timedelta(),
        limits=limits_of(form.limits),
        protected=tuple(key.strip() for key in form.protected),
        approve=policies_of(form.approve, types),
        begins=date.fromisoformat(form.begins) if form.begins else None,
        table=form.table,
        history=form.history,
    )
