"""What records became that were merged: a loser names its winner as long as it is in the bin, about 15 days.

What was theirs is the winner's for good, so who had the loser's record is not gone. A winner may lose in turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from connectors.salesforce.client import Client, quoted
from connectors.salesforce.describing import Object
from connectors.salesforce.forms import is_id, long_id

#: Names the winner; only objects that can be merged have it.
_WINNER = "MasterRecordId"
#: How many are asked for in one query, and how often a winner has lost at most.
_AT_ONCE, _OFTEN = 50, 5


def winners(client: Client, described: Object, column: str, keys: Collection[str]) -> dict[str, str]:
    """Give, of records that were merged into one that is there, the value that a column has in that one.

    Records are named by their value of that column. Errors: those of the client.
    """
    if _WINNER not in described.fields or column not in described.fields:
        return {}
    asked = {key for key in keys if column != "Id" or is_id(key)}
    losers = [one for one in _records(client, described, column, column, asked) if _key(one, column) in asked]
    became = {key: one[_WINNER] for one in losers if one[_WINNER] and (key := _key(one, column)) is not None}
    found: dict[str, str] = {}
    for _ in range(_OFTEN):
        if not became:
            break
        known = {str(one["Id"]): one for one in _records(client, described, column, "Id", set(became.values()))}
        told = {key: known[winner] for key, winner in became.items() if winner in known}
        found |= {key: own for key, one in told.items() if not one["IsDeleted"] and (own := _key(one, column))}
        became = {key: one[_WINNER] for key, one in told.items() if one["IsDeleted"] and one[_WINNER]}
    return found


def _records(
    client: Client, described: Object, column: str, by: str, values: Collection[str]
) -> Iterator[dict[str, Any]]:
    """Give records by the values of a field, the deleted too."""
    names, ordered = ", ".join(dict.fromkeys(("Id", "IsDeleted", _WINNER, column))), sorted(values)
    for start in range(0, len(ordered), _AT_ONCE):
        listed = quoted(ordered[start : start + _AT_ONCE])
        soql = f"SELECT {names} FROM {described.name} WHERE {by} IN {listed}"  # noqa: S608 - quoted
        yield from client.records(soql, described.name, deleted=True)


def _key(record: dict[str, Any], column: str) -> str | None:
    value = record[column]
    return long_id(str(value)) if column == "Id" else None if value is None else str(value)
