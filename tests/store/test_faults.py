"""Every write has its two fault points, and a write that dies there leaves nothing."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

import store
from store.changes import insert_changes
from store.database import reading, writing
from store.faults import FAULT_POINTS, arm, disarm
from store.head import current_revision, take_revision
from tests.store.make import NOW, Roster, count, proposed

WRITING = {"insert_rows", "insert_missing", "insert_unknown", "update", "delete", "insert"}


def _public_functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted(Path(store.__file__).parent.glob("*.py")):
        if path.name != "bulk.py":
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.FunctionDef):
                    yield path.stem, node


def _points(function: ast.FunctionDef) -> list[str]:
    return [
        decorator.args[0].value
        for decorator in function.decorator_list
        if isinstance(decorator, ast.Call)
        and getattr(decorator.func, "id", "") == "write"
        and isinstance(decorator.args[0], ast.Constant)
        and isinstance(decorator.args[0].value, str)
    ]


def _calls(function: ast.FunctionDef) -> set[str]:
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {getattr(call, "id", getattr(call, "attr", "")) for call in calls}


def test_the_list_names_exactly_the_points_in_the_code():
    found = [point for _module, function in _public_functions() for point in _points(function)]
    assert len(found) == len(set(found))
    assert {point for name in found for point in (name, f"{name} done")} == FAULT_POINTS


def test_a_point_is_named_after_its_module():
    for module, function in _public_functions():
        assert all(point.startswith(f"{module}.") for point in _points(function)), function.name


def test_every_function_that_writes_has_its_points():
    unguarded = [
        f"{module}.{function.name}"
        for module, function in _public_functions()
        if _calls(function) & WRITING and not _points(function) and not function.name.startswith("_")
    ]
    # locks that change nothing
    assert sorted(unguarded) == ["erasing.is_at_work", "runs.check"]


def test_nothing_happens_unless_armed(engine, roster: Roster):
    passed: list[str] = []
    arm(passed.append)
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 1)])
    assert passed == ["changes.insert", "changes.insert done"]
    disarm()
    with writing(engine) as tx:
        insert_changes(tx, roster.lease, [proposed(roster, 2)])
    assert len(passed) == 2


@pytest.mark.parametrize("point", ["head.take_revision", "head.take_revision done", "changes.insert done"])
def test_a_write_that_fails_at_a_point_leaves_nothing(engine: Engine, roster: Roster, point):
    def fail(name: str) -> None:
        if name == point:
            raise ConnectionAbortedError(name)

    def propose() -> None:
        with writing(engine) as tx:
            take_revision(tx, NOW, "run")
            insert_changes(tx, roster.lease, [proposed(roster, 1)])

    arm(fail)
    with pytest.raises(ConnectionAbortedError, match=point):
        propose()
    with reading(engine) as tx:
        assert (current_revision(tx), count(tx, "change")) == (roster.revision, 0)
