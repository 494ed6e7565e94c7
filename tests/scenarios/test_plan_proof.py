"""`audit verify` of plans: their texts, their first days and their approvals are held against the audit."""

from __future__ import annotations

import pytest

from tests.scenarios import selling
from tests.scenarios.tampering import must_name, owning, unguard
from tests.scenarios.test_plans import PLAN, approve, publish
from tests.scenarios.world import World

#: What somebody who owns the database may do -> whom `audit verify` then names, and how.
TAMPERED: dict[str, tuple[str, str]] = {
    "UPDATE plan_version SET text = replace(text, '3%', '9%') WHERE id = 1": ("V1", "it is not what was published"),
    "UPDATE plan_version SET start = '2025-01-01' WHERE id = 1": ("V1", "it is not what was published"),
    "UPDATE plan_version SET \"by\" = 'eve' WHERE id = 2": ("V2", "who published or approved it"),
    "UPDATE plan_approval SET for_user = 'eve' WHERE version = 1": ("V1", "who published or approved it"),
    "UPDATE plan_approval SET revision = revision + 9 WHERE version = 1": ("V1", "who published or approved it"),
    "DELETE FROM plan_approval WHERE version = 1": ("V1", "approve plan: the audit says so"),
    "DELETE FROM plan_version WHERE id = 2": ("V2", "publish plan: the audit says so"),
    """INSERT INTO plan_approval (version, "by", at, revision) SELECT 2, 'eve', at, revision FROM plan_approval""":
        ("V2", "approved by eve: nothing in the audit says so"),
    """INSERT INTO plan_version (id, plan, path, text, hash, start, "by", at, revision)
       SELECT 9, plan, path, text, hash, start, 'eve', at, revision FROM plan_version WHERE id = 1""":
        ("V9", "published by eve: nothing in the audit says so"),
}  # fmt: skip


@pytest.fixture
def planned(world: World) -> World:
    """A workspace with a plan that counts, and a newer text of it that waits for a second person."""
    selling.prepare(world)
    (world.folder / "plans/direct.yaml").unlink()
    for rate, start in (("3%", "2026-01-01"), ("4%", "2026-02-01")):
        world.write("plans/reseller.yaml", PLAN.replace("3%", rate))
        assert publish(world, start).code == 0
        if rate == "3%":
            assert approve(world).code == 0
    return world


def test_what_was_published_fits_its_audit_and_what_was_tampered_with_is_named(planned: World):
    said = planned.call("audit", "verify")
    assert (said.code, said["findings"], said["unproved_acts"]) == (0, [], [])
    with owning(planned.database_url) as tx:
        unguard(tx, "plan_version", "plan_approval")
        must_name(tx, TAMPERED)
