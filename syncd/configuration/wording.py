"""What is wrong with the shape of a document, in plain words and with what to do.

In: the dataclass a part of a document should fit, the data, and the raw errors of the validator. Out: a path
in the data and a message. Of a union only the branch that the data looks like is talked about.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union

from connectors.secret import Secret
from formula.parse import suggestion

Path = tuple[str | int, ...]
Later = Mapping[type, frozenset[str]]

_UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
_MISSING = ("missing", "missing_argument", "missing_keyword_only_argument")
_PLAIN = {str: "a text", int: "a whole number", bool: "`true` or `false`", tuple: "a list"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong; `of_key`: with the key at the path, else `offset` characters into its value.

    part  what of the data means nothing with it, where that is more than what stands at the path
    """

    path: Path
    message: str
    of_key: bool = False
    offset: int = 0
    part: Path | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """What an error of the validator is about: the path, without names of branches, and what should be there.

    is_meant  False where the error speaks of a union's branch that the data does not look like
    """

    path: Path
    kind: Any
    is_meant: bool


def fault(form: type, data: object, error: Mapping[str, Any], later: Later) -> Fault | None:
    """Say one error of the validator in plain words; None where it speaks of a branch that is not meant."""
    location: Path = error["loc"]
    if untold := _untold(form, data, location):
        return untold
    if error["type"] in (*_UNKNOWN_KEY, *_MISSING):
        spot = spot_of(form, data, location[:-1])
        return _key(spot, str(location[-1]), error["type"], later) if spot.is_meant else None
    spot = spot_of(form, data, location)
    if not spot.is_meant:
        return None
    if error["type"] == "value_error":
        return Fault(_named_in(spot.path, error), str(error["ctx"]["error"]))
    return Fault(spot.path, _wrong(spot, error["input"], later))


def spot_of(form: Any, data: Any, location: Path) -> Spot:  # noqa: ANN401 - a type, and a document
    """Follow the location of an error into the data."""
    path: Path = ()
    rest = list(location)
    while True:
        branches = _branches(form)
        if len(branches) > 1:
            meant = _meant(branches, data)
            if meant is None:
                return Spot(path, form, is_meant=True)
            if not rest or not _is_called(meant, str(rest.pop(0))):
                return Spot(path, form, is_meant=False)
            form = meant
        elif branches:
            form = branches[0]
        if not rest:
            return Spot(path, form, is_meant=True)
        step = rest.pop(0)
        form, data, path = _inside(form, step), _at(data, step), (*path, step)


def keys(form: Any) -> tuple[str, ...]:  # noqa: ANN401 - a type
    """Name the keys that a dataclass has in YAML."""
    return tuple(_fields(form)) if _is_form(form) else ()


def _key(spot: Spot, name: str, code: str, later: Later) -> Fault:
    if code in _MISSING:
        return Fault((*spot.path, name), f"the key `{name}` is missing: add it", of_key=True)
    path = (*spot.path, name)
    if name in later.get(spot.kind, ()):
        return Fault(path, f"`{name}` is not available in this version: leave it out", of_key=True)
    return Fault(path, f"there is no key `{name}` here{suggestion(name, keys(spot.kind))}", of_key=True)


def _wrong(spot: Spot, value: object, later: Later) -> str:
    name = next((f"`{step}`" for step in reversed(spot.path) if isinstance(step, str)), "the file")
    item = f"each of {name}" if spot.path and isinstance(spot.path[-1], int) else name
    if value is None:
        return f"{item} is empty: give it a value, or leave the line out"
    if isinstance(spot.kind, type) and issubclass(spot.kind, Enum) and isinstance(value, str):
        if value in later.get(spot.kind, ()):
            return f"{name} cannot be '{value}': not available in this version"
        return f"{item} cannot be '{value}'{suggestion(value, tuple(str(one.value) for one in spot.kind))}"
    if Secret in (spot.kind, *_branches(spot.kind)):  # what stands there may be one, and is not repeated
        return f"{item} is `{{env: NAME}}` or `{{file: PATH}}`: a secret is never written here"
    return f"{item} must be {_called(spot.kind)}, not {_look(value)}"


def _named_in(path: Path, error: Mapping[str, Any]) -> Path:
    """Point at the key that a dataclass's own refusal names first, where the data has it."""
    first = str(error["ctx"]["error"]).split("`")
    has_it = len(first) > 1 and isinstance(error["input"], dict) and first[1] in error["input"]
    return (*path, first[1]) if has_it else path


