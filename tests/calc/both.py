"""Plans run by the engine over columns, and by the reference over rows; what they find must be the same."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from calc.compile import PayForm
from calc.inputs import TRANSACTIONS
from engine.facts import LANDED
from engine.few_values import PLACE, place_text
from engine.found import seen
from engine.pay_inputs import load_rows, read_rows
from engine.session import Session, quoted
from engine.stages import run_stages
from formula.evaluate import Evaluation
from formula.schema import columns_of_stages

Rows = list[dict[str, Any]]


def outputs(form: PayForm) -> list[str]:
    """Name what a calculation keeps."""
    own = [name for one in form.components for name in (*one.lines, *one.credits, one.earned)]
    return list(dict.fromkeys([*own, form.gaps, form.set_aside]))


def by_engine(session: Session, form: PayForm, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Rows]:
    """Run a form by the engine: the rows of everything that is kept."""
    for name, columns in form.inputs.items():
        rows = form.terms.get(name, tables.get(name, ()))
        load_rows(session, name, columns, [{column: row.get(column) for column in columns} for row in rows])
    session.run(f"CREATE OR REPLACE VIEW {LANDED} AS SELECT date, feed, currency, place FROM {TRANSACTIONS}")  # noqa: S608
    keep = {name: f"kept:{nth}" for nth, name in enumerate(outputs(form))}
    run_stages(session, form.stages, seen(session, form), form.inputs, keep)
    kinds = columns_of_stages(form.stages, form.inputs)
    found = {}
    for name, kept in keep.items():
        names = ", ".join(f"{place_text(one)} AS {one}" if one == PLACE else quoted(one) for one in kinds[name])
        found[name] = read_rows(session, f"SELECT {names} FROM {quoted(kept)}", kinds[name])  # noqa: S608  quoted
    return found


def counted(rows: Sequence[Mapping[str, Any]]) -> Counter[tuple[tuple[str, Any], ...]]:
    """Rows as a multiset, whatever the digits their numbers are written with."""
    return Counter(tuple(sorted((name, _plain(value)) for name, value in row.items())) for row in rows)


def _plain(value: Any) -> Any:
    return (value is None, value.normalize() + 0 if isinstance(value, Decimal) else value)


def assert_same(found: Mapping[str, Rows], evaluation: Evaluation) -> None:
    """Everything the engine keeps is what the reference says."""
    for name, rows in found.items():
        expected = counted(evaluation.values(name))
        got = counted(rows)
        assert got == expected, (name, list((got - expected).items())[:3], list((expected - got).items())[:3])
