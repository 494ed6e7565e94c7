"""A folder of wrong mappings of facts, each named after its mistakes; `expected.txt` has what must be said of each."""

from pathlib import Path

import pytest

from domain.attributes import STANDARD
from domain.facts import FactKind
from mapping.check import check
from tests.mapping.worked import mapping_of, texts

FOLDER = Path(__file__).parent / "wrong_facts"
FILES = sorted(FOLDER.glob("*.yaml"))
FEEDS = ("people", "crm_users")


def said(document, *, credited: bool = False) -> list[str]:
    """Every mistake as `path @offset: message`."""
    kind = FactKind(document["into"])
    found = check(mapping_of(document["mapping"]), STANDARD, FEEDS, kind, credited=credited)
    return [f"{'.'.join(map(str, one.path))} @{one.offset}: {one.message}" for one in found]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_mapping_of_facts_is_told_so(file):
    expected = (FOLDER / f"{file.stem}.txt").read_text(encoding="utf-8").splitlines()
    assert said(texts(file.read_text(encoding="utf-8"))) == expected


RIGHT = {
    "transactions": """
        key: [Order, Line]
        fields:
          date: Day
          owner: {from: Rep, by: crm_users}
          splits: {from: Parts, separator: ',', by: partner_id}
          amount: {from: Sales, type: money, scale: 8, round: half_even, currency: {from: Cur}}
          cost: Cost
          quantity: {from: Qty, scale: 2}
          event: {from: E, values: {N: new, R: return}}
          email: Mail
          status: Stage
          tags: {from: Tags, type: set}
          second: {from: Second, type: participant, by: email}
          bonus: {from: Bonus, type: money}
          seen: {from: Seen, type: instant, timezone: UTC}
        where: Order != ''
        land: all
        never: [SSN]
    """,
    "credits": """
        key: Id
        fields: {deal: Deal, transaction: {from: [Order, Line], join: '|'}, participant: Who, share: Share}
    """,
    "rates": """
        key: [Date, To]
        fields: {base: {value: EUR}, quote: To, date: Date, rate: {from: Rate, round: half_even}}
    """,
    "tables": """
        key: [Id, From]
        fields: {key: Id, from: From, until: {from: To, inclusive: true}, Name: Name, Sales Region: R, parent: Up}
    """,
    "quotas": """
        key: Id
        fields:
          participant: {from: Rep, by: people}
          measure: Measure
          from: From
          until: To
          amount: {from: Amount, round: half_even}
          currency: Cur
          line: Line
    """,
}


@pytest.mark.parametrize("into", sorted(RIGHT))
def test_a_right_mapping_of_facts_is_not_complained_about(into):
    assert said({"into": into, "mapping": RIGHT[into]}) == []


def test_whose_a_transaction_is_may_be_for_credits_to_say():
    document = {"into": "transactions", "mapping": "{key: Id, fields: {date: Day}}"}
    assert len(said(document)) == 1
    assert said(document, credited=True) == []


def test_no_kind_of_facts_takes_what_only_people_have():
    for kind in FactKind:
        assert said({"into": kind.value, "mapping": "{key: Id, primary: P}"})[-1].startswith(
            "primary @0: `primary` means nothing"
        )