def _branches(form: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type
    if typing.get_origin(form) in (Union, types.UnionType):
        return tuple(one for one in typing.get_args(form) if one is not types.NoneType)
    return ()


def _meant(branches: tuple[Any, ...], data: object) -> Any:  # noqa: ANN401 - types
    """Give the branch that data looks like, by its tag where the branches have one; None for none of them."""
    if tags := _tags(branches):
        return tags[1].get(data.get(tags[0])) if isinstance(data, dict) else None
    return next((one for one in branches if _fits(one, data)), None)


def _tags(branches: tuple[Any, ...]) -> tuple[str, dict[Any, Any]] | None:
    """Give the key that tells several forms apart (`type: tiers`), and the form of each of its values."""
    if len(branches) < 2 or not all(_is_form(one) for one in branches):  # noqa: PLR2004 - one form has no other
        return None
    for key in _fields(branches[0]):
        kinds = [_fields(one).get(key) for one in branches]
        if all(typing.get_origin(kind) is Literal for kind in kinds):
            pairs = zip(kinds, branches, strict=True)
            return key, {value: form for kind, form in pairs for value in typing.get_args(kind)}
    return None


def _untold(form: Any, data: Any, location: Path) -> Fault | None:  # noqa: ANN401 - a type, and a document
    """Say that a part of the data on the way to an error does not tell which of several forms it has."""
    path: Path = ()
    for step in location:
        branches = _branches(form)
        if isinstance(data, dict) and (tags := _tags(branches)):
            key, forms = tags
            if data.get(key) in forms:
                return None  # tags stand nowhere deeper
            known = suggestion(str(data.get(key)), tuple(forms))
            if key in data:
                return Fault((*path, key), f"`{key}` cannot be '{data[key]}'{known}", part=path)
            return Fault((*path, key), f"the key `{key}` is missing: add it{known}", of_key=True, part=path)
        form = branches[0] if len(branches) == 1 else form
        form, data, path = _inside(form, step), _at(data, step), (*path, step)
    return None


def _fits(form: Any, data: object) -> bool:  # noqa: ANN401 - a type
    """Tell whether data looks as if it were meant for a branch."""
    origin = typing.get_origin(form) or form
    if origin in (bool, int):
        return type(data) is origin
    if isinstance(data, list):
        return origin is tuple
    if isinstance(data, dict):
        return origin is dict or _is_form(form)
    return isinstance(data, str) and isinstance(origin, type) and issubclass(origin, (str, Enum))


def _is_called(form: Any, branch: str) -> bool:  # noqa: ANN401 - a type
    """Tell whether the validator calls a branch so: `str`, `Rule`, `tuple[str, ...]`, `str-enum[Kind]`."""
    if origin := typing.get_origin(form):
        return branch.startswith(f"{origin.__name__}[")
    return branch == form.__name__ or branch.endswith(f"[{form.__name__}]")


def _inside(form: Any, step: str | int) -> Any:  # noqa: ANN401 - types
    origin, inner = typing.get_origin(form), typing.get_args(form)
    if origin is tuple:
        return inner[0]
    if origin is dict:
        return inner[1]
    return _fields(form).get(str(step), Any) if _is_form(form) else Any


def _is_form(form: object) -> bool:
    return isinstance(form, type) and dataclasses.is_dataclass(form)


def _at(data: Any, step: str | int) -> Any:  # noqa: ANN401 - a document
    if isinstance(data, dict):
        return data.get(step)
    return data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None


@cache
def _fields(form: Any) -> dict[str, Any]:  # noqa: ANN401 - types
    settings: dict[str, Any] = getattr(form, "__pydantic_config__", {})
    renamed = settings.get("alias_generator", str)
    hints = typing.get_type_hints(form)
    return {renamed(one.name): hints[one.name] for one in dataclasses.fields(form)}


def _called(form: Any) -> str:  # noqa: ANN401 - a type
    if branches := _branches(form):
        *first, last = dict.fromkeys(_called(one) for one in branches)
        return f"{', '.join(first)} or {last}" if first else last
    origin = typing.get_origin(form) or form
    if origin is Literal:
        return " or ".join(str(one) for one in typing.get_args(form))
    if origin is dict or _is_form(form):
        return "keys with values (`name: value`)"
    if isinstance(origin, type) and issubclass(origin, Enum):
        return f"one of {_listed(str(one.value) for one in origin)}"
    return _PLAIN.get(origin, "something else")


def _look(value: object) -> str:
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    return f"'{str(value).lower() if isinstance(value, bool) else value}'"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


#: What the YAML parser says (of where it is, or of what it found there), and what to say instead.
_SYNTAX = (
    (
        "mapping values are not allowed",
        "a `:` may not stand here: quote the text, or correct the indentation",
    ),
    ("could not find expected ':'", "a `:` is missing after the key, or the indentation is not right"),
    ("expected <block end>", "this does not fit the lines above: correct the indentation"),
    ("block sequence entries are not allowed", "a list may not begin here: put it on a line of its own"),
    ("sequence entries are not allowed", "a list may not begin here: put it on a line of its own"),
    ("expected ',' or ']'", "a `,` or the closing `]` is missing before this"),
    ("expected ',' or '}'", "a `,` or the closing `}` is missing before this"),
    ("found unexpected end of stream", "this quote is not closed"),
    ("while scanning an alias", "a text may not begin with `*`: put it in quotes"),
    ("found undefined alias", "a text may not begin with `*`: put it in quotes"),
    ("while scanning an anchor", "a text may not begin with `&`: put it in quotes"),
    ("while scanning a block scalar", "a text may not begin with `|` or `>`: put it in quotes"),
    ("while scanning a tag", "a text may not begin with `!`: put it in quotes"),
    ("while parsing a tag", "a text may not begin with `!`: put it in quotes"),
    ("found duplicate anchor", "two values have the same anchor (`&`): rename one"),
    ("expected a single document", "a second document begins here: leave `---` out"),
    ("too deep", "too many values inside each other"),
    ("alias inside itself", "this value is repeated by an alias (`*`) inside itself: write it out"),
    ("too many aliases", "this and others are repeated too often by aliases (`*`): write them out"),
    ("found character '\\t'", "a tab stands here: indent with spaces"),
    ("found unknown escape character", "this `\\` begins no character: write `\\\\`, or use single quotes"),
)


def syntax(problem: str, context: str) -> str:
    """Say in plain words what the YAML parser found."""
    for beginning, meant in _SYNTAX:
        if problem.startswith(beginning) or context.startswith(beginning):
            return meant
    if problem.startswith("found character"):
        return f"a text may not begin with {problem.split()[2]}: put it in quotes"
    return f"this is not YAML: {problem}"
