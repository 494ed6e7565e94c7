"""Which kinds of sources there are: each is a connector's folder with its settings, found by its name."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
from collections.abc import Iterator

import connectors
from formula.parse import suggestion

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def settings_of(kind: str) -> type | str:
    """Give the form of the settings of a kind; what is wrong with the kind where there is none.

    A kind is a folder of `connectors`, or the dotted name of a module that has `Settings` itself.
    """
    parts = kind.split(".")
    is_own = len(parts) == 1
    if not all(_NAME.fullmatch(part) for part in parts) or (is_own and kind not in _folders()):
        return f"there is no kind of source '{kind}'{suggestion(kind, _folders())}"
    try:
        module = importlib.import_module(f"connectors.{kind}.settings" if is_own else kind)
    except ModuleNotFoundError as missing:
        return f"there is no kind of source '{kind}': no module is named '{missing.name}'"
    form = getattr(module, "Settings", None)
    return form if isinstance(form, type) else f"'{kind}' is no kind of source: the module has no `Settings`"


def known() -> Iterator[tuple[str, type]]:
    """Yield every kind that has a folder, with the form of its settings."""
    for kind in _folders():
        form = settings_of(kind)
        if isinstance(form, type):
            yield kind, form


def _folders() -> list[str]:
    return sorted(
        one.name
        for one in pkgutil.iter_modules(connectors.__path__)
        if one.ispkg and importlib.util.find_spec(f"connectors.{one.name}.settings")
    )
