"""Plain cases of another engine, where its rules agree with ours: exact fill prices.

Its minimal return on investment is our take-profit; its signal on a candle fills at the next open.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backtesting.tests.core.playing import Row, minute_of, play

PATH = Path(__file__).parents[4] / "shared" / "golden" / "fill_cases.json"
REASONS = {
    "exit_signal": "signal",
    "force_exit": "end_of_data",
    "roi": "take_profit",
    "stop_loss": "stop_loss",
}
# What differs by intention; every other case must agree.
DIFFERENT = {
    "tc17": "a return on investment that falls with time",
    "tc19": "a return on investment that falls with time",
}


def cases() -> list[dict[str, Any]]:
    return json.loads(PATH.read_text())["cases"] if PATH.exists() else []


def rows_of(case: dict[str, Any]) -> list[Row]:
    uses_exits = case["settings"]["use_exit_signal"]
    letters = {"enter_long": "b", "enter_short": "h"}
    letters |= {"exit_long": "s", "exit_short": "c"} if uses_exits else {}
    return [
        (c["open"], c["high"], c["low"], c["close"],
         "".join(letter for key, letter in letters.items() if c.get(key)))
        for c in case["candles"]
    ]  # fmt: skip


@pytest.mark.parametrize(
    "case", [c for c in cases() if c["id"] not in DIFFERENT] or [None], ids=lambda c: c and c["id"]
)
def test_the_same_fills(case: dict[str, Any] | None) -> None:
    if case is None:
        pytest.skip(f"{PATH.name} is not beside this checkout")
    settings = case["settings"]
    result = play(
        {"BTC/USDT": rows_of(case)},
        stop_loss=-settings["stop_loss"],
        take_profit=settings["roi"]["0"],
    )
    assert len(result.trades) == len(case["expected"]["trades"])
    wanted = zip(case["expected"]["trades"], case["observed_freqtrade_2026_9"], strict=True)
    for trade, (expected, observed) in zip(result.trades, wanted, strict=True):
        assert trade.exit_reason == REASONS[expected["exit_reason"]]
        assert minute_of(trade.entry_time_ms) == expected["open_tick"]
        assert minute_of(trade.exit_time_ms) == expected["close_tick"]
        # To the last bits: it solves for the price from the ratio, we multiply.
        assert trade.entry_price == pytest.approx(observed["open_rate"], rel=1e-15)
        assert trade.exit_price == pytest.approx(observed["close_rate"], rel=1e-15)
