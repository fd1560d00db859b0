"""An exchange on a real socket with three markets, and a bot that goes around them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bots.models import Bot
from bots.services import bots
from bots.tests.exchange import Connected, Market
from bots.tests.triangle_world import CROSS, FIRST, SECOND
from bots.tests.world import START_MS, World, flat
from exchanges.tests.gateway.conftest import lead_to
from exchanges.tests.gateway.server import Book
from exchanges.venues.sessions import Sessions
from foundation.lib import clock

D = Decimal
MINUTE_MS = 60_000
MARKETS = {"BTCUSDT": ("BTC", "USDT"), "ETHUSDT": ("ETH", "USDT"), "ETHBTC": ("ETH", "BTC")}
STEPS = {
    "price_step": D("0.0001"), "amount_step": D("0.001"), "amount_min": D("0.001"),
    "fee_taker": D("0.001"), "fee_maker": D("0.001"),
}  # fmt: skip
SHORT = 400, {"code": -2010, "msg": "Account has insufficient balance for requested action."}


@dataclass
class ThreeMarkets(Market):
    """prices: by the exchange's own names. refuses: markets on which it takes nothing."""

    prices: dict[str, Decimal] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    balances: dict[str, Decimal] = field(default_factory=lambda: {"USDT": D(2000)})

    def price_of(self, order: dict[str, Any]) -> Decimal:
        return self.prices[order["symbol"]]

    def coins_of(self, order: dict[str, Any]) -> tuple[str, str]:
        return MARKETS[order["symbol"]]

    def speak(self, book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
        if method == "POST" and path.endswith("/order") and not self.has_money(given):
            return SHORT
        if path.endswith("/myTrades"):
            mine = [one for one in book.trades if one["row"]["symbol"] == given["symbol"]]
            book = Book(book.orders, mine)
        return super().speak(book, method, path, given)

    def has_money(self, given: dict[str, str]) -> bool:
        base, quote = MARKETS[given["symbol"]]
        size = D(given["quantity"])
        buys = given["side"] == "BUY"
        asset, needed = (quote, size * self.prices[given["symbol"]]) if buys else (base, size)
        return given["symbol"] not in self.refuses and needed <= self.balances.get(asset, D(0))


class Three(Connected):
    """One account and its three markets. i: the candle that is open on all of them."""

    market: ThreeMarkets

    def __init__(self, owner: Any, cross: list[float]) -> None:
        closes = {FIRST: [100.0] * len(cross), SECOND: [10.0] * len(cross), CROSS: cross}
        self.worlds = {
            symbol: World(flat(*prices), venue="binance", symbol=symbol, steps=dict(STEPS))
            for symbol, prices in closes.items()
        }
        super().__init__(owner, self.worlds[FIRST], ThreeMarkets())
        self.sessions = Sessions("binance", adjust=self.adjust)
        self.open_at(3)

    def adjust(self, exchange: Any) -> None:
        lead_to(self.exchange.url, *self.worlds)(exchange)
        exchange.markets[CROSS]["limits"]["cost"]["min"] = 0.0001  # of BTC

    def open_at(self, i: int) -> None:
        for symbol, world in self.worlds.items():
            world.open_at(i)
            close = world.candles.close[i - 1]
            self.market.prices[symbol.replace("/", "")] = D(repr(float(close)))

    def go_round(self, owner: Any, **params: Any) -> Bot:
        given = {
            "first": FIRST, "second": SECOND, "cross": CROSS, "amount": 900.0,
            "threshold": 0.01, "fee": 0.001, "slippage": 0.0,
        }  # fmt: skip
        self.read()
        made = bots.create(
            owner=owner, name="Round", venue="binance", symbol=FIRST, allocation="1500",
            kind="triangle", timeframe="1m", credential=self.account, skip_gate=True,
            params=given | params,
        )  # fmt: skip
        return bots.start(bot=made)

    def close_candle(self, i: int, *, settle: bool = True) -> None:
        """Candle i - 1 has just closed on all three."""
        with self.at(i):
            self.open_at(i)
            self.world.tick()
            if settle:
                self.settle()

    def at(self, i: int, late_ms: int = 500) -> AbstractContextManager[None]:
        return clock.fixed(START_MS + i * MINUTE_MS + late_ms)
