"""What is read of an element, said as the tree that it is, and read in one walk over what the tree names.

    _JOB = part({"@Primary_Job": "primary", "Position_Data": part({"Position_ID": text("position")})})
    read(_JOB, element)   # {"primary": "1", "position": "P-1"}

What is not named is passed over whole, and what is named and not sent is not in what was read. Of what is sent twice
where one is meant, the first that says something counts. Asking
for each thing by a path of its own takes five times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

WD = "{urn:com.workday/bsvc}"
Element = etree._Element  # noqa: SLF001 - lxml has no other name for it
#: What was read of an element: texts, ids by type, and lists of the same of what may come more than once.
Found = dict[str, Any]
#: Puts what is read of an element into what was found so far.
Take = Callable[[Element, Found], None]
_TYPE = f"{WD}type"
_DESCRIPTOR = f"{WD}Descriptor"


def read(take: Take, element: Element) -> Found:
    """Read an element."""
    found: Found = {}
    take(element, found)
    return found


def part(inner: Mapping[str, Take | str]) -> Take:
    """Read children by their names, and attributes by theirs after an @, which only say what to call them."""
    of_child = {WD + name: take for name, take in inner.items() if not isinstance(take, str)}.get
    attributes = [(WD + name[1:], called) for name, called in inner.items() if isinstance(called, str)]

    def take_children(element: Element, found: Found) -> None:
        for child in element[:]:  # a list: iterating makes each step a call
            if (take := of_child(child.tag)) is not None:  # type: ignore[arg-type]
                take(child, found)

    def take_both(element: Element, found: Found) -> None:
        for attribute, called in attributes:
            if said := element.get(attribute):
                found.setdefault(called, said)
        take_children(element, found)

    return take_both if attributes else take_children


def text(name: str) -> Take:
    """Read a text, without the space around it."""

    def take(element: Element, found: Found) -> None:
        if (said := element.text) and (said := said.strip()):
            found.setdefault(name, said)

    return take


def day_of(name: str) -> Take:
    """Read the day of a date or moment as it is written: an offset moves no date."""

    def take(element: Element, found: Found) -> None:
        if (said := element.text) and (said := said.strip()):
            found.setdefault(name, said[:10])

    return take


def flag(name: str) -> Take:
    """Read a truth value."""

    def take(element: Element, found: Found) -> None:
        if (said := element.text) and (said := said.strip()):
            found.setdefault(name, is_true(said))

    return take


def is_true(said: str | None) -> bool:
    """Tell whether a truth value says so."""
    return said in {"1", "true"}


def id_of(name: str, kind: str) -> Take:
    """Read the id of a type that a reference has."""

    def take(element: Element, found: Found) -> None:
        for one in element[:]:
            if one.get(_TYPE) == kind and (said := one.text) and (said := said.strip()):
                found.setdefault(name, said)

    return take


def ids(name: str) -> Take:
    """Read a reference: its ids, by their types."""

    def take(element: Element, found: Found) -> None:
        found.setdefault(name, _ids(element))

    return take


def label(name: str) -> Take:
    """Read what people call what a reference means; where that is not sent, the first id that is not Workday's own."""

    def take(element: Element, found: Found) -> None:
        said = element.get(_DESCRIPTOR) or next((one for kind, one in _ids(element).items() if kind != "WID"), None)
        if said:
            found.setdefault(name, said)

    return take


def each(name: str, take_one: Take) -> Take:
    """Read each of what may come more than once, by itself, as a list."""

    def take(element: Element, found: Found) -> None:
        one: Found = {}
        take_one(element, one)
        found.setdefault(name, []).append(one)

    return take


def _ids(element: Element) -> dict[str, str]:
    return {str(one.get(_TYPE)): said for one in element[:] if (said := (one.text or "").strip())}
