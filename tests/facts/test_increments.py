"""Facts from a source that is read after a cursor: what is new, what was corrected, what it says is gone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.facts.world import Sold, sale
from tests.scenarios.world import Answer

COLUMNS = ["Order", "Line", "Day", "Rep", "Sales", "Cur", "Cost", "Qty", "Product", "Channel"]


class Crm:
    """A scripted source of sales beside the people of a workspace; `key` is Order."""

    def __init__(self, sold: Sold, *, full: bool | str = False) -> None:
        self.sold = sold
        sold.settings["sources"]["deals"] = {"kind": "tests.connectors.scripted", "script": "crm.json"}
        sold.settings["feeds"]["sales"]["full"] = full
        sold.mappings["sales"]["key"] = "Order"
        sold.save()
        self.script: dict[str, Any] = {"key": "Order", "columns": COLUMNS, "events": [], "page_rows": 2, "overlap": 0}

    def says(self, stamp: int, order: str, **cells: str) -> None:
        row = {name: value for name, value in {"Channel": "", **sale(order, 1, **cells)}.items() if name in COLUMNS}
        self.script["events"].append({"stamp": stamp, "row": row})

    def deletes(self, stamp: int, order: str) -> None:
        self.script["events"].append({"stamp": stamp, "key": order, "delete": True})

    def read(self, now: int, **script: Any) -> Answer:
        self.sold.world.write("crm.json", json.dumps({**self.script, **script, "now": now}))
        return self.sold.run()


@pytest.fixture
def crm(sold: Sold) -> Crm:
    return Crm(sold)


def test_an_increment_brings_new_facts_and_corrections(crm: Crm):
    crm.says(100, "A", Sales="1")
    crm.says(101, "B", Sales="2")
    assert crm.read(200)["loaded"] == 2
    crm.says(300, "A", Sales="3")
    crm.says(301, "C", Sales="4")
    answer = crm.read(400)
    assert (answer["read"], answer["loaded"], answer["unchanged"]) == (2, 2, 0)
    assert crm.sold.amounts() == {"A": "3", "B": "2", "C": "4"}
    assert crm.read(500)["read"] == 0


def test_what_is_brought_again_is_unchanged(crm: Crm):
    crm.says(100, "A")
    crm.says(200, "B")
    crm.read(300, overlap=250)
    answer = crm.read(400, overlap=250, repeat=2)
    assert (answer["read"], answer["loaded"], answer["unchanged"], answer["excluded"]) == (4, 0, 2, 2)


def test_a_deleted_fact_is_no_longer_known_from_then_on(crm: Crm):
    crm.says(100, "A", Sales="1")
    crm.says(100, "B", Sales="2")
    crm.read(200)
    before = crm.sold.revision()
    crm.deletes(300, "A")
    crm.deletes(300, "Z")
    answer = crm.read(400)
    assert (answer["read"], answer["loaded"], answer["unchanged"]) == (2, 1, 1)
    assert (crm.sold.amounts(), crm.sold.amounts(at=before)) == ({"B": "2"}, {"A": "1", "B": "2"})
    crm.says(500, "A", Sales="1")
    assert crm.read(600)["loaded"] == 1
    assert crm.sold.amounts() == {"A": "1", "B": "2"}


def test_a_mapping_edit_does_not_bring_back_what_was_deleted(crm: Crm):
    for order in "ABC":
        crm.says(100, order)
    crm.read(200)
    crm.deletes(300, "A")
    crm.read(400)
    crm.sold.fields["kind"] = {"value": "sale"}
    crm.sold.save()
    answer = crm.read(500)
    assert (answer["mapping_changed"], answer["loaded"]) == (True, 2)
    assert {one["key"]: one["kind"] for one in crm.sold.known()} == {"B": "sale", "C": "sale"}


def test_a_row_that_waits_is_tried_again_with_each_increment(crm: Crm):
    crm.says(100, "A", Rep="00009")
    crm.says(100, "B")
    crm.says(100, "C")
    assert crm.read(200)["quarantined"] == 1
    crm.says(300, "D")
    answer = crm.read(400)
    assert (answer["read"], answer["quarantined"], answer["loaded"]) == (2, 1, 1)
    crm.sold.people("00001", "00002", "00009")
    assert crm.read(500)["loaded"] == 1
    assert crm.sold.quarantine() == []


def test_a_correction_of_a_row_that_waits_takes_its_place(crm: Crm):
    crm.says(100, "A", Rep="00009", Sales="1")
    crm.read(200)
    crm.says(300, "A", Rep="00001", Sales="2")
    assert crm.read(400)["loaded"] == 1
    assert (crm.sold.amounts(), crm.sold.quarantine()) == ({"A": "2"}, [])


def test_what_a_failed_run_landed_is_loaded_by_the_next(crm: Crm):
    for number in range(10):
        crm.says(100, f"A{number}", Sales="much" if number < 5 else "1")
    assert crm.read(200)["outcome"] == "failed"
    assert crm.sold.amounts() == {}
    for number in range(10):
        crm.says(300, f"B{number}")
    for number in range(3):
        crm.says(301, f"A{number}", Sales="2")
    answer = crm.read(400)
    assert (answer["outcome"], answer["loaded"], answer["errors"]) == ("completed_with_errors", 18, 2)


_few = settings(
    max_examples=4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
_events = st.lists(
    st.tuples(
        st.sampled_from("ABCD"),
        st.sampled_from(["1", "2", "2.0", "", "delete"]),
        st.sampled_from(["00001", "00002", "00009", ""]),
        st.booleans(),
    ),
    min_size=4,
    max_size=14,
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@_few
@given(events=_events)
def test_however_it_was_read_the_newest_of_each_key_is_known(
    tmp_path_factory: pytest.TempPathFactory, database: Any, events: list[tuple[str, str, str, bool]]
):
    """Read after some of the events, and read once at the end: the same is known, and the same waits."""
    from tests.scenarios.world import World

    found = []
    for is_stepwise in (True, False):
        sold = Sold(World(tmp_path_factory.mktemp("crm") / "workspace"))
        sold.people("00001", "00002")
        crm = Crm(sold)
        for order in "XYZ":
            crm.says(1, order)
        for stamp, (order, amount, rep, reads) in enumerate(events, 10):
            if amount == "delete":
                crm.deletes(stamp, order)
            else:
                crm.says(stamp, order, Sales=amount, Rep=rep)
            if reads and is_stepwise:
                crm.read(stamp)
        crm.read(100)
        placed = {one["key"]: (one["amount"], one["owner"]) for one in sold.known()}
        found.append((placed, {(key, code) for _, key, code in sold.quarantine()}))
    stepwise, at_once = found
    assert stepwise[1] == at_once[1]
    waiting = {key for key, _ in at_once[1]}
    assert {key: one for key, one in stepwise[0].items() if key not in waiting} == at_once[0]
