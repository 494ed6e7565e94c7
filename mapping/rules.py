"""A mapping with every short form written out and every type known; what the other modules of mapping read."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace

from domain.attributes import AttributeType
from formula.expression import columns_of
from formula.parse import parse
from mapping.spec import FieldRule, Land, Mapping, Rule

#: What the parts of a mapping outside `fields` are called in a mapped relation, and their types.
KEY = "_key"
PARTS: dict[str, tuple[str, AttributeType]] = {
    "effective": ("_effective", AttributeType.DATE),
    "until": ("_until", AttributeType.DATE),
    "engagement": ("_engagement", AttributeType.TEXT),
    "primary": ("_primary", AttributeType.YES_NO),
}
DEFAULT_SCALE = 4
DEFAULT_SEPARATOR = ";"
DEFAULT_BY = "employee_id"


@dataclass(frozen=True, slots=True)
class Resolved:
    """One rule with its type, where it stands in the document, and the columns it puts together."""

    name: str
    path: tuple[str, ...]
    type: AttributeType
    rule: FieldRule
    sources: tuple[str, ...]


def resolve(mapping: Mapping, attributes: MappingOf[str, AttributeType]) -> tuple[Resolved, ...]:
    """Write every rule out, sorted by name. An attribute that nobody knows is text."""
    found = [
        resolved(name, ("fields", name), rule, attributes.get(name, AttributeType.TEXT))
        for name, rule in mapping.fields.items()
    ]
    for part, (name, kind) in PARTS.items():
        if (rule := getattr(mapping, part)) is not None:
            found.append(resolved(name, (part,), rule, kind))
    return tuple(sorted(found, key=lambda one: one.name))


def resolved(name: str, path: tuple[str, ...], rule: Rule, kind: AttributeType) -> Resolved:
    """Write one rule out; a type of its own goes before the attribute's."""
    full = rule if isinstance(rule, FieldRule) else FieldRule(from_=rule)
    if full.type is None:
        full = replace(full, type=kind)
    return Resolved(name, path, full.type or kind, full, sources_of(full))


def sources_of(rule: FieldRule) -> tuple[str, ...]:
    """Name the columns a rule puts together."""
    if rule.from_ is None:
        return ()
    return (rule.from_,) if isinstance(rule.from_, str) else rule.from_


def key_columns(mapping: Mapping) -> tuple[str, ...]:
    """Name the columns of the key."""
    return (mapping.key,) if isinstance(mapping.key, str) else mapping.key


def currency_of(rule: FieldRule) -> FieldRule | None:
    """Give the rule of the currency of money, None where it has none of its own."""
    return FieldRule(from_=rule.currency) if isinstance(rule.currency, str) else rule.currency


def read_columns(mapping: Mapping) -> tuple[str, ...]:
    """Name every column of the source that a mapping reads, sorted."""
    names = set(key_columns(mapping))
    parts = (getattr(mapping, part) for part in PARTS)
    for rule in (*mapping.fields.values(), *(part for part in parts if part is not None)):
        full = rule if isinstance(rule, FieldRule) else FieldRule(from_=rule)
        names.update(sources_of(full))
        if (currency := currency_of(full)) is not None:
            names.update(sources_of(currency))
    if mapping.where is not None:
        names.update(columns_of(parse(mapping.where)[0]))
    return tuple(sorted(names))


def missing_columns(mapping: Mapping, columns: Collection[str]) -> tuple[str, ...]:
    """Name the columns a mapping reads and a source does not have; with any of them a read fails."""
    return tuple(name for name in read_columns(mapping) if name not in columns)


def landed_columns(mapping: Mapping, columns: Collection[str]) -> tuple[str, ...]:
    """Name the columns to keep, in the source's order: those it reads, or all; `never` goes before everything."""
    wanted = columns if mapping.land is Land.ALL else read_columns(mapping)
    return tuple(name for name in columns if name in wanted and name not in mapping.never)
