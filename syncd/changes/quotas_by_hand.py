"""A quota that a person sets: `set 00274 "quota:revenue=300000 USD" --from 2017-07-01 --to 2017-09-30`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.attributes import QUOTA
from domain.errors import FixFile
from domain.quota import Quota, quota_of
from domain.value import Value
from formula.canonical import decimal


def quotas_by_hand(texts: Sequence[str], first: date, until: date | None) -> dict[str, Value]:
    """Read quotas over `[first, until)`; an empty amount is none. `FixFile` lists all that is wrong with them."""
    if until is None:
        raise FixFile("a quota is the target of some days: say its last one with --to")
    values: dict[str, Value] = {}
    wrong = []
    for text in texts:
        name, equals, said = text.partition("=")
        if not equals or not name.startswith(QUOTA):
            wrong.append(f"{text}: a quota is set by itself, as quota:MEASURE=AMOUNT CURRENCY")
            continue
        found = _quota(name, said, first, until)
        if isinstance(found, Quota):
            values[found.attribute] = found.value if said.strip() else None
        else:
            wrong.append(f"{text}: {found}")
    if wrong:
        raise FixFile("; ".join(wrong))
    return values


def _quota(name: str, said: str, first: date, until: date) -> Quota | str:
    """Give the quota that somebody typed, or what is wrong with it."""
    measure, _, line = name.removeprefix(QUOTA).partition(":")
    amount, _, currency = said.strip().partition(" ")
    number = decimal(amount or "0")
    if number is None:
        return f"'{amount}' is no number: write it like 300000.50"
    texts = {"measure": measure, "line": line, "amount": number, "currency": currency.strip()}
    found = quota_of({**texts, "from": first.isoformat(), "until": until.isoformat()})
    return found if isinstance(found, Quota) else "; ".join(one.message for one in found)
