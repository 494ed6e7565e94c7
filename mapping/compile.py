"""A mapping becomes the relational form that yields a mapped relation.

Stages, each over the one before: `sent` (the columns as sent, named `sent:<column>`), `asked` and `found:<attribute>`
(only where a rule looks something up), `plain` (numbers as people write them, as digits; only where a rule has marks),
`read` (each attribute as canonical text, null
where it cannot be read), `judged` (why not, in `<attribute>__note`), `mapped` (values without those that have
a note), and `ruled`, what the rules over them say (`mapping.ruled`; only where there are any).

Columns of the mapped relation: `_row`, `_place`, `_op` as sent; `_key`, `_engagement`, `_effective`,
`_until`, `_in_scope`; a column for each attribute (`primary` among them where it is said); `<attribute>__currency` of
money with a currency of its own; and `<name>__note` for each that can carry one: null where the value holds,
`silent` where there is no opinion, else the code of what is wrong.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass

from domain.attributes import STANDARD, AttributeType
from domain.facts import FactKind
from domain.step import MAIN
from formula.expression import Column, Expression, Function, Literal, call, columns_of, replaced
from formula.parse import parse
from formula.relation import Derive, Scan, Stage
from mapping.attribute import (
    AttributeForm,
    attribute_form,
    currency_column,
    held,
    key_form,
    note_column,
    plain_column,
    scope_form,
    sent_column,
    trimmed,
)
from mapping.lookup import Columns, day_of, lookup_stages
from mapping.ruled import has_rules, resolved_rules, ruled_stage
from mapping.rules import DEFAULT_BY, KEY, WHERE, Resolved, Table, key_columns, read_columns, resolve, scope_columns
from mapping.spec import FieldRule, Mapping

NO_TABLES: MappingOf[str, Table] = {}
#: The name of the rows that a form is about.
ROWS = "rows"
#: Part of every meaning: raise it when a function of `formula` comes to mean something else.
_EDITION = 1
_META = ("_row", "_place", "_op")
_NULL = Literal(None)
F = Function


@dataclass(frozen=True, slots=True)
class MappingForm:
    """A compiled mapping.

    stages      the relational form, over the input `rows`
    attributes  what it maps, sorted
    notes       what carries a note, sorted: attributes and `_key`, `_effective`, `_until`, `_engagement`,
                `_where`
    reads       the columns it needs, sorted
    rules       each rule written out, by name
    tables      the tables it looks up, sorted; `table:<name>` is the input with their rows: `lookup`, `from`, `until`
                and their columns
    meaning     a digest, equal for texts that mean the same
    """

    stages: tuple[Stage, ...]
    attributes: tuple[str, ...]
    notes: tuple[str, ...]
    reads: tuple[str, ...]
    rules: MappingOf[str, Resolved]
    meaning: str
    tables: tuple[str, ...] = ()

    def sources(self, name: str) -> tuple[str, ...]:
        """Name the columns that an attribute, or a part such as `_key`, is put together from."""
        return self.rules[name].sources


def compile_mapping(
    mapping: Mapping,
    attributes: MappingOf[str, AttributeType] = STANDARD,
    kind: FactKind | None = None,
    tables: MappingOf[str, Table] = NO_TABLES,
) -> MappingForm:
    """Compile a mapping that `mapping.check` has found no mistake in.

    `kind` where it is one of facts; `tables` are those that can be looked up.
    """
    rules = resolve(mapping, attributes, kind)
    scope = scope_columns(mapping)
    run = [key_form(key_columns(mapping)), *map(attribute_form, rules), *([scope_form(scope)] if scope else ())]
    reads = read_columns(mapping)
    asking = [one for one in rules if one.rule.lookup is not None]
    day = next((one.read for one in run if one.name == day_of(kind)), None)
    stages = _stages(
        run, reads, _in_scope(mapping.where), lambda carried: lookup_stages(asking, tables, day, "sent", carried)
    )
    if has_rules(mapping):
        stages = (*stages, ruled_stage(mapping, tuple(name for name, _ in _columns(stages[-1]))))
    said = resolved_rules(mapping)
    resolved = {one.name: one for one in (*rules, *said)}
    resolved[KEY] = Resolved(KEY, ("key",), AttributeType.TEXT, FieldRule(), key_columns(mapping))
    resolved[WHERE] = Resolved(WHERE, ("where",), AttributeType.TEXT, FieldRule(), scope)
    return MappingForm(
        stages=stages,
        attributes=tuple(sorted(one.name for one in (*rules, *said) if not one.name.startswith("_"))),
        notes=tuple(sorted(one.name for one in run if one.note is not None)),
        reads=reads,
        rules=resolved,
        meaning=_meaning(stages, rules),
        tables=tuple(sorted({str(one.rule.lookup) for one in asking})),
    )


def _meaning(stages: tuple[Stage, ...], rules: tuple[Resolved, ...]) -> str:
    named = [
        (one.name, one.type.value, one.rule.by or DEFAULT_BY) for one in rules if one.type is AttributeType.PARTICIPANT
    ]
    return hashlib.sha256(repr((_EDITION, stages, named)).encode()).hexdigest()


def _stages(
    run: list[AttributeForm],
    reads: tuple[str, ...],
    in_scope: Expression,
    lookups: Callable[[Columns], tuple[list[Stage], Columns]],
) -> tuple[Stage, ...]:
    sent = [(name, name) for name in (*_META, "_native")] + [(sent_column(name), name) for name in reads]
    stages = [Stage("sent", Scan(ROWS, tuple(sent)))]
    further, carried = lookups(tuple((name, Column(name)) for name, _ in sent))
    stages += further
    plain = tuple((plain_column(one.name), one.plain) for one in run if one.plain is not None)
    if plain:
        stages.append(Stage("plain", Derive(stages[-1].name, carried + plain)))
    read = tuple((one.name, one.read) for one in run)
    currencies = tuple((currency_column(one.name), one.currency) for one in run if one.currency is not None)
    kept = _used(run, carried + tuple((name, Column(name)) for name, _ in plain))
    meta = tuple((name, Column(name)) for name in _META)
    read_stage = (*kept, ("_in_scope", in_scope), *read, *currencies)
    stages.append(Stage("read", Derive(stages[-1].name, read_stage)))
    values = tuple((name, Column(name)) for name, _ in (("_in_scope", in_scope), *read, *currencies))
    notes = tuple((note_column(one.name), one.note) for one in run if one.note is not None)
    stages.append(Stage("judged", Derive("read", (*meta, *values, *notes))))
    stages.append(Stage("mapped", Derive("judged", (*meta, *_mapped(run)))))
    return tuple(stages)


def _columns(stage: Stage) -> Columns:
    return stage.relation.columns if isinstance(stage.relation, Derive) else ()


def _used(run: list[AttributeForm], carried: Columns) -> Columns:
    """Of the columns as sent, those that a note still looks at."""
    looked = frozenset().union(*(columns_of(one.note) for one in run if one.note is not None))
    return tuple((name, column) for name, column in carried if name in _META or name in looked)


def _mapped(run: list[AttributeForm]) -> list[tuple[str, Expression]]:
    by_name = {one.name: one for one in run}
    parts = [(KEY, by_name[KEY].value), ("_engagement", _post(by_name.get("_engagement")))]
    parts += [(name, by_name[name].value if name in by_name else _NULL) for name in ("_effective", "_until")]
    parts.append(("_in_scope", Column("_in_scope")))
    parts += [(one.name, one.value) for one in run if not one.name.startswith("_")]
    money = [(one.name, currency_column(one.name)) for one in run if one.currency is not None]
    parts += [(currency, held(name, Column(currency))) for name, currency in money]
    notes = (note_column(one.name) for one in run if one.note is not None)
    return [*parts, *((name, Column(name)) for name in notes)]


def _post(engagement: AttributeForm | None) -> Expression:
    """The main engagement where none is sent; none where it cannot be read."""
    if engagement is None:
        return Literal(MAIN)
    post = call(F.FIRST, engagement.value, MAIN)
    return post if engagement.note is None else held("_engagement", post)


def _in_scope(where: str | None) -> Expression:
    if where is None:
        return Literal(value=True)
    condition, _ = parse(where)
    return replaced(condition, {name: trimmed(name) for name in columns_of(condition)})
