"""Users: who acts, as people write a name. Four eyes are two people, however the name of one is spelled."""

from __future__ import annotations

from unicodedata import normalize


def user_named(text: str) -> str | None:
    """Give the user that somebody names, in one spelling; None where the text names nobody.

    A name has letters that are seen: with a control or format character in it (a line end, a zero-width space) it
    would look like another one.
    """
    name = normalize("NFC", text).strip()
    return name if name and name.isprintable() else None


def is_same_user(one: str, other: str | None) -> bool:
    """Tell whether two names are those of one person: whether written with capitals, or in wide letters, or not."""
    return other is not None and folded_name(one) == folded_name(other)


def folded_name(name: str) -> str:
    """Give what two spellings of one name have in common."""
    return normalize("NFKC", normalize("NFKC", name).casefold()).strip()
