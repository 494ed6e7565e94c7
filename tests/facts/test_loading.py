"""What a feed of facts reads becomes known once, is corrected by what comes later, and never goes by silence."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

import syncd.facts.load
import syncd.feeds.sweep
from domain.shape import DRIFT
from tests.facts.world import Sold, sale

THREE = [sale("A"), sale("A", 2, Sales="50.5"), sale("B", Rep="00002", Sales="-20", Qty="-1")]


def test_what_is_sent_becomes_known_with_days_and_exact_amounts(sold: Sold):
    answer = sold.run(THREE)
    assert (answer.code, answer["outcome"], answer["read"], answer["loaded"]) == (0, "completed", 3, 3)
    first = sold.known()[0]
    assert first == {
        "feed": "sales", "key": "A|1", "place": "inbox/sales.csv:2", "owner": "employee_id:00001", "splits_of": None,
        "currency": "USD", "kind": "deal", "event": None, "deal": "A", "customer": None, "product": "P1",
        "territory": None, "stage": None, "reverses": None, "date": date(2026, 1, 15), "booked_on": None,
        "invoiced_on": None, "received_on": None, "cancelled_on": None, "amount": Decimal(100), "cost": Decimal(60),
        "quantity": Decimal(2), "channel": None,
    }  # fmt: skip
    assert sold.amounts() == {"A|1": "100", "A|2": "50.5", "B|1": "-20"}


def test_the_day_of_an_instant_is_that_of_the_clock_its_mapping_names(sold: Sold):
    """Sold on New Year's Eve in New York, which was over elsewhere: it counts for that year's pay."""
    sold.mappings["sales"]["fields"]["date"] = {"from": "Day", "timezone": "America/New_York"}
    sold.save()
    sold.run([sale("A", Day="2026-01-01T04:30:00Z"), sale("B", Day="2026-01-01T05:00:00Z"), sale("C")])
    days = [one["date"] for one in sold.known()]
    assert days == [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 15)]


def test_the_same_again_is_unchanged_however_it_is_written(sold: Sold):
    """Other line ends, other order, other ways to write a number: nothing is loaded."""
    sold.run(THREE)
    before = sold.revision()
    assert sold.counted(THREE) == (0, 3, 0, 0, 0)
    again = [sale("B", Rep="00002", Sales="-20.0000", Qty="-1.0"), sale("A", 2, Sales=" 50.50 "), sale("A")]
    assert sold.counted(again) == (0, 3, 0, 0, 0)
    assert sold.known(at=before) == sold.known()


def test_a_correction_is_known_from_its_revision_on(sold: Sold):
    sold.run(THREE)
    first = sold.revision()
    assert sold.counted([sale("A", Sales="110"), *THREE[1:], sale("C", Sales="7")]) == (2, 2, 0, 0, 0)
    second = sold.revision()
    sold.run([sale("A", Sales="120")])
    assert sold.amounts(at=first) == {"A|1": "100", "A|2": "50.5", "B|1": "-20"}
    assert sold.amounts(at=second) == {"A|1": "110", "A|2": "50.5", "B|1": "-20", "C|1": "7"}
    assert sold.amounts() == {"A|1": "120", "A|2": "50.5", "B|1": "-20", "C|1": "7"}
    assert sold.amounts(at=0) == {}


def test_a_correction_taken_back_is_a_correction(sold: Sold):
    for amount in ("100", "110", "100"):
        assert sold.counted([sale("A", Sales=amount)]) == (1, 0, 0, 0, 0)
    assert sold.amounts() == {"A|1": "100"}


def test_what_is_no_longer_sent_is_still_a_fact(sold: Sold):
    sold.run(THREE)
    assert sold.counted([sale("D", Sales="1")]) == (1, 0, 0, 0, 0)
    assert set(sold.amounts()) == {"A|1", "A|2", "B|1", "D|1"}
    assert sold.run([])["read"] == 0
    assert set(sold.amounts()) == {"A|1", "A|2", "B|1", "D|1"}


def test_rows_of_one_key_that_differ_are_all_set_aside_and_equal_ones_count_once(sold: Sold):
    sold.run([sale("A", Sales="1")])
    rows = [sale("A", Sales="2"), sale("A", Sales="3"), sale("B"), sale("B"), sale("B")]
    answer = sold.run(rows)
    assert tuple(answer[name] for name in ("loaded", "excluded", "errors")) == (1, 2, 2)
    assert [one["code"] for one in answer["problems"]] == [
        "duplicate_key", "duplicate_key", "repeated_row", "repeated_row",
    ]  # fmt: skip
    assert [one["severity"] for one in answer["problems"]] == ["error", "error", "warning", "warning"]
    assert sold.amounts() == {"A|1": "1", "B|1": "100"}
    assert sold.quarantine() == [("sales", "A|1", "duplicate_key")]
    assert sold.counted([sale("A", Sales="2")]) == (1, 0, 0, 0, 0)
    assert sold.quarantine() == []


def test_a_row_with_a_value_that_cannot_be_read_is_set_aside_whole(sold: Sold):
    rows = [sale("A", Sales="a lot"), sale("B", Sales="1.00001"), sale("C", Qty="2.5"), sale("")]
    rows += [sale(f"N{number}") for number in range(5)]
    answer = sold.run(rows)
    assert tuple(answer[name] for name in ("loaded", "errors")) == (6, 3)
    assert [(one["code"], one["field"], one["row"]) for one in answer["problems"]] == [
        ("not_a_number", "amount", 2), ("too_many_digits", "amount", 3), ("missing_key", "key", 5),
    ]  # fmt: skip
    assert (answer.code, answer["outcome"]) == (1, "completed_with_errors")
    assert "A|1" not in sold.amounts()


def test_more_digits_are_rounded_where_the_mapping_says_so_and_kept_where_it_says_how_many(sold: Sold):
    sold.fields["amount"] |= {"round": "half_even"}
    sold.fields["cost"] |= {"scale": 8}
    sold.fields["weight"] = {"from": "Channel", "type": "decimal", "scale": 2}
    sold.save()
    sold.run([sale("A", Sales="1.00005", Cost="0.12345678", Channel="3.25"), sale("B", Sales="1.00015")])
    found = {one["key"]: one for one in sold.known()}
    assert [found[key]["amount"] for key in ("A|1", "B|1")] == [Decimal("1.0000"), Decimal("1.0002")]
    assert found["A|1"]["cost"] == Decimal("0.12345678")
    assert found["A|1"]["weight"] == Decimal("3.25")


def test_what_the_mapping_leaves_out_is_excluded_whatever_is_wrong_with_it(sold: Sold):
    sold.mappings["sales"]["where"] = "Product != 'Total'"
    sold.save()
    assert sold.counted([sale("A"), sale("T", Product="Total", Sales="a lot", Day="")]) == (1, 0, 1, 0, 0)


def test_a_known_fact_that_the_mapping_now_leaves_out_is_gone_as_after_a_mapping_edit(sold: Sold):
    """A deal is lost: the source says so once, and need not be asked again."""
    sold.mappings["sales"]["where"] = "Product != 'Lost'"
    sold.save()
    won, lost = [sale("A"), sale("B")], [sale("A", Product="Lost"), sale("A", Product="Lost", Sales="7"), sale("B")]
    sold.run(won)
    before = sold.revision()
    assert sold.counted([*lost, sale("C", Product="Lost")]) == (1, 1, 2, 0, 0)
    assert sold.amounts() == {"B|1": "100"}
    assert sold.amounts(at=before) == {"A|1": "100", "B|1": "100"}
    assert sold.counted(lost) == (0, 1, 2, 0, 0)
    sold.fields["territory"] = {"value": "North"}
    sold.save()
    sold.run(lost)
    assert sold.amounts() == {"B|1": "100"}
    assert sold.counted(won) == (1, 1, 0, 0, 0)
    assert sold.counted([sale("A", Product="Lost"), sale("A", Sales="9")]) == (1, 0, 1, 0, 0)
    assert sold.amounts() == {"A|1": "9", "B|1": "100"}


def test_too_many_rows_that_cannot_be_read_fail_the_read_and_load_nothing(sold: Sold):
    rows = [sale(f"A{number}", Sales="x" if number < 5 else "1") for number in range(10)]
    answer = sold.run(rows)
    assert (answer.code, answer["outcome"], answer["errors"], answer["loaded"]) == (4, "failed", 5, 0)
    assert sold.amounts() == {}
    assert sold.counted(rows[5:]) == (5, 0, 0, 0, 0)
    sold.fields["product"] = "Channel"
    sold.save()
    assert len(sold.run(rows[5:]).document["problems"]) == 0
    assert len(sold.amounts()) == 5


def test_of_a_few_rows_one_bad_one_stops_nothing(sold: Sold):
    assert sold.counted([sale("A", Sales="x"), sale("B")]) == (1, 0, 0, 0, 1)


def test_a_dry_run_stores_nothing(sold: Sold):
    sold.run(THREE)
    before, facts = sold.revision(), sold.known()
    answer = sold.run([sale("A", Sales="5"), sale("Z", Rep="nobody")], dry=True)
    assert (answer["loaded"], answer["quarantined"]) == (1, 1)
    assert sold.known() == facts
    assert sold.quarantine() == []
    assert sold.amounts(at=before) == sold.amounts()


def test_several_files_are_one_read_and_the_same_bytes_are_read_once(sold: Sold):
    sold.send(THREE[:2], "sales-1.csv")
    sold.send(THREE[2:], "sales-2.csv")
    sold.send(THREE[2:], "sales-3.csv")
    answer = sold.run()
    assert (answer["read"], answer["loaded"], len(answer["problems"])) == (3, 3, 1)
    assert "same bytes" in answer["problems"][0]["message"]


@pytest.mark.parametrize("cuts", [(), (1,), (2,), (1, 2), (1, 2, 3, 4)])
def test_however_the_rows_arrive_the_same_is_known(sold: Sold, cuts: tuple[int, ...]):
    """Corrections in one file each, or all in the last: what is known at the end does not tell."""
    rows = [*THREE, sale("C", Sales="9"), sale("D", Rep="00002")]
    sold.run([sale("A", Sales="999"), sale("D", Sales="999")])
    bounds = [0, *cuts, len(rows)]
    for start, end in pairwise(bounds):
        assert sold.run(rows[start:end]).code == 0
    assert sold.amounts() == {"A|1": "100", "A|2": "50.5", "B|1": "-20", "C|1": "9", "D|1": "100"}


def test_a_mapping_edit_maps_everything_anew_and_leaves_what_was_known(sold: Sold):
    """Also what is no longer sent; the source is not needed for it."""
    sold.run([*THREE, sale("E", Channel="web")])
    before, old = sold.revision(), sold.known()
    sold.fields["channel"] = {"from": "Channel", "values": {"web": "online", "": "shop"}}
    sold.mappings["sales"]["where"] = "Order != 'B'"
    sold.save()
    answer = sold.run([sale("F")])
    assert answer["mapping_changed"]
    assert {one["key"]: one["channel"] for one in sold.known()} == {
        "A|1": "shop", "A|2": "shop", "E|1": "online", "F|1": "shop",
    }  # fmt: skip
    assert sold.known(at=before) == old
    assert sold.counted([sale("F")]) == (0, 1, 0, 0, 0)


def test_rows_that_lack_a_newly_mapped_column_stay_as_they_were_known(sold: Sold):
    sold.world.write("inbox/sales.csv", "Order,Line,Day,Rep,Sales,Cur\nA,1,2026-01-15,00001,100,USD\n")
    for name in ("cost", "quantity", "product", "channel"):
        sold.fields.pop(name)
    sold.save()
    assert sold.counted() == (1, 0, 0, 0, 0)
    sold.fields["amount"] = {"from": "Net", "type": "money", "currency": {"value": "USD"}}
    sold.save()
    sold.world.write("inbox/sales.csv", "Order,Line,Day,Rep,Net\nB,1,2026-01-15,00001,7\n")
    answer = sold.run()
    assert [one["code"] for one in answer["problems"] if one["code"] not in DRIFT] == ["not_mapped_anew"]
    assert sold.amounts() == {"A|1": "100", "B|1": "7"}


def test_facts_are_of_the_feed_that_brought_them_and_several_feeds_stand_together(sold: Sold):
    sold.run(THREE)
    mapping = {
        "key": "Deal",
        "fields": {
            "date": {"from": "When", "type": "date"},
            "owner": {"from": "Who", "type": "participant", "by": "email"},
            "amount": {"from": "Worth", "type": "money", "scale": 6, "currency": {"value": "EUR"}},
        },
    }
    sold.feed("web", "transactions", mapping)
    sold.world.write("inbox/web.csv", "Deal,When,Who,Worth\n1,2026-01-02,00002@X.com,1.000001\n")
    assert sold.counted(feed="web") == (1, 0, 0, 0, 0)
    found = [(one["feed"], one["owner"], one["amount"], one["currency"]) for one in sold.known()]
    assert ("web", "email:00002@x.com", Decimal("1.000001"), "EUR") in found
    assert ("sales", "employee_id:00002", Decimal(-20), "USD") in found


def test_a_table_has_rows_of_any_columns_each_over_its_days(sold: Sold):
    mapping = {
        "key": ["Id", "From"],
        "fields": {
            "key": "Id",
            "from": {"from": "From", "type": "date"},
            "until": {"from": "To", "type": "date", "inclusive": True},
            "Name": "Name",
            "Rank": {"from": "Rank", "type": "whole"},
        },
    }
    sold.feed("regions", "tables", mapping, table="regions")
    rows = (
        "1,2026-01-01,2026-01-31,North,3\n1,2026-02-01,,South,4\n2,2026-02-01,2026-01-01,East,5\n,2026-01-01,,West,6\n"
    )
    sold.world.write("inbox/regions.csv", "Id,From,To,Name,Rank\n" + rows + "3,2026-01-01,,A,1\n4,2026-01-01,,B,2\n")
    assert sold.counted(feed="regions") == (4, 0, 0, 0, 2)
    assert sorted(one[2] for one in sold.quarantine()) == ["missing_key", "no_days"]


def test_all_feeds_run_with_people_before_what_names_them(sold: Sold):
    feeds = sold.settings["feeds"]
    sold.settings["feeds"] = {"sales": feeds["sales"], "people": feeds["people"]}
    sold.save()
    sold.world.write("inbox/people.csv", "Id,Name,Mail,Hired\n00007,N,n@x.com,2025-01-01\n")
    sold.send([sale("A", Rep="00007")])
    said = sold.world.call("run")
    assert [one["feed"] for one in said["runs"]] == ["people", "sales"]
    assert said["runs"][1]["loaded"] == 1


def test_a_file_of_facts_that_no_transaction_names_is_swept(sold: Sold, monkeypatch: pytest.MonkeyPatch):
    sold.run(THREE)
    folder = sold.world.folder / "var" / "facts" / "sales"
    kept = set(folder.iterdir())
    (folder / "R9-left.parquet").write_bytes(b"left by a killed run")
    monkeypatch.setattr(syncd.feeds.sweep, "STAYS", timedelta(days=-1))
    sold.run(THREE)
    assert set(folder.iterdir()) == kept
    assert sold.amounts() == {"A|1": "100", "A|2": "50.5", "B|1": "-20"}


def test_what_another_process_takes_away_meanwhile_stops_no_run(sold: Sold):
    """A name that leads nowhere is what is left of a file between being listed and being looked at."""
    sold.run(THREE)
    for folder in ("mirror", "facts/sales"):
        (sold.world.folder / "var" / folder / "gone.unfinished").symlink_to("nowhere")
    assert sold.run(THREE)["outcome"] == "completed"


def test_more_rows_than_are_listed_are_counted_and_all_tried_again(sold: Sold, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(syncd.facts.load, "LISTED", 2)
    answer = sold.run([*THREE, *(sale(f"N{number}", Rep="00009") for number in range(5))])
    assert (answer["loaded"], answer["quarantined"]) == (3, 5)
    assert [one["code"] for one in answer["problems"]] == ["further_rows", "owner_unknown", "owner_unknown"]
    assert len(sold.quarantine()) == 2
    sold.people("00001", "00002", "00009")
    answer = sold.run([sale("Z")])
    assert (answer["loaded"], answer["quarantined"]) == (6, 0)
    assert sold.quarantine() == []
