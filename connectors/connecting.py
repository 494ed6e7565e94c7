"""Connections that a person has agreed to: tokens that change with each use, and so are kept outside of connectors.

A connector whose way to log in is a refresh token is given a `Keeper` by whoever opens it; it asks the keeper for what
is kept, and has it renewed through the keeper alone. Its folder has a module `consent`:

    is_needed(settings)                            -> bool
    begin(settings, roots, state)                  -> Begun
    finish(settings, roots, code, verifier)        -> Kept
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Kept:
    """The tokens of a connection, and where the other side's API is; nothing of it is ever shown."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    place: str


@dataclass(frozen=True, slots=True)
class Begun:
    """Where a person is sent to agree, and what proves afterwards that it was we who sent them."""

    address: str = field(repr=False)
    verifier: str = field(repr=False)


class Keeper(Protocol):
    """Where the tokens of one connection are."""

    def kept(self) -> Kept:
        """Give them. `FixAccess` where nobody has agreed yet."""
        ...

    def renewed(self, spent: Kept, ask: Callable[[str], Kept]) -> Kept:
        """Give others in place of those that are over: kept before anybody uses them, asked for by one at a time.

        Where somebody else has renewed them meanwhile, those. `ask` is given the refresh token; what it raises goes
        on. `TryLater` where another one takes too long.
        """
        ...


@runtime_checkable
class Connects(Protocol):
    """A source that may need a keeper; it is told before anything is read."""

    def keep_tokens(self, keeper: Keeper) -> None:
        """Have tokens kept there."""
        ...


class Consent(Protocol):
    """The module `consent` of a connector."""

    def is_needed(self, settings: Any) -> bool:  # noqa: ANN401 - the connector's own
        """Tell whether the settings log in by what a person has agreed to."""
        ...

    def begin(self, settings: Any, roots: tuple[Path, ...], state: str) -> Begun:  # noqa: ANN401 - the connector's own
        """Say where a person is sent. `FixFile` where the settings log in otherwise."""
        ...

    def finish(self, settings: Any, roots: tuple[Path, ...], code: str, verifier: str) -> Kept:  # noqa: ANN401 - as above
        """Give the first tokens for what the person came back with. Errors: `FixAccess`, `TryLater`."""
        ...
