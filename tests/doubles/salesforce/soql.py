"""The queries that we write, and no others: everything else is refused, as is what the user may not see."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.doubles.salesforce.org import Field, Org, Refused

_QUERY = re.compile(
    r"SELECT (?P<fields>[\w.]+(?:, [\w.]+)*) FROM (?P<object>\w+)"
    r"(?: WHERE (?P<where>.+?))?(?: ORDER BY (?P<order>[\w]+(?:, [\w]+)*))?(?: LIMIT (?P<limit>\d+))?"
)
_TERM = re.compile(r"(\w+) (>=|<=|=|<|>) (\d{4}-\d\d-\d\dT[\d:.]+Z|'(?:[^'\\]|\\.)*'|true|false)")
_TEXT = r"'(?:[^'\\]|\\.)*'"
_IN = re.compile(rf"(\w+) IN \(({_TEXT}(?:, ?{_TEXT})*)\)")
_ID = re.compile("[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "in": lambda value, listed: value in listed,
}


@dataclass(frozen=True)
class Query:
    text: str
    object: str
    paths: tuple[str, ...]
    terms: tuple[tuple[str, str, Any], ...]
    order: tuple[str, ...]
    limit: int | None


def parse(org: Org, text: str) -> Query:
    found = _QUERY.fullmatch(text)
    if found is None:
        raise Refused(400, "MALFORMED_QUERY", "unexpected token")
    name = found["object"]
    if name != "UserPermissionAccess" and (name not in org.objects or not org.objects[name].readable):
        raise Refused(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
    paths = tuple(found["fields"].split(", "))
    if len(set(paths)) != len(paths):
        raise Refused(400, "MALFORMED_QUERY", "duplicate field selected")
    terms = list[tuple[str, str, Any]]()
    for one in found["where"].split(" AND ") if found["where"] else ():
        if (listed := _IN.fullmatch(one)) is not None:
            terms.append((listed[1], "in", frozenset(map(_literal, re.findall(_TEXT, listed[2])))))
            continue
        term = _TERM.fullmatch(one)
        if term is None:
            raise Refused(400, "MALFORMED_QUERY", "unexpected token")
        terms.append((term[1], term[2], _literal(term[3])))
    for field, how, asked in terms:
        if field == "Id" and (wrong := [one for one in (asked if how == "in" else [asked]) if not _ID.fullmatch(one)]):
            raise Refused(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {wrong[0]}")
    order = tuple(found["order"].split(", ")) if found["order"] else ()
    if name != "UserPermissionAccess":
        for path in (*paths, *order, *(term[0] for term in terms)):
            field_of(org, name, path)
    return Query(text, name, paths, tuple(terms), order, int(found["limit"]) if found["limit"] else None)


def field_of(org: Org, name: str, path: str) -> Field:
    head, _, rest = path.partition(".")
    visible = org.objects[name].visible()
    if not rest:
        if head not in visible:
            raise Refused(400, "INVALID_FIELD", f"No such column '{head}' on entity '{name}'")
        return visible[head]
    for one in visible.values():
        for parent in one.parents if one.relationship == head else ():
            if rest.partition(".")[0] in {*org.objects[parent].visible(), *_relationships(org, parent)}:
                return field_of(org, parent, rest)
    raise Refused(400, "INVALID_FIELD", f"Didn't understand relationship '{head}' in field path.")


def run(org: Org, query: Query, *, deleted: bool) -> list[str]:
    """The ids that a query finds, in its order."""
    rows = [row for row in org.rows(query.object, deleted=deleted) if _fits(row, query)]
    rows.sort(key=lambda row: tuple(row[one] for one in query.order or ("Id",)))
    return [row["Id"] for row in rows][: query.limit]


def value(org: Org, name: str, row: dict[str, Any], path: str) -> Any:
    """The value at a path of a record."""
    head, _, rest = path.partition(".")
    if not rest:
        return row[head]
    for one in org.objects[name].visible().values():
        for parent in one.parents if one.relationship == head else ():
            key = row.get(one.name)
            if key and (parent, key) in org.records and org.state(parent, key):
                return value(org, parent, org.row(parent, key), rest)
    return None


def _relationships(org: Org, name: str) -> set[str]:
    return {one.relationship for one in org.objects[name].visible().values() if one.relationship}


def _fits(row: dict[str, Any], query: Query) -> bool:
    return all(_COMPARE[how](row[name], literal) for name, how, literal in query.terms if row[name] is not None)


def _literal(text: str) -> Any:
    if text in {"true", "false"}:
        return text == "true"
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith("'") else datetime.fromisoformat(text)
