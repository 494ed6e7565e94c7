"""What records became that were merged: asked for by any column, as long as the loser is in the bin."""

from __future__ import annotations

import pytest

from connectors.base import TellsMerges
from connectors.opening import open_source
from domain.errors import FixAccess, FixFile, ReadFailed, TryLater
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.world import settings


@pytest.fixture
def partners(salesforce):
    """Four partners with numbers of their own. Gives their ids."""
    org = salesforce.org
    org.make("Contact", "003", Field("Number__c"), Field("MasterRecordId", "reference"))
    return [org.save("Contact", Number__c=f"it's {number}") for number in range(4)]


@pytest.fixture
def source(salesforce, tmp_path):
    found = open_source("salesforce", settings(salesforce), (tmp_path,))
    assert isinstance(found, TellsMerges)
    return found


def test_a_winner_that_lost_in_turn_leads_to_the_last(salesforce, source, partners):
    one, two, three, four = partners
    salesforce.org.delete("Contact", one, master=two)
    salesforce.org.delete("Contact", two, master=three)
    salesforce.org.delete("Contact", four)
    assert source.merged_into("Contact", "Id", [*partners, "none"]) == {one: three, two: three}
    assert source.merged_into("Contact", "Number__c", ["it's 0", "it's 3"]) == {"it's 0": "it's 2"}


def test_what_is_forgotten_or_gone_with_its_winner_is_not_told(salesforce, source, partners):
    one, two, three, four = partners
    salesforce.org.delete("Contact", one, master=two)
    salesforce.org.purge("Contact", one)
    salesforce.org.delete("Contact", three, master=four)
    salesforce.org.delete("Contact", four)
    assert source.merged_into("Contact", "Id", partners) == {}


def test_more_than_one_query_has_place_for(salesforce, source, partners):
    losers = [salesforce.org.save("Contact", Number__c=str(number)) for number in range(101)]
    salesforce.org.delete("Contact", *losers, master=partners[0])
    assert source.merged_into("Contact", "Id", losers) == dict.fromkeys(losers, partners[0])
    assert salesforce.org.count("/queryAll/") == 4, "three of fifty losers at most, one of the winner"


def test_an_object_without_merges_is_not_asked(salesforce, source):
    salesforce.org.make("Product2", "01t", Field("Name"))
    number = salesforce.org.save("Product2", Name="Bolt")
    salesforce.org.delete("Product2", number)
    assert source.merged_into("Product2", "Id", [number]) == {}
    assert source.merged_into(None, "Id", [number]) == {}
    assert salesforce.org.count("/queryAll/") == 0


def test_what_cannot_be_asked_is_an_error_with_its_remedy(salesforce, source, partners):
    salesforce.org.fail("/queryAll/?", status=503, times=100)
    with pytest.raises(TryLater):
        source.merged_into("Contact", "Id", partners)
    with pytest.raises((FixAccess, FixFile, ReadFailed)):
        source.merged_into("Nowhere__c", "Id", partners)
