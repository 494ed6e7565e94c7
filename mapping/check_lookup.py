"""What is wrong with a rule that looks something up."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import fields

from domain.facts import FactKind
from domain.problem import Mistake
from formula.canonical import trim
from formula.parse import suggestion
from mapping.lookup import day_of
from mapping.rules import Resolved, Table, key_of, sources_of
from mapping.spec import FieldRule

_DEFAULT = FieldRule()
#: What the rule of a key may say.
_OF_KEY = frozenset(("from_", "join"))


def check_lookup(
    one: Resolved, kind: FactKind | None, mapped: Collection[str], tables: MappingOf[str, Table]
) -> Iterator[Mistake]:
    """Yield the mistakes of one rule; `mapped` are all rules there are, `tables` all tables."""
    rule, day = one.rule, day_of(kind)
    if rule.key is None:
        yield Mistake((), f"says nothing of what it looks up in '{rule.lookup}': add `key`, a column")
    else:
        yield from _key(key_of(rule), isinstance(rule.key, FieldRule))
    if rule.give is None:
        yield Mistake((), f"says nothing of what '{rule.lookup}' gives: add `give`, a column of the table")
    table = tables.get(str(rule.lookup))
    if kind is FactKind.TABLES:
        yield Mistake(("lookup",), "a table cannot look up another one: map what it has itself")
    elif table is None:
        known = suggestion(str(rule.lookup), tuple(tables)) if tables else ": tables arrive with a tables feed"
        yield Mistake(("lookup",), f"there is no table '{rule.lookup}'{known}")
    elif rule.give is not None and rule.give not in table.columns:
        yield Mistake(
            ("give",), f"the table '{rule.lookup}' has no '{rule.give}'{suggestion(rule.give, table.columns)}"
        )
    elif table.is_dated and one.name == day:
        yield Mistake(
            ("lookup",), f"rows of '{rule.lookup}' hold over days, and this is the day they would be found by"
        )
    elif table.is_dated and day not in mapped:
        of_day = "map `effective`" if kind is None else f"map `{day}`" if day else "look it up where there is a day"
        yield Mistake(
            ("lookup",), f"rows of '{rule.lookup}' hold over days, and nothing says of which day a row is: {of_day}"
        )


def _key(key: FieldRule, is_long: bool) -> Iterator[Mistake]:  # noqa: FBT001 - said by its one caller
    path = ("key",)
    if not sources_of(key) or not all(map(trim, sources_of(key))):
        yield Mistake((*path, "from") if is_long else path, "is the name of a column, or a list of names")
    for part in fields(key):
        if part.name not in _OF_KEY and getattr(key, part.name) != getattr(_DEFAULT, part.name):
            yield Mistake(
                (*path, part.name.rstrip("_")),
                f"`{part.name.rstrip('_')}` means nothing for a key (only `from`, `join`)",
            )
