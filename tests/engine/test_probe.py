"""Before an engine pays anybody it shows that it computes exactly; what it may get wrong is shown being caught."""

from operator import attrgetter

import pytest

from engine import quantities, relations
from engine.probe import EngineDiffers, probe
from engine.session import open_session


@pytest.fixture
def session(tmp_path):
    with open_session(tmp_path) as opened:
        yield opened


def test_the_engine_at_hand_computes_exactly_and_nothing_is_left_behind(session):
    probe(session)
    assert session.rows("SHOW TABLES") == []


@pytest.mark.parametrize(
    "function",
    [
        "sign(x) AS 1",
        "least(a, b) AS CASE WHEN a < b THEN b ELSE a END",
        "greatest(a, b) AS a",
        "abs(x) AS x",
        "nullif(a, b) AS a",
    ],
)
def test_a_function_of_the_engine_that_does_something_else_is_noticed(session, function):
    session.run(f"CREATE MACRO {function}")
    with pytest.raises(EngineDiffers, match="does not compute as pay must"):
        probe(session)


@pytest.mark.parametrize(
    ("module", "name", "broken", "what"),
    [
        (quantities, "half_even_of", quantities.half_up_of, "'half_even' is"),
        (quantities, "half_up_of", quantities.half_even_of, "'half_up' is"),
        (quantities, "settled", attrgetter("sql"), "'(least|greatest)' is"),
        (relations, "NARROW", "HUGEINT", "a running sum that does not fit gives a number"),
    ],
)
def test_a_printer_that_does_something_else_is_noticed(session, monkeypatch, module, name, broken, what):
    monkeypatch.setattr(module, name, broken)
    with pytest.raises(EngineDiffers, match=what):
        probe(session)
    assert session.rows("SHOW TABLES") == []
