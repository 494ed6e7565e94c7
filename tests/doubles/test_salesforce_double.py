"""The double of Salesforce: simple-salesforce's own client works against it, and what Salesforce refuses is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from connectors.https import session_to
from tests.doubles.salesforce.org import MOVED, MY_DOMAIN
from tests.doubles.salesforce.server import Double, serve
from tests.doubles.salesforce.tokens import CLIENT_ID, CLIENT_SECRET, first_refresh_token
from tests.doubles.salesforce.world import deal, reached


@pytest.fixture(scope="module")
def _running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    with serve(tmp_path_factory.mktemp("salesforce")) as double:
        yield double


@pytest.fixture
def double(_running: Double, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with reached(_running, monkeypatch) as found:
        yield found


def token(double: Double, host: str = MY_DOMAIN, **form: str) -> requests.Response:
    with session_to(("*.my.salesforce.com", "login.salesforce.com")) as session:
        return session.post(f"https://{host}:{double.port}/services/oauth2/token", data=form)


@pytest.fixture
def client(double: Double) -> Iterator[Salesforce]:
    """The library's own client, with a token."""
    said = token(double, grant_type="client_credentials", client_id=CLIENT_ID, client_secret=CLIENT_SECRET).json()
    with session_to(("*.my.salesforce.com",)) as session:
        yield Salesforce(
            session_id=said["access_token"],
            instance_url=said["instance_url"],
            version="67.0",
            session=session,
            parse_float=Decimal,
        )


def test_the_library_queries_pages_and_describes(double, client):
    for number in range(11):
        deal(double.org, f"Deal {number}", "1200.10")
    found = client.query_all("SELECT Id, Name, Amount FROM Opportunity")
    assert len(found["records"]) == 11
    assert found["records"][0]["Amount"] == Decimal("1200.10")
    assert str(found["records"][0]["Amount"]) == "1200.10"
    assert "Amount" in {one["name"] for one in client.Opportunity.describe()["fields"]}
    assert client.api_usage["api-usage"].total == 100_000
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000


def test_the_library_asks_for_updated_and_deleted(double, client):
    org = double.org
    one, other = deal(org, "A"), deal(org, "B")
    org.pass_(120)
    org.delete("Opportunity", other)
    org.pass_(120)
    start = (org.now - timedelta(hours=1)).astimezone(UTC)
    assert client.Opportunity.updated(start, org.now)["ids"] == [one]
    assert [gone["id"] for gone in client.Opportunity.deleted(start, org.now)["deletedRecords"]] == [other[:15]]
    assert len(client.query_all("SELECT Id FROM Opportunity", include_deleted=True)["records"]) == 2


def test_the_library_reads_by_job(double, client, monkeypatch):
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", double.org.pass_)
    for number in range(7):
        deal(double.org, f'Deal "{number}"\nand more')
    double.org.piece = 3
    texts = list(client.bulk2.Opportunity.query("SELECT Id, Name FROM Opportunity", max_records=3))
    assert len(texts) == 3
    assert texts[0].startswith('"Id","Name"\n')


