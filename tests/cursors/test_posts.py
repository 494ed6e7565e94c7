"""Several posts of one person where only what is new is read: the other posts are looked at beside it."""

from __future__ import annotations

import pytest

from tests.cursors.crm import Crm, sums


@pytest.fixture
def contracts(crm: Crm) -> Crm:
    """A CRM that keeps a record of each contract; two of the first person's."""
    crm.script |= {"key": "contract", "columns": [*crm.script["columns"], "contract", "post", "main"]}
    crm.mapping |= {"engagement": "post", "primary": "main"}
    crm.save()
    for second, (key, post, main) in enumerate([("1", "A007", "yes"), ("1", "G007", "no"), ("2", "X", "yes")]):
        says(crm, 900 + second, key, post, main)
    crm.begin_at(1000)
    return crm


def says(crm: Crm, stamp: int, key: str, post: str, main: str, **cells: str) -> None:
    """Let the CRM say something about a contract."""
    crm.says(stamp, key, contract=f"{key}/{post}", post=post, main=main, email=f"{post}@example.com", **cells)


def asked(crm: Crm) -> list[tuple[str, str]]:
    """Say what waits for a decision, and of which post."""
    return [(one["kind"], one["engagement"]) for one in crm.pending()]


def test_an_increment_of_one_post_leaves_the_other_one(contracts: Crm):
    """Its record is looked at beside the one that came, and is as it was: nothing of it ends or is asked."""
    says(contracts, 1100, "1", "G007", "no", title="Lead")
    said = contracts.read(1200)
    assert (said["read"], said["pending"], said["unchanged"], sums(said)) == (2, 1, 1, True)
    assert asked(contracts) == [("update", "G007")]
    contracts.approve()
    for now in (1300, 1400):
        assert (contracts.read(now)["proposed"], asked(contracts)) == (0, [])


def test_a_further_post_comes_by_an_increment(contracts: Crm):
    says(contracts, 1100, "2", "Y", "no")
    said = contracts.read(1200)
    assert (said["read"], contracts.one()["kind"], contracts.one()["participant"]) == (2, "add", "P2")


def test_e28_one_post_ends_by_an_increment_alone(contracts: Crm):
    contracts.feed["limits"] = {"ending": 0}
    contracts.save()
    says(contracts, 1100, "1", "A007", "yes", left="2026-01-04")
    assert contracts.read(1200)["outcome"] == "completed"
    assert asked(contracts) == [("termination", "A007")]
    contracts.approve()
    says(contracts, 1300, "1", "G007", "no", left="2026-01-04")
    assert contracts.read(1400)["outcome"] == "held"


def test_e30_a_second_flag_that_an_increment_brings_is_a_question(contracts: Crm):
    """The flag of A007 did not come again; the question is asked of both, and stays until the CRM says otherwise."""
    says(contracts, 1100, "1", "G007", "yes")
    said = contracts.read(1200)
    assert (said["conflicts"], sums(said), asked(contracts)) == (2, True, [])
    says(contracts, 1300, "2", "X", "yes", title="Lead")
    assert contracts.read(1400)["conflicts"] == 0
    assert [one["kind"] for one in contracts.call("conflicts").document] == ["two_primary"]
    says(contracts, 1500, "1", "A007", "no")
    contracts.read(1600)
    assert contracts.call("conflicts").document == []
    assert sorted(asked(contracts)) == [("update", "A007"), ("update", "G007"), ("update", "X")]


def test_increments_of_posts_come_to_what_a_full_read_finds(contracts: Crm):
    """The state keeps a record of each post, also once it was written anew."""
    for nth, post in enumerate(("A007", "G007", "A007", "G007")):
        says(contracts, 1100 + 100 * nth, "1", post, "yes" if post == "A007" else "no", title=f"Title {nth}")
        contracts.read(1150 + 100 * nth)
    told = {one["engagement"]: one["fields"]["title"]["after"] for one in contracts.pending()}
    assert told == {"A007": "Title 2", "G007": "Title 3"}
    assert contracts.state() is not None
    contracts.feed["full"] = True
    contracts.save()
    said = contracts.read(1600)
    assert (said["proposed"], {one["engagement"] for one in contracts.pending()}) == (0, {"A007", "G007"})


def test_a_deletion_that_names_no_post_is_told(crm: Crm):
    """The CRM deletes a person and not a contract: nothing ends, and whoever runs it is told when it will."""
    crm.script["columns"] += ["post"]
    crm.mapping["engagement"] = "post"
    crm.save()
    crm.says(900, "2", post="X")
    crm.begin_at(1000)
    crm.deletes(1100, "2")
    said = crm.read(1200)
    assert (said["proposed"], [one["code"] for one in said["problems"]]) == (0, ["no_such_post"])
    assert crm.pending() == []
