"""What `write_back` means: where committed results are written, and what keeps that from coming back to us.

What we write may not be what we read: a feed of the same org that reads the object would see its own echo. So only a
custom object of its own is written, and none that a feed reads.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from syncd.configuration.forms import WorkspaceForm
from syncd.configuration.settings import SourceSettings, WriteBack
from syncd.configuration.wording import Fault

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_OWN = re.compile(r"[A-Za-z]\w*__c", re.ASCII)
_FIELD = re.compile(r"[A-Za-z]\w*", re.ASCII)


def faults_of_write_back(form: WorkspaceForm, names: Collection[str], sources: Collection[str]) -> Iterator[Fault]:
    """Yield what is wrong with where results are written."""
    for name in names:
        if not _NAME.fullmatch(name):
            told = f"what is written has a name of letters, digits, `_` and `-`, a letter first: rename '{name}'"
            yield Fault(("write_back", name), told, of_key=True)
    for name, said in form.write_back.items():
        path = ("write_back", name)
        if said.source not in sources:
            yield Fault((*path, "source"), f"there is no source '{said.source}'")
        if not _OWN.fullmatch(said.object):
            told = "results are written into a custom object of their own, such as `Commission_Result__c`"
            yield Fault((*path, "object"), told)
        for field in (said.key, *said.fields):
            if not _FIELD.fullmatch(field):
                yield Fault(
                    (*path, "fields", field) if field != said.key else (*path, "key"), "that is no field's name"
                )
        if not said.fields:
            yield Fault((*path, "fields"), "there is nothing to write: name at least one field", of_key=True)
        if said.key in said.fields:
            told = "the key is written by itself: leave it out of `fields`"
            yield Fault((*path, "fields", said.key), told, of_key=True)
        if said.parent is not None and said.parent not in said.fields:
            yield Fault((*path, "parent"), f"`fields` has no '{said.parent}': the parent is one of them")
        for feed, other in form.feeds.items():
            if (other.stream or "").lower() == said.object.lower() and _is_same(form, said.source, other.source):
                told = f"`{feed}` reads {said.object}: what is written there would come back; read or write another one"
                yield Fault((*path, "object"), told)


def write_back_of(form: WorkspaceForm, sources: Mapping[str, SourceSettings]) -> dict[str, WriteBack]:
    """Give where results are written, of a form without faults."""
    return {
        name: WriteBack(name, sources[said.source], said.object, said.key, dict(said.fields), said.parent)
        for name, said in form.write_back.items()
    }


def _is_same(form: WorkspaceForm, one: str, other: str) -> bool:
    """Tell whether two sources are one system: the same one, or two names of the same place."""
    first, second = (_place(form.sources.get(name, {})) for name in (one, other))
    return one == other or first == second


def _place(data: dict[str, Any]) -> tuple[object, ...]:
    return data.get("kind"), data.get("my_domain"), data.get("host"), data.get("path")
