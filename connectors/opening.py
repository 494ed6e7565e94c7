"""Opening a source of any kind, found by its name: no registry to keep.

A kind is a folder here with `source.py`, or the dotted path of a module of someone else's. Either holds

    Settings                         a frozen dataclass: what the YAML of such a source may say
    open_source(settings, roots)     -> connectors.base.Source

`roots[0]` is the workspace; the others are further folders that files may come from.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, cast

from connectors.base import Source
from connectors.connecting import Consent
from connectors.writing import Writer
from domain.errors import FixFile
from domain.problem import Mistake


def open_source(kind: str, settings: object, roots: tuple[Path, ...]) -> Source:
    """Open a source with the `Settings` of its kind; `FixFile` where there is no such kind, or they cannot be."""
    name = kind if "." in kind else f"connectors.{kind}.source"
    module = _module(name, f"there is no kind of source `{kind}`")
    return cast("Source", module.open_source(settings, roots))


def consent_of(kind: str) -> Consent:
    """Give how a person agrees to a connection of a kind; `FixFile` where that kind knows no such thing."""
    message = f"a source of the kind `{kind}` is connected by what its `auth` says: there is nothing to agree to"
    return cast("Consent", _module(f"connectors.{kind}.consent", message))


def is_agreed_to(kind: str, settings: object) -> bool:
    """Tell whether a person has to agree to a connection before anything can be read."""
    try:
        return consent_of(kind).is_needed(settings)
    except FixFile:
        return False


def writer_of(kind: str, settings: object, roots: tuple[Path, ...]) -> Writer:
    """Open a system to be written to; `FixFile` where its kind is only read."""
    module = _module(f"connectors.{kind}.writing", f"a source of the kind `{kind}` is only read")
    return cast("Writer", module.open_writer(settings, roots))


def written_at(kind: str, settings: object) -> str:
    """Give which system is written to; `FixFile` where its kind is only read."""
    return str(
        _module(f"connectors.{kind}.writing", f"a source of the kind `{kind}` is only read").written_at(settings)
    )


def _module(name: str, message: str) -> Any:  # noqa: ANN401 - a connector's own
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{name}.".startswith(f"{missing.name}."):
            raise  # the module is there and lacks something itself
        raise FixFile(message, (Mistake(("kind",), message),)) from None
