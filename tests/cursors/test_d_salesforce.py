"""Cursor, lateness, clocks (section D of the scenarios), with an org of Salesforce as the source."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from connectors.salesforce import client
from domain.errors import FixFile
from store.database import reading
from store.runs import RunState, newest_runs
from syncd.operation.metrics import metrics
from syncd.world import open_world
from tests.cursors.crm import Clock, sums
from tests.cursors.org import People
from tests.doubles.salesforce.org import Field


def test_d02_a_late_commit_is_seen_by_a_later_run(people: People):
    people.crowd(2)
    people.org.save("Contact", commit=people.late(30), Number__c="09001", Name="Late", Hired__c="2025-01-01")
    people.later(5)
    people.joins("09002")
    first = people.after(5)
    assert (first["outcome"], first["proposed"]) == ("completed", 1)
    later = people.after(30)
    assert (later["proposed"], later["pending"]) == (1, 2)
    assert {one["employee_id"] for one in people.pending()} == {"09001", "09002"}
    assert people.after(600)["proposed"] == 0


def test_d05_what_changes_during_a_read_is_found_by_the_next(people: People):
    """The first record changes while the job of the read is waited for."""
    (one,) = people.crowd(1)
    people.moves(one, Title="Lead")
    people.later(60)
    people.org.fail("/queryAll/", status=503)  # the try after it is some time later
    assert people.run()["proposed"] == 1
    people.moves(one, Title="Head")
    following = people.after(60)
    assert following["proposed"] == 1
    assert people.one()["fields"]["title"]["after"] == "Head"


@pytest.mark.parametrize("point", ["landing.publish", "landing.publish done"])
def test_d06_a_crash_before_the_commit_leaves_the_cursor(people: People, clock: Clock, point: str):
    first, *_ = people.crowd(3)
    before = people.cursor
    people.moves(first, Title="Lead")
    people.joins("09001")
    people.later(60)
    people.killed(point)
    assert people.cursor == before
    clock.lease_ends()
    said = people.run()
    assert (said.code, said["proposed"]) == (0, 2)
    assert sorted(one["kind"] for one in people.pending()) == ["add", "update"]
    assert people.cursor != before


def test_d06_a_crash_while_a_job_is_waited_for_goes_on_with_the_job(people: People, clock: Clock, monkeypatch):
    for number in range(1001, 1021):
        people.joins(f"{number:05d}")
    people.later(600)
    people.killed_waiting(monkeypatch)
    assert json.loads(str(people.cursor))["job"] in people.org.jobs
    clock.lease_ends()
    said = people.run()
    assert (said.code, said["read"], said["proposed"]) == (0, 20, 20)
    people.joins("09001")
    assert len(people.org.jobs) == 1
    assert "job" not in json.loads(str(people.cursor))
    assert people.after(60)["proposed"] == 1, "who came after the job was begun"


def test_d06_a_crash_in_the_middle_of_a_result_reads_it_whole(people: People, clock: Clock):
    for number in range(1001, 1021):
        people.joins(f"{number:05d}")
    people.later(600)
    people.org.piece = 7
    people.org.fail("results", after=2, status=403, body=b'[{"errorCode": "INSUFFICIENT_ACCESS", "message": "x"}]')
    assert people.run().code == 4
    people.org.faults.clear()
    said = people.run()
    assert (said.code, said["read"], said["proposed"], said["absent"]) == (0, 20, 20, 0)
    assert len(people.org.jobs) == 1


def test_d09_a_bad_row_is_set_aside_and_tried_again(people: People):
    found = people.crowd(30)
    for number, one in enumerate(found):
        people.moves(one, Title="Lead", Hired__c="soon" if number == 6 else "2025-01-01")
    said = people.after(60)
    assert (said.code, said["outcome"], said["errors"], said["proposed"]) == (1, "completed_with_errors", 1, 29)
    assert [one["key"] for one in people.call("quarantine").document] == [found[6]]
    again = people.after(600)
    assert (again.code, again["errors"], again["proposed"]) == (1, 1, 0)
    people.moves(found[6], Hired__c="2025-01-01")
    right = people.after(60)
    assert (right.code, right["errors"], right["proposed"]) == (0, 0, 1)
    assert people.call("quarantine").document == []


def test_d11_a_cursor_too_old_becomes_a_full_read(people: People):
    found = people.crowd(12)
    people.org.purge("Contact", found[0])
    people.moves(found[1], Title="Lead")
    said = people.after(16 * 86_400)
    assert (said.code, said["read"], said["absent"], said["proposed"]) == (0, 11, 1, 2)
    assert people.one(kind="termination")["ending"] == "absence"


def test_d11_deletions_by_absence_are_under_the_safeguard(people: People):
    found = people.crowd(12)
    people.org.purge("Contact", *found[:5])
    said = people.after(16 * 86_400)
    assert (said.code, said["outcome"], said["absent"]) == (3, "held", 5)
    assert people.pending() == []


def test_d13_an_increment_ends_nobody(people: People):
    found = people.crowd(100)
    for one in found[:10]:
        people.moves(one, Title="Lead")
    said = people.after(60)
    assert (said.code, said["read"], said["absent"], said["proposed"]) == (0, 10, 0, 10)


def test_d14_a_full_read_finds_what_the_increments_missed(people: People):
    """A formula changes without its record: no increment brings it, sunday's full read does, and says so."""
    people.feed["full"] = "weekly on sunday"
    people.mapping["fields"]["title"] = "Rank__c"
    people.save()
    first, second = people.crowd(2)
    people.org.silently("Contact", first, Rank__c="Lead")
    tuesday = people.on("2026-01-06").after(600)
    assert (tuesday["read"], tuesday["proposed"]) == (0, 0)
    people.moves(second, Rank__c="Lead")
    sunday = people.on("2026-01-11").after(600)
    assert (sunday["read"], sunday["proposed"]) == (2, 2)
    late = {one["source_key"]: one["found_by_full_read"] for one in people.pending()}
    assert late == {first: True, second: False}
    assert people.on("2026-01-12").after(600)["proposed"] == 0


