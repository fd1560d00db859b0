"""Stop and target of a bot on a connected account: one order at a venue that cancels one when the
other trades, a stop there and a target watched from here elsewhere."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bots.models import BotRun
from bots.selectors import account_trading
from bots.tests.exchange import Connected
from bots.tests.test_account_bots import MINUTE_MS, close_candle, orders, start
from bots.tests.world import START_MS, World, above, flat
from exchanges.models import AccountOrder
from exchanges.venues import capabilities
from foundation.lib import clock

pytestmark = pytest.mark.django_db
D = Decimal
UP, DOWN = [100.0] * 5 + [111.0, 111.0, 119.0, 119.0], [100.0] * 5 + [111.0, 111.0, 104.0, 104.0]
SPEC = {"below": 50, "stop_loss": 0.05, "take_profit": 0.05}


@pytest.fixture
def real_of(alice):
    made: list[Connected] = []

    def build(closes):
        steps = {"price_step": D("0.1"), "amount_step": D("0.001"), "amount_min": D("0.001")}
        made.append(Connected(alice, World(flat(*closes), venue="binance", steps=steps).open_at(3)))
        return made[-1]

    yield build
    for one in made:
        one.close()


def bought(real, alice):
    bot = start(real, alice, above(110, **SPEC))
    for i in (4, 5, 6):
        close_candle(real, i)
    return bot


def moved(real, price: str) -> None:
    real.market.move(real.exchange.book, D(price))
    with clock.fixed(START_MS + 6 * MINUTE_MS + 9_000):
        real.settle()


def at_venue(real) -> list[tuple[str, str]]:
    return [
        (one["type"], one["status"]) for one in real.exchange.book.orders.values() if "list" in one
    ]


def trips(bot) -> list[str]:
    run = BotRun.objects.select_related("bot").get(bot=bot)
    part = account_trading.part(run)
    assert part.is_settled and part.difference == 0
    return [one.exit_reason for one in part.closed]


@pytest.mark.parametrize(
    ("closes", "price", "reason", "left"),
    [(UP, "119", "take_profit", "STOP_LOSS"), (DOWN, "104", "stop_loss", "LIMIT_MAKER")],
)
def test_one_leg_trades_and_the_other_is_gone(real_of, alice, closes, price, reason, left) -> None:
    real = real_of(closes)
    bot = bought(real, alice)
    pair = AccountOrder.objects.filter(wallet=bot.wallet).latest("pk")
    assert (pair.type, pair.status) == ("stop_loss", "open")
    assert (pair.trigger_price, pair.target_price) == (D("105.5"), D("116.6"))
    moved(real, price)
    assert orders(bot) == [("buy", "market", "filled"), ("sell", "stop_loss", "filled")]
    assert (left, "EXPIRED") in at_venue(real) and len(at_venue(real)) == 2
    assert trips(bot) == [reason]
    assert account_trading.told([AccountOrder.objects.get(pk=pair.pk)])[0].reason == reason


def test_a_part_of_the_target_makes_both_anew_for_the_rest(real_of, alice) -> None:
    real = real_of(UP)
    bot = bought(real, alice)
    first = AccountOrder.objects.filter(wallet=bot.wallet).latest("pk")
    book = real.exchange.book
    real.market.fill(book, book.orders[f"{first.client_order_id}-t"], 2)
    moved(real, "112")
    rows = AccountOrder.objects.filter(wallet=bot.wallet).order_by("pk")
    assert [one.status for one in rows] == ["filled", "cancelled", "open"]
    sold = rows[1].filled_quantity
    assert sold > 4 and rows[2].quantity == first.quantity - sold
    assert rows[2].target_price == first.target_price
    assert [one for one in at_venue(real) if one[1] == "NEW"] == [
        ("LIMIT_MAKER", "NEW"), ("STOP_LOSS", "NEW"),
    ]  # fmt: skip


def test_an_entry_that_fills_in_parts_has_both_grow(real_of, alice) -> None:
    real = real_of(UP)
    real.market.in_parts = True
    bot = bought(real, alice)
    buy = AccountOrder.objects.filter(wallet=bot.wallet, side="buy").get()
    half = AccountOrder.objects.filter(wallet=bot.wallet).latest("pk").quantity
    real.market.fill(real.exchange.book, real.exchange.book.orders[buy.client_order_id])
    moved(real, "112")
    pair = AccountOrder.objects.filter(wallet=bot.wallet).latest("pk")
    assert pair.status == "open" and pair.quantity > D("1.9") * half
    assert pair.target_price is not None
    assert len([one for one in at_venue(real) if one[1] == "NEW"]) == 2


def test_a_pair_that_the_venue_refuses_becomes_a_stop(real_of, alice) -> None:
    real = real_of(UP)
    real.market._is_between = lambda _given: False
    bot = bought(real, alice)
    assert orders(bot)[-2:] == [("sell", "stop_loss", "rejected"), ("sell", "stop_loss", "open")]
    assert AccountOrder.objects.filter(wallet=bot.wallet).latest("pk").target_price is None
    close_candle(real, 7)
    close_candle(real, 8)
    assert orders(bot)[-2:] == [("sell", "stop_loss", "cancelled"), ("sell", "market", "filled")]
    assert trips(bot) == ["take_profit"]


def test_a_pair_that_was_refused_is_asked_for_again_with_other_coins(real_of, alice) -> None:
    real = real_of(UP)
    real.market.in_parts = True
    real.market._is_between = lambda _given: False
    bot = bought(real, alice)
    assert AccountOrder.objects.filter(wallet=bot.wallet).latest("pk").target_price is None
    del real.market._is_between
    moved(real, "111")
    assert AccountOrder.objects.filter(wallet=bot.wallet).latest("pk").target_price is None
    buy = AccountOrder.objects.filter(wallet=bot.wallet, side="buy").get()
    real.market.fill(real.exchange.book, real.exchange.book.orders[buy.client_order_id])
    moved(real, "111")
    pair = AccountOrder.objects.filter(wallet=bot.wallet).latest("pk")
    assert (pair.status, pair.target_price) == ("open", D("116.6"))
    assert len([one for one in at_venue(real) if one[1] == "NEW"]) == 2


def test_a_venue_without_pairs_keeps_the_stop_and_we_watch_the_target(
    real_of, alice, monkeypatch
) -> None:
    known = capabilities.all_venues()["binance"]
    assert known.trading is not None and known.trading.oco == "native"
    plain = replace(known, trading=replace(known.trading, pairs=""))
    monkeypatch.setitem(capabilities.VENUES._items, "binance", plain)
    real = real_of(UP)
    bot = bought(real, alice)
    assert plain.trading is not None and plain.trading.oco == "emulated"
    assert AccountOrder.objects.filter(wallet=bot.wallet).latest("pk").target_price is None
    close_candle(real, 7)
    close_candle(real, 8)
    assert orders(bot)[-2:] == [("sell", "stop_loss", "cancelled"), ("sell", "market", "filled")]
    assert trips(bot) == ["take_profit"] and at_venue(real) == []
