"""A feed of people whose rows are their histories, `history: true`: known by key and day (design 6.9)."""

from __future__ import annotations

import pytest

from tests.scenarios.people import someone
from tests.scenarios.world import Document, World


@pytest.fixture
def past(world: World) -> World:
    """A workspace whose feed of people sends histories; it is the 5th of January 2026."""
    world.feed["history"] = True
    world.use("status", "ote")
    return world


def ann(day: str, **cells: str) -> dict[str, str]:
    """A row of Ann, from a day."""
    return someone("01001", **{"from": day, "hired": "2024-01-01", "status": "active", **cells})


HIRED = ann("2024-01-01", title="Rep", team="East")
MOVED = ann("2024-07-01", title="Rep", team="West")
PROMOTED = ann("2025-03-01", title="Lead", team="West")


def taken(world: World, *rows: dict[str, str]) -> list[Document]:
    """Run on these rows, approve all that is asked until nothing is, and give what was asked first."""
    assert world.run(rows).code in (0, 1)
    asked = world.pending()
    for _ in range(3):
        if not world.pending():
            return asked
        assert world.approve().code == 0
        world.run()
    raise AssertionError(world.pending())


def test_a_first_load_builds_the_whole_history(past: World) -> None:
    past.run([PROMOTED, HIRED, MOVED])
    asked = [(one["kind"], one["effective"], sorted(one["fields"])) for one in past.pending()]
    assert [one[:2] for one in asked] == [("add", "2024-01-01"), ("move", "2024-07-01"), ("update", "2025-03-01")]
    assert [one[2] for one in asked[1:]] == [["team"], ["title"]]
    assert past.approve().code == 0
    assert past.history("01001", "title", "team") == [
        ("2024-01-01", "2024-07-01", "Rep", "East"),
        ("2024-07-01", "2025-03-01", "Rep", "West"),
        ("2025-03-01", None, "Lead", "West"),
    ]
    again = past.run()
    assert (again["read"], again["unchanged"], again["proposed"]) == (3, 3, 0)


def test_its_changes_are_approved_one_after_the_other_too(past: World) -> None:
    past.run([HIRED, MOVED, PROMOTED])
    add, move, update = past.pending()
    refused = past.approve(move)
    assert refused.code == 5
    assert "no participant yet" in refused["refused"][0]["reason"]
    for one in (add, move, update):
        assert past.approve(one).code == 0
    assert [one[2] for one in past.history("01001", "team")] == ["East", "West", "West"]
    assert past.run()["proposed"] == 0


def test_a_row_that_is_corrected_replaces_what_it_said(past: World) -> None:
    taken(past, HIRED, MOVED, PROMOTED)
    asked = taken(past, HIRED, {**MOVED, "team": "North"}, {**PROMOTED, "team": "North"})
    assert [(one["kind"], one["effective"], one["corrected"]) for one in asked] == [("move", "2024-07-01", True)]
    assert [one[2] for one in past.history("01001", "team")] == ["East", "North", "North"]


def test_a_row_between_two_others_touches_its_own_days_alone(past: World) -> None:
    taken(past, HIRED, PROMOTED)
    taken(past, HIRED, MOVED, PROMOTED)
    assert past.history("01001", "title", "team")[1][:3] == ("2024-07-01", "2025-03-01", "Rep")


@pytest.mark.parametrize("gone", [MOVED, PROMOTED], ids=["a past one", "the newest"])
def test_a_day_that_is_sent_no_longer_says_what_the_row_before_it_says(past: World, gone: dict[str, str]) -> None:
    rows = [HIRED, MOVED, {**PROMOTED, "team": "South"}]
    taken(past, *rows)
    left = [row for row in rows if row["from"] != gone["from"]]
    asked = taken(past, *left)
    assert [one["effective"] for one in asked] == [gone["from"]]
    assert past.history("01001", "title", "team") == [
        (row["from"], after["from"] if after else None, row["title"], row["team"])
        for row, after in zip(left, [*left[1:], None], strict=True)
    ]


def test_h22_an_approved_move_to_come_that_is_sent_no_longer_is_proposed_to_go(past: World) -> None:
    coming = ann("2026-04-01", team="South")
    taken(past, HIRED, coming)
    before = past.history("01001", "team")
    run = past.run([HIRED])
    assert (run["proposed"], run["pending"]) == (1, 1)
    assert past.history("01001", "team") == before, "not removed by itself"
    change = past.one()
    assert (change["kind"], change["effective"], change["fields"]["team"]) == (
        "move",
        "2026-04-01",
        {"before": "South", "after": "East"},
    )
    assert past.approve().code == 0
    assert past.history("01001", "team") == [("2024-01-01", None, "East")]


