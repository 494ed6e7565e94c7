"""What looks up some of many reads no table whole."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from store import changes, decisions, history, linking, named, people, rejections
from store.database import open_database, reading

#: What is looked up for each thousand of the changes that are decided, and for each person whom somebody names.
LOOKUPS: dict[str, Callable[[Connection], object]] = {
    "holders": lambda tx: named.holders(tx, "employee_id", ["W1", "W2"]),
    "find person": lambda tx: named.find_person(tx, "hr:W1"),
    "named by": lambda tx: named.named_by(tx, {"employee_id": "W1", "email": "a@example.com"}),
    "people of": lambda tx: people.people_of(tx, [1, 2]),
    "changes": lambda tx: changes.changes(tx, changes.ChangeFilter(ids=[1, 2])),
    "contradictions": lambda tx: changes.contradictions(tx, [1, 2]),
    "authors": lambda tx: changes.authors_of(tx, [1, 2]),
    "fingerprints": lambda tx: changes.fingerprints_of(tx, [1, 2]),
    "redated": lambda tx: changes.redated_changes(tx, "workers", [1, 2]),
    "rejections": lambda tx: rejections.rejections_of(tx, [1, 2]),
    "steps": lambda tx: history.steps_of(tx, [1, 2], since=0),
    "versions": lambda tx: history.versions_of(tx, [1, 2]),
    "decisions": lambda tx: decisions.decisions_of(tx, [1, 2]),
}


@pytest.mark.parametrize("name", sorted(LOOKUPS))
def test_no_table_is_read_whole(empty_sqlite: Path, name: str):
    whole = [one for one in ways_of(LOOKUPS[name], empty_sqlite) if one.startswith("SCAN")]
    assert not whole, f"read whole: {whole}"


def test_what_was_approved_for_another_day_is_found_among_the_few(empty_sqlite: Path):
    assert any("ix_change_redated" in one for one in ways_of(LOOKUPS["redated"], empty_sqlite))


def test_whose_keys_were_replaced_is_found_among_those_that_ended(empty_sqlite: Path):
    """A source has as many current links as people: through these it took half a second of a million."""
    ways = ways_of(lambda tx: linking.replaced_keys(tx, "hr", ["W1", "W2"]), empty_sqlite)
    assert any("ix_link_revision_to" in one for one in ways)
    assert not any("uq_link_current" in one for one in ways)


def ways_of(lookup: Callable[[Connection], object], store: Path) -> list[str]:
    """Give how SQLite finds what a lookup asks for, each table in turn; not the list of what is looked up."""
    opened = open_database(f"sqlite:///{store}")
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with ExitStack() as stack:
        stack.callback(opened.dispose)
        tx = stack.enter_context(reading(opened))
        event.listen(opened, "before_cursor_execute", note)
        lookup(tx)
        event.remove(opened, "before_cursor_execute", note)
        plans = [tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", told) for statement, told in asked]
        found = [row.detail for plan in plans for row in plan if "VIRTUAL TABLE" not in row.detail]
    assert found
    return found
