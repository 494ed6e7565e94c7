"""Plans: checked as files, published by one person, approved by another, in force from a day."""

from __future__ import annotations

import pytest

from store import faults
from store.database import open_database, reading
from store.plans import plan_versions
from tests.scenarios import selling
from tests.scenarios.world import Answer, World

PLAN = """\
plan: reseller
currency: USD
measures:
  revenue: {sum: amount, where: kind == 'deal', dated_by: date}
credit:
- {to: owner, measure: revenue}
components:
  commission:
    type: tiers
    measure: revenue
    earned: month
    tiers: [{rate: 3%}]
"""


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def world(world: World) -> World:
    """A workspace with a feed of transactions and one plan."""
    selling.prepare(world)
    (world.folder / "plans/direct.yaml").unlink()
    world.write("plans/reseller.yaml", PLAN)
    return world


def publish(world: World, start: str, user: str = "ann") -> Answer:
    return world.call("plan", "publish", "plans/reseller.yaml", "--from", start, "--as", user)


def approve(world: World, user: str = "bob") -> Answer:
    return world.call("plan", "approve", "reseller", "--as", user)


def listed(world: World, *names: str) -> list[tuple[object, ...]]:
    return [tuple(one[name] for name in names) for one in world.call("plan", "list").document]


def wrong(world: World, text: str) -> list[tuple[int, int, str]]:
    """What is wrong with a text of the plan: line, column, message."""
    world.write("plans/reseller.yaml", text)
    said = world.call("plan", "check")
    assert said.code == 2, said.document
    assert {one["file"] for one in said.error["problems"]} == {"plans/reseller.yaml"}
    return [(one["line"], one["column"], one["message"]) for one in said.error["problems"]]


def test_every_mistake_of_a_plan_is_told_at_once_with_its_line_and_column(world: World):
    """Of its form as well as of its meaning, and what may have been meant."""
    text = PLAN.replace("sum: amount, where", "sum: amount, wher").replace("to: owner", "to: owne")
    text += (
        "  club: {type: bonus, measure: revenue, earned: yearly, at: 100%, amount: 5000}\n  other: {type: nothing}\n"
    )
    found = wrong(world, text)
    assert [(line, column) for line, column, _ in found] == [(4, 26), (6, 8), (13, 49), (14, 17)]
    assert "did you mean 'where'?" in found[0][2]
    assert "did you mean 'owner'?" in found[1][2]
    assert "did you mean 'year'?" in found[2][2]
    assert "bonus, tiers" in found[3][2]


def test_what_follows_from_another_mistake_is_not_told(world: World):
    """A component that is left out pays nothing, and leaves its measure without one: nobody said that."""
    assert [line for line, *_ in wrong(world, PLAN.replace("type: tiers", "type: tier"))] == [9]
    assert [line for line, *_ in wrong(world, PLAN.replace("    measure: revenue", "    measure: revenu"))] == [10]
    bare = PLAN.replace("where: kind == 'deal'", "where: ratio(amount, cost, 2) > 1")
    assert "between { and } a comma ends a text: put it in quotes" in wrong(world, bare)[0][2]


def test_a_field_that_is_mapped_is_known_before_anything_was_read(world: World):
    selling.declare_channel(world)
    assert world.call("plan", "check").code == 0
    selling.publish(world, "direct", "2026-01-01")
    selling.send_people(world, selling.PEOPLE)
    said = selling.calculate(world, "2026-01")
    assert said["transactions"]["landed"] == 0
    assert {one["code"] for one in said["set_aside"]} == {"unknown_plan"}, "only `direct` was published"


def test_one_plan_has_one_file(world: World):
    world.write("plans/z.yaml", PLAN)
    said = world.call("plan", "check")
    assert [(one["file"], one["line"]) for one in said.error["problems"]] == [("plans/z.yaml", 1)]


def test_a_wrong_plan_is_not_published(world: World):
    world.write("plans/reseller.yaml", PLAN.replace("currency: USD", "currencie: USD"))
    assert publish(world, "2026-01-01").code == 2
    assert listed(world) == []


def test_a_plan_counts_once_a_second_person_has_approved_it(world: World):
    said = publish(world, "2026-01-01")
    assert (said.code, said["state"], said["version"], said["published_by"]) == (0, "published", "V1", "ann")
    refused = approve(world, "ann")
    assert (refused.code, "somebody else" in refused.error["message"]) == (5, True)
    assert listed(world, "state", "approved_by") == [("published", None)]
    assert approve(world)["state"] == "approved"
    assert listed(world, "version", "state", "from", "until", "approved_by") == [
        ("V1", "approved", "2026-01-01", None, "bob")
    ]


