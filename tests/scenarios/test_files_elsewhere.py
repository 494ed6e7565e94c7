"""Files on other machines, through the command line: the same people, whichever way their file comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.file.claims import claim_of
from tests.connectors import sftp_server
from tests.connectors.sftp_server import Running
from tests.doubles.s3.reached import Double, reached
from tests.doubles.s3.world import Store
from tests.doubles.tls import Authority
from tests.scenarios.people import COMPANY, with_cells
from tests.scenarios.workbooks import people_book
from tests.scenarios.world import World, table


@dataclass(frozen=True)
class Place:
    """Where the company's files come from now; `names` are those that wait, and `archived`."""

    kind: str
    put: Callable[[str, bytes], object]
    names: Callable[[str], list[str]]
    source: dict[str, object]

    @property
    def waiting(self) -> list[str]:
        return self.names("out")

    @property
    def archived(self) -> list[str]:
        return self.names("done")


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with sftp_server.serving(tmp_path_factory.mktemp("sftp")) as running:
        yield running


@pytest.fixture(scope="module")
def _authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("s3"))


def on_a_server(server: Running, name: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    folder = server.folder / name
    (folder / "out").mkdir(parents=True)
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", "127.0.0.1")
    monkeypatch.setenv("HR_SFTP_PASSWORD", sftp_server.PASSWORD)

    def names(part: str) -> list[str]:
        there = folder / part
        return sorted(path.name for path in there.iterdir()) if there.exists() else []

    source: dict[str, object] = {
        "kind": "sftp",
        "host": "127.0.0.1",
        "port": server.port,
        "user": "syncd",
        "host_key": sftp_server.public(sftp_server.SERVER_KEY),
        "password": {"env": "HR_SFTP_PASSWORD"},
        "path": f"{name}/out/people*.*",
        "archive": f"{name}/done",
    }
    return Place("sftp", lambda file, content: (folder / "out" / file).write_bytes(content), names, source)


def in_a_bucket(double: Double) -> Place:
    def names(part: str) -> list[str]:
        return [key.removeprefix(f"{part}/") for key in double.store.keys if key.startswith(f"{part}/")]

    source = double.yaml(path="out/people*.*", archive="done")
    return Place("s3", lambda file, content: double.store.put(f"out/{file}", content), names, source)


@pytest.fixture
def store(_authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Double]:
    with reached(_authority, monkeypatch) as double:
        yield double


@pytest.fixture(params=["sftp", "s3"])
def place(request: pytest.FixtureRequest, company: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A place on another machine that the company's files come from."""
    if request.param == "sftp":
        found = on_a_server(request.getfixturevalue("_server"), tmp_path.name, monkeypatch)
    else:
        found = in_a_bucket(request.getfixturevalue("store"))
    company.settings["sources"]["hr"] = found.source
    company.save()
    return found


def test_a_file_on_a_server_is_read_and_archived_there(company: World, place: Place):
    """Then nothing waits; what was proposed does."""
    place.put("people.csv", table(with_cells(COMPANY, "01001", title="Lead")).encode())
    said = company.run()
    assert (said.code, said["read"], said["unchanged"], said["pending"]) == (0, 20, 19, 1)
    assert (place.waiting, place.archived) == ([], ["people.csv"])
    again = company.run()
    assert (again.code, again["read"], again["absent"], again["message"]) == (0, 0, 0, "nothing waits to be read")
    assert company.one()["fields"]["title"]["after"] == "Lead"


def test_k02_the_same_bytes_under_another_name_change_nothing_there_either(company: World, place: Place):
    """Beside the first, and a day later alone; as a workbook too."""
    for name in ("people.csv", "people again.csv"):
        place.put(name, table(COMPANY).encode())
    both = company.run()
    assert (both.code, both["read"], both["unchanged"], both["proposed"]) == (0, 20, 20, 0)
    assert ["same bytes" in one["message"] for one in both["problems"]] == [True]
    place.put("people-later.csv", table(COMPANY).encode())
    assert company.run()["unchanged"] == 20
    place.put("people.xlsx", people_book(with_cells(COMPANY, "01001", hired="soon")))
    said = company.run()
    assert said["problems"][0]["place"].endswith("out/people.xlsx!Sheet1!F2")
    assert place.archived == ["people again.csv", "people-later.csv", "people.csv", "people.xlsx"]


def test_a_broken_file_there_fails_the_run_and_stays(company: World, place: Place):
    before = company.kept()
    place.put("people.csv", table(COMPANY)[:-20].encode())
    said = company.run()
    assert (said.code, said["problems"][0]["code"]) == (4, "unterminated")
    assert (place.waiting, place.archived) == (["people.csv"], [])
    assert company.kept() == before


def test_a_file_that_another_node_reads_is_left_to_it(company: World, place: Place):
    """Exit 4 while its claim holds, and nobody is missing; an hour later the claim is taken over."""
    place.put("people.csv", table(COMPANY[:5]).encode())
    claim = claim_of("people.csv")
    for age, code in ((timedelta(minutes=5), 4), (timedelta(hours=2), 3)):
        at = (datetime.now(UTC) - age).isoformat()
        place.put(claim, f'{{"host": "another", "process": 1, "by": "x", "at": "{at}"}}'.encode())
        said = company.run()
        assert said.code == code, said
        assert ("is being read by process 1 of another" in str(said["message"])) == (code == 4)
    assert place.waiting == ["people.csv"], "a run that is held archives nothing, and keeps no claim"


def test_a_look_at_a_place_reads_and_claims_nothing(company: World, place: Place):
    place.put("people.csv", table(COMPANY).encode())
    said = company.call("check", "--online")
    assert said.code == 0, said
    assert place.waiting == ["people.csv"]


def test_a_secret_written_into_the_configuration_is_a_mistake(company: World, place: Place):
    """With its line; so is a server without its key, or an address in place of a name."""
    wrong = {"sftp": {"password": "correct horse", "host_key": "accept-new"}}
    wrong["s3"] = {"secret_access_key": "wJalrXUtnFEMI", "bucket": "s3://acme-hr"}
    for key, value in wrong[place.kind].items():
        right = place.source[key]
        place.source[key] = value
        company.save()
        said = company.call("check")
        assert (said.code, said.error["problems"][0]["file"]) == (2, "syncd.yaml")
        place.source[key] = right


def refused(key: str, value: object) -> Callable[[Store], object]:
    return lambda store: setattr(store, key, value)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (refused("denied", {"s3:ListBucket"}), "does not let this key list out/people*.*: it needs s3:ListBucket"),
        (refused("buckets", {}), "has no bucket acme-hr"),
        (refused("ahead", timedelta(hours=1)), "the clock of this machine is not that of"),
        (refused("every_fault", "busy"), "is too busy to list out/people*.* (SlowDown)"),
        (refused("every_fault", "cut"), "broke off"),
    ],
    ids=["denied", "no bucket", "clock", "busy", "cut"],
)
@pytest.mark.parametrize("place", ["s3"], indirect=True)
def test_a_bucket_that_cannot_be_read_fails_the_run(company: World, place: Place, store: Double, spoil, message):
    """Exit 4 with what to do, in a look and in a run; nobody is missing from a file that was never read."""
    before = company.kept()
    place.put("people.csv", table(COMPANY[:5]).encode())
    spoil(store.store)
    looked = company.call("check", "--online")
    assert (looked.code, message in str(looked.document)) == (4, True), looked
    said = company.run()
    assert (said.code, said["outcome"], company.pending()) == (4, "failed", [])
    assert message in said["message"]
    assert company.kept() == before


@pytest.mark.parametrize("place", ["sftp"], indirect=True)
def test_a_server_that_is_another_or_not_allowed_fails_the_run(
    company: World, place: Place, monkeypatch: pytest.MonkeyPatch
):
    """Exit 4 with what to do; nobody is missing from a file that was never read."""
    place.put("people.csv", table(COMPANY[:5]).encode())
    place.source["host_key"] = sftp_server.public(sftp_server.OTHER_KEY)
    company.save()
    said = company.run()
    assert (said.code, said["outcome"], company.pending()) == (4, "failed", [])
    assert "shows another key" in said["message"]
    monkeypatch.delenv("SYNCD_ALLOWED_HOSTS")
    said = company.run()
    assert (said.code, company.pending()) == (4, [])
    assert said["message"] == "127.0.0.1 may not be reached: the operator allows it in SYNCD_ALLOWED_HOSTS"
