"""Orders by hand on paper at the gate of risk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.test_ledger_races import in_threads
from exchanges.models import KillSwitch, Order, RiskLimits, RiskRefusal
from exchanges.selectors import risk
from exchanges.services import risk_gate, risk_limits
from exchanges.services.paper import closing, placing, working
from exchanges.services.risk_gate import RiskRefused
from exchanges.tests.paper.world import SPOT, SWAP, D
from foundation.lib import clock
from foundation.lib.errors import BadInput

pytestmark = pytest.mark.django_db


def limit(owner, **values) -> None:
    RiskLimits.objects.update_or_create(owner=owner, defaults=values)


def rules(owner) -> list[str]:
    return list(
        RiskRefusal.objects.filter(owner=owner).order_by("pk").values_list("rule", flat=True)
    )


def test_a_refused_order_is_recorded_with_rule_value_and_limit_and_nothing_is_written(
    world, rich_alice
):
    limit(rich_alice, exposure_coin=D(150))
    world.place(rich_alice, quantity=1)
    with pytest.raises(RiskRefused) as fault:
        world.place(rich_alice, quantity=1)
    assert fault.value.code == "risk_limit"
    row = RiskRefusal.objects.get()
    assert (row.owner, row.wallet, row.symbol, row.side) == (rich_alice, "spot", SPOT, "buy")
    assert (row.rule, row.value, row.limit) == ("exposure_coin", "200", "150")
    assert "150" in row.words and "BTC" in row.words
    assert Order.objects.filter(owner=rich_alice).count() == 1
    world.place(rich_alice, side="sell", quantity=1)
    world.place(rich_alice, quantity=1)  # there is room again


def test_a_resting_order_takes_its_room(world, rich_alice):
    limit(rich_alice, exposure_coin=D(150))
    resting = world.place(rich_alice, type="limit", quantity=1, price="90")
    with pytest.raises(RiskRefused):
        world.place(rich_alice, type="limit", quantity=1, price="91")
    working.cancel(owner=rich_alice, order_id=resting.pk)
    world.place(rich_alice, type="limit", quantity=1, price="91")


def test_a_change_that_adds_is_asked_too(world, rich_alice):
    limit(rich_alice, position=D(150))
    resting = world.place(rich_alice, type="limit", quantity=1, price="90")
    with pytest.raises(RiskRefused):
        working.amend(owner=rich_alice, order_id=resting.pk, quantity=D(2))
    assert rules(rich_alice) == ["position"]
    working.amend(owner=rich_alice, order_id=resting.pk, quantity=D("1.2"))
    working.amend(owner=rich_alice, order_id=resting.pk, quantity=D("0.5"))


def test_closing_a_contract_is_never_refused_and_turning_it_round_is_weighed(world, rich_alice):
    world.place(rich_alice, SWAP, quantity=2)
    limit(rich_alice, exposure_coin=D(50), leverage=D("0.001"), orders_hour=1, daily_loss=D("0.01"))
    with pytest.raises(RiskRefused):
        world.place(rich_alice, SWAP, quantity="0.1")
    with pytest.raises(RiskRefused):
        world.place(rich_alice, SWAP, side="sell", quantity=5)
    world.place(rich_alice, SWAP, side="sell", quantity=1)
    position = world.position(rich_alice)
    closing.close(owner=rich_alice, position_id=position.pk)
    assert world.position(rich_alice) is None


def test_two_sales_that_would_close_the_same_coins_are_one_closing(world, rich_alice):
    world.place(rich_alice, SWAP, quantity=1)
    limit(rich_alice, exposure_coin=D(120))
    world.place(rich_alice, SWAP, side="sell", type="limit", quantity=1, price="110")
    with pytest.raises(RiskRefused):
        world.place(rich_alice, SWAP, side="sell", type="limit", quantity=2, price="110")


def test_the_loss_of_the_day_counts_what_is_open_and_what_is_over(world, rich_alice):
    world.place(rich_alice, SWAP, quantity=10)
    world.place(rich_alice, quantity=10)
    world.move(98)
    facts = risk.paper(rich_alice.pk)
    lost = -facts.day_result
    assert D(43) < lost < D(46), "ten of each, bought for 100.15, fell to 98; and fees"
    limit(rich_alice, daily_loss=D(30))
    with pytest.raises(RiskRefused):
        world.place(rich_alice, quantity="0.1")
    assert rules(rich_alice) == ["daily_loss"]
    closing.close(owner=rich_alice, position_id=world.position(rich_alice).pk)
    world.place(rich_alice, side="sell", quantity=10)
    assert abs(-risk.paper(rich_alice.pk).day_result - lost) < D(5), "closing changes little"
    with pytest.raises(RiskRefused):
        world.place(rich_alice, quantity="0.1")


def test_orders_of_an_hour(world, rich_alice):
    limit(rich_alice, orders_hour=2)
    world.place(rich_alice, quantity="0.1")
    world.place(rich_alice, quantity="0.1")
    with pytest.raises(RiskRefused):
        world.place(rich_alice, quantity="0.1")
    Order.objects.update(created_at=clock.now() - timedelta(hours=1, minutes=1))
    world.place(rich_alice, quantity="0.1")


def test_limits_of_everybody_hold_for_those_without_their_own(world, rich_alice, rich_bob):
    RiskLimits.objects.create(owner=None, position=D(150))
    limit(rich_bob, position=D(50))
    with pytest.raises(RiskRefused):
        world.place(rich_alice, quantity=2)
    world.place(rich_alice, quantity=1)
    with pytest.raises(RiskRefused):
        world.place(rich_bob, quantity=1)


def test_a_check_is_refused_and_not_recorded(world, rich_alice):
    limit(rich_alice, position=D(50))
    with pytest.raises(RiskRefused):
        placing.check(owner=rich_alice, ticket=world.ticket(quantity=1))
    assert rules(rich_alice) == []


def test_users_without_limits_cost_one_question(world, rich_alice, rich_bob, monkeypatch):
    limit(rich_bob, position=D(50))
    real, asked = risk_gate.Gate.check, []

    def opened(*args, **named):
        with CaptureQueriesContext(connection) as seen:
            gate = plain(*args, **named)
        asked.append(len(seen))
        return gate

    def check(gate, ask):
        with CaptureQueriesContext(connection) as seen:
            real(gate, ask)
        asked.append(len(seen))

    plain = risk_gate.opened
    monkeypatch.setattr(risk_gate, "opened", opened)
    monkeypatch.setattr(risk_gate.Gate, "check", check)
    world.place(rich_alice, quantity="0.1")
    assert asked == [1, 0]
    world.place(rich_alice, side="sell", quantity="0.1")
    assert asked == [1, 0], "what sells is not asked about"
    world.place(rich_bob, quantity="0.1")
    assert asked[2] == 2 and asked[3] > 0, "who has limits is held, and weighed"


def test_under_the_kill_switch_only_what_closes_goes(world, rich_alice, rich_bob):
    world.place(rich_alice, SWAP, quantity=1)
    world.place(rich_alice, quantity=1)
    KillSwitch.objects.create(owner=rich_alice, started_at=clock.now())
    for symbol in (SPOT, SWAP):
        with pytest.raises(RiskRefused):
            world.place(rich_alice, symbol, quantity=1)
    assert rules(rich_alice) == ["kill_switch", "kill_switch"]
    world.place(rich_alice, side="sell", quantity=1)
    world.place(rich_alice, SWAP, side="sell", quantity=1)
    world.place(rich_bob, quantity=1)


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_do_not_both_take_the_last_room(world, rich_alice):
    limit(rich_alice, exposure_coin=D(150))

    def buy(_i: int) -> str:
        try:
            return world.place(rich_alice, type="limit", quantity=1, price="99").status
        except RiskRefused:
            return "refused"

    assert sorted(in_threads(buy, 4)) == ["open", "refused", "refused", "refused"]


def test_own_limits_wider_than_the_operators_are_refused_by_name(alice):
    RiskLimits.objects.create(owner=None, leverage=D(5), daily_loss_fraction=D("0.1"))
    with pytest.raises(BadInput) as fault:
        risk_limits.set_own(owner=alice, values={"leverage": D(6), "daily_loss_fraction": D(2)})
    assert {one.path for one in fault.value.faults} == {"leverage", "daily_loss_fraction"}
    assert not RiskLimits.objects.filter(owner=alice).exists()
    risk_limits.set_own(owner=alice, values={"leverage": D(4)})
    risk_limits.set_own(owner=alice, values={"position": D(100)})
    assert risk.own(alice).leverage == 4, "what is not named stays"
    risk_limits.set_own(owner=alice, values={"leverage": None, "position": None})
    assert not RiskLimits.objects.filter(owner=alice).exists()


def test_a_preset_goes_by_what_the_user_has_within_the_operators_bounds(world, rich_alice):
    RiskLimits.objects.create(owner=None, exposure_coin=D(3000))
    made = risk_limits.apply_preset(owner=rich_alice, name="conservative")
    assert made.exposure_coin == 3000, "a fifth of 20,000 is 4,000"
    assert (made.position, made.leverage) == (2000, 1)
    with pytest.raises(BadInput):
        risk_limits.apply_preset(owner=rich_alice, name="reckless")


def test_old_refusals_are_cleared_away(alice, monkeypatch):
    ask = risk_gate.Ask(
        owner_id=alice.pk, book="paper", wallet="spot", venue="v", symbol=SPOT, side="buy"
    )
    for _ in range(5):
        risk_gate.record([(ask, [risk_gate.core.killed()])])
    oldest = RiskRefusal.objects.order_by("pk").first()
    RiskRefusal.objects.filter(pk=oldest.pk).update(at=clock.now() - timedelta(days=91))
    monkeypatch.setattr(risk_gate, "REFUSALS_KEPT_MAX", 3)
    assert risk_gate.clear() == 2
    assert RiskRefusal.objects.count() == 3
