"""The exchange of the matrix: it lives in the parent, on the story's time, and can be struck."""

from __future__ import annotations

import os
import signal
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from bots.tests.exchange import Market
from exchanges.tests.gateway.server import MUTATING, Book, Exchange, Fault
from foundation.lib import clock
from tests.crash.matrix.story import CASH, SECOND_MS, Shared, Story

D = Decimal
RESET, RESET_AFTER, BUSY_AFTER = 1, 2, 3
FAULTS = {
    RESET: Fault("reset"),
    RESET_AFTER: Fault("reset", takes_effect=True),
    BUSY_AFTER: Fault("answer", takes_effect=True, status=503, body="{}"),
}
NOTHING, BEFORE, AFTER = 0, 1, 2  # when the worker is killed that sends the next order
WINDOW_MS, AHEAD_MS = 5_000, 1_000  # of a request's time stamp, as Binance takes it
REFUSED = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
TOO_LATE = {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}
TOO_LITTLE = {"code": -2010, "msg": "Account has insufficient balance for requested action."}
SENDS = ("/order", "/orderList/oco")
BY_HAND = ("web_market", "web_resting")


class StoryMarket(Market):
    """habits: of the venue in this story.

    "ends parts": half of a buy at the market is executed, the rest expires. "beats cancels": a stop
    is executed just before its cancel arrives. "lists late": executions are listed 20 s later.
    """

    def __init__(self, story: Story, shared: Shared, habits: frozenset[str]) -> None:
        super().__init__(price=D(100), balances={"USDT": CASH})
        self.story, self.shared, self.habits = story, shared, habits
        self.by_hand: dict[str, Decimal] = {}
        self.refused = 0  # calls with keys that were taken back

    def catch_up(self, book: Book) -> None:
        """Every price since the last look, one after the other: stops act at each."""
        known = getattr(self, "seen_candle", 1)
        now = self.story.candle(self.shared["now_ms"])
        for candle in range(known, now + 1):
            self.move(book, D(self.story.closes[candle - 1]))
        self.seen_candle = max(known, now)
        by_hand_ms = self.shared["by_hand_ms"]
        if by_hand_ms and not self.by_hand and self.shared["now_ms"] >= by_hand_ms:
            self._trade_by_hand(book)

    def speak(self, book: Book, method: str, path: str, given: dict[str, str]) -> tuple[int, Any]:
        self.catch_up(book)
        now_ms = self.shared["now_ms"]
        if path == "/story":
            rows = [self.told(one) for one in book.orders.values()]
            return 200, {"orders": rows, "trades": [one["row"] for one in book.trades]}
        stamp = int(given.get("timestamp", now_ms))
        if self.shared["revoked_ms"] and now_ms >= self.shared["revoked_ms"]:
            self.refused += 1
            return 401, REFUSED
        if not now_ms - WINDOW_MS <= stamp <= now_ms + AHEAD_MS:
            return 400, TOO_LATE
        if "beats cancels" in self.habits and method == "DELETE":
            self._execute(book, given)
        if path.endswith(SENDS) and method == "POST" and self._lacks(given):
            return 400, TOO_LITTLE
        status, body = super().speak(book, method, path, given)
        if path.endswith("/myTrades") and "lists late" in self.habits:
            body = [row for row in body if row["time"] <= now_ms - 20 * SECOND_MS]
        return status, body

    def _lacks(self, given: dict[str, str]) -> bool:
        """Coins that are not there are not sold."""
        there = self.balances.get("BTC", D(0)) - self.by_hand.get("BTC", D(0))
        return given["side"] == "SELL" and D(given["quantity"]) > there

    def _execute(self, book: Book, given: dict[str, str]) -> None:
        order = book.by(given.get("orderId", ""), given.get("origClientOrderId", ""))
        if order is not None and order["status"] == "NEW" and order["stop"]:
            before, self.price = self.price, D(order["stop"])
            self.fill(book, order)
            self.price = before

    def fill(self, book: Book, order: dict[str, Any], parts: int = 1) -> None:
        if "ends parts" in self.habits and order["side"] == "BUY" and order["type"] == "MARKET":
            super().fill(book, order, 2)
            order["status"] = "EXPIRED"
            return
        super().fill(book, order, parts)

    def _trade_by_hand(self, book: Book) -> None:
        """The user trades on the venue's own page: coins bought, and an order that rests."""
        before = dict(self.balances)
        market, resting = BY_HAND
        given = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "stop": ""}
        made = book.create(market, **given, type="MARKET", price="0")
        assert made is not None
        Market.fill(self, book, made)
        book.create(resting, **given, type="LIMIT", price="50")
        self.by_hand = {
            asset: amount - before.get(asset, D(0)) for asset, amount in self.balances.items()
        }


class StoryExchange(Exchange):
    """One server for all stories: ccxt's objects know its address."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(lambda *_: (404, {}))
        self.shared, self.worker_pid = shared, 0
        self.market: StoryMarket | None = None

    def begin(self, story: Story, habits: frozenset[str]) -> StoryMarket:
        self.book, self.seen = Book(), []
        self.faults, self.read_faults = [], []
        self.market = StoryMarket(story, self.shared, habits)
        self.speak = self.market.speak
        return self.market

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        writes = request.command in MUTATING
        path = urlsplit(request.path).path
        if (number := self.shared["fault_of_next"]) and path != "/story":
            self.shared["fault_of_next"] = 0
            self.shared["over_ms"] = self.shared["now_ms"]
            (self.faults if writes else self.read_faults).insert(0, FAULTS[number])
        kills = self.shared["kills_on_write"] if writes else NOTHING
        self.on_write = (self._kill, kills == AFTER) if kills else None
        with clock.fixed(self.shared["now_ms"]):
            super().answer(request)

    def _kill(self, _path: str) -> None:
        self.shared["kills_on_write"] = NOTHING
        os.kill(self.worker_pid, signal.SIGKILL)
