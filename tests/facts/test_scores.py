"""Scores: loaded as other facts are, placed where it says whose, of what and when, one of each."""

from __future__ import annotations

import pytest

from tests.facts.world import UNUSABLE, Sold, csv_of, sale

COLUMNS = ("Id", "Who", "Measure", "Goal", "Day", "Score", "Target", "Cur", "Weight")
SCORES = {
    "key": "Id",
    "fields": {
        "participant": {"from": "Who", "by": "employee_id"},
        "measure": "Measure",
        "goal": "Goal",
        "date": {"from": "Day", "type": "date"},
        "score": "Score",
        "target": {"from": "Target", "type": "money", "currency": {"from": "Cur"}},
        "weight": {"from": "Weight", "type": "decimal"},
    },
}


def score(key: str, **cells: str) -> dict[str, str]:
    """A score of 00001 on an ordinary day."""
    usual = {"Id": key, "Who": "00001", "Measure": "MBO", "Goal": key, "Day": "2026-03-31", "Score": "0.8"}
    return {**usual, "Target": "4000", "Cur": "USD", "Weight": "1", **cells}


def send(sold: Sold, *rows: dict[str, str]) -> tuple[int, ...]:
    """Let a file of scores arrive: loaded, unchanged, excluded, quarantined, errors."""
    sold.world.write("inbox/mbo.csv", csv_of(COLUMNS, rows))
    return sold.counted(feed="mbo")


def scores(sold: Sold, at: int | None = None) -> dict[str, str]:
    """What counts as a score, by key."""
    rows = sold.known(at=at)
    return {one["key"]: f"{one['score'].normalize():f}" for one in rows if one["score:measure"] is not None}


@pytest.fixture
def scored(sold: Sold) -> Sold:
    """A workspace with a feed of scores beside that of sales, and two people who are known."""
    sold.people("00001", "00002")
    sold.feed("mbo", "scores", SCORES)
    return sold


def test_a_newer_score_of_a_key_counts_and_the_old_one_is_known_as_of_then(scored: Sold):
    assert send(scored, score("a"), score("b", Score="1.25")) == (2, 0, 0, 0, 0)
    before = scored.revision()
    assert send(scored, score("a", Score="0.9"), score("b", Score="1.25")) == (1, 1, 0, 0, 0)
    assert scores(scored) == {"a": "0.9", "b": "1.25"}
    assert scores(scored, before) == {"a": "0.8", "b": "1.25"}


def test_scores_stand_beside_transactions_with_what_they_have(scored: Sold):
    scored.run([sale("S1")])
    send(scored, score("a", Weight="0.6"))
    found = {one["key"]: one for one in scored.known()}
    told = ("owner", "score:measure", "goal", "score", "target", "currency", "weight", "amount")
    one = found["a"]
    assert [str(one[name]) for name in told] == [
        "employee_id:00001", "MBO", "a", "0.8000", "4000.0000", "USD", "0.6000", "None",
    ]  # fmt: skip
    assert [found["S1|1"][name] for name in ("score:measure", "score", "target", "weight")] == [None] * 4


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"Who": "00009"}, "owner_unknown"),
        ({"Who": ""}, "owner_missing"),
        ({"Day": ""}, "date_missing"),
        ({"Measure": ""}, "measure_missing"),
        ({"Score": ""}, "score_missing"),
        ({"Cur": "Dollar"}, "currency_missing"),
    ],
)
def test_what_cannot_be_placed_waits_with_its_reason_until_it_is_right(scored: Sold, cells: dict[str, str], code: str):
    assert send(scored, score("a", **cells), score("b")) == (1, 0, 0, 1, 0)
    assert scored.quarantine() == [("mbo", "a", code)]
    assert scores(scored) == {"b": "0.8"}
    assert send(scored, score("a"), score("b")) == (1, 1, 0, 0, 0)
    assert scored.quarantine() == []


def test_a_score_that_cannot_be_read_is_an_error(scored: Sold):
    scored.settings["feeds"]["mbo"]["limits"] = {"errors": "60%"}
    scored.save()
    assert send(scored, score("a", Score="good"), score("b")) == (1, 0, 0, 0, 1)


def test_of_two_scores_for_one_day_neither_counts(scored: Sold):
    """Keys are the file's affair; nobody is paid twice for one goal. Several goals stand beside one another."""
    assert send(scored, score("a", Goal="x"), score("b", Goal="x"), score("c", Goal="y")) == (1, 0, 0, 2, 0)
    assert scored.quarantine() == [("mbo", "a", "two_scores"), ("mbo", "b", "two_scores")]
    assert scores(scored) == {"c": "0.8"}
    assert [(one["key"], one["code"]) for one in scored.known(UNUSABLE)] == [("a", "two_scores"), ("b", "two_scores")]
    assert send(scored, score("a", Goal="x"), score("b", Goal="z"), score("c", Goal="y"))[3:] == (0, 0)
    assert scores(scored) == {"a": "0.8", "b": "0.8", "c": "0.8"}
    assert scored.quarantine() == []


def test_credits_name_transactions_and_no_score_of_the_same_key(scored: Sold):
    """A split of a sale goes on naming the sale alone, where a score is called the same."""
    scored.feed(
        "shares", "credits",
        {"key": "Id", "fields": {"transaction": "Of", "participant": {"from": "Who", "by": "employee_id"},
                                 "share": "Share"}},
    )  # fmt: skip
    scored.run([sale("S1")])
    send(scored, score("S1|1"))
    scored.world.write("inbox/shares.csv", "Id,Of,Who,Share\n1,S1|1,00002,100%\n")
    assert scored.counted(feed="shares") == (1, 0, 0, 0, 0)
    assert [(one["of"], one["owner"]) for one in scored.known("splits")] == [("sales|S1|1", "employee_id:00002")]
    assert {one["feed"]: one["splits_of"] for one in scored.known()} == {"sales": "sales|S1|1", "mbo": None}
