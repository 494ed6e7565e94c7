"""The relational form as SQL: trees that we build, printed for DuckDB; no SQL text is ever taken apart.

Every stage becomes common table expressions named `stage:<name>`, each read once, so that the engine runs
them in one pass over the rows. The meaning of each function is `formula.evaluate`; tests hold the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlglot import exp

from engine import text_functions as sql
from engine.layers import Layers
from engine.text_functions import Sql
from formula.expression import Call, Column, Expression, Function, Literal
from formula.relation import Derive, Scan, Stage

F = Function
DIALECT = "duckdb"


def printed(tree: exp.Expr) -> str:
    """Print a tree as the engine's SQL."""
    return tree.sql(dialect=DIALECT)


def select_of(stages: tuple[Stage, ...], inputs: Mapping[str, str]) -> exp.Select:
    """Give the query of the last stage; `inputs` names the table or view of each scanned input."""
    query = exp.select("*").from_(_table(_name(stages[-1].name)))
    for stage in stages:
        for name, select in _selects(stage, inputs):
            query = query.with_(exp.to_identifier(name, quoted=True), as_=select, copy=False)
    return query


def _selects(stage: Stage, inputs: Mapping[str, str]) -> list[tuple[str, exp.Select]]:
    name, relation = _name(stage.name), stage.relation
    match relation:
        case Scan(input=source, columns=names):
            scanned = [(ours, exp.column(theirs, quoted=True)) for ours, theirs in names]
            return [(name, _select(scanned, inputs[source]))]
        case Derive(source=source, columns=derived):
            printer = _Printer()
            columns = [(ours, printer.tree(how)) for ours, how in derived]
            layers = printer.layers.selects(name, _name(source))
            return [*layers, (name, _select(columns, layers[-1][0] if layers else _name(source)))]


def _select(columns: Sequence[tuple[str, Sql]], source: str) -> exp.Select:
    named = (exp.alias_(tree, name, quoted=True, copy=False) for name, tree in columns)
    return exp.select(*named, copy=False).from_(_table(source), copy=False)


class _Printer:
    """Prints the expressions of one stage, and keeps the columns they need in layers below."""

    def __init__(self) -> None:
        self.layers = Layers()

    def tree(self, expression: Expression) -> Sql:
        match expression:
            case Column(name=name):
                return exp.column(name, quoted=True)
            case Literal(value=value):
                return _literal(value)
            case Call(function=F.IF, args=args):
                return self.choice(*args)
            case Call(function=function, args=args) if function in _READING:
                return self.reading(function, args)
            case Call(function=function, args=args):
                values = [self.tree(arg) for arg in args]
                return _condition(function, args, values) if function in _CONDITIONS else _text(function, values)

    def choice(self, condition: Expression, one: Expression, other: Expression) -> Sql:
        """What a branch lifts is computed only for the rows that take it."""
        asked = self.tree(condition)
        with self.layers.only_where(asked):
            chosen = self.tree(one)
        with self.layers.only_where(exp.Not(this=exp.paren(asked))):
            otherwise = self.tree(other)
        return sql.when((asked, chosen), otherwise=otherwise)

    def reading(self, function: Function, args: tuple[Expression, ...]) -> Sql:
        """First what the cell as sent proves quickly, then the work on the rows for which it proved nothing."""
        options = [_constant(arg) for arg in args[1:]]
        sent = _as_sent(args[0])
        quick = _quick(function, self.tree(sent), options) if sent is not None else None
        if quick is None:
            return _worked(function, self.layers.lift(self.tree(args[0])), options)
        proven = self.layers.lift(quick)
        with self.layers.only_where(exp.Is(this=proven, expression=exp.null())):
            value = self.layers.lift(self.tree(args[0]))
        worked = sql.when((sql.present(value), _worked(function, value, options)))
        return sql.function("coalesce", proven, worked)


_READING = frozenset((F.DATE, F.INSTANT, F.PLAIN, F.EXPAND, F.DECIMAL, F.WHOLE, F.ROUND, F.YES_NO, F.MEMBERS, F.NUMBER))


