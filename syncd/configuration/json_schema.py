"""The JSON Schemas of our YAML files: the validator's, made fit for an editor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from calc.plan import Plan
from mapping.spec import Mapping as FieldMapping
from syncd.configuration import kinds
from syncd.configuration.forms import SourceForm, WorkspaceForm

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def texts(schema_of: Callable[[type], Schema]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each schema; `schema_of` gives the validator's of a form."""
    settings = {kind: schema_of(form) for kind, form in kinds.known()}
    workspace = _with_kinds(schema_of(WorkspaceForm), schema_of(SourceForm), settings)
    forms = (("workspace", workspace), ("mapping", schema_of(FieldMapping)), ("plan", schema_of(Plan)))
    for name, schema in forms:
        whole = {"$schema": _DIALECT, **_lenient(schema)}
        yield f"{name}.schema.json", f"{json.dumps(whole, indent=2, ensure_ascii=False)}\n"


def _with_kinds(workspace: Schema, source: Schema, settings: Mapping[str, Schema]) -> Schema:
    """Put the settings of each kind of source into the schema of `syncd.yaml`."""
    definitions = dict(workspace["$defs"]) | dict(source.get("$defs", {}))
    for kind, schema in settings.items():
        own = _renamed(schema, kind)
        definitions |= own.pop("$defs", {})
        properties = {**source["properties"], "kind": {"const": kind}, **own["properties"]}
        required = [*source["required"], *own.get("required", [])]
        definitions[f"{kind}.source"] = {
            **own,
            "properties": properties,
            "required": required,
            "title": f"{kind} source",
        }
    one_of = [{"$ref": f"#/$defs/{kind}.source"} for kind in sorted(settings)]
    sources = {**workspace["properties"]["sources"], "additionalProperties": {"oneOf": one_of}}
    return {**workspace, "$defs": definitions, "properties": {**workspace["properties"], "sources": sources}}


def _lenient(part: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Let a number or a truth value stand for a text: a scalar is text where a text is asked for."""
    if isinstance(part, list):
        return [_lenient(one) for one in part]
    if not isinstance(part, dict):
        return part
    found = {key: _lenient(value) for key, value in part.items()}
    if found.get("type") == "string" and not {"enum", "const"} & found.keys():
        found["type"] = ["string", "number", "boolean"]
    return found


def _renamed(part: Any, kind: str) -> Any:  # noqa: ANN401 - any part of a schema
    """Give a schema whose definitions are named after their kind, so that those of two kinds never meet."""
    if isinstance(part, list):
        return [_renamed(one, kind) for one in part]
    if not isinstance(part, dict):
        return part
    found = {key: _renamed(value, kind) for key, value in part.items()}
    if isinstance(found.get("$ref"), str):
        found["$ref"] = found["$ref"].replace("#/$defs/", f"#/$defs/{kind}.")
    if isinstance(found.get("$defs"), dict):
        found["$defs"] = {f"{kind}.{name}": one for name, one in found["$defs"].items()}
    return found
