"""The workspace that ships for Workday, with the double in place of a tenant."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import yaml

from tests.doubles.workday.reached import reached
from tests.scenarios.world import World


def test_the_example_reads_everything_it_maps(
    world: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    """As `init --example workday` makes it: posts, manager, legal entity, pay group, pay; nothing cannot be read."""
    for name in ("syncd.yaml", "mappings/people.yaml"):
        (world.folder / name).unlink()
    assert world.call("init", "--example", "workday").code == 0
    with reached(tmp_path_factory.mktemp("workday"), monkeypatch) as double:
        told = yaml.safe_load((world.folder / "syncd.yaml").read_text())
        told["sources"]["hr"]["host"] = double.host
        told["allow_today"] = True
        (world.folder / "syncd.yaml").write_text(yaml.safe_dump(told))
        tenant = double.tenant
        more = {"company": "Acme Inc", "pay_group": "Monthly", "base_pay": "120000.10", "fte": "0.8", "region": "EMEA"}
        tenant.now -= timedelta(days=100)
        tenant.hire("w1", date(2025, 1, 1), "00001")
        tenant.hire("w2", date(2025, 1, 1), "00002", manager="w1", profile="SALES_1", **more)
        tenant.now += timedelta(days=100)
        said = world.call("run", "people")
        assert (said.code, said["runs"][0]["problems"]) == (0, [])
        world.approve()
        found = world.roster()["00002"]
        wanted = "manager legal_entity pay_group base_salary currency fte region job_code primary"
        assert [found[name] for name in wanted.split()] == [
            "P1", "Acme Inc", "Monthly", "120000.1", "USD", "0.8", "EMEA", "SALES_1", "true",
        ]  # fmt: skip
