"""The doctor finds what is wrong, warns of what will be, changes nothing, and gives away no value of a record."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from api.operating import operating
from domain.errors import TryLater
from store.database import writing
from store.runs import begin_run
from syncd.operation import doctor
from syncd.world import World, open_world
from tests.daemon.operated import Operated

PLANTED = ("Zebulon", "Quux", "00777", "quux@", "93124.55")


def states(world: Operated, *options: str) -> dict[str, str]:
    return {one["check"]: one["state"] for one in world.do("doctor", *options)["checks"]}


def opened(world: Operated) -> World:
    return open_world(world.folder, None)


def test_all_is_right_where_nothing_is_amiss(world: Operated) -> None:
    world.tick()
    world.now_really()
    world.tick()
    world.work()
    said = world.do("doctor", "--online")
    assert {one["state"] for one in said["checks"] if one["check"] != "disk"} == {"ok"}
    assert {one["check"] for one in said["checks"]} >= {
        *("python", "packages", "configuration", "database", "folders", "disk", "clocks", "redis", "schedules"),
        *("leases", "queue", "outbox", "alerts", "audit", "source of people"),
    }
    assert said["ready"]
    assert said.code in (0, 1)


def test_what_is_late_stuck_and_unreachable_is_found_with_what_to_do(
    world: Operated, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert states(world)["schedules"] == "warning"
    world.tick()
    found = opened(world)
    with writing(found.database) as tx:
        now = world.clock.instant
        assert begin_run(tx, "other", now=now, today=now.date(), dry=False, configuration_hash="c")
    found.database.dispose()
    world.later(hours=2)
    world.tick()
    world.later(hours=1)
    monkeypatch.setenv("SYNCD_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(doctor, "database_time", lambda _: world.clock.instant.replace(year=2020))
    monkeypatch.setattr(doctor, "_SCARCE", 1 << 62)
    world.script_is(fail="FixAccess")
    said = world.do("doctor", "--online")
    found_wrong = {one["check"]: one["state"] for one in said["checks"] if one["state"] != "ok"}
    assert found_wrong == {
        **dict.fromkeys(("disk", "clocks", "redis", "leases", "queue"), "warning"),
        **dict.fromkeys(("schedules",), "wrong"),
    }
    assert all(one["remedy"] for one in said["checks"] if one["state"] != "ok")
    assert said.code == 5


def test_a_source_that_cannot_be_read_is_found(world: Operated) -> None:
    world.script_is(fail="FixAccess")
    said = world.do("doctor", "--online")
    assert [one["state"] for one in said["checks"] if one["check"] == "source of people"] == ["wrong"]
    assert said.code == 5


def test_an_older_database_is_found_and_stays_as_it_is(world: Operated) -> None:
    found = opened(world)
    with writing(found.database) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert states(world, "--ready")["database"] == "wrong"
    assert world.do("doctor", "--ready").code == 5
    with writing(found.database) as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"
    found.database.dispose()


def test_a_chain_that_was_cut_is_found(world: Operated) -> None:
    world.do("run", "people")
    world.approve()
    assert states(world)["audit"] == "ok"
    found = opened(world)
    with writing(found.database) as tx:
        tx.execute(text("UPDATE head SET chain = 'abc'"))
    found.database.dispose()
    assert states(world)["audit"] == "wrong"


def test_mistakes_in_files_are_found(world: Operated) -> None:
    world.feed["mapping"] = "nowhere.yaml"
    world.save()
    said = world.do("doctor")
    assert [one["state"] for one in said["checks"] if one["check"] == "configuration"] == ["wrong"]
    assert said.code == 5
    assert world.do("doctor", "--bundle", str(world.folder / "b.zip")).code == 5


def test_the_bundle_holds_no_value_of_a_record(world: Operated) -> None:
    """Names, keys, addresses and amounts stand in records, problems, holds, messages, files and the environment."""
    world.feed["protected"] = ["00777"]
    world.settings["alerts"] = {
        "ops": {"email": {"to": ["quux@example.com"], "from": "quux@example.com", "server": "quux.example.com"}}
    }
    world.save()
    world.tick()
    world.says(100, "00777", name="Zebulon Quux", email="not an address Quux", hired="Quux", title="93124.55")
    world.says(100, "Quux", name="Zebulon Quux", email="quux@example.com", title="93124.55")
    world.script_is()
    world.do("run", "people")
    world.approve()
    world.later(hours=1)
    world.tick()
    world.script_is(fail="ReadFailed")
    world.work()
    bundle = world.folder / "bundle.zip"
    said = world.do("doctor", "--bundle", str(bundle))
    with zipfile.ZipFile(bundle) as opened_bundle:
        texts = {name: opened_bundle.read(name).decode() for name in opened_bundle.namelist()}
    assert sorted(texts) == sorted(said["bundle"])
    assert {"doctor.json", "metrics.txt", "runs.json", "jobs.json", "workspace.json"} <= texts.keys()
    assert found_in(texts) == []
    assert '"outcome"' in texts["jobs.json"]
    assert found_in({"broken twin": (world.folder / "crm.json").read_text()}) != []


def found_in(texts: dict[str, str]) -> list[tuple[str, str]]:
    return [(name, value) for name, text in texts.items() for value in PLANTED if value in text]


def test_probes_and_prometheus_are_answered(world: Operated) -> None:
    world.tick()
    world.do("run", "people")
    world.later(hours=2)
    found = opened(world)
    app = Flask("bare")
    app.register_blueprint(operating(lambda: found))
    asked = app.test_client()
    assert (asked.get("/healthz").status_code, asked.get("/healthz").text) == (200, "ok\n")
    ready = asked.get("/readyz")
    assert ready.status_code == 200
    assert ready.json is not None
    assert ready.json["ready"] is True
    told = asked.get("/metrics")
    assert told.content_type.startswith("text/plain; version=0.0.4")
    lines = told.text.splitlines()
    assert 'syncd_runs_total{feed="people",state="completed"} 1.0' in lines
    assert 'syncd_feed_lag_seconds{feed="people"} 7200.0' in lines
    assert 'syncd_feed_late{feed="people"} 1.0' in lines
    assert 'syncd_changes{feed="people",state="pending"} 1.0' in lines
    assert 'syncd_jobs{state="waiting"} 0.0' in lines
    assert 'syncd_feed_held{feed="people"} 0.0' in lines
    with writing(found.database) as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert asked.get("/readyz").status_code == 503
    found.database.dispose()


def test_a_workspace_that_cannot_be_had_is_not_ready() -> None:
    def gone() -> World:
        raise TryLater("no database")

    app = Flask("bare")
    app.register_blueprint(operating(gone))
    asked = app.test_client()
    assert [asked.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 503, 503]


def test_a_folder_that_may_not_be_written_is_found(
    world: Operated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_is_writable", lambda folder: folder.name != "landing")
    assert states(world, "--ready")["folders"] == "wrong"
