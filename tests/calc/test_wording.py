"""What explanations say of a line: rates of amounts, without what came to nothing."""

from decimal import Decimal

import pytest

from calc.wording import added, as_percent, said, term
from formula.formulas import parse_formula
from formula.meaning import Meanings
from formula.quantity import count, money, rate

MONEY = dict.fromkeys(("after", "before", "credit", "bound"), money("USD", 4)) | dict.fromkeys(("low", "high"), rate(4))
PIECES = dict.fromkeys(("after", "before", "credit", "bound"), count(4)) | dict.fromkeys(
    ("low", "high"), money("USD", 4)
)
MARGINAL = "(min(after, bound) - min(before, bound)) * low + (max(after, bound) - max(before, bound)) * high"
WHOLE = "after * (low if after <= bound else high) - before * (low if before <= bound else high)"
EACH = "low * (min(after, bound) - min(before, bound)) + high * (max(after, bound) - max(before, bound))"


def line(before: int, credit: int, low: str, high: str) -> dict[str, Decimal]:
    counted = {"before": before, "credit": credit, "after": before + credit, "bound": 100}
    return {name: Decimal(value) for name, value in counted.items()} | {"low": Decimal(low), "high": Decimal(high)}


@pytest.mark.parametrize(
    ("formula", "types", "known", "words"),
    [
        (MARGINAL, MONEY, line(0, 50, "0.03", "0.05"), "3% of 50.00"),
        (MARGINAL, MONEY, line(90, 30, "0.03", "0.055"), "3% of 10.00 + 5.5% of 20.00"),
        (MARGINAL, MONEY, line(120, -30, "0.03", "0.05"), "3% of -10.00 + 5% of -20.00"),
        (MARGINAL, MONEY, line(50, 0, "0.03", "0.05"), "3% of 0.00"),
        (WHOLE, MONEY, line(90, 30, "0.03", "0.05"), "5% of 120.00 - 3% of 90.00"),
        (WHOLE, MONEY, line(0, 30, "0.03", "0.05"), "3% of 30.00"),
        (EACH, PIECES, line(90, 30, "2.5", "4"), "2.50 for each of 10 + 4.00 for each of 20"),
        ("credit * low", MONEY, line(0, 50, "0.0325", "0"), "3.25% of 50.00"),
    ],
)
def test_what_a_line_adds_is_said_as_rates_of_amounts(formula, types, known, words):
    expression, mistakes = parse_formula(formula, types)
    assert not mistakes
    found = added(expression, known, types, Meanings())
    assert found is not None
    assert found[0] == words


def test_only_what_it_comes_from_is_named():
    expression, _ = parse_formula(MARGINAL, MONEY)
    found = added(expression, line(0, 50, "0.03", "0.05"), MONEY, Meanings())
    assert found is not None
    assert sorted(found[1]) == ["after", "before", "bound", "low"]


def test_another_formula_is_not_put_into_words():
    expression, _ = parse_formula("credit if after >= bound else 0", MONEY)
    assert added(expression, line(90, 30, "0", "0"), MONEY, Meanings()) is None


def test_columns_are_told_in_words_and_others_by_their_formula():
    assert said("bound_2", "terms of each day", "round(quota * upto_2, 4)") == "where tier 2 ends"
    assert said("after", "", "", is_bare=True) == "counted before it"
    assert said("whole", "in USD, to 4 digits", "amount * rate") == "in USD, to 4 digits"
    assert said("own", "", "amount * 2") == "own = amount * 2"
    assert term("rate_1", "reseller.commission", 3) == "rate of tier 1 of reseller.commission, V3"
    assert term("at", "reseller.club", 1) == "where reseller.club is reached, V1"
    assert as_percent(Decimal("0.0250")) == "2.5%"
