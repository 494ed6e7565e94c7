"""What looks up some of many reads no table whole."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Connection, event

from store import changes, decisions, history, named, people
from store.database import open_database, reading
from tests.servers import migrated

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
    "steps": lambda tx: history.steps_of(tx, [1, 2], since=0),
    "versions": lambda tx: history.versions_of(tx, [1, 2]),
    "decisions": lambda tx: decisions.decisions_of(tx, [1, 2]),
}


@pytest.mark.parametrize("name", sorted(LOOKUPS))
def test_no_table_is_read_whole(tmp_path: Path, name: str):
    address = f"sqlite:///{tmp_path / 'store.db'}"
    migrated(address)
    opened, asked = open_database(address), []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_more: object) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    with ExitStack() as stack:
        stack.callback(opened.dispose)
        tx = stack.enter_context(reading(opened))
        event.listen(opened, "before_cursor_execute", note)
        LOOKUPS[name](tx)
        event.remove(opened, "before_cursor_execute", note)
        plans = [tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", told) for statement, told in asked]
        read = [row.detail for plan in plans for row in plan]
    assert asked
    whole = [one for one in read if one.startswith("SCAN") and "VIRTUAL TABLE" not in one]
    assert not whole, f"read whole: {whole}"
