"""A ccxt of one exchange in one file, beside a generated program: candles, orders, faults, a clock.

Its clock goes on by one candle with each round of the program, so that nobody waits. world.json
says what there is; orders.json and clock.json outlive a kill.
"""

import json
import os
import signal
from pathlib import Path

HERE = Path(__file__).parent
TICK_SIZE = 4


class NetworkError(Exception):
    pass


class RequestTimeout(NetworkError):
    pass


class ExchangeError(Exception):
    pass


class BadResponse(ExchangeError):
    pass


class InvalidOrder(ExchangeError):
    pass


class OrderNotFound(InvalidOrder):
    pass


class DuplicateOrderId(InvalidOrder):
    pass


def read(name, otherwise):
    path = HERE / name
    return json.loads(path.read_text()) if path.exists() else otherwise


class binance:
    precisionMode = TICK_SIZE
    has = {}

    def __init__(self, options):
        self.keys = options.get("apiKey")
        self.options, self.urls = {}, {"api": {}}
        self.world = read("world.json", None)
        self.markets = None
        self.now = read("clock.json", self.world["start_ms"])
        self.asked = 0

    def load_markets(self):
        self.fail("markets")
        precision = {"price": 0.01, "amount": 0.001}
        limits = {"amount": {"min": 0.001}, "cost": {"min": 5}}
        market = {"base": "BTC", "quote": "USDT", "taker": 0.001}
        self.markets = {"BTC/USDT": market | {"precision": precision, "limits": limits}}

    def milliseconds(self):
        self.asked += 1
        if self.asked == 4:
            span = self.world["span_ms"]
            self.now = self.now // span * span + span + 2100
            (HERE / "clock.json").write_text(json.dumps(self.now))
        return self.now

    def parse_timeframe(self, timeframe):
        return self.world["span_ms"] // 1000

    def closed(self):
        span = self.world["span_ms"]
        return [row for row in self.world["candles"] if row[0] + span <= self.now]

    def fetch_ohlcv(self, symbol, timeframe, since, limit):
        self.fail("candles")
        self.asked = 0
        if self.now >= self.world["end_ms"]:
            os.kill(os.getpid(), signal.SIGTERM)
        if self.now >= self.world["kill_ms"]:
            os.kill(os.getpid(), signal.SIGKILL)
        # The newest one is still forming, as exchanges show it.
        shown = [row for row in self.world["candles"] if since <= row[0] <= self.now]
        return shown[:limit]

    def fetch_ticker(self, symbol):
        return {"last": self.closed()[-1][4]}

    def create_order(self, symbol, kind, side, amount, price, params):
        assert kind == "market" and self.keys == "key"
        orders, name = read("orders.json", {}), params["clientOrderId"]
        fault = self.world["order_faults"].get(str(len(orders)))
        if fault == "before" and not self.once(f"order {len(orders)}"):
            raise RequestTimeout("nobody knows")
        if name in orders:
            raise DuplicateOrderId(name)
        last = self.closed()[-1][4]
        fee = {"currency": "USDT", "cost": amount * last * 0.001}
        made = {"id": str(len(orders)), "clientOrderId": name, "status": "closed", "side": side,
                "filled": amount, "average": last, "timestamp": self.now, "fee": fee}  # fmt: skip
        (HERE / "orders.json").write_text(json.dumps(orders | {name: made}))
        if fault == "after":
            raise NetworkError("cut off")
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return made

    def fetch_order(self, order_id, symbol, params):
        found = read("orders.json", {}).get(params["clientOrderId"])
        if found is None:
            raise OrderNotFound(params["clientOrderId"])
        return found

    def once(self, what):
        """Whether it has happened before."""
        happened = read("happened.json", [])
        (HERE / "happened.json").write_text(json.dumps([*happened, what]))
        return what in happened

    def fail(self, what):
        if what in self.world["network_faults"] and not self.once(what):
            raise NetworkError(what)