@pytest.mark.parametrize("spelled", ["Ann", " ann ", "ANN", "\uff41nn"])
def test_one_person_under_two_spellings_is_no_second_one(world: World, spelled: str):
    publish(world, "2026-01-01")
    assert approve(world, spelled).code == 5
    assert listed(world, "state") == [("published",)]


def test_a_name_that_cannot_be_seen_is_refused(world: World):
    publish(world, "2026-01-01")
    said = approve(world, "an\u200bn")
    assert (said.code, "--as names nobody" in said.error["message"]) == (2, True)


def test_of_several_texts_that_wait_one_says_which_is_approved(world: World):
    """What was published last, perhaps after somebody looked, is not approved unseen."""
    publish(world, "2026-01-01")
    world.write("plans/reseller.yaml", PLAN.replace("3%", "4%"))
    publish(world, "2026-01-01", "eve")
    said = approve(world)
    assert said.code == 2
    assert "V1 from 2026-01-01 by ann" in said.error["message"]
    assert "V2 from 2026-01-01 by eve" in said.error["message"]
    hashes = [one["hash"] for one in world.call("plan", "list").document]
    assert world.call("plan", "approve", "reseller@V1", "--as", "bob")["hash"] == hashes[0]
    assert listed(world, "version", "state") == [("V1", "approved"), ("V2", "published")]
    assert world.call("plan", "approve", "reseller@V3", "--as", "bob").code == 2
    assert world.call("plan", "approve", f"reseller@{hashes[1][:10]}", "--as", "bob")["version"] == "V2"
    assert world.call("plan", "approve", "reseller@1", "--as", "bob")["state"] == "replaced"


def test_a_text_that_an_approved_one_has_followed_is_published_again(world: World):
    publish(world, "2026-01-01")
    world.write("plans/reseller.yaml", PLAN.replace("3%", "4%"))
    publish(world, "2026-01-01")
    assert world.call("plan", "approve", "reseller@V2", "--as", "bob").code == 0
    assert world.call("plan", "approve", "reseller@V1", "--as", "bob").code == 5
    assert listed(world, "version", "state") == [("V1", "superseded"), ("V2", "approved")]


def test_a_plan_that_was_never_published_is_not_approved(world: World):
    said = world.call("plan", "approve", "resseller", "--as", "bob")
    assert (said.code, "`plan publish FILE`" in said.error["message"]) == (2, True)


def test_published_and_approved_twice_has_one_effect(world: World):
    for _ in range(2):
        assert publish(world, "2026-01-01")["version"] == "V1"
    for _ in range(2):
        assert approve(world)["approved_by"] == "bob"
    assert listed(world, "version") == [("V1",)]
    acts = [one["act"] for one in world.call("audit").document]
    assert [act for act in acts if "plan" in act] == ["publish plan", "approve plan"]


def test_saving_a_file_changes_nothing_until_it_is_published(world: World):
    publish(world, "2026-01-01")
    approve(world)
    world.write("plans/reseller.yaml", PLAN.replace("3%", "4%"))
    assert listed(world, "version", "state") == [("V1", "approved")]
    assert world.call("plan", "diff")[0]["differences"] == [
        {"path": "components.commission.tiers.0.rate", "published": "3%", "file": "4%"}
    ]


def test_a_version_holds_until_the_day_of_the_next_whichever_was_approved_first(world: World):
    for start, rate in (("2026-01-01", "3%"), ("2026-07-01", "5%"), ("2026-04-01", "4%"), ("2026-04-01", "4.5%")):
        world.write("plans/reseller.yaml", PLAN.replace("3%", rate))
        publish(world, start)
        approve(world)
    assert listed(world, "version", "state", "from", "until") == [
        ("V1", "approved", "2026-01-01", "2026-04-01"),
        ("V2", "approved", "2026-07-01", None),
        ("V3", "replaced", "2026-04-01", None),
        ("V4", "approved", "2026-04-01", "2026-07-01"),
    ]


def test_a_component_is_renamed_and_keeps_its_id(world: World):
    publish(world, "2026-01-01")
    approve(world)
    renamed = PLAN.replace("  commission:\n", "  base:\n    was: commission\n")
    assert "did you mean 'commission'" in wrong(world, renamed.replace("was: commission", "was: comission"))[0][2]
    both = renamed + "  commission: {type: tiers, measure: revenue, earned: month, tiers: [{rate: 1%}]}\n"
    assert [line for line, *_ in wrong(world, both)] == [9]
    world.write("plans/reseller.yaml", renamed)
    assert publish(world, "2026-02-01").code == 0
    approve(world)
    world.write("plans/reseller.yaml", renamed.replace("3%", "4%"))
    assert world.call("plan", "check").code == 0


