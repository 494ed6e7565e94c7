"""Reading all of an object by bulk jobs, whatever becomes of them; and what values and shapes come to."""

from decimal import Decimal

import pytest

from connectors.salesforce import jobs
from connectors.salesforce.forms import long_id, moment, written
from domain.errors import FixFile, ReadFailed, TryLater
from tests.connectors.follower import COLUMNS, Follower, shown
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.world import deal

# --- jobs


def test_a_process_that_is_killed_goes_on_with_its_job(salesforce, tmp_path):
    org = salesforce.org
    for number in range(7):
        deal(org, f"Deal {number}")
    org.pass_(60)
    org.piece = 3
    follower = Follower(salesforce, tmp_path).read(pages=1)
    assert (follower.ids, len(org.jobs)) == ([], 1)
    follower.read(pages=2)
    follower.read()
    assert follower.known == shown(salesforce)
    assert len(org.jobs) == 1
    assert all(page.full for page in follower.pages)
    assert follower.pages[-1].total == 7


@pytest.mark.parametrize("how", ["aborted", "gone", "another mapping", "another version", "old"])
def test_a_job_that_cannot_go_on_is_begun_anew(salesforce, tmp_path, how):
    org = salesforce.org
    deal(org, "A")
    org.pass_(60)
    follower = Follower(salesforce, tmp_path).read(pages=1)
    (job,) = org.jobs.values()
    if how == "aborted":
        job.state = "Aborted"
    elif how == "gone":
        org.jobs[job.id[:-3] + "BBB"] = org.jobs.pop(job.id)
    elif how == "old":
        org.pass_(90_000)
    elif how == "another mapping":
        follower.columns = ("Id", "Name")
    else:
        follower.more = {"api_version": "66.0"}
    follower.read()
    assert follower.known == shown(salesforce, columns=follower.columns)
    assert len(org.jobs) == 2


def test_a_job_that_fails_says_so_and_the_next_read_begins_another(salesforce, tmp_path):
    org = salesforce.org
    deal(org, "A")
    org.pass_(60)
    follower = Follower(salesforce, tmp_path).read(pages=1)
    next(iter(org.jobs.values())).message = "QUERY_TIMEOUT: Your query request was running for too long."
    with pytest.raises(TryLater, match="QUERY_TIMEOUT"):
        follower.read()
    assert follower.read().known == shown(salesforce)


def test_a_result_that_is_cut_is_fetched_again(salesforce, tmp_path):
    org = salesforce.org
    for number in range(50):
        deal(org, f"Deal {number}")
    org.pass_(60)
    org.fail("results", cut=700)
    follower = Follower(salesforce, tmp_path).read()
    assert follower.known == shown(salesforce)
    assert len(follower.ids) == 50


def test_a_result_without_its_count_is_none(salesforce, tmp_path):
    deal(salesforce.org, "A")
    salesforce.org.fail("results", headers={"Sforce-NumberOfRecords": "many"})
    with pytest.raises(ReadFailed, match="how many"):
        Follower(salesforce, tmp_path).read()


def test_a_result_that_turns_in_a_circle_is_none(salesforce, tmp_path, monkeypatch):
    for number in range(7):
        deal(salesforce.org, f"Deal {number}")
    salesforce.org.piece = 2
    salesforce.org.fail("results", headers={"Sforce-Locator": "2"}, times=1000)
    with pytest.raises(ReadFailed, match="again and again"):
        Follower(salesforce, tmp_path).read()


def test_a_job_that_never_ends_is_gone_on_with_later(salesforce, tmp_path, monkeypatch):
    deal(salesforce.org, "A")
    salesforce.org.pass_(60)
    salesforce.org.job_looks = 40
    monkeypatch.setattr(jobs, "PATIENCE", 120.0)
    follower = Follower(salesforce, tmp_path)
    with pytest.raises(TryLater, match="goes on with it"):
        follower.read()
    salesforce.org.job_looks = 0
    assert follower.read().known == shown(salesforce)
    assert len(salesforce.org.jobs) == 1


def test_an_object_that_tells_nothing_and_is_in_no_job_is_read_whole_by_queries(salesforce, tmp_path):
    org = salesforce.org
    for number in range(7):
        org.save("Territory", Name=f"T{number}")
    follower = Follower(salesforce, tmp_path, "Territory")
    follower.columns = ("Name", "Id")
    for _ in range(2):
        follower.read()
        assert follower.known == shown(salesforce, "Territory", ("Id", "Name"))
        assert follower.pages[-1].total == 7
        assert follower.cursor is None
        org.save("Territory", Name="another")
        org.purge("Territory", next(iter(follower.known)))


# --- values and shapes


