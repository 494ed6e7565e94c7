"""A pay period that is closed pay group by pay group: everybody is paid once, by one of them, and told so."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from store.database import open_database, reading
from store.ledger import LedgerEntry, ledger_entries
from tests.scenarios.closing import DEALS, PEOPLE, PayWorld

ALONE = {"id": "E4", "name": "Dee", "plans": "reseller", "entity": "Ltd", "group": "", "hired": "2025-06-01"}
IDLE = {"id": "E5", "name": "Eve", "plans": "reseller", "entity": "Ltd", "group": "UK", "hired": "2025-06-01"}


def entries(world: PayWorld) -> list[LedgerEntry]:
    opened = open_database(world.database_url)
    with reading(opened) as tx:
        found = ledger_entries(tx)
    opened.dispose()
    return found


def booked(world: PayWorld, period: str) -> dict[tuple[str | None, str], Decimal]:
    """What the ledger pays in a pay period, by legal entity and currency."""
    found: defaultdict[tuple[str | None, str], Decimal] = defaultdict(Decimal)
    for one in entries(world):
        if one.accounting_period == period:
            found[one.legal_entity, one.key.currency] += one.amount
    return dict(found)


def told(world: PayWorld, period: str, *people: str) -> dict[tuple[str | None, str], Decimal]:
    """What statements pay in a pay period, by legal entity and currency."""
    found: defaultdict[tuple[str | None, str], Decimal] = defaultdict(Decimal)
    for who in people:
        for one in world.call("statement", who, period)["payouts"]:
            found[one["legal_entity"], one["currency"]] += Decimal(one["paid"])
    return dict(found)


@pytest.mark.parametrize("order", [("US", "UK"), ("UK", "US")])
def test_statements_of_everybody_are_what_the_ledger_pays_whichever_pay_group_is_closed_first(
    paid: PayWorld, order: tuple[str, ...]
):
    paid.send_people([*PEOPLE, IDLE])
    assert paid.call("run", "people").code == 0
    assert paid.approve().code == 0
    for group in order:
        paid.close("2026-01", group=group)
    assert told(paid, "2026-01", "E1", "E2", "E3", "E5") == booked(paid, "2026-01")
    said = paid.call("statement", "E3", "2026-01")
    (line,) = said["lines"]
    assert (said["state"], said["run"], line["amount"], line["run"]) == ("committed", line["run"], "70.00", said["run"])
    (nothing,) = paid.call("explain", "E5", "2026-01")["amounts"]
    assert (nothing["amount"], nothing["reason"]) == ("0.00", "no_transactions")


def move(world: PayWorld, who: str, group: str, start: str = "2026-01-01", **cells: str) -> None:
    """Let it become known, late, that somebody has been in another pay group."""
    rows = [{**one, "group": group, "from": start, **cells} if one["id"] == who else one for one in PEOPLE]
    world.send_people(rows)
    assert world.call("run", "people").code == 0
    assert world.approve().code == 0


def test_who_moved_to_another_pay_group_after_one_was_closed_is_paid_once(paid: PayWorld):
    paid.close("2026-01", group="US")
    move(paid, "E1", "UK")
    paid.close("2026-01", group="UK")
    (retro,) = [one for one in paid.results("2026-01", participant="E1") if one["kind"] == "retro"]
    assert (retro["amount"], retro["reason"], "(transfer, from 2026-01-01)" in retro["cause"]) == (
        "0.00", "paid_already", True,
    )  # fmt: skip
    assert [str(one.amount) for one in entries(paid) if one.key.person == 1] == ["140.00"]
    assert told(paid, "2026-01", "E1", "E2", "E3") == booked(paid, "2026-01")
    for group in ("UK", "US"):
        paid.close("2026-02", group=group)
    assert [(str(one.amount), one.pay_group) for one in entries(paid) if one.key.person == 1] == [
        ("140.00", "US"), ("20.00", "UK"),
    ]  # fmt: skip
    assert told(paid, "2026-02", "E1", "E2", "E3") == booked(paid, "2026-02")


def test_who_moved_and_sold_more_is_paid_the_difference_by_the_other_pay_group(paid: PayWorld):
    paid.close("2026-01", group="US")
    paid.sell(*(("X1", "2026-01-05", "E1", "1000.00") if one[0] == "X1" else one for one in DEALS))
    move(paid, "E1", "UK")
    paid.close("2026-01", group="UK")
    mine = [one for one in entries(paid) if one.key.person == 1]
    of_e1 = [(one.kind.value, str(one.amount), one.pay_group, one.reverses) for one in mine]
    assert of_e1 == [("earned", "140.00", "US", None), ("retro", "120.00", "UK", 1)]
    assert told(paid, "2026-01", "E1", "E2", "E3") == booked(paid, "2026-01")


def test_who_moved_to_another_legal_entity_too_is_paid_there_and_taken_back_here(paid: PayWorld):
    paid.close("2026-01", group="US")
    move(paid, "E1", "UK", entity="Ltd")
    for period, group in (("2026-01", "UK"), ("2026-02", "UK"), ("2026-02", "US")):
        paid.close(period, group=group)
    of_e1 = [
        (one.kind.value, str(one.amount), one.legal_entity, one.accounting_period)
        for one in entries(paid)
        if (one.key.person, one.key.earned_period) == (1, "2026-01")
    ]
    assert of_e1 == [
        ("earned", "140.00", "Inc", "2026-01"),
        ("retro", "140.00", "Ltd", "2026-01"),
        ("retro", "-140.00", "Inc", "2026-02"),
    ]


def test_what_was_paid_before_a_move_stays_until_the_other_pay_group_closes(paid: PayWorld):
    paid.close("2026-01", group="US")
    move(paid, "E1", "UK")
    for period, group in (("2026-02", "US"), ("2026-01", "UK"), ("2026-02", "UK")):
        paid.close(period, group=group)
    of_e1 = [(one.kind.value, str(one.amount), one.pay_group) for one in entries(paid) if one.key.person == 1]
    assert of_e1 == [("earned", "140.00", "US"), ("earned", "20.00", "UK")]


def test_a_month_in_two_pay_groups_is_earned_in_both(paid: PayWorld):
    move(paid, "E1", "UK", "2026-01-10")
    for group in ("US", "UK"):
        paid.close("2026-01", group=group)
    of_e1 = [(one.kind.value, str(one.amount), one.pay_group) for one in entries(paid) if one.key.person == 1]
    assert of_e1 == [("earned", "40.00", "US"), ("earned", "100.00", "UK")]
    assert told(paid, "2026-01", "E1", "E2", "E3") == booked(paid, "2026-01")


# --- in no pay group


@pytest.fixture
def alone(pay: PayWorld) -> PayWorld:
    """The three people, and one who sold and is in no pay group."""
    pay.begin_pay([*PEOPLE, ALONE], [*DEALS, ("X7", "2026-01-11", "E4", "300.00")])
    return pay


def regroup(world: PayWorld, group: str) -> None:
    world.send_people([*PEOPLE, {**ALONE, "group": group, "from": "2026-01-01"}])
    assert world.call("run", "people").code == 0
    assert world.approve().code == 0


def test_a_pay_group_that_nobody_is_in_is_a_mistake(paid: PayWorld):
    said = paid.act("calculate", "2026-01", group="UKK")
    assert (said.code, said.error["message"]) == (2, "nobody is in a pay group 'UKK'; did you mean 'UK'?")


def test_who_is_in_no_pay_group_is_set_aside_by_each_and_told_so(alone: PayWorld):
    for group in ("US", "UK"):
        said = alone.act("calculate", "2026-01", group=group)
        told_ = [(one["participant"], one["code"], one["of"]) for one in said["set_aside"]]
        assert (said.code, told_) == (1, [("P4", "no_pay_group", "reseller.commission")])
        done = alone.close("2026-01", group=group)
        assert [(one["participant"], one["code"]) for one in done["set_aside"]] == [("P4", "no_pay_group")]
    said = alone.call("statement", "E4", "2026-01")
    assert (said["code"], said["lines"], said["payouts"]) == ("no_pay_group", [], [])
    assert told(alone, "2026-01", "E1", "E2", "E3", "E4") == booked(alone, "2026-01")
    assert alone.call("calculate", "2026-01")["set_aside"] == []


def test_who_gets_a_pay_group_later_is_paid_by_its_next_pay_run(alone: PayWorld):
    for group in ("US", "UK"):
        alone.close("2026-01", group=group)
    regroup(alone, "UK")
    alone.close("2026-02", group="UK")
    assert alone.amounts("2026-02", participant="E4") == {("P4", "retro", "2026-01"): "30.00"}


def test_an_adjustment_for_somebody_in_no_pay_group_is_paid_by_the_one_that_follows(alone: PayWorld):
    given = ("E4", "2026-01", "5", "USD", "--component", "commission", "--reason", "a prize")
    assert alone.act("adjust", *given, as_="ana").code == 0
    assert alone.act("approve", "A1", as_="ben").code == 0
    alone.calculate("2026-01", group="UK")
    said = alone.act("submit", "2026-01", group="UK", as_="ana")
    assert (said.code, said.error["message"]) == (
        5, "no pay run of a pay group pays A1 of P4, in none: give them a pay group, calculate again",
    )  # fmt: skip
    regroup(alone, "UK")
    done = alone.close("2026-01", group="UK")
    assert [one["id"] for one in done["adjustments"]] == ["A1"]
    assert alone.amounts("2026-01", participant="E4") == {
        ("P4", "earned", "2026-01"): "30.00", ("P4", "manual", "2026-01"): "5.00",
    }  # fmt: skip


def test_who_is_in_no_pay_group_is_not_adjusted_where_pay_groups_are_closing(alone: PayWorld):
    alone.close("2026-01", group="US")
    given = ("E4", "2026-01", "5", "USD", "--component", "commission", "--reason", "a prize")
    said = alone.act("adjust", *given, as_="ana")
    assert (said.code, "2026-01 of pay group US is committed" in said.error["message"]) == (5, True)
