"""An org that a person agreed to in the browser: tokens kept sealed, renewed by one, shown to nobody."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text, update

from connectors.connecting import Kept
from connectors.sealing import new_key, unseal
from domain.errors import FixAccess, TryLater
from store import faults
from store.connection_tables import agreement
from store.connections import RENEWING, connection_of
from store.database import open_database, reading, writing
from syncd.connecting import keeper
from syncd.world import World as Opened
from syncd.world import open_world
from tests.connectors.conftest import _salesforce, salesforce  # noqa: F401 - fixtures
from tests.doubles.salesforce.org import MOVED, MY_DOMAIN, Field
from tests.doubles.salesforce.server import Double
from tests.doubles.salesforce.tokens import REDIRECT, agree
from tests.scenarios.world import World

KEY, OTHER = new_key(), new_key()


@pytest.fixture
def crm(world: World, salesforce: Double, monkeypatch: pytest.MonkeyPatch) -> Double:  # noqa: F811 - the fixture
    """The workspace reads the users of an org, to which nobody has agreed yet."""
    monkeypatch.setenv("SYNCD_SECRET_KEY", KEY)
    monkeypatch.setattr(keeper, "LOOK", 0.01)
    salesforce.org.objects["User"].fields["Hired__c"] = Field("Hired__c", "date")
    web = {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    world.settings["sources"] = {
        "crm": {
            "kind": "salesforce",
            "my_domain": salesforce.my_domain,
            "auth": {"web_server": {**web, "redirect_uri": REDIRECT}},
            "daily_share": 100,
        }
    }
    world.feed.update(source="crm", stream="User", full=True)
    world.mapping["fields"] = {"employee_id": "EmployeeNumber", "name": "Name", "title": "Title"}
    world.mapping |= {"key": "Id"}
    del world.mapping["effective"]
    world.save()
    salesforce.org.save("User", Name="Ann", EmployeeNumber="00001", Title="Rep")
    return salesforce


def connect(world: World, double: Double) -> None:
    """Agree to it, as a person does."""
    asked = world.call("connect", "crm", "--as", "ana")
    assert asked.code == 0, asked.document
    back = agree(double.org, double.app, asked["open"])
    assert world.call("connect", "crm", "--answer", back, "--as", "ana").document == {
        "source": "crm",
        "connected": True,
    }


def tokens(world: World) -> Kept:
    database = open_database(world.database_url)
    with reading(database) as tx:
        found = connection_of(tx, "crm")
    database.dispose()
    assert found is not None
    return keeper._opened(found)


def everything_kept(world: World) -> str:
    """All that the database holds of connections."""
    database = open_database(world.database_url)
    with reading(database) as tx:
        rows = [*tx.execute(text("SELECT * FROM connection")), *tx.execute(text("SELECT * FROM agreement"))]
        rows += [*tx.execute(text("SELECT * FROM audit"))]
    database.dispose()
    return repr(rows)


@pytest.fixture
def opened(world: World) -> Iterator[Opened]:
    found = open_world(world.folder, None)
    yield found
    found.database.dispose()


def test_nobody_has_agreed_yet_then_somebody_does(world: World, crm: Double) -> None:
    said = world.run()
    assert said.code == 4
    assert "syncd connect crm" in str(said.document)
    connect(world, crm)
    assert world.run().code == 0
    (listed,) = world.call("connect").document
    assert (listed["source"], listed["by"]) == ("crm", "ana")
    assert [one["act"] for one in world.call("audit").document if one["about"] == "source crm"] == ["connect source"]


def test_what_comes_back_counts_once_for_who_was_sent_and_for_a_quarter_of_an_hour(
    world: World, crm: Double, opened: Opened
) -> None:
    def sent_back(**how: str) -> str:
        return agree(crm.org, crm.app, world.call("connect", "crm", "--as", "ana")["open"], **how)

    back = sent_back()
    assert world.call("connect", "crm", "--answer", back, "--as", "eve").code == 5  # somebody else's browser
    assert world.call("connect", "crm", "--answer", back, "--as", "ana").code == 5  # and it is used up
    denied = world.call("connect", "crm", "--answer", sent_back(answer="no"), "--as", "ana")
    assert "not agreed" in denied.error["message"]
    forged = f"{REDIRECT}?code=x&state=made-up"
    assert world.call("connect", "crm", "--answer", forged, "--as", "ana").code == 5
    assert world.call("connect", "crm", "--answer", REDIRECT, "--as", "ana").code == 2
    back = sent_back()
    with writing(opened.database) as tx:
        tx.execute(update(agreement).values(until=opened.now()))
    assert world.call("connect", "crm", "--answer", back, "--as", "ana").code == 5


def test_a_source_that_needs_nobody_cannot_be_connected(world: World, crm: Double) -> None:
    world.settings["sources"]["crm"]["auth"] = {
        "client_credentials": {"client_id": {"env": "CRM_CLIENT_ID"}, "client_secret": {"env": "CRM_CLIENT_SECRET"}}
    }
    world.save()
    assert "not `web_server`" in world.call("connect", "crm").error["message"]
    assert "nothing reads or writes" in world.call("connect", "erp").error["message"]
    world.settings["sources"]["crm"] = {"kind": "file", "path": "inbox/people.csv"}
    world.feed.pop("stream")
    world.save()
    assert "nothing to agree to" in world.call("connect", "crm").error["message"]


def test_a_token_that_is_over_is_renewed_kept_and_then_used(world: World, crm: Double) -> None:
    connect(world, crm)
    first = tokens(world)
    for _ in range(3):
        crm.org.tokens.clear()  # the session is over: only a 401 says so
        assert world.run().code == 0
    assert len({first.refresh, tokens(world).refresh}) == 2
    assert crm.org.families[0].live == tokens(world).refresh
    assert len(crm.org.families[0].spent) == 3


def test_who_is_missing_is_asked_for_with_the_same_tokens(world: World, crm: Double) -> None:
    connect(world, crm)
    for number in range(2, 12):
        crm.org.save("User", Name=f"N{number}", EmployeeNumber=f"{number:05}", Title="Rep")
    world.run()
    world.approve()
    gone = next(one["Id"] for one in crm.org.rows("User", deleted=False) if one["EmployeeNumber"] == "00011")
    for key in [key for key in crm.org.records if key[1] == gone]:
        del crm.org.records[key]
    said = world.on("2026-01-06").run()
    assert (said["absent"], said["problems"]) == (1, [])


def test_an_app_that_does_not_rotate_keeps_its_refresh_token(world: World, crm: Double) -> None:
    crm.app.rotates = False
    connect(world, crm)
    first = tokens(world)
    crm.org.tokens.clear()
    assert world.run().code == 0
    assert tokens(world).refresh == first.refresh
    assert tokens(world).access != first.access


def test_two_that_meet_the_end_of_a_token_ask_once(world: World, crm: Double, opened: Opened) -> None:
    """Both are given the same new tokens; asked twice, the second would have ended the first one's."""
    connect(world, crm)
    spent, asked, got = tokens(world), [], []
    begun, go_on = threading.Event(), threading.Event()

    def ask(refresh: str) -> Kept:
        asked.append(refresh)
        begun.set()
        assert go_on.wait(20)
        return Kept("second", "renewed", spent.place)

    def renew() -> None:
        got.append(keeper.keeper_of(opened, "crm").renewed(spent, ask))

    one, other = threading.Thread(target=renew), threading.Thread(target=renew)
    one.start()
    assert begun.wait(20)
    other.start()
    go_on.set()
    one.join(30)
    other.join(30)
    assert asked == [spent.refresh]
    assert [kept.access for kept in got] == ["second", "second"]


