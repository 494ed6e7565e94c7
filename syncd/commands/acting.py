"""`--as`: for whom a command acts, and that what it is refused is written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any, TypeVar

import click

from domain.errors import AtWork, Refused, SyncError
from syncd.access.noting import note_refusals
from syncd.world import actor, open_world

_F = TypeVar("_F", bound=Callable[..., Any])
#: As many letters of what a refused command named are written down.
_NAMED = 200

#: Adds `--as USER` alone: of what is done where there may be no database yet.
for_user = click.option("--as", "user", help="whom you act for (default: yourself)")


def as_user(command: _F) -> _F:
    """Add `--as USER`; what that user is refused is in the audit."""

    @wraps(command)
    def noting(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever the command takes and gives
        try:
            return command(*given, **options)
        except AtWork:
            raise  # it is to wait, no more
        except Refused as refused:
            with suppress(SyncError):  # that nothing can be written now is not what went wrong
                _note(refused, options["user"])
            raise

    return for_user(noting)  # type: ignore[return-value]  # it takes what the command takes


def _note(refused: Refused, user: str | None) -> None:
    """Write down what a command was refused: which, and of what. An e-mail or a value is left out: it is personal."""
    context = click.get_current_context()
    named = [context.params[one.name or ""] for one in context.command.params if isinstance(one, click.Argument)]
    words = [str(word) for one in named for word in (one if isinstance(one, tuple) else (one,)) if word is not None]
    about = " ".join(word.partition("=")[0] for word in words if "@" not in word)
    act = context.command_path.partition(" ")[2]
    note_refusals(open_world(*context.obj), act, [(about[:_NAMED], refused.message)], actor(user))
