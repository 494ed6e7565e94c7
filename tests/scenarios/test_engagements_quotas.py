"""A sheet of quotas of people with several posts: each row is of one of them."""

from __future__ import annotations

import csv
import io

import pytest

from tests.scenarios.posts import A007, G007, OTHERS, begin, posts
from tests.scenarios.world import Answer, World

COLUMNS = ("rep", "post", "amount")


@pytest.fixture
def company(world: World) -> World:
    """P1 has two posts, P2 and P3 one each; quotas of the first quarter come in a sheet of their own."""
    world.settings["sources"]["sheets"] = {"kind": "file", "path": "inbox/quotas.csv"}
    world.settings["feeds"]["quotas"] = {"source": "sheets", "into": "quotas", "mapping": "mappings/quotas.yaml"}
    _map(world, post=True)
    return begin(world, A007, G007, *OTHERS)


def _map(world: World, *, post: bool) -> None:
    rules = """\
key: rep
fields:
  participant: {from: rep, by: employee_id}
  measure: {value: revenue}
  from: {value: '2026-01-01'}
  until: {value: '2026-04-01'}
  amount: amount
"""
    world.write("mappings/quotas.yaml", rules + ("engagement: post\n" if post else ""))


def sheet(world: World, *rows: tuple[str, str, str]) -> Answer:
    """Run the sheet; gives its run."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    world.write("inbox/quotas.csv", text.getvalue())
    said = world.call("run", "quotas")
    assert said.code in (0, 1), said.document
    return Answer(said.code, said["runs"][0])


def quotas(world: World, key: str = "P1") -> dict[str, str | None]:
    """Somebody's quota by post."""
    return {post: values.get("quota:revenue") for post, values in posts(world, key).items()}


def test_each_post_gets_its_own_quota(company: World):
    rows = [("01001", "A007", "1000"), ("01001", "G007", "2000")]
    for turned in (rows, rows[::-1]):
        said = sheet(company, *turned)
        assert (said["pending"], said["problems"]) == (2, [])
    company.approve()
    assert quotas(company) == {"A007": "1000 - 2026-01-01..2026-04-01", "G007": "2000 - 2026-01-01..2026-04-01"}
    assert (sheet(company, *rows)["unchanged"], company.pending()) == (2, [])


def test_a_no_to_the_quota_of_one_post_is_none_to_the_other(company: World):
    sheet(company, ("01001", "A007", "1000"))
    company.reject()
    said = sheet(company, ("01001", "A007", "1000"), ("01001", "G007", "1000"))
    assert (said["suppressed"], said["pending"], company.one()["engagement"]) == (1, 1, "G007")


def test_a_sheet_that_names_no_post_means_the_only_one(company: World):
    """P2 has one post alone; of P1 it does not say which, and that is told with what to do."""
    _map(company, post=False)
    said = sheet(company, ("01001", "", "1000"), ("01002", "", "3000"))
    assert (said["excluded"], said["pending"], company.one()["engagement"]) == (1, 1, "X")
    assert [one["code"] for one in said["problems"]] == ["not_a_participant"]
    assert "`engagement`" in said["problems"][0]["message"]
    company.approve()
    assert quotas(company, "P2") == {"X": "3000 - 2026-01-01..2026-04-01"}
