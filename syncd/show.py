"""What a person sees: tables, a line of progress on a terminal, plain lines without one."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_WITHOUT_TERMINAL = 160


class Progress:
    """Says what is being done and how far it has come; nothing at all when the answer is JSON."""

    def __init__(self, *, quiet: bool) -> None:
        """Write to standard error, so that answers can be piped."""
        self._quiet = quiet
        self._console = Console(stderr=True)
        self._shown = 0.0

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show a step while it lasts, and how long it took when that was over a second."""
        if self._quiet:
            yield
            return
        started = time.monotonic()
        if self._console.is_terminal:
            with self._console.status(what):
                yield
        else:
            yield
        if (took := time.monotonic() - started) > 1:
            self._console.print(f"{what}: {took:.1f} s", highlight=False)

    def say(self, what: str) -> None:
        """Say something that a person should know while it goes on."""
        if not self._quiet:
            self._console.print(what, highlight=False)

    def count(self, what: str, done: int, of: int) -> None:
        """Say how many of how many are done: in place on a terminal, else a line every few seconds."""
        if self._quiet or time.monotonic() - self._shown < (0.2 if self._console.is_terminal else 5):
            return
        self._shown = time.monotonic()
        share = f" of {of:,} ({100 * done // of} %)" if of else ""
        end = "\r" if self._console.is_terminal else "\n"
        self._console.print(f"{what}: {done:,}{share}", end=end, highlight=False)


#: Says nothing.
QUIET = Progress(quiet=True)


def answer(document: object) -> None:
    """Print one JSON document on standard output: over lines for a person, on one for a program."""
    indent = 2 if sys.stdout.isatty() else None
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=indent) + "\n")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str = "none") -> None:
    """Print a table; numbers to the right, long text folded."""
    console = _console()
    if not rows:
        console.print(title if empty in title else f"{title}: {empty}", highlight=False)
        return
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="dim", pad_edge=False)
    for number, name in enumerate(columns):
        is_number = all(isinstance(row[number], int) for row in rows)
        shown.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
    console.print(shown)


def line(text: str) -> None:
    """Print one line."""
    _console().print(Text(visible(text)))


def visible(text: str) -> str:
    """Write characters that would steer a terminal, or hide, as what they are."""
    return "".join(
        f"\\u{ord(one):04x}" if unicodedata.category(one) in ("Cc", "Cf") and one != "\n" else one for one in text
    )


def _console() -> Console:
    if sys.stdout.isatty():
        return Console()
    return Console(file=sys.stdout, width=_WIDTH_WITHOUT_TERMINAL)
