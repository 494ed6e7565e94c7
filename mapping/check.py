"""Everything wrong with a mapping, at once, each mistake by its path in the document and its offset there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import fields, replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from domain.attributes import DERIVED, NAMED_BY, PRIMARY, STANDARD, AttributeType
from domain.facts import FIELDS, PROPOSED, FactKind
from domain.problem import Mistake
from formula.canonical import fits, trim
from formula.check import check as check_types
from formula.dateformat import check_format, parse_format
from formula.expression import Type, columns_of
from formula.parse import parse, suggestion
from formula.pattern import check_pattern
from mapping.attribute import DIGITS, canonical_value
from mapping.check_facts import check_field, check_whole
from mapping.check_lookup import check_lookup
from mapping.compile import NO_TABLES
from mapping.ruled import check_rules
from mapping.rules import DEFAULT_SCALE, NUMBERS, PARTS, Resolved, Table, currency_of, key_columns, resolve, sources_of
from mapping.spec import FieldRule, Mapping

_WRITTEN = frozenset((AttributeType.TEXT, AttributeType.PARTICIPANT))
_MOMENTS = frozenset((AttributeType.DATE, AttributeType.INSTANT))
#: For which types a key says something; keys that are not here may stand with any type.
_FOR: dict[str, frozenset[AttributeType]] = {
    "pattern": _WRITTEN,
    "format": _MOMENTS,
    "timezone": _MOMENTS,
    "strip": NUMBERS,
    "thousands": NUMBERS,
    "decimal_mark": NUMBERS,
    "scale": frozenset((AttributeType.MONEY,)),
    "round": frozenset((AttributeType.MONEY,)),
    "currency": frozenset((AttributeType.MONEY,)),
    "separator": frozenset((AttributeType.SET,)),
    "by": frozenset((AttributeType.PARTICIPANT,)),
    "values": frozenset(AttributeType) - {AttributeType.SET},
}
#: What of that is otherwise for facts: all their numbers have a scale, and splits name people.
_FOR_FACTS = {
    "scale": frozenset((AttributeType.MONEY, AttributeType.DECIMAL)),
    "round": frozenset((AttributeType.MONEY, AttributeType.DECIMAL)),
    "by": frozenset((AttributeType.PARTICIPANT, AttributeType.SET)),
}
#: What a rule's type may be where the attribute's type is this; only itself where it is not here.
_TAKES = {AttributeType.DECIMAL: NUMBERS, AttributeType.MONEY: NUMBERS}
_FACTS_TAKE = {AttributeType.DECIMAL: frozenset((AttributeType.DECIMAL, AttributeType.WHOLE))}
_READING = ("pattern", "format", "timezone", "strip", "thousands", "decimal_mark", "scale", "round")
_THOUSANDS = (",", ".", " ", "'", "_")
_MARKS = (".", ",")
_LARGEST_SCALE = 8
_CALLED = {AttributeType.WHOLE: "whole number", AttributeType.YES_NO: "yes or no", AttributeType.MONEY: "amount"}
_CURRENCY = re.compile(r"[A-Z]{3}")
_DEFAULT = FieldRule()


def check(
    mapping: Mapping,
    attributes: MappingOf[str, AttributeType] = STANDARD,
    feeds: Collection[str] = (),
    kind: FactKind | None = None,
    *,
    credited: bool = False,
    tables: MappingOf[str, Table] = NO_TABLES,
) -> tuple[Mistake, ...]:
    """Give every mistake of a mapping, sorted by path.

    `attributes` are those that exist, the company's own included, with their types; `feeds` the names of
    feeds, by whose keys a participant may be named. `kind` where the mapping is one of facts, whose fields are their
    own; `credited`: another feed says who has which share of a transaction. `tables` are those to look up.
    """
    rules = resolve(mapping, attributes, kind)
    found = [*_key(mapping), *_where(mapping.where), *_never(mapping, rules)]
    if kind is not None:
        found += (*check_whole(mapping, kind, rules, credited=credited), *_of_people(mapping))
    else:
        found += (*_parts(mapping), *check_rules(mapping, rules))
    for one in rules:
        mistakes = [*_rule(one, attributes if kind is None else FIELDS[kind].types, feeds)]
        if one.rule.lookup is not None:
            mistakes += check_lookup(one, kind, {rule.name for rule in rules}, tables)
        found += (replace(mistake, path=(*one.path, *mistake.path)) for mistake in mistakes)
    return tuple(sorted(set(found), key=lambda one: (tuple(map(str, one.path)), one.offset, one.message)))


def _key(mapping: Mapping) -> Iterator[Mistake]:
    columns = key_columns(mapping)
    if not columns or not all(map(trim, columns)):
        yield Mistake(("key",), "a key is the name of a column, or a list of names")
    if len(set(columns)) < len(columns):
        yield Mistake(("key",), "the same column stands twice in the key")


def _parts(mapping: Mapping) -> Iterator[Mistake]:
    if mapping.until is not None and mapping.effective is None:
        yield Mistake(("until",), "says until when a row holds, but not from when; say `effective` too")
    if mapping.primary is not None and mapping.engagement is None:
        yield Mistake(("primary",), "says which post is the primary one, but not which is which; say `engagement` too")


def _of_people(mapping: Mapping) -> Iterator[Mistake]:
    for key in ("eligible", "pilot"):
        if getattr(mapping, key) is not None:
            yield Mistake((key,), f"`{key}` is a rule about people, and this is about facts: leave it out")


def _where(where: str | None) -> Iterator[Mistake]:
    if where is None:
        return
    condition, found = parse(where)
    for mistake in found or check_types(condition, None, Type.BOOL):
        yield replace(mistake, path=("where",))


def _never(mapping: Mapping, rules: tuple[Resolved, ...]) -> Iterator[Mistake]:
    never = set(mapping.never)
    for name in sorted(never.intersection(key_columns(mapping))):
        yield Mistake(("key",), f"'{name}' is under `never`, so it cannot be the key")
    if mapping.where is not None:
        for name in sorted(never & columns_of(parse(mapping.where)[0])):
            yield Mistake(("where",), f"'{name}' is under `never`, so it cannot decide who is in scope")
    for one in rules:
        currency = currency_of(one.rule)
        read = {*one.sources, *(sources_of(currency) if currency is not None else ())}
        for name in sorted(never & read):
            yield Mistake(one.path, f"'{name}' is under `never`, so nothing can be read from it")


def _rule(one: Resolved, attributes: MappingOf[str, AttributeType], feeds: Collection[str]) -> Iterator[Mistake]:
    if one.kind is not None:
        yield from check_field(one)
    elif one.path[0] == "fields":
        yield from _attribute(one, attributes)
    yield from _type(one, attributes)
    yield from _source(one)
    yield from _meaningless(one)
    yield from _written(one)
    yield from _values(one)
    yield from _named(one, feeds)
    if one.rule.inclusive and one.path[-1] != "until":
        yield Mistake(("inclusive",), "only `until` can be inclusive")


def _attribute(one: Resolved, attributes: MappingOf[str, AttributeType]) -> Iterator[Mistake]:
    if one.name in DERIVED:
        yield Mistake((), f"'{one.name}' is set by syncd itself; map `status` or `termination_date`")
    elif one.name == PRIMARY:
        yield Mistake((), "write it beside `fields`, with `engagement`: which post of a person is the primary one")
    elif one.name not in attributes:
        hint = suggestion(one.name, tuple(attributes)).partition(" (known")[0]
        yield Mistake((), f"there is no attribute '{one.name}'{hint or '; declare it in custom_attributes'}")


def _type(one: Resolved, attributes: MappingOf[str, AttributeType]) -> Iterator[Mistake]:
    own = attributes.get(one.name)
    if one.path[0] != "fields":
        own = PARTS[one.path[0]][1]
    takes = _TAKES if one.kind is None or one.kind in PROPOSED else _FACTS_TAKE
    if own is None or one.type in takes.get(own, (own,)):
        return
    what = one.name if one.path[0] == "fields" else one.path[0]
    clock = one.type is AttributeType.INSTANT and own is AttributeType.DATE
    whose = ", and on whose clock with `timezone: America/New_York`" if clock else ""
    yield Mistake(("type",), f"{what} is {own.value}, not {one.type.value}: write type: {own.value}{whose}")


def _source(one: Resolved) -> Iterator[Mistake]:
    rule = one.rule
    said = [
        key
        for key, value in (("from", rule.from_), ("value", rule.value), ("lookup", rule.lookup))
        if value is not None
    ]
    if not said:
        yield Mistake((), "says nothing about where the value is: `from` a column, or a `value`")
    for key in said[1:]:
        yield Mistake((key,), f"`{said[0]}` already says where the value is; keep one of them")
    if rule.from_ is not None and (not one.sources or not all(map(trim, one.sources))):
        yield Mistake(("from",), "is the name of a column, or a list of names")
    for key, value in (("key", rule.key), ("give", rule.give)):
        if value is not None and rule.lookup is None:
            yield Mistake((key,), f"`{key}` means nothing without `lookup`")


def _meaningless(one: Resolved) -> Iterator[Mistake]:
    """Keys that the rule's type, or another key, leaves without a meaning."""
    rule = one.rule
    said = [part.name for part in fields(rule) if getattr(rule, part.name) != getattr(_DEFAULT, part.name)]
    for key in said:
        allowed = _FOR if one.kind is None else _FOR | _FOR_FACTS
        if key in allowed and one.type not in allowed[key]:
            fitting = ", ".join(sorted(kind.value for kind in allowed[key]))
            yield Mistake((key,), f"`{key}` means nothing for {one.type.value} (only for {fitting})")
        elif key in _READING and rule.values is not None:
            yield Mistake((key,), f"`{key}` means nothing beside `values`, which lists every text as sent")
        elif key in (*_READING, "values", "empty", "join") and rule.value is not None:
            yield Mistake((key,), f"`{key}` means nothing beside `value`")
    if rule.join is not None and len(one.sources) < 2 and rule.value is None:  # noqa: PLR2004  two to join
        yield Mistake(("join",), "`join` means nothing for one column; give `from` a list")


