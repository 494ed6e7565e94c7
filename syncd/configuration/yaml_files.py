"""Reads YAML: texts into documents that know where each value stands, documents into forms.

The only module that knows YAML and the validator. A plain scalar is a whole number, a truth value or null as in
YAML 1.2, and else text; where a text is asked for it is text whatever it looks like: `NO`, `010`, `2026-01-31`,
`1.10` stay as written.
"""

from __future__ import annotations

import copy
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from yaml.composer import Composer, ComposerError
from yaml.nodes import Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from domain.problem import Mistake
from syncd.configuration.document import Document, Keys, Place, leave_out, meant, outside_lists
from syncd.configuration.forms import LATER, NEEDED
from syncd.configuration.places import Scalar
from syncd.configuration.wording import fault, spot_of, syntax

Form = TypeVar("Form")

LARGEST = 1 << 20  # bytes of one file
_DEEPEST = 40  # collections inside each other
_MOST_REPEATED = 10_000  # values that aliases stand for
_ROUNDS = 20  # of taking out what does not fit; each takes out something
_ADAPTERS: dict[type, TypeAdapter[Any]] = {}  # made when first needed: making one takes time
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")


# --- from a text to data


def read_file(folder: Path, name: str, mistakes: list[Mistake]) -> Document:
    """Read one file; what cannot be read at all is a mistake and a document without data."""
    try:
        with (folder / name).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as wrong:
        mistakes.append(Document(name, "").at(0, f"cannot be read: {wrong.strerror}"))
        return Document(name, "")
    return read_text(name, content, mistakes)


