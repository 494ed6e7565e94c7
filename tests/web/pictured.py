"""The company that screenshots show: a dozen and a half people who sell boats, and before a review.

Its moments are those of its days: the same pictures come of it whenever they are made.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.sealing import new_key
from tests.doubles.salesforce.org import Field
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.tokens import REDIRECT, agree
from tests.facts.test_units import UNITS
from tests.scenarios.world import World
from tests.servers import migrated
from tests.web.conftest import Office, free_port
from tests.web.test_sources import way_there

Row = dict[str, str]
_COLUMNS = ("id", "name", "email", "title", "team", "manager", "hired", "left", "status", "plans", "ote", "currency",
            "entity", "from")  # fmt: skip
#: id, name, title, team, manager, hired, on-target earnings
_STAFF = """
10101 Freja Lindqvist|Sales Director|Nordics||2017-04-01|148000
10102 Signe Holm|Account Executive|Nordics|10101|2021-09-01|92000
10103 Mikkel Dam|Account Executive|Nordics|10101|2022-02-14|88000
10104 Aino Virtanen|Inside Sales|Nordics|10101|2023-06-01|61000
10105 Olav Berge|Account Executive|Nordics|10101|2020-01-15|95000
10201 Jonas Weber|Sales Director|DACH||2016-10-01|152000
10202 Lena Brandt|Senior Account Executive|DACH|10201|2018-03-01|110000
10203 Emil Vogt|Account Executive|DACH|10201|2022-11-01|87000
10204 Clara Roth|Inside Sales|DACH|10201|2024-05-01|58000
10205 Nico Huber|Account Executive|DACH|10201|2021-07-01|90000
10301 Harriet Cole|Sales Director|UK|| 2018-01-08|150000
10302 Tom Ashby|Account Executive|UK|10301|2020-08-17|91000
10303 Priya Nair|Senior Account Executive|UK|10301|2019-02-04|112000
10304 Owen Pryce|Inside Sales|UK|10301|2024-01-08|57000
10401 Grace Miller|Sales Director|Americas||2015-05-11|165000
10402 Diego Santos|Account Executive|Americas|10401|2021-03-01|98000
10403 Ruth Adler|Senior Account Executive|Americas|10401|2018-06-18|120000
10404 Marcus Lee|Account Executive|Americas|10401|2023-09-05|94000
"""
_MONEY = {
    "Nordics": ("EUR", "Fjord Marine A/S"),
    "DACH": ("EUR", "Fjord Marine GmbH"),
    "UK": ("GBP", "Fjord Marine Ltd"),
    "Americas": ("USD", "Fjord Marine Inc"),
}
_ORG = """Row,Id,Kind,Name,Up,Up Kind,From,To
1,EMEA,business_unit,Europe and Middle East,,,,
2,AMER,business_unit,The Americas,,,,
3,Nordics,team,Scandinavia,EMEA,business_unit,2020-01-01,2025-12-31
4,Nordics,team,Nordics and Baltics,EMEA,business_unit,2026-01-01,
5,DACH,team,"Germany, Austria, Switzerland",EMEA,business_unit,2020-01-01,
6,UK,team,UK and Ireland,EMEA,business_unit,2020-01-01,
7,Americas,team,Americas,AMER,business_unit,2020-01-01,
8,N-LEAD,position,Lead of the Baltics,Nordics,team,2026-01-01,
"""


def staff() -> list[Row]:
    """Everybody, as HR writes them down when nothing has changed yet."""
    return [_person(line) for line in _STAFF.strip().splitlines()]


def _person(line: str) -> Row:
    named, title, team, manager, hired, ote = (cell.strip() for cell in line.split("|"))
    key, _, name = named.partition(" ")
    currency, entity = _MONEY[team]
    return {
        "id": key, "name": name, "email": f"{name.replace(' ', '.').lower()}@fjordmarine.example", "title": title,
        "team": team, "manager": manager, "hired": hired, "status": "active", "plans": "reseller", "ote": ote,
        "currency": currency, "entity": entity,
    }  # fmt: skip


def with_(rows: Iterable[Row], **changed: Row) -> list[Row]:
    """The same rows, some with other cells: `p10102={"title": "..."}`."""
    return [{**row, **changed.get(f"p{row['id']}", {})} for row in rows]


class Boats(World):
    """The company on its day, at twenty to nine in the morning; its commands are dana's."""

    def __init__(self, folder: Path) -> None:
        """Make it, with an empty database."""
        (folder / "var").mkdir(parents=True)
        migrated(f"sqlite:///{folder / 'var' / 'syncd.db'}")
        super().__init__(folder)
        self.use("manager", "status", "plans", "ote")
        self.mapping["fields"] |= {"currency": "currency", "payment_currency": "currency", "legal_entity": "entity"}
        self.settings["feeds"]["people"]["schedule"] = "daily at 02:00"
        self.save()

    def save(self) -> None:
        """Write the configuration as a person would."""
        for name, said in (("syncd", self.settings), ("mappings/people", self.mapping)):
            self.write(f"{name}.yaml", yaml.safe_dump(said, sort_keys=False))

    def read(self, rows: Iterable[Row], *expected: int) -> None:
        """Let a file of people arrive, and read it."""
        self.send_people(rows)
        self.done("run", "people", codes=expected or (0,))

    def send_people(self, rows: Iterable[Row]) -> None:
        """Let a file of people arrive."""
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        self.write("inbox/people.csv", text.getvalue())

    def done(self, *words: str, codes: tuple[int, ...] = (0,)) -> Any:
        """Run a command that comes to one of these ends."""
        said = self.call(*words)
        assert said.code in codes, said.document
        return said.document


