"""A tree as somebody may see it: without the rows of days that are not theirs, and with how much that leaves out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from calc.explanation import Node

#: Whether anything of `[start, end)` is in sight.
Shows = Callable[[date, date], bool]
#: What is said in place of steps that are left out; behind it their number.
HIDDEN = "steps of days that are not yours to see: {}"


def as_seen(node: Node, shows: Shows) -> Node:
    """Give a tree of which the root is in sight.

    A step that is about other days alone is left out with all below it. One step beside those that stay says
    how many were left out and what they came to; below it is what they shared with others and is told once: terms of
    plans, rates, rows that are in sight.
    """
    kept = [as_seen(one, shows) for one in node.inputs if not _is_hidden(one, shows)]
    cut = [one for one in node.inputs if _is_hidden(one, shows)]
    note = (_note(cut, shows),) if cut else ()
    return replace(node, inputs=(*note, *kept))


def _note(cut: list[Node], shows: Shows) -> Node:
    units, values = {one.unit for one in cut}, [one.value for one in cut if isinstance(one.value, Decimal)]
    adds_up = len(units) == 1 and len(values) == len(cut)
    shared = tuple(as_seen(found, shows) for one in cut for found in _shared(one, shows))
    return Node(
        HIDDEN.format(len(cut)), sum(values, Decimal(0)) if adds_up else None, units.pop() if adds_up else None, shared
    )  # fmt: skip


def _shared(node: Node, shows: Shows) -> Iterator[Node]:
    """Yield what below a step that is left out is about days in sight, or about nobody."""
    for one in node.inputs:
        if (one.rows or one.days) and not _is_hidden(one, shows):
            yield one
        else:
            yield from _shared(one, shows)


def _is_hidden(node: Node, shows: Shows) -> bool:
    return bool(node.days) and not any(shows(*days) for days in node.days)
