"""Reading other systems: pages of bytes, and where to go on.

A kind of source is a folder here with `source.py`, or the dotted path of a module of someone else's; either
holds

    Settings                          a frozen dataclass: what the YAML of such a source may say
    open_source(settings, roots)      -> connectors.base.Source; `roots[0]` is the workspace, the others are
    further
                                         folders that files may come from
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import cast

from connectors.base import Source
from domain.errors import FixFile
from domain.problem import Mistake

KIND = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")


def settings_type(kind: str) -> type[object]:
    """Give the dataclass of what the YAML of such a source may say; `FixFile` if there is no such kind."""
    return cast("type[object]", _module(kind).Settings)


def open_source(kind: str, settings: object, roots: tuple[Path, ...]) -> Source:
    """Open a source of this kind with its own `Settings`; `FixFile` where they cannot be right."""
    return cast("Source", _module(kind).open_source(settings, roots))


def kinds() -> tuple[str, ...]:
    """Name the kinds that come with this program."""
    return tuple(sorted(path.parent.name for path in Path(__file__).parent.glob("*/source.py")))


def _module(kind: str) -> ModuleType:
    name = kind if "." in kind else f"connectors.{kind}.source"
    if not KIND.fullmatch(kind) or not _exists(name):
        message = f"there is no kind of source `{kind}`; say one of {', '.join(kinds())}, or the path of a module"
        raise FixFile(message, (Mistake(("kind",), message),))
    return import_module(name)


def _exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
