"""A mapping in words that a comp admin reads: each attribute, from which columns, what is done to it.

In: a mapping that `mapping.check` has found no mistake in. Out: sentences, no markup; what is not said is not told.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from domain.attributes import AttributeType
from domain.facts import FactKind
from mapping.rules import DEFAULT_BY, DEFAULT_SEPARATOR, Resolved, currency_of, key_of, resolve, sources_of
from mapping.spec import Empty, FieldRule, Land, Mapping

#: How people say what a value is.
_KINDS = {
    AttributeType.TEXT: "text",
    AttributeType.DATE: "a day",
    AttributeType.INSTANT: "a moment, in UTC",
    AttributeType.DECIMAL: "a number",
    AttributeType.WHOLE: "a whole number",
    AttributeType.MONEY: "an amount of money",
    AttributeType.YES_NO: "yes or no",
    AttributeType.SET: "a set",
    AttributeType.PARTICIPANT: "a person",
}
_PARTS = {
    "_effective": "the day from which a row holds",
    "_until": "the first day on which it no longer holds",
    "_engagement": "which post of a person it is",
    "primary": "whether that post is the primary one",
}
_EMPTY = {
    Empty.NULL: "an empty cell: there is no value",
    Empty.ABSENT: "an empty cell says nothing: what is known stays",
    Empty.PROBLEM: "an empty cell is a problem: the value must be there",
}


@dataclass(frozen=True, slots=True)
class ToldField:
    """One attribute: its type, the columns it comes from, and what is done, a sentence each."""

    name: str
    type: AttributeType
    columns: tuple[str, ...]
    how: tuple[str, ...]


def told_fields(
    mapping: Mapping, attributes: MappingOf[str, AttributeType], kind: FactKind | None
) -> tuple[ToldField, ...]:
    """Tell each attribute of a mapping, by name; the parts of a row (from when, until when, which post) first."""
    rules = resolve(mapping, attributes, kind)
    told = [ToldField(one.name, one.type, one.sources, tuple(_how(one))) for one in rules]
    return tuple(sorted(told, key=lambda one: (one.name not in _PARTS, one.name)))


def told_rows(mapping: Mapping) -> tuple[str, ...]:
    """Tell what is said of whole rows: by what they are known, which count, and what is kept."""
    key = (mapping.key,) if isinstance(mapping.key, str) else mapping.key
    said = [f"a row is known by {' and '.join(key)}"]
    if mapping.where is not None:
        said.append(f"in scope is whoever fits: {_flat(mapping.where)}; others count as excluded")
    if mapping.eligible is not None:
        said.append(
            f"who earns fits: {_flat(mapping.eligible)}; others are not added, and ineligible if they are there"
        )
    if mapping.pilot is not None:
        said.append(f"the pilot group fits: {_flat(mapping.pilot)}; of nobody else anything is proposed")
    said.append("every column is kept" if mapping.land is Land.ALL else "only columns that are read here are kept")
    if mapping.never:
        said.append(f"never kept: {', '.join(mapping.never)}")
    return tuple(said)


def _how(one: Resolved) -> list[str]:
    rule = one.rule
    said = [_PARTS[one.name]] if one.name in _PARTS else []
    if rule.value is not None:
        return [*said, f"always {rule.value}"]
    if rule.lookup is not None:
        asked = ", ".join(sources_of(key_of(rule)))
        said.append(f"looked up by {asked} in the table {rule.lookup}: its {rule.give}")
    elif len(one.sources) > 1:
        between = "a space" if rule.join is None else f"'{rule.join}'"
        said.append(f"put together with {between} between them")
    said += _read(one)
    if rule.values:
        pairs = ", ".join(f"{sent or 'an empty cell'} is {given}" for sent, given in rule.values.items())
        said.append(f"{pairs}; any other text is a problem")
    if rule.pattern is not None:
        said.append(f"must look like {rule.pattern}")
    if "" not in (rule.values or {}):
        said.append(_EMPTY[rule.empty])
    return said


def _read(one: Resolved) -> list[str]:
    """Tell how the text of a cell becomes a value of its type."""
    rule, said = one.rule, [_KINDS[one.type]]
    match one.type:
        case AttributeType.DATE | AttributeType.INSTANT:
            said = [f"{said[0]}, written as {rule.format or 'YYYY-MM-DD'}"]
            if rule.timezone:
                said.append(f"on the clock of {rule.timezone}")
        case AttributeType.PARTICIPANT:
            said = [f"{said[0]}, named by {rule.by or DEFAULT_BY}"]
        case AttributeType.SET:
            said = [f"{said[0]}, its members parted by '{rule.separator or DEFAULT_SEPARATOR}'"]
        case AttributeType.DECIMAL | AttributeType.WHOLE | AttributeType.MONEY:
            said += _number(rule)
    if rule.inclusive:
        said.append("the cell names the last day, inclusive")
    return said


def _number(rule: FieldRule) -> list[str]:
    said = []
    if rule.strip:
        said.append(f"'{rule.strip}' around it means nothing")
    if rule.thousands:
        said.append(f"'{rule.thousands}' between thousands")
    if rule.decimal_mark:
        said.append(f"'{rule.decimal_mark}' before the fraction")
    if (scale := rule.scale) is not None:
        said.append(f"{scale} digits after the point, more are {'rounded half-even' if rule.round else 'a problem'}")
    if (currency := currency_of(rule)) is not None:
        said.append(f"in {currency.value or 'the currency of ' + ', '.join(sources_of(currency))}")
    return said


def _flat(text: str) -> str:
    return " ".join(text.split())
