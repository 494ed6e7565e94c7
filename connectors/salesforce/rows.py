"""Rows of the REST API as JSON lines, in the same forms as the Bulk API writes them.

The first read of an object comes by the Bulk API, as CSV, and what follows by queries: the same value must be the same
text in both. So moments and ids have one form, numbers are the text that was sent but for an exponent, which is written
out (a large amount may have one), and nothing is marked as native.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.base import OPERATION, PLACE, ROW
from connectors.salesforce.describing import Column
from connectors.salesforce.forms import NUMBERS, long_id, moment, plain_number, written


def write_rows(
    target: Path, stream: str, columns: Sequence[Column], records: Iterable[Mapping[str, Any]], first: int
) -> int:
    """Write records as rows from that number on; a deleted one says so. Gives how many."""
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for record in records:
            row: dict[str, Any] = {ROW: first + count, PLACE: f"{stream}/{record['Id']}"}
            if record.get("IsDeleted") is True:
                row[OPERATION] = "delete"
            row |= {one.path: cell(one, record) for one in columns}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def write_deleted(target: Path, stream: str, ids: Iterable[str], first: int) -> int:
    """Write rows of records of which only the id is left. Gives how many."""
    count = 0
    with target.open("w", encoding="utf-8") as file:
        for one in ids:
            row = {ROW: first + count, PLACE: f"{stream}/{one}", OPERATION: "delete", "Id": one}
            file.write(json.dumps(row) + "\n")
            count += 1
    return count


def cell(column: Column, record: Mapping[str, Any]) -> str | None:
    """Give the value at a column's path as text; None where it, or a parent on its way, is not there or empty."""
    value: Any = record
    for name in column.path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value).replace("\0", "")
    if column.type == "datetime":
        return written(moment(text))
    if column.type in NUMBERS:
        return plain_number(text)
    return (long_id(text) if column.type in {"id", "reference"} else text) or None
