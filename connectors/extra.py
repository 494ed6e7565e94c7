"""Kinds of sources that need a package which not everybody installs."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from domain.errors import FixFile
from domain.problem import Mistake


def module_of(name: str, extra: str) -> ModuleType:
    """Import a module of a connector; `FixFile` with what to install where its package is not there."""
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] in {"connectors", "domain", "formula"}:
            raise
        message = f"`kind: {extra}` needs the package {missing.name}: install syncd[{extra}]"
        raise FixFile(message, (Mistake(("kind",), message),)) from None
