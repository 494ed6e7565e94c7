"""What an object looks like to the integration user: fields it may see, parents they lead to, and what may be asked.

A field that is hidden by field-level security is not refused: it is simply not there. So what a reader wants and is not
described is named, with whom to ask.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.base import Wanted
from connectors.salesforce.client import Client
from domain.errors import FixAccess
from formula.parse import suggestion

#: Types that are no single value, or none that a query of the Bulk API gives.
COMPOUND = frozenset({"address", "location", "base64", "complexvalue"})
#: How many parents a path may pass.
DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Field:
    """A field as described. `parents` are the objects that it may name a record of."""

    name: str
    type: str
    is_formula: bool = False
    relationship: str | None = None
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Object:
    """An object as described: its fields by name, and whether it has a log of what was updated and deleted."""

    name: str
    fields: dict[str, Field]
    has_log: bool

    @property
    def stamp(self) -> str | None:
        """The field that moves with every change; None where there is none.

        A history has no SystemModstamp: its records are made and never changed. An object that knows only when a
        person changed a record last (`UserLogin`) does not tell what else did.
        """
        if "SystemModstamp" in self.fields:
            return "SystemModstamp"
        return "CreatedDate" if "CreatedDate" in self.fields and "LastModifiedDate" not in self.fields else None

    @property
    def tells_changes(self) -> bool:
        """Tell whether what changed can be asked for."""
        return self.has_log and self.stamp is not None

    @property
    def has_deleted(self) -> bool:
        """Tell whether its deleted records can be asked for."""
        return "IsDeleted" in self.fields

    @property
    def has_archived(self) -> bool:
        """Tell whether records of it are archived, as activities are after a year: only who asks for all sees them."""
        return self.has_deleted and "IsArchived" in self.fields

    @property
    def digest(self) -> str:
        """The names and types of all its fields in short: another one is another set of fields."""
        told = "\n".join(f"{one.name} {one.type} {one.is_formula}" for _, one in sorted(self.fields.items()))
        return f"{len(self.fields)}:{hashlib.sha256(told.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: the path of a field, and its type. A silent one changes without its record."""

    path: str
    type: str
    is_silent: bool

    @property
    def shape(self) -> str:
        """What must stay as it is for values read earlier to hold."""
        return f"{self.type}{'*' if self.is_silent else ''}"


@dataclass(slots=True)
class Descriptions:
    """The descriptions of one read, each asked for once."""

    client: Client
    known: dict[str, Object] = field(default_factory=dict)

    def of(self, name: str) -> Object:
        """Describe an object. Errors: `FixAccess` where there is none that the integration user may read."""
        if name not in self.known:
            said = self.client.get(f"sobjects/{name}/describe", name)
            fields = {
                one["name"]: Field(
                    one["name"],
                    one["type"],
                    bool(one.get("calculated")),
                    one.get("relationshipName"),
                    tuple(one.get("referenceTo") or ()),
                )
                for one in said["fields"]
            }
            if not said.get("queryable", True):
                raise FixAccess(f"{name} cannot be queried: ask for read access to it, or name another object")
            self.known[name] = Object(said["name"], fields, bool(said.get("replicateable")))
        return self.known[name]

    def columns(self, described: Object, wanted: Wanted) -> tuple[Column, ...]:
        """Give the columns to ask for, the wanted ones first, in their order.

        Errors: `FixAccess` that names every wanted one that the integration user cannot see.
        """
        found: dict[str, Column] = {}
        lacking: list[str] = []
        for path in wanted.columns:
            column = self._column(described, path.split("."))
            if column is None:
                lacking.append(f"{path}{suggestion(path, described.fields)}")
            elif path not in wanted.never:
                found[path] = column
        if lacking:
            raise FixAccess(
                f"the integration user cannot see {', '.join(lacking)} of {described.name}: correct the mapping, or "
                "ask the administrator for read access to the field (a permission set), which is hidden"
            )
        if wanted.rest:
            for one in described.fields.values():
                if one.type not in COMPOUND and one.name not in wanted.never:
                    found.setdefault(one.name, Column(one.name, one.type, one.is_formula))
        return tuple(found.values())

    def _column(self, described: Object, path: list[str]) -> Column | None:
        """Find the field at the end of a path of parents; None where any part of it is not there."""
        if len(path) == 1:
            one = described.fields.get(path[0])
            return None if one is None or one.type in COMPOUND else Column(one.name, one.type, one.is_formula)
        if len(path) > DEEPEST + 1:
            return None
        for parent in _parents(described.fields.values(), path[0]):
            if (end := self._column(self.of(parent), path[1:])) is not None:
                return Column(".".join(path), end.type, is_silent=True)
        return None


def _parents(fields: Iterable[Field], relationship: str) -> tuple[str, ...]:
    """Name the objects that a relationship leads to, people first where it may be several (`Owner`)."""
    for one in fields:
        if one.relationship == relationship:
            return tuple(sorted(one.parents, key=lambda name: name != "User"))
    return ()