def test_d15_the_deletion_of_somebody_never_linked_is_only_recorded(people: People):
    people.crowd(2)
    stranger = people.joins("09999")
    people.org.delete("Contact", stranger)
    said = people.after(60)
    assert (said.code, said["read"], said["unchanged"], said["problems"]) == (0, 1, 1, [])
    assert people.pending() == []


def test_a_deletion_is_an_ending_and_taken_back_when_it_is_undone(people: People):
    first, *_ = people.crowd(12)
    people.org.delete("Contact", first)
    assert people.after(60)["proposed"] == 1
    assert people.one(kind="termination")["ending"] == "absence"
    people.org.undelete("Contact", first)
    said = people.after(60)
    assert (said["proposed"], people.pending(), len(people.changes("withdrawn"))) == (0, [], 1)


def test_who_is_deleted_for_good_leaves_by_the_log(people: People):
    first, *_ = people.crowd(12)
    people.org.purge("Contact", first)
    said = people.after(60)
    assert (said["proposed"], said["errors"]) == (1, 0)
    assert people.one(kind="termination")["source_key"] == first


def test_who_is_gone_without_a_trace_is_found_by_the_next_full_read(people: People):
    """Deleted for good, the bin emptied, and the log of it cut short: no increment can tell."""
    people.feed["full"] = "weekly on sunday"
    people.save()
    first, *_ = people.crowd(12)
    del people.org.records["Contact", first]
    tuesday = people.on("2026-01-06").after(600)
    assert (tuesday["read"], tuesday["absent"], tuesday["proposed"]) == (0, 0, 0)
    sunday = people.on("2026-01-11").after(600)
    assert (sunday["read"], sunday["absent"], sunday["proposed"]) == (11, 1, 1)
    ended = people.one(kind="termination")
    assert (ended["source_key"], ended["ending"]) == (first, "absence")


def test_rows_that_come_again_change_nothing(people: People):
    """A transaction runs for hours: the cursor waits, what was read comes again with each run, nothing is proposed."""
    found = people.crowd(5)
    people.org.save("Contact", found[4], commit=people.late(7200), Title="Head")
    people.later(60)
    people.moves(found[0], Title="Lead")
    assert people.after(60)["proposed"] == 1
    for _ in range(3):
        said = people.after(600)
        assert (said["read"], said["proposed"], said["pending"]) == (1, 0, 1)
        assert sums(said)
    said = people.after(7200)
    assert (said["read"], said["proposed"], said["pending"]) == (2, 1, 2)


# --- what the shell does with what the connector says


def test_a_feed_that_is_never_read_in_full_may_not_read_what_changes_unseen(people: People):
    people.mapping["fields"]["title"] = "Rank__c"
    people.mapping["fields"]["team"] = "Account.Name"
    people.save()
    people.joins("01001")
    said = people.after(60)
    assert (said.code, said["outcome"]) == (4, "failed")
    assert [(one["code"], one["column"]) for one in said["problems"]] == [
        ("silent_column", "Account.Name"),
        ("silent_column", "Rank__c"),
    ]
    people.feed["full"] = "weekly on sunday"
    people.save()
    assert people.run().code == 0


def test_a_parent_s_field_is_a_column_by_its_path(people: People):
    people.feed["full"] = "weekly on sunday"
    people.mapping["fields"]["team"] = "Account.Name"
    people.save()
    account = people.org.save("Account", Name="East")
    (one,) = [people.joins("01001", AccountId=account)]
    people.later(60)
    assert people.run().code == 0
    assert people.approve().code == 0
    assert people.roster()["01001"]["team"] == "East"
    people.moves(one, AccountId=people.org.save("Account", Name="West"))
    assert people.after(600)["proposed"] == 1
    assert people.one()["fields"]["team"] == {"before": "East", "after": "West"}


def test_a_mapping_that_reads_one_more_field_reads_all_of_it(people: People):
    """Records that did not change have a value too."""
    found = people.crowd(3)
    people.org.silently("Contact", found[0], Shirt__c="XL")
    people.settings["custom_attributes"] |= {"shirt_size": {"type": "text"}}
    people.mapping["fields"]["shirt_size"] = "Shirt__c"
    people.save()
    said = people.after(600)
    assert (said["read"], said["proposed"]) == (3, 1)


