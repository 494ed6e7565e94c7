"""What can be read and not be placed waits, and goes on by itself when it can be."""

from __future__ import annotations

import pytest

from tests.facts.world import SALE, UNUSABLE, Sold, csv_of, sale

PARTS = {"from": "Parts", "type": "set", "separator": ";", "by": "employee_id"}
CREDITS = {
    "key": ["Deal", "Who"],
    "fields": {"deal": "Deal", "participant": {"from": "Who", "by": "employee_id"}, "share": "Share"},
}
RATES = {
    "key": "Id",
    "fields": {"base": "From", "quote": "To", "date": {"from": "Day", "type": "date"}, "rate": "Rate"},
}


@pytest.mark.parametrize(
    ("cells", "code", "field"),
    [
        ({"Rep": "00009"}, "owner_unknown", "owner"),
        ({"Rep": ""}, "owner_missing", "owner"),
        ({"Day": ""}, "date_missing", "date"),
        ({"Day": "soon"}, "not_a_date", "date"),
        ({"Cur": "usd"}, "currency_missing", "amount"),
        ({"Cur": ""}, "currency_missing", "amount"),
    ],
)
def test_a_transaction_without_a_place_waits_until_it_is_sent_right(sold: Sold, cells, code, field):
    answer = sold.run([sale("A", **cells), sale("B"), sale("B", 2)])
    assert (answer.code, answer["outcome"]) == (1, "completed_with_errors")
    assert (answer["loaded"], answer["quarantined"], answer["errors"]) == (2, 1, 0)
    (problem,) = answer["problems"]
    assert (problem["code"], problem["field"], problem["key"], problem["row"]) == (code, field, "A|1", 2)
    assert sold.quarantine() == [("sales", "A|1", code)]
    assert set(sold.amounts()) == {"B|1", "B|2"}
    assert sold.counted([sale("A"), sale("B")]) == (1, 1, 0, 0, 0)
    assert sold.quarantine() == []
    assert set(sold.amounts()) == {"A|1", "B|1", "B|2"}


def test_an_entry_stays_the_same_until_it_closes(sold: Sold):
    sold.run([sale("A", Rep="00009"), sale("B")])
    (first,) = sold.world.call("quarantine", "sales").document
    sold.run([sale("A", Rep="00009"), sale("B")])
    assert sold.world.call("quarantine", "sales").document == [first]
    assert first["place"] == "inbox/sales.csv:2"
    assert sold.world.call("quarantine", "people").document == []


def test_when_the_person_becomes_known_the_next_run_places_the_row_though_nobody_sends_it_again(sold: Sold):
    sold.run([sale("A", Rep="00009"), sale("B", Rep="00008")])
    sold.run([sale("C")])
    assert [one[1] for one in sold.quarantine()] == ["A|1", "B|1"]
    sold.people("00001", "00002", "00009")
    answer = sold.run([sale("C")])
    assert (answer["read"], answer["loaded"], answer["unchanged"], answer["quarantined"]) == (3, 1, 1, 1)
    assert sold.quarantine() == [("sales", "B|1", "owner_unknown")]
    assert {one["key"]: one["place"] for one in sold.known()}["A|1"] == "inbox/sales.csv:2 (R2)"


def test_somebody_known_and_not_approved_is_known(sold: Sold):
    """Nobody was approved here: whose sale counts for nothing is the calculation's to say."""
    assert sold.world.pending()
    assert sold.counted([sale("A")]) == (1, 0, 0, 0, 0)


def test_a_correction_that_cannot_be_placed_leaves_what_was_known(sold: Sold):
    sold.run([sale("A", Sales="1")])
    assert sold.counted([sale("A", Sales="2", Rep="00009")]) == (0, 0, 0, 1, 0)
    assert sold.amounts() == {"A|1": "1"}
    assert sold.counted([sale("A", Sales="1")]) == (0, 1, 0, 0, 0)
    assert sold.quarantine() == []


