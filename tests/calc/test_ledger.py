"""What is posted for earned periods that are closed, and whether the books agree."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from calc.ledger import PAID_ALREADY, Booked, Owed, adjustments, sampled, still_due, totals, unlike, untied
from calc.result import Result, ResultKind
from tests.calc.books import booked_from, earned, key


def test_what_is_as_it_was_booked_posts_nothing():
    assert adjustments([earned("100.00")], booked_from(earned("100.00")), "2026-02") == ()


def test_more_and_less_than_booked_is_the_difference():
    (line,) = adjustments([earned("120.00")], booked_from(earned("100.00")), "2026-02")
    assert (line.kind, line.amount, line.plan_amount) == (ResultKind.RETRO, Decimal("20.00"), Decimal("20.00"))
    assert (line.key.earned_period, line.pay_period) == ("2026-01", "2026-02")
    (line,) = adjustments([earned("70.00")], booked_from(earned("100.00")), "2026-02")
    assert line.amount == Decimal("-30.00")


def test_what_was_adjusted_before_is_booked_too():
    (first,) = adjustments([earned("120.00")], booked_from(earned("100.00")), "2026-02")
    posted = (earned("100.00"), first)
    assert adjustments([earned("120.00")], booked_from(*posted), "2026-03") == ()
    (second,) = adjustments([earned("100.00")], booked_from(*posted), "2026-03")
    assert second.amount == Decimal("-20.00")
    assert first.id != second.id


def test_what_is_no_longer_earned_at_all_is_taken_back():
    (line,) = adjustments([], booked_from(earned("100.00", payee="V7", pay_group="US")), "2026-02")
    assert (line.amount, line.plan_amount, line.reason) == (Decimal(-100), Decimal(-100), "no_longer_earned")
    assert (line.legal_entity, line.payee, line.pay_group, line.plan_version) == ("Inc", "V7", "US", "V1")


def test_what_was_earned_late_is_posted_whole():
    (line,) = adjustments([earned("55.00")], (), "2026-02")
    assert (line.kind, line.amount) == (ResultKind.RETRO, Decimal("55.00"))


def test_an_adjustment_by_hand_is_not_taken_back():
    manual = replace(earned("-10.00"), kind=ResultKind.MANUAL)
    assert adjustments([earned("100.00")], booked_from(earned("100.00"), manual), "2026-02") == ()


def test_another_legal_entity_takes_it_over_from_the_first():
    """A transfer that became known late: each entity's books are right, and the participant gets no more."""
    lines = adjustments([earned("100.00", legal_entity="Ltd")], booked_from(earned("100.00")), "2026-02")
    assert {one.legal_entity: one.amount for one in lines} == {"Inc": Decimal(-100), "Ltd": Decimal(100)}
    assert len({one.id for one in lines}) == 2


def test_parts_of_an_earning_are_one_adjustment_of_each_entity():
    parts = [earned("60.00", segment="1"), earned("50.00", segment="2")]
    (line,) = adjustments(parts, booked_from(*(replace(one, amount=Decimal(50)) for one in parts)), "2026-02")
    assert (line.amount, line.segment) == (Decimal(10), None)


def test_another_currency_of_pay_is_paid_and_the_first_taken_back():
    pounds = earned("80.00", about=key(currency="GBP"))
    lines = adjustments([pounds], booked_from(earned("100.00")), "2026-02")
    assert {one.key.currency: one.amount for one in lines} == {"USD": Decimal(-100), "GBP": Decimal(80)}


def test_who_moved_to_another_pay_group_is_adjusted_in_one_of_them():
    before, now = booked_from(earned("100.00", pay_group="US")), [earned("120.00", pay_group="UK")]
    assert adjustments(now, before, "2026-02", pay_group="US") == ()
    (line,) = adjustments(now, before, "2026-02", pay_group="UK")
    assert line.amount == Decimal(20)


def standing(*posted: Result) -> dict[Owed, Booked]:
    return {one.owed: one for one in booked_from(*posted)}


def test_what_nobody_has_paid_yet_is_owed_as_it_is():
    mine = earned("100.00", pay_group="UK")
    assert still_due([mine], (), {}, (), "2026-01") == (mine,)


def test_what_another_pay_run_has_paid_is_owed_no_more_and_says_why():
    mine, before = earned("100.00", pay_group="UK"), earned("100.00", pay_group="US")
    (line,) = still_due([mine], (), standing(before), {before.id}, "2026-01")
    assert (line.kind, line.amount, line.reason, line.pay_group) == (ResultKind.RETRO, Decimal(0), PAID_ALREADY, "UK")


def test_of_what_another_pay_run_has_paid_the_difference_is_owed():
    mine, before = earned("130.00", pay_group="UK"), earned("100.00", pay_group="US")
    (line,) = still_due([mine], (), standing(before), {before.id}, "2026-01")
    assert (line.kind, line.amount, line.reason) == (ResultKind.RETRO, Decimal(30), None)


