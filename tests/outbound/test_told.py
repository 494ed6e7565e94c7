"""An org tells what has changed: kept, acknowledged, looked at by the line that every read takes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from store import faults
from store.alerts import open_alerts
from store.database import reading
from store.outbound_tables import outbound_notification
from syncd.daemon.asking import ask_runs
from syncd.outbound.unexpected import unexpected
from syncd.outside.causes import Watched
from syncd.outside.watching import watch
from syncd.world import actor, open_world
from tests.doubles.salesforce.org import Field, long
from tests.doubles.salesforce.outbound import ACTION, ORGANIZATION, acknowledges, envelope
from tests.faults.story import Killed, killing
from tests.outbound.conftest import DAY, Told


def rows(told: Told) -> list[tuple[str, str | None, str | None]]:
    """The notifications that are kept, with object and record."""
    one = outbound_notification
    with told._reading() as tx:
        found = tx.execute(select(one.c.notification, one.c.object, one.c.record).order_by(one.c.notification))
        return [(str(row[0]), row[1], row[2]) for row in found]


def test_a_change_is_proposed_because_the_org_told_it(told: Told):
    first, *_ = told.crowd(3)
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.later(1)
    assert (told.sender.answers, told.sender.waiting, told.jobs()) == ([200], [], [("T1", "waiting")])
    assert rows(told) == [(told.sender.delivered[0], "Contact", first)]
    (done,) = told.work()
    assert (done["outcome"], told.one()["fields"]) == ("completed", {"title": {"before": "Rep", "after": "Lead"}})


def test_a_feed_may_write_the_object_in_small_letters(told: Told):
    first, *_ = told.crowd(1)
    told.feed["stream"] = "contact"
    told.save()
    told.sender.tell("Contact", first)
    told.later(1)
    assert (causes(told), told.jobs()) == ([], [("T1", "waiting")])


def test_what_a_message_says_of_a_record_is_never_used(told: Told):
    """It is as of its sending: meanwhile the record has another value, and only that one is proposed."""
    first, *_ = told.crowd(3)
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.later(1)
    told.moves(first, Title="Head")
    told.work()
    assert told.one()["fields"]["title"]["after"] == "Head"


def test_a_forged_value_proposes_nothing(told: Told):
    first, *_ = told.crowd(3)
    told.sender.tell("Contact", first)
    (one,) = told.sender.waiting
    forged = told.sender.message([one]).replace(b"Rep", b"Chief")
    assert b"Chief" in forged
    assert told.post(forged).status_code == 200
    (done,) = told.work()
    assert (done["outcome"], told.pending()) == ("completed", [])


def test_a_hundred_at_once_and_in_any_order_are_one_read(told: Told):
    found = told.crowd(130)
    for one in found:
        told.moves(one, Title="Lead")
    told.sender.order = list.reverse
    told.sender.tell("Contact", *found)
    told.later(1)
    assert (told.sender.answers, len(rows(told)), told.jobs()) == ([200, 200], 130, [("T1", "waiting")])
    before = len(told.org.asked)
    told.work()
    assert len(told.pending()) == 130
    assert len(told.org.asked) - before < 130  # never a request for each


def test_what_is_sent_again_is_kept_once_and_asks_for_nothing(told: Told):
    first, *_ = told.crowd(3)
    told.moves(first, Title="Lead")
    told.sender.again = 2
    told.sender.tell("Contact", first)
    told.later(1)
    assert told.sender.answers == [200, 200, 200]
    assert len(rows(told)) == 1
    told.work()
    sent = told.sender.message([])
    assert told.post(sent).status_code == 200
    assert (told.jobs(), len(told.pending())) == ([("T1", "done")], 1)


def test_one_that_stands_twice_in_a_message_is_one(told: Told):
    first, *_ = told.crowd(1)
    told.sender.tell("Contact", first)
    (one,) = told.sender.waiting
    assert told.post(told.sender.message([one, one])).status_code == 200
    assert len(rows(told)) == 1


def test_an_empty_message_is_kept_and_acknowledged(told: Told):
    answer = told.post(told.sender.message([]))
    assert (answer.status_code, acknowledges(answer.data)) == (200, True)
    assert (rows(told), told.jobs()) == ([], [])
    (one,) = told.listed()["messages"]
    assert (one["state"], one["messages"]) == ("kept", 1)


def test_a_record_that_was_deleted_leaves_as_any_deleted_one_does(told: Told):
    """Nothing of it is sent, so every feed of the source is looked at."""
    first, *_ = told.crowd(12)
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.org.delete("Contact", first)
    told.later(1)
    assert rows(told) == [(told.sender.delivered[0], None, None)]
    told.work()
    assert told.one(kind="termination")["source_key"] == first


def test_a_record_that_is_gone_for_good_leaves_too(told: Told):
    first, *_ = told.crowd(12)
    told.sender.tell("Contact", first)
    told.later(1)
    told.org.purge("Contact", first)
    told.work()
    assert told.one(kind="termination")["source_key"] == first


def test_d15_a_deleted_record_that_was_never_linked_is_only_recorded(told: Told):
    told.crowd(2)
    stranger = told.joins("09999")
    told.sender.tell("Contact", stranger)
    told.org.delete("Contact", stranger)
    told.later(1)
    (done,) = told.work()
    assert (done["outcome"], told.pending()) == ("completed", [])


def test_d02_a_record_told_before_it_can_be_seen_is_not_lost(told: Told):
    told.crowd(2)
    late = told.org.save("Contact", commit=told.late(7200), Number__c="09001", Name="Late", Hired__c="2025-01-01")
    told.sender.tell("Contact", late)
    told.later(1)
    told.work()
    assert told.pending() == []
    told.later(2 * DAY)
    told.tick()
    told.work()
    assert told.one()["employee_id"] == "09001"


def test_d06_killed_after_it_was_fetched_the_job_is_done_by_the_next_worker(told: Told):
    first, *_ = told.crowd(3)
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.later(61)
    faults.arm(killing("landing.publish"))
    with pytest.raises(Killed):
        told.call("worker", "--once")
    faults.disarm()
    told.later(600)
    told.work()
    assert told.one()["fields"]["title"]["after"] == "Lead"
    assert told.jobs() == [("T1", "done")]


def test_messages_of_an_unknown_action_are_kept_looked_at_and_told_of(told: Told):
    first, *_ = told.crowd(3)
    told.moves(first, Title="Lead")
    told.sender.action = other = long("04k5f000000zzzz")
    told.sender.tell("Contact", first)
    told.later(1)
    assert (told.sender.answers, len(rows(told))) == ([200], 1)
    assert causes(told) == [f"unexpected:crm:action {other}"]
    told.work()
    assert len(told.pending()) == 1
    told.settings["sources"]["crm"]["outbound"]["actions"].append(other)
    told.save()
    assert causes(told) == []


def test_messages_about_an_object_that_nobody_reads_are_told_of(told: Told):
    told.org.make("Lead", "00Q", Field("Name"))
    told.sender.tell("Lead", told.org.save("Lead", Name="x"))
    told.later(1)
    assert told.sender.answers == [200]
    assert (causes(told), told.jobs()) == (["unexpected:crm:object Lead"], [])


def causes(told: Told) -> list[str]:
    world = open_world(told.folder, told.today)
    with reading(world.database) as tx:
        found = [one.name for one in unexpected(tx, world)]
    world.database.dispose()
    return found


def test_another_org_gets_403_without_an_ack_and_is_told_of(told: Told):
    first, *_ = told.crowd(1)
    told.sender.organization = other = long("00D5f000009zzzz")
    told.sender.tell("Contact", first)
    told.later(1)
    assert (told.sender.answers, rows(told), told.jobs()) == ([403], [], [])
    assert causes(told) == [f"unexpected:crm:organization {other}"]
    (one,) = told.listed()["messages"]
    assert (one["state"], one["organization"], one["messages"]) == ("refused", other, 1)


def test_an_org_s_id_may_have_15_or_18_characters(told: Told):
    for known in (ORGANIZATION, ORGANIZATION[:15]):
        told.settings["sources"]["crm"]["outbound"]["organization"] = known
        told.save()
        for sent in (ORGANIZATION, ORGANIZATION[:15]):
            answer = told.post(envelope(sent, ACTION, ""))
            assert acknowledges(answer.data)


def test_reads_that_messages_ask_for_keep_their_distance(told: Told):
    """One each second for five minutes: not a read each."""
    first, *_ = told.crowd(2)
    told.later(3600)
    done = []
    for number in range(300):
        told.moves(first, Title=f"Title {number}")
        told.sender.tell("Contact", first)
        told.later(1)
        if number % 5 == 0:
            done += told._daemon("worker")["jobs"]
    assert 4 <= len(done) <= 6
    told.work()
    assert told.one()["fields"]["title"]["after"] == "Title 299"


def test_sync_now_does_not_wait_for_the_distance(told: Told):
    first, *_ = told.crowd(2)
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.later(0)
    assert told._daemon("worker")["jobs"] == []
    world = open_world(told.folder, told.today)
    assert ask_runs(world, ["people"], actor(None)) == {"people": None}
    world.database.dispose()
    assert len(told._daemon("worker")["jobs"]) == 1


# --- down, slow, given up


def test_while_we_are_down_it_is_tried_again_and_nothing_is_lost(told: Told):
    first, *_ = told.crowd(3)
    told.sender.deliver = lambda _: (503, b"")
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.later(DAY / 2)
    assert len(told.sender.waiting) == 1
    told.sender.deliver = told.deliver
    told.later(2 * 3600 + 1)
    assert told.sender.waiting == []
    told.work()
    assert len(told.pending()) == 1


def test_a_day_down_and_what_was_given_up_is_found_by_a_read(told: Told):
    first, *_ = told.crowd(3)
    assert told.tick() == ""
    told.sender.deliver = lambda _: (503, b"")
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.later(DAY + 3600)
    assert (told.sender.waiting, len(told.sender.dropped)) == ([], 1)
    assert "outbound.catch_up feed=people job=T1" in told.tick()
    assert told.tick() == ""
    told.work()
    assert told.one()["fields"]["title"]["after"] == "Lead"


def test_a_read_that_failed_is_made_again_as_the_message_is_acknowledged(told: Told):
    first, *_ = told.crowd(3)
    told.moves(first, Title="Lead")
    told.sender.tell("Contact", first)
    told.later(1)
    told.org.objects["Contact"].fields["Title"].hidden = True
    assert told.work()[0]["outcome"] == "failed"
    told.org.objects["Contact"].fields["Title"].hidden = False
    assert told.tick() == ""
    told.later(3600)
    told.tick()
    told.work()
    assert len(told.pending()) == 1


def test_nobody_is_caught_up_with_who_is_not_listened_to(told: Told):
    told.crowd(1)
    told.later(5 * DAY)
    assert told.call("outbound", "end", "W1").code == 0
    assert told.tick() == ""


def test_an_answer_that_came_too_late_is_no_delivery_and_the_second_one_changes_nothing(told: Told):
    first, *_ = told.crowd(3)
    told.moves(first, Title="Lead")
    told.sender.late = timedelta(seconds=61)
    told.sender.tell("Contact", first)
    told.sender.send()
    assert (len(told.sender.waiting), len(rows(told))) == (1, 1)
    told.sender.late = timedelta()
    told.later(60)
    assert (told.sender.waiting, len(rows(told))) == ([], 1)
    told.work()
    assert len(told.pending()) == 1


def test_a_rule_of_the_double_a_bare_200_is_no_delivery(told: Told):
    first, *_ = told.crowd(1)
    told.sender.deliver = lambda _: (200, b"")
    told.sender.tell("Contact", first)
    told.later(60)
    assert len(told.sender.waiting) == 1


def test_messages_go_after_90_days_and_nothing_of_them_stays(told: Told):
    first, *_ = told.crowd(1)
    told.sender.tell("Contact", first)
    told.later(1)
    told.later(89 * DAY)
    assert told.call("tidy")["messages"] == 0
    told.sender.tell("Contact", first)
    told.later(2 * DAY)
    assert told.call("tidy")["messages"] == 1
    assert (len(rows(told)), told.listed()["messages"][0]["messages"]) == (1, 1)
    assert told.call("tidy")["messages"] == 0


def test_what_is_unexpected_is_an_alert_once(told: Told):
    """As for every cause: the watch sees it, keeps it, and is quiet of it from then on."""
    told.settings["alerts"] = {
        "hook": {"webhook": {"url": "https://hooks.example.com", "secret": {"env": "HOOK"}}, "of": ["unexpected"]}
    }
    told.save()
    told.sender.action = other = long("04k5f000000zzzz")
    told.post(told.sender.message([]))
    world = open_world(told.folder, told.today)
    assert watch(world, Watched()) == [f"unexpected:crm:action {other}"]
    assert watch(world, Watched()) == []
    world.database.dispose()
    told.later(4 * DAY)
    world = open_world(told.folder, told.today)
    assert watch(world, Watched()) == []
    with reading(world.database) as tx:
        assert open_alerts(tx) == []
    world.database.dispose()