def test_an_owner_may_be_named_as_another_source_does(sold: Sold):
    sold.fields["owner"] = {"from": "Rep", "type": "participant", "by": "people"}
    sold.save()
    assert sold.counted([sale("A"), sale("B", Rep="00009")]) == (1, 0, 0, 1, 0)
    assert sold.known()[0]["owner"] == "hr:00001"


def test_an_amount_in_another_currency_than_the_other_one_waits(sold: Sold):
    sold.fields["cost"] = {"from": "Cost", "type": "money", "currency": {"from": "Channel"}}
    sold.fields.pop("channel")
    sold.save()
    rows = [sale("A", Channel="EUR"), sale("B", Channel="USD"), sale("C", Channel="EUR", Cost="")]
    assert sold.counted(rows) == (2, 0, 0, 1, 0)
    assert sold.quarantine() == [("sales", "A|1", "two_currencies")]
    assert {one["key"]: one["currency"] for one in sold.known()} == {"B|1": "USD", "C|1": "USD"}


def test_an_amount_that_is_not_there_needs_no_currency(sold: Sold):
    assert sold.counted([sale("A", Sales="", Cost="", Cur="")]) == (1, 0, 0, 0, 0)


def test_parts_stand_on_the_row_and_sum_to_the_whole(sold: Sold):
    sold.fields["splits"] = PARTS
    sold.save()
    rows = [
        sale("A", Parts="00001=60%; 00002 = 0.4"),
        sale("B", Parts=""),
        sale("C", Parts="00001=60%;00002=30%"),
        sale("D", Parts="00001=60%;00009=40%"),
        sale("E", Parts="00001"),
    ]
    answer = sold.run(rows)
    assert tuple(answer[name] for name in ("loaded", "quarantined", "errors")) == (2, 2, 1)
    assert [(one["code"], one["key"]) for one in answer["problems"]] == [
        ("shares", "C|1"), ("owner_unknown", "D|1"), ("not_a_share", "E|1"),
    ]  # fmt: skip
    assert "90 %" in answer["problems"][0]["message"]
    assert {one["key"]: one["splits_of"] for one in sold.known()} == {"A|1": "sales|A|1", "B|1": None}
    assert [(one["of"], one["owner"], str(one["share"])) for one in sold.known("splits")] == [
        ("sales|A|1", "employee_id:00001", "0.600000"),
        ("sales|A|1", "employee_id:00002", "0.400000"),
    ]
    assert sold.counted([*rows[:2], sale("C", Parts="00001=60%;00002=40%")])[:2] == (1, 2)


def shared(sold: Sold, *rows: tuple[str, str, str]) -> tuple[int, ...]:
    """Let a file of credits arrive: (deal, who, share); give the counters."""
    columns = ("Deal", "Who", "Share")
    sold.world.write("inbox/credits.csv", csv_of(columns, [dict(zip(columns, row, strict=True)) for row in rows]))
    return sold.counted(feed="credits")


def test_credits_say_whose_a_deal_is_and_a_deal_with_too_little_is_not_used(sold: Sold):
    sold.feed("credits", "credits", CREDITS)
    sold.run([sale("A"), sale("A", 2), sale("B"), sale("C", Rep="")])
    assert set(sold.amounts()) == {"A|1", "A|2", "B|1", "C|1"}
    given = [("A", "00001", "50%"), ("A", "00002", "50%"), ("C", "00002", "90%")]
    assert shared(sold, *given) == (2, 0, 0, 1, 0)
    assert sold.quarantine() == [("credits", "C|00002", "shares")]
    assert {one["key"]: one["splits_of"] for one in sold.known()} == {"A|1": "|A", "A|2": "|A", "B|1": None}
    assert [one["of"] for one in sold.known("splits")] == ["|A", "|A", "|C"]
    assert [(one["key"], one["code"]) for one in sold.known(UNUSABLE)] == [("C|1", "shares")]
    assert shared(sold, ("C", "00001", "0.1")) == (1, 1, 0, 0, 0)
    assert sold.quarantine() == []
    assert sold.known(UNUSABLE) == []