def test_the_library_writes_by_job_and_by_record(double, client, monkeypatch):
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", double.org.pass_)
    rows = [{"Key__c": "a", "Amount__c": "1.5"}, {"Key__c": "b", "Amount__c": "2"}, {"Key__c": "", "Amount__c": "3"}]
    (done,) = client.bulk2.Result__c.upsert(records=rows, external_id_field="Key__c")
    assert (done["numberRecordsProcessed"], done["numberRecordsFailed"]) == (3, 1)
    assert '"MISSING_ARGUMENT:external id"' in client.bulk2.Result__c.get_failed_records(done["job_id"])
    assert client.Result__c.upsert("Key__c/a", {"Amount__c": "9"}) == 200
    assert client.Result__c.upsert("Key__c/c", {"Amount__c": "#N/A"}) == 201
    found = {row["Key__c"]: row["Amount__c"] for row in double.org.rows("Result__c", deleted=False)}
    assert found == {"a": "9", "b": "2", "c": None}
    with pytest.raises(SalesforceMalformedRequest, match="InvalidJobState"):  # it has ended
        client.restful(f"jobs/ingest/{done['job_id']}", method="PATCH", json={"state": "UploadComplete"})
    double.org.save("Result__c", Key__c="a")
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Result__c.upsert("Key__c/a", {"Amount__c": "9"})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Nothing__c FROM Opportunity",
        "SELECT Id FROM Oportunity",
        "SELECT Id FROM Opportunity WHERE Name LIKE 'A%'",
        "SELECT COUNT(Id) FROM Opportunity",
        "SELECT Id, Id FROM Opportunity",
        "SELECT Id, (SELECT Id FROM Splits) FROM Opportunity",
        "SELECT Id FROM Opportunity WHERE Hidden__c = 'x'",
        "SELECT Account.Name FROM Opportunity",
        "select Id from Opportunity",
    ],
)
def test_what_is_not_written_by_us_or_not_seen_is_refused(double, client, query):
    with pytest.raises(SalesforceMalformedRequest):
        client.query(query)


def test_a_hidden_field_is_absent_and_refused(double, client):
    double.org.objects["Opportunity"].fields["Amount"].hidden = True
    assert "Amount" not in {one["name"] for one in client.Opportunity.describe()["fields"]}
    with pytest.raises(SalesforceMalformedRequest):
        client.query("SELECT Amount FROM Opportunity")


def test_old_versions_other_hosts_and_strange_tokens_are_refused(double, client):
    client.base_url = client.base_url.replace("v67.0", "v31.0")
    with pytest.raises(Exception, match="UNSUPPORTED_API_VERSION"):
        client.query("SELECT Id FROM Opportunity")
    client.base_url = client.base_url.replace("v31.0", "v67.0")
    double.org.instance = MOVED
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Opportunity")
    double.org.instance = MY_DOMAIN
    double.org.tokens.clear()
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Opportunity")


def test_the_day_s_requests_end(double, client):
    double.org.used = double.org.total
    with pytest.raises(SalesforceRefusedRequest, match="REQUEST_LIMIT_EXCEEDED"):
        client.query("SELECT Id FROM Opportunity")


def test_windows_of_the_log_are_refused_as_salesforce_refuses_them(double, client):
    now = double.org.now
    for start in (now - timedelta(days=16), now):
        with pytest.raises(SalesforceMalformedRequest, match="INVALID_REPLICATION_DATE"):
            client.Opportunity.deleted(start, now)
    with pytest.raises(SalesforceResourceNotFound):
        client.Territory.updated(now - timedelta(hours=1), now)


def test_client_credentials_are_for_the_org_s_own_host_alone(double, monkeypatch):
    from tests.doubles.tls import name_hosts

    monkeypatch.undo()
    monkeypatch.setenv("SYNCD_CA_FILE", str(double.authority))
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1")
    name_hosts(monkeypatch, "login.salesforce.com", MY_DOMAIN)
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert token(double, "login.salesforce.com", **form).status_code == 400
    assert token(double, **form).ok
    assert token(double, **{**form, "client_secret": "no"}).json()["error"] == "invalid_client"
    assert token(double, grant_type="password").status_code == 400


def test_a_refresh_token_is_good_once_and_showing_it_again_revokes_all(double, client):
    first, other = first_refresh_token(double.org), first_refresh_token(double.org)
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    said = token(double, refresh_token=first, **form).json()
    second = said["refresh_token"]
    assert second != first
    client.session_id, client.headers["Authorization"] = said["access_token"], f"Bearer {said['access_token']}"
    assert client.query("SELECT Id FROM Opportunity")["done"]
    assert token(double, refresh_token=first, **form).status_code == 400
    assert token(double, refresh_token=second, **form).status_code == 400
    assert token(double, refresh_token=other, **form).ok  # another consent is another family
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Opportunity")
