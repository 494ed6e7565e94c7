"""`explain`, `statement`: one participant's pay, down to the source rows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from calc.explanation import SHARE
from calc.period import PayCalendar, Period
from calc.wording import as_percent
from domain.errors import FixFile
from store.database import reading
from store.people import PersonRow
from store.problems import quarantine
from syncd import show
from syncd.documents import Document
from syncd.options import as_json, person_of
from syncd.pay.documents import explanation_document, statement_document
from syncd.pay.explainer import ExplainedPay, explain_pay
from syncd.pay.results import standings
from syncd.periods import pay_periods_named
from syncd.world import World, open_world

#: How many parts of a sum are shown to a person; all are in the document.
_PARTS = 12


@click.command("explain")
@click.argument("key")
@click.argument("period")
@click.option("--transaction", metavar="T", help="what this transaction adds alone: its key, or FEED:KEY")
@as_json
@click.pass_obj
def explain_command(
    place: tuple[Path, Any],
    key: str,
    period: str,
    transaction: str | None,
    as_json: bool,  # noqa: FBT001 - click passes options so
) -> int:
    """Every step of what a participant is owed for a pay period, down to the source rows; and why it is nothing."""
    world = open_world(*place)
    documents = []
    for person, found in _each(world, key, period, transaction):
        documents.append(explanation_document(found))
        if not as_json:
            _show_explanation(person, documents[-1])
    if as_json:
        show.answer(documents[0] if len(documents) == 1 else documents)
    return 0


@click.command("statement")
@click.argument("key")
@click.argument("period")
@as_json
@click.pass_obj
def statement_command(place: tuple[Path, Any], key: str, period: str, as_json: bool) -> int:  # noqa: FBT001 - click passes options so
    """What a participant earned and is paid for a pay period: earned, cut by caps, adjusted, paid; with its steps."""
    world = open_world(*place)
    documents = []
    for person, found in _each(world, key, period, None):
        documents.append(statement_document(found, person.name))
        if not as_json:
            _show_statement(documents[-1])
    if as_json:
        show.answer(documents[0] if len(documents) == 1 else documents)
    return 0


def _each(world: World, key: str, period: str, transaction: str | None) -> Iterator[tuple[PersonRow, ExplainedPay]]:
    """Explain somebody's pay, pay period by pay period. `FixFile` where one is not calculated."""
    calendar, periods = pay_periods_named(world.workspace, period)
    for one in periods:
        yield _explained(world, calendar, one, key, transaction)


def _explained(
    world: World, calendar: PayCalendar, period: Period, key: str, transaction: str | None
) -> tuple[PersonRow, ExplainedPay]:
    with reading(world.database) as tx:
        person = person_of(tx, key, of_before=True)
        standing = standings(tx, calendar.name, period.label)
        waiting = quarantine(tx) if transaction is not None else []
    found = explain_pay(world, person.id, standing, transaction)
    if transaction is not None and not found.amounts and not found.uncredited:
        waits = next((one for one in waiting if transaction in (one.key, f"{one.feed}:{one.key}")), None)
        why = f": it is in quarantine since R{waits.since_run}: {waits.message}" if waits is not None else ""
        raise FixFile(f"no transaction '{transaction}' counts for P{person.id} in {period.label}{why}")
    return person, found


def _show_explanation(person: PersonRow, document: Document) -> None:
    show.line(f"{person.name or document['participant']} ({document['participant']}), {document['period']}")
    if document["code"]:
        show.line(f"  nothing: {document['code']}")
    for one in document["amounts"]:
        show.line("")
        why = f", {one['reason']}" if one["reason"] else ""
        days = f", {one['segment'].replace('..', ' to ')}" if one["segment"] else ""
        show.line(
            f"{one['plan']}.{one['component']}, {one['kind']} for {one['earned_period']}{days}: "
            f"{one['amount']} {one['currency']}{why}"
        )
        for text in _lines(one["steps"], 1):
            show.line(text)
    for one in document.get("uncredited", ()):
        show.line(f"  {one['whose']} is not credited: {one['code']}")


def _show_statement(document: Document) -> None:
    show.line(f"Statement of {document['name'] or document['participant']} for {document['period']}")
    show.line(f"  {document['run']}, {document['state']}, as known at revision {document['revision']}")
    if document["code"]:
        show.line(f"  nothing: {document['code']}")
    names = ("component", "kind", "earned_period", "counted", "attainment", "amount", "currency", "reason")
    rows = [
        [f"{one['plan']}.{one['component']}", *(one[name] for name in names[1:-1]), one["reason"] or one["cause"]]
        for one in document["lines"]
    ]
    show.table("Lines", names, rows, empty="nothing")
    for one in document["payouts"]:
        entity = one["legal_entity"] or "no legal entity"
        show.line(f"{entity}, in {one['currency']}")
        for name in ("brought_forward", "earned", "cut_by_caps", "adjusted", "paid", "carried_forward"):
            show.line(f"  {name.replace('_', ' '):16} {one[name]:>16}")


def _lines(node: Document, depth: int) -> Iterator[str]:
    """Write a tree as lines; of many parts of a sum the first."""
    is_share = node["unit"] == SHARE and node["value"] is not None
    value = as_percent(Decimal(node["value"])) if is_share else node["value"] or ""
    unit = f" {node['unit']}" if node["unit"] not in (None, "rate", "number", SHARE) else ""
    places = ", ".join(one["place"] or f"{one['feed']} {one['key']}" for one in node["rows"])
    code = f" ({node['code']})" if node["code"] else ""
    yield f"{'  ' * depth}{value}{unit}  {node['rule']}{code}{f'  [{places}]' if places else ''}"
    for one in node["inputs"][:_PARTS]:
        yield from _lines(one, depth + 1)
    if len(node["inputs"]) > _PARTS:
        yield f"{'  ' * (depth + 1)}... and {len(node['inputs']) - _PARTS:,} more: use --json"