EXAMPLES = """\
tests:
- about: Three per cent of everything
  transactions: |
    key | who | date       | amount | kind
    1   | ann | 2026-01-15 | 1000   | deal
    2   | ann | 2026-01-16 | 9999   | order
  expected: |
    who | component  | period  | amount
    ann | commission | 2026-01 | 30.00
"""


def test_a_plan_is_tested_by_the_worked_examples_beside_it(world: World):
    world.write("plans/reseller.test.yaml", EXAMPLES)
    assert world.call("plan", "check")["files"] == ["plans/reseller.yaml"]
    said = world.call("plan", "test")
    assert (said.code, said[0]["passed"], said[0]["amounts"]) == (0, True, 1)
    world.write("plans/reseller.yaml", PLAN.replace("3%", "4%"))
    said = world.call("plan", "test", "reseller")
    assert (said.code, said[0]["passed"]) == (1, False)
    (wrong_,) = said[0]["differences"]
    assert (wrong_["who"], wrong_["expected"], wrong_["found"]) == ("ann", "30.00", "40.00")


def test_every_mistake_of_an_example_is_told_with_its_line(world: World):
    text = EXAMPLES.replace("1000 ", "1o00 ").replace("commission", "comission").replace("| kind", "| sort")
    world.write("plans/reseller.test.yaml", text)
    said = world.call("plan", "test")
    assert said.code == 2
    found = [(one["file"], one["line"], one["message"]) for one in said.error["problems"]]
    assert [(file, line) for file, line, _ in found] == [("plans/reseller.test.yaml", line) for line in (3, 3, 3, 7)]
    assert "did you mean 'commission'?" in found[-1][2]


def test_what_was_published_is_kept_as_it_was(world: World):
    """Line ends, comments and all: the hash is of exactly that."""
    text = "# by hand\r\n" + PLAN.replace("\n", "\r\n")
    world.write("plans/reseller.yaml", text)
    publish(world, "2026-01-01")
    engine = open_database(world.database_url)
    with reading(engine) as tx:
        assert [one.text for one in plan_versions(tx)] == [text]
    engine.dispose()


def test_a_file_outside_of_the_workspace_is_not_published(world: World):
    said = world.call("plan", "publish", "../reseller.yaml", "--as", "ann")
    assert (said.code, "inside the workspace" in said.error["message"]) == (2, True)


@pytest.mark.parametrize("point", ["plans.publish", "plans.publish done", "plans.approve", "plans.approve done"])
def test_killed_at_a_write_and_called_again_it_is_as_if_never_broken(world: World, point: str):
    def kill(name: str) -> None:
        if name == point:
            raise Killed(name)

    for act in (publish, approve):
        faults.arm(kill)
        try:
            act(world, *(["2026-01-01"] if act is publish else []))
        except Killed:
            faults.disarm()
            assert act(world, *(["2026-01-01"] if act is publish else [])).code == 0
        faults.disarm()
    assert listed(world, "version", "state") == [("V1", "approved")]
    assert world.call("audit", "verify").code == 0


@pytest.mark.parametrize("how", ["plans=reseller", "member:plan:reseller=in"])
def test_nobody_approves_a_plan_that_pays_themselves(company: World, how: str) -> None:
    """A user who is a participant on the plan; not before, and not once they are off it."""
    selling.prepare(company)
    company.write("plans/reseller.yaml", PLAN)
    assert company.call("users", "add", "rep", "--participant", "01001").code == 0
    assert publish(company, "2026-01-01", "ann").code == 0
    assert company.call("plan", "approve", "reseller", "--as", "eve").code == 0
    company.use("plans")
    assert company.call("set", "01001", how, "--from", "2026-02-01", "--reason", "x").code == 0
    company.approve()
    company.write("plans/reseller.yaml", PLAN.replace("3%", "4%"))
    assert publish(company, "2026-03-01", "ann").code == 0
    refused = company.call("plan", "approve", "reseller", "--as", "Rep")
    assert (refused.code, refused.error["message"]) == (
        5, "rep is paid by reseller: somebody else has to approve it"
    )  # fmt: skip
    assert company.call("plan", "approve", "reseller", "--as", "eve").code == 0