def test_a_value_is_the_same_text_whichever_way_it_comes(salesforce, tmp_path):
    org = salesforce.org
    user = org.save("User", Name="Ann", Email="a@x", EmployeeNumber="00123")
    first = deal(
        org,
        'A "b"\nc\0d, é 山',
        "1.2E+7",
        CloseDate="2026-03-01",
        Won__c=org.now,
        OwnerId=user,
        Expected__c=Decimal("0.0"),
    )
    deal(org, "", None)
    deal(org, "1E5", "-1.25E-3")
    org.pass_(60)
    follower = Follower(salesforce, tmp_path)
    follower.columns = (*COLUMNS, "CloseDate", "Won__c", "Expected__c", "OwnerId", "Owner.EmployeeNumber")
    bulk = dict(follower.read().known)
    org.pass_(600)
    org.silently("Opportunity", first)
    for one in bulk:
        org.save("Opportunity", one)
    org.pass_(60)
    assert follower.read().known == bulk
    assert bulk[first]["Won__c"] == "2026-03-01T12:00:00.000Z"
    assert (bulk[first]["Amount"], bulk[first]["Expected__c"]) == ("12000000", "0.0")
    assert ("1E5", "-0.00125") in {(row.get("Name"), row.get("Amount")) for row in bulk.values()}, "a text stays"
    assert (bulk[first]["Owner.EmployeeNumber"], bulk[first]["Name"]) == ("00123", 'A "b"\ncd, é 山')
    assert follower.pages[0].silent == ("Expected__c", "Owner.EmployeeNumber")


def test_a_parent_of_a_parent_and_one_that_is_not_there(salesforce, tmp_path):
    org = salesforce.org
    boss = org.save("User", Name="Boss", UserRoleId=org.save("UserRole", Name="Sales"))
    org.save("User", Name="Ann", ManagerId=boss)
    follower = Follower(salesforce, tmp_path, "User")
    follower.columns = ("Id", "Name", "Manager.UserRole.Name")
    org.pass_(600)
    assert {row["Name"]: row.get("Manager.UserRole.Name") for row in follower.read().known.values()} == {
        "Boss": None,
        "Ann": "Sales",
    }
    for one in follower.known:
        org.save("User", one)
    org.pass_(60)
    assert {row["Name"]: row.get("Manager.UserRole.Name") for row in follower.read().known.values()} == {
        "Boss": None,
        "Ann": "Sales",
    }


def test_all_fields_are_asked_for_where_all_are_landed(salesforce, follower):
    follower.rest = True
    follower.full()
    assert set(follower.pages[0].columns) == set(salesforce.org.objects["Opportunity"].fields)


def test_a_field_that_is_read_and_changes_its_kind_lets_all_be_read_again(salesforce, follower):
    org = salesforce.org
    org.objects["Opportunity"].fields["Name"].calculated = True
    assert follower.read().pages[0].full
    follower.columns = (*COLUMNS, "StageName")
    assert follower.read().pages[0].full, "a column that was not read before"
    follower.columns = COLUMNS
    assert not follower.read().pages[0].full


def test_another_field_that_appears_is_an_event(salesforce, follower):
    salesforce.org.objects["Opportunity"].fields["Extra__c"] = Field("Extra__c")
    assert "sees other fields of Opportunity" in follower.read().warnings[0]
    assert follower.read().warnings == []
    salesforce.org.objects["Opportunity"].fields["StageName"].hidden = True
    assert "sees other fields of Opportunity" in follower.read().warnings[0], "one that goes as well"
    assert follower.read().warnings == []
    follower.rest = True
    follower.full()
    salesforce.org.objects["Opportunity"].fields["More__c"] = Field("More__c")
    assert follower.read().pages[0].full, "with `land: all` its old values are read too"


def test_more_fields_than_an_address_holds(salesforce, follower):
    for number in range(400):
        name = f"A_field_with_quite_a_long_name_{number}__c"
        salesforce.org.objects["Opportunity"].fields[name] = Field(name)
    follower.rest = True
    follower.full()
    with pytest.raises(FixFile, match="more than Salesforce takes"):
        follower.read()


@pytest.mark.parametrize(
    ("short", "long"),
    [("001A0000006Vm9r", "001A0000006Vm9rIAC"), ("005000000000001", "005000000000001AAA")],
)
def test_an_id_of_15_is_that_of_18(short, long):
    assert long_id(short) == long
    assert long_id(long) == long
    assert long_id("no id") == "no id"


def test_both_forms_of_a_moment_are_one():
    assert moment("2024-09-24T03:26:07.000+0000") == moment("2024-09-24T03:26:07.000Z")
    assert written(moment("2024-09-24T05:26:07.120+0200")) == "2024-09-24T03:26:07.120Z"
    with pytest.raises(ValueError, match="zone"):
        moment("2024-09-24T03:26:07")
