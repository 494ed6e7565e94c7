"""What pages add up and show of a whole: results by team and plan, who is set aside, and how fresh each feed is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

import syncd.world
from syncd.texts import texts_for
from tests.scenarios.closing import PEOPLE, PLAN, PayWorld
from tests.scenarios.conftest import paid  # noqa: F401 - a fixture
from tests.web.conftest import Office
from tests.web.test_pay import pay_office

#: Another plan, with half of the rates.
EXTRA = PLAN.replace("plan: reseller", "plan: extra").replace("10%", "5%").replace("20%", "10%")


@pytest.fixture
def two_plans(paid: PayWorld) -> Iterator[Office]:  # noqa: F811 - the fixture
    """Since January Ann is on two plans and in a team with Bob; Cid is in none."""
    paid.mapping["fields"]["team"] = "group"
    paid.save()
    paid.write("plans/extra.yaml", EXTRA)
    assert paid.call("plan", "publish", "plans/extra.yaml", "--from", "2026-01-01", "--as", "ana").code == 0
    assert paid.call("plan", "approve", "extra", "--as", "ben").code == 0
    changes = {"E1": {"plans": "reseller;extra"}, "E3": {"group": ""}}
    paid.send_people([{**one, "from": "2026-01-01", **changes.get(one["id"], {})} for one in PEOPLE])
    assert paid.call("run").code == 0
    assert paid.approve(as_="ana").code == 0
    found = pay_office(paid)
    yield found
    found.close()


def rows_of(page: str, caption: str) -> list[list[str]]:
    """The cells of a page's table, row by row, without their marks."""
    (table,) = [
        one for one in re.findall(r"<table.*?</table>", page, re.DOTALL) if f"<caption>{caption}</caption>" in one
    ]
    body = table.partition("<tbody>")[2]
    return [
        [
            re.sub(r"<[^>]*>|\s+", " ", cell).strip().replace("\xa0", " ")
            for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


def test_results_are_added_up_by_team_and_by_plan(two_plans: Office) -> None:
    """Ann earns 140.00 by one plan and 70.00 by the other, Bob 50.00, Cid 70.00."""
    two_plans.world.calculate("2026-01")  # type: ignore[attr-defined] # it is a PayWorld
    dana = two_plans.client("dana")
    by_team = rows_of(dana.get("/results?period=2026-01&by=team").text, "By team")
    assert by_team == [["no team", "1", "70.00 USD"], ["US", "3", "260.00 USD"]]
    by_plan = rows_of(dana.get("/results?period=2026-01&by=plan").text, "By plan")
    assert by_plan == [["extra", "1", "70.00 USD"], ["reseller", "3", "260.00 USD"]]
    team = rows_of(dana.get("/results?period=2026-01&by=plan&team=US").text, "By plan")
    assert team == [["extra", "1", "70.00 USD"], ["reseller", "2", "190.00 USD"]]
    plan = rows_of(dana.get("/results?period=2026-01&by=team&plan=reseller").text, "By team")
    assert plan == [["no team", "1", "70.00 USD"], ["US", "2", "190.00 USD"]]


def test_who_is_set_aside_stands_on_the_page_of_the_pay_run(two_plans: Office) -> None:
    """Bob is paid in a currency of which no rate is known."""
    world = two_plans.world
    send = [{**one, "from": "2026-01-01", "paid_in": "EUR" if one["id"] == "E2" else ""} for one in PEOPLE]
    world.send_people(send)  # type: ignore[attr-defined] # it is a PayWorld
    assert world.call("run").code == 0
    assert world.approve(as_="ana").code == 0
    said = world.calculate("2026-01")  # type: ignore[attr-defined] # as above
    assert [one["participant"] for one in said["set_aside"]] == ["P2"]
    page = two_plans.client("dana").get("/pay/2026-01").text
    assert "1 set aside: something is missing, and they are not paid" in page
    ((who, why, *_),) = rows_of(page, "Set aside: not paid")
    assert (who, why) == ("Bob", "set aside: a rate of exchange is missing")
    two_plans.user("uma", "auditor legal_entity=Ltd")
    assert "Bob" not in two_plans.client("uma").get("/pay/2026-01").text


def test_each_feed_says_when_it_was_last_read_to_its_end(two_plans: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two feeds one fails from then on: it stays as old as it is, the other one is of now."""
    world, dana = two_plans.world, two_plans.client("dana")
    before = {one[0]: one[1:3] for one in rows_of(dana.get("/runs").text, "How fresh each feed is")}
    later = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr(syncd.world, "clock", lambda: later)
    (world.folder / "inbox" / "sales.csv").write_text("id\nX1")
    assert world.call("run", "sales").code == 4
    assert world.call("run", "people").code == 0
    now = {one[0]: one[1:3] for one in rows_of(dana.get("/runs").text, "How fresh each feed is")}
    assert now["sales"][0] == before["sales"][0] != now["people"][0]
    assert now["people"][0] == texts_for(["en"]).moment(later)
    assert (now["sales"][1].split()[1], now["people"][1].split()[1]) == ("failed", "completed")
    sources = {
        one[3]: one[5] for one in rows_of(dana.get("/sources").text, "What is read, from where, and how fresh it is")
    }
    assert sources == {"sales": before["sales"][0], "people": now["people"][0]}
    assert f"<dd>{before['sales'][0]}</dd>" in dana.get("/sources/deals").text
    assert f"<dd>{now['people'][0]}</dd>" in dana.get("/sources/hr").text
