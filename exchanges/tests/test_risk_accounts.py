"""Orders at exchanges at the gate of risk: by hand, as last read, and what was sent since."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.tests.test_ledger_races import in_threads
from exchanges.models import (
    AccountHoldings,
    AccountOrder,
    AccountTrade,
    ExchangeCredential,
    KillSwitch,
    RiskLimits,
    RiskRefusal,
)
from exchanges.selectors import risk, risk_accounts, worth
from exchanges.services import account_orders, account_sending
from exchanges.services.risk_gate import RiskRefused
from exchanges.tests.credentials import account
from foundation.lib import clock

pytestmark = pytest.mark.django_db
D = Decimal
SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"


@pytest.fixture(autouse=True)
def _prices(monkeypatch):
    known = {"USDT": D(1), "BTC": D(100), "ETH": D(10)}
    monkeypatch.setattr(worth, "prices", lambda names: {n: known[n] for n in names if n in known})


@pytest.fixture
def row(alice) -> ExchangeCredential:
    made = account(alice)
    AccountHoldings.objects.create(
        credential=made,
        read_at=clock.now(),
        balances=[
            {"asset": "USDT", "free": "800", "held": "0"},
            {"asset": "BTC", "free": "1.5", "held": "0.5"},
        ],
    )
    return made


def asked(owner, row, side="buy", quantity="1", **more):
    values = {"type": "market", "symbol": SPOT} | more
    return account_orders.request(
        owner=owner, credential_id=row.pk, side=side, quantity=D(quantity), **values
    )


def test_what_is_held_counts_and_play_money_makes_no_room(alice, row):
    found = risk_accounts.accounts([alice.pk], now_ms=clock.now_ms(), is_testnet=False)[alice.pk]
    assert (found.facts.equity, found.facts.exposure["BTC"]) == (1000, 200)
    RiskLimits.objects.create(owner=alice, exposure_coin=D(300))
    asked(alice, row)
    with pytest.raises(RiskRefused):
        asked(alice, row, quantity="0.1")
    refusal = RiskRefusal.objects.get()
    assert (refusal.wallet, refusal.rule, refusal.value) == (
        f"account:{row.pk}", "exposure_coin", "310",
    )  # fmt: skip
    asked(alice, row, side="sell", quantity="2")


def test_an_order_asked_for_again_is_answered_though_there_is_no_room_any_more(alice, row):
    RiskLimits.objects.create(owner=alice, exposure_coin=D(300))
    first, _ = asked(alice, row, client_order_id="mine")
    again, is_new = asked(alice, row, client_order_id="mine")
    assert (again.pk, is_new) == (first.pk, False)
    assert not RiskRefusal.objects.exists()


def test_what_was_bought_since_the_reading_counts(alice, row):
    RiskLimits.objects.create(owner=alice, exposure_coin=D(300))
    made, _ = asked(alice, row)
    AccountOrder.objects.filter(pk=made.pk).update(
        status="filled", filled_quantity=1, filled_quote=100, sent_at=clock.now(),
        looked_at=clock.now(),
    )  # fmt: skip
    with pytest.raises(RiskRefused):
        asked(alice, row, quantity="0.1")


def test_a_contract_is_weighed_with_its_position_and_its_orders(alice):
    made = account(alice, venue="binanceusdm")
    position = {"symbol": SWAP, "quantity": "-2", "mark_price": "100", "unrealised_pnl": "-30"}
    AccountHoldings.objects.create(
        credential=made, read_at=clock.now(), positions=[position],
        balances=[{"asset": "USDT", "free": "1000", "held": "0"}],
    )  # fmt: skip
    facts = risk.standing(alice).real
    assert (facts.equity, facts.total, facts.day_result) == (970, 200, -30)
    RiskLimits.objects.create(owner=alice, leverage=D("0.2"))
    asked(alice, made, quantity="2", symbol=SWAP)  # closes the short
    with pytest.raises(RiskRefused):
        asked(alice, made, side="sell", symbol=SWAP)
    asked(alice, made, side="sell", symbol=SWAP, reduce_only=True)


def test_the_trades_of_the_day_are_marked(alice, row):
    AccountTrade.objects.create(
        credential=row, symbol=SPOT, venue_fill_id="1", side="buy", price=D(120), quantity=D(2),
        time_ms=clock.now_ms(),
    )  # fmt: skip
    assert risk.standing(alice).real.day_result == -40
    RiskLimits.objects.create(owner=alice, daily_loss=D(40))
    with pytest.raises(RiskRefused):
        asked(alice, row, quantity="0.01")
    assert RiskRefusal.objects.get().rule == "daily_loss"


def test_an_order_that_waited_while_the_kill_switch_was_pulled_is_not_sent(alice, row):
    made, _ = asked(alice, row)
    KillSwitch.objects.create(owner=alice, started_at=clock.now())

    class Gateway:
        sent = 0

        def place(self, _ticket, *, before, **_rest):
            before()
            Gateway.sent += 1

    status = account_sending.send(order_id=made.pk, connecting=lambda *_a, **_k: Gateway())
    made.refresh_from_db()
    assert status == made.status == "denied"
    assert Gateway.sent == 0 and "kill switch" in made.detail


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_do_not_both_take_the_last_room(alice, row):
    RiskLimits.objects.create(owner=alice, exposure_coin=D(350))

    def buy(_i: int) -> str:
        try:
            return asked(alice, row)[0].status
        except RiskRefused:
            return "refused"

    assert sorted(in_threads(buy, 4)) == ["pending", "refused", "refused", "refused"]
    assert AccountOrder.objects.count() == 1
    assert RiskRefusal.objects.count() == 3
