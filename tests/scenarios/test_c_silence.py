"""No-ops and noise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.people import COMPANY, crowd, someone, with_cells, without
from tests.scenarios.world import World


def test_c03_the_same_rows_in_another_order_propose_nothing(company: World):
    """Same rows, shuffled: 0 proposals."""
    said = company.run(COMPANY[::-1])
    assert (said.code, said["read"], said["unchanged"], said["proposed"]) == (0, 20, 20, 0)


@pytest.mark.parametrize(
    ("row", "column", "before", "after"),
    [
        ("c05", "ote", "1.10", "1.1"),
        ("c05", "ote", "100", "100.0"),
        ("c07", "seen", "2026-01-05T10:00:00Z", "2026-01-05T12:00:00+02:00"),
        ("c10", "name", "Jos\u00e9", "Jose\u0301"),
        ("c11", "plans", "gold;silver", "silver;gold;silver"),
    ],
    ids=lambda cell: cell if isinstance(cell, str) else None,
)
def test_the_same_value_written_otherwise_is_no_change(world: World, row: str, column: str, before: str, after: str):
    """Numbers, instants, composed letters, sets: 0 proposals."""
    world.use(column)
    world.begin([someone("01001", **{column: before})])
    said = world.run([someone("01001", **{column: after})])
    assert (said.code, said["unchanged"], said["proposed"]) == (0, 1, 0)


def test_c12_an_emptied_cell_is_proposed_once(company: World):
    """`""` where the store has `Rep`: one proposal; then `""` again: none, before and after it is approved."""
    emptied = with_cells(COMPANY, "01001", title="")
    assert company.run(emptied)["proposed"] == 1
    change = company.one()
    assert change["fields"] == {"title": {"before": "Rep", "after": None}}
    again = company.run(emptied)
    assert (again["proposed"], again["pending"], company.one()["id"]) == (0, 1, change["id"])
    assert company.approve(change).code == 0
    last = company.run(emptied)
    assert (last["proposed"], last["unchanged"]) == (0, 20)
    assert "title" not in company.roster()["01001"]


def test_c15_a_dry_run_stores_nothing_and_finds_what_the_real_one_does(company: World):
    """New, changed and gone records: the dry run leaves no trace; the real run finds the same set."""
    company.send([*without(with_cells(COMPANY, "01002", title="Lead"), "01003"), someone("02001")])
    before = company.kept()
    dry = company.run(dry=True)
    assert (dry.code, dry["proposed"], len(dry["changes"])) == (0, 3, 3)
    assert company.kept() == before
    real = company.run()
    assert _counters(real.document) == _counters(dry.document)
    assert sorted(map(_asked, company.pending())) == sorted(map(_asked, dry["changes"]))


def test_c19_every_row_is_counted_once(company: World):
    """rows read = errors + conflicts + excluded + applied + pending + suppressed + unchanged."""
    company.run(with_cells(COMPANY, "01005", name="Not This"))
    assert company.reject().code == 0
    company.mapping["where"] = "team != 'Ops'"
    company.feed["approve"] = [{"kind": "update", "attributes": ["title"]}]
    company.save()
    rows = with_cells(COMPANY, "01001", hired="soon")
    rows = with_cells(rows, "01002", left="2024-06-30")
    rows = with_cells(rows, "01003", title="Lead")
    rows = with_cells(rows, "01004", team="West")
    rows = with_cells(rows, "01005", name="Not This")
    said = company.run([*without(rows, "01006"), someone("02001", team="Ops")])
    assert _counters(said.document) == {
        "read": 20, "errors": 1, "conflicts": 1, "excluded": 1, "applied": 1, "pending": 1, "suppressed": 1,
        "unchanged": 14, "absent": 1, "proposed": 3,
    }  # fmt: skip
    counted = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
    assert sum(said[name] for name in counted) == said["read"]


def test_a_protected_key_is_neither_proposed_nor_missed(company: World):
    """C16: a service account is never proposed and never counted as missing."""
    company.feed["protected"] = ["01001", "09999"]
    company.save()
    said = company.run([*COMPANY, someone("09999")])
    assert (said["excluded"], said["proposed"]) == (2, 0)
    assert company.run(COMPANY[1:])["absent"] == 0


def test_a_small_company_may_be_read_twice_before_anything_is_decided(world: World):
    """Pending changes keep their identity over reads."""
    people = crowd(3)
    world.run(people)
    first = world.pending()
    again = world.run(people)
    assert (again["proposed"], again["pending"]) == (0, 3)
    assert [one["id"] for one in world.pending()] == [one["id"] for one in first]


def _counters(run: dict[str, Any]) -> dict[str, int]:
    return {name: value for name, value in run.items() if isinstance(value, int) and not isinstance(value, bool)}


def _asked(change: dict[str, Any]) -> str:
    told = ("kind", "source_key", "effective", "source_effective", "dated_by", "fields", "name", "employee_id")
    return repr([change[name] for name in told])