def moment(world: World) -> datetime:
    """The moment that it is there."""
    return datetime.combine(world.today, time(8, 40), UTC)


@contextmanager
def living(folder: Path) -> Iterator[tuple[Boats, Office, pytest.MonkeyPatch]]:
    """The company, where people can log in, as long as this is entered."""
    with pytest.MonkeyPatch.context() as patch:
        world = Boats(folder)
        patch.setenv("LOGNAME", "dana")
        patch.setattr("syncd.world.clock", lambda: moment(world))
        office = Office(world, f"http://127.0.0.1:{free_port()}")
        office.open()
        yield world, office, patch
        office.close()


@contextmanager
def review(folder: Path, org: Double) -> Iterator[Office]:
    """A Monday in March: HR sent changes and three bad rows, then half a file; Salesforce asks who somebody is."""
    with living(folder) as (world, office, patch):
        _describe(world, org, patch)
        world.on("2026-01-12").done("run", "org")
        agency = _person("10501 Rolf Maier|Agent|DACH|10201|2025-11-01|0") | {"plans": ""}
        world.read([*staff(), agency])
        world.done("reject", "--all", "--participant", "10501", "--reason", "Works for an agency, which is paid")
        world.done("approve", "--all", "--reason", "First load")
        for name, *roles in (("dana", "comp_admin"), ("vera", "approver"), ("nils",)):
            office.user(name, *roles)
        _connect(world, office, org)
        world.done("approve", "--all")
        _february(world, agency)
        _march(world, agency)
        _ask(world, org)
        _change_a_limit(world)
        yield office


def _describe(world: Boats, org: Double, patch: pytest.MonkeyPatch) -> None:
    """Say where everything comes from: HR's files, a file of units, a Salesforce org."""
    patch.setenv("SYNCD_SECRET_KEY", new_key())
    org.org.objects["User"].fields["Active__c"] = Field("Active__c", "boolean")
    web = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    world.settings["sources"] |= {
        "crm": {
            "kind": "salesforce", "my_domain": org.my_domain,
            "auth": {"web_server": {**web, "redirect_uri": REDIRECT}},
            "outbound": {"organization": ORGANIZATION[:15], "actions": [ACTION[:15]]},
        },
        "org_file": {"kind": "file", "path": "inbox/org.csv"},
    }  # fmt: skip
    world.settings["feeds"] |= {
        "crm": {"source": "crm", "stream": "User", "into": "participants", "mapping": "mappings/crm.yaml",
                "schedule": "hourly"},
        "org": {"source": "org_file", "into": "units", "mapping": "mappings/org.yaml"},
    }  # fmt: skip
    world.settings["attributes"] = {
        "title": {"sources": []},
        **{name: {"sources": ["hr", "crm"]} for name in ("name", "email")},
    }
    world.feed["approve"] = [{"kind": "update", "attributes": ["email"]}]
    fields = {"employee_id": "EmployeeNumber", "name": "Name", "email": "Email", "title": "Title"}
    world.write("mappings/crm.yaml", json.dumps({"key": "Id", "fields": fields}))
    world.write("mappings/org.yaml", json.dumps(UNITS))
    world.write("inbox/org.csv", _ORG)
    world.save()


