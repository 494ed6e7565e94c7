"""What a mapping of facts must have, and what means nothing in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from domain.attributes import AttributeType
from domain.facts import CREDITED, FIELDS, MEANT, PROPOSED, FactKind
from domain.problem import Mistake
from formula.parse import suggestion
from mapping.rules import PARTS, Resolved, currency_of
from mapping.spec import Empty, Mapping

#: What a table of facts has beside the fields: no field of the company's own is called so.
RESERVED = frozenset(("feed", "key", "place", "person", "engagement", "splits_of", "run", "lookup"))
_OWN = re.compile(r"[a-z][a-z0-9_]{0,62}")
_COLUMN = re.compile(r"[^\W\d_][\w ]{0,62}")
_INSTEAD = {
    FactKind.TRANSACTIONS: "a transaction's day is the field `date`",
    FactKind.RATES: "a rate holds from the field `date` on",
    FactKind.TABLES: "a row of a table holds over the fields `from` and `until`",
    FactKind.UNITS: "what is said of a unit holds over the fields `from` and `until`",
    FactKind.MEMBERSHIPS: "a membership holds over the fields `from` and `until`",
    FactKind.QUOTAS: "a quota holds over the fields `from` and `until`",
    FactKind.SCORES: "a score's day is the field `date`",
    FactKind.CREDITS: "a share holds as long as its transaction does",
}


#: What a mapping of people says beside its fields, and one of facts too.
_MEANT_TOO = frozenset((kind, "engagement") for kind in PROPOSED)


def check_whole(mapping: Mapping, kind: FactKind, rules: Sequence[Resolved], *, credited: bool) -> Iterator[Mistake]:
    """Yield what is wrong with a mapping of facts as a whole; `credited`: another feed says whose transactions are."""
    fields = FIELDS[kind]
    for part in PARTS:
        if getattr(mapping, part) is not None and (kind, part) not in _MEANT_TOO:
            yield Mistake((part,), f"`{part}` means nothing for {kind.value}: {_INSTEAD[kind]}")
    for name, remedy in fields.needed.items():
        if name not in mapping.fields:
            yield Mistake(("fields",), f"{kind.value} need the field `{name}`: {remedy}")
    if kind is FactKind.TRANSACTIONS and not credited and not {"owner", "splits"} & mapping.fields.keys():
        message = "transactions need the field `owner` or `splits`, or a feed into `credits`: say whose they are"
        yield Mistake(("fields",), message)
    if kind in CREDITED:
        yield from _currency(rules)
    for name in alike([name for name in mapping.fields if name not in fields.types]):
        yield Mistake(("fields", name), f"'{name}' is another field but for capitals: rename one of them")
    if kind is FactKind.CREDITS and not {"transaction", "deal"} & mapping.fields.keys():
        yield Mistake(("fields",), "credits need the field `transaction` or `deal`: say of what they are shares")
    if kind in (FactKind.TABLES, FactKind.UNITS) and "until" in mapping.fields and "from" not in mapping.fields:
        yield Mistake(("fields", "until"), "says until when a row holds, but not from when; map `from` too")
    if kind is FactKind.UNITS and "parent_kind" in mapping.fields and "parent" not in mapping.fields:
        yield Mistake(("fields", "parent_kind"), "says what kind the parent is, but not which it is; map `parent` too")
    if kind is FactKind.TABLES:
        if "from" in mapping.fields and "key" not in mapping.fields:
            message = (
                "rows that hold over days need the field `key`: what is looked up (`key` of the file tells rows apart)"
            )
            yield Mistake(("fields",), message)
        if not mapping.fields.keys() - {"key", "from", "until"}:
            yield Mistake(("fields",), "a table without a column gives nothing: map what is to be looked up")


def check_field(one: Resolved) -> Iterator[Mistake]:
    """Yield what is wrong with one rule of a mapping of facts."""
    kind = one.kind
    if kind is None or one.path[0] != "fields":
        return
    fields = FIELDS[kind]
    if one.name in fields.later:
        yield Mistake((), f"`{one.name}` of {kind.value} is not available in this version: map `participant`")
    elif one.name not in fields.types:
        yield from _own_name(one, kind)
    if one.rule.empty is Empty.ABSENT:
        yield Mistake(("empty",), "`empty: absent` means nothing for facts: an empty cell is no value")
    if one.type is AttributeType.SET and one.rule.by is not None and one.name != "splits":
        yield Mistake(("by",), "`by` means nothing for a set (only for `splits`)")
    if kind is FactKind.RATES and one.name == "rate" and one.rule.scale is not None:
        yield Mistake(("scale",), f"a rate has up to {fields.scale} digits after the point: leave it out")


def _own_name(one: Resolved, kind: FactKind) -> Iterator[Mistake]:
    fields, name = FIELDS[kind], one.name
    if not fields.own:
        yield Mistake((), f"{kind.value} have no field '{name}'{suggestion(name, tuple(fields.types))}")
        return
    if remedy := MEANT.get(kind, {}).get(name):
        yield Mistake((), f"{kind.value} have no field '{name}': {remedy}")
        return
    standard = next((known for known in fields.types if known.casefold() == name.casefold()), None)
    if standard is not None:
        yield Mistake((), f"'{name}' would be taken for '{standard}': write it so, or rename it")
    elif kind is FactKind.SCORES and name.casefold() in FIELDS[FactKind.TRANSACTIONS].types:
        yield Mistake((), f"'{name}' is a field of transactions: rename it")
    elif name.casefold() in RESERVED:
        yield Mistake((), f"'{name}' is a word of syncd's own: rename it")
    elif kind is FactKind.TABLES and (not _COLUMN.fullmatch(name) or "__" in name):
        yield Mistake((), f"a column has letters, digits, spaces and single `_`, a letter first: rename '{name}'")
    elif kind is not FactKind.TABLES and (not _OWN.fullmatch(name) or "__" in name):
        yield Mistake((), f"a field has small letters, digits and single `_`, a letter first: rename '{name}'")


def _currency(rules: Sequence[Resolved]) -> Iterator[Mistake]:
    """Every amount of what is credited is in one currency, which at least one of them says."""
    amounts = [one for one in rules if one.type is AttributeType.MONEY and one.path[0] == "fields"]
    if amounts and not any(currency_of(one.rule) for one in amounts):
        first = next((one for one in amounts if one.name == "amount"), amounts[0])
        message = "says no currency: add `currency: {from: Currency}`, or `currency: {value: USD}`"
        yield Mistake(first.path, message)


def alike(names: Sequence[str]) -> tuple[str, ...]:
    """Give the names that are some other one but for capitals: an engine takes them for the same."""
    counted = Counter(name.casefold() for name in names)
    return tuple(name for name in names if counted[name.casefold()] > 1)
