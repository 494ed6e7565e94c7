"""How ids look outside: a letter and a number. Participant P, change C, run R, conflict Q, batch B, rejection J."""

from __future__ import annotations

from domain.errors import FixFile


def number(text: str, letter: str, what: str) -> int:
    """Read `C12` or `12`; anything else is a mistake that says what was expected."""
    bare = text.removeprefix(letter).removeprefix(letter.lower())
    if not bare.isdigit():
        raise FixFile(f"{text!r} is no {what}: write {letter}12, as it is listed")
    return int(bare)
