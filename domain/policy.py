"""Policies: which changes need no person, and which nobody may approve alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from domain.attributes import has_pay_effect
from domain.change import Change, Kind
from domain.user import is_same_user
from domain.value import Value


@dataclass(frozen=True, slots=True)
class Policy:
    """Changes of a kind that need no person.

    attributes     they touch nothing but these (empty: any)
    values         what these attributes may become, where a change touches them
    no_pay_effect  they touch nothing that a plan, a quota, crediting or payroll reads
    """

    kind: Kind
    attributes: tuple[str, ...] = ()
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    no_pay_effect: bool = False

    def allows(self, change: Change, named_by: Collection[str] = ()) -> bool:
        """Tell whether a change needs no person, where facts name people by some attributes: those say who is paid."""
        after = change.after
        says = {*after, change.source or ""} if change.kind is Kind.LINK else after.keys()
        return (
            self.kind is change.kind
            and (not self.attributes or after.keys() <= set(self.attributes))
            and all(after[name] in allowed for name, allowed in self.values.items() if name in after)
            and not (self.no_pay_effect and any(has_pay_effect(name) or name in named_by for name in says))
        )


def needs_another(by: str, author: str | None, emails: Iterable[str | None], *, own: str | None = None) -> str | None:
    """Say why somebody may not approve a change alone: they proposed it, or it is of their own record; else None.

    Whose record it is, the e-mails of those it is about say, or that somebody is known as one of them (`own`, the name
    of that user).
    """
    if is_same_user(by, author):
        return f"{by} proposed it: somebody else has to approve it"
    if own is not None or any(is_same_user(by, email) for email in emails):
        return of_their_own(own or by, "approve it")
    return None


def of_their_own(user: str, act: str, about: str | None = None) -> str:
    """Say that nobody decides what is of their own record, and what somebody else has to do."""
    what = f"{about} is about" if about else "it is of"
    return f"{what} {user}'s own record: somebody else has to {act}"