def test_a_no_to_what_was_taken_back_is_remembered(past: World) -> None:
    taken(past, HIRED, ann("2026-04-01", team="South"))
    past.run([HIRED])
    assert past.reject(reason="they move all the same").code == 0
    again = past.run()
    assert (again["proposed"], again["pending"]) == (0, 0)
    assert [one[2] for one in past.history("01001", "team")] == ["East", "South"]


def test_a_no_to_one_row_is_none_to_the_rows_after_it_and_those_do_not_ask_again(past: World) -> None:
    past.run([HIRED, MOVED, PROMOTED])
    add, move, update = past.pending()
    assert past.approve(add, update).code == 0
    assert past.reject(move).code == 0
    again = past.run()
    assert (again["proposed"], again["pending"], again["suppressed"]) == (0, 0, 2)
    assert [one[2:] for one in past.history("01001", "title", "team")] == [("Rep", "East"), ("Lead", "East")]
    rows = [HIRED, MOVED, PROMOTED, ann("2025-09-01", title="Lead", team="North")]
    past.run(rows)
    assert past.one()["fields"]["team"] == {"before": "East", "after": "North"}


def test_who_was_refused_is_asked_about_by_a_later_day_alone(past: World) -> None:
    past.run([HIRED, MOVED, PROMOTED])
    assert past.reject(reason="no commission").code == 0
    assert past.run()["suppressed"] == 3
    assert past.pending() == []
    past.on("2026-02-10")
    past.run([HIRED, MOVED, PROMOTED, ann("2025-12-01", status="leave")])
    assert past.pending() == [], "it was so when they were refused"
    past.run([HIRED, MOVED, PROMOTED, ann("2026-02-01", status="leave")])
    back = past.one()
    assert (back["kind"], back["effective"]) == ("add", "2026-02-01")
    assert back["earlier"]["reason"] == "no commission"


def test_left_and_hired_again(past: World) -> None:
    left = ann("2025-06-01", status="left", left="2025-05-31", team="West")
    back = ann("2025-11-01", hired="2025-11-01", title="Lead", team="West")
    asked = taken(past, HIRED, MOVED, left, back)
    assert [(one["kind"], one["effective"]) for one in asked] == [
        ("add", "2024-01-01"),
        ("move", "2024-07-01"),
        ("termination", "2025-06-01"),
        ("rehire", "2025-11-01"),
    ]
    on = {day: past.roster(day, everyone=True)["01001"] for day in ("2024-08-01", "2025-07-01", "2025-12-01")}
    assert [(one["status"], one["title"]) for one in on.values()] == [
        ("active", "Rep"),
        ("terminated", "Rep"),
        ("active", "Lead"),
    ]


def test_an_ending_that_is_sent_no_longer_is_taken_back(past: World) -> None:
    left = ann("2025-06-01", status="left", left="2025-05-31")
    taken(past, HIRED, left)
    asked = taken(past, HIRED)
    assert [one["kind"] for one in asked] == ["reinstatement"]
    assert past.roster()["01001"]["status"] == "active"


def test_an_ending_announced_and_then_come_true_is_one(past: World) -> None:
    told = ann("2025-05-01", left="2025-05-31")
    taken(past, HIRED, told)
    assert taken(past, HIRED, told, ann("2025-06-01", status="left", left="2025-05-31")) == []


def test_a_rehire_that_is_sent_no_longer_never_was(past: World) -> None:
    left = ann("2025-06-01", status="left", left="2025-05-31")
    back = ann("2025-11-01", hired="2025-11-01")
    taken(past, HIRED, left, back)
    asked = taken(past, HIRED, left)
    assert [(one["kind"], one["effective"]) for one in asked] == [("rescission", "2025-11-01")]
    assert past.roster(everyone=True)["01001"]["status"] == "terminated"


def test_a_hire_that_moves_moves_the_start(past: World) -> None:
    taken(past, HIRED, MOVED)
    taken(past, *({**row, "hired": "2024-02-01"} for row in ({**HIRED, "from": "2024-02-01"}, MOVED)))
    assert past.history("01001", "team")[0][0] == "2024-02-01"


