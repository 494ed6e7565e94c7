"""Several posts of one participant on pages and by programs: a role that one post is in shows that one alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.rights import Right
from tests.scenarios import test_engagements_paid
from tests.scenarios.closing import PayWorld
from tests.scenarios.conftest import pay  # noqa: F401 - a fixture
from tests.scenarios.test_engagements_paid import paid  # noqa: F401 - a fixture
from tests.web.conftest import Office


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann's field post is paid by the US, her desk post by the UK."""
    apart = zip(test_engagements_paid.POSTS, ("US", "UK"), strict=True)
    monkeypatch.setattr(test_engagements_paid, "POSTS", tuple({**one, "group": group} for one, group in apart))


@pytest.fixture
def office(posts: None, paid: PayWorld) -> Iterator[Office]:  # noqa: F811 - fixtures
    found = Office(paid)
    found.open()
    paid.calculate("2026-01")
    found.user("dana", "comp_admin", password=False)
    found.user("uma", "approver pay_group=US", password=False)
    found.user("ann", "participant", key="E1", password=False)
    yield found
    found.close()


def test_a_role_for_one_post_shows_and_decides_that_one(office: Office) -> None:
    uma, dana = (office.program(office.token(one, *Right)) for one in ("uma", "dana"))
    assert [one["engagement"] for one in uma.read("/results?period=2026-01")["items"]] == ["A007"]
    statement = uma.read("/statements/E1/2026-01")
    assert ([one["engagement"] for one in statement["lines"]], statement["hidden"]) == (["A007"], 1)
    wanted = {"participant": "E1", "period": "2026-01", "amount": "5", "currency": "USD", "reason": "x"}
    said = dana.post("/adjustments", {**wanted, "component": "desk.commission", "engagement": "G007"})
    assert said.status_code == 200, said.text
    assert uma.read("/adjustments")["items"] == []
    decided = uma.post("/adjustments/decide", {"ids": ["A1"], "verdict": "approve"})
    assert "there is no such adjustment" in decided.text


def test_own_pay_is_that_of_all_posts(office: Office) -> None:
    ann = office.program(office.token("ann", Right.SEE_PAY))
    assert [one["engagement"] for one in ann.read("/results?period=2026-01")["items"]] == ["A007", "G007"]
    assert ann.read("/statements/E1/2026-01")["hidden"] == 0