def test_a_line_that_was_earned_and_taken_back_is_not_earned_again():
    mine, before = earned("100.00", pay_group="UK"), earned("100.00", pay_group="US")
    back = replace(before, kind=ResultKind.RETRO, pay_period="2026-02", amount=Decimal(-100))
    (line,) = still_due([mine], (), standing(before, back), {before.id}, "2026-01")
    assert (line.kind, line.amount) == (ResultKind.RETRO, Decimal(100))


def test_a_part_that_another_pay_run_pays_leaves_ours_as_it_is():
    theirs, mine = (earned(amount, segment=part, pay_group=part) for amount, part in (("40.00", "US"), ("60.00", "UK")))
    assert still_due([mine], [theirs], standing(theirs), {theirs.id}, "2026-01") == (mine,)


def test_a_part_that_was_paid_as_the_whole_is_taken_off():
    theirs, mine = (earned(amount, segment=part, pay_group=part) for amount, part in (("40.00", "US"), ("60.00", "UK")))
    whole = earned("100.00", pay_group="US")
    (line,) = still_due([mine], [theirs], standing(whole), {whole.id}, "2026-01")
    assert (line.kind, line.amount, line.segment) == (ResultKind.RETRO, Decimal(0), None)


AMOUNTS = st.integers(-300, 300).map(lambda units: Decimal(units).scaleb(-2))
EARNED = st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from(["Inc", "Ltd"])), AMOUNTS, max_size=4)


class Books(RuleBasedStateMachine):
    """Commit, correction, recalculation, commit: what is booked is what is earned, as it is known at each commit."""

    def __init__(self) -> None:
        super().__init__()
        self.truth: dict[str, dict[tuple[int, str], Decimal]] = {}  # by earned period: who is owed what, by whom
        self.ledger: list[Result] = []
        self.periods = 0

    def _recomputed(self) -> list[Result]:
        return [
            earned(str(amount), about=key(person, period), legal_entity=entity, segment=entity)
            for period, owed in self.truth.items()
            for (person, entity), amount in owed.items()
        ]

    def _open(self) -> str:
        return f"2026-{self.periods + 1:02}"

    @rule(owed=EARNED)
    def commit(self, owed):
        """Close the next pay period: what it earned, and what earlier ones still owe."""
        period = self._open()
        retro = adjustments(self._recomputed(), booked_from(*self.ledger), period)
        self.truth[period] = owed
        now = [one for one in self._recomputed() if one.key.earned_period == period]
        self.ledger += [*retro, *now]
        self.periods += 1
        booked = {one.owed: one.amount for one in booked_from(*self.ledger)}
        recomputed = {Owed(one.key, one.legal_entity, one.payee): one.amount for one in self._recomputed()}
        assert {owed: amount for owed, amount in booked.items() if amount} == {
            owed: amount for owed, amount in recomputed.items() if amount
        }
        assert adjustments(self._recomputed(), booked_from(*self.ledger), self._open()) == ()

    @rule(data=st.data(), owed=EARNED)
    def correct(self, data, owed):
        """What a closed period earned turns out to be something else."""
        if self.truth:
            self.truth[data.draw(st.sampled_from(sorted(self.truth)))] = owed

    @rule()
    def recalculate(self):
        """Twice the same, in whatever order."""
        once = adjustments(self._recomputed(), booked_from(*self.ledger), self._open())
        again = adjustments(self._recomputed()[::-1], booked_from(*self.ledger)[::-1], self._open())
        assert once == again

    @invariant()
    def every_line_of_a_pay_run_has_its_own_id(self):
        assert len({one.id for one in self.ledger}) == len(self.ledger)


TestBooks = Books.TestCase


def test_the_sample_is_the_same_for_one_calculation_and_another_for_another():
    people = range(1, 1000)
    assert sampled(people, "a") == sampled(reversed(people), "a")
    assert len(sampled(people, "a")) == 100
    assert sampled(people, "a") != sampled(people, "b")
    assert sampled([3, 1], "a") == {1, 3}


def test_books_that_agree_tie_out_and_a_missing_cent_is_named():
    results = [earned("100.00"), earned("20.00", legal_entity=None), earned("0.00", legal_entity="Ltd")]
    books = {"ledger": totals(results[:2]), "results": totals(results)}
    assert untied(books) == ()
    books["statements"] = {**totals(results), ("Inc", "USD"): Decimal("99.99")}
    assert untied(books) == ("Inc, USD: ledger 100.00, results 100.00, statements 99.99",)


@pytest.mark.parametrize(
    "again",
    [
        [earned("100.01")],
        [replace(earned("100.00"), plan_amount=Decimal("99.99"))],
        [replace(earned("100.00"), plan_version="V2")],
        [],
        [earned("100.00"), earned("1.00", about=key(2))],
    ],
)
def test_a_second_calculation_that_differs_is_told(again):
    assert unlike([earned("100.00")], [earned("100.00")]) == ()
    told = unlike([earned("100.00")], again)
    assert len(told) == 1
    assert "a second calculation says" in told[0]


def test_lines_of_two_manual_adjustments_are_told_apart():
    one, other = (replace(earned("5.00"), kind=ResultKind.MANUAL, cause=f"A{n}: a prize") for n in (1, 2))
    assert one.id != other.id