def test_a_deal_whose_shares_are_changed_one_after_the_other_is_not_used_in_between(sold: Sold):
    sold.feed("credits", "credits", CREDITS)
    sold.run([sale("A")])
    shared(sold, ("A", "00001", "50%"), ("A", "00002", "50%"))
    whole = sold.revision()
    assert shared(sold, ("A", "00001", "70%")) == (0, 0, 0, 1, 0)
    assert [one[1:] for one in sold.quarantine()] == [("A|00001", "shares"), ("A|00002", "shares")]
    assert (sold.amounts(), set(sold.amounts(at=whole))) == ({}, {"A|1"})
    assert shared(sold, ("A", "00002", "30%")) == (1, 1, 0, 0, 0)
    assert sold.quarantine() == []
    assert [str(one["share"]) for one in sold.known("splits")] == ["0.700000", "0.300000"]


def test_a_credit_of_nobody_nothing_or_no_share_is_set_aside(sold: Sold):
    sold.feed("credits", "credits", CREDITS)
    right = [(deal, "00002", "100 %") for deal in "DEF"]
    found = shared(sold, ("A", "00009", "100%"), ("", "00001", "1"), ("B", "00001", "much"), *right)
    assert found == (3, 0, 0, 1, 2)
    assert sorted(one[2] for one in sold.quarantine()) == ["missing_key", "not_a_share", "owner_unknown"]


def test_a_part_of_one_transaction_goes_before_those_of_its_deal(sold: Sold):
    mapping = {
        "key": "Id",
        "fields": {
            "transaction": {"from": ["Order", "Line"], "join": "|"},
            "deal": "Deal",
            "participant": {"from": "Who", "by": "employee_id"},
            "share": "Share",
        },
    }
    sold.feed("credits", "credits", mapping)
    sold.run([sale("A"), sale("A", 2)])
    sold.world.write("inbox/credits.csv", "Id,Order,Line,Deal,Who,Share\n1,A,2,A,00002,100%\n2,,,A,00001,100%\n")
    assert sold.counted(feed="credits") == (2, 0, 0, 0, 0)
    assert {one["key"]: one["splits_of"] for one in sold.known()} == {"A|1": "|A", "A|2": "sales|A|2"}
    assert [(one["of"], one["owner"][-1]) for one in sold.known("splits")] == [("sales|A|2", "2"), ("|A", "1")]


def test_a_credit_names_the_transaction_of_one_feed(sold: Sold):
    """Two systems number their orders alike: a credit of one of them does not reach into the other."""
    mapping = {
        "key": "Id",
        "fields": {
            "transaction": "What",
            "deal": "Deal",
            "participant": {"from": "Who", "by": "employee_id"},
            "share": "Share",
        },
    }
    sold.settings["sources"]["shop"] = {"kind": "file", "path": "inbox/shop.csv"}
    sold.settings["feeds"]["shop"] = {**sold.settings["feeds"]["sales"], "source": "shop"}
    sold.feed("credits", "credits", mapping)
    sold.run([sale("A"), sale("B")])
    sold.world.write("inbox/shop.csv", csv_of(SALE, [sale("A"), sale("C")]))
    assert sold.counted(feed="shop") == (2, 0, 0, 0, 0)

    def given(*rows: str) -> tuple[int, ...]:
        sold.world.write("inbox/credits.csv", "Id,What,Deal,Who,Share\n" + "\n".join(rows) + "\n")
        return sold.counted(feed="credits")

    assert given("1,A|1,,00002,1", "2,C|1,,00002,1", "3,,A,00002,1") == (1, 0, 0, 2, 0)
    assert [one[1:] for one in sold.quarantine()] == [("1", "shares"), ("3", "shares")]
    assert {(one["feed"], one["key"]) for one in sold.known(UNUSABLE)} == {("sales", "A|1"), ("shop", "A|1")}
    assert given("1,sales:A|1,,00002,1", "2,C|1,,00002,1", "3,,shop:A,00002,1") == (2, 1, 0, 0, 0)
    assert (sold.quarantine(), sold.known(UNUSABLE)) == ([], [])
    shared = {(one["feed"], one["key"]): one["splits_of"] for one in sold.known()}
    assert shared == {
        ("sales", "A|1"): "sales|A|1", ("sales", "B|1"): None, ("shop", "A|1"): "|shop:A", ("shop", "C|1"): "shop|C|1",
    }  # fmt: skip
    assert {one["of"] for one in sold.known("splits")} == {"sales|A|1", "shop|C|1", "|shop:A"}


