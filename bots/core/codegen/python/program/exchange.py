"""The exchange through ccxt: candles, rules, orders. Keys come from the environment only."""

import logging
import os
import threading
from decimal import Decimal
from urllib.parse import urlsplit

from bots.core.codegen.python.program.candle_file import (
    step_fraction,
)
from bots.core.codegen.python.strategy import (
    SYMBOL,
)

log = logging.getLogger("bot")
# Set by a signal: whatever waits stops waiting.
STOP = threading.Event()
RETRY_FIRST_S = 1
RETRY_LONGEST_S = 60
PAGE = 500


class Stopped(Exception):  # not an error: somebody asked for it
    """The program was told to stop while it waited."""


def open_exchange(settings):
    """A ccxt exchange; keys only where orders are sent."""
    import ccxt  # candle files are played without it

    options = {"enableRateLimit": True, "timeout": 20_000}
    if settings["mode"] == "live":
        options["apiKey"] = os.environ["EXCHANGE_API_KEY"]
        options["secret"] = os.environ["EXCHANGE_API_SECRET"]
        if os.environ.get("EXCHANGE_API_PASSWORD"):
            options["password"] = os.environ["EXCHANGE_API_PASSWORD"]
    exchange = getattr(ccxt, settings["exchange"])(options)
    if settings["base_url"]:
        point_at(exchange, settings["base_url"].rstrip("/"))
    retried(exchange.load_markets, "markets")
    if SYMBOL not in exchange.markets:
        raise SystemExit(f"{settings['exchange']} has no market {SYMBOL}")
    return exchange


def point_at(exchange, base_url):
    """Speak to a server that is compatible with Binance's API, and to no other one."""
    exchange.options["fetchMarkets"] = {"types": ["spot"]}
    exchange.options["fetchCurrencies"] = False
    exchange.options["fetchMargins"] = False
    exchange.urls["api"] = {
        name: base_url + urlsplit(address).path
        for name, address in exchange.urls["api"].items()
        if isinstance(address, str)
    }


def retried(call, what):
    """The call's answer, asked again with growing pauses while the exchange is out of reach."""
    import ccxt

    pause = RETRY_FIRST_S
    while True:
        try:
            return call()
        except (ccxt.NetworkError, ccxt.BadResponse) as fault:
            log.warning("%s: %s; again in %s s", what, type(fault).__name__, pause)
            wait(pause)
            pause = min(2 * pause, RETRY_LONGEST_S)


def wait(seconds):
    """Pause, unless the program is told to stop."""
    if STOP.wait(max(seconds, 0)):
        raise Stopped


def market_rules(exchange, settings):
    """Steps, minimums and fees of the market."""
    market = exchange.markets[SYMBOL]
    limits = market["limits"]
    fee = settings["fee"] if settings["fee"] is not None else market.get("taker")
    fee = fee if fee is not None else 0.001
    maker = market.get("maker") if settings["fee"] is None else None
    return {
        "fee_rate": fee,
        "maker_rate": maker if maker is not None else fee,
        "slippage": settings["slippage"],
        "price_step": step_of(exchange, market["precision"]["price"]),
        "amount_step": step_of(exchange, market["precision"]["amount"]),
        "amount_min": (limits.get("amount") or {}).get("min") or 0,
        "notional_min": (limits.get("cost") or {}).get("min") or 0,
    }


def step_of(exchange, precision):
    """A precision of ccxt as a step."""
    import ccxt

    if precision is None:
        return step_fraction("")
    if exchange.precisionMode == ccxt.TICK_SIZE:
        return step_fraction(format(Decimal(str(precision)), "f"))
    return step_fraction(format(Decimal(1).scaleb(-int(precision)), "f"))


def fetch_rows(exchange, timeframe, since_ms):
    """Closed candles from a moment on, page by page."""
    span_ms = exchange.parse_timeframe(timeframe) * 1000
    rows = []
    while True:
        start = rows[-1][0] + span_ms if rows else since_ms
        asked = (SYMBOL, timeframe, start, PAGE)
        page = retried(lambda asked=asked: exchange.fetch_ohlcv(*asked), "candles")
        fresh = [row for row in page if row[0] >= start]
        rows += fresh
        if not fresh or rows[-1][0] + span_ms > exchange.milliseconds():
            break
    now_ms = exchange.milliseconds()
    return [row[:6] for row in rows if row[0] + span_ms <= now_ms]