def test_a_start_that_nobody_states_is_told(past: World) -> None:
    del past.mapping["fields"]["hire_date"]
    past.save()
    taken(past, HIRED, MOVED)
    run = past.run([{**HIRED, "from": "2024-03-01"}, MOVED])
    assert [one["code"] for one in run["problems"]] == ["start_gone"]
    run = past.run([{**HIRED, "from": "2023-03-01"}, HIRED, MOVED])
    assert [one["code"] for one in run["problems"]] == ["before_start"]
    assert run["proposed"] == 0


def test_every_row_of_it_needs_a_day_and_no_day_has_two(past: World) -> None:
    more = [ann(f"2025-0{month}-01", ote=str(month)) for month in range(4, 9)]
    run = past.run([HIRED, {**MOVED, "from": ""}, PROMOTED, {**PROMOTED, "title": "Other"}, *more])
    assert sorted(one["code"] for one in run["problems"]) == ["duplicate_key", "duplicate_key", "no_day"]
    assert run["errors"] == 3
    assert [one["effective"] for one in past.pending()] == ["2024-01-01", *(row["from"] for row in more)]


def test_what_cannot_be_read_takes_nothing_back(past: World) -> None:
    taken(past, HIRED, MOVED)
    run = past.run([HIRED, {**MOVED, "from": "someday"}])
    assert (run["errors"], run["proposed"]) == (1, 0)


def test_whom_a_full_read_does_not_have_is_absent_as_ever(past: World) -> None:
    other = [{**row, "id": "01002", "name": "Bo", "email": "bo@example.com"} for row in (HIRED, MOVED)]
    taken(past, HIRED, MOVED, *other)
    assert [(one["kind"], one["employee_id"]) for one in taken(past, *other)] == [("termination", "01001")]


def test_out_of_scope_counts_from_the_day_in_force(past: World) -> None:
    past.mapping["where"] = "team == 'East' or team == 'West'"
    past.save()
    taken(past, HIRED, ann("2024-07-01", team="South"), ann("2025-03-01", team="West"))
    assert [one[2] for one in past.history("01001", "team")] == ["East", "West"]
    run = past.run([HIRED, ann("2025-03-01", team="West"), ann("2025-12-01", team="South")])
    assert run["excluded"] == 1
    assert past.one()["kind"] == "termination"


def test_a_history_needs_a_day_to_be_mapped(past: World) -> None:
    del past.mapping["effective"]
    past.save()
    said = past.call("check")
    assert said.code == 2
    assert "`effective`" in said.error["problems"][0]["message"]


@pytest.mark.parametrize("turned", [False, True], ids=["as sent", "turned"])
def test_a_conversion_goes_on_in_another_record(past: World, turned: bool) -> None:
    """Each record speaks of its own days, whatever the order of the rows; the end of the first one is none."""
    contractor = [{**HIRED, "id": "01001"}, {**MOVED, "id": "01001"}]
    taken(past, *contractor)
    over = {**ann("2025-06-01", status="left", left="2025-05-31", team="West"), "id": "01001"}
    employee = [
        {**ann(day, hired="2025-06-01", title=title, team="West"), "id": "E7"}
        for day, title in (("2025-06-01", "Seller"), ("2025-10-01", "Lead"))
    ]
    past.mapping["fields"].pop("employee_id")
    past.save()
    rows = [*contractor, over, *employee]
    past.send(reversed(rows) if turned else rows)
    assert past.call("link", "hr:E7", "P1", "--reason", "converted").code == 0
    taken(past, *(reversed(rows) if turned else rows))
    assert past.history("P1", "title", "team") == [
        ("2024-01-01", "2024-07-01", "Rep", "East"),
        ("2024-07-01", "2025-06-01", "Rep", "West"),
        ("2025-06-01", "2025-10-01", "Seller", "West"),
        ("2025-10-01", None, "Lead", "West"),
    ]
    assert past.run()["proposed"] == 0


LEFT = ann("2025-06-01", status="left", left="2025-05-31")


def quiet(world: World) -> bool:
    """Whether a further read of the same rows asks nothing, and its counters add up."""
    run = world.run()
    counted = ("errors", "conflicts", "excluded", "applied", "pending", "suppressed", "unchanged")
    assert run["read"] == sum(run[name] for name in counted)
    return not world.pending() and run["proposed"] == 0


