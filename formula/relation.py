"""Relations: what a table is made of, as named stages over scanned inputs.

A stage reads an input or an earlier stage by name; the last one is the result. Both evaluators walk the same
stages: `formula.evaluate` over lists of rows, `engine.printer` as SQL over columns. A stage is one question
that a person could ask, so a staged form is also the explanation of its result.
"""

from __future__ import annotations

from dataclasses import dataclass

from formula.expression import Expression


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of an input under names of our own: (name here, name there)."""

    input: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Derive:
    """Each row of `source` once, with exactly these columns."""

    source: str
    columns: tuple[tuple[str, Expression], ...]


Relation = Scan | Derive


@dataclass(frozen=True, slots=True)
class Stage:
    """One relation, under the name by which later ones read it."""

    name: str
    relation: Relation
