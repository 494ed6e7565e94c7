"""What pages tell somebody beside their own content: that something was done, and what is wrong."""

from __future__ import annotations

from datetime import date

from flask import flash
from markupsafe import Markup, escape

from api.asking import texts
from syncd.catalogue import Said


def tell(text: str, *named: str | int | date) -> None:
    """Tell a text of the catalogue, with what it names, on the page that comes next."""
    flash(texts().say(Said(text, named)))


def tell_wrong(message: str) -> None:
    """Tell what is wrong, as syncd says it."""
    flash(sentence(message), "wrong")


def tell_refused(text: str, name: str, why: str) -> None:
    """Tell why something was not done: a text of the catalogue about what is named, and what syncd says."""
    flash(escape(texts().get(text)).format(name, sentence(why)), "wrong")


def sentence(given: str) -> str:
    """Say a sentence of syncd in the reader's language; in English, and marked so, where it has no text in that."""
    found = texts().sentence(given)
    return found if found is not None else Markup('<span lang="en">{}</span>').format(given)