def _quick(function: Function, sent: Sql, options: list[str]) -> Sql | None:
    match function:
        case F.DATE if options[0] in ("", "%Y-%m-%d"):
            return sql.quick_day(sent)
        case F.DECIMAL:
            return sql.quick_decimal(sent)
        case F.WHOLE:
            return sql.quick_whole(sent)
        case F.YES_NO:
            return sql.quick_yes_no(sent)
        case _:
            return None


def _worked(function: Function, value: Sql, options: list[str]) -> Sql:
    match function:
        case F.DATE:
            return sql.day(value, *options)
        case F.INSTANT:
            return sql.instant(value, *options)
        case F.PLAIN:
            return sql.plain(value, *options)
        case F.EXPAND:
            return sql.expand(value)
        case F.DECIMAL:
            return sql.decimal(value)
        case F.WHOLE:
            return sql.whole(value)
        case F.ROUND:
            return sql.rounded(value, int(options[0]))
        case F.YES_NO:
            return sql.yes_no(value)
        case F.NUMBER:
            return sql.number(value)
        case _:
            return sql.members(value, *options)


def _text(function: Function, values: list[Sql]) -> Sql:
    match function:
        case F.FIRST:
            return sql.function("coalesce", *values)
        case F.PICK:
            pairs = zip(values[1::2], values[2::2], strict=True)
            return sql.when(*((sql.same(values[0], sent), given) for sent, given in pairs))
        case F.TRIM:
            return sql.trim(values[0])
        case F.FOLD:
            return sql.function("lower", values[0])
        case F.JOIN:
            return sql.joined(*values)
        case F.KEY:
            return sql.key(*values)
        case _:
            return sql.next_day(values[0])


_CONDITIONS = frozenset(
    (F.AND, F.OR, F.NOT, F.EQUAL, F.LESS, F.AT_MOST, F.ONE_OF, F.EMPTY, F.MATCHES, F.FITS, F.IS_NATIVE)
)


def _condition(function: Function, args: tuple[Expression, ...], values: list[Sql]) -> Sql:
    """A condition is never null: what null would make of it is false, except where null is asked for."""
    first, *rest = values
    match function:
        case F.AND:
            return sql.both(first, *rest)
        case F.OR:
            return sql.either(first, *rest)
        case F.NOT:
            return exp.Not(this=exp.paren(first))
        case F.EQUAL:
            return exp.NullSafeEQ(this=first, expression=rest[0])
        case F.EMPTY:
            return exp.Is(this=first, expression=exp.null())
        case F.LESS:
            asked: Sql = exp.LT(this=first, expression=rest[0])
        case F.AT_MOST:
            asked = exp.LTE(this=first, expression=rest[0])
        case F.ONE_OF:
            asked = exp.In(this=first, expressions=rest)
        case F.MATCHES:
            asked = sql.function("regexp_full_match", first, rest[0])
        case F.FITS:
            asked = sql.digits(first, *(int(_constant(arg)) for arg in args[1:]))
        case _:
            asked = sql.function("contains", first, sql.text(f",{_constant(args[1])},"))
    return sql.function("coalesce", asked, exp.false())


def _as_sent(argument: Expression) -> Column | None:
    """The cell that an argument only trims, or only writes without its exponent: what it proves holds for both."""
    match argument:
        case Column():
            return argument
        case Call(function=F.TRIM | F.EXPAND, args=(inner,)):
            return _as_sent(inner)
        case Call(function=F.IF, args=(_, one, other)) if _as_sent(one) == _as_sent(other):
            return _as_sent(one)
        case _:
            return None


def _constant(argument: Expression) -> str:
    if not isinstance(argument, Literal):
        raise TypeError(f"an option of a function is a literal, not {argument!r}")
    return str(argument.value)


def _literal(value: str | bool | int | Decimal | None) -> Sql:  # noqa: FBT001  a literal may be a condition
    match value:
        case None:
            return sql.cast(exp.null(), "VARCHAR")
        case bool():
            return exp.Boolean(this=value)
        case int():
            return sql.count(value)
        case Decimal():
            return sql.literal_number(str(value))
        case _:
            return sql.text(value)


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def _name(stage: str) -> str:
    return f"stage:{stage}"
