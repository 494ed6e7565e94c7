"""What `approve` means: which changes of a feed need no person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from domain.attributes import AttributeType
from domain.policy import Policy
from mapping.typed import typed
from syncd.configuration.forms import FeedForm, PolicyForm
from syncd.configuration.wording import Fault
from syncd.configuration.wording import Path as Keys


def faults_of_policies(
    path: Keys, feed: FeedForm, types: Mapping[str, AttributeType], wrong: Callable[[str], str]
) -> Iterator[Fault]:
    """Yield what is wrong with the policies of a feed at `path`; `wrong` says why an attribute is none of its own."""
    for position, policy in enumerate(feed.approve):
        spot = (*path, "approve", position)
        for index, attribute in enumerate(policy.attributes):
            if told := wrong(attribute):
                yield Fault((*spot, "attributes", index), told)
        for name, texts in policy.values.items():
            if name not in types:
                told = wrong(name) or ("" if types else f"'{name}' is an amount: no list says what it may become")
                yield from [Fault((*spot, "values", name), told, of_key=True)] if told else []
                continue
            if policy.attributes and name not in policy.attributes:
                message = f"'{name}' is not among `attributes`: what it may become says nothing"
                yield Fault((*spot, "values", name), message, of_key=True)
            for index, text in enumerate(texts):
                try:
                    typed(name, types[name], text)
                except ValueError as error:
                    yield Fault((*spot, "values", name, index), f"{error}")


def policies_of(forms: Collection[PolicyForm], types: Mapping[str, AttributeType]) -> tuple[Policy, ...]:
    """Give the policies of forms without faults."""
    return tuple(
        Policy(
            one.kind,
            one.attributes,
            {name: tuple(typed(name, types[name], text) for text in texts) for name, texts in one.values.items()},
            one.no_pay_effect,
        )
        for one in forms
    )
