"""How bots on connected accounts are doing: from the venue's own trades, on pages and by REST."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.core.round_trips import round_trips
from bots.core.sub_account import Executed
from bots.models import BotRun
from bots.selectors import account_trading, performance
from bots.services import digest
from bots.services.decisions import plain
from bots.tests.exchange import Connected
from bots.tests.world import START_MS, World, above, flat
from foundation.lib import clock

D = Decimal
MINUTE_MS = 60_000
CLOSES = [100.0] * 5 + [111.0, 112.0, 113.0, 104.0, 103.0, 103.0]


def test_trades_begin_and_end_flat():
    fills = [
        (Executed("A/B", 1, D(100), D(2), fee_base=D("0.002"), time_ms=1), ""),
        (Executed("A/B", -1, D(110), D(1), fee_quote=D("0.1"), time_ms=2), "take_profit"),
        (Executed("A/B", -1, D(90), D("0.998"), fee_quote=D("0.1"), time_ms=3), "stop_loss"),
        (Executed("A/B", 1, D(50), D(1), fee_quote=D("0.05"), time_ms=4), ""),
    ]
    first, second = round_trips(fills)
    # 110 + 89.82 - 200 - 0.2; the fee in coins is missing in what could be sold.
    assert first.pnl == D("-0.38") and (first.opened_ms, first.closed_ms) == (1, 3)
    assert first.fees == D("0.4") and first.exit_reason == "stop_loss"
    assert second.closed_ms is None and second.entry_price == 50


@pytest.fixture
def bot(alice):
    steps = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}
    world = World(flat(*CLOSES), venue="binance", steps=steps).open_at(3)
    real = Connected(alice, world)
    with clock.fixed(START_MS + 3 * MINUTE_MS + 500):
        made = real.bot(alice, above(110, below=105, stop_loss=0.05))
    for i in range(4, 11):
        real.market.price = D(repr(float(world.candles.close[i - 1])))
        with clock.fixed(START_MS + i * MINUTE_MS + 500):
            world.open_at(i)
            world.tick()
            real.settle()
        if i == 7:
            made.seen_money = performance.money_of(made, BotRun.objects.get(bot=made))
    yield made
    real.close()


@pytest.mark.django_db
def test_the_books_and_the_fills_say_the_same(bot):
    run = BotRun.objects.get(bot=bot)
    part = account_trading.part(run)
    assert part.is_settled and part.difference == 0
    (trip,) = part.closed
    assert trip.exit_reason == "signal" and trip.pnl < 0
    found = performance.performance(bot)
    money = found["money"]
    assert money["is_reconciled"] and money["difference"] == 0
    assert money["fees"] == trip.fees > 0
    assert abs(money["realised_pnl"] - trip.pnl) < D("0.1")
    assert found["metrics"]["total_trades"] == 1 and found["metrics"]["win_rate"] == 0
    assert found["equity"][-1][1] == pytest.approx(float(money["equity"]), abs=0.01)
    held = bot.seen_money
    assert held.unrealised_pnl > 0 and held.position_value > 900


@pytest.mark.django_db
def test_orders_and_trades_are_shown(client, alice, alice_api, charlie_api, bot):
    address = f"/api/bots/{bot.pk}"
    orders = alice_api.get(f"{address}/orders").json()
    assert [(one["side"], one["type"], one["status"]) for one in orders["results"]] == [
        ("sell", "market", "filled"),
        ("sell", "stop_loss", "cancelled"),
        ("buy", "market", "filled"),
    ]  # fmt: skip
    bought = orders["results"][-1]
    assert bought["reason"] == "entry" and D(bought["fee"]) > 0 and bought["average_price"] == "111"
    assert alice_api.get(f"{address}/orders?side=buy").json()["count"] == 1
    (trade,) = alice_api.get(f"{address}/trades").json()["results"]
    assert (trade["entry_price"], trade["exit_reason"]) == ("111", "signal")
    assert alice_api.get(f"{address}/trades?exit_reason=stop_loss").json()["count"] == 0
    assert charlie_api.get(f"{address}/orders").status_code == 404
    client.force_login(alice)
    page = client.get(f"/bots/{bot.pk}/").text
    assert "Real money" in page and 'data-trade-count="1"' in page and "data-trade-row" in page
    assert "Filled" in client.get(f"/bots/{bot.pk}/?tab=orders").text


@pytest.mark.django_db
def test_the_digest_counts_what_ended_with_real_money(alice, bot):
    closed = [trip for trip in account_trading.part(bot.runs.get()).trips if trip.closed_ms]
    until = clock.from_ms(max(one.closed_ms or 0 for one in closed) + 1)
    result = sum(one.pnl for one in closed)
    assert f"with real money: {len(closed)}, " in digest.body(alice, until)
    assert f"Result: {plain(result)} USDT." in digest.body(alice, until)
    assert "No trade ended with real money." in digest.body(alice, until + digest.DAY)
