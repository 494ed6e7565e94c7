"""A folder of wrong mappings, each named after its mistake; its first lines say what must be said of it."""

from pathlib import Path

import pytest

from domain.attributes import STANDARD, AttributeType
from mapping.check import check
from tests.mapping.worked import mapping_of

ATTRIBUTES = STANDARD | {"seen": AttributeType.INSTANT, "rank": AttributeType.WHOLE, "price": AttributeType.MONEY}
FILES = sorted((Path(__file__).parent / "wrong").glob("*.yaml"))


def said(text: str) -> list[str]:
    """Every mistake as `path @offset: message`."""
    found = check(mapping_of(text), ATTRIBUTES, ["crm_users"])
    return [f"{'.'.join(map(str, one.path))} @{one.offset}: {one.message}" for one in found]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_wrong_mapping_is_told_so(file):
    text = file.read_text(encoding="utf-8")
    expected = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
    assert expected
    assert said(text) == expected


def test_a_right_mapping_is_not_complained_about():
    right = """
    key: [Region, Employee ID]
    fields:
      email: Email
      name: [First, Last]
      title: {from: Title, empty: absent}
      manager: {from: Boss, type: participant, by: vendor_id}
      price: {from: Price, scale: 2, round: half_even, currency: {from: Currency}}
      rank: {from: Rank, thousands: ','}
      seen: {from: Seen, timezone: Europe/Berlin, format: '%d.%m.%Y %H:%M'}
      currency: {value: USD}
      termination_type: {from: Why, values: {R: retirement, '': '', other: voluntary}}
    effective: From
    until: {from: To, inclusive: true}
    engagement: Contract
    primary: Primary
    where: Department == 'Sales' and (number(Grade) >= 5 or column('Hired On') != '')
    land: all
    never: [SSN]
    """
    assert said(right) == []
