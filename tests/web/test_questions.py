"""Questions on their page and by the API: whose a record is, and which value holds. Nobody answers of themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.rights import Right
from tests.scenarios.test_answers import ANN, ASKING, BOB, links
from tests.scenarios.world import World
from tests.web.conftest import Office


@pytest.fixture
def asked(world: World) -> Iterator[Office]:
    """A third record with the mailbox of Ann (P1) and Bob (P2): whose is it? Ann and dana may both answer."""
    world.mapping["key"] = "phone"
    world.save()
    world.begin([ANN, BOB])
    world.run([ANN, BOB, ASKING])
    found = Office(world)
    found.open()
    found.user("dana", "comp_admin")
    found.user("ann", "comp_admin", key="P1")
    yield found
    found.close()


def test_whose_a_record_is_says_somebody_else(asked: Office) -> None:
    said = {"answer": "is:P1", "reason": "it is mine"}
    told = asked.client("ann").refused("/questions/Q1", dict(said))
    assert "Q1 is about ann&#39;s own record: somebody else has to answer it" in told
    assert 'value="it is mine"' in told
    assert asked.world.call("audit")[-1]["act"] == "refuse answer"
    assert "Q1 is answered." in asked.client("dana").done("/questions/Q1", dict(said))
    assert links(asked.world)["hr:3"] == "P1"


def test_nor_that_it_is_nobody_s_or_somebody_else_s(asked: Office) -> None:
    for answer in ("new", "never", "is:P2"):
        assert "own record" in asked.client("ann").refused("/questions/Q1", {"answer": answer, "reason": "no"})


def test_nor_by_a_program(asked: Office) -> None:
    scope = (Right.SEE_CHANGES, Right.ANSWER)
    ann = asked.program(asked.token("ann", *scope))
    answer = ann.post("/conflicts/Q1/answer", {"is": "P1", "reason": "it is mine"})
    assert (answer.status_code, "own record" in answer.text) == (409, True)
    assert asked.world.call("conflicts")[0]["state"] == "open"
