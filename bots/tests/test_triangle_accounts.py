"""Triangular arbitrage on a connected account: legs in turn, each for what the last one brought."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.models import BotLog, BotRun
from bots.selectors import account_trading, performance, performance_groups
from bots.services import account_books, account_runs, bots
from bots.tests.triangle_exchange import Three
from exchanges.models import AccountOrder

pytestmark = pytest.mark.django_db
D = Decimal
CHEAP = [0.1] * 4 + [0.098] + [0.1] * 6  # ETH in BTC: 100 USDT buy 1 BTC, that 10.2 ETH
DEAR = [0.1] * 4 + [0.103] + [0.1] * 6


@pytest.fixture
def three(alice):
    made = []

    def build(cross):
        made.append(Three(alice, cross))
        return made[-1]

    yield build
    for one in made:
        one.close()


def start(three, alice, **params):
    with three.at(3):
        bot = three.go_round(alice, **params)
    three.close_candle(4)
    assert sent(bot) == []
    return bot


def sent(bot) -> list[tuple[str, str, str]]:
    rows = AccountOrder.objects.filter(wallet=bot.wallet).order_by("pk")
    return [(one.side, one.symbol, one.status) for one in rows]


def part(bot):
    return account_books.read(BotRun.objects.select_related("bot").get(bot=bot)).part


def there(three) -> dict[str, Decimal]:
    return {asset: held for asset, held in three.market.balances.items() if held}


def test_each_leg_spends_what_the_one_before_has_brought(alice, three):
    three = three(CHEAP)
    bot = start(three, alice)
    three.close_candle(5)
    assert sent(bot) == [
        ("buy", "BTC/USDT", "filled"), ("buy", "ETH/BTC", "filled"), ("sell", "ETH/USDT", "filled"),
    ]  # fmt: skip
    first, cross, last = AccountOrder.objects.filter(wallet=bot.wallet).order_by("pk")
    bought = first.filled_quantity * D("0.999")
    assert bought * D("0.995") < cross.filled_quote <= bought, "nearly all, and not more"
    assert last.quantity <= cross.filled_quantity * D("0.999")
    # 2 % are gained, three fees paid; the fee of the second leg was kept ready and stays in BTC.
    books = part(bot)
    assert D(9) < books.realised < D(18)
    assert set(books.oversold) == set()
    left = {symbol: one.quantity for symbol, one in books.holdings.items() if one.quantity > 0}
    for symbol, quantity in left.items():
        assert quantity == there(three)[symbol.partition("/")[0]]
    assert there(three)["USDT"] == D(2000) + books.cash - D(1500)
    assert len([seen for seen in three.exchange.seen if seen[0] == "POST"]) == 3
    shown = performance.performance(bot)
    assert shown["metrics"]["total_trades"] == 1
    (row,) = performance_groups.grouped(alice, "bot")
    assert (row["trades"], row["wins"]) == (1, 1) and row["asset"] == "USDT"
    assert row["realised_pnl"] == pytest.approx(books.realised, abs=D("0.01"))
    trips = account_trading.trips_of(bot)
    assert [(one.symbol, one.exit_reason) for one in trips] == [
        ("ETH/USDT", "around"), ("BTC/USDT", "exchanged"),
    ]  # fmt: skip
    assert trips[1].pnl == 0


def test_the_other_way_round(alice, three):
    three = three(DEAR)
    bot = start(three, alice)
    three.close_candle(5)
    assert [one[:2] for one in sent(bot)] == [
        ("buy", "ETH/USDT"), ("sell", "ETH/BTC"), ("sell", "BTC/USDT"),
    ]  # fmt: skip
    assert part(bot).realised > 18


def test_a_second_way_spends_what_the_first_has_left_over(alice, three):
    three = three([*CHEAP[:5], 0.1, 0.098, 0.1, 0.1, 0.1])
    bot = start(three, alice)
    for i in (5, 6, 7, 8):
        three.close_candle(i)
    assert len(sent(bot)) == 6
    assert part(bot).holdings["BTC/USDT"].cost < 2
    assert not part(bot).oversold


def test_a_second_leg_that_is_refused_is_sold_for_home(alice, three):
    three = three(CHEAP)
    bot = start(three, alice)
    three.market.refuses = {"ETHBTC"}
    three.close_candle(5)
    assert sent(bot) == [
        ("buy", "BTC/USDT", "filled"), ("buy", "ETH/BTC", "rejected"),
        ("sell", "BTC/USDT", "filled"),
    ]  # fmt: skip
    run = BotRun.objects.get(bot=bot)
    assert run.state["trader"]["legs"] == 0
    assert "was not finished" in run.state["trader"]["said"][-1]["words"]
    assert "BTC" not in {asset for asset, held in there(three).items() if held > D("0.002")}


def test_a_first_leg_that_is_refused_leaves_nothing_to_do(alice, three):
    three = three(CHEAP)
    bot = start(three, alice)
    three.market.refuses = {"BTCUSDT"}
    three.close_candle(5)
    assert sent(bot) == [("buy", "BTC/USDT", "rejected")]
    assert BotRun.objects.get(bot=bot).state["trader"]["legs"] == 0
    three.market.refuses = set()
    three.close_candle(6)
    assert len(sent(bot)) == 1


def test_after_a_minute_the_coin_goes_home_instead(alice, three):
    three = three(CHEAP)
    bot = start(three, alice)
    three.market.in_parts = True
    three.close_candle(5)
    first = AccountOrder.objects.get(wallet=bot.wallet)
    assert first.status == "partially_filled"
    with three.at(5, 45_000):
        three.settle()
    three.market.in_parts = False
    assert AccountOrder.objects.filter(wallet=bot.wallet).count() == 1
    with three.at(5, 70_000):
        three.market.fill(three.exchange.book, three.exchange.book.orders[first.client_order_id])
        three.settle()
    assert sent(bot) == [("buy", "BTC/USDT", "filled"), ("sell", "BTC/USDT", "filled")]


def test_a_way_that_waits_for_its_next_leg_is_looked_after(alice, three):
    """Also when the word of its fill was lost."""
    three = three(CHEAP)
    bot = start(three, alice)
    three.close_candle(5, settle=False)
    with three.at(5, 700):
        three.send()
        three.read()
        assert account_runs.look_at_all() == 1
    assert sent(bot)[1][:2] == ("buy", "ETH/BTC")


@pytest.mark.parametrize(("cross", "coin"), [(CHEAP, "BTC/USDT"), (DEAR, "ETH/USDT")])
@pytest.mark.parametrize(("act", "status"), [(bots.pause, "paused"), (bots.stop, "stopped")])
def test_paused_or_stopped_between_two_legs_it_goes_home(alice, three, act, status, cross, coin):
    three = three(cross)
    bot = start(three, alice)
    three.close_candle(5, settle=False)
    with three.at(5, 700):
        three.send()
        act(bot=bot)
        three.settle()
    bot.refresh_from_db()
    assert bot.status == status
    assert [one[:2] for one in sent(bot)] == [("buy", coin), ("sell", coin)]
    assert not BotLog.objects.filter(bot=bot, level="error").exists()
