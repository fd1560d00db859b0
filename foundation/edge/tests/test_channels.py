"""Names of market channels: what may be one, and what is meant."""

import pytest

from exchanges.core.candles import TIMEFRAME_MS
from foundation.edge.channels import TIMEFRAMES, parse_market

#  name                              written out
GOOD = [
    ("ticker:BTC/USDT", "ticker:BTC/USDT@simulated"),
    ("trades:BTC/USDT@binance", "trades:BTC/USDT@binance"),
    ("kline:BTC/USDT:1m", "kline:BTC/USDT@simulated:1m"),
    ("kline:BTC/USDT:USDT@okx:12h", "kline:BTC/USDT:USDT@okx:12h"),
    ("orderbook:BTC/USDT:USDT-250627", "orderbook:BTC/USDT:USDT-250627@simulated"),
]
BAD = [
    "ticker",
    "ticker:",
    "ticker:BTC",
    "kline:BTC/USDT",
    "kline:BTC/USDT:9m",
    "ticker:../..",
    "ticker:BTC/USDT\n",
    "ticker:BTC/USDT@Binance",
    "orders:BTC/USDT",
    "ticker:" + "A" * 20 + "/" + "B" * 200,
    "",
]


@pytest.mark.parametrize(("name", "written"), GOOD)
def test_good_names(settings, name, written):
    settings.FEED_VENUE = "simulated"
    assert str(parse_market(name)) == written
    assert str(parse_market(written)) == written


@pytest.mark.parametrize("name", BAD)
def test_bad_names(name):
    assert parse_market(name) is None


def test_klines_come_in_the_timeframes_of_candles():
    assert list(TIMEFRAMES) == list(TIMEFRAME_MS)