def test_shares_name_everybody_once(sold: Sold):
    """Also where they sum to the whole; the same part written twice is one."""
    sold.fields["splits"] = {"from": "Parts", "by": "employee_id", "type": "set", "separator": ";"}
    sold.save()
    parts = {"A": "00001=60%;00001=40%", "B": "00002=50%;00001=30%;00002=20%", "C": "00001=50%;00001=50%"}
    answer = sold.run([sale(key, Parts=said) for key, said in parts.items()])
    assert (answer["loaded"], answer["quarantined"]) == (0, 3)
    assert [one["code"] for one in answer["problems"]] == ["named_twice", "named_twice", "shares"]
    told = [one["message"] for one in answer["problems"]]
    assert [one.split(";")[0] for one in told[:2]] == ["names 00001 twice", "names 00002 twice"]
    assert "sum to 50 %, not 100 %, one that is written twice counted once" in told[2]


def test_a_transaction_with_parts_of_its_own_has_none_from_credits(sold: Sold):
    sold.fields["splits"] = {"from": "Parts", "by": "employee_id", "type": "set", "separator": ";"}
    mapping = {
        "key": "Id",
        "fields": {"transaction": "What", "participant": {"from": "Who", "by": "employee_id"}, "share": "Share"},
    }
    sold.feed("credits", "credits", mapping)
    sold.run([sale("A", Parts="00001=100%")])
    sold.world.write("inbox/credits.csv", "Id,What,Who,Share\n1,A|1,00002,1\n")
    assert sold.counted(feed="credits") == (1, 0, 0, 0, 0)
    assert [one["owner"] for one in sold.known("splits")] == ["employee_id:00001"]


def test_rates_are_kept_exactly_and_two_for_one_day_count_for_nothing(sold: Sold):
    sold.feed("fx", "rates", RATES)
    rows = "1,EUR,USD,2026-01-02,1.0871\n2,EUR,JPY,2026-01-02,162.8812345678\n3,EUR,usd,2026-01-03,1\n"
    rows += "4,EUR,USD,2026-01-05,1.1\n5,EUR,USD,2026-01-05,1.2\n6,EUR,CHF,2026-01-05,0\n7,EUR,CHF,2026-01-06,\n"
    sold.world.write("inbox/fx.csv", "Id,From,To,Day,Rate\n" + rows)
    assert sold.counted(feed="fx") == (2, 0, 0, 3, 2)
    assert [one[1:] for one in sold.quarantine()] == [
        ("3", "currency_missing"), ("4", "two_rates"), ("5", "two_rates"), ("6", "not_positive"), ("7", "no_rate"),
    ]  # fmt: skip
    assert [(one["feed"], one["quote"], str(one["rate"])) for one in sold.known("rates")] == [
        ("fx", "JPY", "162.8812345678"), ("fx", "USD", "1.0871000000"),
    ]  # fmt: skip
    sold.world.write("inbox/fx.csv", "Id,From,To,Day,Rate\n5,EUR,USD,2026-01-05,1.1\n")
    assert sold.counted(feed="fx") == (1, 1, 0, 1, 2)
    assert len(sold.known("rates")) == 3
