"""A YAML file as it was read: its data, and where in the text each part of it stands.

The core reports a mistake by path and offset; `Document.mistake` turns those into file, line and column.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from domain.errors import FixFile
from domain.problem import Mistake
from syncd.configuration.places import Lines, Scalar, index_of

Keys = tuple[str | int, ...]

_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: the index of its first character, and that of its key where it has one."""

    start: int
    key: int | None = None
    scalar: Scalar | None = None


@dataclass(frozen=True)
class Document:
    """One file; without slots, to keep its lines once they were counted.

    data    dicts, lists, texts, whole numbers, truth values and None
    places  path -> place, for every value in it
    """

    name: str
    text: str
    data: Any = None
    places: dict[Keys, Place] = field(default_factory=dict)

    def mistake(self, path: Keys, message: str, offset: int = 0, *, of_key: bool = False) -> Mistake:
        """Give a mistake with its line and column.

        It points at the value, or `offset` characters into it; at the key where the value is a collection or
        the key is what is wrong. Where the path leads to nothing, at the nearest thing around it.
        """
        known = path
        while known and known not in self.places:
            known = known[:-1]
        place = self.places.get(known, Place(0))
        index = place.start
        if known == path and place.scalar is not None and not of_key:
            index = index_of(self.text, place.scalar, offset)
        elif place.key is not None and (of_key or place.scalar is None):
            index = place.key
        return self.at(index, message, path)

    def at(self, index: int, message: str, path: Keys = ()) -> Mistake:
        """Give a mistake at a character of the text."""
        line, column = self._lines.place(index)
        return Mistake(path, message, file=self.name, line=line, column=column)

    def plain(self, path: Keys) -> str | None:
        """Give a plain scalar as it is written; None for anything else."""
        place = self.places.get(path)
        return place.scalar.value if place and place.scalar and place.scalar.style is None else None

    def names(self, *path: str) -> tuple[str, ...]:
        """Name the keys of a collection; none where there is no such collection."""
        data = self.data
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        return tuple(data) if isinstance(data, dict) else ()

    @cached_property
    def _lines(self) -> Lines:
        return Lines(self.text)


def meant(scalar: Scalar) -> str | int | bool | None:
    """Give the value that a scalar has by itself: only plain ones are whole numbers, truth values or null."""
    text = scalar.value
    if scalar.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _NUMBER.fullmatch(text) else text


def outside_lists(path: Keys) -> tuple[str, ...]:
    """Give the path of the outermost list on a path, or itself: one item less would displace the others."""
    return tuple(str(step) for step in itertools.takewhile(lambda step: isinstance(step, str), path))


def leave_out(data: dict[str, Any], path: tuple[str, ...], needed: Mapping[str, Any]) -> bool:
    """Leave out a value, or put in what is missing and `needed`; tell whether that could be done."""
    if not path:
        return False
    *above, name = path
    around = data
    for step in above:
        around = around.get(step, {})
    if name in around:
        del around[name]
    elif name in needed:
        around[name] = needed[name]
    else:
        return leave_out(data, tuple(above), needed)
    return True


def unreadable(folder: Path, name: str) -> str | None:
    """Say why a file named in a workspace's configuration cannot be read; None where it can."""
    try:
        target, inside = (folder / name).resolve(), folder.resolve()
    except (OSError, ValueError, RuntimeError):  # a circle of links, a null character
        return f"'{name}' is no path"
    if Path(name).is_absolute() or not target.is_relative_to(inside):
        return f"'{name}' is not inside the workspace: write a path relative to its folder"
    if not target.is_file():
        return f"there is no file '{name}' in the workspace: make it, or correct the name"
    return None


def all_of(mistakes: Iterable[Mistake]) -> FixFile:
    """Give the error for some mistakes, sorted by place, each once."""
    found = sorted(set(mistakes), key=lambda one: (one.file or "", one.line or 0, one.column or 0, one.message))
    files = " and ".join(dict.fromkeys(one.file or "" for one in found))
    number = "one mistake" if len(found) == 1 else f"{len(found)} mistakes"
    return FixFile(f"{number} in {files}: nothing was done", tuple(found))
