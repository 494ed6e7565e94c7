"""Named columns in layers under a query, so that what is used twice is written and computed once.

An engine repeats an expression wherever it is written. A text that is tried quickly first and worked on
slowly only where that fails needs both steps as columns: each becomes one in a layer below, and only for the
rows that need it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlglot import exp

from engine.text_functions import Sql, both, when


class Layers:
    """The columns lifted out of one stage."""

    def __init__(self) -> None:
        """Begin without layers."""
        self._layers: list[list[tuple[str, Sql]]] = []
        self._known: dict[str, tuple[str, int]] = {}
        self._levels: dict[str, int] = {}
        self._guards: list[Sql] = []

    def lift(self, tree: Sql) -> Sql:
        """Give a column that holds `tree` for the rows at hand (`only_where`), null for others."""
        if isinstance(tree, exp.Column | exp.Literal):
            return tree
        if self._guards:
            tree = when((both(*self._guards), tree))
        written = tree.sql(dialect="duckdb")
        if written not in self._known:
            level = max((self._levels.get(column.name, 0) for column in tree.find_all(exp.Column)), default=0)
            name = f"lift:{len(self._known) + 1}"
            if level == len(self._layers):
                self._layers.append([])
            self._layers[level].append((name, tree))
            self._known[written] = (name, level + 1)
            self._levels[name] = level + 1
        return exp.column(self._known[written][0], quoted=True)

    @contextmanager
    def only_where(self, condition: Sql) -> Iterator[None]:
        """Lift only for rows where a condition holds."""
        self._guards.append(condition)
        try:
            yield
        finally:
            self._guards.pop()

    def selects(self, name: str, source: str) -> list[tuple[str, exp.Select]]:
        """Give each layer, named after `name`, as a query over the one before, the first over `source`."""
        found = []
        over = source
        for number, columns in enumerate(self._layers, 1):
            lifted = [exp.alias_(tree, column, quoted=True, copy=False) for column, tree in columns]
            table = exp.Table(this=exp.to_identifier(over, quoted=True))
            over = f"{name}+{number}"
            found.append((over, exp.select(exp.Star(), *lifted, copy=False).from_(table, copy=False)))
        return found
