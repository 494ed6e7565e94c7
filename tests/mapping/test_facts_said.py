"""What a mapping itself says of every fact is known before any row is read."""

import pytest

from domain.facts import FactKind
from mapping.facts import FactForm, compile_facts
from tests.mapping.worked import mapping_of

USD, EUR, BLANK, SENT = "{value: USD}", "{value: ' EUR '}", "{value: ' '}", "Cur"


def compiled(fields: str, kind: FactKind = FactKind.TRANSACTIONS) -> FactForm:
    return compile_facts(mapping_of(f"{{key: Id, fields: {{{fields}}}}}"), kind, {})


@pytest.mark.parametrize(
    ("amount", "cost", "currency"),
    [
        (USD, USD, "USD"),
        (EUR, EUR, "EUR"),
        (USD, EUR, None),
        (USD, SENT, None),
        (SENT, SENT, None),
        (BLANK, BLANK, None),
    ],
)
def test_the_texts_that_rules_without_a_column_say(amount, cost, currency):
    money = f"amount: {{from: A, type: money, currency: {amount}}}, cost: {{from: B, type: money, currency: {cost}}}"
    form = compiled(f"kind: {{value: ' deal '}}, stage: Stage, {money}")
    assert form.said == {"kind": "deal"} | ({"currency": currency} if currency else {})
    assert set(form.columns) == {"kind", "currency", "stage", "amount", "cost"}


def test_what_is_looked_up_and_whom_facts_name_is_said_row_by_row():
    assert compiled("key: {value: all}, Name: {value: y}", FactKind.TABLES).said == {"Name": "y"}
    assert compiled("kind: Kind, owner: {value: '007', by: employee_id}").said == {}