def _connect(world: Boats, office: Office, org: Double) -> None:
    """Agree to the org, as dana; give it the people of the Nordics and of DACH, and read them."""
    here = Office(world, office.address)
    dana = here.client("dana")
    back = agree(org.org, org.app, way_there(dana.post("/sources/crm/connect").text))
    assert "crm is connected" in dana.done("/sources/crm/answer", {"answer": back})
    assert dana.post("/sources/crm/paths").status_code == 200
    here.close()
    for one in staff()[:10]:
        org.org.save("User", Name=one["name"], EmployeeNumber=one["id"], Title=one["title"], Email=one["email"])
    world.done("run", "crm")


def _february(world: Boats, agency: Row) -> None:
    """Two are promoted, one is on leave, one moves: decided together. By hand: an override, and a lead."""
    world.on("2026-02-02")
    rows = with_(
        staff(),
        p10102={"title": "Senior Account Executive", "ote": "104000", "from": "2026-02-01"},
        p10203={"title": "Senior Account Executive", "ote": "99000", "from": "2026-02-01"},
        p10104={"status": "leave", "from": "2026-02-09"},
        p10205={"team": "Nordics", "manager": "10101", "from": "2026-02-01"},
        p10304={"ote": "59500", "from": "2026-02-01"},
    )
    world.read([*rows, agency])
    world.done("reject", "--all", "--participant", "10304", "--reason", "The raise is not signed yet")
    world.done("approve", "--all", "--reason", "The round of February, as agreed with finance")
    world.done(
        "set", "10102", "member:position:N-LEAD=lead 50%", "--from", "2026-02-01", "--reason", "Leads the Baltics"
    )
    world.done(
        "set",
        "10203",
        "member:team:Nordics=overlay 25%; target=30000",
        "--from",
        "2026-02-01",
        "--reason",
        "Helps out until June",
    )
    world.done("approve", "--all")
    said = world.done("override", "10102", "ote=108000", "--to", "2026-06-30", "--reason", "Retention, agreed with HR")
    world.done("approve", said["change"]["id"])


def _march(world: Boats, agency: Row) -> None:
    """HR's file of March brings what waits now, and three bad rows; the next one breaks off."""
    world.on("2026-03-09")
    rows = with_(
        staff(),
        p10102={"title": "Senior Account Executive", "ote": "104000", "team": "DACH", "from": "2026-03-01"},
        p10105={"left": "2026-03-31"},
        p10203={"title": "Senior Account Executive", "ote": "99000", "email": "emil.vogt-lang@fjordmarine.example"},
        p10104={"status": "leave"},
        p10205={"team": "Nordics", "manager": "10101", "ote": "about 95k"},
        p10302={"email": "sales.uk@fjordmarine.example"},
        p10301={"email": "sales.uk@fjordmarine.example"},
        p10304={"ote": "59500", "from": "2026-02-01"},
        p10303={"title": "Regional Manager", "ote": "126000", "from": "2026-03-01"},
        p10402={
            "currency": "EUR",
            "entity": "Fjord Marine GmbH",
            "team": "DACH",
            "manager": "10201",
            "from": "2026-04-01",
        },
        p10403={"hired": "18.06.2018"},
        p10404={"status": "sabbatical"},
    )
    new = [
        _person("10305 Imogen Hart|Account Executive|UK|10301|2026-03-02|86000"),
        _person("10106 Elsa Nyström|Inside Sales|Nordics|10101|2026-03-16|60000"),
    ]
    world.read([*rows, *new, {**agency, "title": "Account Executive", "hired": "2026-03-01", "ote": "84000"}], 0, 1)
    world.on("2026-03-10")
    world.read(staff()[:7], 3)
    world.send_people([*rows, *new])


def _ask(world: Boats, org: Double) -> None:
    """Salesforce has a user whose mailbox two share, and the title that somebody had before HR gave another."""
    org.org.save("User", Name="UK Sales Desk", Title="Inside Sales", Email="sales.uk@fjordmarine.example")
    world.done("run", "crm", codes=(0, 1))


def _change_a_limit(world: Boats) -> None:
    """Four eyes are on, and somebody has changed a limit that nobody approved yet."""
    world.settings["four_eyes"] = True
    world.save()
    world.done("run", "org")
    world.feed["limits"] = {"ending": "40%"}
    world.save()