def test_what_is_got_is_kept_before_it_is_used(
    world: World, crm: Double, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed right after Salesforce has answered, and once more where the answer is already kept."""
    connect(world, crm)
    spent = tokens(world)

    class KilledError(BaseException):
        pass

    def kill(name: str) -> None:
        if name == "connections.renew":
            raise KilledError

    faults.arm(kill)
    with pytest.raises(KilledError):
        keeper.keeper_of(opened, "crm").renewed(spent, lambda _: Kept("never", "kept", spent.place))
    faults.disarm()
    assert tokens(world) == spent  # nothing half
    # while the dead one's lease lasts nobody asks; then one does
    waits: list[float] = []
    monkeypatch.setattr(keeper, "LOOK", RENEWING.total_seconds())
    monkeypatch.setattr(keeper, "pause", waits.append)
    with pytest.raises(TryLater, match="takes too long"):
        keeper.keeper_of(opened, "crm").renewed(spent, lambda _: Kept("never", "kept", spent.place))
    with writing(opened.database) as tx:
        tx.execute(text("UPDATE connection SET renewing_until = since"))
    assert keeper.keeper_of(opened, "crm").renewed(spent, lambda _: Kept("a", "b", spent.place)).access == "a"
    assert tokens(world).refresh == "b"


def test_who_wakes_after_another_took_over_keeps_nothing(world: World, crm: Double, opened: Opened) -> None:
    connect(world, crm)
    spent = tokens(world)

    def slow(_: str) -> Kept:
        with writing(opened.database) as tx:
            tx.execute(text("UPDATE connection SET renewing_until = since"))
        keeper.keeper_of(opened, "crm").renewed(spent, lambda _: Kept("theirs", "newest", spent.place))
        return Kept("mine", "too late", spent.place)

    assert keeper.keeper_of(opened, "crm").renewed(spent, slow).access == "theirs"
    assert tokens(world).refresh == "newest"


@pytest.mark.parametrize("status", [500, 503])
def test_an_org_that_cannot_answer_now_ends_nothing(world: World, crm: Double, status: int) -> None:
    connect(world, crm)
    crm.org.tokens.clear()
    crm.org.fail("POST", "token", status=status, body=b"<html>", times=1)
    assert world.run().code == 0  # it was asked again, with the same refresh token
    assert len(crm.org.families[0].spent) == 1


def test_a_refresh_token_shown_twice_ends_it_and_somebody_has_to_agree_anew(
    world: World, crm: Double, opened: Opened
) -> None:
    """A copy of the database that somebody put to use."""
    connect(world, crm)
    old = tokens(world)
    crm.org.tokens.clear()
    assert world.run().code == 0
    with writing(opened.database) as tx:
        keeper.keep_first(tx, opened, "crm", old, "ana")
    crm.org.tokens.clear()
    said = world.run()
    assert said.code == 4
    assert "syncd connect" in str(said.document)
    assert crm.org.families == []
    connect(world, crm)
    assert world.run().code == 0


def test_nothing_of_it_is_in_the_open(
    world: World, crm: Double, caplog: pytest.LogCaptureFixture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not in the database, not in a log at DEBUG, not in a copy, not in what is printed of an object."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    try:
        with caplog.at_level(logging.DEBUG):
            asked = world.call("connect", "crm", "--as", "ana")
            back = agree(crm.org, crm.app, asked["open"])
            world.call("connect", "crm", "--answer", back, "--as", "ana")
            crm.org.tokens.clear()
            world.run()
    finally:
        root.setLevel(before)
    kept = tokens(world)
    hidden = [kept.access, kept.refresh, *crm.org.families[0].spent, "the-consumer-secret"]
    told = caplog.text + everything_kept(world) + repr(kept)
    assert not [one for one in hidden if one in told]
    assert world.call("backup", str(tmp_path / "copy")).code == 0
    assert not list((tmp_path / "copy").rglob("connection*"))


def test_tokens_that_lead_elsewhere_are_not_kept(world: World, crm: Double) -> None:
    """An org that moves is followed, within the hosts of orgs: when somebody agrees, and when tokens are renewed."""
    crm.org.instance = "evil.example.com"
    back = agree(crm.org, crm.app, world.call("connect", "crm", "--as", "ana")["open"])
    said = world.call("connect", "crm", "--answer", back, "--as", "ana")
    assert (said.code, "evil.example.com" in said.error["message"]) == (4, True)
    assert world.call("connect").document == []
    crm.org.instance = MY_DOMAIN
    connect(world, crm)
    crm.org.tokens.clear()
    crm.org.instance = MOVED
    assert world.run().code == 0
    assert tokens(world).place == f"https://{MOVED}:{crm.port}"
    crm.org.tokens.clear()
    crm.org.instance = "evil.example.com"
    said = world.run()
    assert (said.code, "evil.example.com" in str(said.document)) == (4, True)
    assert tokens(world).place == f"https://{MOVED}:{crm.port}"


def test_more_rights_than_were_asked_for_are_no_error(world: World, crm: Double) -> None:
    crm.app.scope = "id api openid refresh_token"
    connect(world, crm)
    assert world.run().code == 0


# --- keys


def test_a_key_is_changed_and_the_old_one_of_no_use(world: World, crm: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(world, crm)
    monkeypatch.setenv("SYNCD_SECRET_KEY", f"{OTHER},{KEY}")
    monkeypatch.setattr("sys.stdin", io.StringIO("the-consumer-secret\n"))
    assert world.call("secrets", "seal", "secrets/app.sealed").document == {"file": "secrets/app.sealed"}
    done = world.call("secrets", "seal-again", "--as", "ana")
    assert done.document == {"connections": ["crm"], "files": ["secrets/app.sealed"]}
    monkeypatch.setenv("SYNCD_SECRET_KEY", OTHER)
    world.settings["sources"]["crm"]["auth"]["web_server"]["client_secret"] = {"file": "secrets/app.sealed"}
    world.save()
    crm.org.tokens.clear()
    assert world.run().code == 0
    monkeypatch.setenv("SYNCD_SECRET_KEY", KEY)
    said = world.run()
    assert said.code == 4
    assert "lacks the key" in str(said.document)


@pytest.mark.parametrize(("name", "said"), [("", "no key"), ("short", "no key")])
def test_without_a_key_nothing_is_kept(
    world: World, crm: Double, monkeypatch: pytest.MonkeyPatch, name: str, said: str
) -> None:
    monkeypatch.setenv("SYNCD_SECRET_KEY", name)
    told = world.call("connect", "crm")
    assert (told.code, said in told.error["message"]) == (4, True)


def test_a_file_may_hold_the_keys(world: World, crm: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNCD_SECRET_KEY")
    (tmp_path / "keys").write_text(f"{OTHER}\n{KEY}\n")
    monkeypatch.setenv("SYNCD_SECRET_KEY_FILE", str(tmp_path / "keys"))
    connect(world, crm)
    assert tokens(world).refresh
    monkeypatch.setenv("SYNCD_SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(FixAccess, match="cannot be read"):
        unseal("x")


@pytest.mark.parametrize("name", ["secrets/app", "../app.sealed", "/tmp/app.sealed"])  # noqa: S108 - it is refused
def test_a_sealed_secret_lies_in_the_workspace_under_its_name(
    world: World, crm: Double, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x"))
    assert world.call("secrets", "seal", name).code == 2


def test_a_new_key_is_a_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCD_SECRET_KEY", world.call("secrets", "new-key")["key"])
    from connectors.sealing import seal

    assert unseal(seal("x")) == "x"
