"""Bodies of TradingView and 3Commas, read as they are sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.core import webhooks

SYMBOLS = ("BTC/USDT", "ETH/USDT")
T = 1_706_702_400_000  # 2024-01-31T12:00:00Z

#   body                                                  what is read
READ = [
    ({"action": "buy"}, {"action": "buy", "symbol": "BTC/USDT", "id": "", "time_ms": None}),
    ({"side": "SELL", "ticker": "ETHUSDT"}, {"action": "sell", "symbol": "ETH/USDT"}),
    ({"order_action": "exit", "ticker": "BINANCE:BTCUSDT.P"},
     {"action": "close", "symbol": "BTC/USDT"}),
    ({"action": "sell", "market_position": "flat"}, {"action": "close"}),
    ({"action": "sell", "market_position": "long"}, {"action": "sell"}),
    ({"action": "buy", "pair": "USDT_ETH"}, {"symbol": "ETH/USDT"}),
    ({"action": "buy", "symbol": "eth/usdt"}, {"symbol": "ETH/USDT"}),
    ({"action": "buy", "amount": 25.5, "id": 17}, {"amount": 25.5, "id": "17"}),
    ({"action": "sell", "fraction": "0.25"}, {"fraction": 0.25}),
    ({"action": "buy", "time": "2024-01-31T12:00:00Z"}, {"time_ms": T}),
    ({"action": "buy", "timenow": "2024-01-31T12:00:00"}, {"time_ms": T}),
    ({"action": "buy", "time": T}, {"time_ms": T}),
    ({"action": "buy", "time": str(T // 1000)}, {"time_ms": T}),
    # 3Commas, DCA bot: no action starts a deal
    ({"message_type": "bot", "bot_id": 1, "email_token": "e", "delay_seconds": 5},
     {"action": "buy", "delay_s": 5, "secret": "e"}),
    ({"message_type": "bot", "bot_id": 1, "email_token": "e", "delay_seconds": 0,
      "action": "close_at_market_price", "pair": "USDT_BTC"},
     {"action": "close", "symbol": "BTC/USDT", "delay_s": 0}),
    # 3Commas, signal bot
    ({"secret": "s", "max_lag": "300", "timestamp": "2024-01-31T12:00:00Z",
      "trigger_price": "100", "tv_exchange": "BINANCE", "tv_instrument": "BTCUSDT",
      "action": "enter_long", "bot_uuid": "u", "order": {"amount": "50",
      "currency_type": "quote"}},
     {"action": "buy", "amount": 50.0, "lag_s": 300, "time_ms": T, "secret": "s"}),
    ({"action": "enter_long", "order": {"amount": "2", "currency_type": "base"},
      "trigger_price": "100"}, {"amount": 200.0, "fraction": None}),
    ({"action": "exit_long", "order": {"amount": "50", "currency_type": "position_percent"}},
     {"action": "sell", "fraction": 0.5}),
    ({"action": "exit_long", "order": {"amount": "100", "currency_type": "position_percent"}},
     {"action": "close", "fraction": 1.0}),
    ({"action": "close"}, {"action": "close", "fraction": None}),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), READ)
def test_a_body_is_read(body, expected):
    found, faults = webhooks.read(body, SYMBOLS)
    assert faults == []
    assert {name: getattr(found, name) for name in expected} == expected


#   body                                                  path of the fault
FAULTY = [
    ({}, "action"),
    ({"action": "hold"}, "action"),
    ({"action": "enter_short"}, "action"),
    ({"action": "stop_bot", "message_type": "bot"}, "action"),
    ({"action": "buy", "ticker": "DOGEUSDT"}, "ticker"),
    ({"action": "buy", "ticker": {"a": 1}}, "ticker"),
    ({"action": "buy", "amount": 0}, "amount"),
    ({"action": "buy", "amount": "many"}, "amount"),
    ({"action": "buy", "amount": True}, "amount"),
    ({"action": "buy", "amount": [1]}, "amount"),
    ({"action": "sell", "fraction": 1.5}, "fraction"),
    ({"action": "buy", "time": "yesterday"}, "time"),
    ({"action": "buy", "time": -1}, "time"),
    ({"action": "buy", "time": True}, "time"),
    ({"action": "buy", "id": "x" * 121}, "id"),
    ({"action": "buy", "id": {"x": 1}}, "id"),
    ({"action": "buy", "delay_seconds": -1}, "delay_seconds"),
    ({"action": "buy", "delay_seconds": 1e9}, "delay_seconds"),
    ({"action": "enter_long", "order": {"amount": 1, "currency_type": "gold"}},
     "order.currency_type"),
    ({"action": "enter_long", "order": {"amount": -1, "currency_type": "quote"}}, "order.amount"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "path"), FAULTY)
def test_a_fault_is_named_at_its_field(body, path):
    found, faults = webhooks.read(body, SYMBOLS)
    assert found is None
    assert [one.path for one in faults] == [path]


TEXT = st.text("abuylose0129.:_-é", max_size=9)
FLAT = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
JSON = FLAT | st.lists(FLAT, max_size=2) | st.dictionaries(TEXT, FLAT, max_size=2)
NAMES = st.sampled_from(
    [*webhooks.ACTIONS, *webhooks.SYMBOLS, *webhooks.TIMES, *webhooks.IDS, *webhooks.SECRETS,
     "amount", "fraction", "order", "max_lag", "delay_seconds", "message_type", "trigger_price"]
)  # fmt: skip


@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_whatever_comes_is_read_or_refused(body):
    found, faults = webhooks.read(body, SYMBOLS)
    assert (found is None) == bool(faults)
    assert not set(webhooks.without_secrets(body)) & set(webhooks.SECRETS)
    assert len(webhooks.digest(body)) == 32


#   seconds since it was sent  most  own most  word of the fault
AGES = [
    (0, 300, None, ""),
    (300, 300, None, ""),
    (301, 300, None, "old"),
    (61, 300, 60, "old"),
    (301, 300, 600, "old"),
    (-60, 300, None, ""),
    (-61, 300, None, "future"),
]


@pytest.mark.parametrize(("age_s", "most_s", "own_s", "word"), AGES)
def test_age(age_s, most_s, own_s, word):
    body = {"action": "buy", "time": T, **({"max_lag": own_s} if own_s else {})}
    found, _ = webhooks.read(body, SYMBOLS)
    fault = webhooks.age_fault(found, now_ms=T + age_s * 1000, lag_s_max=most_s)
    assert (word in fault) if word else fault == ""


def test_equal_bodies_have_one_name_and_the_secret_is_no_part_of_it():
    one = {"action": "buy", "price": 1, "secret": "a"}
    assert webhooks.digest(one) == webhooks.digest({"price": 1, "action": "buy", "secret": "b"})
    assert webhooks.digest(one) != webhooks.digest({**one, "price": 2})
