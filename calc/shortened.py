"""A form that begins with credits as they were written down, in place of the transactions they came from.

What a participant's credits come to is evaluated again and again, for one participant after the other: with what is
needed for that and nothing else, prepared once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from calc.compile import ComponentForm, PayForm
from calc.crediting import CREDIT
from formula.expression import ColumnType
from formula.needs import pruned, sources_of
from formula.relation import Scan, Stage
from formula.schema import columns_of_stages

#: How the inputs are called that hold credits, before the stage whose place they take.
GIVEN = "credits:"
#: What is told of a line, besides what its credit says of itself.
_TOLD = ("plan", "component", "day", "exact", "code")


@dataclass(frozen=True, slots=True)
class ShortForm:
    """The stages from credits to earnings of some components.

    schema   the columns of every stage
    inputs   those of everything that is scanned
    credits  for each input of credits the components that read it
    """

    components: tuple[ComponentForm, ...]
    stages: tuple[Stage, ...]
    schema: Mapping[str, Mapping[str, ColumnType]]
    inputs: Mapping[str, Mapping[str, ColumnType]]
    credits: Mapping[str, tuple[ComponentForm, ...]]


def shortened(form: PayForm, components: Collection[ComponentForm]) -> ShortForm:
    """Give the form of some components that begins with their credits."""
    types = columns_of_stages(form.stages, form.inputs)
    by_name = {stage.name: stage for stage in form.stages}
    credits_: dict[str, tuple[ComponentForm, ...]] = {}
    for one in components:
        for name in dict.fromkeys(found for top in (*one.lines, *one.credits) for found in _below(by_name, types, top)):
            credits_[name] = (*credits_.get(name, ()), one)
    begun = {
        name: replace(by_name[name], relation=Scan(f"{GIVEN}{name}", tuple((column, column) for column in types[name])))
        for name in credits_
    }
    stages = tuple(begun.get(stage.name, stage) for stage in form.stages)
    lines = {name: _TOLD for one in components for name in one.lines}
    kept, schema = pruned(stages, types, [*(one.earned for one in components), *lines], lines)
    scanned = {stage.relation.input for stage in kept if isinstance(stage.relation, Scan)}
    own = {f"{GIVEN}{name}": types[name] for name in credits_}
    return ShortForm(
        tuple(components),
        kept,
        schema,
        {name: columns for name, columns in {**form.inputs, **own}.items() if name in scanned},
        {f"{GIVEN}{name}": users for name, users in credits_.items()},
    )


def _below(stages: Mapping[str, Stage], types: Mapping[str, Mapping[str, ColumnType]], top: str) -> Iterator[str]:
    """Yield the first stages below one that hold credits and nothing else."""
    if set(types[top]) - {"rule"} == set(CREDIT):
        yield top
        return
    for source in sources_of(stages[top].relation):
        if set(CREDIT) <= set(types[source]) or "credit" in types[source]:
            yield from _below(stages, types, source)
