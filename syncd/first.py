"""Of two errors the first is the one to be shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def shown_first(error: BaseException) -> Iterator[None]:
    """Raise `error` for whatever goes wrong while it is dealt with, chained to that."""
    try:
        yield
    except Exception as second:
        raise error from second
