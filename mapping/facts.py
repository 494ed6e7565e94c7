"""A mapping of facts, compiled: what of each row becomes a column of a fact, and of which type.

The mapped relation (`mapping.compile`) holds canonical text; a fact holds days as days and numbers as whole numbers of
their last digit, so that a calculation reads columns and no text. `engine.loading` makes the one from the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from domain.attributes import NAMED_BY, AttributeType
from domain.facts import CREDITED, SHARE_SCALE, FactKind
from formula import canonical
from formula.expression import ColumnType, Type
from formula.quantity import DEAL_CURRENCY, Quantity, Unit, count, money, rate
from mapping.attribute import canonical_value, currency_column
from mapping.compile import NO_TABLES, MappingForm, compile_mapping
from mapping.rules import DEFAULT_BY, Resolved, Table, currency_of
from mapping.spec import Mapping

#: The column of a transaction, or a score, in whose currency all its amounts are.
CURRENCY = "currency"
#: The column of a transaction with its parts, and how it is written beside types: a list of owners and shares.
SPLITS = "splits"
#: The column of a row of a table by which it is found: its field `key`, or the key of the record.
LOOKED_UP = "lookup"


@dataclass(frozen=True, slots=True)
class FactForm:
    """A compiled mapping of facts.

    columns     what its facts have, with types; `splits` stands beside them where `has_splits`
    named_by    field that names people -> what stands before their key: an id's name, or the source of a feed
    currencies  the columns of the mapped relation that say a transaction's currency
    said        columns of text that the mapping itself says of every fact alike (`{value: deal}`), each with that text
    meaning     a digest, equal for mappings whose facts are equal
    """

    kind: FactKind
    mapping: MappingForm
    columns: MappingOf[str, ColumnType]
    named_by: MappingOf[str, str]
    currencies: tuple[str, ...]
    has_splits: bool
    meaning: str
    said: MappingOf[str, str]


def compile_facts(
    mapping: Mapping, kind: FactKind, sources: MappingOf[str, str], tables: MappingOf[str, Table] = NO_TABLES
) -> FactForm:
    """Compile a mapping of facts without mistakes.

    `sources` gives, by the name of a feed, that of its source; `tables` are those that can be looked up.
    """
    form = compile_mapping(mapping, kind=kind, tables=tables)
    rules = [form.rules[name] for name in form.attributes]
    named_by = {one.name: prefix_of(one, sources) for one in rules if _names_people(one)}
    currencies = tuple(currency_column(one.name) for one in rules if currency_of(one.rule) is not None)
    columns = columns_of(rules)
    if kind is FactKind.TABLES:
        columns = dict(sorted({**columns, LOOKED_UP: Type.TEXT}.items()))
        columns.pop("key", None)
    meant = (form.meaning, kind.value, sorted(written(columns).items()), sorted(named_by.items()))
    return FactForm(
        kind=kind,
        mapping=form,
        columns=columns,
        named_by=named_by,
        currencies=currencies,
        has_splits=SPLITS in form.attributes and kind is FactKind.TRANSACTIONS,
        meaning=hashlib.sha256(repr(meant).encode()).hexdigest(),
        said=_said(rules, columns, named_by),
    )


def _said(
    rules: Iterable[Resolved], columns: MappingOf[str, ColumnType], named_by: MappingOf[str, str]
) -> dict[str, str]:
    """Give the texts that rules without a column say; of several currencies that differ there is none."""
    said: dict[str, str] = {}
    currencies: set[str | None] = set()
    for one in rules:
        if one.rule.value is not None and columns.get(one.name) is Type.TEXT and one.name not in named_by:
            said[one.name] = canonical_value(one, one.rule.value) or ""
        if (currency := currency_of(one.rule)) is not None:
            currencies.add(None if currency.value is None else canonical.trim(currency.value))
    if len(currencies) == 1 and (only := currencies.pop()):
        said[CURRENCY] = only
    return {name: written for name, written in said.items() if written and name in columns and name != LOOKED_UP}


def columns_of(rules: Iterable[Resolved]) -> dict[str, ColumnType]:
    """Give the columns of the facts that some rules make, sorted by name."""
    rules = tuple(rules)
    found = {one.name: _type(one) for one in rules if not (one.name == SPLITS and one.kind is FactKind.TRANSACTIONS)}
    if any(one.kind in CREDITED and one.type is AttributeType.MONEY for one in rules):
        found[CURRENCY] = Type.TEXT
    return dict(sorted(found.items()))


def written(columns: MappingOf[str, ColumnType]) -> dict[str, str]:
    """Write the types of columns as they are kept: `{"amount": "money 4", "date": "day"}`."""
    return {
        name: f"{kind.unit.value} {kind.scale}" if isinstance(kind, Quantity) else kind.value
        for name, kind in columns.items()
    }


def read_columns(texts: MappingOf[str, str]) -> dict[str, ColumnType]:
    """Read the types of columns back."""
    return {name: _read(text) for name, text in texts.items() if text != SPLITS}


def _read(text: str) -> ColumnType:
    unit, _, scale = text.partition(" ")
    if not scale:
        return Type(unit)
    return Quantity(Unit(unit), int(scale), DEAL_CURRENCY if unit == Unit.MONEY.value else None)


def _type(one: Resolved) -> ColumnType:
    scale = one.scale or 0
    if one.kind is FactKind.CREDITS and one.name == "share":
        return rate(SHARE_SCALE)
    if one.kind is FactKind.RATES and one.name == "rate":
        return rate(scale)
    match one.type:
        case AttributeType.DATE:
            return Type.DAY
        case AttributeType.MONEY:
            return money(DEAL_CURRENCY, scale)
        case AttributeType.DECIMAL | AttributeType.WHOLE:
            return count(scale)
        case _:
            return Type.TEXT


def _names_people(one: Resolved) -> bool:
    return one.type is AttributeType.PARTICIPANT or (one.name == SPLITS and one.kind is FactKind.TRANSACTIONS)


def prefix_of(one: Resolved, sources: MappingOf[str, str]) -> str:
    """Give what stands before the key of whom a field names: the name of an id, or of the source of a feed."""
    by = one.rule.by or DEFAULT_BY
    return by if by in NAMED_BY else sources.get(by, by)
