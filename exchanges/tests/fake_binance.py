"""A small exchange on localhost that speaks Binance's public REST, with faults on demand."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MINUTE_MS = 60_000
SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "baseAssetPrecision": 8,
    "quotePrecision": 8,
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": False,
    "permissions": ["SPOT"],
    "orderTypes": ["LIMIT", "MARKET"],
    "filters": [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.01",
            "maxPrice": "1000000",
            "tickSize": "0.01",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
        {"filterType": "NOTIONAL", "minNotional": "5.00"},
    ],
}


class FakeBinance:
    """Serves minutes of [first_ms, last_ms]; `faults` are answered first, one a request.

    A fault is a status code, "garbage" or "cut". `missing` are open times that do not exist.
    """

    def __init__(self, first_ms, last_ms):
        self.first_ms, self.last_ms = first_ms, last_ms
        self.now_ms = last_ms + 30_000  # the last minute is still open
        self.faults, self.missing, self.asked = deque(), set(), []
        self.bases = ["BTC"]  # markets against USDT
        self.book = {"lastUpdateId": 100, "bids": [["99.0", "1.0"]], "asks": [["102.0", "2.0"]]}
        self.depths_asked = []  # levels of each snapshot
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def adjust(self, exchange):
        """Point a ccxt object here, without its pauses."""
        exchange.enableRateLimit = False
        exchange.options["fetchMarkets"] = {"types": ["spot"]}
        exchange.options["fetchCurrencies"] = False
        exchange.urls["api"] = {
            **exchange.urls["api"],
            "public": f"{self.url}/api/v3",
            "v1": f"{self.url}/api/v1",
        }

    def kline(self, open_ms):
        n = (open_ms - self.first_ms) // MINUTE_MS
        price = 100 + n % 50
        values = [price, price + 1, price - 1, price + 0.5, n % 7 + 0.25]
        return [
            open_ms,
            *(f"{v:.8f}" for v in values),
            open_ms + MINUTE_MS - 1,
            "1",
            1,
            "1",
            "1",
            "0",
        ]

    def answer(self, path, query):
        if path == "/api/v3/time":
            return {"serverTime": self.now_ms}
        if path == "/api/v3/exchangeInfo":
            listed = [{**SYMBOL, "symbol": f"{b}USDT", "baseAsset": b} for b in self.bases]
            return {"timezone": "UTC", "rateLimits": [], "symbols": listed}
        if path == "/api/v3/klines":
            start_ms = int(query.get("startTime", [self.first_ms])[0])
            limit = int(query.get("limit", ["500"])[0])
            self.asked.append((start_ms, limit))
            begin = max(start_ms, self.first_ms)
            begin += -begin % MINUTE_MS
            times = range(begin, self.last_ms + 1, MINUTE_MS)
            return [self.kline(t) for t in times if t not in self.missing][:limit]
        if path == "/api/v3/depth":
            self.depths_asked.append(int(query["limit"][0]))
            return self.book
        return None

    def _handler(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                parts = urlsplit(self.path)
                fault = fake.faults.popleft() if fake.faults else None
                if fault == "cut":
                    self.close_connection = True
                    return
                body = fake.answer(parts.path, parse_qs(parts.query))
                status = 200 if body is not None else 404
                if isinstance(fault, int):
                    status, body = fault, {"code": -1000, "msg": "a fault on demand"}
                data = b"<html>" if fault == "garbage" else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                return

        return Handler
