"""Opening a source of any kind, found by its name: no registry to keep.

A kind is a folder here with `source.py`, or the dotted path of a module of someone else's. Either holds

    Settings                         a frozen dataclass: what the YAML of such a source may say
    open_source(settings, roots)     -> connectors.base.Source

`roots[0]` is the workspace; the others are further folders that files may come from.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import cast

from connectors.base import Source
from domain.errors import FixFile
from domain.problem import Mistake


def open_source(kind: str, settings: object, roots: tuple[Path, ...]) -> Source:
    """Open a source with the `Settings` of its kind; `FixFile` where there is no such kind, or they cannot be."""
    name = kind if "." in kind else f"connectors.{kind}.source"
    try:
        module = import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{name}.".startswith(f"{missing.name}."):
            raise  # the module is there and lacks something itself
        message = f"there is no kind of source `{kind}`"
        raise FixFile(message, (Mistake(("kind",), message),)) from None
    return cast("Source", module.open_source(settings, roots))
