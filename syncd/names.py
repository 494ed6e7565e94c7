"""How ids look outside, a letter and a number, and how values look to a person.

Participant P, change C, run R, conflict Q, batch B, rejection J, adjustment A, apart X, job T, effect E, path W.
Somebody is shown by name, a set with semicolons, null as a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from domain.attributes import STANDARD, AttributeType
from domain.errors import FixFile
from domain.value import Value, Values, plain
from store.people import people_of

#: Attributes whose value is a person.
_PEOPLE = tuple(name for name, kind in STANDARD.items() if kind is AttributeType.PARTICIPANT)


def number(text: str, letter: str, what: str) -> int:
    """Read `C12` or `12`; anything else is a mistake that says what was expected."""
    bare = text.removeprefix(letter).removeprefix(letter.lower())
    if not (bare.isascii() and bare.isdigit()):
        raise FixFile(f"{text!r} is no {what}: write {letter}12, as it is listed")
    return int(bare)


def labels(tx: Connection, several: Iterable[Values]) -> dict[str, str]:
    """Give the people that values name with their names: `P274` -> `Stephen Jiang (P274)`."""
    named = {str(values[name]) for values in several for name in _PEOPLE if values.get(name)}
    known = people_of(tx, [int(one[1:]) for one in named])
    return {f"P{number}": f"{person.name} (P{number})" for number, person in known.items() if person.name}


def shown(value: Value, known: Mapping[str, str]) -> str:
    """Say a value to a person."""
    found = plain(value)
    if found is None:
        return "nothing"
    return ";".join(found) if isinstance(found, list) else known.get(found, found)
