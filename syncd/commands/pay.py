"""`calculate`, `results`: what a pay period comes to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from calc.effect import amounts, effects
from calc.settling import Scope
from domain.errors import FixFile
from engine.session import open_session
from store.database import reading
from store.people import people_of
from syncd import show
from syncd.documents import Document
from syncd.names import number
from syncd.options import as_json, as_known, person_of, revision_named
from syncd.pay.calculate import Calculated, calculate
from syncd.pay.documents import MISSING, as_if_document, calculation_document, line_document, result_document
from syncd.pay.results import StandingResult, closing_of, results_now, standings
from syncd.periods import pay_periods_named
from syncd.world import World, open_world

_SHOWN = 40
#: What a calculation may be of alone, and its name in the document.
_OF = (("plan", "plan"), ("pay group", "group"))


@click.command("calculate")
@click.argument("period")
@click.option("--plan", help="of this plan alone: to look at, never to be paid")
@click.option("--group", help="of the people of this pay group (default: of everybody)")
@as_known
@click.option("--dry-run", is_flag=True, help="calculate and show; keep nothing")
@click.option(
    "--as-if", "wanted", metavar="ID,..", help="what it would be if these changes were approved; keep nothing"
)
@as_json
@click.pass_obj
def calculate_command(
    place: tuple[Path, Any],
    period: str,
    plan: str | None,
    group: str | None,
    known_at: str | None,
    dry_run: bool,  # noqa: FBT001 - click passes options so
    wanted: str | None,
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """Calculate what everybody is owed for a pay period, or for each of a span, as known at one revision."""
    world = open_world(*place)
    calendar, periods = pay_periods_named(world.workspace, period)
    with reading(world.database) as tx:
        revision = revision_named(tx, known_at) if known_at is not None else None
    progress = show.Progress(quiet=as_json)
    changes = [number(one, "C", "change") for one in wanted.replace(",", " ").split()] if wanted is not None else []
    if wanted is not None and (not changes or known_at is not None):
        raise FixFile("--as-if takes changes that wait now, as C12,C13, and goes without --known-at")
    documents, code = [], 0
    for one in periods:
        scope = Scope(calendar, one, plan, group)
        done = calculate(world, scope, progress, known_at=revision, dry=dry_run, as_if=changes)
        documents.append(_document(world, done))
        if changes:
            before = calculate(world, scope, progress, dry=True, known_at=done.calculation.revision)
            both = (amounts(one.results or ()) for one in (before, done))
            documents[-1]["as_if"] = as_if_document(changes, effects(*both))
        code = max(code, 1 if documents[-1]["set_aside"] else 0)
        if not as_json:
            _show_calculation(documents[-1])
            if changes:
                _show_effects(documents[-1]["as_if"])
    if as_json:
        show.answer(documents[0] if len(documents) == 1 else documents)
    return code


@click.command("results")
@click.argument("period")
@click.option("--participant", "key", metavar="KEY", help="P12, an id, source:key or an e-mail")
@click.option("--lines", is_flag=True, help="with what each transaction added")
@as_json
@click.pass_obj
def results_command(
    place: tuple[Path, Any],
    period: str,
    key: str | None,
    lines: bool,  # noqa: FBT001 - click passes options so
    as_json: bool,  # noqa: FBT001 - as above
) -> int:
    """List what a pay period comes to, amount by amount."""
    world = open_world(*place)
    calendar, periods = pay_periods_named(world.workspace, period)
    with reading(world.database) as tx:
        persons = [person_of(tx, key, of_before=True).id] if key is not None else None
        found = [(one if lines else None, standings(tx, calendar.name, one.label)) for one in periods]
    with open_session(world.workspace.var, keeps_order=False) as session:
        rows = [one for due, standing in found for one in results_now(world, session, standing, persons, due=due)]
    if as_json:
        show.answer([_result_document(one) for one in rows])
        return 0
    with reading(world.database) as tx:
        people = people_of(tx, {one.result.key.person for one in rows})
    shown = [
        (
            one.result.id,
            _name(people, one.result.key.person),
            f"{one.result.key.plan}.{one.result.key.component}",
            one.result.kind.value,
            one.result.key.earned_period,
            f"{one.result.amount} {one.result.key.currency}",
            one.result.reason or one.result.cause or "",
        )
        for one in rows[:_SHOWN]
    ]
    show.table(f"Results of {period}", ("id", "who", "component", "kind", "earned", "amount", "why"), shown)
    if len(rows) > _SHOWN:
        show.line(f"... and {len(rows) - _SHOWN:,} more: name a participant, or use --json")
    _show_lines(rows[:_SHOWN])
    return 0


def _result_document(one: StandingResult) -> Document:
    document = result_document(one.result, one.run, one.state.value)
    if one.lines is not None:
        document["lines"] = [line_document(row) for row in one.lines]
    return document


def _show_lines(rows: list[StandingResult]) -> None:
    names = ("day", "place", "amount", "currency", "credit", "after", "exact", "code")
    for one in rows:
        documents = [line_document(row) for row in one.lines or ()]
        lines = [[{**each, "place": each["transaction"]["place"]}[name] for name in names] for each in documents]
        if lines:
            show.table(f"{one.result.id}: what each transaction added", names, lines[:_SHOWN])


def _document(world: World, done: Calculated) -> Document:
    found = done.calculation
    with reading(world.database) as tx:
        closing = closing_of(tx, found)
    counted = {
        "landed": done.ties.landed,
        "credited": done.ties.credited,
        "uncredited": done.ties.landed - done.ties.credited,
        "quarantined": done.quarantined,
        "correcting": done.correcting,
    }
    document = calculation_document(found, closing, done.missing, counted)
    if done.results is not None:
        document["results"] = [result_document(one, found.run) for one in done.results]
    return document


def _show_effects(document: Document) -> None:
    names = ("participant", "component", "earned_period", "pay_period", "before", "after", "difference", "currency")
    rows = [tuple(one[name] for name in names) for one in document["effects"]]
    title = f"What {', '.join(document['changes'])} would do to pay"
    show.table(title, names, rows[:_SHOWN], empty="nothing: nobody is paid otherwise")
    if len(rows) > _SHOWN:
        show.line(f"... and {len(rows) - _SHOWN:,} more: use --json")


def _show_calculation(document: Document) -> None:
    counted = document["transactions"]
    of = "".join(f" of {what} {document[name]}" for what, name in _OF if document[name] is not None)
    show.line(f"{document['period']}{of}: {document['run']}, as known at revision {document['revision']}")
    show.line(
        f"  transactions: {counted['landed'] + counted['quarantined']:,} landed = {counted['credited']:,} credited "
        f"+ {counted['uncredited']:,} uncredited + {counted['quarantined']:,} in quarantine{_correcting(counted)}"
    )
    if document["closing"] is not None:
        show.line(f"  {document['closing']} is the one submitted; `return` it to use {document['run']}")
    rows = [(one["currency"], one["amount"]) for one in document["totals"]]
    show.table("Totals", ("currency", "amount"), rows, empty="nobody is owed anything")
    for title, name in (*MISSING, ("Uncredited", "uncredited")):
        rows = [tuple(one.values()) for one in document[name]]
        if rows:
            show.table(title, tuple(document[name][0]), rows[:_SHOWN])


def _correcting(counted: Document) -> str:
    """Say of rows in quarantine how many are of transactions that count as they were before."""
    match counted["correcting"]:
        case 0:
            return ""
        case 1:
            return " (1 of them corrects a known transaction)"
        case number:
            return f" ({number:,} of them correct known transactions)"


def _name(people: dict[int, Any], person: int) -> str:
    known = people.get(person)
    return f"P{person}" if known is None or not known.name else f"{known.name} (P{person})"
