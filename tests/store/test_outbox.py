"""The outbox: an effect is one by its key, held by one sender at a time, tried a bounded number of times."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from domain.alert import AlertKind, Cause
from domain.errors import LeaseLost, Refused
from store.alerts import alert_of, begin_alert, end_alerts, open_alerts
from store.database import reading, writing
from store.outbox import (
    TRIES,
    Asked,
    EffectState,
    HeldEffect,
    ask,
    confirm,
    count_effects,
    doubt_all,
    drop,
    effects,
    finish_effect,
    give_up,
    put_off,
    send_again,
    take_effect,
)
from store.runs import LEASE
from tests.store.make import MINUTE, NOW

MAIL = Asked("email", "ops", "alert:1", "alert:1:ops")


def took(tx: Connection, now: datetime = NOW) -> HeldEffect:
    held = take_effect(tx, ["email"], "one", now)
    assert held is not None
    return held


def state(engine: Engine) -> list[tuple[str, int, str | None]]:
    with reading(engine) as tx:
        return [(one.state.value, one.attempts, one.code) for one in effects(tx)]


def test_an_effect_is_asked_for_taken_confirmed_and_sent(engine: Engine) -> None:
    with writing(engine) as tx:
        assert ask(tx, MAIL, NOW) == 1
        held = took(tx)
        assert held == HeldEffect(1, MAIL, 1, 1, is_again=False)
        confirm(tx, held, NOW)
        finish_effect(tx, held, "250", NOW + MINUTE)
        assert take_effect(tx, ["email"], "one", NOW + MINUTE) is None
    with reading(engine) as tx:
        (one,) = effects(tx)
    assert (one.state, one.receipt, one.ended_at, one.worker) == (EffectState.SENT, "250", NOW + MINUTE, "one")


def test_asked_for_twice_under_one_key_it_is_one_effect_even_after_it_was_sent(engine: Engine) -> None:
    with writing(engine) as tx:
        assert ask(tx, MAIL, NOW) == 1
        assert ask(tx, MAIL, NOW) is None
        finish_effect(tx, took(tx), None, NOW)
        assert ask(tx, MAIL, NOW) is None
        assert ask(tx, Asked("email", "ops", "alert:1", "another"), NOW) == 2


def test_a_sender_takes_only_kinds_that_it_can_send(engine: Engine) -> None:
    with writing(engine) as tx:
        ask(tx, Asked("salesforce.upsert", "crm", "results:R7", "k"), NOW)
        assert take_effect(tx, ["email"], "one", NOW) is None
        assert take_effect(tx, ["email", "salesforce.upsert"], "one", NOW) is not None


def test_who_was_silent_past_its_lease_sends_nothing_more(engine: Engine) -> None:
    later = NOW + LEASE
    with writing(engine) as tx:
        ask(tx, MAIL, NOW)
        first = took(tx)
        assert take_effect(tx, ["email"], "two", later - timedelta(seconds=1)) is None
        second = took(tx, later)
    assert (second.token, second.attempts, second.is_again) == (2, 2, True)
    for late in (confirm, put_off_at, finish_at, give_up_at):
        with pytest.raises(LeaseLost), writing(engine) as tx:
            late(tx, first, later)
    with writing(engine) as tx:
        confirm(tx, second, later)


def put_off_at(tx: Connection, held: HeldEffect, now: datetime) -> None:
    put_off(tx, held, "unreachable", now)


def finish_at(tx: Connection, held: HeldEffect, now: datetime) -> None:
    finish_effect(tx, held, None, now)


def give_up_at(tx: Connection, held: HeldEffect, now: datetime) -> None:
    give_up(tx, held, "refused", now)


def test_one_that_did_not_go_is_tried_again_later_and_later_and_then_given_up(engine: Engine) -> None:
    now, pauses = NOW, []
    with writing(engine) as tx:
        ask(tx, MAIL, NOW)
        for _ in range(TRIES):
            put_off(tx, took(tx, now), "unreachable", now)
            (one,) = effects(tx)
            pauses.append(one.not_before - now)
            if one.state is EffectState.WAITING:
                assert take_effect(tx, ["email"], "one", one.not_before - timedelta(seconds=1)) is None
            now = one.not_before
    assert pauses[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(pauses) <= timedelta(hours=1)
    assert state(engine) == [("failed", TRIES, "unreachable")]


def test_one_whose_senders_all_ended_without_a_word_is_unsure(engine: Engine) -> None:
    now = NOW
    with writing(engine) as tx:
        ask(tx, MAIL, NOW)
        for _ in range(TRIES):
            took(tx, now)
            now += LEASE
        assert take_effect(tx, ["email"], "one", now) is None
    assert state(engine) == [("unsure", TRIES, "silent")]


def test_a_person_lets_it_be_sent_again_or_drops_it(engine: Engine) -> None:
    with writing(engine) as tx:
        ask(tx, MAIL, NOW)
        give_up(tx, took(tx), "refused", NOW)
        send_again(tx, 1, "ana", "the server was mended", NOW)
        assert took(tx).asked.key == MAIL.key
        with pytest.raises(Refused, match="no effect that waits"):
            drop(tx, 1, "ana", "too late", NOW)
        with pytest.raises(Refused, match="no effect that waits"):
            send_again(tx, 9, "ana", "there is none", NOW)
        ask(tx, Asked("email", "ops", "alert:2", "two"), NOW)
        drop(tx, 2, "ana", "not needed", NOW)
        assert count_effects(tx) == {EffectState.SENDING: 1, EffectState.DROPPED: 1}


def test_what_waits_in_a_copy_is_sent_by_nobody_and_its_sender_loses_it(engine: Engine) -> None:
    with writing(engine) as tx:
        ask(tx, MAIL, NOW)
        held = took(tx)
        ask(tx, Asked("email", "ops", "alert:2", "two"), NOW)
        assert doubt_all(tx, NOW) == 2
        assert take_effect(tx, ["email"], "one", NOW + 2 * LEASE) is None
    with pytest.raises(LeaseLost), writing(engine) as tx:
        confirm(tx, held, NOW)
    assert state(engine) == [("unsure", 1, "restored"), ("unsure", 0, "restored")]


def test_a_cause_is_one_alert_until_it_is_over(engine: Engine) -> None:
    held = Cause(AlertKind.HELD, "people", "R7", {"affected": 3})
    with writing(engine) as tx:
        assert begin_alert(tx, held, NOW) == 1
        assert begin_alert(tx, held, NOW) is None
        assert end_alerts(tx, [held.name, "failed:people"], NOW + MINUTE) == 1
        assert open_alerts(tx) == []
        assert begin_alert(tx, held, NOW + MINUTE) == 2
        found = alert_of(tx, 1)
        assert found is not None
        assert (found.about, found.facts, found.over) == ("people", {"affected": 3}, NOW + MINUTE)
        assert alert_of(tx, 9) is None
