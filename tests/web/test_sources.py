"""Sources on pages and by the API: connected to an org in the browser, its secret paths, what it has now."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from connectors.sealing import new_key
from tests.connectors.conftest import _reachable, _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.tokens import REDIRECT, agree
from tests.scenarios.conftest import world  # noqa: F401 - a fixture
from tests.scenarios.world import World
from tests.web.conftest import ADDRESS, Office

BACK = f"{ADDRESS}/sources/crm/connected"


@pytest.fixture
def org(world: World, salesforce: Double, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Office, Double]]:  # noqa: F811 - fixtures
    """An office whose people come from an org that nobody has agreed to; its app may send browsers to any address."""
    monkeypatch.setenv("SYNCD_SECRET_KEY", new_key())
    salesforce.org.objects["User"].fields["Hired__c"] = Field("Hired__c", "date")
    web = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    world.settings["sources"] = {
        "crm": {
            "kind": "salesforce",
            "my_domain": salesforce.my_domain,
            "auth": {"web_server": {**web, "redirect_uri": REDIRECT}},
            "outbound": {"organization": ORGANIZATION[:15], "actions": [ACTION[:15]]},
        }
    }
    world.feed.update(source="crm", stream="User", full=True, schedule="daily at 02:00")
    world.mapping["fields"] = {"employee_id": "EmployeeNumber", "name": "Name", "title": "Title"}
    world.mapping |= {"key": "Id"}
    del world.mapping["effective"]
    salesforce.org.save("User", Name="Ann", EmployeeNumber="00001", Title="Rep")
    found = Office(world)
    found.open()
    found.user("dana", "comp_admin")
    found.user("olga", "operator")
    found.user("mara", "auditor")
    yield found, salesforce
    found.close()


def sent_back_to(org: tuple[Office, Double], address: str) -> None:
    """Register another address that browsers are sent back to, with the app and in our settings."""
    office, double = org
    double.app.redirect = address
    office.world.settings["sources"]["crm"]["auth"]["web_server"]["redirect_uri"] = address
    office.world.save()


def way_there(page: str) -> str:
    """Where a page sends somebody to agree."""
    found = re.search(r'href="(https://[^"]+/authorize[^"]*)"', page)
    assert found, page
    return found[1].replace("&amp;", "&")


def test_a_source_is_connected_from_its_page_and_who_agreed_stands_there(org: tuple[Office, Double]) -> None:
    office, double = org
    sent_back_to(org, "https://pay.acme.com/sources/crm/connected")
    dana = office.client("dana")
    assert "nobody has agreed to it yet" in dana.get("/sources").text
    asked = dana.post("/sources/crm/connect")
    back = agree(double.org, double.app, way_there(asked.text))
    answer = dana.get(urlsplit(back)._replace(scheme="", netloc="").geturl())
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sources/crm")
    page = dana.get("/sources/crm").text
    assert "Agreed to by dana" in page
    assert "code=" not in page
    assert office.world.call("run", "people").code == 0
    again = dana.get(urlsplit(back)._replace(scheme="", netloc="").geturl())
    assert again.status_code == 303
    assert "nobody who agrees to crm now was sent out with this" in dana.get("/sources/crm").text
    acts = [(one["act"], one["by"]) for one in office.world.call("audit").document]
    assert ("connect source", "dana") in acts


def test_the_address_may_be_another_and_is_then_given(org: tuple[Office, Double]) -> None:
    office, double = org
    dana, olga = office.client("dana"), office.client("olga")
    back = agree(double.org, double.app, way_there(dana.post("/sources/crm/connect").text))
    assert "nobody who agrees" in olga.done("/sources/crm/answer", {"answer": back})
    back = agree(double.org, double.app, way_there(dana.post("/sources/crm/connect").text))
    assert "crm is connected" in dana.done("/sources/crm/answer", {"answer": back})
    refused = agree(double.org, double.app, way_there(dana.post("/sources/crm/connect").text), answer="no")
    assert "crm was not agreed to" in dana.done("/sources/crm/answer", {"answer": refused})
    assert "no address that a browser comes back to" in dana.done("/sources/crm/answer", {"answer": "hello"})


def test_a_secret_path_is_shown_once_and_ended(org: tuple[Office, Double]) -> None:
    office, _ = org
    dana = office.client("dana")
    assert "No path yet" in dana.get("/sources/crm").text
    made = dana.post("/sources/crm/paths").text
    found = re.search(r'value="(http[^"]+/outbound/[^"]{22})"', made)
    assert found
    assert (found[1] in dana.get("/sources/crm").text, "W1" in dana.get("/sources/crm").text) == (False, True)
    assert dana.post("/sources/crm/paths").status_code == 200
    assert "end one of them first" in dana.done("/sources/crm/paths")
    assert "W1 is ended" in dana.done("/sources/crm/paths/W1/end")
    assert "W1 has ended as it is" in dana.done("/sources/crm/paths/W1/end")
    assert "crm has no path W9" in dana.done("/sources/crm/paths/W9/end")
    assert dana.get("/sources/nobody").status_code == 404


def test_trying_a_source_shows_what_it_has_and_an_operator_sees_no_values(org: tuple[Office, Double]) -> None:
    office, double = org
    dana, olga = office.client("dana"), office.client("olga")
    unread = dana.post("/sources/crm/check").text
    assert "nobody has agreed to the connection of crm yet" in unread
    dana.done(
        "/sources/crm/answer",
        {"answer": agree(double.org, double.app, way_there(dana.post("/sources/crm/connect").text))},
    )
    office.world.mapping["fields"]["hire_date"] = {"from": "Title", "type": "date"}
    office.world.save()
    seen, hidden = dana.post("/sources/crm/check").text, olga.post("/sources/crm/check").text
    for page in (seen, hidden):
        assert "1 row." in page
        assert "hire_date" in page
    assert "&#39;Rep&#39;" in seen
    assert "Rep" not in hidden
    assert office.world.call("quarantine", "people").document == [], "nothing is kept"


def test_what_is_made_of_rows_and_when_stands_on_the_page(org: tuple[Office, Double]) -> None:
    office, _ = org
    mara = office.client("mara")
    page = mara.get("/sources/crm").text
    assert "EmployeeNumber" in page
    assert "daily at 02:00: next on" in page
    for button in ("Connect", "Make a path", "Try it", "Sync now"):
        assert f">{button}<" not in page, "an auditor changes nothing"
    assert mara.post("/sources/crm/connect").status_code == 403


def test_the_api_does_what_the_pages_do(org: tuple[Office, Double]) -> None:
    office, double = org
    program = office.program(office.token("dana", "see_runs", "connect", "see_people"))
    (listed,) = program.read("/sources")["items"]
    assert (listed["source"], listed["agreed_to"], listed["connection"], listed["paths"]) == ("crm", True, None, [])
    assert listed["feeds"][0]["mapping"]["feed"] == "people"
    assert len(listed["feeds"][0]["next"]) == 3
    asked: Any = program.post("/sources/crm/connect").json
    back = agree(double.org, double.app, asked["open"])
    assert program.post("/sources/crm/answer", {"answer": back}).json == {"source": "crm", "connected": True}
    assert program.read("/sources/crm")["connection"]["by"] == "dana"
    looked: Any = program.post("/feeds/people/check").json
    assert looked["rows"] == 1
    made: Any = program.post("/sources/crm/paths").json
    assert (made["id"], made["messages"], len(made["address"].rpartition("/")[2])) == ("W1", 0, 22)
    assert program.post("/sources/crm/paths/W1/end").json == {"ended": "W1"}
    assert program.post("/sources/crm/paths/W7/end").status_code == 422
    assert program.post("/sources/nobody/connect").status_code == 404
    assert program.post("/feeds/nobody/check").status_code == 404
