"""Who was two people in the records sees their own pay under both numbers, and a team that was led under either."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.rights import Right
from tests.scenarios.closing import PayWorld
from tests.scenarios.conftest import pay  # noqa: F401 - a fixture
from tests.scenarios.test_merging import deals, merge
from tests.web.conftest import Office


@pytest.fixture
def office(pay: PayWorld) -> Iterator[Office]:  # noqa: F811 - the fixture
    """E1 and E2 are paid January, and log in; E2 leads E3. That they are one person is proposed."""
    pay.begin_pay(deals=deals(("X7", "2026-02-03", "E2", "600.00"), ("X8", "2026-02-04", "E3", "700.00")))
    said = pay.call("set", "E3", "manager=E2", "--from", "2026-01-01", "--reason", "x", "--as", "ana")
    assert (said.code, pay.approve(as_="ben").code) == (0, 0)
    pay.close("2026-01")
    found = Office(pay)
    found.open()
    found.user("ann", "participant", key="E1")
    found.user("bob", "participant", "manager", key="E2")
    yield found
    found.close()


def own(office: Office, name: str) -> list[tuple[str, str, str]]:
    """What somebody's own pay comes to, as the API gives it: number, pay period, amount."""
    answer = office.program(office.token(name, Right.SEE_PAY)).read("/statements")["items"]
    return [(one["participant"], one["period"], " ".join(sum_["amount"] for sum_ in one["totals"])) for one in answer]


def test_own_pay_is_under_every_number_that_is_theirs(office: Office, pay: PayWorld) -> None:  # noqa: F811 - the fixture
    ann, bob = office.client("ann"), office.client("bob")
    assert own(office, "bob") == [("P2", "2026-01", "50.00")]
    assert bob.get("/statements/P1/2026-01").status_code == 404
    change = merge(office.world)
    assert office.world.approve(change["id"], as_="ben").code == 0
    pay.calculate("2026-02")
    both = [("P1", "2026-02", "60.00"), ("P1", "2026-01", "40.00"), ("P2", "2026-01", "50.00")]
    for name, visitor in (("ann", ann), ("bob", bob)):
        assert own(office, name) == both, name
        page = visitor.get("/statements").text
        for number, period, amount in both:
            assert f"/statements/{number}/main:{period}" in page
            assert amount in visitor.get(f"/statements/{number}/main:{period}").text
        assert visitor.get("/participants/P1").status_code == 200
    assert ann.get("/statements/P3/2026-02").status_code == 404


def test_a_team_stays_in_sight_of_who_led_it_under_either_number(office: Office, pay: PayWorld) -> None:  # noqa: F811
    bob = office.client("bob")
    assert "70.00" not in bob.get("/statements").text
    change = merge(office.world)
    assert office.world.approve(change["id"], as_="ben").code == 0
    assert bob.get("/participants/P3").status_code == 200
    pay.calculate("2026-02")
    assert "70.00" in bob.get("/statements/P3/2026-02").text


def test_nothing_of_the_other_one_is_in_sight_once_the_merge_is_taken_back(office: Office) -> None:
    ann, bob = office.client("ann"), office.client("bob")
    change = merge(office.world)
    assert office.world.approve(change["id"], as_="ben").code == 0
    assert ann.get("/statements/P2/2026-01").status_code == 200
    (opposite,) = office.world.call("revert", change["id"], "--reason", "two after all", "--as", "ana")["proposed"]
    assert office.world.approve(opposite["id"], as_="ben").code == 0
    assert own(office, "ann") == [("P1", "2026-01", "40.00")]
    assert own(office, "bob") == [("P2", "2026-01", "50.00")]
    for visitor, other in ((ann, "P2"), (bob, "P1")):
        assert visitor.get(f"/statements/{other}/2026-01").status_code == 404
        assert visitor.get(f"/participants/{other}").status_code == 404
