"""Leaving has two dates: the last day of work, and the last day of pay. What falls due by then is paid."""

from __future__ import annotations

from tests.scenarios.closing import PayWorld

LAST = "termination_date=2026-01-31"


def february(world: PayWorld) -> dict[str, str]:
    """What everybody is paid for February, by participant."""
    world.calculate("2026-02")
    return {who: amount for (who, *_), amount in world.amounts("2026-02").items()}


def test_who_stops_working_and_stops_being_paid_later_is_paid_until_then(paid: PayWorld):
    """A deal of E1 is of 10 February: between the two dates, after both, and on the last day of pay."""
    assert february(paid)["P1"] == "20.00"
    paid.set("E1", LAST, start="2026-02-01")
    assert "P1" not in february(paid)
    codes = {one["code"] for one in paid.calculate("2026-02")["uncredited"]}
    assert codes == {"not_a_participant"}
    for day, is_paid in (("2026-02-28", True), ("2026-02-09", False), ("2026-02-10", True)):
        paid.set("E1", f"pay_until={day}", start="2026-02-01")
        assert february(paid).get("P1") == ("20.00" if is_paid else None), day
    held = paid.roster("2026-02-10", everyone=True)["E1"]
    assert (held["status"], held["pay_until"]) == ("terminated", "2026-02-10")
    assert "E1" not in paid.roster("2026-02-10"), "who has left is no employee for it"


def test_what_paying_somebody_longer_comes_to_is_seen_before_it_is_approved(paid: PayWorld):
    """In the open pay period, to the cent of what is calculated afterwards."""
    paid.close("2026-01")
    paid.set("E1", LAST, start="2026-02-01")
    change = paid.set("E1", "pay_until=2026-02-28", start="2026-02-01", approved=False)
    said = paid.call("calculate", "2026-02", "--as-if", change["id"])["as_if"]["effects"]
    told = [(one["participant"], one["earned_period"], one["component"], one["pay_period"]) for one in said]
    assert told == [("P1", "2026-02", "commission", "open")]
    assert [one["difference"] for one in said] == ["20.00"]
    assert paid.approve(change["id"]).code == 0
    assert february(paid)["P1"] == "20.00"
