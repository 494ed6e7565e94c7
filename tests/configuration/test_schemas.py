"""The JSON Schemas of our files: the committed ones are those of the code, and the example fits them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from syncd.configuration.workspace import schemas
from syncd.configuration.yaml_files import read_file
from tests.configuration.test_load import EXAMPLE

ROOT = Path(__file__).resolve().parents[2]
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "null": (type(None),),
}  # fmt: skip


def faults(schema: dict[str, Any], data: Any, root: dict[str, Any], path: str = "") -> list[str]:
    """What of some data does not fit a schema, by the keywords that our schemas use and no others."""
    unknown = schema.keys() - {
        "$schema", "$defs", "$ref", "title", "description", "default", "type", "enum", "const", "anyOf",
        "oneOf", "properties", "required", "additionalProperties", "items",
    }  # fmt: skip
    assert not unknown, f"the check does not know {unknown}"
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return faults(root["$defs"][name], data, root, path)
    found = []
    for several in ("anyOf", "oneOf"):
        branches = [list(faults(one, data, root, path)) for one in schema.get(several, [])]
        if branches and [] not in branches:
            nearest: list[str] = min(branches, key=lambda some: (len(some), some))
            found += nearest
    kinds = schema.get("type", [])
    fits = [isinstance(data, TYPES[one]) for one in ([kinds] if isinstance(kinds, str) else kinds)]
    if (fits and not any(fits)) or (isinstance(data, bool) and kinds == "integer"):
        found.append(f"{path}: not {kinds}")
    if data not in schema.get("enum", [data]) or data != schema.get("const", data):
        found.append(f"{path}: not one of the words")
    if isinstance(data, dict):
        found += [f"{path}/{name}: missing" for name in schema.get("required", []) if name not in data]
        others = schema.get("additionalProperties", True)
        for name, value in data.items():
            inner = schema.get("properties", {}).get(name, others)
            if inner is False:
                found.append(f"{path}/{name}: no such key")
            elif inner is not True:
                found += faults(inner, value, root, f"{path}/{name}")
    if isinstance(data, list):
        for position, item in enumerate(data):
            found += faults(schema.get("items", {}), item, root, f"{path}/{position}")
    return found


@pytest.fixture(scope="module")
def generated() -> dict[str, str]:
    """Name -> text, of the code as it is."""
    return dict(schemas())


def data_of(folder: Path, name: str) -> Any:
    return read_file(folder, name, []).data


def test_the_schemas_in_the_repository_are_those_of_the_code(generated: dict[str, str]) -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in (ROOT / "schemas").glob("*.json")}
    assert committed == generated, "write them anew: python -m syncd.configuration.workspace schemas"


@pytest.mark.parametrize(
    ("file", "schema"),
    [("syncd.yaml", "workspace.schema.json"), ("mappings/people.yaml", "mapping.schema.json")],
)
def test_the_example_fits_the_schemas(generated: dict[str, str], file: str, schema: str) -> None:
    root = json.loads(generated[schema])
    assert faults(root, data_of(EXAMPLE, file), root) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"curency": "USD"}, ["/curency: no such key"]),
        ({"version": 2}, [": not one of the words"]),
        ({"allow_today": "yes"}, ["/allow_today: not boolean"]),
        ({"sources": {"hr": {"kind": "file", "pth": "x"}}}, ["/path: missing", "/pth: no such key"]),
        (
            {"feeds": {"a": {"source": 5, "into": "adjustments"}}},
            ["/mapping: missing", "/into: not one of the words"],
        ),
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(
    generated: dict[str, str], wrong: dict[str, Any], said: list[str]
) -> None:
    root = json.loads(generated["workspace.schema.json"])
    found = faults(root, data_of(EXAMPLE, "syncd.yaml") | wrong, root)
    assert len(found) == len(said)
    for one, end in zip(found, said, strict=True):
        assert one.endswith(end)


def test_no_form_lets_an_unknown_key_pass(generated: dict[str, str]) -> None:
    for text in generated.values():
        root = json.loads(text)
        for form in (root, *root["$defs"].values()):
            assert "properties" not in form or form["additionalProperties"] is False


def test_no_schema_names_a_place_of_this_machine(generated: dict[str, str]) -> None:
    for text in generated.values():
        hosts = set(re.findall(r"https?://([^/\"]+)", text))
        assert hosts == {"json-schema.org"}
