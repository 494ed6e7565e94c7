"""Before an engine pays anybody it shows that it computes exactly; what it may get wrong is shown being caught."""

from operator import attrgetter

import pytest

from engine import probe as probing
from engine import quantities, relations
from engine.probe import EngineDiffers, must_be_exact, probe
from engine.session import Session, open_session


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


def test_an_engine_is_probed_once_in_a_process_and_again_with_other_settings(tmp_path, monkeypatch):
    probed: list[Session] = []
    monkeypatch.setattr(probing, "_PROBED", set())
    monkeypatch.setattr(probing, "probe", probed.append)
    for folder, memory in (("one", "1GB"), ("two", "1GB"), ("three", "512MB")):
        with open_session(tmp_path / folder, memory=memory) as opened:
            must_be_exact(opened)
            must_be_exact(opened)
    assert len(probed) == 2


def test_an_engine_that_differs_is_not_taken_for_one_that_was_probed(session, monkeypatch):
    monkeypatch.setattr(probing, "_PROBED", set())
    session.run("CREATE MACRO sign(x) AS 1")
    for _ in range(2):
        with pytest.raises(EngineDiffers):
            must_be_exact(session)
