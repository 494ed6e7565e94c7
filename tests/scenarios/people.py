"""Rows of a people file: one person, or a crowd of them. Column names are the words of `world.COLUMNS`."""

from __future__ import annotations

Row = dict[str, str]


def someone(key: str, **cells: str) -> Row:
    """A row of a person with everything an ordinary export says; `cells` by column name."""
    usual = {
        "id": key,
        "name": f"Person {key}",
        "email": f"p{key}@example.com",
        "title": "Rep",
        "team": "East",
        "hired": "2025-01-01",
    }
    return {**usual, **cells}


def crowd(size: int, first: int = 1001, **cells: str) -> list[Row]:
    """So many people, with ids from `first` on, all in the same cells."""
    return [someone(f"{number:05d}", **cells) for number in range(first, first + size)]


def with_cells(rows: list[Row], *keys: str, **cells: str) -> list[Row]:
    """The same rows, with other cells for those keys (no keys: for all)."""
    return [{**row, **cells} if not keys or row["id"] in keys else row for row in rows]


def without(rows: list[Row], *keys: str) -> list[Row]:
    """The same rows without those of some keys."""
    return [row for row in rows if row["id"] not in keys]


#: The company that most scenarios begin with: 01001 to 01020.
COMPANY = crowd(20)