def _written(one: Resolved) -> Iterator[Mistake]:
    """How texts, dates and numbers are written."""
    rule = one.rule
    if rule.pattern is not None and one.type in _WRITTEN:
        yield from (replace(mistake, path=("pattern",)) for mistake in check_pattern(rule.pattern))
    if one.type in _MOMENTS:
        yield from _moment(one)
    if one.type in NUMBERS:
        yield from _number(rule)
    if one.type is AttributeType.MONEY or (one.kind is not None and rule.scale is not None):
        yield from _money(rule)
    if rule.separator is not None and one.type is AttributeType.SET:
        odd = any(sign < " " and sign not in "\n\t" for sign in rule.separator)
        if not rule.separator or rule.separator.isalnum() or odd:
            yield Mistake(("separator",), "is the mark between the members of a set, such as ';'")


def _moment(one: Resolved) -> Iterator[Mistake]:
    rule = one.rule
    if rule.format is not None:
        found = check_format(rule.format)
        yield from (replace(mistake, path=("format",)) for mistake in found)
        if not found and one.type is AttributeType.INSTANT:
            letters = parse_format(rule.format).letters
            if not {"H", "I"} & set(letters):
                yield Mistake(("format",), "an instant needs a time of day: %H and %M")
            if "z" not in letters and rule.timezone is None:
                yield Mistake(("format",), "says no offset (%z): say whose clock it is with `timezone`")
        elif not found and rule.timezone is not None and "z" not in parse_format(rule.format).letters:
            yield Mistake(("timezone",), "the format says no offset (%z), so the day is as written: leave it out")
    if rule.timezone is not None:
        try:
            ZoneInfo(rule.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            hint = suggestion(rule.timezone, available_timezones()).partition(" (known")[0]
            yield Mistake(("timezone",), f"there is no time zone '{rule.timezone}'{hint}")


def _number(rule: FieldRule) -> Iterator[Mistake]:
    mark = rule.decimal_mark or "."
    if rule.thousands is not None and rule.thousands not in _THOUSANDS:
        yield Mistake(("thousands",), f"'{rule.thousands}' is no mark between thousands (, . ' _ or a space)")
    if rule.decimal_mark is not None and rule.decimal_mark not in _MARKS:
        yield Mistake(("decimal_mark",), f"'{rule.decimal_mark}' is no mark before decimals (. or ,)")
    if rule.thousands is not None and rule.thousands == mark:
        yield Mistake(("thousands",), f"'{mark}' is also the mark before decimals; say which with `decimal_mark`")
    for at, sign in enumerate(rule.strip or ""):
        if sign.isdigit() or sign in f"+-{mark}{rule.thousands or ''}":
            yield Mistake(("strip",), f"'{sign}' is part of a number and cannot be stripped", at)


def _money(rule: FieldRule) -> Iterator[Mistake]:
    if not 0 <= (DEFAULT_SCALE if rule.scale is None else rule.scale) <= _LARGEST_SCALE:
        yield Mistake(("scale",), f"money has 0 to {_LARGEST_SCALE} digits after the point")
    currency = currency_of(rule)
    if currency is None:
        return
    if (currency.from_ is None) == (currency.value is None):
        yield Mistake(("currency",), "is a column, `{from: Currency}`, or `{value: USD}`")
    elif currency.value is not None and _CURRENCY.fullmatch(currency.value) is None:
        yield Mistake(("currency", "value"), f"'{currency.value}' is no currency code such as USD")


def _values(one: Resolved) -> Iterator[Mistake]:
    rule = one.rule
    if rule.value is not None:
        yield from _given(one, rule.value, ("value",))
    if rule.values is None or one.type is AttributeType.SET:
        return
    if not rule.values:
        yield Mistake(("values",), "lists nothing, so every text would be a problem")
    seen: dict[str, str] = {}
    for sent, given in rule.values.items():
        path = ("values", sent)
        yield from _given(one, given, path)
        same = trim(sent) or ""
        if same in seen:
            yield Mistake(path, f"'{sent}' and '{seen[same]}' are the same text once trimmed")
        seen[same] = sent


def _given(one: Resolved, text: str, path: tuple[str, ...]) -> Iterator[Mistake]:
    """A value written in the mapping itself."""
    if trim(text) is None:
        return
    value = canonical_value(one, text)
    if value is None:
        written = "; write it as 2026-03-31" if one.type is AttributeType.DATE else ""
        yield Mistake(path, f"'{text}' is no {_CALLED.get(one.type, one.type.value)}{written}")
    elif one.closed and value not in one.closed:
        yield Mistake(path, f"'{text}' is no {one.name}{suggestion(text, one.closed)}")
    elif one.kind is not None and one.scale is not None and not fits(value, DIGITS - one.scale, one.scale):
        yield Mistake(path, f"'{text}' has more than {one.scale} digits after the point; say another `scale`")


def _named(one: Resolved, feeds: Collection[str]) -> Iterator[Mistake]:
    by = one.rule.by
    if by is None or one.type not in (AttributeType.PARTICIPANT, AttributeType.SET) or by in NAMED_BY:
        return
    if by in feeds and one.kind is not None:
        return
    if by in feeds:
        yield Mistake(("by",), f"by a feed's own keys is not available in this version: say {', '.join(NAMED_BY)}")
    else:
        known = NAMED_BY if one.kind is None else (*NAMED_BY, *feeds)
        yield Mistake(("by",), f"nobody is found by '{by}'{suggestion(by, known)}")
