"""`audit verify`: what was decided is held against the audit, whoever changed it past the guards of the database."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.scenarios.people import COMPANY, someone, with_cells, without
from tests.scenarios.tampering import must_name, owning, unguard
from tests.scenarios.world import World

#: What somebody who owns the database may do -> whom `audit verify` then names, and how.
TAMPERED: dict[str, tuple[str, str]] = {
    # a decision and its change
    """UPDATE change SET fields = replace(fields, 'Lead', 'Boss') WHERE id = {update}""":
        ("C{update}", "it is not what was decided"),
    """UPDATE change SET person = 3 WHERE id = {update}""": ("C{update}", "it is not what was decided"),
    """UPDATE change SET effective = '2026-02-03' WHERE id = {update}""": ("C{update}", "decided is that it is"),
    """UPDATE change SET state = 'pending' WHERE id = {update}""": ("C{update}", "decided is that it is approved"),
    """UPDATE change SET state = 'applied' WHERE id = {refused}""": ("C{refused}", "decided is that it is rejected"),
    """UPDATE decision SET effective = '2026-02-03' WHERE change = {update}""": ("C{update}", "not what was decided"),
    """UPDATE decision SET verdict = 'rejected' WHERE change = {update}""": ("C{update}", "nothing in the audit"),
    """UPDATE decision SET "by" = 'eve' WHERE change = {update}""": ("C{update}", "who decided it, or why"),
    """UPDATE decision SET for_user = NULL WHERE change = {update}""": ("C{update}", "who decided it, or why"),
    """UPDATE decision SET reason = 'a gift' WHERE change = {update}""": ("C{update}", "who decided it, or why"),
    """UPDATE decision SET revision = revision + 1 WHERE change = {update}""": ("C{update}", "nothing in the audit"),
    """DELETE FROM decision WHERE change = {refused}""": ("C{refused}", "what it is about is not stored"),
    # a batch
    """UPDATE batch SET "by" = 'eve' WHERE id = {batch}""": ("B{batch}", "is not what was written down"),
    """UPDATE batch SET reason = NULL WHERE id = {batch}""": ("B{batch}", "is not what was written down"),
    """INSERT INTO batch (id, act, "by", at) SELECT 99, act, "by", at FROM batch WHERE id = {batch}""":
        ("B99", "nothing in the audit"),
    # steps: what was set, from when, and what ended
    """UPDATE step SET sets = replace(sets, 'Lead', 'Boss')""": ("B{batch}", "is not what was written down"),
    """UPDATE step SET "end" = '2027-01-01' WHERE id = {step}""": ("B{batch}", "is not what was written down"),
    """UPDATE step SET revision_to = 999 WHERE id = {step}""": ("revision 999", "nothing in the audit"),
    """DELETE FROM step WHERE id = {step}""": ("B{batch}", "is not what was written down"),
    """UPDATE step SET revision_to = NULL WHERE revision_to IS NOT NULL""": ("B{ending}", "is not what was written"),
    """INSERT INTO step SELECT 999, person, engagement, start, "end", '{{}}', NULL, origin, opens, 99,
       decision, revision_from, NULL FROM step WHERE id = {step}""": ("B{batch}", "is not what was written down"),
    # versions, which follow from steps
    """UPDATE version SET attributes = replace(attributes, 'Lead', 'Boss') WHERE revision_to IS NULL""":
        ("P1", "are not the fold of its steps"),
    """UPDATE version SET attributes = replace(attributes, 'Rep', 'Boss') WHERE revision_to = {revision}""":
        ("P1", "are not the fold of its steps"),
    """DELETE FROM version WHERE person = 2""": ("P2", "are not the fold of its steps"),
    # rejections, and who ended them
    """UPDATE rejection SET scope = 'good' WHERE change = {refused}""": ("B{refusing}", "is not what was written down"),
    """UPDATE rejection SET fields = replace(fields, 'West', 'East')""": ("B{refusing}", "is not what was written"),
    """UPDATE rejection SET ended_revision = NULL, ended_by = NULL WHERE id = 2""": ("J2", "ended by somebody"),
    """UPDATE rejection SET ended_by = 'eve' WHERE id = 2""": ("J2", "ended by somebody"),
    """UPDATE rejection SET ended_revision = 9, ended_by = 'eve' WHERE id = 1""": ("J1", "ended by eve: nothing"),
    # what was proposed by hand and waits
    """UPDATE change SET fields = replace(fields, 'Head', 'Boss') WHERE id = {typed}""":
        ("C{typed}", "it is not what was proposed"),
    """DELETE FROM change WHERE id = {typed}""": ("C{typed}", "what it is about is not stored"),
    # a released hold
    """UPDATE run SET released_by = 'eve' WHERE released_at IS NOT NULL""": ("{held}", "released by eve: nothing"),
    """UPDATE run SET hold_digest = 'other' WHERE released_at IS NOT NULL""": ("{held}", "nothing in the audit"),
    """UPDATE run SET released_at = NULL WHERE released_at IS NOT NULL""": ("{held}", "is not stored so"),
}  # fmt: skip
#: Tables that refuse it.
GUARDS = ("decision", "batch", "step", "version")
GUARDED = re.compile(f"(UPDATE|DELETE FROM) ({'|'.join(GUARDS)}) ")


@pytest.fixture
def decided(company: World) -> tuple[World, dict[str, str]]:
    """A company in which everything that the audit knows was done; what the statements above call by name."""
    world = company.on("2026-02-10")
    moved = with_cells(with_cells(COMPANY, "01001", title="Lead"), "01002", team="West")
    moved = [*with_cells(moved, "01004", hired="2025-02-01"), someone("02001")]
    world.run(moved)
    update, refused = world.one(participant="01001"), world.one(participant="01002")
    batch = world.approve(update, as_="dana", reason="checked")["batch"]
    refusing = world.reject(refused, as_="dana")["batch"]
    world.reject(world.one(kind="add"), as_="dana", reason="agency")
    assert world.call("forget", "J2", "--reason", "ours").code == 0
    ending = world.approve(world.one(participant="01004"))["batch"]  # its first day moves: what began there ends
    held = world.run(without(moved, *(row["id"] for row in COMPANY[5:11])))["run"]
    assert world.call("hold", "release", held, "--reason", "they left", "--as", "dana").code == 0
    world.set("01001", "title=", start="2026-02-12")
    typed = world.set("01012", "title=Head", start="2026-02-12", approved=False)["id"]
    with owning(world.database_url) as tx:
        step = tx.execute(text("SELECT max(id) FROM step WHERE sets LIKE '%Lead%'")).scalar_one()
        revision = tx.execute(text("SELECT revision_from FROM step WHERE id = :id"), {"id": step}).scalar_one()
    ids = {"update": update["id"], "refused": refused["id"], "typed": typed}
    ids |= {"batch": batch, "refusing": refusing, "ending": ending}
    names = {name: str(one)[1:] for name, one in ids.items()}
    return world, {**names, "step": step, "revision": revision, "held": held}


def test_what_was_decided_fits_its_audit(decided: tuple[World, dict[str, str]]):
    said = decided[0].call("audit", "verify")
    assert (said.code, said["whole"], said["findings"], said["unproved_acts"]) == (0, True, [], [])


def test_what_was_tampered_with_is_named(decided: tuple[World, dict[str, str]]):
    """One thing after the other, past the guards, which whoever owns the database may drop."""
    world, names = decided
    with owning(world.database_url) as tx:
        unguard(tx, *GUARDS)
        must_name(tx, TAMPERED, names)


def test_it_is_said_on_the_command_line(decided: tuple[World, dict[str, str]]):
    """Not the audit itself is broken: what it is about is."""
    world, names = decided
    with owning(world.database_url) as tx:
        unguard(tx, *GUARDS)
        tx.execute(text(f"UPDATE decision SET reason = 'a gift' WHERE change = {names['update']}"))  # noqa: S608 - a number
        tx.commit()
    said = world.call("audit", "verify")
    assert (said.code, said["whole"], said["first_broken"]) == (5, False, None)
    wrong = {"about": f"C{names['update']}", "message": "who decided it, or why, is not what the audit says"}
    assert said["findings"] == [wrong]


def test_an_audit_that_was_written_anew_is_not_the_one_of_which_the_head_was_kept(
    decided: tuple[World, dict[str, str]],
):
    """Its chain fits: only what somebody kept elsewhere tells."""
    world, _ = decided
    head = world.call("audit", "head")["head"]
    assert world.call("reject", "--all", "--reason", "later").code == 0
    said = world.call("audit", "verify", "--head", head)
    assert (said.code, said["whole"], said["head_is_kept"]) == (0, True, True), "what came later is no harm"
    row, _, chain = head.partition(":")
    other = f"{row}:{chain[:-1]}{'0' if chain[-1] != '0' else '1'}"
    for wrong in (other, f"{int(row) + 999}:{chain}"):
        said = world.call("audit", "verify", "--head", wrong)
        assert (said.code, said["whole"], said["first_broken"], said["head_is_kept"]) == (5, False, None, False)
    assert world.call("audit", "verify", "--head", "soon").code == 2
    assert world.call("audit", "head", "--head", head).code == 2


def test_the_guards_refuse_what_is_tampered_with_above(decided: tuple[World, dict[str, str]]):
    """As long as nobody drops them: decisions, batches, steps and versions."""
    world, names = decided
    guarded = [one for one in TAMPERED if GUARDED.match(one) and "999" not in one]  # an open step may be ended
    assert len(guarded) > 10
    with owning(world.database_url) as tx:
        for statement in guarded:
            with pytest.raises(IntegrityError), tx.begin_nested():
                tx.execute(text(statement.format(**names)))