@pytest.mark.parametrize("effective", [None, "2025-10-15", "2025-12-01"])
def test_a_rehire_stays_whatever_day_the_row_or_the_approver_says(past: World, effective: str | None) -> None:
    past.run([HIRED, LEFT, ann("2025-11-03", hired="2025-11-01")])
    add, termination, rehire = past.pending()
    assert past.approve(add, termination).code == 0
    assert past.approve(rehire, **({"effective": effective} if effective else {})).code == 0
    assert quiet(past)
    assert past.roster("2025-12-15")["01001"]["status"] == "active"


def test_a_rehire_waits_for_the_add(past: World) -> None:
    past.run([HIRED, LEFT, ann("2025-09-01", hired="2025-09-01", team="B")])
    refused = past.approve(past.pending()[-1])
    assert refused.code == 5
    assert "no participant yet" in refused["refused"][0]["reason"]


def test_who_is_out_of_scope_today_stays_out(past: World) -> None:
    past.mapping["where"] = "team == 'East' or team == 'West'"
    past.save()
    taken(past, HIRED, MOVED)
    taken(past, HIRED, MOVED, ann("2025-12-01", team="South"))
    assert quiet(past)
    assert past.roster(everyone=True)["01001"]["status"] == "terminated"
    new = [
        {**row, "id": "01002", "name": "Bo", "email": "b@example.com"} for row in (HIRED, ann("2025-03-01", team="X"))
    ]
    assert past.run([HIRED, MOVED, ann("2025-12-01", team="South"), *new])["proposed"] == 0


def test_a_plain_row_out_of_scope_ends_somebody_once(world: World) -> None:
    world.mapping["where"] = "team == 'East'"
    world.save()
    world.begin([someone("01001"), someone("01002")])
    rows = [someone("01001", team="South", **{"from": "2025-12-01"}), someone("01002")]
    assert world.run(rows)["proposed"] == 1
    assert world.approve().code == 0
    assert quiet(world)


def test_rows_that_say_until_when_they_hold(past: World) -> None:
    past.mapping["until"] = {"from": "left", "type": "date", "format": "%Y-%m-%d"}
    del past.mapping["fields"]["termination_date"]
    past.save()
    rows = [{**HIRED, "left": "2024-07-01"}, {**MOVED, "left": ""}]
    assert [one["kind"] for one in taken(past, *rows)] == ["add", "move"]
    taken(past, rows[0], {**MOVED, "left": "2025-03-01"}, PROMOTED)
    assert quiet(past)
    assert [one[2:] for one in past.history("01001", "title", "team")] == [
        ("Rep", "East"),
        ("Rep", "West"),
        ("Lead", "West"),
    ]


def test_a_no_to_an_ending_takes_nothing_of_what_was_before(past: World) -> None:
    past.run([HIRED, LEFT, ann("2025-09-01", hired="2025-09-01", team="B")])
    add, termination, _ = past.pending()
    assert past.approve(add).code == 0
    assert past.reject(termination).code == 0
    for _ in range(3):
        past.run()
        past.approve()
    assert quiet(past)
    assert past.history("01001", "team")[0] == ("2024-01-01", "2025-09-01", "East")


def test_a_leave_and_an_ending_are_approved_one_after_the_other(past: World) -> None:
    past.run([ann("2024-01-01", status="leave"), ann("2025-02-01", status="left", left="2025-01-31")])
    for one in past.pending():
        assert past.approve(one).code == 0


def test_an_add_that_was_put_off_is_not_told_again(past: World) -> None:
    past.run([HIRED, MOVED])
    add, _ = past.pending()
    assert past.approve(add, effective="2024-03-01").code == 0
    run = past.run()
    assert run["problems"] == []
    past.approve()
    assert quiet(past)


def test_a_conversion_entered_ahead_settles_at_once(past: World) -> None:
    past.mapping["fields"].pop("employee_id")
    past.save()
    over = ann("2026-02-01", status="left", left="2026-01-31", team="West")
    taken(past, HIRED, MOVED)
    employee = {**ann("2026-02-01", hired="2026-02-01", title="Seller", team="West"), "id": "E7"}
    past.send([HIRED, MOVED, over, employee])
    assert past.call("link", "hr:E7", "P1", "--reason", "converted").code == 0
    taken(past, HIRED, MOVED, over, employee)
    assert quiet(past)
    assert past.history("P1", "title")[-1] == ("2026-02-01", None, "Seller")
