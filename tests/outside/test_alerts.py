"""Operators are told of each cause once, by e-mail and webhook; never a value of a record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.daemon.operated import Operated
from tests.outside.receivers import Hook, MailServer, said
from tests.scenarios.people import someone


def titles(hook: type[Hook]) -> list[str]:
    return [said(one)["title"] for one in hook.got]


def kinds(hook: type[Hook]) -> list[str]:
    return [said(one)["kind"] for one in hook.got]


def run(world: Operated, **script: Any) -> None:
    """Let the CRM behave so, and run the feed by hand, as cron would; then a worker has its turn."""
    world.script_is(**script)
    world.do("run", "people")
    world.work()


def test_a_feed_that_cannot_be_read_is_told_once_and_again_when_it_comes_back(
    told: Operated, mails: MailServer, hook: type[Hook]
) -> None:
    run(told, fail="TryLater")
    run(told, fail="TryLater")
    assert titles(hook) == ["people could not be read"]
    (mail,) = mails.got
    assert (mail["subject"], mail["to"], mail["from"]) == (
        "syncd: people could not be read",
        "ops@example.com",
        "syncd@example.com",
    )
    assert "What to do: `syncd jobs` has the message" in mail.get_content()
    run(told)
    assert len(hook.got) == 1
    run(told, fail="TryLater")
    assert (len(hook.got), len(mails.got)) == (2, 2)
    assert [one["state"] for one in told.do("outbox", "list", "--all").document] == ["sent"] * 4


def test_a_source_that_refuses_us_is_told_as_that(told: Operated, hook: type[Hook]) -> None:
    run(told, fail="FixAccess")
    assert [(said(one)["kind"], said(one)["facts"]) for one in hook.got] == [
        ("refused", {"run": "R1", "code": "no_access"})
    ]


def test_a_source_whose_columns_are_gone_has_drifted(told: Operated, hook: type[Hook]) -> None:
    told.mapping["fields"]["phone"] = {"from": "phone"}
    told.save()
    run(told)
    assert kinds(hook) == ["drifted"]
    assert said(hook.got[0])["facts"]["code"] == "column_gone"


def test_a_hold_is_told_once_however_often_the_same_comes_again(told: Operated, hook: type[Hook]) -> None:
    told.feed["full"] = True
    told.save()
    for number in range(20):
        told.says(100, f"{number + 10:05d}")
    run(told)
    told.approve()
    told.script["events"] = [one for one in told.script["events"] if one["row"]["id"] < "00015"]
    run(told)
    run(told)
    assert kinds(hook) == ["held"]
    found = said(hook.got[0])
    assert (found["about"], found["facts"]["run"]) == ("people", "R2")
    assert found["facts"]["affected"] > 0


def test_a_late_schedule_is_told(told: Operated, hook: type[Hook]) -> None:
    told.tick()
    told.later(hours=2)
    told.work()
    assert [(said(one)["kind"], said(one)["about"]) for one in hook.got] == [("late", "people")]


def test_each_is_told_only_what_they_asked_to_be_told_of(told: Operated, mails: MailServer, hook: type[Hook]) -> None:
    told.settings["alerts"]["ops"]["of"] = ["held", "late"]
    told.save()
    run(told, fail="TryLater")
    assert (len(hook.got), mails.got) == (1, [])


def test_a_digest_is_sent_once_a_day_and_a_time_that_was_missed_is_made_up_for(
    told: Operated, mails: MailServer, hook: type[Hook]
) -> None:
    told.settings["alerts"]["ops"]["digest"] = "daily at 08:00"
    told.save()
    run(told)
    assert mails.got == []
    told.later(days=3)
    run(told)
    run(told)
    (mail,) = [one for one in mails.got if "waits for a decision" in one["subject"]]
    assert "pending changes of people: 1" in mail.get_content()
    told.later(days=1)
    told.work()
    assert len([one for one in mails.got if "waits for a decision" in one["subject"]]) == 2
    assert "digest" not in kinds(hook)


def test_no_value_of_a_record_is_in_what_is_sent_or_said(told: Operated, mails: MailServer, hook: type[Hook]) -> None:
    told.settings["alerts"]["ops"]["digest"] = "hourly"
    told.save()
    told.tick()
    told.says(100, "00777", name="Zebulon Quux", email="not an address Quux", title="Quux Rep", hired="Quux")
    run(told)
    told.later(hours=2)
    told.work()
    logged = told.log
    run(told, fail="ReadFailed")
    sent = json.dumps([said(one) for one in hook.got]) + "".join(one.as_string() for one in mails.got)
    assert "late" in kinds(hook)
    assert mails.got
    for value in ("Quux", "Zebulon", "00777"):
        assert value not in sent
        assert value not in logged + told.log
    assert someone("00777")["id"] == "00777"


def test_what_cannot_be_sent_is_tried_again_and_then_left_to_a_person(
    told: Operated, mails: MailServer, hook: type[Hook]
) -> None:
    mails.says, hook.status = "451 later", 503
    run(told, fail="TryLater")
    assert [(one["state"], one["code"]) for one in told.do("outbox", "list").document] == [
        ("waiting", "unreachable"),
        ("waiting", "unreachable"),
    ]
    mails.says = "554 no"
    for _ in range(10):
        told.later(hours=1)
        told.work()
    found = told.do("outbox", "list").document
    assert sorted((one["kind"], one["state"], one["code"]) for one in found if one["key"].startswith("alert:1:")) == [
        ("email", "failed", "refused"),
        ("webhook", "failed", "unreachable"),
    ]
    mails.says, hook.status = "250 kept", 204
    keys = {said(one)["key"] for one in hook.got}
    first = next(one["id"] for one in found if one["key"] == "alert:1:pager")
    second = next(one["id"] for one in found if one["key"] == "alert:1:ops")
    assert told.do("outbox", "again", first, "--reason", "it was down")["state"] == "waiting"
    assert told.do("outbox", "drop", second, "--reason", "everybody knows")["state"] == "dropped"
    told.work()
    assert said(hook.got[-1])["key"] in keys
    assert told.do("outbox", "again", second, "--reason", "x").code == 5


@pytest.mark.parametrize("hosts", ["", "smtp.example.com,hooks.example.com"])
def test_nothing_is_sent_where_the_operator_has_not_allowed_it(
    told: Operated, mails: MailServer, hook: type[Hook], monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    """The second names the hosts, and not their address, which is not public."""
    monkeypatch.setenv("SYNCD_ALLOWED_HOSTS", hosts)
    run(told, fail="TryLater")
    assert (hook.got, mails.got) == ([], [])
    assert {one["code"] for one in told.do("outbox", "list").document} == {"no_access"}


def test_nothing_is_sent_to_a_server_that_is_not_who_it_says(
    told: Operated, mails: MailServer, hook: type[Hook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNCD_CA_FILE")
    run(told, fail="TryLater")
    assert (hook.got, mails.got) == ([], [])
    assert {one["code"] for one in told.do("outbox", "list").document} == {"no_access"}


def test_a_wrong_password_or_a_channel_that_is_gone_is_no_message(
    told: Operated, mails: MailServer, hook: type[Hook], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "wrong")
    hook.status = 503
    run(told, fail="TryLater")
    del told.settings["alerts"]["pager"]
    told.save()
    told.later(hours=1)
    told.work()
    assert mails.got == []
    assert {(one["kind"], one["state"], one["code"]) for one in told.do("outbox", "list").document} >= {
        ("email", "waiting", "no_access"),
        ("webhook", "failed", "mistake"),
    }


def test_without_anybody_to_tell_nothing_is_kept(world: Operated) -> None:
    run(world, fail="TryLater")
    assert world.do("outbox", "list", "--all").document == []


def test_a_column_that_nothing_reads_is_told_once_until_it_changes_again(told: Operated, hook: type[Hook]) -> None:
    """It is no failure; each run that finds other columns than before is one cause."""
    told.says(100, "00010")
    run(told)
    run(told, columns=[*told.script["columns"], "grade"])
    told.script["columns"].append("grade")
    run(told)
    assert kinds(hook) == ["drifted"]
    assert said(hook.got[0])["facts"] == {"run": "R2", "column_new": "grade"}
