"""Which columns of which stages a result needs: what nobody reads is neither computed nor kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from formula.expression import Column, ColumnType, columns_of
from formula.relation import (
    Aggregate,
    Derive,
    Join,
    Named,
    Overlap,
    Relation,
    Running,
    Scan,
    Share,
    Spread,
    Stage,
    Union,
    Where,
    Within,
)


def sources_of(relation: Relation) -> tuple[str, ...]:
    """Name the stages that a relation reads, each as often as it is read; a scan reads none."""
    match relation:
        case Scan():
            return ()
        case Join(left=left, right=right) | Overlap(left=left, right=right):
            return left, right
        case Union(sources=sources):
            return sources
        case _:
            return (relation.source,)


def needed_columns(
    stages: Sequence[Stage],
    columns: Mapping[str, Collection[str]],
    wanted: Collection[str],
    some: Mapping[str, Collection[str]] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Give the columns of each needed stage that the wanted stages need, in the stage's own order.

    `columns` has all columns of every stage; of a wanted stage all are needed, or those that `some` has of it. A stage
    that is read for its rows alone keeps its first column. Stages that nobody needs are left out.
    """
    chosen = {**columns, **(some or {})}
    needs: dict[str, set[str]] = {name: set(chosen[name]) for name in wanted}
    for stage in reversed(stages):
        if stage.name not in needs:
            continue
        needs[stage.name] = needs[stage.name] or set(list(columns[stage.name])[:1])
        for source, read in _reads(stage.relation, needs[stage.name]):
            needs.setdefault(source, set()).update(read)
    return {
        stage.name: tuple(name for name in columns[stage.name] if name in needs[stage.name])
        for stage in stages
        if stage.name in needs
    }


def is_passed_on(stages: Sequence[Stage], column: str) -> bool:
    """Tell whether stages only hand on a column of this name, under it: nothing asks what it says."""
    for stage in stages:
        match stage.relation:
            case Scan(columns=columns) | Join(columns=columns):
                asks = any(of == column != name for name, of in columns)
            case Where(condition=condition):
                asks = column in columns_of(condition)
            case Derive(columns=columns):
                asks = any(
                    column in columns_of(how) and (name, how) != (column, Column(column)) for name, how in columns
                )
            case Aggregate(values=values):
                asks = any(of == column for _, _, of in values)
            case _:
                asks = False
        if asks:
            return False
    return True


def made_of(stages: Sequence[Stage], inputs: Collection[str]) -> tuple[Stage, ...]:
    """Give the stages that are made of some inputs and of no other, in order."""
    found: dict[str, Stage] = {}
    for stage in stages:
        relation = stage.relation
        is_made = relation.input in inputs if isinstance(relation, Scan) else found.keys() >= {*sources_of(relation)}
        if is_made:
            found[stage.name] = stage
    return tuple(found.values())


def pruned(
    stages: Sequence[Stage],
    types: Mapping[str, Mapping[str, ColumnType]],
    wanted: Collection[str],
    some: Mapping[str, Collection[str]] | None = None,
) -> tuple[tuple[Stage, ...], dict[str, dict[str, ColumnType]]]:
    """Give the stages that some wanted ones need, with the columns they need and no others, and what these are.

    `types` has the columns of every stage, `some` those that are wanted of a wanted one, where not all are. What is
    evaluated again and again is pruned once.
    """
    needed = needed_columns(stages, {name: tuple(columns) for name, columns in types.items()}, wanted, some)
    kept = tuple(
        Stage(one.name, _pruned(one.relation, set(needed[one.name])), one.title) for one in stages if one.name in needed
    )
    return kept, {name: {column: types[name][column] for column in columns} for name, columns in needed.items()}


def _pruned(relation: Relation, needed: set[str]) -> Relation:
    """A relation without the columns that nobody needs of it."""
    match relation:
        case Scan(columns=columns) | Join(columns=columns) | Overlap(columns=columns):
            return replace(relation, columns=tuple((ours, theirs) for ours, theirs in columns if ours in needed))
        case Derive(columns=derived):
            return replace(relation, columns=tuple((name, how) for name, how in derived if name in needed))
        case Running(sums=sums):
            return replace(relation, sums=tuple((ours, theirs) for ours, theirs in sums if ours in needed))
        case Aggregate(values=values):
            return replace(relation, values=tuple(value for value in values if value[0] in needed))
        case _:
            return relation


def _reads(relation: Relation, needed: set[str]) -> Iterable[tuple[str, Iterable[str]]]:
    """Each stage that a relation reads, with the columns that its own needed ones are made of."""
    match relation:
        case Scan():
            return
        case Derive(source=source, columns=columns):
            yield source, {read for name, how in columns if name in needed for read in columns_of(how)}
        case Where(source=source, condition=condition):
            yield source, needed | columns_of(condition)
        case Join(left=left, right=right, columns=columns, within=within):
            days, edges = _within(within)
            yield left, {*_passed(needed, columns), *(name for name, _ in relation.on), *days}
            yield right, {*_there(needed, columns), *(name for _, name in relation.on), *edges}
        case Overlap(left=left, right=right, columns=columns, start=start, end=end):
            yield left, {*_passed(needed, columns), *(name for name, _ in relation.on), start, end}
            yield right, {*_there(needed, columns), *(name for _, name in relation.on), start, end}
        case Spread(source=source, start=start, end=end, into=into):
            yield source, {*(needed - {into}), start, end}
        case Share(source=source, by=by, order=order, whole=whole, share=share, into=into):
            yield source, {*(needed - {into}), *by, *order, whole, share}
        case Running(source=source, by=by, order=order, sums=sums):
            yield source, {*_passed(needed, sums), *_there(needed, sums), *by, *order}
        case Aggregate(source=source, by=by, values=values):
            yield source, {*by, *(of for name, _, of in values if name in needed)}
        case Union(sources=sources):
            yield from ((source, needed) for source in sources)


def _within(within: Within | None) -> tuple[Sequence[str], Sequence[str]]:
    return ((), ()) if within is None else ((within.day,), (within.start, within.end))


def _passed(needed: set[str], added: Sequence[Named]) -> set[str]:
    return needed - {ours for ours, _ in added}


def _there(needed: set[str], added: Sequence[Named]) -> set[str]:
    return {theirs for ours, theirs in added if ours in needed}