def read_text(name: str, content: bytes, mistakes: list[Mistake]) -> Document:
    """Read the bytes of a file of this name, as `read_file` does."""
    if len(content) > LARGEST:
        mistakes.append(Document(name, "").at(0, f"larger than {LARGEST:,} bytes: split it"))
        return Document(name, "")
    try:
        document = Document(name, content.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as wrong:
        document = Document(name, content[: wrong.start].decode().removeprefix("\ufeff"))
        mistakes.append(document.at(len(document.text), "not UTF-8 from here on: save the file as UTF-8"))
        return document
    index, message = 0, "the file is empty: nothing is said in it"
    try:
        node = _composed(document.text)
        data = None if node is None else _Builder(document, mistakes).data(node, ())
        if data is not None:
            return Document(name, document.text, data, document.places)
    except yaml.MarkedYAMLError as wrong:
        at_start = "end of stream" in (wrong.problem or "")  # of a quote: where it begins says more
        mark = (wrong.context_mark if at_start else None) or wrong.problem_mark
        index, message = mark.index if mark else 0, syntax(wrong.problem or "", wrong.context or "")
    except ReaderError as wrong:
        index, message = (
            wrong.position,
            f"the character U+{ord(document.text[wrong.position]):04X} may not stand here",
        )
    except _NoCharacterError as wrong:
        index, message = wrong.index, "there is no character with this number"
    mistakes.append(document.at(index, message))
    return Document(name, document.text)


class _NoCharacterError(Exception):
    """An escape names a character that there is not, such as `U+110000`."""

    def __init__(self, index: int) -> None:
        self.index = index


@lru_cache(maxsize=32)
def _composed(text: str) -> Node | None:
    """Compose the nodes of a text, which nobody changes: who reads an unchanged file anew need not take it apart."""
    loader = _Loader(text)
    try:
        node: Node | None = loader.get_single_node()
    except (ValueError, OverflowError):
        raise _NoCharacterError(loader.index) from None
    return node


class _Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    """Composes nodes and makes nothing of them: every plain scalar is a text yet."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:  # noqa: ANN401 - the signature is PyYAML's
        """Compose one node, unless it lies too deep."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ComposerError(None, None, "too deep", self.peek_event().start_mark)  # type: ignore[no-untyped-call]
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _Builder:
    """Makes data of nodes, and notes where each value stands."""

    def __init__(self, document: Document, mistakes: list[Mistake]) -> None:
        self._document, self._mistakes = document, mistakes
        self._seen: set[int] = set()
        self._open: set[int] = set()
        self._repeated = 0

    def data(self, node: Node, path: Keys, key: int | None = None) -> Any:  # noqa: ANN401 - a document
        """Give a node as data; aliases that repeat too much or themselves are an error of the whole file."""
        start = node.start_mark.index
        self._repeated += id(node) in self._seen
        self._seen.add(id(node))
        if id(node) in self._open:
            raise ComposerError(None, None, "alias inside itself", node.start_mark)
        if self._repeated > _MOST_REPEATED:
            raise ComposerError(None, None, "too many aliases", node.start_mark)
        if node.tag.removeprefix("tag:yaml.org,2002:") not in ("str", "seq", "map"):
            self._wrong(start, "a tag (`!`) means nothing here: leave it out, or put the text in quotes")
        if isinstance(node, ScalarNode):
            scalar = Scalar(node.value, start, node.end_mark.index, node.style)
            self._document.places[path] = Place(start, key, scalar)
            if _HALF_A_CHARACTER.search(node.value):
                self._wrong(start, "an escape here is half a character: write the character itself")
                return ""
            return meant(scalar)
        self._document.places[path] = Place(start, key)
        self._open.add(id(node))
        data = self._list(node, path) if isinstance(node, SequenceNode) else self._dict(node, path)
        self._open.discard(id(node))
        return data

    def _list(self, node: SequenceNode, path: Keys) -> list[Any]:
        return [self.data(item, (*path, position)) for position, item in enumerate(node.value)]

    def _dict(self, node: Node, path: Keys) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            start = key.start_mark.index
            if not isinstance(key, ScalarNode):
                self._wrong(start, "a key must be a text")
            elif key.value == "<<" and key.style is None:
                self._wrong(start, "`<<` takes over nothing here: write the keys out")
            elif key.value in found:
                first = self._document.places[(*path, key.value)].key or 0
                line = self._document.at(first, "").line
                self._wrong(start, f"the key `{key.value}` stands here twice, first in line {line}: keep one")
            else:
                found[key.value] = self.data(value, (*path, key.value), start)
        return found

    def _wrong(self, index: int, message: str) -> None:
        self._mistakes.append(self._document.at(index, message))


# --- from data to forms


def shaped(
    form: type[Form], document: Document, root: Keys, mistakes: list[Mistake], part: object = None
) -> Form | None:
    """Give a document, or the part of it at a path, in its form.

    What does not fit becomes mistakes and is left out of the form, so that the rest can be looked at;
    `NEEDED` stands in for what cannot be left out. None where nothing fits.
    """
    data = copy.deepcopy(document.data if part is None else part)
    is_told = document.data is None
    for _ in range(_ROUNDS):
        try:
            return _adapter(form).validate_json(json.dumps(data), strict=True)
        except ValidationError as wrong:
            errors = wrong.errors(include_url=False)
        rewritten = [_as_text(form, document, root, data, error) for error in errors]
        if any(rewritten):
            continue
        said = {fault(form, data, error, LATER): error["type"] for error in errors}
        found = {one: kind for one, kind in said.items() if one}
        # what a form refuses as a whole shows only when each value fits; all else then is an after-effect
        mistakes += [
            document.mistake((*root, *one.path), one.message, of_key=one.of_key)
            for one, kind in found.items()
            if not is_told or kind == "value_error"
        ]
        is_told = True
        if not isinstance(data, dict):
            return None
        for path in dict.fromkeys(outside_lists(one.part or one.path) for one in found):
            if not leave_out(data, path, NEEDED):
                return None
    return None


def _as_text(form: type, document: Document, root: Keys, data: Any, error: Any) -> bool:  # noqa: ANN401 - a document, and what the validator gives
    """Take a plain scalar as it is written where a text is asked for; tell whether that was done."""
    is_word = error["type"] == "enum" and error["input"] is None  # the word `null`
    if not is_word and not (error["type"] in ("string_type", "enum") and isinstance(error["input"], int)):
        return False
    path = spot_of(form, data, error["loc"]).path
    text = document.plain((*root, *path))
    if not text:
        return False
    for step in path[:-1]:
        data = data[step]
    is_new = data[path[-1]] != text
    data[path[-1]] = text
    return bool(is_new)


def schema_of(form: type) -> dict[str, Any]:
    """Give the JSON Schema of a form, as the validator has it."""
    return _adapter(form).json_schema()


def _adapter(form: type[Form]) -> TypeAdapter[Form]:
    if form not in _ADAPTERS:
        _ADAPTERS[form] = TypeAdapter(form)
    return _ADAPTERS[form]