def test_only_what_is_mapped_is_asked_for_and_never_what_must_not_be(people: People):
    people.mapping |= {"land": "all", "never": ["Shirt__c"]}
    people.save()
    people.joins("01001", Shirt__c="secret")
    assert people.after(60).code == 0
    (job,) = people.org.jobs.values()
    assert "Shirt__c" not in job.query
    assert "Rank__c" in job.query
    assert "secret" not in str(people.rows(*people.landed))


def test_a_hidden_field_fails_the_run_names_it_and_moves_nothing(people: People):
    first, *_ = people.crowd(3)
    before = people.cursor
    people.moves(first, Title="Lead")
    people.org.objects["Contact"].fields["Title"].hidden = True
    said = people.after(60)
    assert said.code == 4
    assert "cannot see Title" in json.dumps(said.document)
    assert people.cursor == before
    people.org.objects["Contact"].fields["Title"].hidden = False
    assert people.run()["proposed"] == 1


def test_an_administrator_and_new_fields_are_warnings_of_the_run(people: People):
    people.crowd(2)
    people.org.rights["PermissionsModifyAllData"] = True
    people.org.objects["Contact"].fields["More__c"] = Field("More__c")
    said = people.after(60)
    warned = [one["message"] for one in said["problems"] if one["code"] == "source_warning"]
    assert len(warned) == 2
    assert "administrator" in warned[0]
    assert "sees other fields of Contact" in warned[1]
    assert said["outcome"] == "completed"


def test_a_look_at_the_source_names_what_nothing_reads(people: People):
    people.joins("01001")
    people.later(60)
    said = people.call("check", "--online")
    assert said.code == 0
    text = json.dumps(said.document)
    assert "Shirt__c" in text
    assert people.cursor is None


def test_the_log_is_asked_only_as_far_back_as_needed(people: People):
    people.crowd(2)
    people.after(timedelta(hours=5).total_seconds())
    assert people.org.count("/deleted/") == 1
    assert people.org.count("jobs/query/") > 0


def test_the_share_of_a_day_is_that_of_all_reads_together(people: People, clock: Clock):
    """Of the feed itself, of a second one of the same source, and of a dry run; a day later it counts anew."""
    people.settings["sources"]["crm"]["daily_share"] = 50
    people.settings["feeds"]["also"] = {**people.feed, "owns_roster": False}
    people.save()
    people.joins("01001")
    people.later(600)
    org = people.org
    org.used, org.total, sent = 0, 80, []
    for name in ("people", "also", "people --dry-run", "people", "also", "people", "also", "people"):
        before = len(org.asked)
        people.call("run", *name.split())
        sent.append(len(org.asked) - before)
        org.used = 0  # what others of the org take is another limit
    assert sum(sent) == 40, "half of 80, and not one more"
    said = people.run()
    assert (said.code, "daily_share" in str(said.document), sum(sent)) == (4, True, 40)
    clock.instant += timedelta(hours=25)
    assert people.run().code == 0


def test_what_an_org_says_of_its_requests_is_a_metric_and_no_row(people: People):
    people.crowd(2)
    said = people.run()
    org, shell = people.org, open_world(people.folder, None)
    told = dict(line.rsplit(" ", 1) for line in metrics(shell).decode().splitlines() if not line.startswith("#"))
    shell.database.dispose()
    used = next(float(value) for name, value in told.items() if "requests" in name and "used" in name)
    allowed = next(float(value) for name, value in told.items() if "allowed" in name)
    sent = next(float(value) for name, value in told.items() if name.startswith("syncd_run_requests"))
    assert (used, allowed) == (org.used, org.total)
    assert 0 < sent <= used
    assert "requests_sent" not in said.document
    assert not [name for name in told if name.startswith("syncd_run_rows") and "requests" in name]


def sent_by_newest(people: People) -> tuple[str, int]:
    """Give how the newest run ended, and how many requests it says that it sent."""
    shell = open_world(people.folder, None)
    with reading(shell.database) as tx:
        newest = newest_runs(tx)["people"]
    shell.database.dispose()
    return newest.state, newest.counters["requests_sent"]


def test_to_ask_for_who_is_missing_is_of_the_share_of_a_day_too(people: People):
    people.feed["full"] = True
    people.save()
    first, *_ = people.crowd(12)
    del people.org.records["Contact", first]
    before = len(people.org.asked)
    assert people.run()["absent"] == 1
    assert sent_by_newest(people) == (RunState.COMPLETED, len(people.org.asked) - before)


def test_what_a_run_sent_that_came_to_nothing_is_of_the_share_of_a_day_too(
    people: People, monkeypatch: pytest.MonkeyPatch
):
    def stop(seconds: float) -> None:
        raise FixFile("a file is wrong")

    people.joins("01001")
    people.later(600)
    monkeypatch.setattr(client, "pause", stop)
    before = len(people.org.asked)
    assert people.run().code == 2
    assert sent_by_newest(people) == (RunState.ABANDONED, len(people.org.asked) - before)
