"""`memberships` in `syncd.yaml`: who is on which plan, by a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.attributes import DECISIVE, DERIVED, AttributeType
from domain.membership import PLANS, MembershipRule
from formula.check import check as check_types
from formula.expression import Type
from formula.parse import parse, suggestion
from mapping.spec import Mapping as FieldMapping
from mapping.typed import typed
from syncd.configuration.forms import WorkspaceForm
from syncd.configuration.wording import Fault

#: What no membership can bring.
_NO_TERMS = frozenset((*DERIVED, *DECISIVE, PLANS, "plan", "name", "email"))


def faults_of_memberships(form: WorkspaceForm, types: Mapping[str, AttributeType]) -> Iterator[Fault]:
    """Yield what is wrong with them; `types` are the attributes that there are."""
    names = tuple(name for name, kind in types.items() if kind is not AttributeType.SET)
    for plan, one in form.memberships.items():
        for key, text in (("who", one.who), ("pilot", one.pilot)):
            condition, found = parse(text, names) if text is not None else (None, [])
            for mistake in found or (check_types(condition, None, Type.BOOL) if condition is not None else []):
                yield Fault(("memberships", plan, key), mistake.message, offset=mistake.offset)
        for name, text in one.terms.items():
            if wrong := _term(name, text, types):
                yield Fault(("memberships", plan, "terms", name), wrong)


def feeds_of_plans(form: WorkspaceForm, mappings: Mapping[str, FieldMapping]) -> Iterator[Fault]:
    """Yield the feeds that say who is on which plan where rules do: only one of the two can."""
    for name, feed in form.feeds.items():
        if form.memberships and feed.into.facts is None and PLANS in mappings[feed.mapping].fields:
            message = f"{feed.mapping} maps `{PLANS}`, and rules under `memberships` say it: leave one of them out"
            yield Fault(("feeds", name, "mapping"), message)


def memberships_of(form: WorkspaceForm, types: Mapping[str, AttributeType]) -> tuple[MembershipRule, ...]:
    """Give the rules of a form without faults."""
    return tuple(
        MembershipRule(
            plan, one.who, {name: typed(name, types[name], text) for name, text in one.terms.items()}, one.pilot
        )
        for plan, one in form.memberships.items()
    )


def _term(name: str, text: str, types: Mapping[str, AttributeType]) -> str | None:
    if name not in types:
        return f"there is no attribute '{name}'{suggestion(name, tuple(types))}"
    if name in _NO_TERMS or types[name] is AttributeType.PARTICIPANT:
        return f"'{name}' is no term of a plan: leave it out"
    try:
        typed(name, types[name], text)
    except ValueError as error:
        return str(error)
    return None
