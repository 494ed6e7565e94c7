"""A mapping with every short form written out and every type known; what the other modules of mapping read."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace

from domain.attributes import CLOSED, PRIMARY, AttributeType
from domain.facts import FIELDS, FactKind
from formula.expression import columns_of
from formula.parse import parse
from mapping.spec import FieldRule, Land, Mapping, Rule

#: What the parts of a mapping outside `fields` are called in a mapped relation, and their types. One is an attribute.
KEY = "_key"
#: What the note of a row is called of which `where` cannot tell whether it is in scope.
WHERE = "_where"
PARTS: dict[str, tuple[str, AttributeType]] = {
    "effective": ("_effective", AttributeType.DATE),
    "until": ("_until", AttributeType.DATE),
    "engagement": ("_engagement", AttributeType.TEXT),
    PRIMARY: (PRIMARY, AttributeType.YES_NO),
}
DEFAULT_SCALE = 4
NUMBERS = frozenset((AttributeType.DECIMAL, AttributeType.WHOLE, AttributeType.MONEY))
DEFAULT_SEPARATOR = ";"
DEFAULT_BY = "employee_id"


@dataclass(frozen=True, slots=True)
class Table:
    """What can be looked up: the columns that a table gives, and whether its rows hold over days of their own."""

    columns: tuple[str, ...]
    is_dated: bool = False


@dataclass(frozen=True, slots=True)
class Resolved:
    """One rule with its type, where it stands in the document, and the columns it puts together.

    kind    what is fed by it where that is facts; None: people
    closed  the values it may have, where they are listed
    scale   how many digits after the point a number may have; None: any
    """

    name: str
    path: tuple[str, ...]
    type: AttributeType
    rule: FieldRule
    sources: tuple[str, ...]
    kind: FactKind | None = None
    closed: tuple[str, ...] = ()
    scale: int | None = None


def resolve(
    mapping: Mapping, attributes: MappingOf[str, AttributeType], kind: FactKind | None = None
) -> tuple[Resolved, ...]:
    """Write every rule out, sorted by name. What nobody knows is text; a field of facts has its kind's type."""
    known = attributes if kind is None else FIELDS[kind].types
    found = [
        resolved(name, ("fields", name), rule, known.get(name, AttributeType.TEXT), kind)
        for name, rule in mapping.fields.items()
    ]
    for part, (name, own) in PARTS.items():
        if (rule := getattr(mapping, part)) is not None:
            found.append(resolved(name, (part,), rule, own))
    return tuple(sorted(found, key=lambda one: one.name))


def resolved(
    name: str, path: tuple[str, ...], rule: Rule, own: AttributeType, kind: FactKind | None = None
) -> Resolved:
    """Write one rule out; a type of its own goes before the attribute's."""
    full = rule if isinstance(rule, FieldRule) else FieldRule(from_=rule)
    if full.type is None:
        full = replace(full, type=own)
    closed = (CLOSED if kind is None else FIELDS[kind].closed).get(name, ())
    found = full.type or own
    return Resolved(name, path, found, full, sources_of(full), kind, tuple(closed), _scale(name, full, found, kind))


def _scale(name: str, rule: FieldRule, found: AttributeType, kind: FactKind | None) -> int | None:
    """Facts are kept as whole numbers of their last digit, so that all their numbers have a scale."""
    if rule.scale is not None:
        return rule.scale
    if found is AttributeType.MONEY:
        return DEFAULT_SCALE
    if kind is None or found not in NUMBERS:
        return None
    if found is AttributeType.WHOLE:
        return 0
    return FIELDS[kind].scale if name in FIELDS[kind].types else DEFAULT_SCALE


def sources_of(rule: FieldRule) -> tuple[str, ...]:
    """Name the columns a rule puts together; of one that looks something up those of what is looked up."""
    if rule.lookup is not None and rule.key is not None:
        return sources_of(key_of(rule))
    if rule.from_ is None:
        return ()
    return (rule.from_,) if isinstance(rule.from_, str) else rule.from_


def key_of(rule: FieldRule) -> FieldRule:
    """Give the rule of what a rule looks up."""
    return rule.key if isinstance(rule.key, FieldRule) else FieldRule(from_=rule.key)


def key_columns(mapping: Mapping) -> tuple[str, ...]:
    """Name the columns of the key."""
    return (mapping.key,) if isinstance(mapping.key, str) else mapping.key


def post_columns(mapping: Mapping) -> tuple[str, ...]:
    """Name the columns that tell several records of one key apart: those that say which post of somebody it is."""
    if mapping.engagement is None:
        return ()
    rule = mapping.engagement
    return sources_of(rule if isinstance(rule, FieldRule) else FieldRule(from_=rule))


def day_columns(mapping: Mapping) -> tuple[str, ...]:
    """Name the columns that say from which day a row holds: in a history they tell the rows of one key apart."""
    rule = mapping.effective
    if rule is None:
        return ()
    return sources_of(rule if isinstance(rule, FieldRule) else FieldRule(from_=rule))


def table_of(mapping: Mapping) -> Table:
    """Give the table that a mapping of tables makes."""
    return Table(tuple(sorted(mapping.fields.keys() - {"key", "from", "until"})), "from" in mapping.fields)


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
    names.update(scope_columns(mapping))
    return tuple(sorted(names))


def scope_columns(mapping: Mapping) -> tuple[str, ...]:
    """Name the columns that say who is in scope, sorted."""
    return () if mapping.where is None else tuple(sorted(columns_of(parse(mapping.where)[0])))


def missing_columns(mapping: Mapping, columns: Collection[str]) -> tuple[str, ...]:
    """Name the columns a mapping reads and a source does not have; with any of them a read fails."""
    return tuple(name for name in read_columns(mapping) if name not in columns)


def landed_columns(mapping: Mapping, columns: Collection[str]) -> tuple[str, ...]:
    """Name the columns to keep, in the source's order: those it reads, or all; `never` goes before everything."""
    wanted = columns if mapping.land is Land.ALL else read_columns(mapping)
    return tuple(name for name in columns if name in wanted and name not in mapping.never)
