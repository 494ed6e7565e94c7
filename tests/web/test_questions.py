"""Questions on their page and by the API: whose a record is, and which value holds. Nobody answers of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from domain.rights import Right
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.test_answers import ANN, ASKING, BOB, links
from tests.scenarios.test_several_sources import SELLERS, both, order, tell, titles  # noqa: F401 - a fixture
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


CRM = with_cells(SELLERS, "01001", title="Lead")
#: What is chosen on the page, what is typed beside it, and which titles are proposed by then; None clears it.
CHOICES = [("v:Rep", "", []), ("v:Lead", "", ["Lead"]), ("other", "Head", ["Head"]), ("other", "", [None])]


@pytest.fixture
def differing(both: World) -> Iterator[Office]:  # noqa: F811 - the fixture
    """Of 01001's title hr says Rep, which it is, and crm says Lead: neither goes first."""
    order(both)
    assert tell(both, CRM)["conflicts"] == 1
    found = Office(both)
    found.open()
    found.user("dana", "comp_admin")
    found.user("sam", "comp_admin", key="01001")
    yield found
    found.close()


def proposed(office: Office) -> list[str | None]:
    """Which titles are proposed once both sources were read again; nothing is asked any more."""
    assert office.world.run(COMPANY)["conflicts"] == 0
    assert tell(office.world, CRM)["conflicts"] == 0
    return [title for _, title in titles(office.world)]


@pytest.mark.parametrize(("choice", "typed", "titled"), CHOICES)
def test_which_value_holds_is_chosen_on_the_page(
    differing: Office, choice: str, typed: str, titled: list[str | None]
) -> None:
    dana = differing.client("dana")
    page = dana.get("/questions").text
    assert re.findall(r'name="answer" value="([^"]*)"', page) == ["v:Lead", "v:Rep", "other"]
    form = {"answer": choice, "value": typed, "reason": "asked them"}
    assert "Q1 is answered." in (page := dana.done("/questions/Q1", dict(form)))
    assert "Nothing is asked" in page
    (kept,) = differing.world.call("conflicts", "--all").document
    assert (kept["state"], kept["by"], kept["reason"]) == ("answered", "dana", "asked them")
    assert proposed(differing) == titled


@pytest.mark.parametrize(("value", "titled"), [("Rep", []), ("Lead", ["Lead"]), ("Head", ["Head"]), ("", [None])])
def test_a_program_says_which_value_holds(differing: Office, value: str, titled: list[str | None]) -> None:
    program = differing.program(differing.token("dana", Right.SEE_CHANGES, Right.ANSWER))
    said: Any = program.post("/conflicts/Q1/answer", {"value": value, "reason": "asked them"}).json
    assert (said["attribute"], said["value"]) == ("title", value or None)
    assert proposed(differing) == titled


@pytest.mark.parametrize("choice", ["", "Lead", "is:P1", "new"])
def test_what_is_no_choice_of_such_a_question_answers_nothing(differing: Office, choice: str) -> None:
    told = differing.client("dana").refused("/questions/Q1", {"answer": choice, "reason": "asked them"})
    assert "Choose an answer" in told
    assert differing.world.call("conflicts")[0]["state"] == "open"


def test_nobody_says_which_value_of_theirs_holds(differing: Office) -> None:
    told = differing.client("sam").refused("/questions/Q1", {"answer": "v:Lead", "reason": "I lead"})
    assert "own record: somebody else has to answer it" in told
    sam = differing.program(differing.token("sam", Right.SEE_CHANGES, Right.ANSWER))
    assert sam.post("/conflicts/Q1/answer", {"value": "Lead", "reason": "I lead"}).status_code == 409
    assert differing.world.call("conflicts")[0]["state"] == "open"
