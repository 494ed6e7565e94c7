"""`--as`: for whom a command acts, and that what it is refused is written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar

import click

from domain.errors import Refused, SyncError
from syncd.access.noting import note_refusals, ours
from syncd.world import actor, open_world

_F = TypeVar("_F", bound=Callable[..., Any])

#: Adds `--as USER` alone: of what is done where there may be no database yet.
for_user = click.option("--as", "user", help="whom you act for (default: yourself)")


def as_user(command: _F) -> _F:
    """Add `--as USER`; what that user is refused is in the audit."""

    @wraps(command)
    def noting(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the command takes and gives
        try:
            return command(*given, **options)
        except Refused as refused:
            with suppress(SyncError):  # that nothing can be written now is not what went wrong
                _note(refused, options["user"])
            raise

    return for_user(noting)  # type: ignore[return-value]  # it takes what the command takes


def _note(refused: Refused, user: str | None) -> None:
    """Write down what a command was refused: which, and of what that is a number of ours or a period."""
    context = click.get_current_context()
    names = [one.name or "" for one in context.command.params if isinstance(one, click.Argument)]
    words, act = ours((name, context.params[name]) for name in names), context.command_path.partition(" ")[2]
    note_refusals(open_world(*context.obj), act, [(" ".join(words) or act, refused.message)], actor(user))
