"""`audit verify` of who is who: links, who is not whom, and answers are held against their acts."""

from __future__ import annotations

import pytest

from tests.scenarios.tampering import must_name, owning
from tests.scenarios.test_answers import ANN, ASKING, BOB, asked, say
from tests.scenarios.test_links import link, unlink
from tests.scenarios.world import World

__all__ = ["asked"]  # a fixture

#: What somebody who owns the database may do -> whom `audit verify` then names, and how.
TAMPERED: dict[str, tuple[str, str]] = {
    # a link made by hand, one made by an approval, one that was ended
    "UPDATE link SET person = 1 WHERE key = '3' AND revision_to IS NULL": ("link hr:3", "are not what was written"),
    "UPDATE link SET why = 'a gift' WHERE key = '7'": ("link hr:7", "are not what was written"),
    "UPDATE link SET \"by\" = 'eve' WHERE key = '3' AND revision_to IS NULL": ("link hr:3", "are not what was written"),
    "UPDATE link SET ended_by = 'eve' WHERE key = '7'": ("link hr:7", "are not what was written"),
    "UPDATE link SET revision_to = NULL WHERE key = '7'": ("link hr:7", "are not what was written"),
    "UPDATE link SET revision_to = 999 WHERE key = '1' AND revision_to IS NULL": ("hr:1", "nothing in the audit"),
    "UPDATE link SET person = 1 WHERE key = '4'": ("{batch}", "is not what was written down"),
    "DELETE FROM link WHERE key = '7'": ("link hr:7", "what it is about is not stored"),
    "INSERT INTO link (source, key, person, \"by\", revision_from) SELECT 'hr', '99', 1, 'eve', 998":
        ("hr:99", "nothing in the audit"),
    # who is not whom
    "UPDATE apart SET person = 3 WHERE id = 1": ("link hr:3", "are not what was written"),
    "UPDATE apart SET revision_to = NULL WHERE id = 3": ("X3", "what it is about is not stored"),
    "UPDATE apart SET ended_why = 'a gift' WHERE id = 3": ("X3", "are not what was written"),
    "DELETE FROM apart WHERE id = 2": ("link hr:3", "are not what was written"),
    """INSERT INTO apart (id, source, source_key, person, "by", why, revision_from)
       SELECT 9, 'hr', '9', 1, 'eve', 'a gift', 998""":
        ("hr:9", "nothing in the audit"),
    # an answer, and the question
    "UPDATE conflict SET answer = 'is P2' WHERE id = 1": ("Q1", "or its answer, is not what was written"),
    "UPDATE conflict SET question = 'who?' WHERE id = 1": ("Q1", "or its answer, is not what was written"),
    "UPDATE conflict SET reason = 'a gift' WHERE id = 1": ("Q1", "who answered it"),
    "UPDATE conflict SET state = 'open' WHERE id = 1": ("Q1", "the question does not say so"),
    "UPDATE conflict SET state = 'answered', \"by\" = 'eve' WHERE id = 2": ("Q2", "answered by eve: nothing"),
    # the add that is never to be
    "UPDATE rejection SET scope = 'change' WHERE id = 1": ("{never}", "is not what was written down"),
}  # fmt: skip


@pytest.fixture
def told(asked: World) -> tuple[World, dict[str, str]]:
    """Everything that people can say of who is who was said once."""
    world = asked
    say(world, "--never", as_="dana")
    link(world, "hr:7", "P1", as_="dana")
    unlink(world, "hr:7", as_="dana")
    assert world.call("forget", "X3", "--reason", "after all").code == 0
    world.run([ANN, {**BOB, "email": "bob@example.com"}, ASKING])
    world.approve()
    world.run([ANN, {**BOB, "phone": "4", "email": "bob@example.com"}, ASKING])
    batch = world.approve(world.one(kind="link"), as_="dana")["batch"]
    world.run([ANN, {**BOB, "phone": "4", "email": "bob@example.com"}, ASKING, {**ASKING, "phone": "8"}])
    assert [one["state"] for one in world.call("conflicts", "--all").document] == ["answered", "open"]
    acts = world.call("audit").document
    return world, {"batch": batch, "never": next(one["about"] for one in acts if one["act"] == "reject")}


def test_what_was_said_fits_its_audit(told: tuple[World, dict[str, str]]):
    said = told[0].call("audit", "verify")
    assert (said.code, said["whole"], said["findings"], said["unproved_acts"]) == (0, True, [], [])


def test_what_was_tampered_with_is_named(told: tuple[World, dict[str, str]]):
    world, names = told
    with owning(world.database_url) as tx:
        must_name(tx, TAMPERED, names)
