"""Plain words: the sentences a user reads."""

from __future__ import annotations

from typing import Any

import pytest

from bots.core.strategy.spec import parse
from bots.core.strategy.wording import sentences, summary
from bots.tests.core.building import spec_data

RICH = spec_data(
    indicators=[
        {"id": "fast", "type": "ema", "params": {"period": 12}},
        {"id": "slow", "type": "ema", "params": {"period": 26}, "timeframe": "1h"},
        {"id": "m", "type": "macd"},
        {"id": "busy", "type": "sma", "params": {"period": 20}, "source": "volume"},
        {"id": "st", "type": "supertrend"},
    ],
    buy_conditions={
        "all": [
            {"left": "fast", "op": "crosses_above", "right": "slow"},
            {
                "any": [
                    {"left": "m.hist", "op": ">", "right": 0},
                    {"left": "close[1]", "op": "<=", "right": "close[2]"},
                ]
            },
            {"not": {"left": "busy", "op": "falling", "n": 3}},
        ]
    },
    sell_conditions={"left": "st", "op": "between", "low": 0.5, "high": "close"},
    risk={
        "stop_loss": 0.02,
        "take_profit": 0.045,
        "trailing_stop": 0.01,
        "max_position_size": 0.5,
        "max_open_positions": 3,
        "max_drawdown": 0.25,
        "leverage": 3,
        "cooldown_candles": 1,
    },
)


def test_summary_says_all_that_the_strategy_does():
    assert summary(parse(RICH)) == [
        "Buys when EMA 12 crosses above EMA 26 (1h) and (MACD 12/26/9 histogram is above 0 or the"
        " close 1 candle ago is at or below the close 2 candles ago) and not (SMA 20 of volume"
        " falls for 3 candles)",
        "Sells when SuperTrend 10/3 is between 0.5 and the close",
        "Stops losses at 2 %",
        "Takes profit at 4.5 %",
        "Follows the best price at a distance of 1 %",
        "Puts 50 % of its cash into a position",
        "Holds up to 3 positions at once",
        "Trades with 3 times its money (leverage)",
        "Stops trading after a fall of 25 % from its peak",
        "Waits 1 candle after each exit",
    ]


def test_one_sentence_per_comparison():
    made = sentences(parse(spec_data()))
    assert made["buy_conditions"] == ["EMA 12 crosses above EMA 26"]
    assert made["short_conditions"] == []


def test_a_strategy_without_exit_says_so():
    made = summary(parse(spec_data(sell_conditions=None, risk={})))
    assert made[-1] == "Never sells by itself: holds until it is stopped"


@pytest.mark.parametrize(
    ("kind", "output", "words"),
    [
        ("macd", "macd", "MACD 12/26/9"),
        ("macd", "signal", "MACD 12/26/9 signal"),
        ("bbands", "upper", "Bollinger bands 20/2 upper"),
        ("stoch", "k", "STOCH 14/3/3 %K"),
        ("supertrend", "direction", "SuperTrend 10/3 direction"),
        ("ichimoku", "span_a", "Ichimoku cloud 9/26/52/26 span a"),
        ("wavetrend", "wavetrend", "WaveTrend 10/21/4"),
    ],
)
def test_an_output_is_called_what_traders_call_it(kind: str, output: str, words: str) -> None:
    condition = {"left": f"one.{output}", "op": ">", "right": 0}
    spec = parse(
        spec_data(
            indicators=[{"id": "one", "type": kind}],
            buy_conditions=condition,
            sell_conditions=None,
        )
    )
    assert sentences(spec)["buy_conditions"] == [f"{words} is above 0"]


def test_options_in_words():
    protection = {"lookback_candles": 60, "stop_candles": 30}
    spec = parse(
        spec_data(
            risk={
                "stop_loss": 0.02,
                "sizing": {"method": "fixed_fraction", "risk": 0.01},
                "entry_order": {"type": "limit", "offset": 0.001, "expires_after": 3},
                "scale_in": [{"at": -0.02, "size": 0.5}],
                "scale_out": [{"at": 0.03, "part": 0.25}],
                "protections": [{"type": "stoploss_guard", "trade_limit": 2} | protection],
            }
        )
    )
    assert summary(spec)[-5:] == [
        "Sizes entries to lose 1 % of the equity at the stop-loss",
        "Enters by a limit order 0.1 % from the close, which waits 3 candles to be filled",
        "Adds 50 % of the first quantity when the price has moved 2 % against it",
        "Closes 25 % of the position at 3 % profit",
        "Enters nothing for 30 candles after 2 stopped trades within 60 candles",
    ]


@pytest.mark.parametrize(
    ("protection", "says"),
    [
        ({"type": "stoploss_guard", "trade_limit": 1, "only_per_symbol": True},
         "after 1 stopped trade of the symbol within 60 candles"),
        ({"type": "stoploss_guard", "trade_limit": 3, "required_profit": -0.01},
         "after 3 stopped trades that made less than -1 % within 60 candles"),
        ({"type": "max_drawdown", "max_drawdown": 0.1, "trade_limit": 5},
         "after a fall of 10 % by its trades (of at least 5 trades) within 60 candles"),
        ({"type": "low_profit", "required_profit": 0.01},
         "after trades of a symbol that made less than 1 % together within 60 candles"),
    ],
)  # fmt: skip
def test_each_pause_says_all_it_looks_at(protection: dict[str, Any], says: str) -> None:
    spans = {"lookback_candles": 60, "stop_candles": 30}
    spec = parse(spec_data(risk={"protections": [protection | spans]}))
    assert summary(spec)[-1] == f"Enters nothing for 30 candles {says}"
