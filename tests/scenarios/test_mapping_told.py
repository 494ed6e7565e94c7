"""A mapping printed in words: what somebody agrees with who does not read YAML."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from domain.attributes import AttributeType
from mapping.spec import FieldRule, Mapping
from mapping.told import told_fields, told_rows
from tests.scenarios.world import Document, World


def told(world: World) -> dict[str, Document]:
    said = world.call("mapping", "people")
    assert said.code == 0, said.document
    return {one["field"]: one for one in said["fields"]}


def test_each_attribute_is_told_with_columns_conversions_and_whose_it_is(world: World):
    world.use("status", "plans", "manager")
    world.mapping["fields"]["ote"] = {"from": "ote", "thousands": ",", "strip": "$", "empty": "problem"}
    world.mapping["fields"]["currency"] = {"value": "USD"}
    world.mapping["fields"]["name"] = {"from": ["name", "title"], "join": ", "}
    world.settings["attributes"] = {"title": {"sources": ["hr"], "mode": "enforce", "on_null": "keep"}}
    world.save()
    found = told(world)
    assert found["currency"]["how"] == ["always USD"]
    assert found["ote"]["how"] == [
        "a number", "'$' around it means nothing", "',' between thousands",
        "an empty cell is a problem: the value must be there",
    ]  # fmt: skip
    assert (found["name"]["columns"], found["name"]["how"][0]) == (
        ["name", "title"],
        "put together with ', ' between them",
    )
    assert "leave is on_leave" in found["status"]["how"][1]
    assert found["hire_date"]["how"][0] == "a day, written as %Y-%m-%d"
    assert (found["manager"]["how"][0], found["plans"]["how"][0]) == (
        "a person, named by employee_id", "a set, its members parted by ';'",
    )  # fmt: skip
    assert found["title"]["whose"] == (
        "hr; a difference is proposed, and nothing is corrected here; nothing from the source changes nothing"
    )
    assert found["status"]["whose"] == "hr; a difference is proposed"


def test_what_is_said_of_rows_is_told(world: World):
    world.mapping |= {
        "where": "team != 'X'",
        "eligible": "title != 'Intern'",
        "pilot": "team == 'East'",
        "never": ["ssn"],
    }
    world.save()
    rows = " / ".join(world.call("mapping", "people")["rows"])
    for part in ("known by id", "team != 'X'", "title != 'Intern'", "team == 'East'", "never kept: ssn"):
        assert part in rows


def test_a_feed_that_there_is_not_is_a_mistake(world: World):
    assert world.call("mapping", "peple").code == 2


#: Of a rule, with what it is tried; of a mapping, its keys that are told elsewhere.
_TRIED: dict[str, dict[str, Any]] = {
    "from_": {"from_": ("a", "b")}, "value": {"value": "x"}, "join": {"from_": ("a", "b"), "join": "+"},
    "pattern": {"pattern": "[a-z]"}, "format": {"format": "%d"}, "timezone": {"timezone": "Asia/Tokyo"},
    "inclusive": {"inclusive": True}, "strip": {"strip": "#"}, "thousands": {"thousands": "'"},
    "decimal_mark": {"decimal_mark": ","}, "scale": {"scale": 7}, "currency": {"currency": "Ccy"},
    "values": {"values": {"s": "t"}}, "separator": {"separator": "/"}, "by": {"by": "vendor_id"},
    "lookup": {"lookup": "t", "key": "k", "give": "g"},
}  # fmt: skip
_OF_TYPE = {
    "format": "date", "timezone": "instant", "strip": "decimal", "thousands": "decimal", "decimal_mark": "decimal",
    "scale": "money", "currency": "money", "separator": "set", "by": "participant", "inclusive": "date",
}  # fmt: skip


def test_every_key_of_a_rule_is_tried_here():
    assert {one.name for one in fields(FieldRule)} - _TRIED.keys() == {"type", "round", "empty", "key", "give"}


@pytest.mark.parametrize("name", sorted(_TRIED))
def test_each_key_of_a_rule_changes_what_is_told(name: str):
    """No key is silent: with it, something else is told than without."""
    kind = AttributeType(_OF_TYPE.get(name, "text"))
    plain = FieldRule(from_="a", type=kind)
    with_key = FieldRule(**({"from_": None if name in ("value", "lookup") else "a", "type": kind} | _TRIED[name]))
    told_of = [told_fields(Mapping(key="k", fields={"x": rule}), {"x": kind}, None) for rule in (plain, with_key)]
    assert told_of[0] != told_of[1]
    assert told_rows(Mapping(key=("k", "l")))[0] == "a row is known by k and l"
